package routes_test

import (
	"bytes"
	"cmp"
	"io"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"

	"tidemark/datasets"
	"tidemark/internal/compression"
	"tidemark/internal/testkit"
	"tidemark/internal/testkit/inflated"
)

const (
	bview2002 = "mrt/bgpdump/test_data/bview.20020722.2337.gz"
	jinx2014  = "mrt/libbgpstream/routeviews.route-views.jinx.ribs.1401487200.bz2"
)

// write puts bytes into a file of a temporary folder.
func write(t testing.TB, name string, b []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, b, 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

func read(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(testkit.Data(t, name))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// What is no MRT file is an error that names the file, the offset and what the file looks like.
func TestNotMRT(t *testing.T) {
	for name, c := range map[string]struct{ content, want string }{
		"empty":     {"", "byte 0: the file is empty"},
		"html":      {"<!DOCTYPE html>\n<title>404 Not Found</title>", `byte 0: no MRT record in the file; it starts with "<!DOCTYPE html>`},
		"text":      {strings.Repeat("BGP summary of router 0, local router ID\n", 100), `it starts with "BGP summary of router 0`},
		"zeros":     {strings.Repeat("\x00", 5000), "byte 0: no MRT record in the file"},
		"one octet": {"\x12", "byte 0: no MRT record in the file"},
	} {
		_, _, err := decodeFile(t, write(t, "dump."+name, []byte(c.content)), "rrc00")
		if err == nil || !strings.Contains(err.Error(), "dump."+name) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want one with the file and %q", name, err, c.want)
		}
	}
}

// A dump is the same, however it is compressed.
func TestCompressions(t *testing.T) {
	_, want, err := decodeFile(t, testkit.File(t, "mrt/ris-2000.rib.gz"), "rrc00")
	if err != nil {
		t.Fatal(err)
	}
	plain := inflated.Read(t, testkit.File(t, "mrt/ris-2000.rib.gz"))
	xz := exec.Command(testkit.Need(t, "xz"), "-c")
	xz.Stdin = bytes.NewReader(plain)
	xzipped, err := xz.Output()
	if err != nil {
		t.Fatal(err)
	}
	zst, err := zstd.NewWriter(nil)
	if err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string][]byte{"rib.xz": xzipped, "rib.zst": zst.EncodeAll(plain, nil)} {
		_, got, err := decodeFile(t, write(t, name, content), "rrc00")
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if got, want := got["routes"].Rows, want["routes"].Rows; got != want {
			t.Errorf("%s: %d routes, want %d", name, got, want)
		}
	}
}

// Damage is reported with file and offset, and costs only what it hit.
func TestDamage(t *testing.T) {
	t.Parallel()
	gz, bz := read(t, bview2002), read(t, jinx2014)
	z, err := compression.NewReader(bytes.NewReader(gz))
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	plain, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	torn := slices.Concat(plain[:len(plain)/3], plain[len(plain)/3+31:])
	flipped := bytes.Clone(gz)
	flipped[len(flipped)/2] ^= 0x20
	for _, c := range []struct {
		name    string
		content []byte
		least   int64 // entries that must stand
		want    string
	}{
		{"cut.gz", gz[:len(gz)/2], 55_000, "gzip stream breaks at compressed offset 590179"},
		{"flipped.gz", flipped, 55_000, "no plausible MRT record"},
		{"cut.bz2", bz[:len(bz)/2], 240_000, "bzip2 stream breaks at compressed offset 1970823"},
		{"cut.mrt", plain[:len(plain)-7], 115_520, "the file ends inside a record"},
		{"torn.mrt", torn, 115_518, "bytes skipped"},
	} {
		_, m, err := decodeFile(t, write(t, c.name, c.content), "test")
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		r := m["routes"]
		if r.Kept < c.least || r.Rows == 0 {
			t.Errorf("%s: %d entries kept, want at least %d", c.name, r.Kept, c.least)
		}
		if all := strings.Join(r.Damage, "\n"); !strings.Contains(all, c.want) || !strings.Contains(all, c.name+": after record ") {
			t.Errorf("%s: damage %q, want the file and %q", c.name, r.Damage, c.want)
		}
	}
}

