package operator

import (
	"cmp"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"tidemark/datasets"
	"tidemark/datasets/table"
	"tidemark/internal/netaddr"
	"tidemark/internal/testkit/tables"
)

// told is what a dump, a message or the end of update files says of a session: the twin of a time line replays all of it for each time.
type told struct {
	at      time.Time
	session string
	prefix  string            // of a message
	path    string            // empty: withdrawn
	table   map[string]string // of a dump: paths by prefix; not nil
	ended   bool              // the update files are over
}

// knownAt returns the paths of all sessions at a time, by session and prefix, as one reads them from what was told, from the beginning.
func knownAt(all []told, at time.Time) map[string]string {
	known := map[string]string{}
	for _, e := range all {
		switch {
		case e.at.After(at):
		case e.ended || e.table != nil:
			maps.DeleteFunc(known, func(route, _ string) bool { return strings.HasPrefix(route, e.session+" ") })
			for prefix, path := range e.table {
				known[e.session+" "+prefix] = path
			}
		case e.path == "":
			delete(known, e.session+" "+e.prefix)
		default:
			known[e.session+" "+e.prefix] = e.path
		}
	}
	return known
}

// story is a random history of four sessions and two prefixes, in two hours.
type story struct {
	store *table.Store
	told  []told
}

var storyDay = time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)

const storyPrefix = "10.0.0.0/22"

// newStory commits dumps of both hours, and update files of five minutes of which one collector lacks some.
func newStory(t *testing.T, seed uint64) *story {
	t.Helper()
	random := rand.New(rand.NewPCG(seed, 25))
	s := &story{store: tables.Store(t)}
	sessions := []string{"a/192.0.2.1/AS101", "a/192.0.2.2/AS102", "b/192.0.2.3/AS103", "b/192.0.2.4/AS104"}
	state := map[string]string{}
	lack := 20 + random.IntN(60) // minute from which on collector b lacks files for half an hour
	files := map[string][]datasets.Update{}
	var last, beforeLack time.Time
	for minute := range 120 {
		at := storyDay.Add(time.Duration(minute) * time.Minute)
		if minute%60 == 0 {
			s.dump(t, at, sessions, state)
		}
		for i, session := range sessions {
			sent := at.Add(time.Duration(10+10*i) * time.Second)
			lost := session[0] == 'b' && minute >= lack && minute < lack+30
			var message *datasets.Update
			if random.IntN(24) == 0 {
				message = s.change(random, session, state, sent, lost)
			} else if i%2 == 0 && minute%5 == 0 { // so that there is a file
				message = update(session, "198.51.100.0/24", "65000", sent)
			}
			if message == nil || lost {
				continue
			}
			name := fmt.Sprintf("%c.%03d", session[0], minute/5)
			files[name] = append(files[name], *message)
			if session[0] == 'b' && minute < lack {
				beforeLack = sent
			}
			if session[0] == 'b' {
				last = sent
			}
		}
	}
	lastOfA := time.Time{}
	for name, rows := range files {
		tables.Commit(t, s.store, datasets.Updates, table.Key{Day: storyDay, Name: name}, rows...)
		if name[0] == 'a' {
			lastOfA = latest(lastOfA, rows[len(rows)-1].Time)
		}
	}
	for _, session := range sessions {
		if session[0] == 'a' {
			s.told = append(s.told, told{at: lastOfA, session: session, ended: true})
		} else {
			s.told = append(s.told, told{at: beforeLack, session: session, ended: true}, told{at: last, session: session, ended: true})
		}
	}
	slices.SortStableFunc(s.told, func(x, y told) int { return cmp.Or(x.at.Compare(y.at)) })
	return s
}

// change announces or withdraws something.
func (s *story) change(random *rand.Rand, session string, state map[string]string, at time.Time, lost bool) *datasets.Update {
	prefix := []string{storyPrefix, "10.0.1.0/24"}[random.IntN(2)]
	path := ""
	if _, asn, _ := strings.Cut(session, "AS"); random.IntN(3) > 0 || state[session+" "+prefix] == "" {
		path = fmt.Sprint(asn, " ", 10+random.IntN(2), " ", 1+random.IntN(2))
	}
	state[session+" "+prefix] = path
	if !lost {
		s.told = append(s.told, told{at: at, session: session, prefix: prefix, path: path})
	}
	return update(session, prefix, path, at)
}

func update(session, prefix, path string, at time.Time) *datasets.Update {
	parts := strings.Split(session, "/")
	asn, _ := strconv.ParseUint(parts[2][2:], 10, 32)
	p := netip.MustParsePrefix(prefix)
	u := &datasets.Update{Collector: parts[0], Time: at, PeerAddress: parts[1], PeerASN: uint32(asn), Kind: "announce", Family: netaddr.Family(p.Addr()), SAFI: 1, Prefix: prefix, PrefixLength: uint32(p.Bits()), ASPath: path}
	if path == "" {
		u.Kind = "withdraw"
	}
	return u
}

