package mrt_test

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"os"
	"slices"
	"testing"

	"tidemark/collectors/bgp"
	"tidemark/collectors/mrt"
	"tidemark/internal/testkit"
	"tidemark/internal/testkit/inflated"
)

// open returns a reader of a real file, decompressed.
func open(t testing.TB, name string) *mrt.Reader {
	t.Helper()
	return mrt.NewReader(inflated.Open(t, testkit.Data(t, name)), name)
}

// TestTablesLikeBGPDump compares every entry, in order, with the text that bgpdump's own suite expects.
func TestTablesLikeBGPDump(t *testing.T) {
	for _, name := range []string{"bview.20020722.2337.gz", "bview.64k_stream_overflow.gz", "bview.ipv4_unicast_add_path.gz"} {
		t.Run(name, func(t *testing.T) {
			f, err := os.Open(testkit.Data(t, "mrt/bgpdump/test_expect/"+name+".bgp.gz"))
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			z, err := gzip.NewReader(f)
			if err != nil {
				t.Fatal(err)
			}
			want := bufio.NewScanner(z)
			wrong, lines := 0, 0
			r, rib := open(t, "mrt/bgpdump/test_data/"+name), mrt.NewRIB()
			for rec, err := range r.Records() {
				if err != nil {
					t.Fatal(err)
				}
				_, err = rib.Entries(rec, func(e *mrt.Entry) {
					want.Scan()
					lines++
					if got := line(t, rec, rib, e); got != want.Text() {
						if wrong++; wrong < 5 {
							t.Errorf("line %d:\n got %s\nwant %s", lines, got, want.Text())
						}
					}
				})
				if err != nil {
					t.Error(err)
				}
			}
			if want.Scan() || lines == 0 || wrong > 0 {
				t.Errorf("%d lines, %d of them wrong; not read: %q", lines, wrong, want.Text())
			}
		})
	}
}

// line returns an entry as bgpdump -m printed it before it knew large communities.
func line(t *testing.T, rec *mrt.Record, rib *mrt.RIB, e *mrt.Entry) string {
	t.Helper()
	var a bgp.Attributes
	err := a.Decode(e.Attributes, e.Form)
	for _, p := range a.Problems() {
		if p != (bgp.Problem{Attribute: bgp.TypeAggregator, Fault: bgp.ASZero}) { // some routers of 2002 sent it
			t.Errorf("record %d: %v", rec.Number, p)
		}
	}
	if err != nil {
		t.Errorf("record %d: %v", rec.Number, err)
	}
	kind, id := map[mrt.Type]string{mrt.TableDump: "TABLE_DUMP", mrt.TableDumpV2: "TABLE_DUMP2"}[rec.Type], ""
	if e.HasPathID {
		kind, id = kind+"_AP", fmt.Sprintf("%d|", e.PathID)
	}
	origin, nextHop := "INCOMPLETE", netip.MustParseAddr("255.255.255.255") // its words for absent ones
	if a.Has(bgp.TypeOrigin) {
		origin = [...]string{"IGP", "EGP", "INCOMPLETE"}[a.Origin]
	}
	if a.Has(bgp.TypeNextHop) {
		nextHop = netip.AddrFrom4(a.NextHop)
	}
	if a.Has(bgp.TypeReach) {
		nextHop = a.Reach.NextHop
	}
	aggregate, aggregator := "NAG", ""
	if a.Has(bgp.TypeAtomicAggregate) {
		aggregate = "AG"
	}
	if a.Has(bgp.TypeAggregator) {
		aggregator = a.Aggregator.String()
	}
	peer := rib.Peers[e.Peer]
	return fmt.Sprintf("%s|%d|B|%s|%d|%s|%s%s|%s|%s|%d|%d|%s|%s|%s|", kind, rec.Seconds, peer.Address, peer.ASN, e.Prefix, id,
		&a.Path, origin, nextHop, a.LocalPref, a.MED, a.AppendCommunities(nil), aggregate, aggregator)
}

// TestTornFile reads a file of 2000 with a header of ten bytes and an orphan tail; other readers lose most of it.
func TestTornFile(t *testing.T) {
	r := open(t, "mrt/bgpkit/ripe/rrc00/2000.03/updates.20000325.0345.gz")
	var damaged []string
	records := 0
	for {
		rec, err := r.Next()
		var damage *mrt.Damage
		if err == io.EOF {
			break
		} else if errors.As(err, &damage) {
			damaged = append(damaged, fmt.Sprintf("%d+%d", damage.Offset, damage.Length))
			continue
		} else if err != nil {
			t.Fatal(err)
		}
		records++
		if _, err := rec.ParseMessage(); err != nil {
			t.Errorf("record %d at %d: %v", rec.Number, rec.Offset, err)
		}
	}
	if want := []string{"188+10", "4554+14"}; !slices.Equal(damaged, want) {
		t.Errorf("damaged %q, want %q", damaged, want)
	}
	if records < 2000 {
		t.Errorf("%d records", records)
	}
}

// The batched dump of 2000 has 2,490 records although each declares four octets too few.
func TestRecordsOfBatchedDump(t *testing.T) {
	r := open(t, "mrt/bgpkit/ripe/rrc00/2000.01/bview.20000111.0032.gz")
	n := 0
	for {
		_, err := r.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		n++
	}
	if n != 2490 {
		t.Errorf("%d records, want 2490", n)
	}
}

func benchmark(b *testing.B, name string) {
	plain := inflated.Read(b, testkit.Data(b, name))
	b.SetBytes(int64(len(plain)))
	b.ReportAllocs()
	entries := 0
	for b.Loop() {
		r, rib := mrt.NewReader(bytes.NewReader(plain), name), mrt.NewRIB()
		var a bgp.Attributes
		for {
			rec, err := r.Next()
			if err == io.EOF {
				break
			}
			if err != nil {
				b.Fatal(err)
			}
			rib.Entries(rec, func(e *mrt.Entry) {
				if a.Decode(e.Attributes, e.Form) == nil {
					entries++
				}
			})
		}
	}
	b.ReportMetric(float64(entries)/b.Elapsed().Seconds(), "entries/s")
}

func BenchmarkJINX2014(b *testing.B) {
	benchmark(b, "mrt/libbgpstream/routeviews.route-views.jinx.ribs.1401487200.bz2")
}

func BenchmarkBview2002(b *testing.B) {
	benchmark(b, "mrt/bgpdump/test_data/bview.20020722.2337.gz")
}
