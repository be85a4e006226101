package analysis

import (
	"fmt"
	"strings"
	"testing"

	"tidemark/datasets"
	"tidemark/internal/testkit/tables"
)

// TestIPv6Networks: networks by kind, and those that hold out.
func TestIPv6Networks(t *testing.T) {
	store := tables.Store(t)
	at := january(2)
	network := func(asn uint32, v4, v6 int64) datasets.ASRegistration {
		return datasets.ASRegistration{Time: at, ASN: asn, Registry: "arin", Country: "US", IPv4Prefixes: v4, IPv6Prefixes: v6, IPv4Span: float64(256 * v4)}
	}
	write(t, store, datasets.ASRegistrations, "a", network(1, 9, 1), network(2, 5, 0), network(3, 1, 1), network(4, 0, 1), network(5, 1, 0))
	place := func(family, asn uint32, top bool, customers int64) datasets.ASTopology {
		return datasets.ASTopology{Time: at, Family: family, ASN: asn, Clique: top, Customers: customers, ConeASes: customers + 1, FullFeeds: int64(family)}
	}
	write(t, store, datasets.ASTopologies, "a", place(4, 1, true, 2), place(4, 2, false, 1), place(4, 3, false, 0), place(6, 3, false, 1), place(6, 4, false, 0))
	for day, v6 := range []int64{0, 1} {
		before := at.AddDate(-1, 0, day)
		write(t, store, datasets.ASRegistrations, fmt.Sprint("before", day), datasets.ASRegistration{Time: before, ASN: 1, IPv4Prefixes: 1, IPv6Prefixes: v6}, datasets.ASRegistration{Time: before, ASN: 2, IPv4Prefixes: 1})
		write(t, store, datasets.ASTopologies, fmt.Sprint("before", day), datasets.ASTopology{Time: before, Family: 4, ASN: 1, Customers: 1, FullFeeds: 4},
			datasets.ASTopology{Time: before, Family: 6, ASN: 1, Customers: 1, FullFeeds: 4}, datasets.ASTopology{Time: before, Family: 4, ASN: 2, FullFeeds: 4})
	}
	a := answered(t, store, ipv6Networks)
	got := ""
	for _, r := range a.Result.Rows {
		got += strings.TrimSpace(strings.Trim(fmt.Sprint(r[1:]), "[]")) + ";"
	}
	const year = "all 2 1 1 0 0.5 4;with customers 1 1 0 0 1 4;without customers 1 0 1 0 0 4;" // of the earlier hour of that month nothing is said
	const want = year + "all 5 2 2 1 0.4 6;at the top 1 1 0 0 1 6;with customers 2 1 1 0 0.5 6;without customers 1 0 0 1 0 6;on no path 1 0 1 0 0 6;"
	if got != want {
		t.Errorf("%s\n%s, want", got, want)
	}
	if want := "40.0 % of the networks announced prefixes of both families."; !strings.HasSuffix(a.Lead, want) {
		t.Errorf("lead %q, want %q last", a.Lead, want)
	}
	a = answered(t, store, ipv6HoldOuts)
	if want := "2 of the 4 networks with the most IPv4 space announced no IPv6."; !strings.HasSuffix(a.Lead, want) {
		t.Errorf("lead %q, want %q last", a.Lead, want)
	}
	if want := "was AS2, with 5 IPv4 prefixes."; !strings.HasSuffix(a.Text, want) {
		t.Errorf("text %q, want %q last", a.Text, want)
	}
}

// TestIPv6Space: 6to4 and Teredo are kept apart from what only looks like them. A prefix of two origins counts once, and one that a bogon and a
// good origin announce is native.
func TestIPv6Space(t *testing.T) {
	store := tables.Store(t)
	var rows []datasets.RouteState
	add := func(prefix string, length uint32, origin uint32, class string) {
		rows = append(rows, datasets.RouteState{Time: january(2), Family: 6, Prefix: prefix, PrefixLength: length, OriginASN: origin, BogonClass: class, Collectors: "rrc00"})
	}
	add("2002::/16", 16, 1, "none")
	add("2002:c000:200::/40", 40, 1, "special-purpose")
	add("2001::/32", 32, 1, "none")
	add("2001:0:4136::/48", 48, 1, "none")
	add("2001::/23", 23, 1, "none")
	add("2001:200::/32", 32, 1, "none")
	add("2001:200::/32", 32, 2, "private-asn")
	add("2a00::/48", 48, 1, "unknown")
	add("2a00:1::/48", 48, 1, "private-asn")
	add("2a00:2::/49", 49, 1, "none")
	left := rows[len(rows)-1]
	left.Prefix, left.LeftOut = "2a00:3::/64", "longer than /48"
	write(t, store, datasets.RouteStates, "a", append(rows, left)...)
	a := answered(t, store, ipv6Space)
	got := ""
	for _, r := range a.Result.Rows {
		got += fmt.Sprint(r[3], " ", r[4], " ", r[5], ";")
	}
	const want = "native, /31 and shorter 1 0.25;native, /32 1 0.25;native, /33 to /47 0 0;native, /48 1 0.25;native, /49 and longer 1 0.25;6to4, any 2 <nil>;Teredo, any 2 <nil>;bogon, any 1 <nil>;"
	if got != want {
		t.Errorf("%s\n%s, want", got, want)
	}
	if want := "the table had 2 prefixes of 6to4 and 2 prefixes of Teredo."; !strings.HasSuffix(a.Text, want) {
		t.Errorf("text %q, want %q last", a.Text, want)
	}
}
