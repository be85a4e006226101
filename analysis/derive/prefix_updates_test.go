package derive

import (
	"context"
	"fmt"
	"math/rand/v2"
	"reflect"
	"testing"
	"time"

	"tidemark/datasets"
	"tidemark/datasets/table"
)

// TestPrefixUpdatesLikeTwin counts random updates, in one pass and in several, beside a twin that sorts out the elements of
// each peer and prefix first.
func TestPrefixUpdatesLikeTwin(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(7, 8))
	paths := []string{"1 2", "1 1 2", "1 3 2", "1 {2,3}", "(7 8) 1 2", "1"}
	for round := range 20 {
		at := on(2020)
		var all []datasets.Update
		for range 300 {
			at = at.Add(time.Duration(random.IntN(40)) * time.Second)
			u := datasets.Update{Collector: "c", Time: at, PeerAddress: fmt.Sprintf("192.0.2.%d", random.IntN(2)), PeerASN: 1, SAFI: 1, Family: 4}
			u.Prefix = fmt.Sprintf("10.%d.0.0/16", random.IntN(4))
			if random.IntN(3) == 0 {
				u.Family, u.Prefix = 6, fmt.Sprintf("2001:db8:%d::/48", random.IntN(3))
			}
			if random.IntN(4) == 0 {
				id := int64(random.IntN(2))
				u.PathID = &id
			}
			u.Kind = "withdraw"
			if random.IntN(3) > 0 {
				u.Kind, u.ASPath, u.OriginASN, u.Origin = "announce", paths[random.IntN(len(paths))], uint32(random.IntN(3)), []string{"igp", "egp"}[random.IntN(2)]
			}
			all = append(all, u)
		}
		gap := []time.Duration{30 * time.Second, ConvergenceGap, 10 * time.Minute}[random.IntN(3)]
		want := slowPrefixUpdates(all, gap)
		for _, passRows := range []int64{maxPassRows, 70} {
			store := &table.Store{Dir: t.TempDir()}
			for i, name := range []string{"z", "a"} {
				put(t, store, on(2020), name, func(into *table.Commit, key table.Key) error {
					return rows(datasets.Updates, into, key, all[150*i:150*i+150])
				})
			}
			if _, err := Run(context.Background(), store, []Derivation{prefixUpdates(gap, passRows)}); err != nil {
				t.Fatal(err)
			}
			m, err := store.Manifests(datasets.PrefixUpdates.Schema)
			if err != nil || len(m) != 1 {
				t.Fatalf("%d partitions, %v", len(m), err)
			}
			got := map[string]datasets.PrefixUpdate{}
			for row, err := range datasets.PrefixUpdates.Scan(store.Path(m[0])) {
				if err != nil {
					t.Fatal(err)
				}
				got[row.Prefix] = row
			}
			if !reflect.DeepEqual(got, want) {
				t.Fatalf("round %d, gap %s, %d rows a pass:\n got %+v\nwant %+v", round, gap, passRows, got, want)
			}
		}
	}
}

// slowPrefixUpdates looks at the elements of one path at a time.
func slowPrefixUpdates(all []datasets.Update, gap time.Duration) map[string]datasets.PrefixUpdate {
	stats := map[string]datasets.PrefixUpdate{}
	ofPath, peers := map[string][]datasets.Update{}, map[string]bool{}
	var names []string
	for _, u := range all {
		id := "none"
		if u.PathID != nil {
			id = fmt.Sprint(*u.PathID)
		}
		name := fmt.Sprint(u.Prefix, " ", u.PeerAddress, " ", id)
		if ofPath[name] == nil {
			names = append(names, name)
		}
		ofPath[name] = append(ofPath[name], u)
		s := stats[u.Prefix]
		s.Collector, s.Day, s.Family, s.Prefix, s.Gap = "c", on(2020), u.Family, u.Prefix, int64(gap/time.Second)
		if peer := u.Prefix + u.PeerAddress; !peers[peer] {
			peers[peer] = true
			s.Peers++
		}
		if u.Kind == "announce" {
			s.Announcements, s.OriginASN = s.Announcements+1, u.OriginASN
		} else {
			s.Withdrawals++
		}
		stats[u.Prefix] = s
	}
	length := map[string]int{"1 2": 2, "1 1 2": 3, "1 3 2": 3, "1 {2,3}": 2, "(7 8) 1 2": 2, "1": 1}
	for _, name := range names {
		elements := ofPath[name]
		s := stats[elements[0].Prefix]
		s.First++
		types := map[string]*int64{"announce withdraw": &s.Withdrawn, "withdraw withdraw": &s.Repeated, "withdraw announce": &s.Reannounced}
		from := 0
		for i, u := range elements {
			if i > 0 {
				b := elements[i-1]
				if n := types[b.Kind+" "+u.Kind]; n != nil {
					*n++
				} else if d := length[u.ASPath] - length[b.ASPath]; d > 0 {
					s.Longer++
				} else if d < 0 {
					s.Shorter++
				} else if u.ASPath != b.ASPath {
					s.SameLength++
				} else if u.Origin != b.Origin {
					s.Attributes++
				} else {
					s.Duplicates++
				}
			}
			if i == len(elements)-1 || elements[i+1].Time.Sub(u.Time) >= gap {
				s.Events++
				s.EventSeconds += u.Time.Sub(elements[from].Time).Seconds()
				if from == i {
					s.SingleEvents++
				}
				from = i + 1
			}
		}
		stats[s.Prefix] = s
	}
	return stats
}

func TestPathLength(t *testing.T) {
	for path, want := range map[string]int{"": 0, "1": 1, "1 1 2": 3, "1 {2,3}": 2, "(7 8) 1 2": 2, "[7,8] 1": 1, "(7) (8 9) 1 {2}": 2} {
		if got := pathLength(path); got != want {
			t.Errorf("%q: %d, want %d", path, got, want)
		}
	}
}
