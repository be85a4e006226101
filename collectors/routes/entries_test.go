package routes_test

import (
	"cmp"
	"context"
	"fmt"
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

// TestEntriesLikeBGPDump compares rib_entries, row by row and in order, with the text that bgpdump's own suite expects.
func TestEntriesLikeBGPDump(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"bview.20020722.2337.gz", "bview.64k_stream_overflow.gz", "bview.ipv4_unicast_add_path.gz"} {
		raw, err := archive.RawFile("mrt", "test", testkit.Data(t, "mrt/bgpdump/test_data/"+name), time.Time{})
		if err != nil {
			t.Fatal(err)
		}
		raw.Entries = true
		store := &table.Store{Dir: t.TempDir(), Program: "test"}
		into := store.Begin(raw.Input())
		if err := (routes.MRT{}).Decode(context.Background(), raw, into); err != nil {
			t.Fatal(err)
		}
		manifests, err := into.Commit()
		if err != nil {
			t.Fatal(err)
		}
		i := slices.IndexFunc(manifests, func(m *table.Manifest) bool { return m.Dataset == "rib_entries" })
		if i < 0 {
			t.Fatalf("%s: no rib_entries", name)
		}
		got := map[string]int{}
		for row, err := range datasets.RIBEntries.Scan(store.Path(manifests[i])) {
			if err != nil {
				t.Fatal(err)
			}
			got[entryLine(row, strings.HasPrefix(name, "bview.2002"))]++
		}
		want := map[string]int{}
		for line, n := range expected(t, "mrt/bgpdump/test_expect/"+name+".bgp.gz") {
			fields := strings.SplitN(line, "|", 3) // the time is the record's there, and the dump's here
			want[fields[0]+"|"+fields[2]] += n
		}
		differ(t, got, want)
	}
}

// entryLine is the line of bgpdump -m.
func entryLine(e datasets.RIBEntry, v1 bool) string {
	label, id := "TABLE_DUMP2", ""
	if v1 {
		label = "TABLE_DUMP"
	}
	if e.PathID != nil {
		label, id = label+"_AP", fmt.Sprintf("%d|", *e.PathID)
	}
	number := func(p *int64) int64 {
		if p == nil {
			return 0
		}
		return *p
	}
	atomic := "NAG"
	if e.AtomicAggregate {
		atomic = "AG"
	}
	return fmt.Sprintf("%s|B|%s|%d|%s|%s%s|%s|%s|%d|%d|%s|%s|%s|", label, e.PeerAddress, e.PeerASN, e.Prefix, id,
		e.ASPath, cmp.Or(strings.ToUpper(e.Origin), "INCOMPLETE"), cmp.Or(e.NextHop, "255.255.255.255"), number(e.LocalPref), number(e.MED), e.Communities, atomic, e.Aggregator)
}
