package derive

import (
	"slices"
	"strconv"
	"strings"
)

// routeServers are the ASes of route servers of exchanges. A route server that writes its AS number into paths hands routes on
// and carries no traffic, so the ASes on both sides of it are neighbours.
//
// ASPA verification reads paths as they are: draft-ietf-sidrops-aspa-verification-28 section 4 wants such an AS in the ASPAs of
// its clients, like a provider.
type routeServers map[uint32]bool

func newRouteServers(asns []uint32) routeServers {
	s := routeServers{}
	for _, asn := range asns {
		s[asn] = true
	}
	return s
}

// input names the route servers in the input of a partition; the empty string if there are none.
func (s routeServers) input() string {
	if len(s) == 0 {
		return ""
	}
	var numbers []string
	for _, asn := range sortedKeys(s) {
		numbers = append(numbers, strconv.FormatUint(uint64(asn), 10))
	}
	return "route_servers=" + strings.Join(numbers, ",")
}

// parse appends the ASes of a path without route servers, and reports whether it has nothing but ASes.
func (s routeServers) parse(path []uint32, text string) ([]uint32, bool) {
	for field := range strings.FieldsSeq(text) {
		asn, err := strconv.ParseUint(field, 10, 32)
		if err != nil {
			return path, false
		}
		if !s[uint32(asn)] {
			path = append(path, uint32(asn))
		}
	}
	return path, true
}

// client returns the AS from which a route server on the path has the route, and any other AS as it is. Only to Customer with the number of
// a route server (RFC 9234 section 5) proves that this client sent the route over.
func (s routeServers) client(asn uint32, text string) uint32 {
	if !s[asn] {
		return asn
	}
	path, _ := routeServers(nil).parse(nil, text)
	at := slices.Index(path, asn)
	if at < 0 {
		return asn
	}
	for _, next := range path[at:] {
		if !s[next] {
			return next
		}
	}
	return asn
}
