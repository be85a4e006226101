package routes

import (
	"bufio"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"maps"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"tidemark/collectors"
	"tidemark/collectors/archive"
	"tidemark/collectors/mrt"
	"tidemark/datasets"
	"tidemark/datasets/table"
	"tidemark/internal/testkit"
	"tidemark/internal/testkit/fuzz"
	"tidemark/internal/testkit/tables"
)

// readTable decodes a table and gives its routes, and its metrics as "family metric key".
func readTable(t *testing.T, c collectors.Kind, path string, day time.Time) (routes []datasets.Route, stats map[string]float64, damage int) {
	t.Helper()
	raw, err := archive.RawFile(c.Name(), "", path, day)
	if err != nil {
		t.Fatal(err)
	}
	store := &table.Store{Dir: t.TempDir()}
	into := store.Begin(raw.Input())
	defer into.Abort()
	if err := c.Decode(context.Background(), raw, into); err != nil {
		t.Fatal(err)
	}
	manifests, err := into.Commit()
	if err != nil {
		t.Fatal(err)
	}
	_, n := into.Damaged()
	damage = int(n)
	stats = map[string]float64{}
	for _, m := range manifests {
		switch m.Dataset {
		case "routes":
			for r, err := range datasets.Routes.Scan(store.Path(m)) {
				if err != nil {
					t.Fatal(err)
				}
				routes = append(routes, r)
			}
		case "table_stats":
			for s, err := range datasets.TableStats.Scan(store.Path(m)) {
				if err != nil {
					t.Fatal(err)
				}
				if s.VantageAddress == "" {
					stats[strings.TrimSpace(string('0'+byte(s.Family))+" "+s.Metric+" "+s.Key)] = s.Value
				}
			}
		}
	}
	return routes, stats, damage
}

// TestTables has a few lines of each form.
func TestTables(t *testing.T) {
	day := time.Date(2020, 2, 1, 0, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		name, text string
		day        time.Time
		at         string
		rows       string
		damage     int
		without    string // a metric that this form cannot tell
	}{
		{"riswhoisdump.IPv4", "% This file was generated on Fri Sep  7 10:03:01 2012 UTC.\n\n3333\t193.0.0.0/21\t98\n{1,2}\t10.0.0.0/16\t3\nLocal\t10.1.0.0/16\t1\n3.10\t10.2.0.0/16\t5\nrubbish\n",
			time.Time{}, "2012-09-07 10:03:01", "10.0.0.0/16 0 {1,2} 3; 10.1.0.0/16 0  1; 10.2.0.0/16 196618  5; 193.0.0.0/21 3333  98", 1, "4 unique_paths"},
		{"x.pfx2as", "1.0.0.0\t24\t13335\n2001:db8::\t32\t6939_1101\n1.0.4.0\t22\t1,2\n", day, "2020-02-01 00:00:00",
			"1.0.0.0/24 13335  unknown; 1.0.4.0/22 0 {1,2} unknown; 2001:db8::/32 1101  unknown; 2001:db8::/32 6939  unknown", 0, "6 stub_ases"},
		{"ipasn.dat", "; IP-ASN32-DAT file\n; Original file : data/rib.20140513.0600.bz2.skip\n; \n10.0.0.0/8\t7\n9.0.0.0/8\t8\n", time.Time{}, "2014-05-13 06:00:00",
			"9.0.0.0/8 8  unknown; 10.0.0.0/8 7  unknown", 0, "4 moas_prefixes"},
		{"prefixes.20240601.txt", "10.0.0.0/8\n2001:db8::/32\n", time.Time{}, "2024-06-01 00:00:00", "10.0.0.0/8 0  unknown; 2001:db8::/32 0  unknown", 0, "4 origin_ases"},
	} {
		path := filepath.Join(t.TempDir(), c.name)
		if err := os.WriteFile(path, []byte(c.text), 0o644); err != nil {
			t.Fatal(err)
		}
		routes, stats, damage := readTable(t, Tables{}, path, c.day)
		var got []string
		for _, r := range routes {
			peers := "unknown"
			if r.Peers != nil {
				peers = fmt.Sprint(*r.Peers)
			}
			got = append(got, fmt.Sprintf("%s %d %s %s", r.Prefix, r.OriginASN, r.OriginSet, peers))
			for what, told := range map[string]bool{"ASes of peers": r.PeerASes != nil, "peers of the origin": r.OriginPeers != nil, "full feeds": r.FullFeedPeers != nil,
				"shortest path": r.PathLengthMin != nil, "longest path": r.PathLengthMax != nil, "mean path": r.PathLengthMean != nil, "mean path as sent": r.PathSentMean != nil} {
				if told {
					t.Errorf("%s: %s has a number that the table does not tell: %s", c.name, r.Prefix, what)
				}
			}
			if at := r.DumpTime.Format("2006-01-02 15:04:05"); at != c.at {
				t.Errorf("%s is of %s, want %s", c.name, at, c.at)
			}
		}
		if text := strings.Join(got, "; "); text != c.rows || damage != c.damage {
			t.Errorf("%s: %s (%d damaged)\nwant %s", c.name, text, damage, c.rows)
		}
		if _, told := stats[c.without]; told {
			t.Errorf("%s tells %s", c.name, c.without)
		}
	}
	for name, text := range map[string]string{"empty": "% nothing\n", "page": "<!doctype html>\n<html>\n", "undated": "10.0.0.0/8\n"} {
		path := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		raw, err := archive.RawFile("prefix-origins", "", path, time.Time{})
		if err != nil {
			t.Fatal(err)
		}
		into := (&table.Store{Dir: t.TempDir()}).Begin(raw.Input())
		if err := (Tables{}).Decode(context.Background(), raw, into); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
		into.Abort()
	}
}

