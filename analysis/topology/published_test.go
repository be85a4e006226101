package topology

import (
	"bufio"
	"compress/bzip2"
	"compress/gzip"
	"flag"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"tidemark/collectors/bgp"
	"tidemark/collectors/mrt"
	"tidemark/internal/testkit"
)

// readDump adds the unicast paths of a family in a table dump, as far as it can be read: some are cut.
func readDump(t testing.TB, paths *Paths, name string, v6 bool) (fates map[Fate]int) {
	file, err := os.Open(testkit.Data(t, name))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	var in io.Reader = bzip2.NewReader(bufio.NewReader(file))
	if strings.HasSuffix(name, ".gz") {
		if in, err = gzip.NewReader(file); err != nil {
			t.Fatal(err)
		}
	}
	fates = map[Fate]int{}
	rib := mrt.NewRIB()
	var frame bgp.Frame
	var path bgp.Path
	var sequence []uint32
	for rec, err := range mrt.NewReader(in, name).Records() {
		if err != nil {
			t.Log(err)
			break
		}
		rib.Entries(rec, func(e *mrt.Entry) {
			if e.Family.SAFI != bgp.Unicast || !e.Prefix.IsValid() || e.Prefix.Addr().Is6() != v6 {
				return
			}
			frame.Parse(e.Attributes, e.Form)
			if frame.Short || !frame.DecodePath(&path, e.Form) || strings.ContainsAny(path.String(), "{([") {
				return
			}
			sequence = path.Sequence(sequence[:0])
			fates[paths.Add(sequence, 1)]++
		})
	}
	return fates
}

// oracle is a list of relations that others published. Its codes say what the first AS of a line is to the second.
type oracle struct {
	name, file string
	codes      map[string]Relation
	skipped    []string // codes of links that are neither
}

var (
	serial1 = map[string]Relation{"-1": Provider, "0": Peer}

	caida2015   = oracle{"CAIDA, February 2015", "20150201.as-rel.txt.gz", serial1, nil}
	cyclops     = oracle{"Cyclops with CAIDA, about 2013", "Cyclops_caida_cons.txt.gz", map[string]Relation{"p2c": Provider, "p2p": Peer}, nil}
	caida2012   = oracle{"CAIDA's layout, about 2012", "as-rel.2012.txt.gz", serial1, nil}
	traceroutes = oracle{"Northwestern, December 2007 to September 2008", "AS_link_extended.2007-12_2008-09.txt.gz", map[string]Relation{"P": Provider, "C": Customer, "E": Peer}, []string{"S", "-", ""}}
	caida2006   = oracle{"CAIDA's layout, about 2006", "as_rel.2006.txt.gz", map[string]Relation{"-1": Customer, "1": Provider, "0": Peer}, nil}
	subra2004   = oracle{"Subramanian's method, 2004", "subra-2004.topo.gz", map[string]Relation{"1": Provider, "0": Peer}, nil}
)

func (o *oracle) read(t testing.TB) map[[2]uint32]Relation {
	file, err := os.Open(testkit.Data(t, "relations/"+o.file))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	in, err := gzip.NewReader(file)
	if err != nil {
		t.Fatal(err)
	}
	all := map[[2]uint32]Relation{}
	for lines := bufio.NewScanner(in); lines.Scan(); {
		f := strings.FieldsFunc(lines.Text(), func(r rune) bool { return strings.ContainsRune("|\t ,", r) })
		if len(f) < 3 || strings.HasPrefix(f[0], "#") || slices.Contains(o.skipped, f[2]) {
			continue
		}
		a, errA := strconv.ParseUint(f[0], 10, 32)
		b, errB := strconv.ParseUint(f[1], 10, 32)
		r, ok := o.codes[f[2]]
		if errA != nil || errB != nil || !ok {
			t.Fatalf("%s: line %q", o.file, lines.Text())
		}
		if a > b {
			a, b, r = b, a, r.reverse()
		}
		all[[2]uint32{uint32(a), uint32(b)}] = r
	}
	return all
}

// score compares inferred relations with published ones.
type score struct {
	links, published, common, unknown     int // inferred, published; those in both, and how many of these are unknown
	rightProviders, providers             int // inferred as provider and customer, of those in common
	rightPeers, peers                     int
	publishedProviders, publishedPeerings int
}

func compareLinks(links []Link, published map[[2]uint32]Relation) (s score) {
	s.links, s.published = len(links), len(published)
	for _, r := range published {
		if r == Peer {
			s.publishedPeerings++
		} else {
			s.publishedProviders++
		}
	}
	for _, l := range links {
		r, ok := published[[2]uint32{l.A, l.B}]
		if !ok {
			continue
		}
		s.common++
		right := 0
		if l.Relation == r {
			right = 1
		}
		switch l.Relation {
		case Unknown:
			s.unknown++
		case Peer:
			s.peers++
			s.rightPeers += right
		default:
			s.providers++
			s.rightProviders += right
		}
	}
	return s
}

