package watch_test

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"tidemark/analysis/derive"
	"tidemark/analysis/watch"
	"tidemark/datasets"
	"tidemark/datasets/table"
	"tidemark/internal/netaddr"
	"tidemark/internal/testkit/tables"
)

// clockOf returns a time of the tests' day as hours and minutes.
func clockOf(t *time.Time) string {
	if t == nil {
		return "?"
	}
	return t.UTC().Format("15:04")
}

// minute is a time of the tests' day.
func minute(text string) time.Time {
	t, err := time.Parse("15:04", text)
	if err != nil {
		panic(err)
	}
	return at(0).Add(time.Duration(t.Hour())*time.Hour + time.Duration(t.Minute())*time.Minute)
}

// file commits an update file of a collector that its name says begins at a time. Each line has minute and second after that, number of the
// peer, and: a prefix with the path that is announced; a prefix alone, which is withdrawn; down; or up. A path identifier follows the prefix after #.
func (w *world) file(collector string, from time.Time, lines ...string) {
	w.t.Helper()
	w.damagedFile(collector, from, nil, lines...)
}

func (w *world) damagedFile(collector string, from time.Time, damage error, lines ...string) {
	w.t.Helper()
	var rows []datasets.Update
	for _, line := range lines {
		fields := strings.Fields(line)
		var m, s, peer int
		if _, err := fmt.Sscanf(fields[0]+" "+fields[1], "%d:%d %d", &m, &s, &peer); err != nil {
			w.t.Fatal(line, err)
		}
		u := datasets.Update{Collector: collector, Time: from.Add(time.Duration(m)*time.Minute + time.Duration(s)*time.Second), PeerAddress: fmt.Sprint("192.0.2.", peer), PeerASN: uint32(100 + peer)}
		switch what := fields[2]; what {
		case "down":
			u.Kind, u.OldState, u.NewState = "state", 6, 1
		case "up":
			u.Kind, u.OldState, u.NewState = "state", 5, 6
		default:
			prefix, id, hasID := strings.Cut(what, "#")
			if hasID {
				u.PathID = ptr(int64(id[0] - '0'))
			}
			p := netip.MustParsePrefix(prefix)
			u.Kind, u.SAFI, u.Family, u.Prefix, u.PrefixLength = "withdraw", 1, netaddr.Family(p.Addr()), prefix, uint32(p.Bits())
			if len(fields) > 3 {
				u.Kind, u.ASPath = "announce", strings.Join(fields[3:], " ")
				fmt.Sscan(fields[len(fields)-1], &u.OriginASN)
			}
		}
		rows = append(rows, u)
	}
	name := from.Format("updates.20060102.1504.gz")
	into := w.store.Begin(table.Input{Name: "mrt/" + collector + "/" + from.Format(time.DateOnly) + "/" + name})
	if damage != nil {
		into.Damage(damage)
	}
	tables.Write(w.t, into, datasets.Updates, table.Key{Day: from.Truncate(24 * hours), Name: collector + "." + name}, rows...)
	if _, err := into.Commit(); err != nil {
		w.t.Fatal(err)
	}
}

// files commits the update files of five minutes from one time until another, those that lines are of with them. Each line begins with the
// time of its file and a colon: 10:05 1:30 2 192.0.2.0/24 102 7.
func (w *world) files(collector, from, until string, lines ...string) {
	w.t.Helper()
	for at := minute(from); at.Before(minute(until)); at = at.Add(5 * time.Minute) {
		var of []string
		for _, line := range lines {
			if text, is := strings.CutPrefix(line, at.Format("15:04 ")); is {
				of = append(of, text)
			}
		}
		w.file(collector, at, of...)
	}
}

