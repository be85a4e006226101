package incident

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"tidemark/analysis/topology"
	"tidemark/internal/testkit/fuzz"
)

var start = time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC)

// world is the table of an hour, by prefix.
type world map[netip.Prefix][]Route

var prefixes = []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("10.1.0.0/16"), netip.MustParsePrefix("10.1.2.0/24"), netip.MustParsePrefix("11.0.0.0/8"), netip.MustParsePrefix("2001:db8::/32")}

// moment is an hour of a history.
type moment struct {
	Hour
	table  world
	judged [2]bool
	recent bool
}

// play runs a history through Comparison and History.
func play(moments []moment) []Event { return playStopped(moments, nil) }

// playStopped is play by programs of which another one continues the history before each hour for which stop says so.
func playStopped(moments []moment, stop func() bool) []Event {
	h := new(History)
	last := map[string]*moment{}
	for i := range moments {
		if stop != nil && stop() {
			b, err := h.MarshalBinary()
			next := new(History)
			if err = errors.Join(err, next.UnmarshalBinary(b)); err != nil {
				panic(err)
			}
			h = next
		}
		m := &moments[i]
		before := last[m.Series]
		c := Comparison{First: before == nil, Recent: m.recent}
		var old world
		if before != nil {
			old = before.table
			for f := range 2 {
				c.Judged[f] = m.judged[f] && before.judged[f]
			}
		}
		var marks []Mark
		for _, p := range prefixes {
			if len(old[p])+len(m.table[p]) > 0 {
				marks = c.Prefix(marks, p, old[p], m.table[p])
			}
		}
		h.Add(m.Hour, c.ASes(marks))
		last[m.Series] = m
	}
	return slices.Collect(h.Events())
}

func routes(text string) (all []Route) {
	for field := range strings.FieldsSeq(text) {
		var r Route
		var asn uint32
		var state string
		fmt.Sscanf(field, "%d%s", &asn, &state)
		r.Origin, r.Reach, r.Feeds, r.Of = Origin{ASN: asn}, Global, 9, 10
		r.States = [len(States)]State{Clear, Clear, Clear, Clear, Clear}
		switch state {
		case "!":
			r.States[1] = Holds
		case "?":
			r.States[1] = Unknown
		case "-":
			r.Reach, r.Feeds = Few, 1
		}
		all = append(all, r)
	}
	return all
}

