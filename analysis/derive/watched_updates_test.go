package derive

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"tidemark/datasets"
	"tidemark/datasets/table"
	"tidemark/internal/testkit/tables"
)

// TestWatchedUpdates: a file of which each route and each session has the state at its end, whatever the order of its records; a damaged one; and one
// without records.
func TestWatchedUpdates(t *testing.T) {
	store := &table.Store{Dir: t.TempDir(), Program: "test"}
	from := time.Date(2024, 1, 1, 10, 0, 0, 0, time.UTC)
	commit := func(name string, damage error, rows ...datasets.Update) {
		t.Helper()
		into := store.Begin(table.Input{Name: "mrt/rrc00/2024-01-01/" + name})
		if damage != nil {
			into.Damage(damage)
		}
		tables.Write(t, into, datasets.Updates, table.Key{Day: from.Truncate(24 * time.Hour), Name: "rrc00." + name}, rows...)
		if _, err := into.Commit(); err != nil {
			t.Fatal(err)
		}
	}
	row := func(second int, peer uint32, prefix, path string) datasets.Update {
		u := datasets.Update{Collector: "rrc00", Time: from.Add(time.Duration(second) * time.Second), PeerAddress: fmt.Sprint("192.0.2.", peer), PeerASN: peer, Kind: "withdraw", SAFI: 1, Family: 4, Prefix: prefix, ASPath: path}
		if path != "" {
			u.Kind, u.OriginASN = "announce", 7
		}
		return u
	}
	state := func(second int, peer, old, now uint32) datasets.Update {
		u := row(second, peer, "", "")
		u.Kind, u.SAFI, u.Family, u.OldState, u.NewState = "state", 0, 0, old, now
		return u
	}
	withID := func(u datasets.Update, id int64) datasets.Update { u.PathID = &id; return u }
	multicast := row(1, 1, "198.51.100.0/24", "1 7")
	multicast.SAFI = 2
	commit("updates.20240101.1000.gz", nil,
		row(9, 1, "198.51.100.0/24", ""), row(5, 1, "198.51.100.0/24", "1 7"), // the records are not in order
		row(10, 2, "198.51.100.0/25", "2 7"), row(20, 2, "198.51.100.0/25", "2 7"), // since the first
		row(30, 3, "198.51.100.0/24", "3 7"), state(30, 3, 6, 1), // of the same second: the session is lost after it
		state(30, 4, 5, 6), row(30, 4, "198.51.100.0/24", "4 7"), state(31, 5, 1, 2), // which never had routes
		withID(row(40, 6, "198.51.100.0/24", "6 7"), 1), withID(row(41, 6, "198.51.100.0/24", ""), 2),
		row(50, 1, "198.51.0.0/16", "1 7"), multicast,
		row(365*24*3600, 1, "198.51.100.0/24", "1 7")) // a damaged time
	commit("updates.20240101.1005.gz", errors.New("record 3 is cut"), row(301, 1, "198.51.100.0/24", "1 7"))
	commit("updates.20240101.1010.gz", nil)
	derived := func(prefixes ...string) int {
		t.Helper()
		var watched []netip.Prefix
		for _, p := range prefixes {
			watched = append(watched, netip.MustParsePrefix(p))
		}
		changed, err := Run(t.Context(), store, []Derivation{WatchedUpdates(watched)})
		if err != nil {
			t.Fatal(err)
		}
		return changed
	}
	derived("198.51.100.0/24")
	all, err := store.Manifests(datasets.WatchedUpdates.Schema)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, m := range all {
		for r, err := range datasets.WatchedUpdates.Scan(store.Path(m)) {
			if err != nil {
				t.Fatal(err)
			}
			id := ""
			if r.PathID != nil {
				id = fmt.Sprint("#", *r.PathID)
			}
			got = append(got, strings.TrimRight(fmt.Sprintf("%s-%s %s %s%s %s %s %s %s %d %d %s", r.From.Format("1504"), r.Until.Format("1504"), r.Kind, r.Prefix, id, r.PeerAddress, r.State, r.Since.Format("05"), r.ASPath, r.Announcements, r.Withdrawals, r.Damage), " "))
		}
	}
	want := []string{
		"1000-1001 file    00  0 0",
		"1000-1001 session  192.0.2.3 down 30  0 0",
		"1000-1001 session  192.0.2.4 up 30  0 0",
		"1000-1001 route 198.51.100.0/24 192.0.2.1 withdrawn 09  1 1",
		"1000-1001 route 198.51.100.0/24 192.0.2.3 withdrawn 30  1 0",
		"1000-1001 route 198.51.100.0/24 192.0.2.4 announced 30 4 7 1 0",
		"1000-1001 route 198.51.100.0/24#1 192.0.2.6 announced 40 6 7 1 0",
		"1000-1001 route 198.51.100.0/24#2 192.0.2.6 withdrawn 41  0 1",
		"1000-1001 route 198.51.100.0/25 192.0.2.2 announced 10 2 7 2 0",
		"1005-1006 file    00  0 0 record 3 is cut",
		"1005-1006 route 198.51.100.0/24 192.0.2.1 announced 01 1 7 1 0",
		"1010-1010 file    00  0 0",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	for _, c := range []struct {
		prefixes []string
		want     int
	}{{[]string{"198.51.100.0/24"}, 0}, {[]string{"198.51.100.0/24", "198.51.100.0/24"}, 0}, {[]string{"198.51.100.0/24", "203.0.113.0/24"}, 3}, {nil, 3}, {nil, 0}} {
		if n := derived(c.prefixes...); n != c.want {
			t.Errorf("with %v %d partitions are made or removed, want %d", c.prefixes, n, c.want)
		}
	}
}
