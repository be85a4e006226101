package dump

import (
	"slices"

	"tidemark/collectors/mrt"
)

// Sizes of what a route takes in memory, in bytes, beside the octets of its attributes.
const (
	routeSize  = 128 // a route, and its share of the map of networks
	octetsSize = 64  // octets that are held once, and their place in the map of them
)

// Size returns about how much memory the table takes, in bytes, with what is left of routes that are gone.
func (s *Snapshot) Size() int { return s.size }

// Compact forgets what is left of routes that are gone, and returns how much memory the routes of each peer take, in bytes. What
// several peers share counts for one of them.
func (s *Snapshot) Compact() map[mrt.Peer]int {
	sizes := make([]int, len(s.peers))
	old, live := s.octets, s.prefixes
	s.octets, s.ids, s.prefixes, s.size = []string{""}, map[string]interned{"": 0}, make(map[network]*[]held), 0
	s.latest.routes = nil
	for n, all := range live {
		routes := slices.DeleteFunc(*all, func(r held) bool { return r.epoch != s.peers[r.peer].epoch(r.plane) })
		if len(routes) == 0 {
			continue
		}
		routes = slices.Clip(slices.Clone(routes))
		n.key = s.intern([]byte(old[n.key]))
		for i := range routes {
			r, before := &routes[i], s.size
			r.attributes, r.nlri = s.intern([]byte(old[r.attributes])), s.intern([]byte(old[r.nlri]))
			s.size += routeSize
			sizes[r.peer] += s.size - before
		}
		s.prefixes[n] = &routes
	}
	perPeer := map[mrt.Peer]int{}
	for i, p := range s.peers {
		perPeer[mrt.Peer{Address: p.Address, ASN: p.ASN}] += sizes[i]
	}
	return perPeer
}
