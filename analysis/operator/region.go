package operator

import (
	"cmp"
	"context"
	_ "embed"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"tidemark/analysis"
	"tidemark/datasets"
	"tidemark/datasets/table"
	"tidemark/internal/quantity"
)

// Axis is what regions are told apart by: the column of the datasets.
type Axis string

// Axes.
const (
	ByCountry  Axis = "country"
	ByRegistry Axis = "registry"
)

// Region is what is announced under a registration: that of a country code, or of a regional registry.
type Region struct {
	Code     string            `json:"code"` // as registered; unknown: no delegation file says
	Name     string            `json:"name"`
	Time     string            `json:"time"`
	FileDate string            `json:"file_date,omitempty"` // days of the delegation files, comma-separated; empty: none
	Before   string            `json:"before,omitempty"`    // time of the table that the changes are from; empty: none is comparable
	IPv4     RegionFamily      `json:"ipv4"`
	IPv6     RegionFamily      `json:"ipv6"`
	Context  []RegionContext   `json:"compared_with"`     // its regional registry, and the world
	ASNs     *int64            `json:"delegated_asns"`    // null: unknown
	Largest  []RegionAS        `json:"largest"`           // by IPv4 space, then IPv6 space, at most ten
	Years    []RegionYear      `json:"delegated_by_year"` // the newest ten that files cover to their last day, the newest first
	Users    []RegionUsers     `json:"users"`             // with IPv6, as others measure them; of countries only
	Standing analysis.Standing `json:"standing"`
}

// RegionFamily are the figures of a family. Spans are in IPv4 addresses or IPv6 /64s.
type RegionFamily struct {
	RegionCount
	Earlier   *RegionCount `json:"earlier,omitempty"` // of the table before
	Delegated *float64     `json:"delegated"`         // space that is registered here; null: unknown
	Announced float64      `json:"space_announced"`   // part of it, and of undelegated space, that is announced by whomever
}

// RegionCount are the figures that are compared: by the registration of the origin ASes.
type RegionCount struct {
	Rank     int64   `json:"rank"` // by span; 0: no space, or unknown
	Prefixes int64   `json:"prefixes"`
	ASes     int64   `json:"ases"`
	Span     float64 `json:"span"`
	Both     int64   `json:"ases_of_both_families"`
	Valid    int64   `json:"valid_routes"`
	Invalid  int64   `json:"invalid_routes"`
	NotFound int64   `json:"not_found_routes"`
	Unknown  int64   `json:"unknown_routes"`
}

// RegionContext are the figures of a larger region, with which those of a region are compared.
type RegionContext struct {
	Name string      `json:"name"`
	IPv4 RegionCount `json:"ipv4"`
	IPv6 RegionCount `json:"ipv6"`
}

// add adds the figures of a part; ranks have no sum.
func (c *RegionCount) add(part RegionCount) {
	c.Prefixes += part.Prefixes
	c.ASes += part.ASes
	c.Span += part.Span
	c.Both += part.Both
	c.Valid += part.Valid
	c.Invalid += part.Invalid
	c.NotFound += part.NotFound
	c.Unknown += part.Unknown
}

// RegionAS is an AS registered in the region.
type RegionAS struct {
	ASN          uint32  `json:"asn"`
	Name         string  `json:"name,omitempty"`
	IPv4Prefixes int64   `json:"ipv4_prefixes"`
	IPv4Span     float64 `json:"ipv4_span"`
	IPv6Prefixes int64   `json:"ipv6_prefixes"`
	IPv6Span     float64 `json:"ipv6_span"`
}

// RegionUsers is the share of a country's users with IPv6 in a month, as a publisher gives it.
type RegionUsers struct {
	Publisher string   `json:"publisher"`
	Measure   string   `json:"measure"`
	Month     string   `json:"month"` // YYYY-MM
	Share     float64  `json:"share"` // from 0 to 1: the mean of the month's days
	Unit      string   `json:"unit"`  // percent of users or percent of requests: what the share is of
	Days      int64    `json:"days"`
	Samples   *float64 `json:"samples_a_day"` // null: the publisher does not say
}