// follow derives what rules are judged on, update files of their prefixes included.
func (w *world) follow(rules []watch.Rule) {
	w.t.Helper()
	w.check(rules)
	if _, err := derive.Run(w.t.Context(), w.store, []derive.Derivation{derive.WatchedUpdates(watch.Prefixes(rules)), derive.RouteStates(derive.MinFullFeeds), derive.ROAChanges, derive.RouteMarks, derive.RouteEvents("")}); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) check(rules []watch.Rule) {
	w.t.Helper()
	for i := range rules {
		rules[i].Name = fmt.Sprint("rule ", i)
		if err := rules[i].Check(); err != nil {
			w.t.Fatal(err)
		}
	}
}

// alerts returns what rules find, with evidence of each.
func (w *world) alerts(rules []watch.Rule) []watch.Alert {
	w.t.Helper()
	w.follow(rules)
	found, err := watch.Find(w.t.Context(), w.store, rules)
	if err != nil {
		w.t.Fatal(err)
	}
	for _, a := range found.Alerts {
		if len(a.Evidence) == 0 || a.Evidence[0].SHA256 == "" {
			w.t.Errorf("%s has no evidence", a.Text)
		}
	}
	return found.Alerts
}

// wantTimes compares what rules find: kind, subject, and its times as not before < seen from .. last seen < gone by.
func (w *world) wantTimes(rules []watch.Rule, want ...string) {
	w.t.Helper()
	var got []string
	for _, a := range w.alerts(rules) {
		got = append(got, fmt.Sprintf("%s %s %s<%s..%s<%s", a.Kind, a.Subject, clockOf(a.NotBefore), clockOf(&a.SeenFrom), clockOf(&a.LastSeen), clockOf(a.GoneBy)))
	}
	if !slices.Equal(got, want) {
		w.t.Errorf("found\n  %s\nwant\n  %s", strings.Join(got, "\n  "), strings.Join(want, "\n  "))
	}
}

// origins is a rule for a prefix of AS3333.
func origins(more ...string) []watch.Rule {
	return []watch.Rule{{Prefixes: []string{"193.0.0.0/21"}, Origins: []uint32{3333}, Kinds: append([]string{"origin-violates-rule"}, more...)}}
}

const usual, hijacked = "193.0.0.0/21 3333 10", "193.0.0.0/21 666 2"

// TestHijackInUpdates: a hijack between two dumps begins and ends with the update files that show it, and is the same if the dumps show it too.
func TestHijackInUpdates(t *testing.T) {
	messages := []string{
		"09:05 1:10 3 193.0.0.0/21 103 666", "09:05 1:20 4 193.0.0.0/21 104 666", // seen by two
		"09:20 0:30 3 193.0.0.0/21 103 3333", // one has the usual route again
		"09:35 2:00 4 193.0.0.0/21"}          // and the other none
	t.Run("between dumps", func(t *testing.T) {
		w := newWorld(t)
		w.dump(at(8), usual)
		w.files("rrc00", "08:00", "10:00", messages...)
		w.wantTimes(origins(), "origin-violates-rule 193.0.0.0/21 AS666 09:00<09:07..09:30<09:38")
		if a := w.alerts(origins())[0]; !strings.Contains(a.Evidence[0].Text, "2 peers carried it, first rrc00/192.0.2.3/AS103 since the record of 2020-01-01T09:06:10.000000Z: path 103 666; mrt/rrc00/2020-01-01/updates.20200101.0905.gz") {
			t.Errorf("the evidence is %q", a.Evidence)
		}
	})
	t.Run("with the dumps", func(t *testing.T) {
		w := newWorld(t)
		w.dump(at(8), usual)
		w.dump(at(9), usual)
		w.dump(at(10), usual)
		w.files("rrc00", "08:00", "10:00", messages...)
		w.wantTimes(origins(), "origin-violates-rule 193.0.0.0/21 AS666 09:00<09:07..09:30<09:38")
	})
	t.Run("a file is missing", func(t *testing.T) { // nothing says whether it goes on, until a dump does
		w := newWorld(t)
		w.dump(at(8), usual)
		w.files("rrc00", "08:00", "09:15", messages...)
		w.files("rrc00", "09:20", "10:00", messages...)
		w.wantTimes(origins(), "origin-violates-rule 193.0.0.0/21 AS666 09:00<09:07..09:10<?")
		w.dump(at(10), usual)
		w.wantTimes(origins(), "origin-violates-rule 193.0.0.0/21 AS666 09:00<09:07..09:10<10:00")
	})
	t.Run("a file is damaged", func(t *testing.T) {
		w := newWorld(t)
		w.dump(at(8), usual)
		w.files("rrc00", "08:00", "09:05", messages...)
		w.damagedFile("rrc00", minute("09:05"), fmt.Errorf("record 7 is cut"), "1:10 3 193.0.0.0/21 103 666")
		w.files("rrc00", "09:10", "10:00")
		w.wantTimes(origins())
	})
	t.Run("no dump before", func(t *testing.T) {
		w := newWorld(t)
		w.files("rrc00", "08:00", "10:00", messages...)
		w.dump(at(11), usual)
		w.wantTimes(origins(), "origin-violates-rule 193.0.0.0/21 AS666 ?<09:07..09:30<11:00")
	})
}

