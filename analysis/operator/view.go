// Package operator answers what an operator asks about prefixes and ASes: what the dumps show of them, how their routes are
// judged, and what is missing.
package operator

import (
	"context"
	"errors"
	"fmt"
	"slices"
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
	From     []*table.Manifest // partitions of that day
	Standing analysis.Standing // what these rest on

	collectors map[string]string // whose dumps have routes of IPv4 and of IPv6, comma-separated; of a family without any it is not known what is announced

	store  *table.Store
	engine *engine.Engine    // of route_states, it has that day
	states []*table.Manifest // of route_states up to that day
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
	return open(ctx, store, at, false)
}

// OpenForMany is Open for whoever asks of many networks: where there are few rows, they are read once.
func OpenForMany(ctx context.Context, store *table.Store, at time.Time) (*View, error) {
	return open(ctx, store, at, true)
}

func open(ctx context.Context, store *table.Store, at time.Time, many bool) (*View, error) {
	states, err := store.Manifests(datasets.RouteStates.Schema)
	if err != nil {
		return nil, err
	}
	if !at.IsZero() {
		states = slices.DeleteFunc(slices.Clone(states), func(m *table.Manifest) bool { return m.Day().After(at) })
	}
	for len(states) > 0 {
		newest := states[len(states)-1].Day()
		first := slices.IndexFunc(states, func(m *table.Manifest) bool { return m.Day().Equal(newest) })
		v := &View{From: states[first:], store: store, states: states}
		if err := v.openDay(ctx, newest, at, many); !errors.Is(err, ErrNoStates) {
			return v, err
		}
		states = states[:first] // all dumps of that day are later
	}
	return nil, ErrNoStates
}

// openDay opens the newest dumps of a day, at or before a time if that is not zero. If there are none, the error is ErrNoStates.
func (v *View) openDay(ctx context.Context, day, at time.Time, many bool) (err error) {
	v.engine, err = engine.Open(v.store, Reads, engine.Options{Many: many, Only: func(m *table.Manifest) bool {
		return m.Dataset != datasets.RouteStates.Name || m.Day().Equal(day)
	}})
	if err != nil {
		return err
	}
	newest, err := v.engine.Query(ctx, "SELECT time, family, collectors FROM route_hours WHERE time >= ? AND time < ? AND (? OR time <= ?) QUALIFY time = max(time) OVER ()",
		day, day.AddDate(0, 0, 1), at.IsZero(), at)
	if err == nil && len(newest.Rows) == 0 {
		err = ErrNoStates
	}
	if err == nil {
		v.Time, v.collectors = newest.Rows[0][0].(time.Time), map[string]string{}
		for _, r := range newest.Rows {
			v.collectors[fmt.Sprintf("IPv%d", r[1])] = r[2].(string)
		}
		v.Standing, err = analysis.StandingOf(v.store.At, v.Time, v.From)
	}
	if err != nil {
		v.engine.Close()
	}
	return err
}

// hours returns the hours with dumps up to the time of the view, and whose dumps have routes of a family then.
func (v *View) hours(ctx context.Context, family int64) ([]familyHour, error) {
	result, err := v.engine.Query(ctx, "SELECT time, collectors FROM route_hours WHERE family = ? AND time <= ? ORDER BY time", family, v.Time)
	if err != nil {
		return nil, err
	}
	var all []familyHour
	for _, r := range result.Rows {
		all = append(all, familyHour{r[0].(time.Time), r[1].(string)})
	}
	return all, nil
}

type familyHour struct {
	time       time.Time
	collectors string // comma-separated
}

// pastStates runs a query over route_states of the days from one to another, both included; see engine.QueryPortions.
func (v *View) pastStates(ctx context.Context, from, to time.Time, query string, args ...any) (*table.Result, error) {
	days := slices.DeleteFunc(slices.Clone(v.states), func(m *table.Manifest) bool { return m.Day().Before(from.Truncate(24*time.Hour)) || m.Day().After(to) })
	return engine.QueryPortions(ctx, v.store, datasets.RouteStates.Schema, days, query, args...)
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