// Percent returns the share in percent with one decimal.
func (u RegionUsers) Percent() string { return quantity.Percent(u.Share) }

// Whole returns what the share is of: users or requests.
func (u RegionUsers) Whole() string { return strings.TrimPrefix(u.Unit, "percent of ") }

// Sampled returns how many users the publisher examined on a day, rounded, or unknown.
func (u RegionUsers) Sampled() string {
	if u.Samples == nil {
		return "unknown"
	}
	return quantity.Group(strconv.FormatFloat(*u.Samples, 'f', 0, 64))
}

// Addresses returns the IPv4 space as a whole number.
func (a RegionAS) Addresses() int64 { return int64(a.IPv4Span) }

// Routes returns how many routes there are.
func (f RegionCount) Routes() int64 { return f.Valid + f.Invalid + f.NotFound + f.Unknown }

// ASes returns how many ASes originate prefixes of any family, and how many of them of IPv6.
func (r *Region) ASes() (all, ipv6 int64) {
	return r.IPv4.ASes + r.IPv6.ASes - r.IPv4.Both, r.IPv6.ASes
}

//go:embed countries.txt
var countryNames string

// names are the English names of codes and registries; codes of registries for no single country have one too.
var names = func() map[string]string {
	all := map[string]string{"EU": "Europe (code of a registry, not of a country)", "AP": "Asia and Pacific (code of a registry, not of a country)",
		"ZZ": "No country given", "unknown": "Unknown", "afrinic": "AFRINIC", "apnic": "APNIC", "arin": "ARIN", "lacnic": "LACNIC", "ripencc": "RIPE NCC"}
	for line := range strings.Lines(countryNames) {
		if code, name, ok := strings.Cut(strings.TrimSpace(line), "\t"); ok && all[code] == "" {
			all[code] = name
		}
	}
	return all
}()

// regionName returns the name of a code, or the code itself.
func regionName(code string) string {
	if name := names[code]; name != "" {
		return name
	}
	return code
}

// IsCountry reports whether delegations give a code as a country: one of ISO 3166, or a registry's own for no single country.
func IsCountry(code string) bool { return len(code) == 2 && names[code] != "" }

// Regions returns all regions of the time of the view, the one with the most IPv4 space first and the unknown last.
func (v *View) Regions(ctx context.Context, by Axis) ([]*Region, error) {
	before, err := v.yearBefore(ctx)
	if err != nil {
		return nil, err
	}
	regions, err := v.regionCounts(ctx, by, before)
	if err != nil {
		return nil, err
	}
	if err := v.compare(ctx, by, regions); err != nil {
		return nil, err
	}
	if err := v.largest(ctx, by, regions); err != nil {
		return nil, err
	}
	if err := v.delegated(ctx, by, regions); err != nil {
		return nil, err
	}
	if by == ByCountry {
		if err := v.users(ctx, regions); err != nil {
			return nil, err
		}
	}
	return slices.SortedFunc(maps.Values(regions), compareRegions), nil
}

// regionCounts returns the regions with their figures now and of the table before, by code.
func (v *View) regionCounts(ctx context.Context, by Axis, before time.Time) (map[string]*Region, error) {
	found, err := v.engine.Query(ctx, fmt.Sprintf(`SELECT %[1]s, family, registration, time, max(file_date),
    CAST(sum(prefixes) AS BIGINT), CAST(sum(ases) AS BIGINT), CAST(sum(ases_both) AS BIGINT), CAST(sum(span) AS DOUBLE),
    CAST(sum(valid_routes) AS BIGINT), CAST(sum(invalid_routes) AS BIGINT), CAST(sum(not_found_routes) AS BIGINT), CAST(sum(unknown_routes) AS BIGINT),
    CAST(sum(delegated) AS DOUBLE), CAST(sum(delegated_asns) AS BIGINT),
    CASE WHEN %[1]s <> 'unknown' AND sum(span) > 0 THEN rank() OVER (PARTITION BY family, registration, time, %[1]s = 'unknown' ORDER BY sum(span) DESC) ELSE 0 END
    FROM country_stats WHERE time = ? OR time = ? GROUP BY %[1]s, family, registration, time ORDER BY ALL`, by), v.Time, before)
	if err != nil {
		return nil, err
	}
	regions := map[string]*Region{}
	for _, row := range found.Rows {
		code := row[0].(string)
		r := regions[code]
		if r == nil {
			r = &Region{Code: code, Name: regionName(code), Time: v.Time.Format(time.RFC3339), Standing: v.Standing}
			if !before.IsZero() {
				r.Before = before.Format(time.RFC3339)
			}
			regions[code] = r
		}
		f := &r.IPv4
		if row[1].(int64) == 6 {
			f = &r.IPv6
		}
		f.set(r, row, row[3].(time.Time).Equal(v.Time))
	}
	return regions, nil
}

