package report

import (
	"cmp"
	"context"
	_ "embed"
	"fmt"
	"slices"
	"strings"
	"time"

	"tidemark/analysis/engine"
)

//go:embed ends.sql
var endsSQL string

// families in the order of the report.
var families = []int{4, 6}

// tableKey is a series of tables of one family.
type tableKey struct {
	family            int
	collector, source string
}

func (k tableKey) String() string {
	if k.source == "rib" {
		return k.collector
	}
	return k.collector + " (" + k.source + ")"
}

// end is the table that ends a year.
type end struct {
	time  time.Time // zero: there is none
	feeds int64     // ASes with full feeds
	// values by metric and key, of all peers together; low, median and high of those of the full-feed peers.
	values            map[string]float64
	low, median, high map[string]float64
}

// maker collects what the sections of a report are made from.
type maker struct {
	engine *engine.Engine
	year   int
	series map[int]tableKey                 // by family: of which collector the report speaks
	points map[tableKey]map[string][]Point  // by metric, in the order of time
	feeds  map[tableKey]map[time.Time]int64 // ASes with full feeds, by time
	ends   map[int]*[4]end                  // by family: of the years from three before to the report's
	// updated is the newest day with updates, by family and year.
	updated map[int]map[int]time.Time
	thin    string // which IPv6 table of the report's year was left out; empty: none
}

func newMaker(e *engine.Engine, year int) *maker {
	return &maker{engine: e, year: year, series: map[int]tableKey{}, points: map[tableKey]map[string][]Point{}, feeds: map[tableKey]map[time.Time]int64{}, ends: map[int]*[4]end{}, updated: map[int]map[int]time.Time{}}
}

// seriesMetrics are the metrics whose whole series are read.
const seriesMetrics = "'prefixes', 'origin_ases', 'address_span'"

// seriesSince is the time from which the report of a year needs series: the projection made a year before has its years before that.
func seriesSince(year int) time.Time { return endOf(year - 2 - fitYears).Add(-maxFromEnd) }

// readSeries reads the series of all collectors, and chooses one for each family.
func (m *maker) readSeries(ctx context.Context) error {
	result, err := m.engine.Query(ctx, `SELECT CAST(family AS BIGINT), collector, source, dump_time, metric, max(value) FILTER (WHERE vantage_address = ''),
		count(DISTINCT vantage_asn) FILTER (WHERE vantage_address <> '') FROM table_stats
		WHERE metric IN (`+seriesMetrics+`) AND dump_time >= ? AND dump_time <= ? GROUP BY ALL ORDER BY ALL`, seriesSince(m.year), endOf(m.year).Add(maxFromEnd))
	if err != nil {
		return err
	}
	for _, r := range result.Rows {
		value, ok := r[5].(float64)
		if !ok {
			continue
		}
		key, at, metric := tableKey{int(r[0].(int64)), r[1].(string), r[2].(string)}, r[3].(time.Time), r[4].(string)
		if m.points[key] == nil {
			m.points[key], m.feeds[key] = map[string][]Point{}, map[time.Time]int64{}
		}
		m.points[key][metric] = append(m.points[key][metric], Point{Time: at, Value: value})
		if metric == "prefixes" {
			m.feeds[key][at] = r[6].(int64)
		}
	}
	m.leaveOutThin()
	for _, family := range families {
		m.choose(family)
	}
	return nil
}

// keys returns the series of a family in a fixed order.
func (m *maker) keys(family int) (keys []tableKey) {
	for key := range m.points {
		if key.family == family {
			keys = append(keys, key)
		}
	}
	slices.SortFunc(keys, func(a, b tableKey) int {
		return cmp.Or(cmp.Compare(a.collector, b.collector), cmp.Compare(a.source, b.source))
	})
	return keys
}

// choose chooses the collector that ends the most years, and of those with equally many a dump before a table of others, then
// the one with the most full feeds and the largest table at its newest end.
func (m *maker) choose(family int) {
	type candidate struct {
		tableKey
		ends [4]end
		rank []float64
	}
	var best *candidate
	for _, key := range m.keys(family) {
		c := candidate{tableKey: key, rank: make([]float64, 5)}
		points := m.points[key]["prefixes"]
		for i := range c.ends {
			p := endPoint(points, m.year-3+i)
			if p == nil {
				continue
			}
			c.ends[i] = end{time: p.Time, feeds: m.feeds[key][p.Time]}
			c.rank[1]++
			c.rank[3], c.rank[4] = float64(c.ends[i].feeds), p.Value
		}
		if !c.ends[3].time.IsZero() {
			c.rank[0] = 1
		}
		if key.source == "rib" {
			c.rank[2] = 1
		}
		if c.rank[1] > 0 && (best == nil || slices.Compare(c.rank, best.rank) > 0) {
			best = &c
		}
	}
	m.ends[family] = new([4]end)
	if best != nil {
		m.series[family], *m.ends[family] = best.tableKey, best.ends
	}
}

