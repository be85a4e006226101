package dump_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"tidemark/collectors/mrt/dump"
	"tidemark/internal/testkit"
	"tidemark/internal/testkit/fuzz"
	"tidemark/internal/testkit/inflated"
)

// show gives the text of a real file, and what was reported.
func show(t testing.TB, name string, options *dump.Options) (string, []error) {
	t.Helper()
	return showFrom(t, inflated.Open(t, testkit.Data(t, name)), options)
}

func showFrom(t testing.TB, in io.Reader, options *dump.Options) (string, []error) {
	t.Helper()
	var out bytes.Buffer
	var wrong []error
	if err := dump.Run(context.Background(), in, "f", options, &out, func(err error) { wrong = append(wrong, err) }); err != nil {
		t.Fatal(err)
	}
	return out.String(), wrong
}

// TestLikeBGPDump compares with the text that bgpdump's own suite expects, byte for byte.
func TestLikeBGPDump(t *testing.T) {
	t.Parallel()
	for _, name := range []string{
		"bview.20020722.2337.gz", "bview.64k_stream_overflow.gz", "bview.ipv4_unicast_add_path.gz", "updates.20020722.2238.gz",
		"updates.20071015.1505.gz", "updates.20160811.1600.gz", "updates.et-header.2015.gz", "updates.long_withdrawal.gz",
	} {
		got, wrong := show(t, "mrt/bgpdump/test_data/"+name, &dump.Options{Format: dump.Machine})
		if len(wrong) > 0 {
			t.Errorf("%s: %v", name, wrong[0])
		}
		packed, err := os.ReadFile(testkit.Data(t, "mrt/bgpdump/test_expect/"+name+".bgp.gz"))
		if err != nil {
			t.Fatal(err)
		}
		z, err := gzip.NewReader(bytes.NewReader(packed))
		if err != nil {
			t.Fatal(err)
		}
		want, err := io.ReadAll(z)
		if err != nil {
			t.Fatal(err)
		}
		if got != string(want) {
			t.Errorf("%s: %s", name, firstDifference(got, string(want)))
		}
	}
}

func firstDifference(got, want string) string {
	a, b := strings.SplitAfter(got, "\n"), strings.SplitAfter(want, "\n")
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			return fmt.Sprintf("line %d is\n%swant\n%s", i+1, a[i], b[i])
		}
	}
	return fmt.Sprintf("%d lines, want %d", len(a), len(b))
}