// TestDumpIsWritten: what happens while a dump is written is in it, though it is named after its beginning.
func TestDumpIsWritten(t *testing.T) {
	w := newWorld(t)
	w.dump(at(0), usual)
	w.dump(at(8), usual, hijacked) // announced at 08:03
	w.files("rrc00", "00:00", "08:00")
	w.file("rrc00", minute("08:00"), "3:00 0 193.0.0.0/21 100 666", "3:01 1 193.0.0.0/21 101 666")
	w.files("rrc00", "08:05", "10:00", "08:30 1:00 0 193.0.0.0/21", "08:30 2:00 1 193.0.0.0/21")
	w.wantTimes(origins(), "origin-violates-rule 193.0.0.0/21 AS666 07:55<08:04..08:25<08:33")
}

// TestSessionsEnd: a route is over when each session that carried it has withdrawn it or is lost, and what a lost session carried is not carried
// again when it comes up without it.
func TestSessionsEnd(t *testing.T) {
	w := newWorld(t)
	w.dump(at(8), usual)
	w.files("rrc00", "08:00", "10:00", "08:05 0:10 1 193.0.0.0/21 101 666", "08:05 0:20 2 193.0.0.0/21 102 666", "08:05 0:21 2 down",
		"08:20 0:10 1 down", "08:20 0:30 1 up", "08:20 0:40 1 193.0.0.0/21 101 3333")
	w.wantTimes(origins(), "origin-violates-rule 193.0.0.0/21 AS666 08:00<08:06..08:15<08:21")
}

// TestCollectorStops: what is carried after a collector stopped is known if the ends of its sessions and their new beginnings are on record.
func TestCollectorStops(t *testing.T) {
	for first, want := range map[string]string{
		"0:10 1 up":                    "origin-violates-rule 193.0.0.0/21 AS666 09:00<09:06..09:15<09:21",
		"0:10 2 193.0.0.0/21 102 3333": "origin-violates-rule 193.0.0.0/21 AS666 08:28<09:06..09:15<?", // which came up in between
	} {
		w := newWorld(t)
		w.dump(at(8), usual)
		var ends []string
		for peer := range 10 {
			ends = append(ends, fmt.Sprintf("08:25 2:00 %d down", peer))
		}
		w.files("rrc00", "08:00", "08:30", ends...)
		w.file("rrc00", minute("08:52"), first)
		w.files("rrc00", "08:55", "10:00", "09:05 0:10 1 193.0.0.0/21 101 666", "09:20 0:10 1 193.0.0.0/21 101 3333")
		w.wantTimes(origins(), want)
	}
}

