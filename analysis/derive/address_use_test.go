package derive

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"reflect"
	"slices"
	"testing"
	"time"

	"tidemark/datasets"
	"tidemark/datasets/table"
	"tidemark/internal/netaddr"
)

// TestAddressUseLikeTwin marks every address of a /16, and every /64 of a /48, one by one.
func TestAddressUseLikeTwin(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(7, 9))
	for round := range 30 {
		store := &table.Store{Dir: t.TempDir()}
		family := uint32(4 + 2*(round%2))
		prefix := func(at, size int) netip.Prefix { // in units
			bits := 0
			for 1<<bits < size {
				bits++
			}
			if family == 4 {
				return netip.PrefixFrom(netip.AddrFrom4([4]byte{20, 1, byte(at >> 8), byte(at)}), 32-bits).Masked()
			}
			return netip.PrefixFrom(netip.AddrFrom16([16]byte{0x20, 1, 0xd, 0xb8, 0, 1, byte(at >> 8), byte(at)}), 64-bits).Masked()
		}
		status, announced := [65536]string{}, [65536]bool{}
		var delegations []datasets.Delegation
		for at := 0; at < 65536; {
			size := 1 << (8 + random.IntN(5))
			at = (at + size - 1) / size * size
			if at+size > 65536 {
				break
			}
			d := datasets.Delegation{FileDate: on(2020).AddDate(0, 0, -1), Registry: []string{"arin", "lacnic"}[random.IntN(2)], Status: []string{"allocated", "assigned", "available", "reserved", ""}[random.IntN(5)]}
			if p := prefix(at, size); d.Status != "" {
				d.Start, d.Type, d.Value = p.Addr().String(), "ipv4", int64(size)
				if family == 6 {
					d.Type, d.Value = "ipv6", int64(p.Bits())
				}
				delegations = append(delegations, d)
				for i := at; i < at+size; i++ {
					status[i] = d.Registry + " " + d.Status
				}
			}
			at += size
		}
		var routes []datasets.Route
		var prefixes []netip.Prefix
		for range 60 {
			size := 1 << (8 + random.IntN(6))
			at := random.IntN(65536) / size * size
			prefixes = append(prefixes, prefix(at, size))
			for i := at; i < at+size; i++ {
				announced[i] = true
			}
		}
		slices.SortFunc(prefixes, netaddr.ComparePrefixes)
		for _, p := range slices.Compact(prefixes) {
			routes = append(routes, datasets.Route{Collector: "c", DumpTime: on(2020), Family: family, Prefix: p.String(), PrefixLength: uint32(p.Bits()), OriginASN: 1})
		}
		put(t, store, on(2020), "dump", func(into *table.Commit, key table.Key) error { return rows(datasets.Routes, into, key, routes) })
		put(t, store, on(2020).AddDate(0, 0, -1), "arin", func(into *table.Commit, key table.Key) error {
			return rows(datasets.Delegations, into, key, delegations)
		})
		if _, err := Run(context.Background(), store, []Derivation{RouteStates(MinFullFeeds)}); err != nil {
			t.Fatal(err)
		}
		want := map[string]datasets.AddressUse{}
		use := func(registry string) datasets.AddressUse {
			return datasets.AddressUse{Time: on(2020), Family: family, Registry: registry, FileDate: "2019-12-31", Available: new(float64), Reserved: new(float64)}
		}
		all := use("")
		all.Outside = new(float64)
		for i := range status {
			var registry, state string
			fmt.Sscan(status[i], &registry, &state)
			row, ok := want[registry]
			if !ok {
				row = use(registry)
			}
			for _, r := range []*datasets.AddressUse{&row, &all} {
				switch state {
				case "allocated", "assigned":
					r.Delegated++
					if announced[i] {
						r.Announced++
					} else {
						r.Unadvertised++
					}
				case "available":
					*r.Available++
				case "reserved":
					*r.Reserved++
				}
			}
			if announced[i] && state != "allocated" && state != "assigned" {
				*all.Outside++
			}
			if registry != "" {
				want[registry] = row
			}
		}
		want[""] = all
		m, err := store.Manifests(datasets.AddressUses.Schema)
		if err != nil || len(m) != 1 {
			t.Fatalf("%d partitions, %v", len(m), err)
		}
		n := 0
		for row, err := range datasets.AddressUses.Scan(store.Path(m[0])) {
			if err != nil {
				t.Fatal(err)
			}
			if n++; !reflect.DeepEqual(row, want[row.Registry]) {
				t.Fatalf("round %d:\n got %+v\nwant %+v", round, row, want[row.Registry])
			}
		}
		if n != len(want) {
			t.Errorf("round %d: %d rows, want %d", round, n, len(want))
		}
	}
}

