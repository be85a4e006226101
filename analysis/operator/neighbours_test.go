package operator

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"tidemark/datasets"
	"tidemark/datasets/table"
	"tidemark/internal/testkit/tables"
)

// TestNeighbours reads relations from the side of the AS asked for, whether its number is the lower one or not.
func TestNeighbours(t *testing.T) {
	store := tables.Store(t)
	first, second := time.Date(2020, 1, 1, 8, 0, 0, 0, time.UTC), time.Date(2020, 2, 1, 8, 0, 0, 0, time.UTC)
	for _, at := range []time.Time{first, second} {
		key := table.Key{Day: at, Name: at.Format(time.DateOnly)}
		tables.Commit(t, store, datasets.RouteStates, key, datasets.RouteState{Time: at, Collectors: "rrc00", Family: 4, Prefix: "192.0.2.0/24", PrefixLength: 24, OriginASN: 20})
		links := []datasets.ASLink{
			{Time: at, Family: 4, ASNA: 10, ASNB: 20, Relation: "provider", Basis: "top-down", Paths: 9, Vantages: 3, Of: 4},
			{Time: at, Family: 4, ASNA: 20, ASNB: 30, Relation: "provider", Basis: "top-down", Paths: 2, Vantages: 1, Of: 4},
			{Time: at, Family: 4, ASNA: 20, ASNB: 40, Relation: "unknown", Basis: "undecided", Paths: 1, Vantages: 1, Of: 4},
		}
		if at.Equal(second) {
			links = append(links, datasets.ASLink{Time: at, Family: 4, ASNA: 5, ASNB: 20, Relation: "customer", Basis: "folded-peers", Paths: 1, Vantages: 1, Of: 4})
		}
		tables.Commit(t, store, datasets.ASLinks, key, links...)
		tables.Commit(t, store, datasets.ASTopologies, key, datasets.ASTopology{Time: at, Family: 4, ASN: 20, Providers: 1, Customers: 2, Unknown: 1, ConeASes: 3, Vantages: 4})
	}
	view := opened(t, store, time.Time{})
	s, err := view.AS(t.Context(), 20)
	if err != nil || len(s.Topology) != 1 {
		t.Fatalf("%+v, %v", s, err)
	}
	top := s.Topology[0]
	var got []string
	for _, n := range top.Neighbours {
		got = append(got, fmt.Sprintf("%s %d since %s", n.Relation, n.ASN, n.Since))
	}
	if want := []string{"provider 10 since 2020-01-01", "customer 30 since 2020-01-01", "customer 5 since 2020-02-01", "unknown 40 since 2020-01-01"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	if want := []string{"provider", "customer", "unknown"}; !slices.Equal(top.Relations(), want) || top.Total("customer") != 2 {
		t.Errorf("relations %q, %d customers", top.Relations(), top.Total("customer"))
	}
	if want := "unknown, of full feeds of 3 ASes or more (0)"; top.Share() != want {
		t.Errorf("%q, want %q", top.Share(), want)
	}
}
