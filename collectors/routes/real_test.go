package routes_test

import (
	"bufio"
	"compress/gzip"
	"context"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"tidemark/collectors/archive"
	"tidemark/collectors/routes"
	"tidemark/datasets"
	"tidemark/datasets/table"
	"tidemark/internal/testkit"
)

// decode reads a real file into a store and returns its manifests by dataset.
func decode(t testing.TB, name, collector string) (*table.Store, map[string]*table.Manifest, error) {
	t.Helper()
	return decodeFile(t, testkit.Data(t, name), collector)
}

func decodeFile(t testing.TB, path, collector string) (*table.Store, map[string]*table.Manifest, error) {
	t.Helper()
	raw, err := archive.RawFile("mrt", collector, path, time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	store := &table.Store{Dir: t.TempDir(), Program: "test"}
	into := store.Begin(raw.Input())
	defer into.Abort()
	if err := (routes.MRT{}).Decode(context.Background(), raw, into); err != nil {
		return store, nil, err
	}
	manifests, err := into.Commit()
	if err != nil {
		t.Fatal(err)
	}
	by := map[string]*table.Manifest{}
	for _, m := range manifests {
		by[m.Dataset] = m
	}
	return store, by, nil
}

func TestRealDumps(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		file                      string
		entries, prefixes4, peers int64
		damaged                   bool
	}{
		{"mrt/bgpkit/ripe/rrc00/2000.01/bview.20000111.0032.gz", 452_018, 82_377, 7, false},
		{"mrt/bgpdump/test_data/bview.20020722.2337.gz", 115_521, 112_988, 36, false},
		{"mrt/libbgpstream/routeviews.route-views.jinx.ribs.1401487200.bz2", 503_590, 497_323, -1, false},
	} {
		t.Run(c.file, func(t *testing.T) {
			store, m, err := decode(t, c.file, "test")
			if err != nil {
				t.Fatal(err)
			}
			r := m["routes"]
			if r.Seen != c.entries || r.Kept != c.entries {
				t.Errorf("%d entries seen, %d kept, want %d; rejected %v", r.Seen, r.Kept, c.entries, r.Rejected)
			}
			if c.peers >= 0 && m["peers"].Rows != c.peers {
				t.Errorf("%d peers, want %d", m["peers"].Rows, c.peers)
			}
			prefixes := map[string]bool{}
			for row, err := range datasets.Routes.Scan(store.Path(r)) {
				if err != nil {
					t.Fatal(err)
				}
				if row.Family == 4 {
					prefixes[row.Prefix] = true
				}
			}
			if int64(len(prefixes)) != c.prefixes4 {
				t.Errorf("%d IPv4 prefixes, want %d", len(prefixes), c.prefixes4)
			}
			if len(r.Damage) > 0 {
				t.Errorf("damage: %q", r.Damage)
			}
		})
	}
}

// TestUpdatesLikeBGPDump compares every element with the text that bgpdump's own suite expects.
func TestUpdatesLikeBGPDump(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"updates.20020722.2238.gz", "updates.20071015.1505.gz", "updates.20160811.1600.gz", "updates.et-header.2015.gz", "updates.long_withdrawal.gz"} {
		t.Run(name, func(t *testing.T) {
			store, m, err := decode(t, "mrt/bgpdump/test_data/"+name, "test")
			if err != nil {
				t.Fatal(err)
			}
			want := map[string]int{}
			for text, n := range expected(t, "mrt/bgpdump/test_expect/"+name+".bgp.gz") {
				want[withdrawnIfZero(text)] += n
			}
			got := map[string]int{}
			rows := 0
			for u, err := range datasets.Updates.Scan(store.Path(m["updates"])) {
				if err != nil {
					t.Fatal(err)
				}
				got[line(u)]++
				rows++
			}
			differ(t, got, want)
			if rows == 0 {
				t.Error("no rows")
			}
		})
	}
}

// withdrawnIfZero turns bgpdump's line of an announcement with AS 0 in its path into one of a withdrawal, as which it is treated
// (RFC 7607).
func withdrawnIfZero(line string) string {
	f := strings.Split(line, "|")
	if len(f) > 6 && f[2] == "A" && slices.Contains(strings.Fields(f[6]), "0") {
		f[2] = "W"
		return strings.Join(f[:6], "|")
	}
	return line
}