// TestBesideBGPDump compares with Debian's bgpdump on every other real file, in all its forms. Where the two differ,
// bgpdump is wrong, and how is said here: lines, of both together, that only one of them writes.
func TestBesideBGPDump(t *testing.T) {
	t.Parallel()
	bgpdump := testkit.Need(t, "bgpdump")
	for _, c := range []struct {
		name           string
		machine, human int
		why            string
	}{
		{"bgp-rs/updates.20190101.0000.gz", 0, 0, ""},
		{"bgpkit/ripe/rrc01/2000.11/updates.20001104.0124.gz", 0, 0, ""},
		{"bgpkit/ripe/rrc15/2010.02/updates.20100227.1600.gz", 0, 0, ""},
		{"libbgpstream/ris.rrc06.updates.1427846400.gz", 0, 0, ""},
		{"libbgpstream/updates.example.bz2", 0, 0, ""},
		{"libbgpstream/routeviews.route-views.jinx.updates.1427846400.bz2", 0, 0, ""},
		{"mrtparse-samples/quagga_rib", 0, 0, ""},
		{"mrtparse-samples/bird-mrtdump_rib", 0, 0, ""},
		{"mrtparse-samples/bird6-mrtdump_rib", 0, 0, ""},
		{"pyasn/rib.20080501.0644_firstMB.bz2", 0, 0, ""},
		{"pyasn/bview.20140112.1600_3samples.bz2", 0, 0, ""},
		{"bgpkit/ripe/rrc00/1999.09/updates.19990903.1041.gz", 50, 9, "of type 5, bgpdump -m writes the peer's address instead of each withdrawn prefix, and -H cannot show OPEN"},
		{"bgpkit/ripe/rrc00/1999.12/updates.19991214.1621.gz", 2732, 14, "the same, and NOTIFY"},
		{"bgpkit/ripe/rrc00/2000.01/updates.20000102.2014.gz", 1350, 0, "the same"},
		{"bgpkit/ripe/rrc00/2000.03/updates.20000325.0345.gz", 7727, 29591, "bgpdump takes the torn record for a good one, and prints rubbish to the end"},
		{"bgpkit/ripe/rrc00/2000.01/bview.20000111.0032.gz", 452017, 5486192, "of batched records bgpdump reads the first entry of the first"},
		{"mrtparse-samples/bird_bgp", 38, 43, "ADD-PATH NLRI in ordinary records: bgpdump reads path identifiers as default routes"},
		{"mrtparse-samples/bird6_bgp", 46, 51, "the same"},
		{"bgpipe/sample.mrt", 120, 120, "the same, in RouteViews of 2022"},
		{"mrtparse-samples/bird-mrtdump_bgp", 0, 5, "bgpdump shows no ROUTE-REFRESH"},
		{"mrtparse-samples/bird6-mrtdump_bgp", 0, 5, "the same"},
		{"mrtparse-samples/quagga_bgp", 0, 73, "the same, and no VPN routes"},
		{"mrtparse-samples/openbgpd_bgp", 0, 50, "the same"},
		{"mrtparse-samples/openbgpd_rib_table-v2", 0, 29, "bgpdump shows no RIB_GENERIC"},
		{"mrtparse-samples/openbgpd_rib_table-mp", 0, 93, "bgpdump shows no BGP4MP ENTRY; here it is named"},
		{"mrtparse-samples/openbgpd_rib_table", 2, 2, "an AGGREGATOR of eight octets beside ASes of two: bgpdump reads its first six"},
	} {
		for _, form := range []struct {
			option string
			format dump.Format
			differ int
		}{{"-m", dump.Machine, c.machine}, {"-H", dump.Human, c.human}} {
			if form.differ > 1e6 && testing.Short() {
				continue
			}
			want, err := exec.Command(bgpdump, "-q", form.option, testkit.Data(t, "mrt/"+c.name)).Output()
			if err != nil && form.differ == 0 {
				t.Fatal(c.name, err)
			}
			got, _ := show(t, "mrt/"+c.name, &dump.Options{Format: form.format})
			if got == string(want) {
				if form.differ != 0 {
					t.Errorf("%s %s: bgpdump writes the same now", c.name, form.option)
				}
			} else if form.differ == 0 {
				t.Errorf("%s %s: %s", c.name, form.option, firstDifference(got, string(want)))
			} else if n := differing(got, string(want)); n != form.differ {
				t.Errorf("%s %s: %d lines differ, want %d: %s", c.name, form.option, n, form.differ, c.why)
			}
		}
	}
}

// differing counts the lines that only one of two texts has, in whatever order.
func differing(a, b string) (n int) {
	count := map[string]int{}
	for line := range strings.SplitSeq(a, "\n") {
		count[line]++
	}
	for line := range strings.SplitSeq(b, "\n") {
		count[line]--
	}
	for _, c := range count {
		n += max(c, -c)
	}
	return n
}

// TestOptions compares the lesser options with Debian's bgpdump.
func TestOptions(t *testing.T) {
	t.Parallel()
	bgpdump := testkit.Need(t, "bgpdump")
	for _, name := range []string{"mrt/bgp-rs/updates.20190101.0000.gz", "mrt/bgpdump/test_data/updates.20160811.1600.gz", "mrt/bgpdump/test_data/bview.20020722.2337.gz",
		"mrt/bgpdump/test_data/bview.ipv4_unicast_add_path.gz", "mrt/mrtparse-samples/quagga_bgp", "mrt/mrtparse-samples/bird-mrtdump_bgp"} {
		for _, c := range []struct {
			arguments string
			options   dump.Options
		}{
			{"-M", dump.Options{Format: dump.MachineDate}},
			{"-m -p", dump.Options{Format: dump.Machine, PacketIndex: true}},
			{"-m -u", dump.Options{Format: dump.Machine, Unassigned: true}},
			{"-m -l -u -p", dump.Options{Format: dump.Machine, PacketIndex: true, LargeCommunities: true, Unassigned: true}},
			{"-m -l", dump.Options{Format: dump.Machine, LargeCommunities: true}},
			{"-M -p -l", dump.Options{Format: dump.MachineDate, PacketIndex: true, LargeCommunities: true}},
		} {
			want, err := exec.Command(bgpdump, append(strings.Fields("-q "+c.arguments), testkit.Data(t, name))...).Output()
			if err != nil {
				t.Fatal(err)
			}
			if got, _ := show(t, name, &c.options); got != string(want) {
				t.Errorf("%s %s: %s", name, c.arguments, firstDifference(got, string(want)))
			}
		}
	}
}

