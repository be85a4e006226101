package ipv6

import (
	"cmp"
	"hash/fnv"
	"math/rand/v2"
	"slices"
	"strconv"
)

// strata are heads of a ranked list, each without the one before it.
var strata = []struct {
	name string
	last uint32 // rank
}{{"1k", 1_000}, {"10k", 10_000}, {"100k", 100_000}, {"1M", 1_000_000}}

// stratum names the smallest head that holds a rank.
func stratum(rank uint32) string {
	if rank > 0 {
		for _, s := range strata {
			if rank <= s.last {
				return s.name
			}
		}
	}
	return ""
}

// draw is which domains of a list are probed: all where neither count is given.
type draw struct {
	Panel     int   `json:"panel,omitempty"`      // of each stratum, the same in each run
	PanelSeed int64 `json:"panel_seed,omitempty"` // by which they are drawn
	Fresh     int   `json:"refreshed,omitempty"`  // of each stratum, others in each run
	Seed      int64 `json:"seed,omitempty"`       // by which those are drawn
}

// from reduces the list to what is drawn of it.
func (d draw) from(l *list) error {
	if d.Panel == 0 && d.Fresh == 0 {
		for i := range l.entries {
			l.entries[i].fresh = true
		}
		return nil
	}
	type ticket struct {
		lot uint64
		i   int
	}
	inStratum := map[string][]int{}
	for i, e := range l.entries {
		s := stratum(e.rank)
		inStratum[s] = append(inStratum[s], i)
	}
	take := func(n int, seed int64, mark func(*entry)) error {
		if n == 0 {
			return nil
		}
		for _, members := range inStratum {
			tickets := make([]ticket, len(members))
			for j, i := range members {
				one, err := l.at(i)
				if err != nil {
					return err
				}
				tickets[j] = ticket{lot(seed, one.domain), i}
			}
			slices.SortFunc(tickets, func(a, b ticket) int { return cmp.Or(cmp.Compare(a.lot, b.lot), cmp.Compare(a.i, b.i)) })
			for _, t := range tickets[:min(n, len(tickets))] {
				mark(&l.entries[t.i])
			}
		}
		return nil
	}
	if err := take(d.Panel, d.PanelSeed, func(e *entry) { e.panel = true }); err != nil {
		return err
	}
	if err := take(d.Fresh, d.Seed, func(e *entry) { e.fresh = true }); err != nil {
		return err
	}
	l.entries = slices.DeleteFunc(l.entries, func(e entry) bool { return !e.panel && !e.fresh })
	return nil
}

// lot is a domain's in a draw: those with the smallest win. So a domain that stays in its stratum keeps its place when the
// list around it changes.
func lot(seed int64, domain string) uint64 {
	h := fnv.New64a()
	h.Write(strconv.AppendInt(nil, seed, 10))
	h.Write([]byte{0})
	h.Write([]byte(domain))
	x := h.Sum64() // its high bits are too alike for names that are
	x ^= x >> 33
	x *= 0xff51afd7ed558ccd
	x ^= x >> 33
	x *= 0xc4ceb9fe1a85ec53
	return x ^ x>>33
}

// seedOf makes a seed of names.
func seedOf(names ...string) int64 {
	h := fnv.New64a()
	for _, name := range names {
		h.Write([]byte(name))
		h.Write([]byte{0})
	}
	return int64(h.Sum64() >> 1) // not negative
}

// shuffle puts the list into the order in which it is probed.
func (l *list) shuffle(seed uint64) {
	rand.New(rand.NewPCG(seed, 0)).Shuffle(len(l.entries), func(i, j int) { l.entries[i], l.entries[j] = l.entries[j], l.entries[i] })
}