// Real files of which only the first MiB was kept.
func TestFirstMiB(t *testing.T) {
	t.Parallel()
	for name, entries := range map[string]int64{ // as bgpdump reads them
		"mrt/pyasn/rib.20080501.0644_firstMB.bz2":  139_291,
		"mrt/pyasn/rib.20140523.0600_firstMB.bz2":  270_005,
		"mrt/pyasn/rib6.20151101.0600_firstMB.bz2": 149_578,
	} {
		_, m, err := decode(t, name, "route-views")
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if m["routes"].Kept != entries || len(m["routes"].Damage) != 2 {
			t.Errorf("%s: %d entries, want %d; damage %q", name, m["routes"].Kept, entries, m["routes"].Damage)
		}
	}
}

func TestUpdateCounts(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		file string
		rows int64 // bgpdump's, and what it cannot read
		note string
		n    int64
	}{
		{"mrt/bgp-rs/updates.20190101.0000.gz", 162_617, "KEEPALIVE message", 364},
		{"mrt/libbgpstream/updates.example.bz2", 137_244, "", 0},
		{"mrt/libbgpstream/routeviews.route-views.jinx.updates.1427846400.bz2", 8_611, "", 0},
		{"mrt/bgpipe/sample.mrt", 744, "ADD-PATH NLRI in a record that does not say so", 11}, // bgpdump makes 816 of them,
		{"mrt/bgpkit/ripe/rrc00/1999.09/updates.19990903.1041.gz", 65_315, "OPEN message", 1},
		{"mrt/bgpkit/ripe/rrc00/1999.12/updates.19991214.1621.gz", 55_516, "NOTIFICATION message", 1},
		{"mrt/bgpkit/ripe/rrc00/2000.01/updates.20000102.2014.gz", 6_359, "KEEPALIVE message", 123},
		{"mrt/bgpkit/ripe/rrc00/2000.03/updates.20000325.0345.gz", 5_378 + 307, "damaged places", 2}, // routes and state changes
		{"mrt/bgpkit/ripe/rrc01/2000.11/updates.20001104.0124.gz", 883, "KEEPALIVE message", 618},    // 63 records lack the peer header
		{"mrt/bgpkit/ripe/rrc15/2010.02/updates.20100227.1600.gz", 53_806, "OPEN message", 1},
		{"mrt/mrtparse-samples/quagga_bgp", 38 + 16, "MP_REACH_NLRI of l3vpn-ipv4-unicast", 16},
		{"mrt/mrtparse-samples/openbgpd_bgp", 109 + 6, "ROUTE-REFRESH message", 4},
	} {
		_, m, err := decode(t, c.file, "test")
		if err != nil {
			t.Errorf("%s: %v", c.file, err)
			continue
		}
		u := m["updates"]
		if u.Rows != c.rows || u.Seen != u.Kept || u.Noted[c.note] != c.n {
			t.Errorf("%s: %d rows, want %d; seen %d, kept %d, noted %v", c.file, u.Rows, c.rows, u.Seen, u.Kept, u.Noted)
		}
	}
}

func TestStateChangesOfQuagga(t *testing.T) {
	store, m, err := decode(t, "mrt/bgpkit/ripe/rrc15/2010.02/updates.20100227.1600.gz", "rrc15")
	if err != nil {
		t.Fatal(err)
	}
	states := map[uint32]int{}
	for u, err := range datasets.Updates.Scan(store.Path(m["updates"])) {
		if err != nil {
			t.Fatal(err)
		}
		if u.Kind == "state" {
			states[u.NewState]++
			if u.Family != 0 || u.Prefix != "" || u.ASPath != "" {
				t.Errorf("a state change with a route: %+v", u)
			}
		}
	}
	if states[8] != 1 {
		t.Errorf("states entered: %v, want Deleted (8) once", states)
	}
}