// TestJSONAndCSV reads the lines back and compares them with the machine text of the same file.
func TestJSONAndCSV(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"mrt/bgp-rs/updates.20190101.0000.gz", "mrt/bgpdump/test_data/bview.ipv4_unicast_add_path.gz", "mrt/mrtparse-samples/quagga_bgp", "mrt/bgpdump/test_data/updates.20071015.1505.gz"} {
		machine, _ := show(t, name, &dump.Options{Format: dump.Machine})
		var want []string // kind, peer, prefix or state, path
		for line := range strings.Lines(machine) {
			f := strings.Split(strings.TrimSuffix(line, "\n"), "|")
			path := ""
			if strings.HasSuffix(f[0], "_AP") {
				f = slices.Delete(f, 6, 7)
			}
			if f[2] == "STATE" {
				want = append(want, strings.Join([]string{"state", f[4], f[5], f[6]}, "|"))
				continue
			}
			if len(f) > 6 {
				path = f[6]
			}
			want = append(want, strings.Join([]string{map[string]string{"B": "rib", "A": "announce", "W": "withdraw"}[f[2]], f[4], f[5], path}, "|"))
		}
		var got []string
		text, _ := show(t, name, &dump.Options{Format: dump.JSON})
		for line := range strings.Lines(text) {
			var e struct {
				Kind     string
				PeerASN  uint32 `json:"peer_asn"`
				Prefix   string
				Family   string
				ASPath   []any  `json:"as_path"`
				OldState uint16 `json:"old_state"`
				NewState uint16 `json:"new_state"`
			}
			if err := json.Unmarshal([]byte(line), &e); err != nil {
				t.Fatalf("%s: %v in %s", name, err, line)
			}
			switch {
			case e.Kind == "state":
				got = append(got, fmt.Sprintf("state|%d|%d|%d", e.PeerASN, e.OldState, e.NewState))
			case e.Prefix != "":
				got = append(got, fmt.Sprintf("%s|%d|%s|%s", e.Kind, e.PeerASN, e.Prefix, pathText(e.ASPath)))
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s as JSON: %s", name, firstDifference(strings.Join(got, "\n"), strings.Join(want, "\n")))
		}
		options := &dump.Options{Format: dump.CSV}
		text, _ = show(t, name, options)
		rows, err := csv.NewReader(strings.NewReader(options.Header() + text)).ReadAll()
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		got = got[:0]
		column := func(name string) int { return slices.Index(rows[0], name) }
		for _, r := range rows[1:] {
			if r[column("kind")] == "state" {
				got = append(got, strings.Join([]string{"state", r[column("peer_asn")], r[column("old_state")], r[column("new_state")]}, "|"))
				continue
			}
			if _, err := netip.ParsePrefix(r[column("prefix")]); err != nil {
				continue // a family without prefixes
			}
			got = append(got, strings.Join([]string{r[column("kind")], r[column("peer_asn")], r[column("prefix")], r[column("as_path")]}, "|"))
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s as CSV: %s", name, firstDifference(strings.Join(got, "\n"), strings.Join(want, "\n")))
		}
	}
}

// pathText is bgpdump's text of a path from JSON.
func pathText(path []any) string {
	var parts []string
	for _, p := range path {
		switch p := p.(type) {
		case float64:
			parts = append(parts, fmt.Sprintf("%.0f", p))
		case map[string]any:
			for kind, members := range p {
				var asns []string
				for _, asn := range members.([]any) {
					asns = append(asns, fmt.Sprintf("%.0f", asn))
				}
				marks := map[string]string{"set": "{,}", "confed_sequence": "( )", "confed_set": "[,]"}[kind]
				parts = append(parts, marks[:1]+strings.Join(asns, marks[1:2])+marks[2:])
			}
		}
	}
	return strings.Join(parts, " ")
}