// TestRealTables counts real tables beside a plain reading of their lines, and looks each covering prefix up length by
// length in a map.
func TestRealTables(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		file, form string
		day        time.Time
		prefix     func(fields []string) string
	}{
		{"asn/pfx2as/RouteViewIPv4.pfx2as.gz", "pfx2as", time.Date(2020, 2, 1, 0, 0, 0, 0, time.UTC), func(f []string) string { return f[0] + "/" + f[1] }},
		{"asn/pfx2as/RouteViewIPv6.pfx2as.gz", "pfx2as", time.Date(2020, 2, 1, 0, 0, 0, 0, time.UTC), func(f []string) string { return f[0] + "/" + f[1] }},
		{"asn/bart-prefixes.txt.gz", "prefix-list", time.Date(2024, 6, 1, 0, 0, 0, 0, time.UTC), func(f []string) string { return f[0] }},
	} {
		path := testkit.Data(t, c.file)
		routes, stats, damage := readTable(t, Tables{}, path, c.day)
		if damage > 0 {
			t.Errorf("%s: %d damaged places", c.file, damage)
		}
		f, err := os.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		z, err := gzip.NewReader(f)
		if err != nil {
			t.Fatal(err)
		}
		whole := map[netip.Prefix]bool{}
		for lines := bufio.NewScanner(io.Reader(z)); lines.Scan(); {
			whole[netip.MustParsePrefix(c.prefix(strings.Fields(lines.Text())))] = true
		}
		f.Close()
		checkCovers(t, c.file, whole, routes, stats)
	}
	routes, stats, _ := readTable(t, MRT{}, testkit.Data(t, "mrt/libbgpstream/routeviews.route-views.jinx.ribs.1401487200.bz2"), time.Time{})
	whole := map[netip.Prefix]bool{}
	for _, r := range routes {
		whole[netip.MustParsePrefix(r.Prefix)] = true
	}
	checkCovers(t, "JINX 2014", whole, routes, stats)
}

func checkCovers(t *testing.T, name string, whole map[netip.Prefix]bool, routes []datasets.Route, stats map[string]float64) {
	t.Helper()
	maps.DeleteFunc(whole, func(p netip.Prefix, _ bool) bool { return slowFilter(p) != "" })
	want := map[string]float64{}
	ofLength := [129]map[netip.Prefix]bool{} // small maps stay in the processor's cache
	for p := range whole {
		if ofLength[p.Bits()] == nil {
			ofLength[p.Bits()] = map[netip.Prefix]bool{}
		}
		ofLength[p.Bits()][p] = true
	}
	cover := map[netip.Prefix]string{}
	for p := range whole {
		family := string('0' + byte(familyOf(p)))
		want[family+" prefixes"]++
		for bits := p.Bits() - 1; bits >= 0; bits-- {
			if q := netip.PrefixFrom(p.Addr(), bits).Masked(); ofLength[bits][q] {
				cover[p] = q.String()
				break
			}
		}
		if cover[p] == "" {
			want[family+" root_prefixes"]++
		} else {
			want[family+" more_specific_prefixes"]++
		}
	}
	for _, metric := range slices.Sorted(maps.Keys(want)) {
		if stats[metric] != want[metric] {
			t.Errorf("%s: %s is %v, want %v", name, metric, stats[metric], want[metric])
		}
	}
	wrong := 0
	for _, r := range routes {
		if covering := cover[netip.MustParsePrefix(r.Prefix)]; r.CoveringPrefix != covering && wrong < 5 {
			wrong++
			t.Errorf("%s: %s is covered by %q, want %q", name, r.Prefix, r.CoveringPrefix, covering)
		}
	}
	t.Logf("%s: %v", name, want)
}