// TestEvents: each history is the routes of 10.0.0.0/8 and 10.1.0.0/16, day by day; * is a day without dumps.
func TestEvents(t *testing.T) {
	for _, c := range []struct {
		name, less, more string // routes of 10.0.0.0/8 and of 10.1.0.0/16, the days separated by commas
		want             []string
	}{
		{"nothing happens", "1,1,1,1", "2,2,2,2", nil},
		{"a hijack that ends is one event, and its end is not another", "1,1,5,5,1,1", "2,2,2,2,2,2", []string{"origin-change 10.0.0.0/8 5: 2 to 3, last 4, gone 5, ended"}},
		{"a hijack beside the holder", "1,1,1 5,1,1", "2,2,2,2,2", []string{"moas 10.0.0.0/8 5: 2 to 3, last 3, gone 4, ended"}},
		{"the holder comes back beside the hijacker, who then leaves", "1,5,1 5,1", "2,2,2,2", []string{"origin-change 10.0.0.0/8 5: 1 to 2, last 3, gone 4, ended"}},
		{"the other origin leaves", "1,1 5,5,5", "2,2,2,2", []string{"moas 10.0.0.0/8 5: 1 to 2, last 2, gone 3, ended"}},
		{"several origins from the start are not an event", "1 5,1 5,1", "2,2,2", nil},
		{"a more specific by another", "1,1,1,1", ",2,2,", []string{"more-specific-by-other-origin 10.1.0.0/16 2: 1 to 2, last 3, gone 4, ended"}},
		{"a more specific by the same", "1,1,1,1", ",1,1,", []string{"lost-visibility 10.1.0.0/16 0: 3 to 4, last 4, still"}},
		{"invalid, through a day without dumps and one without payloads", "1,1!,*,1?,1!,1", "2,2,*,2,2,2", []string{"rov-invalid 10.0.0.0/8 1: 1 to 2, last 5, gone 6, ended"}},
		{"invalid from the start, then unknown", "1!,1!,1?", "2,2,2", []string{"rov-invalid 10.0.0.0/8 1: unknown to 1, last 2, unknown"}},
		{"invalid, unknown, clear", "1,1!,1?,1", "2,2,2,2", []string{"rov-invalid 10.0.0.0/8 1: 1 to 2, last 2, gone 4, ended"}},
		{"lost and back", "1,1-,1", "2,2,2", []string{"lost-visibility 10.0.0.0/8 0: 1 to 2, last 2, gone 3, ended"}},
		{"an AS vanishes", "1,1,1", "7,7,", []string{"as-vanished 7: 2 to 3, last 3, still", "lost-visibility 10.1.0.0/16 0: 2 to 3, last 3, still"}},
		{"what differs after nine days without dumps is not a change", "1,*,*,*,*,*,*,*,*,*,5", "2,*,*,*,*,*,*,*,*,*,", nil},
		{"invalid before nine days without dumps and after", "1,1!,*,*,*,*,*,*,*,*,1!,1", "2,2,*,*,*,*,*,*,*,*,2,2", []string{"rov-invalid 10.0.0.0/8 1: 1 to 2, last 11, gone 12, unknown from 2 to 11, ended"}},
		{"invalid, nine days without payloads, invalid", "1!,1?,*,*,*,1?,*,*,*,1!", "2,2,*,*,*,2,*,*,*,2", []string{"rov-invalid 10.0.0.0/8 1: unknown to 1, last 10, unknown from 1 to 10, still"}},
	} {
		less, more := strings.Split(c.less, ","), strings.Split(c.more, ",")
		var moments []moment
		var before time.Time
		for i := range less {
			if less[i] == "*" {
				continue
			}
			at := start.AddDate(0, 0, i)
			moments = append(moments, moment{Hour{at, before, "a"}, world{prefixes[0]: routes(less[i]), prefixes[1]: routes(more[i]), prefixes[3]: routes("1 2 5")}, [2]bool{true, true}, at.Sub(before) <= MaxGap})
			before = at
		}
		var got []string
		for _, e := range play(moments) {
			got = append(got, e.text())
		}
		slices.Sort(got)
		if !slices.Equal(got, c.want) {
			t.Errorf("%s:\n got %q\nwant %q", c.name, got, c.want)
		}
	}
}

// text is an event with the days of January 2025 that bound it.
func (e Event) text() string {
	day := func(at time.Time) string {
		if at.IsZero() {
			return "unknown"
		}
		return fmt.Sprint(int(at.Sub(start).Hours()/24) + 1)
	}
	what := e.Origin.String()
	if e.Prefix.IsValid() {
		what = e.Prefix.String() + " " + what
	}
	end := ""
	if !e.GoneBy.IsZero() {
		end = "gone " + day(e.GoneBy) + ", "
	}
	for _, g := range e.Gaps {
		end += "unknown from " + day(g.From) + " to " + day(g.To) + ", "
	}
	return fmt.Sprintf("%s %s: %s to %s, last %s, %s%s", e.Kind, what, day(e.NotBefore), day(e.SeenFrom), day(e.LastSeen), end, e.Status)
}

// TestTwin compares the events of random histories, in which dumps of two sets of collectors are missing, with those of a program that
// looks at each key by itself, from the beginning, without marks.
func TestTwin(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	found := map[string]int{}
	for round := range 1000 {
		moments := randomHistory(random)
		var got []string
		for _, e := range play(moments) {
			got = append(got, e.text())
			found[e.Kind]++
		}
		slices.Sort(got)
		want, gaps := slowEvents(moments)
		found["gap"] += gaps
		if !slices.Equal(got, want) {
			for _, m := range moments {
				t.Logf("%s %s recent %v judged %v %v", m.Time.Format(time.DateOnly), m.Series, m.recent, m.judged, m.table)
			}
			t.Fatalf("round %d:\n got %q\nwant %q", round, got, want)
		}
	}
	for _, kind := range append(slices.Clone(States[:]), OriginChange, MOAS, MoreSpecific, LostVisibility, ASVanished, "gap") {
		if found[kind] < 20 {
			t.Errorf("only %d events of the kind %s", found[kind], kind)
		}
	}
}