// TestNewlySeen: what the dumps of the same collectors before had not is new, with the origins that the prefix had; without
// such dumps, or with old ones only, nothing is known.
func TestNewlySeen(t *testing.T) {
	store := &table.Store{Dir: t.TempDir()}
	dump := func(collector string, at time.Time, routes ...datasets.Route) {
		for i := range routes {
			r := &routes[i]
			p := netip.MustParsePrefix(r.Prefix)
			r.Collector, r.DumpTime, r.Family, r.PrefixLength, r.Peers, r.SeenBy = collector, at, 4, uint32(p.Bits()), count(1), []uint32{0}
		}
		put(t, store, at.Truncate(24*time.Hour), collector+at.Format(".20060102.1504"), func(into *table.Commit, key table.Key) error {
			if err := rows(datasets.Routes, into, key, routes); err != nil {
				return err
			}
			return rows(datasets.Peers, into, key, []datasets.Peer{{Collector: collector, DumpTime: at, Address: "192.0.2.1", ASN: 9, IPv4FullFeed: true}})
		})
	}
	first := on(2020)
	dump("a", first, datasets.Route{Prefix: "10.0.0.0/16", OriginASN: 1}, datasets.Route{Prefix: "10.1.0.0/16", OriginASN: 1}, datasets.Route{Prefix: "10.2.0.0/16", OriginASN: 1})
	dump("b", first.Add(time.Hour), datasets.Route{Prefix: "10.3.0.0/16", OriginASN: 1})
	dump("a", first.Add(24*time.Hour), datasets.Route{Prefix: "10.0.0.0/16", OriginASN: 1}, datasets.Route{Prefix: "10.1.0.0/16", OriginASN: 2},
		datasets.Route{Prefix: "10.2.0.0/16", OriginASN: 1}, datasets.Route{Prefix: "10.2.0.0/16", OriginASN: 2}, datasets.Route{Prefix: "10.3.0.0/16", OriginASN: 1},
		datasets.Route{Prefix: "10.4.0.0/16", OriginASN: 1})
	dump("b", first.Add(24*time.Hour), datasets.Route{Prefix: "10.3.0.0/16", OriginASN: 1})
	dump("b", first.Add(40*24*time.Hour), datasets.Route{Prefix: "10.3.0.0/16", OriginASN: 1})
	if _, err := Run(context.Background(), store, []Derivation{RouteStates(MinFullFeeds)}); err != nil {
		t.Fatal(err)
	}
	var got []string
	m, err := store.Manifests(datasets.RouteStates.Schema)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range m {
		for r, err := range datasets.RouteStates.Scan(store.Path(m)) {
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, fmt.Sprintf("%s %s AS%d %s (%s)", r.Time.Format("0102"), r.Prefix, r.OriginASN, r.NewlySeen, r.OriginsBefore))
		}
	}
	compareLines(t, got,
		"0101 10.0.0.0/16 AS1 unknown ()", "0101 10.1.0.0/16 AS1 unknown ()", "0101 10.2.0.0/16 AS1 unknown ()", "0101 10.3.0.0/16 AS1 unknown ()",
		"0102 10.0.0.0/16 AS1 no ()", "0102 10.1.0.0/16 AS2 yes (1)", "0102 10.2.0.0/16 AS1 no ()", "0102 10.2.0.0/16 AS2 yes (1)", "0102 10.3.0.0/16 AS1 no ()", "0102 10.4.0.0/16 AS1 yes ()",
		"0210 10.3.0.0/16 AS1 unknown ()")
}