func share(part, whole int) float64 { return float64(part) / float64(whole) }

// comparison is with an oracle so many months before or after; what is less right than the floors, in per cent, is an error.
type comparison struct {
	oracle
	months           string
	transit, peering float64
}

// update rewrites the table in docs/relations.md.
var update = flag.Bool("update", false, "rewrite the table in docs/relations.md")

// TestPublished compares what real dumps show with what others inferred at about that time from the dumps of all collectors: links on which
// both are of one opinion, in per cent. Some dumps are cut: of that of route-views2 of 2014 the first 9,000 prefixes are at hand. The floors
// are what the method reached when they were written, rounded down. The table in docs/relations.md is that of this test.
func TestPublished(t *testing.T) {
	real := []uint32{174, 209, 286, 701, 1239, 1299, 2828, 2914, 3257, 3320, 3356, 5511, 6453, 6461, 6762, 7018, 12956} // CAIDA's clique of 2015
	var table strings.Builder
	table.WriteString("| dumps | published | months apart | links | in both | unknown | transit, right | peering, right | transit, recall | peering, recall |\n|---|---|---|---|---|---|---|---|---|---|\n")
	for _, c := range []struct {
		name    string
		dumps   []string
		against []comparison
	}{
		{"Route-Views jinx and route-views2 (cut), May 2014", []string{"mrt/libbgpstream/routeviews.route-views.jinx.ribs.1401487200.bz2", "mrt/pyasn/rib.20140523.0600_firstMB.bz2"}, []comparison{{caida2015, "9", 99, 85}, {cyclops, "about 12", 99, 85}, {caida2012, "about 18 to 24", 99, 20}}},
		{"route-views2 (cut), May 2008", []string{"mrt/pyasn/rib.20080501.0644_firstMB.bz2"}, []comparison{{traceroutes, "0", 95, 30}, {caida2006, "about 24", 96, 55}}},
		{"RIS, 22 July 2002", []string{"mrt/bgpdump/test_data/bview.20020722.2337.gz"}, []comparison{{subra2004, "18 to 29", 97, 5}}},
		{"RIS rrc00, January 2000", []string{"mrt/bgpkit/ripe/rrc00/2000.01/bview.20000111.0032.gz"}, []comparison{{subra2004, "48 to 59", 95, 30}}},
	} {
		paths := NewPaths()
		for _, name := range c.dumps {
			readDump(t, paths, name, false)
		}
		top := paths.Infer()
		links := top.Links()
		if again := paths.Infer().Links(); !slices.Equal(links, again) {
			t.Error("the same paths gave other relations")
		}
		if strings.Contains(c.name, "2014") {
			in := 0
			for _, asn := range top.Clique {
				if slices.Contains(real, asn) {
					in++
				}
			}
			if in < 12 || len(top.Clique) > in+1 {
				t.Errorf("clique %v has %d of CAIDA's", top.Clique, in)
			}
		}
		for _, o := range c.against {
			s := compareLinks(links, o.read(t))
			transit, peering := 100*share(s.rightProviders, s.providers), 100*share(s.rightPeers, s.peers)
			fmt.Fprintf(&table, "| %s | %s | %s | %d | %d | %.1f %% | %.1f %% of %d | %.1f %% of %d | %.1f %% | %.1f %% |\n", c.name, o.name, o.months, s.links, s.common,
				100*share(s.unknown, s.common), transit, s.providers, peering, s.peers, 100*share(s.rightProviders, s.publishedProviders), 100*share(s.rightPeers, s.publishedPeerings))
			if transit < o.transit || peering < o.peering || share(s.unknown, s.common) > 0.1 {
				t.Errorf("%s against %s: %+v", c.name, o.name, s)
			}
		}
	}
	const document = "../../docs/relations.md"
	text, err := os.ReadFile(document)
	if err != nil {
		t.Fatal(err)
	}
	head, rest, _ := strings.Cut(string(text), "<!-- table -->\n")
	old, tail, ok := strings.Cut(rest, "<!-- end -->")
	switch {
	case !ok:
		t.Errorf("%s has no place for the table", document)
	case *update:
		if err := os.WriteFile(document, []byte(head+"<!-- table -->\n"+table.String()+"<!-- end -->"+tail), 0o644); err != nil {
			t.Fatal(err)
		}
	case old != table.String():
		t.Errorf("the table in %s is old; go test ./analysis/topology -update rewrites it:\n%s", document, table.String())
	}
}