func randomHistory(random *rand.Rand) (moments []moment) {
	last := map[string]time.Time{}
	at := start
	for range 2 + random.IntN(8) {
		at = at.AddDate(0, 0, 1+random.IntN(4)*random.IntN(4))
		m := moment{Hour: Hour{Time: at, Series: []string{"a", "a", "a,b"}[random.IntN(3)]}, table: world{}, judged: [2]bool{random.IntN(8) > 0, random.IntN(8) > 0}}
		m.Before = last[m.Series]
		m.recent = !m.Before.IsZero() && at.Sub(m.Before) <= MaxGap
		last[m.Series] = at
		for _, p := range prefixes {
			for asn := range uint32(3) {
				if random.IntN(3) > 0 {
					continue
				}
				r := Route{Origin: Origin{ASN: asn + 1}, Reach: Reach(random.IntN(4)), Feeds: int64(random.IntN(10)), Of: 10}
				if !m.judged[family(p)] {
					r.Reach = ReachUnknown
				}
				for i := range r.States {
					r.States[i] = State(random.IntN(3))
				}
				m.table[p] = append(m.table[p], r)
			}
		}
		moments = append(moments, m)
	}
	return moments
}

// slowSpan is an event of one set of collectors.
type slowSpan struct {
	Event
	from, to time.Time // may have lasted from, to
}

// slowEvents returns the events as text, and how many gaps they have.
func slowEvents(moments []moment) (all []string, gaps int) {
	newest := moments[len(moments)-1].Time
	series := map[string][]moment{}
	for _, m := range moments {
		series[m.Series] = append(series[m.Series], m)
	}
	spans := map[Key][]slowSpan{}
	for _, these := range series {
		last := these[len(these)-1].Time
		for _, key := range allKeys() {
			for _, e := range slowKey(key, these) {
				s := slowSpan{Event: e, from: e.NotBefore, to: e.GoneBy}
				if s.from.IsZero() {
					s.from = e.SeenFrom.Add(-MaxGap)
				}
				switch {
				case e.Status == Still && newest.Sub(last) > MaxGap:
					s.Status = Unclear
					fallthrough
				case e.Status == Unclear:
					s.to = e.LastSeen.Add(MaxGap)
				case e.Status == Still:
					s.to = newest.AddDate(9, 0, 0)
				}
				spans[key] = append(spans[key], s)
			}
		}
	}
	for _, these := range spans {
		for joined := true; joined; { // any two that overlap are one, until none do
			joined = false
			for i := 0; i < len(these) && !joined; i++ {
				for j := i + 1; j < len(these) && !joined; j++ {
					a, b := these[i], these[j]
					if !a.from.Before(b.to) || !b.from.Before(a.to) {
						continue
					}
					if b.SeenFrom.Before(a.SeenFrom) {
						a.SeenFrom, a.NotBefore = b.SeenFrom, b.NotBefore
					}
					a.Gaps = slices.Concat(a.Gaps, b.Gaps)
					if b.LastSeen.After(a.LastSeen) {
						a.LastSeen = b.LastSeen
					}
					if b.to.After(a.to) || b.to.Equal(a.to) && b.Status == Ended {
						a.GoneBy, a.Status = b.GoneBy, b.Status
					}
					a.from, a.to = slices.MinFunc([]time.Time{a.from, b.from}, time.Time.Compare), slices.MaxFunc([]time.Time{a.to, b.to}, time.Time.Compare)
					these[i], these, joined = a, slices.Delete(these, j, j+1), true
				}
			}
		}
		for _, s := range these {
			hours := s.Gaps
			slices.SortFunc(hours, func(a, b Interval) int { return a.From.Compare(b.From) })
			s.Gaps = nil
			for i := 1; i < len(hours); i++ {
				if hours[i].From.Sub(hours[i-1].From) > MaxGap {
					s.Gaps = append(s.Gaps, Interval{hours[i-1].From, hours[i].From})
					gaps++
				}
			}
			all = append(all, s.text())
		}
	}
	slices.Sort(all)
	return all, gaps
}