// The numbers of a table hang together, and stand in the order of family and vantage.
func TestMetricsAddUp(t *testing.T) {
	t.Parallel()
	for _, name := range []string{bview2002, "mrt/pyasn/rib6.20151101.0600_firstMB.bz2"} {
		store, m, err := decode(t, name, "test")
		if err != nil {
			t.Fatal(err)
		}
		type vantage struct {
			family  uint32
			address string
		}
		values, lengths := map[vantage]map[string]float64{}, map[vantage]float64{}
		var last datasets.TableStat
		for row, err := range datasets.TableStats.Scan(store.Path(m["table_stats"])) {
			if err != nil {
				t.Fatal(err)
			}
			v := vantage{row.Family, row.VantageAddress}
			if values[v] == nil {
				values[v] = map[string]float64{}
			}
			if row.Metric == "prefixes_by_length" {
				lengths[v] += row.Value
			} else {
				values[v][row.Metric+row.Key] = row.Value
			}
			if cmp.Or(cmp.Compare(row.Family, last.Family), cmp.Compare(row.VantageAddress, last.VantageAddress)) < 0 {
				t.Errorf("%s: family %d vantage %s stands behind %d %s", name, row.Family, row.VantageAddress, last.Family, last.VantageAddress)
			}
			last = row
		}
		for v, m := range values {
			out := m["left_outdefault-route"] + m["left_outtoo-short"] + m["left_outtoo-long"]
			if m["prefixes"] != lengths[v] || m["prefixes"] != m["root_prefixes"]+m["more_specific_prefixes"] || m["all_prefixes"] != m["prefixes"]+out {
				t.Errorf("%s: %v does not add up: %v, %v by length", name, v, m, lengths[v])
			}
		}
	}
}

// Rows stand in the order of family, address, length and origin, and refer to peers that exist.
func TestOrderOfRoutes(t *testing.T) {
	t.Parallel()
	store, m, err := decode(t, "mrt/bgpkit/ripe/rrc00/2000.01/bview.20000111.0032.gz", "rrc00")
	if err != nil {
		t.Fatal(err)
	}
	var last datasets.Route
	var lastPrefix netip.Prefix
	seen := int64(0)
	for r, err := range datasets.Routes.Scan(store.Path(m["routes"])) {
		if err != nil {
			t.Fatal(err)
		}
		p := netip.MustParsePrefix(r.Prefix)
		if p != p.Masked() || uint32(p.Bits()) != r.PrefixLength {
			t.Fatalf("prefix %s of length %d", r.Prefix, r.PrefixLength)
		}
		if lastPrefix.IsValid() && cmp.Or(cmp.Compare(last.Family, r.Family), lastPrefix.Addr().Compare(p.Addr()), cmp.Compare(lastPrefix.Bits(), p.Bits()),
			cmp.Compare(last.OriginASN, r.OriginASN), cmp.Compare(last.OriginSet, r.OriginSet)) >= 0 {
			t.Fatalf("%s AS%d stands behind %s AS%d", r.Prefix, r.OriginASN, last.Prefix, last.OriginASN)
		}
		if int(*r.Peers) != len(r.SeenBy) || !slices.IsSorted(r.SeenBy) || int64(r.SeenBy[len(r.SeenBy)-1]) >= m["peers"].Rows {
			t.Fatalf("%s AS%d is seen by %v, %d peers", r.Prefix, r.OriginASN, r.SeenBy, *r.Peers)
		}
		if r.Collector != "rrc00" || r.DumpTime.Format(time.DateOnly) != "2000-01-11" {
			t.Fatalf("collector %s, dump time %s", r.Collector, r.DumpTime)
		}
		seen += *r.Peers
		last, lastPrefix = r, p
	}
	if seen != m["routes"].Kept {
		t.Errorf("rows speak of %d entries, %d were kept", seen, m["routes"].Kept)
	}
}

// The same bytes make the same files.
func TestSameBytes(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"mrt/mrtparse-samples/bird-mrtdump_rib", "mrt/bgpdump/test_data/updates.20160811.1600.gz", "mrt/bgpdump/test_data/bview.20020722.2337.gz"} {
		sums := func() map[string]string {
			_, m, err := decode(t, name, "test")
			if err != nil {
				t.Fatal(err)
			}
			sums := map[string]string{}
			for dataset, m := range m {
				sums[dataset] = m.SHA256
			}
			return sums
		}
		first, second := sums(), sums()
		for dataset := range first {
			if first[dataset] != second[dataset] {
				t.Errorf("%s: %s differs from run to run", name, dataset)
			}
		}
	}
}
