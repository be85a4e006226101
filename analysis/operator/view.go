// Package operator answers what an operator asks about prefixes and ASes: what the dumps show of them, how their routes are
// judged, and what is missing.
package operator

import (
	"context"
	"errors"
	"time"

	"tidemark/analysis/engine"
	"tidemark/datasets"
	"tidemark/datasets/table"
)

// View shows route_states at one time.
type View struct {
	Time time.Time         // of the dumps
	From []*table.Manifest // partitions of that time

	engine *engine.Engine
}

// ErrNoStates is returned if the store has no routes to show.
var ErrNoStates = errors.New("no dump of that time or before is at hand; collect or import one, then run tidemark analyse")

// Open opens the newest dumps at or before a time; the zero time means the newest of all. If there are none, the error is
// ErrNoStates.
func Open(ctx context.Context, store *table.Store, at time.Time) (*View, error) {
	schemas := []*table.Schema{datasets.RouteStates.Schema, datasets.Delegations.Schema, datasets.Witnesses.Schema, datasets.ASNames.Schema}
	e, err := engine.Open(store, schemas, engine.Options{})
	if err != nil {
		return nil, err
	}
	newest, err := e.Query(ctx, "SELECT max(time) FROM route_states WHERE ? OR time <= ?", at.IsZero(), at)
	if err == nil && (len(newest.Rows) == 0 || newest.Rows[0][0] == nil) {
		err = ErrNoStates
	}
	if err != nil {
		e.Close()
		return nil, err
	}
	v := &View{Time: newest.Rows[0][0].(time.Time), engine: e}
	for _, m := range e.Partitions(datasets.RouteStates.Schema) {
		if m.Day().Equal(v.Time.Truncate(24 * time.Hour)) {
			v.From = append(v.From, m)
		}
	}
	return v, nil
}

// Close releases the database.
func (v *View) Close() error { return v.engine.Close() }

// Route is a prefix with one of its origins at the time of the view.
type Route struct {
	Prefix     string  `json:"prefix"`
	Origin     string  `json:"origin"` // AS number, or an AS_SET
	Name       string  `json:"origin_name,omitempty"`
	Verdict    string  `json:"verdict"`
	Visibility float64 `json:"visibility"` // share of the full-feed peers
	Peers      int64   `json:"peers"`
	SeenBy     string  `json:"seen_by,omitempty"`
	ROV        string  `json:"rov_state"`
	ROVReason  string  `json:"rov_reason,omitempty"`
	Bogon      string  `json:"bogon_class"`
	Reason     string  `json:"bogon_reason,omitempty"`
	MOAS       bool    `json:"moas"`
	Delegation string  `json:"delegation,omitempty"`
	LeftOut    string  `json:"left_out,omitempty"`
	New        string  `json:"newly_seen"` // yes, no or unknown
	Before     string  `json:"origins_before,omitempty"`
}

// originSQL is the origin of a row as text: an AS_SET or an AS number.
const originSQL = "CASE WHEN origin_set <> '' THEN origin_set ELSE CAST(origin_asn AS VARCHAR) END"

const routeColumns = `prefix, ` + originSQL + `, verdict, visibility,
    CAST(peers AS BIGINT), seen_by, rov_state, rov_reason, bogon_class, bogon_reason, moas, delegation, left_out, newly_seen, origins_before,
    coalesce((SELECT arg_max(name, file_date) FROM as_names WHERE asn = origin_asn AND origin_asn > 0), '')`

// routes returns the routes at the time of the view that meet a condition. where may end in an ORDER BY.
func (v *View) routes(ctx context.Context, where string, args ...any) ([]Route, error) {
	result, err := v.engine.Query(ctx, "SELECT "+routeColumns+" FROM route_states WHERE time = ? AND "+where, append([]any{v.Time}, args...)...)
	if err != nil {
		return nil, err
	}
	all := make([]Route, 0, len(result.Rows))
	for _, r := range result.Rows {
		all = append(all, Route{Prefix: r[0].(string), Origin: r[1].(string), Verdict: r[2].(string), Visibility: r[3].(float64), Peers: r[4].(int64),
			SeenBy: r[5].(string), ROV: r[6].(string), ROVReason: r[7].(string), Bogon: r[8].(string), Reason: r[9].(string), MOAS: r[10].(bool),
			Delegation: r[11].(string), LeftOut: r[12].(string), New: r[13].(string), Before: r[14].(string), Name: r[15].(string)})
	}
	return all, nil
}

// isBogon reports whether the route is known to be a bogon.
func (r *Route) isBogon() bool { return r.Bogon != "none" && r.Bogon != "unknown" }

// Sighting is what the dumps of one hour showed of a prefix or an AS.
type Sighting struct {
	Time   string `json:"time"`
	Origin string `json:"origin,omitempty"`
	What   string `json:"what"`
}
