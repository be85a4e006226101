package topology

import (
	"bufio"
	"compress/bzip2"
	"compress/gzip"
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

// readPublished reads relations as CAIDA publishes them (A|B|-1: A is the provider, A|B|0: peers), or with p2c and p2p.
func readPublished(t testing.TB, name string) map[[2]uint32]Relation {
	file, err := os.Open(testkit.Data(t, name))
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
		f := strings.FieldsFunc(lines.Text(), func(r rune) bool { return r == '|' || r == '\t' || r == ' ' })
		if len(f) < 3 || strings.HasPrefix(f[0], "#") {
			continue
		}
		a, errA := strconv.ParseUint(f[0], 10, 32)
		b, errB := strconv.ParseUint(f[1], 10, 32)
		r, ok := map[string]Relation{"-1": Provider, "p2c": Provider, "0": Peer, "p2p": Peer, "1": Customer}[f[2]]
		if errA != nil || errB != nil || !ok {
			t.Fatalf("%s: line %q", name, lines.Text())
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

// TestPublished compares what two dumps of May 2014 show with what others inferred from the dumps of all collectors: CAIDA for
// February 2015, and UCLA's Cyclops with CAIDA for about 2013. A dump of some ten peers in Johannesburg is whole; of that of
// route-views2 with its 35 peers only the first 9,000 prefixes are at hand.
func TestPublished(t *testing.T) {
	paths := NewPaths()
	readDump(t, paths, "mrt/libbgpstream/routeviews.route-views.jinx.ribs.1401487200.bz2", false)
	readDump(t, paths, "mrt/pyasn/rib.20140523.0600_firstMB.bz2", false)
	top := paths.Infer()
	links := top.Links()
	if again := paths.Infer().Links(); !slices.Equal(links, again) {
		t.Error("the same paths gave other relations")
	}
	real := []uint32{174, 209, 286, 701, 1239, 1299, 2828, 2914, 3257, 3320, 3356, 5511, 6453, 6461, 6762, 7018, 12956} // CAIDA's
	in := 0
	for _, asn := range top.Clique {
		if slices.Contains(real, asn) {
			in++
		}
	}
	t.Logf("clique %v, %d of them in CAIDA's of %d; %d poisoned paths", top.Clique, in, len(real), top.Poisoned)
	if in < 12 || len(top.Clique) > in+1 {
		t.Errorf("clique %v", top.Clique)
	}
	for _, name := range []string{"relations/20150201.as-rel.txt.gz", "relations/Cyclops_caida_cons.txt.gz"} {
		s := compareLinks(links, readPublished(t, name))
		t.Logf("%s: %d links, %d published, %d in common (%.1f %% of the published), of which %d unknown; right: %d of %d provider-customer (%.1f %%), %d of %d peerings (%.1f %%); recall %.1f %% of provider-customer, %.1f %% of peerings",
			name, s.links, s.published, s.common, 100*share(s.common, s.published), s.unknown, s.rightProviders, s.providers, 100*share(s.rightProviders, s.providers),
			s.rightPeers, s.peers, 100*share(s.rightPeers, s.peers), 100*share(s.rightProviders, s.publishedProviders), 100*share(s.rightPeers, s.publishedPeerings))
		if s.common < 60_000 || share(s.rightProviders, s.providers) < 0.99 || share(s.rightPeers, s.peers) < 0.85 || share(s.unknown, s.common) > 0.1 {
			t.Errorf("%s: %+v", name, s)
		}
	}
}