// compare sets with what regions are compared: the registry with which most of their ASes are registered, and the world.
func (v *View) compare(ctx context.Context, by Axis, regions map[string]*Region) error {
	world := RegionContext{Name: "World"}
	for _, r := range regions {
		world.IPv4.add(r.IPv4.RegionCount)
		world.IPv6.add(r.IPv6.RegionCount)
	}
	registries := map[string]*Region{}
	if by == ByCountry {
		var err error
		if registries, err = v.regionCounts(ctx, ByRegistry, time.Time{}); err != nil {
			return err
		}
	}
	mostly, err := v.engine.Query(ctx, `SELECT country, arg_max(registry, (ases, registry)) FROM
    (SELECT country, registry, sum(ases) AS ases FROM country_stats WHERE time = ? AND registration = 'as' GROUP BY ALL) GROUP BY country`, v.Time)
	if err != nil {
		return err
	}
	for _, row := range mostly.Rows {
		r, registry := regions[row[0].(string)], registries[row[1].(string)]
		if r != nil && registry != nil && r.Code != "unknown" && registry.Code != "unknown" {
			r.Context = append(r.Context, RegionContext{registry.Name, registry.IPv4.RegionCount, registry.IPv6.RegionCount})
		}
	}
	for _, r := range regions {
		r.Context = append(r.Context, world)
	}
	return nil
}

// RegionsFrom returns the partitions that regions are read from.
func (v *View) RegionsFrom() (from []*table.Manifest) {
	registered := map[string]bool{} // by the partitions with these names
	for _, m := range v.engine.Partitions(datasets.CountryStats.Schema, datasets.ASRegistrations.Schema) {
		if m.Day().Equal(v.Time.Truncate(24 * time.Hour)) {
			from = append(from, m)
			for _, in := range m.Inputs {
				registered[in.Name] = true
			}
		}
	}
	for _, m := range v.engine.Partitions(datasets.Delegations.Schema) {
		if registered[m.AsInput().Name] {
			from = append(from, m)
		}
	}
	for _, m := range v.engine.Partitions(datasets.ExternalSeries.Schema) {
		if slices.ContainsFunc(m.Inputs, func(in table.Input) bool {
			kind, _, _ := strings.Cut(in.Name, "/")
			return slices.Contains([]string{"google-ipv6", "apnic-ipv6", "ipv6-users"}, kind)
		}) {
			from = append(from, m)
		}
	}
	return from
}

func compareRegions(a, b *Region) int {
	key := func(r *Region) (last int, span4, span6 float64) {
		if r.Code == "unknown" {
			last = 1
		}
		return last, -r.IPv4.Span, -r.IPv6.Span
	}
	la, a4, a6 := key(a)
	lb, b4, b6 := key(b)
	return cmp.Or(cmp.Compare(la, lb), cmp.Compare(a4, b4), cmp.Compare(a6, b6), strings.Compare(a.Code, b.Code))
}

// set copies a row of country_stats: the columns stand in the order of the query.
func (f *RegionFamily) set(r *Region, row []any, now bool) {
	count := RegionCount{Rank: row[15].(int64), Prefixes: row[5].(int64), ASes: row[6].(int64), Both: row[7].(int64), Span: row[8].(float64),
		Valid: row[9].(int64), Invalid: row[10].(int64), NotFound: row[11].(int64), Unknown: row[12].(int64)}
	switch byAS := row[2] == "as"; {
	case byAS && now:
		f.RegionCount = count
		r.ASNs, r.FileDate = known[int64](row[14]), max(r.FileDate, row[4].(string))
	case byAS:
		f.Earlier = &count
	case now:
		f.Delegated, f.Announced = known[float64](row[13]), count.Span
		r.FileDate = max(r.FileDate, row[4].(string))
	}
}

