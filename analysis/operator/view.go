// Package operator answers what an operator asks about prefixes and ASes: what the dumps show of them, how their routes are
// judged, and what is missing.
package operator

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"tidemark/analysis"
	"tidemark/analysis/engine"
	"tidemark/datasets"
	"tidemark/datasets/table"
)

// View shows route_states at one time.
type View struct {
	Time     time.Time         // of the dumps
	From     []*table.Manifest // partitions of that time
	Standing analysis.Standing // what these rest on

	collectors map[string]string // whose dumps have routes of IPv4 and of IPv6, comma-separated; of a family without any it is not known what is announced

	engine *engine.Engine
}

// ErrNoStates is returned if the store has no routes to show.
var ErrNoStates = errors.New("no dump of that time or before is at hand; collect or import one, then run tidemark analyse")

// Reads are the datasets that a view reads.
var Reads = []*table.Schema{datasets.RouteStates.Schema, datasets.RouteHours.Schema, datasets.Delegations.Schema, datasets.Witnesses.Schema, datasets.ASNames.Schema, datasets.SpecialPrefixes.Schema,
	datasets.CountryStats.Schema, datasets.ASRegistrations.Schema, datasets.ASPAs.Schema, datasets.ASPAStates.Schema, datasets.ASPAHops.Schema,
	datasets.ASOrgs.Schema, datasets.IRRRoutes.Schema, datasets.ROAs.Schema, datasets.ROAChanges.Schema, datasets.RouteEvents.Schema, datasets.ASLinks.Schema,
	datasets.ASTopologies.Schema, datasets.ASDependencies.Schema, datasets.ExternalSeries.Schema}

// Open opens the newest dumps at or before a time; the zero time means the newest of all. If there are none, the error is
// ErrNoStates.
func Open(ctx context.Context, store *table.Store, at time.Time) (*View, error) {
	return open(ctx, store, at, engine.Options{})
}

// OpenForMany is Open for whoever asks of many networks: where there are few rows, they are read once.
func OpenForMany(ctx context.Context, store *table.Store, at time.Time) (*View, error) {
	return open(ctx, store, at, engine.Options{Many: true})
}

func open(ctx context.Context, store *table.Store, at time.Time, options engine.Options) (*View, error) {
	e, err := engine.Open(store, Reads, options)
	if err != nil {
		return nil, err
	}
	newest, err := e.Query(ctx, "SELECT time, family, collectors FROM route_hours WHERE ? OR time <= ? QUALIFY time = max(time) OVER ()", at.IsZero(), at)
	if err == nil && len(newest.Rows) == 0 {
		err = ErrNoStates
	}
	if err != nil {
		e.Close()
		return nil, err
	}
	v := &View{Time: newest.Rows[0][0].(time.Time), engine: e, collectors: map[string]string{}}
	for _, r := range newest.Rows {
		v.collectors[fmt.Sprintf("IPv%d", r[1])] = r[2].(string)
	}
	for _, m := range e.Partitions(datasets.RouteStates.Schema) {
		if m.Day().Equal(v.Time.Truncate(24 * time.Hour)) {
			v.From = append(v.From, m)
		}
	}
	if v.Standing, err = analysis.StandingOf(store.At, v.Time, v.From); err != nil {
		e.Close()
		return nil, err
	}
	return v, nil
}

// Close releases the database.
func (v *View) Close() error { return v.engine.Close() }

// originSQL is the origin of a row as text: an AS_SET or an AS number.
const originSQL = "CASE WHEN origin_set <> '' THEN origin_set ELSE CAST(origin_asn AS VARCHAR) END"

const routeColumns = `prefix, ` + originSQL + `, verdict, visibility, peers, full_feed_peers, full_feed_total, full_feed_ases,
    seen_by, rov_state, rov_reason, roa_date, roa_anchors, bogon_class, bogon_reason, special_registry_date, space_registry_date, moas, delegation,
    left_out, newly_seen, origins_before, coalesce((SELECT arg_max(name, (file_date, name)) FROM as_names WHERE asn = origin_asn AND origin_asn > 0), '')`

// routes returns the routes at the time of the view that meet a condition. where may end in an ORDER BY.
func (v *View) routes(ctx context.Context, where string, args ...any) ([]Route, error) {
	result, err := v.engine.Query(ctx, "SELECT "+routeColumns+" FROM route_states WHERE time = ? AND "+where, append([]any{v.Time}, args...)...)
	if err != nil {
		return nil, err
	}
	all := make([]Route, 0, len(result.Rows))
	for _, r := range result.Rows {
		all = append(all, Route{Prefix: r[0].(string), Origin: r[1].(string), Verdict: r[2].(string), Visibility: known[float64](r[3]), Peers: known[int64](r[4]),
			FullFeedPeers: known[int64](r[5]), FullFeedTotal: known[int64](r[6]), FullFeedASes: known[int64](r[7]), SeenBy: r[8].(string),
			ROV: r[9].(string), ROVReason: r[10].(string), ROADate: r[11].(string), ROAAnchors: r[12].(string), Bogon: r[13].(string), Reason: r[14].(string),
			SpecialDate: r[15].(string), SpaceDate: r[16].(string), MOAS: r[17].(bool), Delegation: r[18].(string), LeftOut: r[19].(string),
			New: r[20].(string), Before: r[21].(string), Name: r[22].(string)})
	}
	return all, nil
}

// known returns a value, or nil for null.
func known[T any](value any) *T {
	if v, ok := value.(T); ok {
		return &v
	}
	return nil
}

// Sighting is what the dumps of one hour showed of a prefix or an AS.
type Sighting struct {
	Time   string `json:"time"`
	Origin string `json:"origin,omitempty"`
	What   string `json:"what"`

	Collectors string `json:"collectors,omitempty"` // whose dumps they are, comma-separated

	Visibility *float64 `json:"visibility,omitempty"` // of a route, as share of the full-feed peers
}

// Few returns the names of collectors, comma-separated ones, as a sentence has them; of many how many there are.
func Few(collectors string) string {
	if n := 1 + strings.Count(collectors, ","); n > 3 {
		return fmt.Sprintf("%d collectors", n)
	}
	return strings.ReplaceAll(collectors, ",", ", ")
}

// oldest returns the day of the oldest file that proves something at the time of the view.
func (v *View) oldest(daysValid int) time.Time {
	return v.Time.AddDate(0, 0, -daysValid).Truncate(24 * time.Hour)
}