// TestPathIdentifiers: of two paths of a session, one is withdrawn. Which path a dump shows is not known.
func TestPathIdentifiers(t *testing.T) {
	w := newWorld(t)
	w.dump(at(8), usual)
	w.files("rrc00", "08:00", "10:00", "08:05 0:10 1 193.0.0.0/21#1 101 666", "08:05 0:20 1 193.0.0.0/21#2 101 9 666", "08:10 0:10 1 193.0.0.0/21#1", "08:30 0:10 1 193.0.0.0/21#2")
	w.wantTimes(origins(), "origin-violates-rule 193.0.0.0/21 AS666 08:00<08:06..08:25<08:31")
	w = newWorld(t)
	w.dump(at(8), usual, "193.0.0.0/21 666 1")
	w.files("rrc00", "08:00", "10:00", "08:05 0:10 0 193.0.0.0/21#1")
	w.wantTimes(origins(), "origin-violates-rule 193.0.0.0/21 AS666 ?<08:00..08:00<?")
}

// TestPeerHeardTwice: RIS Live and a collector hear the same peer, which counts once; what RIS Live alone hears is an alert too, and is over when
// all who announced it have withdrawn it. Its beginning has no bound, as only changes are sent.
func TestPeerHeardTwice(t *testing.T) {
	lines := []string{"08:05 0:10 1 193.0.0.0/21 101 666", "08:20 0:10 1 193.0.0.0/21"}
	w := newWorld(t)
	w.dump(at(8), usual)
	w.files("rrc00", "08:00", "09:00", lines...)
	w.files("ris-live", "08:00", "09:00", lines...)
	w.wantTimes(origins(), "origin-violates-rule 193.0.0.0/21 AS666 08:00<08:06..08:15<08:21")
	if a := w.alerts(origins())[0]; !strings.Contains(a.Evidence[0].Text, "1 peer carried it") {
		t.Errorf("the evidence is %q", a.Evidence)
	}
	w = newWorld(t)
	w.files("ris-live", "08:00", "09:00", lines...)
	w.wantTimes(origins(), "origin-violates-rule 193.0.0.0/21 AS666 ?<08:06..08:15<08:21")
	w = newWorld(t)
	w.files("ris-live", "08:00", "08:10", lines...) // and then nothing for a while
	w.files("ris-live", "08:30", "09:00", lines...)
	w.wantTimes(origins(), "origin-violates-rule 193.0.0.0/21 AS666 ?<08:06..08:06<?")
	w.dump(at(10), usual)
	w.wantTimes(origins(), "origin-violates-rule 193.0.0.0/21 AS666 ?<08:06..08:06<10:00")
}

// TestFlappingInUpdates: a route that comes and goes within a file is judged by its state when the file ends.
func TestFlappingInUpdates(t *testing.T) {
	w := newWorld(t)
	w.dump(at(8), usual)
	w.files("rrc00", "08:00", "09:00", "08:05 0:10 1 193.0.0.0/21 101 666", "08:05 0:14 1 193.0.0.0/21 101 3333",
		"08:20 0:10 1 193.0.0.0/21 101 3333", "08:20 1:10 1 193.0.0.0/21 101 666", "08:25 2:00 1 193.0.0.0/21 101 3333")
	w.wantTimes(origins(), "origin-violates-rule 193.0.0.0/21 AS666 08:15<08:22..08:22<08:28")
}