// yearBefore returns the newest table of the same collectors 330 to 430 days before; the zero time if there is none.
func (v *View) yearBefore(ctx context.Context) (time.Time, error) {
	const hours = `SELECT time, string_agg(DISTINCT collector, ';' ORDER BY collector) FROM
    (SELECT DISTINCT time, unnest(string_split(collectors, ',')) AS collector FROM route_states WHERE time BETWEEN ? AND ?) GROUP BY time ORDER BY time`
	now, err := v.engine.Query(ctx, hours, v.Time, v.Time)
	if err != nil || len(now.Rows) == 0 {
		return time.Time{}, err
	}
	from, to := v.Time.AddDate(0, 0, -430), v.Time.AddDate(0, 0, -330)
	before, err := v.pastStates(ctx, from, to, hours, from, to)
	if err != nil {
		return time.Time{}, err
	}
	for _, hour := range slices.Backward(before.Rows) {
		if hour[1] == now.Rows[0][1] {
			return hour[0].(time.Time), nil
		}
	}
	return time.Time{}, nil
}

// largest sets the largest networks of the regions.
func (v *View) largest(ctx context.Context, by Axis, regions map[string]*Region) error {
	result, err := v.engine.Query(ctx, fmt.Sprintf(`SELECT %[1]s, CAST(asn AS BIGINT), coalesce(name, ''), ipv4_prefixes, ipv4_span, ipv6_prefixes, ipv6_span
    FROM as_registrations LEFT JOIN (SELECT asn, arg_max(name, (file_date, name)) AS name FROM as_names GROUP BY asn) AS names USING (asn) WHERE time = ?
    QUALIFY row_number() OVER (PARTITION BY %[1]s ORDER BY ipv4_span DESC, ipv6_span DESC, asn) <= 10 ORDER BY %[1]s, ipv4_span DESC, ipv6_span DESC, asn`, by), v.Time)
	if err != nil {
		return err
	}
	for _, row := range result.Rows {
		if r := regions[row[0].(string)]; r != nil {
			r.Largest = append(r.Largest, RegionAS{ASN: uint32(row[1].(int64)), Name: row[2].(string), IPv4Prefixes: row[3].(int64), IPv4Span: row[4].(float64), IPv6Prefixes: row[5].(int64), IPv6Span: row[6].(float64)})
		}
	}
	return nil
}

// users sets what others measured of the countries' users, of the newest month of each publisher and measure in the year before the
// time of the view.
func (v *View) users(ctx context.Context, regions map[string]*Region) error {
	result, err := v.engine.Query(ctx, `WITH months AS (
        SELECT country, CASE series WHEN 'google-ipv6' THEN 'Google' WHEN 'apnic-ipv6' THEN 'APNIC Labs' ELSE publisher END AS publisher, category, unit,
            strftime(time, '%Y-%m') AS month, avg(value) / 100 AS share, count(DISTINCT time) AS days, avg(n) AS samples
        FROM external_series WHERE country <> '' AND unit <> 'sites' AND time BETWEEN ? AND ? GROUP BY ALL)
    SELECT country, publisher, category, unit, month, share, days, samples FROM months
    QUALIFY row_number() OVER (PARTITION BY country, publisher, category, unit ORDER BY month DESC) = 1
    ORDER BY country, unit DESC, publisher, category`, v.Time.AddDate(-1, 0, 0), v.Time)
	if err != nil {
		return err
	}
	for _, row := range result.Rows {
		if r := regions[row[0].(string)]; r != nil {
			r.Users = append(r.Users, RegionUsers{Publisher: row[1].(string), Measure: row[2].(string), Unit: row[3].(string), Month: row[4].(string), Share: row[5].(float64), Days: row[6].(int64), Samples: known[float64](row[7])})
		}
	}
	return nil
}