func allKeys() (keys []Key) {
	for asn := range uint32(3) {
		o := Origin{ASN: asn + 1}
		keys = append(keys, Key{Kind: ASVanished, Origin: o})
		for _, p := range prefixes {
			for _, kind := range append(slices.Clone(States[:]), OriginChange, MOAS, MoreSpecific) {
				keys = append(keys, Key{kind, p, o})
			}
		}
	}
	for _, p := range prefixes {
		keys = append(keys, Key{Kind: LostVisibility, Prefix: p})
	}
	return keys
}

// slowKey returns the events of a key in the hours of one set of collectors. Their Gaps are not yet that, but the hours with the event.
func slowKey(key Key, these []moment) (events []Event) {
	var open *Event
	for i, m := range these {
		state, dated := slowState(key, these, i, open != nil)
		switch {
		case open == nil && state == Holds:
			open = &Event{Key: key, SeenFrom: m.Time, LastSeen: m.Time, Gaps: []Interval{{m.Time, m.Time}}}
			if dated {
				open.NotBefore = m.Before
			}
		case open != nil && state == Holds:
			open.LastSeen = m.Time
			open.Gaps = append(open.Gaps, Interval{m.Time, m.Time})
			open.Status = ""
		case open != nil && state == Unknown:
			open.Status = Unclear
		case open != nil:
			open.GoneBy, open.Status = m.Time, Ended
			events, open = append(events, *open), nil
		}
	}
	if open != nil {
		if open.Status == "" {
			open.Status = Still
		}
		events = append(events, *open)
	}
	return events
}

// slowState reports whether a key holds in an hour, and if it is new, whether it did not in the hour before.
func slowState(key Key, these []moment, i int, open bool) (state State, dated bool) {
	now := these[i].table[key.Prefix]
	var before []Route
	if i > 0 {
		before = these[i-1].table[key.Prefix]
	}
	n, b := find(now, key.Origin), find(before, key.Origin)
	fresh := i > 0 && these[i].recent && n != nil && b == nil
	if s := slices.Index(States[:], key.Kind); s >= 0 {
		if n == nil {
			return Clear, false
		}
		return n.States[s], i > 0 && (b == nil || b.States[s] == Clear)
	}
	holds := false
	switch key.Kind {
	case OriginChange:
		holds = n != nil && (open || fresh && len(before) > 0 && !shared(before, now) && !slowReturn(key, these, i))
	case MOAS:
		holds = n != nil && (open && !(len(before) > 1 && len(now) == 1) || fresh && shared(before, now) && !slowReturn(key, these, i))
	case MoreSpecific:
		holds = n != nil && (open || fresh && len(before) == 0 && slowCovered(key, these[i-1].table))
	case LostVisibility:
		if i > 0 && these[i].judged[family(key.Prefix)] && these[i-1].judged[family(key.Prefix)] {
			was, is := farthest(before), farthest(now)
			holds = open && !(is == Global && was != Global) || !open && these[i].recent && was == Global && is == Few && !slowUnwanted(key, these, i)
		} else {
			holds = open
		}
	case ASVanished:
		was, is := originates(these, i-1, key.Origin), originates(these, i, key.Origin)
		holds = open && (is == 0 || was > 0) || !open && i > 0 && these[i].recent && was == 2 && is == 0
	}
	if holds {
		return Holds, true
	}
	return Clear, false
}

func shared(a, b []Route) bool {
	return slices.ContainsFunc(a, func(r Route) bool { return find(b, r.Origin) != nil })
}