// TestVisibilityInUpdates: a prefix is withdrawn by four of ten full feeds and comes back; a dip while routers look for other paths is none, and lost
// sessions are not feeds.
func TestVisibilityInUpdates(t *testing.T) {
	w := newWorld(t)
	w.dump(at(8), usual)
	var lines []string
	for peer := range 4 {
		lines = append(lines, fmt.Sprintf("08:05 4:5%d %d 193.0.0.0/21", peer, peer), fmt.Sprintf("08:10 0:0%d %d 193.0.0.0/21 %d 3333", peer, peer, 100+peer), // a dip
			fmt.Sprintf("08:30 1:0%d %d 193.0.0.0/21", peer, peer), fmt.Sprintf("08:50 2:0%d %d 193.0.0.0/21 %d 3333", peer, peer, 100+peer))
	}
	lines = append(lines, "08:10 0:50 9 198.51.100.0/24 109 1", "09:10 0:10 8 down", "09:10 0:20 9 down")
	w.files("rrc00", "08:00", "10:00", lines...)
	rules := []watch.Rule{{Prefixes: []string{"193.0.0.0/21"}, Origins: []uint32{3333}, Visibility: watch.Visibility{IPv4: 0.7}, Kinds: []string{"lost-visibility"}}}
	w.wantTimes(rules, "lost-visibility 193.0.0.0/21 08:25<08:32..08:45<08:53")
	if a := w.alerts(rules)[0]; !strings.Contains(a.Text, "6 of 10 full feeds") || !strings.Contains(a.Evidence[0].Text, "updates.20200101.0830.gz") {
		t.Errorf("%s %q", a.Text, a.Evidence)
	}
}

// TestUpstreamInUpdates: an AS that is beside the origin on a path for longer than routers look for one, as a forged path would have it.
func TestUpstreamInUpdates(t *testing.T) {
	w := newWorld(t)
	for _, hour := range []int{8, 10} {
		w.dump(at(hour), usual)
		tables.Commit(t, w.store, datasets.ASLinks, table.Key{Day: at(0), Name: at(hour).Format("2006-01-02T15")},
			datasets.ASLink{Time: at(hour), Family: 4, ASNA: 101, ASNB: 3333, Relation: "provider", Paths: 9, Vantages: 1, Of: 1},
			datasets.ASLink{Time: at(hour), Family: 4, ASNA: 3333, ASNB: 7777, Relation: "provider", Paths: 9, Vantages: 1, Of: 1})
	}
	w.files("rrc00", "08:00", "10:00", "08:05 0:10 1 193.0.0.0/21 101 3333", "08:05 0:11 2 193.0.0.0/21 102 7777 3333", // a customer
		"08:20 0:10 3 193.0.0.0/21 103 5 666 3333", "08:20 0:20 3 193.0.0.0/21 103 101 3333", // of seconds
		"08:30 0:10 3 193.0.0.0/21 103 666 3333 3333", "08:50 0:10 3 193.0.0.0/21 103 101 3333")
	w.wantTimes([]watch.Rule{{Prefixes: []string{"193.0.0.0/21"}, Origins: []uint32{3333}, Upstreams: []uint32{101}, Kinds: []string{"upstream-violates-rule"}}},
		"upstream-violates-rule AS666 beside AS3333 IPv4 08:00<08:31..08:45<08:51")
}

