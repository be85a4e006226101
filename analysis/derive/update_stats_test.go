package derive

import (
	"context"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
	"time"

	"tidemark/datasets"
	"tidemark/datasets/table"
)

// TestUpdateStatsLikeTwin counts random updates in two files beside a twin that keeps every row.
func TestUpdateStatsLikeTwin(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(5, 6))
	for round := range 40 {
		store := &table.Store{Dir: t.TempDir()}
		at := on(2020)
		var all []datasets.Update
		files := [2][]datasets.Update{}
		for i := range 200 {
			at = at.Add(time.Duration(random.IntN(60)) * time.Second)
			if i == 120 {
				at = at.Add(2 * time.Hour) // a file is missing
			}
			late := time.Duration(0)
			if i%120 > 30 { // the records of a file need not be in order
				late = time.Duration(random.IntN(60)) * time.Second
			}
			u := datasets.Update{Collector: "c", Time: at.Add(-late), PeerAddress: fmt.Sprintf("192.0.2.%d", random.IntN(2)), PeerASN: uint32(1 + random.IntN(2))}
			switch random.IntN(10) {
			case 0:
				u.Kind, u.OldState, u.NewState = "state", uint32(1+random.IntN(6)), uint32(1+random.IntN(6))
			case 1, 2, 3:
				u.Kind = "withdraw"
			default:
				u.Kind, u.ASPath, u.OriginASN = "announce", fmt.Sprint(random.IntN(2)), 1
				if random.IntN(3) == 0 {
					med := int64(random.IntN(2))
					u.MED = &med
				}
			}
			if u.Kind != "state" {
				u.SAFI, u.Family, u.Prefix = 1, 4, fmt.Sprintf("10.%d.0.0/16", random.IntN(4))
				if random.IntN(3) == 0 {
					u.Family, u.Prefix = 6, fmt.Sprintf("2001:db8:%d::/48", random.IntN(3))
				}
				if random.IntN(4) == 0 {
					id := int64(random.IntN(2))
					u.PathID = &id
				}
			}
			all = append(all, u)
			files[i/120] = append(files[i/120], u)
		}
		for i, part := range files {
			put(t, store, on(2020), []string{"z", "a"}[i], func(into *table.Commit, key table.Key) error { // the order is that of time, not of names
				return rows(datasets.Updates, into, key, part)
			})
		}
		if _, err := Run(context.Background(), store, []Derivation{UpdateStats}); err != nil {
			t.Fatal(err)
		}
		got := map[string]datasets.UpdateStat{}
		m, err := store.Manifests(datasets.UpdateStats.Schema)
		if err != nil || len(m) != 1 {
			t.Fatalf("%d partitions, %v", len(m), err)
		}
		for row, err := range datasets.UpdateStats.Scan(store.Path(m[0])) {
			if err != nil {
				t.Fatal(err)
			}
			got[fmt.Sprint(row.PeerASN, row.PeerAddress, row.Family)] = row
		}
		want := slowUpdateStats(all)
		for id, w := range want {
			if g := got[id]; !reflect.DeepEqual(g, w) {
				t.Fatalf("round %d, %s:\n got %+v\nwant %+v", round, id, g, w)
			}
		}
		if len(got) != len(want) {
			t.Errorf("round %d: %d rows, want %d", round, len(got), len(want))
		}
	}
}

// slowUpdateStats looks back over all rows for each.
func slowUpdateStats(all []datasets.Update) map[string]datasets.UpdateStat {
	var times []time.Time
	for _, u := range all {
		times = append(times, u.Time)
	}
	slices.SortFunc(times, time.Time.Compare)
	seconds := 0.0
	for i := 1; i < len(times); i++ {
		if gap := times[i].Sub(times[i-1]); gap <= time.Hour {
			seconds += gap.Seconds()
		}
	}
	stats := map[string]datasets.UpdateStat{}
	for i, u := range all {
		same := func(v datasets.Update) bool {
			return v.PeerAddress == u.PeerAddress && v.PeerASN == u.PeerASN && v.Prefix == u.Prefix && reflect.DeepEqual(v.PathID, u.PathID) && v.Kind != "state"
		}
		var before *datasets.Update
		prefixBefore := false
		for j := range i {
			if same(all[j]) {
				before = &all[j]
			}
			prefixBefore = prefixBefore || all[j].Prefix == u.Prefix && all[j].Kind != "state"
		}
		for _, of := range []session{{}, {u.PeerAddress, u.PeerASN}} {
			id := fmt.Sprint(of.asn, of.address, u.Family)
			s, ok := stats[id]
			if !ok {
				s = datasets.UpdateStat{Collector: "c", Day: on(2020), Family: u.Family, PeerAddress: of.address, PeerASN: of.asn, Files: 2, Seconds: seconds}
			}
			switch u.Kind {
			case "state":
				s.StateChanges++
				if u.OldState == 6 && u.NewState != 6 {
					s.SessionLosses++
				}
			case "withdraw":
				s.Withdrawals++
				if before != nil && before.Kind == "withdraw" {
					s.Repeated++
				}
			case "announce":
				s.Announcements++
				if before != nil && before.Kind == "announce" && before.ASPath == u.ASPath && reflect.DeepEqual(before.MED, u.MED) {
					s.Duplicates++
				}
			}
			if u.Kind != "state" && (of.asn > 0 && before == nil || of.asn == 0 && !prefixBefore) {
				s.Prefixes++
			}
			stats[id] = s
		}
	}
	return stats
}