// dump commits the tables of all sessions.
func (s *story) dump(t *testing.T, at time.Time, sessions []string, state map[string]string) {
	t.Helper()
	var entries []datasets.RIBEntry
	seen := map[string]*datasets.RouteState{}
	for _, session := range sessions {
		shown := map[string]string{}
		for _, prefix := range []string{storyPrefix, "10.0.1.0/24"} {
			path := state[session+" "+prefix]
			if path == "" {
				continue
			}
			shown[prefix] = path
			u := update(session, prefix, path, at)
			entries = append(entries, datasets.RIBEntry{Collector: u.Collector, DumpTime: at, PeerAddress: u.PeerAddress, PeerASN: u.PeerASN, Family: 4, SAFI: 1, Prefix: prefix, PrefixLength: u.PrefixLength, ASPath: path})
			origin, _ := endOf(path)
			r := seen[prefix+origin]
			if r == nil {
				asn, _ := strconv.ParseUint(origin, 10, 32)
				none := int64(0)
				r = &datasets.RouteState{Time: at, Collectors: "rrc00", Family: 4, Prefix: prefix, PrefixLength: u.PrefixLength, OriginASN: uint32(asn), Peers: &none}
				seen[prefix+origin] = r
			}
			if !strings.Contains(r.Collectors, u.Collector) {
				r.Collectors = strings.TrimPrefix(r.Collectors+","+u.Collector, ",")
			}
			*r.Peers++
		}
		s.told = append(s.told, told{at: at, session: session, table: shown})
	}
	none := int64(1)
	rows := []datasets.RouteState{{Time: at, Collectors: "a,b", Family: 4, Prefix: "198.51.100.0/24", PrefixLength: 24, OriginASN: 65000, Peers: &none}}
	for _, key := range slices.Sorted(maps.Keys(seen)) {
		rows = append(rows, *seen[key])
	}
	name := at.Format("2006-01-02T15")
	tables.Commit(t, s.store, datasets.RouteStates, table.Key{Day: storyDay, Name: name}, rows...)
	if len(entries) > 0 {
		tables.Commit(t, s.store, datasets.RIBEntries, table.Key{Day: storyDay, Name: name}, entries...)
	}
}

// TestTimeLineLikeTwin compares the moments of a time line with what one knows who replays everything from the beginning, minute by minute,
// and its intervals with who has the route then.
func TestTimeLineLikeTwin(t *testing.T) {
	for seed := range uint64(8) {
		s := newStory(t, seed)
		line, err := ReadTimeLine(t.Context(), s.store, netip.MustParsePrefix(storyPrefix), storyDay, storyDay.Add(2*time.Hour))
		if err != nil {
			t.Fatal(err)
		}
		if line.Later > 0 || len(line.Updates) != 3 {
			t.Fatalf("seed %d: %d moments are left out, %d runs of update files", seed, line.Later, len(line.Updates))
		}
		// What only a dump in a gap shows, nobody knows to have lasted.
		followed := slices.DeleteFunc(slices.Clone(s.told), func(e told) bool {
			return e.table != nil && !slices.ContainsFunc(line.Updates, func(u UpdateRun) bool {
				return u.Collector == e.session[:1] && !e.at.Before(u.From) && !e.at.After(u.Until)
			})
		})
		for minute := range 120 {
			at := storyDay.Add(time.Duration(minute)*time.Minute + 59*time.Second)
			var want, got []string
			counts := map[string]int{}
			for route, path := range knownAt(s.told, at) {
				_, prefix, _ := strings.Cut(route, " ")
				counts[prefix+" "+path]++
			}
			for route, path := range knownAt(followed, at) {
				_, prefix, _ := strings.Cut(route, " ")
				origin, _ := endOf(path)
				if !within(line, prefix, origin, at.Truncate(time.Minute), at) {
					t.Errorf("seed %d: %s has %s at %s, which no interval covers", seed, route, path, at.Format(second))
				}
			}
			for path, n := range counts {
				want = append(want, fmt.Sprint(path, " ", n))
			}
			for _, m := range line.Moments {
				if !m.Time.After(at) {
					got = nil
					for _, p := range m.Paths {
						got = append(got, fmt.Sprint(p.Prefix, " ", p.Path, " ", p.Peers))
					}
				}
			}
			slices.Sort(want)
			slices.Sort(got)
			if !slices.Equal(got, want) {
				t.Fatalf("seed %d, %s: %q, want %q", seed, at.Format(second), got, want)
			}
		}
		s.checkEnds(t, seed, line)
	}
}

// within reports whether an interval of a line covers a part of a time.
func within(line *TimeLine, prefix, origin string, from, until time.Time) bool {
	return slices.ContainsFunc(line.Origins, func(l Line) bool {
		return l.Prefix == prefix && l.AS == origin && slices.ContainsFunc(l.Intervals, func(v Interval) bool { return !v.From.After(until) && !v.Last.Before(from) })
	})
}

// checkEnds holds the times that are said to be exact against who had the route just before or after.
func (s *story) checkEnds(t *testing.T, seed uint64, line *TimeLine) {
	t.Helper()
	has := func(l *Line, at time.Time) bool {
		for route, path := range knownAt(s.told, at) {
			if origin, _ := endOf(path); origin == l.AS && strings.HasSuffix(route, " "+l.Prefix) {
				return true
			}
		}
		return false
	}
	for i := range line.Origins {
		l := &line.Origins[i]
		for _, v := range l.Intervals {
			if v.NotBefore != nil && v.NotBefore.Equal(v.From) && (has(l, v.From.Add(-time.Second)) || v.Last.After(v.From) && !has(l, v.From)) {
				t.Errorf("seed %d: %s of AS%s did not begin at %s", seed, l.Prefix, l.AS, v.From.Format(second))
			}
			if v.GoneBy != nil && v.GoneBy.After(v.Last) && has(l, *v.GoneBy) {
				t.Errorf("seed %d: %s of AS%s was not over by %s", seed, l.Prefix, l.AS, v.GoneBy.Format(second))
			}
			if v.GoneBy != nil && v.GoneBy.Equal(v.Last) && (!has(l, v.Last.Add(-time.Second)) || has(l, v.Last)) {
				t.Errorf("seed %d: %s of AS%s was not over at %s", seed, l.Prefix, l.AS, v.Last.Format(second))
			}
		}
	}
}
