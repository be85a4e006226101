// Package operator answers what an operator asks about prefixes and ASes: what the dumps show of them, how their routes are
// judged, and what is missing.
package operator

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
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

	hours map[string][]familyHour // with routes of IPv4 and of IPv6, up to the time of the view

	store  *table.Store
	engine *engine.Engine    // of route_states, it has that day
	states []*table.Manifest // of route_states up to that day

	many     bool
	openPast func() (*engine.Engine, error) // of route_states up to that day, opened once
	past     *engine.Engine
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
		v := &View{From: states[first:], store: store, states: states, many: many}
		v.openPast = sync.OnceValues(v.openStates)
		if err := v.openDay(ctx, newest, at); !errors.Is(err, ErrNoStates) {
			return v, err
		}
		states = states[:first] // all dumps of that day are later
	}
	return nil, ErrNoStates
}

// openDay opens the newest dumps of a day, at or before a time if that is not zero. If there are none, the error is ErrNoStates.
func (v *View) openDay(ctx context.Context, day, at time.Time) (err error) {
	v.engine, err = engine.Open(v.store, Reads, engine.Options{Many: v.many, Only: func(m *table.Manifest) bool {
		return m.Dataset != datasets.RouteStates.Name || m.Day().Equal(day)
	}})
	if err != nil {
		return err
	}
	hours, err := v.engine.Query(ctx, "SELECT time, family, collectors FROM route_hours WHERE time < ? AND (? OR time <= ?) ORDER BY time", day.AddDate(0, 0, 1), at.IsZero(), at)
	if err == nil && (len(hours.Rows) == 0 || hours.Rows[len(hours.Rows)-1][0].(time.Time).Before(day)) {
		err = ErrNoStates
	}
	if err == nil {
		v.hours = map[string][]familyHour{}
		for _, r := range hours.Rows {
			family := fmt.Sprintf("IPv%d", r[1])
			v.Time = r[0].(time.Time)
			v.hours[family] = append(v.hours[family], familyHour{v.Time, r[2].(string)})
		}
		v.Standing, err = analysis.StandingOf(v.store.At, v.Time, v.From)
	}
	if err != nil {
		v.engine.Close()
	}
	return err
}

// collectors returns whose dumps have routes of a family at the time of the view; where there are none, it is not known what is announced.
func (v *View) collectors(family string) string {
	hours := v.hours[family]
	if n := len(hours); n > 0 && hours[n-1].time.Equal(v.Time) {
		return hours[n-1].collectors
	}
	return ""
}

// familyHour is an hour in which dumps have routes of a family.
type familyHour struct {
	time       time.Time
	collectors string // comma-separated
}

func (v *View) openStates() (e *engine.Engine, err error) {
	v.past, err = engine.Open(v.store, []*table.Schema{datasets.RouteStates.Schema}, engine.Options{Many: v.many, Only: func(m *table.Manifest) bool { return !m.Day().After(v.Time) }})
	return v.past, err
}

// pastStates runs a query over route_states up to the day of the view; see engine.QueryPortions.
func (v *View) pastStates(ctx context.Context, query string, args ...any) (*table.Result, error) {
	if len(v.store.Portions(v.states)) == 1 {
		e, err := v.openPast()
		if err != nil {
			return nil, err
		}
		return e.Query(ctx, query, args...)
	}
	return engine.QueryPortions(ctx, v.store, datasets.RouteStates.Schema, v.states, query, args...)
}

// Close releases the databases.
func (v *View) Close() error {
	if v.past == nil {
		return v.engine.Close()
	}
	return errors.Join(v.engine.Close(), v.past.Close())
}

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