// FuzzTables: no bytes make a table panic, or commit counts that do not add up.
func FuzzTables(t *testing.F) {
	f := fuzz.With(t)
	for _, seed := range []string{"% This file was generated on Fri Sep  7 10:03:01 2012 UTC.\n3333\t193.0.0.0/21\t98\n{1,2}\t10.0.0.0/16\t3\n", "1.0.0.0\t24\t13335_1,2\n2001:db8::\t32\t1.10\n",
		"; Original file : data/rib.20140513.0600.bz2\n10.0.0.0/8\t7\n", "10.0.0.0/8\n10.0.0.0/8\n0.0.0.0/0\n::/0\n2001:db8::1/128\n"} {
		f.Add([]byte(seed))
	}
	store := tables.Store(f)
	f.Fuzz(func(t *testing.T, content []byte) {
		tables.Try(t, store, Tables{}, "x", string(content), time.Date(2020, 2, 1, 0, 0, 0, 0, time.UTC))
	})
}

// TestTextTable reads the text of show ip bgp like a dump, with its peers, and the paths of one prefix once more.
func TestTextTable(t *testing.T) {
	path := filepath.Join(t.TempDir(), "oix-full-snapshot-1997-11-08.dat")
	text := "BGP table version is 7, local router ID is 198.32.162.100\nStatus codes: * valid, > best\n\n" +
		"   Network          Next Hop            Metric LocPrf Weight Path\n" +
		"*  3.0.0.0          205.215.45.50            0             0 4006 701 701 80 i\n" +
		"*>                  194.68.130.254                         0 5459 {80,81} i\n" +
		"*> 128.9.0.0        205.215.45.50                          0 4006 e\n" +
		"*> 300.9.0.0        205.215.45.50                          0 4006 e\n"
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	routes, stats, damage := readTable(t, MRT{}, path, time.Time{})
	var got []string
	for _, r := range routes {
		got = append(got, fmt.Sprintf("%s %s %d %s %d", r.DumpTime.Format(time.DateOnly), r.Prefix, r.OriginASN, r.OriginSet, *r.Peers))
	}
	const want = "1997-11-08 3.0.0.0/8 0 {80,81} 1; 1997-11-08 3.0.0.0/8 80  1; 1997-11-08 128.9.0.0/16 4006  1"
	if text := strings.Join(got, "; "); text != want || damage != 1 {
		t.Errorf("%s, %d damaged\nwant %s", text, damage, want)
	}
	if stats["4 entries"] != 3 || stats["4 attribute_entries as-set"] != 1 || stats["4 attribute_entries prepended"] != 1 || stats["4 next_hops"] != 2 || stats["4 peers"] != 2 {
		t.Errorf("%v", stats)
	}
	raw, err := archive.RawFile("mrt", "", path, time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	var paths []string
	err = Paths(t.Context(), raw, func(p netip.Prefix) bool { return p.Bits() == 8 }, func(_ netip.Prefix, _ uint32, _ string, peer mrt.Peer, path string, _ uint32) {
		paths = append(paths, fmt.Sprint(peer.ASN, ": ", path))
	})
	if text := strings.Join(paths, "; "); err != nil || text != "4006: 4006 701 80; 5459: 5459 {80,81}" {
		t.Errorf("%s, %v", text, err)
	}
	undated := filepath.Join(t.TempDir(), "table.dat")
	if err := os.WriteFile(undated, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	raw, err = archive.RawFile("mrt", "", undated, time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	into := (&table.Store{Dir: t.TempDir()}).Begin(raw.Input())
	defer into.Abort()
	if err := (MRT{}).Decode(t.Context(), raw, into); err == nil || !strings.Contains(err.Error(), "--date") {
		t.Errorf("an undated table: %v", err)
	}
}
