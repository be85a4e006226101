package pipeline

import (
	"net/netip"
	"testing"
	"time"

	"tidemark/datasets"
	"tidemark/datasets/table"
	"tidemark/internal/testkit/tables"
)

// TestOrigins: the longest route of the newest recent table decides, and of several origins the one that most peers see.
func TestOrigins(t *testing.T) {
	store := tables.Store(t)
	day := time.Date(2024, 3, 1, 0, 0, 0, 0, time.UTC)
	route := func(prefix string, asn uint32, peers int64) datasets.Route {
		return datasets.Route{Prefix: prefix, OriginASN: asn, Peers: &peers}
	}
	commit := func(at time.Time, name string, rows ...datasets.Route) {
		tables.Commit(t, store, datasets.Routes, table.Key{Day: at, Name: name}, rows...)
	}
	commit(day.AddDate(0, 0, -5), "old", route("60.0.0.0/8", 64501, 9), route("2a0f::/16", 64501, 9))
	commit(day.AddDate(0, 0, -1), "four", route("60.0.0.0/8", 64496, 3), route("60.1.0.0/16", 64498, 2), route("60.1.0.0/16", 64497, 2), route("60.1.0.0/16", 64499, 1),
		datasets.Route{Prefix: "0.0.0.0/0", OriginASN: 64500, LeftOut: "default-route"}, datasets.Route{Prefix: "61.0.0.0/8", OriginSet: "{64496,64497}"})
	commit(day.AddDate(0, 0, -1), "six", route("2a0f::/32", 64502, 1))
	commit(day.AddDate(0, 0, 1), "later", route("60.0.0.0/8", 64510, 9))

	of, err := (&Pipeline{store: store}).Origins(day)
	if err != nil {
		t.Fatal(err)
	}
	for address, want := range map[string]uint32{
		"60.0.0.1": 64496, "::ffff:60.0.0.1": 64496, "60.1.0.1": 64497, "2a0f::1": 64502, "2a0f:0:1::1": 64502, "2a0f:1::1": 0, "61.0.0.1": 0, "8.8.8.8": 0, "fe80::1%lo": 0,
	} {
		if got := of(netip.MustParseAddr(address)); got != want {
			t.Errorf("%s: AS%d, want AS%d", address, got, want)
		}
	}
	for _, at := range []time.Time{day.AddDate(0, 0, -6), day.AddDate(0, 2, 0)} {
		if of, err := (&Pipeline{store: store}).Origins(at); err != nil || of != nil {
			t.Errorf("on %s there is a table: %v", at.Format(time.DateOnly), err)
		}
	}
}