// slowReturn reports whether an origin change of another origin goes on that took the prefix from this one.
func slowReturn(key Key, these []moment, i int) bool {
	for asn := range uint32(3) {
		other := Key{OriginChange, key.Prefix, Origin{ASN: asn + 1}}
		if other.Origin == key.Origin {
			continue
		}
		for _, e := range slowKey(other, these[:i]) {
			began := slices.IndexFunc(these, func(m moment) bool { return m.Time.Equal(e.SeenFrom) })
			if e.GoneBy.IsZero() && find(these[began-1].table[key.Prefix], key.Origin) != nil {
				return true
			}
		}
	}
	return false
}

// slowUnwanted reports whether an origin of the prefix was a bogon, or a more specific prefix of another, in the hour before.
func slowUnwanted(key Key, these []moment, i int) bool {
	for asn := range uint32(3) {
		o := Origin{ASN: asn + 1}
		for _, kind := range []string{Bogon, MoreSpecific} {
			for _, e := range slowKey(Key{kind, key.Prefix, o}, these[:i]) {
				if e.GoneBy.IsZero() && find(these[i-1].table[key.Prefix], o) != nil {
					return true
				}
			}
		}
	}
	return false
}

// slowCovered reports whether the longest prefix that covers the key's has other origins only.
func slowCovered(key Key, table world) bool {
	var above netip.Prefix
	for p, routes := range table {
		if len(routes) > 0 && p != key.Prefix && p.Overlaps(key.Prefix) && p.Bits() < key.Prefix.Bits() && (!above.IsValid() || p.Bits() > above.Bits()) {
			above = p
		}
	}
	return above.IsValid() && find(table[above], key.Origin) == nil
}

// originates returns 0 if an AS originates nothing, 2 if one of its routes is global, judged by both hours, and 1 otherwise.
func originates(these []moment, i int, o Origin) (found int) {
	if i < 0 {
		return 0
	}
	for p, routes := range these[i].table {
		r := find(routes, o)
		if r == nil {
			continue
		}
		found = max(found, 1)
		if i+1 < len(these) && r.Reach == Global && these[i].judged[family(p)] && these[i+1].judged[family(p)] {
			found = 2
		}
	}
	return found
}

// related returns what an AS is to another, of 1, 2 above 11, 12, 13, which have the customer 21; 11 and 12 are peers.
func related(a, b uint32) topology.Relation {
	above := map[[2]uint32]topology.Relation{{1, 11}: topology.Provider, {2, 11}: topology.Provider, {2, 12}: topology.Provider, {2, 13}: topology.Provider, {1, 2}: topology.Peer,
		{11, 12}: topology.Peer, {12, 13}: topology.Peer, {11, 21}: topology.Provider, {12, 21}: topology.Provider}
	if r, ok := above[[2]uint32{a, b}]; ok {
		return r
	}
	switch above[[2]uint32{b, a}] {
	case topology.Provider:
		return topology.Customer
	case topology.Peer:
		return topology.Peer
	}
	return topology.Unknown
}

func TestValley(t *testing.T) {
	for _, c := range []struct {
		path []uint32
		want int
	}{
		{[]uint32{1, 2, 12, 21}, 0},
		{[]uint32{11, 1, 2, 12, 21}, 0},
		{[]uint32{11}, 0},
		{nil, 0},
		{[]uint32{1, 11, 2, 13}, 1},      // from a provider to a provider
		{[]uint32{12, 11, 2, 13}, 1},     // from a provider to a peer
		{[]uint32{2, 11, 12, 21}, 1},     // from a peer to a provider
		{[]uint32{11, 12, 13}, 0},        // from a peer to a peer is not counted
		{[]uint32{9, 11, 2, 13}, 0},      // a relation is unknown
		{[]uint32{12, 21, 11, 2, 13}, 1}, // 21 has it from 11 and gives it to 12
	} {
		if got := Valley(c.path, related); got != c.want {
			t.Errorf("%v: %d, want %d", c.path, got, c.want)
		}
	}
}

