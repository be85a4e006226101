package ipv6

import (
	"cmp"
	"hash/fnv"
	"math/rand/v2"
	"slices"
	"strconv"
)

// strata are the ranges of ranks that are sampled; each begins where the one before it ends.
var strata = []struct {
	name string
	last uint32 // rank
}{{"1k", 1_000}, {"10k", 10_000}, {"100k", 100_000}, {"1M", 1_000_000}}

// stratum returns the name of the stratum of a rank.
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

// draw says which domains of a list are probed: all if both counts are 0.
type draw struct {
	Panel     int   `json:"panel,omitempty"`      // domains of each stratum that are the same in each run
	PanelSeed int64 `json:"panel_seed,omitempty"` // that the panel is drawn with
	Fresh     int   `json:"refreshed,omitempty"`  // domains of each stratum that are drawn anew for each run
	Seed      int64 `json:"seed,omitempty"`       // that those are drawn with
}

// reduce reduces the list to the domains drawn.
func (d draw) reduce(l *list) error {
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
				one, err := l.read(i)
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

// lot returns a domain's lot in a draw, in which the smallest are drawn. A domain that stays in its stratum is therefore drawn
// again after the list around it has changed.
func lot(seed int64, domain string) uint64 {
	h := fnv.New64a()
	h.Write(strconv.AppendInt(nil, seed, 10))
	h.Write([]byte{0})
	h.Write([]byte(domain))
	x := h.Sum64() // its high bits differ too little between similar names
	x ^= x >> 33
	x *= 0xff51afd7ed558ccd
	x ^= x >> 33
	x *= 0xc4ceb9fe1a85ec53
	return x ^ x>>33
}

// seedOf returns a seed that depends on names only.
func seedOf(names ...string) int64 {
	h := fnv.New64a()
	for _, name := range names {
		h.Write([]byte(name))
		h.Write([]byte{0})
	}
	return int64(h.Sum64() >> 1) // never negative
}

// shuffle puts the list into the order in which it is probed.
func (l *list) shuffle(seed uint64) {
	rand.New(rand.NewPCG(seed, 0)).Shuffle(len(l.entries), func(i, j int) { l.entries[i], l.entries[j] = l.entries[j], l.entries[i] })
}