// TestFilters takes the unfiltered lines, sorted out the slow way, as oracle.
func TestFilters(t *testing.T) {
	t.Parallel()
	const updates, table = "mrt/bgp-rs/updates.20190101.0000.gz", "mrt/bgpdump/test_data/bview.20020722.2337.gz"
	path, err := dump.PathExpression("_3356_")
	if err != nil {
		t.Fatal(err)
	}
	start, err := dump.PathExpression("^1853 1239_")
	if err != nil {
		t.Fatal(err)
	}
	field := func(line []string, i int) string {
		if i < len(line) {
			return line[i]
		}
		return ""
	}
	covers := func(a, b string) bool {
		p, err1 := netip.ParsePrefix(a)
		q, err2 := netip.ParsePrefix(b)
		return err1 == nil && err2 == nil && p.Bits() <= q.Bits() && p.Contains(q.Addr())
	}
	for _, c := range []struct {
		name   string
		file   string
		filter dump.Filter
		keep   func(f []string) bool
	}{
		{"exact", table, dump.Filter{Exact: []netip.Prefix{netip.MustParsePrefix("3.0.0.0/8")}}, func(f []string) bool { return f[5] == "3.0.0.0/8" }},
		{"more specific", updates, dump.Filter{More: []netip.Prefix{netip.MustParsePrefix("45.0.0.0/8"), netip.MustParsePrefix("2001:db8::/16")}},
			func(f []string) bool { return covers("45.0.0.0/8", f[5]) || covers("2001::/16", f[5]) }},
		{"less specific", table, dump.Filter{Less: []netip.Prefix{netip.MustParsePrefix("12.0.48.0/24")}}, func(f []string) bool { return covers(f[5], "12.0.48.0/24") }},
		{"origin", updates, dump.Filter{Origins: []uint32{268080, 13335}}, func(f []string) bool {
			p := strings.Fields(field(f, 6))
			return len(p) > 0 && (p[len(p)-1] == "268080" || p[len(p)-1] == "13335")
		}},
		{"peer AS", updates, dump.Filter{PeerASNs: []uint32{34549}}, func(f []string) bool { return f[4] == "34549" }},
		{"peer address", updates, dump.Filter{Peers: []netip.Addr{netip.MustParseAddr("2001:728:1808::2")}}, func(f []string) bool { return f[3] == "2001:728:1808::2" }},
		{"path", updates, dump.Filter{Path: path}, func(f []string) bool { return slices.Contains(strings.Fields(field(f, 6)), "3356") }},
		{"start of path", table, dump.Filter{Path: start}, func(f []string) bool { return strings.HasPrefix(f[6]+" ", "1853 1239 ") }},
		{"communities", updates, dump.Filter{Communities: []string{"1299:35000", "34549:100"}}, func(f []string) bool {
			return slices.Contains(strings.Fields(field(f, 11)), "1299:35000") && slices.Contains(strings.Fields(field(f, 11)), "34549:100")
		}},
		{"withdrawals", updates, dump.Filter{Kinds: []string{"withdraw"}}, func(f []string) bool { return f[2] == "W" }},
		{"announcements of a peer", updates, dump.Filter{Kinds: []string{"announce"}, PeerASNs: []uint32{15562}}, func(f []string) bool { return f[2] == "A" && f[4] == "15562" }},
		{"states", updates, dump.Filter{Kinds: []string{"state"}}, func(f []string) bool { return f[2] == "STATE" }},
		{"table entries in updates", updates, dump.Filter{Kinds: []string{"rib"}}, func(f []string) bool { return false }},
		{"times", updates, dump.Filter{From: time.Unix(1546300860, 0), Until: time.Unix(1546300920, 0)}, func(f []string) bool { return f[1] >= "1546300860" && f[1] <= "1546300920" }},
	} {
		all, _ := show(t, c.file, &dump.Options{Format: dump.Machine})
		var want strings.Builder
		for line := range strings.Lines(all) {
			if f := strings.Split(strings.TrimSuffix(line, "\n"), "|"); (f[2] != "STATE" || c.name == "states" || strings.Contains(c.name, "peer ") || c.name == "times") && c.keep(f) {
				want.WriteString(line)
			}
		}
		got, _ := show(t, c.file, &dump.Options{Format: dump.Machine, Filter: c.filter})
		if got != want.String() {
			t.Errorf("%s: %s", c.name, firstDifference(got, want.String()))
		}
		if got == "" && c.name != "table entries in updates" {
			t.Errorf("%s: nothing fits, which proves little", c.name)
		}
	}
}

func TestPathExpression(t *testing.T) {
	for _, c := range []struct {
		expression, path string
		fits             bool
	}{
		{"_701_", "701", true}, {"_701_", "1 701 2", true}, {"_701_", "1 7018 2", false}, {"_701_", "1 {701,702}", true}, {"^701_", "701 1", true},
		{"^701_", "1 701", false}, {"_701$", "1 701", true}, {"_1_2_", "1 2", true}, {"^$", "", true}, {"_[67]..._", "1 6939", true},
	} {
		e, err := dump.PathExpression(c.expression)
		if err != nil {
			t.Fatal(err)
		}
		if e.MatchString(c.path) != c.fits {
			t.Errorf("%s on %q: %v", c.expression, c.path, !c.fits)
		}
	}
	if _, err := dump.PathExpression("("); err == nil {
		t.Error("( is taken")
	}
}