// TestUpdatesAgainstTruth compares the alerts of random days with a simulation of the sessions: with all update files each alert begins and ends
// with the first file after the truth; with some missing or damaged, nothing is said that is not true.
func TestUpdatesAgainstTruth(t *testing.T) {
	for seed := range uint64(4) {
		random := rand.New(rand.NewPCG(seed, 25))
		w := newWorld(t)
		carries := [10]bool{} // which peers carry the hijacked route
		var truth []int       // by file: how many do when it ends
		isLossy := seed%2 == 1
		lost := 0
		for i, from := 0, at(0); from.Before(at(11)); i, from = i+1, from.Add(5*time.Minute) {
			if from.Minute() == 0 && from.Hour()%8 == 0 {
				w.dumpOf(from, carries)
			}
			lines := []string{fmt.Sprint("4:59 9 198.51.100.0/24 109 ", i)} // the file is not of a quiet time
			for range random.IntN(3) * random.IntN(2) {
				peer := random.IntN(9)
				clock := fmt.Sprintf("%d:%02d", len(lines)-1, random.IntN(60))
				switch {
				case random.IntN(8) == 0:
					lines = append(lines, fmt.Sprint(clock, " ", peer, " down"), fmt.Sprint(clock, " ", peer, " up"))
					carries[peer] = false
				case random.IntN(3) == 0:
					lines = append(lines, fmt.Sprintf("%s %d 193.0.0.0/21 %d 666", clock, peer, 100+peer))
					carries[peer] = true
				default:
					lines = append(lines, fmt.Sprintf("%s %d 193.0.0.0/21 %d 3333", clock, peer, 100+peer))
					carries[peer] = false
				}
			}
			n := 0
			for _, c := range carries {
				if c {
					n++
				}
			}
			truth = append(truth, n)
			switch {
			case isLossy && random.IntN(12) == 0:
				lost++
			case isLossy && random.IntN(12) == 0:
				w.damagedFile("rrc00", from, fmt.Errorf("cut"), lines[:1]...)
				lost++
			default:
				w.file("rrc00", from, lines...)
			}
		}
		alerts := w.alerts(origins())
		is := func(at time.Time) bool { // by the file that ends then
			n := int(at.Sub(minute("00:00")) / (5 * time.Minute))
			return n > 0 && truth[n-1] > 0
		}
		var told, want []string
		for _, a := range alerts {
			if !is(a.SeenFrom) || !is(a.LastSeen) || a.GoneBy != nil && is(*a.GoneBy) || a.NotBefore != nil && is(*a.NotBefore) {
				t.Errorf("seed %d: %s, which is not true", seed, a.Text)
			}
			told = append(told, clockOf(&a.SeenFrom)+"-"+clockOf(a.GoneBy))
		}
		for i, begun := 0, -1; i < len(truth); i++ {
			end := at(0).Add(time.Duration(i+1) * 5 * time.Minute)
			switch {
			case truth[i] > 0 && begun < 0:
				begun = i
				want = append(want, clockOf(&end)+"-?")
			case truth[i] == 0 && begun >= 0:
				begun = -1
				want[len(want)-1] = want[len(want)-1][:6] + clockOf(&end)
			}
		}
		if !isLossy && !slices.Equal(told, want) {
			t.Errorf("seed %d: told\n  %s\nwant\n  %s", seed, told, want)
		}
		if isLossy && (lost == 0 || len(told) == 0) {
			t.Errorf("seed %d: %d files are missing or damaged, %d alerts", seed, lost, len(told))
		}
	}
}

// dumpOf commits a dump in which some of ten peers carry the route of AS666, and all others the usual one.
func (w *world) dumpOf(at time.Time, hijacked [10]bool) {
	w.t.Helper()
	routes := []datasets.Route{{OriginASN: 666}, {OriginASN: 3333}}
	var peers []datasets.Peer
	for i, is := range hijacked {
		r := &routes[1]
		if is {
			r = &routes[0]
		}
		r.SeenBy = append(r.SeenBy, uint32(i))
		peers = append(peers, datasets.Peer{Collector: "rrc00", DumpTime: at, PeerIndex: uint32(i), Address: fmt.Sprint("192.0.2.", i), ASN: uint32(100 + i), IPv4FullFeed: true})
	}
	routes = slices.DeleteFunc(routes, func(r datasets.Route) bool { return len(r.SeenBy) == 0 })
	for i := range routes {
		n := int64(len(routes[i].SeenBy))
		r := &routes[i]
		r.Collector, r.DumpTime, r.Family, r.Prefix, r.PrefixLength, r.Peers, r.PeerASes, r.FullFeedPeers = "rrc00", at, 4, "193.0.0.0/21", 21, &n, &n, &n
	}
	into := w.store.Begin(table.Input{Name: "mrt/rrc00/" + at.Format("2006-01-02T15")})
	key := table.Key{Day: at.Truncate(24 * hours), Name: "rrc00." + at.Format("1504")}
	tables.Write(w.t, into, datasets.Routes, key, routes...)
	tables.Write(w.t, into, datasets.Peers, key, peers...)
	if _, err := into.Commit(); err != nil {
		w.t.Fatal(err)
	}
}