func TestOnlyToCustomer(t *testing.T) {
	for _, c := range []struct {
		name string
		path []uint32
		asn  uint32
		want State
		at   int
	}{
		{"down to the collector's peer", []uint32{21, 12, 2}, 2, Clear, 0},
		{"the collector's peer has set it", []uint32{12, 21}, 12, Clear, 0},
		{"from a peer to customers", []uint32{21, 11, 12}, 12, Clear, 0},
		{"marked for a peer, which passes it up", []uint32{2, 11, 12, 21}, 12, Holds, 1},
		{"marked for a customer, which passes it up", []uint32{1, 11, 2, 13}, 2, Holds, 1},
		{"marked for a customer, which passes it over", []uint32{12, 11, 1}, 1, Holds, 1},
		{"a leak from peer to peer, which no valley shows", []uint32{13, 12, 11, 21}, 11, Holds, 1},
		{"of two leaks the one nearest to the origin", []uint32{12, 21, 11, 12, 2, 13}, 2, Holds, 3},
		{"up before the mark", []uint32{21, 11, 1, 2, 13}, 1, Clear, 0},
		{"an unknown relation", []uint32{9, 11, 2, 13}, 2, Unknown, 0},
		{"an unknown relation of the first hop decides nothing", []uint32{9, 11}, 11, Clear, 0},
		{"an unknown relation before a leak", []uint32{2, 11, 9, 1, 12}, 1, Holds, 1},
		{"the attribute speaks against the relation", []uint32{2, 12, 21}, 12, Unknown, 0},
		{"not on the path", []uint32{2, 12, 21}, 7, Unknown, 0},
		{"no path", nil, 7, Unknown, 0},
	} {
		if got, at := OnlyToCustomer(c.path, c.asn, related); got != c.want || at != c.at {
			t.Errorf("%s: %d at %d, want %d at %d", c.name, got, at, c.want, c.at)
		}
	}
}

func TestAnycast(t *testing.T) {
	for prefix, want := range map[string]string{
		"192.175.48.0/24": "AS112, RFC 7534", "2001:4:112::/48": "AS112, RFC 7535", "192.175.48.0/25": "", "192.175.0.0/16": "",
		"198.41.0.0/24": "root server A", "198.41.0.0/16": "", "2001:7fd::/32": "root server K", "2001:500:2f::/48": "root server F", "198.41.1.0/24": "", "::/0": "",
	} {
		if got := Anycast(netip.MustParsePrefix(prefix)); got != want {
			t.Errorf("%s: %q, want %q", prefix, got, want)
		}
	}
	for letter, addresses := range rootServers {
		for _, text := range addresses {
			a := netip.MustParseAddr(text)
			if got := Anycast(netip.PrefixFrom(a, a.BitLen())); got != "root server "+letter {
				t.Errorf("%s: %q", text, got)
			}
		}
	}
}

// TestContinued: a history that was written and read between hours has the same events as one that was not. Some are of a set of ASes.
func TestContinued(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	for n := range 3000 {
		moments := randomHistory(random)
		for i := range moments {
			for _, all := range moments[i].table {
				for k := range all {
					if all[k].Origin.ASN == 2 {
						all[k].Origin = Origin{Set: "{2,7}"}
					}
				}
			}
		}
		want := fmt.Sprint(play(moments))
		if got := fmt.Sprint(playStopped(moments, func() bool { return random.IntN(2) == 0 })); got != want {
			t.Fatalf("history %d: got\n%s\nwant\n%s", n, got, want)
		}
	}
}

// FuzzState: no bytes make a history panic.
func FuzzState(t *testing.F) {
	f := fuzz.With(t)
	var h History
	h.Add(Hour{Time: start, Series: "a"}, []Mark{{Kind: MOAS, Edge: Begins, Prefix: prefixes[0], Origin: Origin{Set: "{1,2}"}}})
	good, err := h.MarshalBinary()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good)
	f.Fuzz(func(t *testing.T, b []byte) {
		if h := new(History); h.UnmarshalBinary(b) == nil {
			h.Add(Hour{Time: start.AddDate(0, 0, 1), Before: start, Series: "a"}, []Mark{{Kind: MOAS, Edge: Ends, Prefix: prefixes[0], Origin: Origin{Set: "{1,2}"}}})
			for range h.Events() {
			}
		}
	})
}