// TestStat compares the counts with those of the text.
func TestStat(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"mrt/bgp-rs/updates.20190101.0000.gz", "mrt/bgpdump/test_data/bview.20020722.2337.gz", "mrt/bgpkit/ripe/rrc00/2000.03/updates.20000325.0345.gz"} {
		text, _ := show(t, name, &dump.Options{Format: dump.Machine})
		want := map[string]int64{}
		peers := map[string]int64{}
		for line := range strings.Lines(text) {
			f := strings.Split(line, "|")
			want[map[string]string{"B": "rib", "A": "announce", "W": "withdraw", "STATE": "state"}[f[2]]]++
			peers[f[3]+" "+f[4]]++
		}
		s, err := dump.Measure(context.Background(), inflated.Open(t, testkit.Data(t, name)), "f")
		if err != nil {
			t.Fatal(err)
		}
		for kind, n := range want {
			if s.Elements[kind] != n {
				t.Errorf("%s: %d × %s, want %d", name, s.Elements[kind], kind, n)
			}
		}
		for _, p := range s.Peers {
			if n := peers[fmt.Sprintf("%s %d", p.Address, p.ASN)]; n > p.Elements {
				t.Errorf("%s: %d elements of %s, want %d or more", name, p.Elements, p.Address, n)
			}
		}
		records := int64(0)
		for _, n := range s.Types {
			records += n
		}
		if records != s.Records || strings.Contains(name, "2000.03") != (len(s.Skipped) > 0) {
			t.Errorf("%s: %d records by type of %d; skipped %v", name, records, s.Records, s.Skipped)
		}
		var out bytes.Buffer
		if _, err := s.WriteTo(&out); err != nil || !regexp.MustCompile(`(?m)^records by type$`).Match(out.Bytes()) {
			t.Error(err, out.String())
		}
	}
}

// TestBrokenOutput is a reader of the output that goes away.
func TestBrokenOutput(t *testing.T) {
	t.Parallel()
	in := inflated.Open(t, testkit.Data(t, "mrt/bgp-rs/updates.20190101.0000.gz"))
	gone := errors.New("gone")
	if err := dump.Run(context.Background(), in, "f", &dump.Options{Format: dump.Machine}, failing{gone}, func(error) {}); !errors.Is(err, gone) {
		t.Errorf("error %v", err)
	}
}

type failing struct{ error }

func (f failing) Write([]byte) (int, error) { return 0, f.error }

// FuzzRun shows anything in every format: no panic, no hang, JSON stays JSON.
func FuzzRun(t *testing.F) {
	f := fuzz.With(t)
	for _, name := range []string{"mrt/mrtparse-samples/quagga_bgp", "mrt/mrtparse-samples/openbgpd_rib_table-v2", "mrt/mrtparse-samples/bird6-mrtdump_bgp", "mrt/bgpdump/test_data/bview.ipv4_unicast_add_path.gz", "mrt/mrtparse-samples/openbgpd_rib_table-mp"} {
		b := inflated.Read(f, testkit.Data(f, name))
		for which := range 6 {
			f.Add(b[:min(len(b), 3000)], uint8(which))
		}
	}
	formats := []dump.Format{dump.Human, dump.Machine, dump.JSON, dump.CSV}
	f.Fuzz(func(t *testing.T, b []byte, which uint8) {
		switch which %= 6; {
		case int(which) < len(formats):
			format := formats[which]
			out, _ := showFrom(t, bytes.NewReader(b), &dump.Options{Format: format})
			for line := range strings.Lines(out) {
				if format == dump.JSON && !json.Valid([]byte(line)) {
					t.Errorf("no JSON: %q", line)
				}
			}
			return
		case which == 4:
			if _, err := dump.Measure(context.Background(), bytes.NewReader(b), "f"); err != nil && !errors.Is(err, dump.ErrNoRecords) {
				t.Error(err)
			}
			return
		}
		s := dump.NewSnapshot(time.Unix(1<<32-1, 0), &dump.Filter{})
		for _, load := range []func(context.Context, io.Reader, string, func(error)) error{s.LoadTables, s.LoadUpdates} {
			if err := load(t.Context(), bytes.NewReader(b), "f", func(error) {}); err != nil && !errors.Is(err, dump.ErrNoRecords) {
				t.Error(err)
			}
		}
		s.Finish(func(error) {})
		var table bytes.Buffer
		if _, err := s.WriteTo(&table); err != nil {
			t.Error(err)
		}
		if s.Peers() == 0 {
			return
		}
		if _, wrong := showFrom(t, &table, &dump.Options{Format: dump.Machine}); len(wrong) > 0 {
			t.Errorf("the table that was written is malformed: %v", wrong)
		}
	})
}
