package watch

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"tidemark/datasets"
	"tidemark/datasets/table"
)

// hour is an hour with dumps, for one family; or a day with files, where a day is all that is known of their time.
type hour struct {
	at         time.Time
	family     uint32
	collectors []string // ascending
	heard      []string // runs of update files of collectors that make no dumps, ascending
	feeds      *int64   // peers with a full table; nil: not known
	feedASes   *int64   // distinct ASes of them
	why        string   // nothing is raised from it: why; empty: it is whole
}

// Hour is an hour with dumps, or a day with files, from which nothing is raised, with the reason.
type Hour struct {
	Time   time.Time `json:"time"`
	Family uint32    `json:"family,omitempty"` // 0: it is a day with files
	Why    string    `json:"why"`
}

// has reports whether the hour has dumps of all those collectors.
func (h *hour) has(collectors []string) bool {
	return !slices.ContainsFunc(collectors, func(c string) bool { return !slices.Contains(h.collectors, c) })
}

// readHours reads the hours with dumps, oldest first, and which of them are not whole.
func (f *finder) readHours(ctx context.Context) error {
	result, err := f.queryStates(ctx, `SELECT time, CAST(family AS BIGINT), string_agg(DISTINCT c, ',' ORDER BY c), max(total), max(ases)
    FROM (SELECT time, family, unnest(string_split(collectors, ',')) AS c, max(full_feed_total) AS total, max(full_feed_ases) AS ases FROM route_states GROUP BY time, family, collectors)
    GROUP BY time, family ORDER BY time, family`)
	if err != nil {
		return err
	}
	for _, r := range result.Rows {
		f.hours = append(f.hours, hour{at: r[0].(time.Time), family: uint32(r[1].(int64)), collectors: strings.Split(r[2].(string), ","), feeds: known(r[3]), feedASes: known(r[4])})
	}
	if err := f.leaveOutDamaged(); err != nil {
		return err
	}
	if err := f.leaveOutLossy(ctx); err != nil {
		return err
	}
	f.leaveOutIncomplete()
	return nil
}

// known returns a number, or nil for null.
func known(value any) *int64 {
	if n, ok := value.(int64); ok {
		return &n
	}
	return nil
}

func (f *finder) leaveOut(at time.Time, family uint32, why string) {
	for i := range f.hours {
		if h := &f.hours[i]; h.at.Equal(at) && (family == 0 || h.family == family) && h.why == "" {
			h.why = why
		}
	}
}

// maxSilence is for how long the dumps of a collector are expected to go on.
const maxSilence = 8 * 24 * time.Hour

// leaveOutIncomplete leaves out hours that a collector's dump is still missing from: it had one at the same time of an earlier day with
// the others, and none since that hour.
func (f *finder) leaveOutIncomplete() {
	newest := map[string]time.Time{}
	for _, h := range f.hours {
		for _, c := range h.collectors {
			newest[c] = h.at
		}
	}
	for i := range f.hours {
		h := &f.hours[i]
		for j := i - 1; j >= 0 && h.at.Sub(f.hours[j].at) <= maxSilence; j-- {
			before := f.hours[j]
			if before.family != h.family || before.at.Hour() != h.at.Hour() || before.at.Equal(h.at) || !slices.ContainsFunc(h.collectors, func(c string) bool { return slices.Contains(before.collectors, c) }) {
				continue
			}
			var missing []string
			for _, c := range before.collectors {
				if newest[c].Before(h.at) {
					missing = append(missing, c)
				}
			}
			if len(missing) > 0 && h.why == "" {
				h.why = "the dump of " + strings.Join(missing, ", ") + " is not there yet, as it was on " + before.at.Format(time.RFC3339)
			}
			break
		}
	}
}

// leaveOutDamaged leaves out hours with a dump whose file is damaged.
func (f *finder) leaveOutDamaged() error {
	for _, m := range f.engine.Partitions(datasets.TableStats.Schema) {
		if len(m.Damage) == 0 || len(m.Inputs) == 0 {
			continue
		}
		for row, err := range datasets.TableStats.Scan(f.store.Path(m)) {
			if err != nil {
				return err
			}
			f.leaveOut(row.DumpTime.Truncate(time.Hour), 0, fmt.Sprintf("%s is damaged: %s", m.Inputs[0].Name, m.Damage[0]))
			break // all its rows are of one dump
		}
	}
	return nil
}

// readDays reads the days with files of datasets, and which of them have a damaged one.
func (f *finder) readDays(schemas ...*table.Schema) {
	for _, s := range schemas {
		for _, m := range f.engine.Partitions(s) {
			days := f.days[s.Name]
			if len(days) == 0 || !days[len(days)-1].at.Equal(m.Day()) {
				days = append(days, hour{at: m.Day()})
			}
			if d := &days[len(days)-1]; len(m.Damage) > 0 && len(m.Inputs) > 0 && d.why == "" {
				d.why = fmt.Sprintf("%s is damaged: %s", m.Inputs[0].Name, m.Damage[0])
			}
			f.days[s.Name] = days
		}
	}
}

// wholeDays returns the days with files of a dataset of which none is damaged, oldest first.
func (f *finder) wholeDays(s *table.Schema) (days []*hour) {
	all := f.days[s.Name]
	for i := range all {
		if d := &all[i]; d.why == "" {
			days = append(days, d)
		}
	}
	return days
}

// isDamaged reports whether a file of a day is damaged.
func (f *finder) isDamaged(s *table.Schema, day time.Time) bool {
	return slices.ContainsFunc(f.days[s.Name], func(d hour) bool { return d.at.Equal(day) && d.why != "" })
}

// leaveOutLossy leaves out hours in which a collector has lost more than a tenth of the ASes that send it a full table.
func (f *finder) leaveOutLossy(ctx context.Context) error {
	result, err := f.engine.Query(ctx, `WITH dumps AS (
        SELECT collector, dump_time, family, count(DISTINCT vantage_asn) FILTER (WHERE vantage_address <> '') AS ases
        FROM table_stats WHERE metric = 'prefixes' AND source = 'rib' GROUP BY ALL),
    compared AS (SELECT *, lag(ases) OVER (PARTITION BY collector, family ORDER BY dump_time) AS before FROM dumps)
    SELECT date_trunc('hour', dump_time), CAST(family AS BIGINT), collector, ases, before FROM compared WHERE 10 * ases < 9 * before ORDER BY dump_time, family, collector`)
	if err != nil {
		return err
	}
	for _, r := range result.Rows {
		f.leaveOut(r[0].(time.Time), uint32(r[1].(int64)), fmt.Sprintf("%s has full tables of %d ASes, after %d in its dump before", r[2], r[3], r[4]))
	}
	return nil
}

// whole returns the hours of a family that are whole, oldest first.
func (f *finder) whole(family uint32) (hours []*hour) {
	for i := range f.hours {
		if h := &f.hours[i]; h.family == family && h.why == "" {
			hours = append(hours, h)
		}
	}
	return hours
}

// isWhole reports whether the dumps of an hour are whole, of a family or of at least one where it is 0.
func (f *finder) isWhole(at time.Time, family uint32) bool {
	return slices.ContainsFunc(f.hours, func(h hour) bool { return h.at.Equal(at) && (family == 0 || h.family == family) && h.why == "" })
}