func differ(t *testing.T, got, want map[string]int) {
	t.Helper()
	shown := 0
	for _, d := range []struct {
		a, b map[string]int
		what string
	}{{want, got, "missing"}, {got, want, "extra"}} {
		for text, n := range d.a {
			if n != d.b[text] {
				if shown++; shown < 6 {
					t.Errorf("%s (%d against %d): %s", d.what, n, d.b[text], text)
				}
			}
		}
	}
	if shown > 0 {
		t.Errorf("%d lines differ", shown)
	}
}

// expected reads bgpdump's machine text, as far as line writes it.
func expected(t *testing.T, name string) map[string]int {
	f, err := os.Open(testkit.Data(t, name))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	lines := map[string]int{}
	in := bufio.NewScanner(z)
	in.Buffer(nil, 1<<20)
	for in.Scan() {
		lines[in.Text()]++
	}
	return lines
}

// line is the text of bgpdump -m.
func line(u datasets.Update) string {
	protocol := "BGP4MP"
	stamp := fmt.Sprint(u.Time.Unix())
	if u.Time.Nanosecond() != 0 {
		protocol, stamp = "BGP4MP_ET", fmt.Sprintf("%d.%06d", u.Time.Unix(), u.Time.Nanosecond()/1000)
	}
	peer := fmt.Sprintf("%s|%d", netip.MustParseAddr(u.PeerAddress), u.PeerASN)
	switch u.Kind {
	case "state":
		return fmt.Sprintf("%s|%s|STATE|%s|%d|%d", protocol, stamp, peer, u.OldState, u.NewState)
	case "withdraw":
		return fmt.Sprintf("%s|%s|W|%s|%s", protocol, stamp, peer, u.Prefix)
	}
	number := func(n *int64) int64 {
		if n == nil {
			return 0
		}
		return *n
	}
	aggregate := "NAG"
	if u.AtomicAggregate {
		aggregate = "AG"
	}
	communities := u.Communities
	if u.LargeCommunities != "" {
		communities = strings.TrimSpace(communities + " " + u.LargeCommunities)
	}
	return fmt.Sprintf("%s|%s|A|%s|%s|%s|%s|%s|%d|%d|%s|%s|%s|", protocol, stamp, peer, u.Prefix, u.ASPath, strings.ToUpper(u.Origin),
		u.NextHop, number(u.LocalPref), number(u.MED), communities, aggregate, u.Aggregator)
}

// TestFlippedByte: of a gzip stream that was changed in the middle, nothing that follows the first damage is kept, and
// what is kept is true.
func TestFlippedByte(t *testing.T) {
	t.Parallel()
	path := testkit.Data(t, "mrt/bgpdump/test_data/bview.20020722.2337.gz")
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	whole := map[string]bool{}
	store, m, err := decodeFile(t, path, "test")
	if err != nil {
		t.Fatal(err)
	}
	for row, err := range datasets.Routes.Scan(store.Path(m["routes"])) {
		if err != nil {
			t.Fatal(err)
		}
		whole[row.Prefix] = true
	}
	b[len(b)/2] ^= 0x40
	flipped := filepath.Join(t.TempDir(), "flipped.gz")
	if err := os.WriteFile(flipped, b, 0o644); err != nil {
		t.Fatal(err)
	}
	if store, m, err = decodeFile(t, flipped, "test"); err != nil {
		t.Fatal(err)
	}
	kept := 0
	for row, err := range datasets.Routes.Scan(store.Path(m["routes"])) {
		if err != nil {
			t.Fatal(err)
		}
		if kept++; !whole[row.Prefix] {
			t.Errorf("%s stands in no record of the whole file", row.Prefix)
		}
	}
	if kept < 40_000 || !strings.Contains(strings.Join(m["routes"].Damage, "\n"), "is left out") {
		t.Errorf("%d routes kept, damage %q", kept, m["routes"].Damage)
	}
}