// endPoint returns the point that ends a year: the nearest to the first of January, or else the last of the year.
func endPoint(points []Point, year int) (best *Point) {
	distance := func(p *Point) time.Duration { return p.Time.Sub(endOf(year)).Abs() }
	for i := range points {
		p := &points[i]
		if yearOf(p.Time) == year && (best == nil || distance(p) < distance(best)) {
			best = p
		}
	}
	return best
}

// readEnds reads all metrics of the tables that end the years.
func (m *maker) readEnds(ctx context.Context) error {
	for _, family := range families {
		key, ends := m.series[family], m.ends[family]
		result, err := m.engine.Query(ctx, `SELECT dump_time, metric || CASE key WHEN '' THEN '' ELSE ' ' || key END AS name, max(value) FILTER (WHERE vantage_address = ''),
			min(value) FILTER (WHERE vantage_address <> ''), median(value) FILTER (WHERE vantage_address <> ''), max(value) FILTER (WHERE vantage_address <> '')
			FROM table_stats WHERE family = ? AND collector = ? AND source = ? AND dump_time IN (?, ?, ?, ?) GROUP BY dump_time, name ORDER BY dump_time, name`,
			family, key.collector, key.source, ends[0].time, ends[1].time, ends[2].time, ends[3].time)
		if err != nil {
			return err
		}
		for i := range ends {
			e := &ends[i]
			columns := []*map[string]float64{&e.values, &e.low, &e.median, &e.high}
			for _, c := range columns {
				*c = map[string]float64{}
			}
			for _, r := range result.Rows {
				for n, c := range columns {
					if v, ok := r[n+2].(float64); ok && r[0].(time.Time).Equal(e.time) {
						(*c)[r[1].(string)] = v
					}
				}
			}
		}
	}
	return nil
}

// readRoutes reads the routes of the tables that sections compare, for their queries.
func (m *maker) readRoutes(ctx context.Context) error {
	var args []any
	for _, family := range families {
		args = append(args, m.series[family].collector)
		for _, e := range m.ends[family] {
			args = append(args, e.time)
		}
		week, _ := m.lastWeek(family)
		args = append(args, week)
	}
	_, err := m.engine.Query(ctx, endsSQL, args...)
	return err
}

// comparable reports whether the year between two ends is one: growth over seven months is not that of a year.
func comparable(before, now end) bool {
	days := now.time.Sub(before.time).Hours() / 24
	return !before.time.IsZero() && !now.time.IsZero() && days > 350 && days < 381
}

// yearsTable returns an empty table of the three years of a family, on the tables that end them.
func (m *maker) yearsTable(family int, title string) Years {
	y := Years{Title: fmt.Sprintf("IPv%d%s", family, title), Years: m.years(), AsOf: make([]string, 3)}
	var feeds []string
	for i := range 3 {
		if e := m.ends[family][i+1]; !e.time.IsZero() {
			y.AsOf[i] = e.time.Format(time.DateOnly)
			if n := m.feeds[m.series[family]][e.time]; m.series[family].source == "rib" {
				feeds = append(feeds, fmt.Sprint(n))
			}
		}
	}
	switch key := m.series[family]; {
	case key.collector == "" && key.source == "":
		y.Basis = fmt.Sprintf("No full IPv%d table of these years", family)
	case len(feeds) > 0:
		y.Basis = fmt.Sprintf("Tables of %s; ASes with full feeds: %s", key, strings.Join(feeds, ", "))
	default:
		y.Basis = fmt.Sprintf("Tables of %s, which name no peers", key)
	}
	return y
}

// need says which table is missing for a value of the report's year.
func (m *maker) need(family int) string {
	if m.ends[family][3].time.IsZero() {
		if family == 6 && m.thin != "" {
			return m.thin
		}
		return fmt.Sprintf("needs a dump or table with IPv%d prefixes of %d, best of about 1 January %d", family, m.year, m.year+1)
	}
	return ""
}
