package sample

import (
	"fmt"
	"math"
	"net/netip"
	"time"
)

// network is an AS of the model.
type network struct {
	asn       uint32
	upstreams []uint32
	founded   int // first year in the table
	v6Since   int // first year with IPv6; after lastYear if never
	extra     int // more specific prefixes announced in the last year
	prepends  int
	roaSince  int // first year with a ROA
}

// transits are the ASes that carry the routes of the others.
var transits = []uint32{3601, 3602, 3603, 3604, 3605, 3606}

// lot returns a number in [0, 1) for each pair of network and purpose. It is the same in every run and does not depend
// on the order of calls.
func lot(n int, purpose uint64) float64 {
	x := uint64(n)*0x9e3779b97f4a7c15 ^ purpose*0xbf58476d1ce4e5b9
	x ^= x >> 31
	x *= 0x94d049bb133111eb
	x ^= x >> 29
	x *= 0xbf58476d1ce4e5b9
	x ^= x >> 32
	return float64(x>>11) / (1 << 53)
}

// networks returns the ASes that originate prefixes. IPv4 grows ever more slowly; IPv6 comes late and fast.
func networks() []network {
	const all = 260
	list := make([]network, all)
	for i := range list {
		n := &list[i]
		n.asn = uint32(41000 + 7*i)
		if i%5 == 0 {
			n.asn = uint32(262144 + 11*i) // 32-bit (RFC 6793)
		}
		n.upstreams = []uint32{transits[int(lot(i, 1)*float64(len(transits)))]}
		if second := transits[int(lot(i, 2)*float64(len(transits)))]; lot(i, 3) < 0.4 && second != n.upstreams[0] {
			n.upstreams = append(n.upstreams, second)
		}
		n.founded = firstYear
		if i >= 150 {
			n.founded = firstYear + 1 + int(9*math.Pow(float64(i-150)/(all-150), 1.4))
		}
		n.v6Since = max(n.founded, firstYear+int(14*math.Pow(lot(i, 4), 0.55))-1)
		n.extra = int(9 * math.Pow(lot(i, 5), 3))
		if lot(i, 6) < 0.15 {
			n.prepends = 1 + int(3*lot(i, 7))
		}
		n.roaSince = firstYear + int(15*lot(i, 8))
	}
	return list
}

// route is an announcement of the model.
type route struct {
	prefix   netip.Prefix
	origin   uint32
	upstream []uint32
	prepends int
	set      []uint32 // AS_SET that ends the path instead of the origin
	seenBy   []uint32 // ASes of the peers that carry it; nil: all that send a full table
}

// block4 and block6 return the address space of network i.
func block4(i int) netip.Prefix {
	return netip.MustParsePrefix(fmt.Sprintf("%d.%d.%d.0/20", 60+i/256, i%256, 16*(i%8)))
}

func block6(i int) netip.Prefix {
	return netip.MustParsePrefix(fmt.Sprintf("2a0f:%x::/32", 0x1000+i))
}

// routes returns what the model announces in a year.
func routes(year int) (all []route) {
	for i, n := range networks() {
		if year < n.founded {
			continue
		}
		r := route{origin: n.asn, upstream: n.upstreams, prepends: n.prepends}
		r.prefix = block4(i)
		all = append(all, r)
		specifics := n.extra * (year - firstYear + 3) / (lastYear - firstYear + 3)
		for s := range specifics {
			a := block4(i).Addr().As4()
			a[2] += byte(s)
			r.prefix = netip.PrefixFrom(netip.AddrFrom4(a), 24)
			all = append(all, r)
		}
		if year >= n.v6Since {
			r.prefix = block6(i)
			all = append(all, r)
			for s := range specifics {
				r.prefix = netip.MustParsePrefix(fmt.Sprintf("2a0f:%x:%x::/48", 0x1000+i, s+1))
				all = append(all, r)
			}
		}
	}
	return append(all, oddities(year)...)
}

// dayAfter is the last day of the sample, on which the last routes change.
var dayAfter = time.Date(lastYear, 1, 2, 0, 0, 0, 0, time.UTC)

// routesOn returns what the model announces on a day. On the day after the last year's first, one block has another
// origin, one has a second, one is gone, and a network leaks two blocks to a single collector.
func routesOn(at time.Time) []route {
	all := routes(at.Year())
	if at.Before(dayAfter) {
		return all
	}
	n := networks()
	kept := all[:0]
	for _, r := range all {
		switch r.prefix {
		case block4(33):
			r.origin, r.upstream = n[34].asn, n[34].upstreams
		case block4(35):
			continue
		}
		kept = append(kept, r)
	}
	return append(kept,
		route{prefix: block4(36), origin: n[37].asn, upstream: n[37].upstreams},
		route{prefix: netip.MustParsePrefix("61.250.16.0/24"), origin: selfFeeder, seenBy: []uint32{selfFeeder}},
		route{prefix: netip.MustParsePrefix("61.250.17.0/24"), origin: selfFeeder, seenBy: []uint32{selfFeeder}},
		route{prefix: netip.MustParsePrefix("61.6.96.0/20"), origin: n[50].asn, upstream: []uint32{64513}}, // a private ASN inside the path
	)
}

// oddities returns the routes that a report should find.
func oddities(year int) (all []route) {
	add := func(since int, prefix string, origin uint32, seenBy ...uint32) {
		if year >= since {
			all = append(all, route{prefix: netip.MustParsePrefix(prefix), origin: origin, upstream: []uint32{transits[int(origin)%len(transits)]}, seenBy: seenBy})
		}
	}
	n := networks()
	add(2016, "0.0.0.0/0", transits[0], transits[0])
	add(2018, "100.64.0.0/10", n[3].asn, transits[1])               // RFC 6598, leaked over one feeder
	add(2021, "10.20.0.0/16", selfFeeder, selfFeeder)               // seen only over the origin's own session
	add(2017, "203.0.113.0/24", n[7].asn, transits[2], transits[3]) // documentation (RFC 5737)
	add(2019, "61.4.64.0/20", 64512)                                // private ASN as origin (RFC 6996)
	add(2019, "64:ff9b::/96", n[10].asn, transits[1], transits[4])  // RFC 6052, globally reachable
	add(2022, "64:ff9b:1::/48", n[11].asn, transits[4])             // RFC 8215, not globally reachable
	add(2016, "2001:db8:77::/48", n[12].asn, transits[3])           // documentation (RFC 3849)
	add(2016, "60.5.80.128/25", n[5].asn)                           // longer than the table filter allows
	add(2020, block4(20).String(), n[21].asn)                       // a second origin: MOAS
	add(2018, "60.9.16.0/24", n[60].asn)                            // another network's space: ROV invalid once there is a ROA
	add(2016, "61.250.0.0/16", n[30].asn)                           // reserved by its registry
	if year >= 2016 {
		all = append(all, route{prefix: netip.MustParsePrefix("61.3.0.0/17"), upstream: []uint32{transits[2]}, set: []uint32{n[40].asn, n[41].asn, n[42].asn}})
	}
	return all
}
