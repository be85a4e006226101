package operator

import (
	"context"
	"fmt"
	"slices"
	"tidemark/internal/quantity"
	"time"
)

// Topology is what the paths of a family show of the neighbours of an AS.
type Topology struct {
	Family        string      `json:"family"` // IPv4 or IPv6
	Clique        bool        `json:"in_clique"`
	TransitDegree int64       `json:"transit_degree"`
	Providers     int64       `json:"providers"`
	Peers         int64       `json:"peers"`
	Customers     int64       `json:"customers"`
	Unknown       int64       `json:"unknown_neighbours"`
	ConeASes      int64       `json:"cone_ases"`
	ConePrefixes  int64       `json:"cone_prefixes"`
	Hegemony      *float64    `json:"hegemony"` // nil: too few full feeds
	FullFeeds     int64       `json:"full_feed_ases"`
	Vantages      int64       `json:"vantages_total"`
	Neighbours    []Neighbour `json:"neighbours"` // at most maxNeighbours of a relation

	Dependencies []Dependency `json:"dependencies"` // the largest, at most maxDependencies
}

// Dependency is an AS on the paths to another.
type Dependency struct {
	ASN       uint32  `json:"asn"`
	Name      string  `json:"name,omitempty"`
	Hegemony  float64 `json:"hegemony"` // local: share of the paths to the other AS
	FullFeeds int64   `json:"full_feed_ases"`
}

// maxDependencies bounds the list of ASes on which another depends.
const maxDependencies = 10

// Share returns the local hegemony as text.
func (d *Dependency) Share() string {
	return fmt.Sprintf("%s, full feeds of %d ASes", quantity.Percent(d.Hegemony), d.FullFeeds)
}

// Neighbour is an AS beside another, with the evidence for what it is to that.
type Neighbour struct {
	ASN      uint32 `json:"asn"`
	Name     string `json:"name,omitempty"`
	Relation string `json:"relation"` // provider, peer, customer or unknown
	Basis    string `json:"basis"`
	Paths    int64  `json:"paths"`
	Vantages int64  `json:"vantages"`
	Since    string `json:"since"` // day of the first dump at hand that shows the two beside each other
}

// maxNeighbours bounds the list of neighbours of a relation: the largest networks have thousands of customers.
const maxNeighbours = 50

// Of returns the neighbours of a relation, those that most vantage points show first.
func (t *Topology) Of(relation string) (found []Neighbour) {
	for _, n := range t.Neighbours {
		if n.Relation == relation {
			found = append(found, n)
		}
	}
	return found
}

// Relations returns the relations in which the AS has neighbours, in the order in which they are shown.
func (t *Topology) Relations() []string {
	return slices.DeleteFunc([]string{"provider", "peer", "customer", "unknown"}, func(r string) bool { return len(t.Of(r)) == 0 })
}

// Total returns how many neighbours of a relation the AS has.
func (t *Topology) Total(relation string) int64 {
	return map[string]int64{"provider": t.Providers, "peer": t.Peers, "customer": t.Customers, "unknown": t.Unknown}[relation]
}

// Share returns the hegemony as text.
func (t *Topology) Share() string {
	if t.Hegemony == nil {
		return fmt.Sprintf("unknown, of full feeds of 3 ASes or more (%d)", t.FullFeeds)
	}
	return fmt.Sprintf("%s, full feeds of %d ASes", quantity.Percent(*t.Hegemony), t.FullFeeds)
}

// topologies returns what the paths show of an AS, by family.
func (v *View) topologies(ctx context.Context, n uint32) (all []Topology, err error) {
	found, err := v.engine.Query(ctx, `SELECT family, in_clique, transit_degree, providers, peers, customers, unknown_neighbours, cone_ases, cone_prefixes, hegemony, full_feed_ases, vantages_total
    FROM as_topology WHERE time = ? AND asn = ? ORDER BY family`, v.Time, int64(n))
	if err != nil {
		return nil, err
	}
	for _, r := range found.Rows {
		t := Topology{Family: fmt.Sprint("IPv", r[0]), Clique: r[1].(bool), TransitDegree: r[2].(int64), Providers: r[3].(int64), Peers: r[4].(int64), Customers: r[5].(int64),
			Unknown: r[6].(int64), ConeASes: r[7].(int64), ConePrefixes: r[8].(int64), Hegemony: known[float64](r[9]), FullFeeds: r[10].(int64), Vantages: r[11].(int64)}
		if t.Neighbours, err = v.neighbours(ctx, n, r[0]); err != nil {
			return nil, err
		}
		if t.Dependencies, err = v.dependencies(ctx, n, r[0]); err != nil {
			return nil, err
		}
		all = append(all, t)
	}
	return all, nil
}

func (v *View) neighbours(ctx context.Context, n uint32, family any) (all []Neighbour, err error) {
	asn := int64(n)
	found, err := v.engine.Query(ctx, `WITH links AS (
        SELECT time, as_b AS asn, CASE relation WHEN 'provider' THEN 'customer' WHEN 'customer' THEN 'provider' ELSE relation END AS relation, basis, paths, vantages
        FROM as_links WHERE as_a = ? AND family = ? AND time <= ?
        UNION ALL SELECT time, as_a, relation, basis, paths, vantages FROM as_links WHERE as_b = ? AND family = ? AND time <= ?
    ),
    since AS (SELECT asn, min(time) AS since FROM links GROUP BY asn),
    names AS (SELECT asn, arg_max(name, (file_date, name)) AS name FROM as_names GROUP BY asn)
    SELECT CAST(asn AS BIGINT), coalesce(name, ''), relation, basis, paths, vantages, since
    FROM links JOIN since USING (asn) LEFT JOIN names USING (asn) WHERE time = ?
    QUALIFY row_number() OVER (PARTITION BY relation ORDER BY vantages DESC, paths DESC, asn) <= ?
    ORDER BY list_position(['provider', 'peer', 'customer', 'unknown'], relation), vantages DESC, paths DESC, asn`,
		asn, family, v.Time, asn, family, v.Time, v.Time, maxNeighbours)
	if err != nil {
		return nil, err
	}
	for _, r := range found.Rows {
		all = append(all, Neighbour{ASN: uint32(r[0].(int64)), Name: r[1].(string), Relation: r[2].(string), Basis: r[3].(string), Paths: r[4].(int64), Vantages: r[5].(int64),
			Since: r[6].(time.Time).Format(time.DateOnly)})
	}
	return all, nil
}

func (v *View) dependencies(ctx context.Context, n uint32, family any) ([]Dependency, error) {
	found, err := v.engine.Query(ctx, `WITH names AS (SELECT asn, arg_max(name, (file_date, name)) AS name FROM as_names GROUP BY asn)
    SELECT CAST(on_asn AS BIGINT), coalesce(name, ''), hegemony, full_feed_ases
    FROM as_dependencies LEFT JOIN names ON names.asn = on_asn WHERE time = ? AND family = ? AND as_dependencies.asn = ? ORDER BY hegemony DESC, on_asn LIMIT ?`,
		v.Time, family, int64(n), int64(maxDependencies))
	if err != nil {
		return nil, err
	}
	all := []Dependency{}
	for _, r := range found.Rows {
		all = append(all, Dependency{ASN: uint32(r[0].(int64)), Name: r[1].(string), Hegemony: r[2].(float64), FullFeeds: r[3].(int64)})
	}
	return all, nil
}
