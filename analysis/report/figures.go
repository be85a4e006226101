package report

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// figure is a figure that follows from the metrics of one table.
type figure struct {
	label, unit string
	digits      int
	of          func(e *end, family int) *float64
	vantages    string // the figure is the median of this metric over the vantage points
	grows       bool
	need        string // what else it needs
	only        int    // family; 0: both
}

// metric returns the function for a metric of all peers together.
func metric(name string) func(*end, int) *float64 {
	return func(e *end, _ int) *float64 { return known(e.values, name) }
}

func known(values map[string]float64, name string) *float64 {
	if v, ok := values[name]; ok {
		return &v
	}
	return nil
}

// ratio returns the function for a quotient of two metrics, times a factor.
func ratio(above, below string, factor float64) func(*end, int) *float64 {
	return func(e *end, _ int) *float64 {
		a, b := known(e.values, above), known(e.values, below)
		if a == nil || b == nil || *b == 0 {
			return nil
		}
		return pointer(factor * *a / *b)
	}
}

// Space that may be routed: IPv4 without the blocks that RFC 6890 reserves and without multicast and 240/4; of IPv6, 2000::/3
// in /64s.
const (
	usableIPv4 = 1<<32 - 588_514_304
	usableIPv6 = 1 << 61
)

func usable(family int) float64 {
	if family == 4 {
		return usableIPv4
	}
	return usableIPv6
}

func shareOfUsable(e *end, family int) *float64 {
	if span := known(e.values, "address_span"); span != nil {
		return pointer(100 * *span / usable(family))
	}
	return nil
}

// averageLength is the length of a prefix of the average size.
func averageLength(e *end, family int) *float64 {
	span, n := known(e.values, "address_span"), known(e.values, "prefixes")
	if span == nil || n == nil || *n == 0 || *span == 0 {
		return nil
	}
	bits := 32.0
	if family == 6 {
		bits = 64
	}
	return pointer(bits - math.Log2(*span / *n))
}

// meanLength is the mean of the prefixes' lengths.
func meanLength(e *end, _ int) *float64 {
	sum, n := 0.0, 0.0
	for name, count := range e.values {
		if length, ok := strings.CutPrefix(name, "prefixes_by_length "); ok {
			bits, err := strconv.Atoi(length)
			if err != nil {
				return nil
			}
			sum, n = sum+float64(bits)*count, n+count // whole numbers: the order does not matter
		}
	}
	if n == 0 {
		return nil
	}
	return pointer(sum / n)
}

// transitOnly counts the transit ASes that originate nothing: a stub is an origin that is not transit.
func transitOnly(e *end, _ int) *float64 {
	transit, origins, stubs := known(e.values, "transit_ases"), known(e.values, "origin_ases"), known(e.values, "stub_ases")
	if transit == nil || origins == nil || stubs == nil {
		return nil
	}
	return pointer(*transit - (*origins - *stubs))
}

func meanDegree(e *end, _ int) *float64 {
	links, ases := known(e.values, "as_links"), 0.0
	for name, n := range e.values {
		if strings.HasPrefix(name, "ases_by_degree ") {
			ases += n
		}
	}
	if links == nil || ases == 0 {
		return nil
	}
	return pointer(2 * *links / ases)
}

// degrees returns the function for the ASes with so many neighbours.
func degrees(least, most int) func(*end, int) *float64 {
	return func(e *end, _ int) *float64 {
		if known(e.values, "as_links") == nil {
			return nil
		}
		n := 0.0
		for name, count := range e.values {
			if degree, ok := strings.CutPrefix(name, "ases_by_degree "); ok {
				if d, err := strconv.Atoi(degree); err == nil && d >= least && d <= most {
					n += count
				}
			}
		}
		return &n
	}
}

func pointer(v float64) *float64 { return &v }

const (
	decodeAgain = "needs the dump decoded by this release, with paths: run tidemark rebuild"
	fullFeed    = "needs a full feed in the dump, with paths in the order of prefixes, decoded by this release"
)

var tableFigures = []figure{
	{label: "Prefixes", unit: "prefixes", of: metric("prefixes"), grows: true},
	{label: "Root prefixes", unit: "prefixes", of: metric("root_prefixes"), grows: true},
	{label: "More specific prefixes", unit: "prefixes", of: metric("more_specific_prefixes"), grows: true},
	{label: "Address span", unit: "addresses", of: metric("address_span"), grows: true, only: 4},
	{label: "Address span", unit: "/64s", of: metric("address_span"), grows: true, only: 6},
	{label: "Origin ASes", unit: "ASes", of: metric("origin_ases"), grows: true},
	{label: "Transit ASes", unit: "ASes", of: metric("transit_ases"), grows: true},
	{label: "Stub ASes", unit: "ASes", of: metric("stub_ases"), grows: true},
	{label: "Prefixes of an AS_SET", unit: "prefixes", of: metric("as_set_prefixes"), grows: true},
	{label: "Prefixes with several origins", unit: "prefixes", of: metric("moas_prefixes"), grows: true},
	{label: "Distinct paths", unit: "paths", of: metric("unique_paths"), grows: true},
	{label: "RIB entries for each prefix", unit: "entries", digits: 1, of: ratio("entries", "all_prefixes", 1)},
}

var sizeFigures = []figure{
	{label: "Average span of a prefix", unit: "addresses", of: ratio("address_span", "prefixes", 1), digits: 0, grows: true, only: 4},
	{label: "Average span of a prefix", unit: "/64s", of: ratio("address_span", "prefixes", 1), digits: 0, grows: true, only: 6},
	{label: "Length of a prefix of the average span", unit: "bits", digits: 2, of: averageLength},
	{label: "Average prefix length", unit: "bits", digits: 2, of: meanLength},
	{label: "Share of /24", unit: "%", digits: 1, of: ratio("prefixes_by_length 24", "prefixes", 100), only: 4},
	{label: "Share of /48", unit: "%", digits: 1, of: ratio("prefixes_by_length 48", "prefixes", 100), only: 6},
	{label: "Share of the space that may be routed", unit: "%", digits: 2, of: shareOfUsable, only: 4},
	{label: "Share of 2000::/3", unit: "%", digits: 4, of: shareOfUsable, only: 6},
}

var specificFigures = []figure{
	{label: "More specifics, of all prefixes", unit: "%", digits: 1, of: ratio("more_specific_prefixes", "prefixes", 100)},
	{label: "Hole punching: other origin", unit: "prefixes", vantages: "more_specific_other_origin", grows: true},
	{label: "Traffic engineering: same origin, other path", unit: "prefixes", vantages: "more_specific_other_path", grows: true},
	{label: "Overlay: same path", unit: "prefixes", vantages: "more_specific_same_path", grows: true},
	{label: "Space of hole punching", unit: "addresses", vantages: "more_specific_span other-origin", grows: true, only: 4},
	{label: "Space of traffic engineering", unit: "addresses", vantages: "more_specific_span other-path", grows: true, only: 4},
	{label: "Space of overlays", unit: "addresses", vantages: "more_specific_span same-path", grows: true, only: 4},
	{label: "Space of hole punching", unit: "/64s", vantages: "more_specific_span other-origin", grows: true, only: 6},
	{label: "Space of traffic engineering", unit: "/64s", vantages: "more_specific_span other-path", grows: true, only: 6},
	{label: "Space of overlays", unit: "/64s", vantages: "more_specific_span same-path", grows: true, only: 6},
}

var asFigures = []figure{
	{label: "Origin ASes with a number of 32 bits", unit: "ASes", of: metric("asns_32bit"), grows: true},
	{label: "Transit ASes that originate nothing", unit: "ASes", of: transitOnly, grows: true},
	{label: "Stub ASes, of all origins", unit: "%", digits: 1, of: ratio("stub_ases", "origin_ases", 100)},
	{label: "Prefixes for each origin", unit: "prefixes", digits: 2, of: ratio("prefixes", "origin_ases", 1)},
	{label: "Links between ASes", unit: "links", of: metric("as_links"), grows: true, need: decodeAgain},
	{label: "Neighbours of an AS, mean", unit: "ASes", digits: 2, of: meanDegree, need: decodeAgain},
	{label: "ASes with one neighbour", unit: "ASes", of: degrees(1, 1), grows: true, need: decodeAgain},
	{label: "ASes with 2 to 9 neighbours", unit: "ASes", of: degrees(2, 9), grows: true, need: decodeAgain},
	{label: "ASes with 10 to 99 neighbours", unit: "ASes", of: degrees(10, 99), grows: true, need: decodeAgain},
	{label: "ASes with 100 neighbours and more", unit: "ASes", of: degrees(100, math.MaxInt), grows: true, need: decodeAgain},
}

var pathFigures = []figure{
	{label: "Path length, mean", unit: "ASes", digits: 2, of: metric("path_length_mean")},
	{label: "Path length, mean, as sent", unit: "ASes", digits: 2, of: metric("path_length_sent_mean")},
	{label: "Path length, median", unit: "ASes", of: metric("path_length_median")},
	{label: "Longest path", unit: "ASes", of: metric("path_length_max"), need: decodeAgain},
	{label: "Longest path, as sent", unit: "ASes", of: metric("path_length_sent_max"), need: decodeAgain},
	{label: "Entries with prepending", unit: "%", digits: 1, of: percentOf("path_prepended_share"), need: decodeAgain},
	{label: "Most prepending in a path", unit: "ASes", of: metric("path_prepending_max"), need: decodeAgain},
}

func percentOf(share string) func(*end, int) *float64 {
	return func(e *end, _ int) *float64 {
		if v := known(e.values, share); v != nil {
			return pointer(100 * *v)
		}
		return nil
	}
}

// rows returns the rows of a family's figures.
func (m *maker) rows(family int, figures []figure) (rows []Row) {
	for _, f := range figures {
		if f.only != 0 && f.only != family {
			continue
		}
		row := Row{Label: f.label, Unit: f.unit, Digits: f.digits}
		var values [4]*float64
		for i := range values {
			e := &m.ends[family][i]
			if e.time.IsZero() {
				continue
			}
			if f.vantages == "" {
				values[i] = f.of(e, family)
				continue
			}
			values[i] = known(e.median, f.vantages)
			if i > 0 {
				row.Low[i-1], row.High[i-1] = known(e.low, f.vantages), known(e.high, f.vantages)
			}
		}
		row.setValues(values)
		if f.grows {
			m.setGrowth(&row, values, family)
		}
		if row.Values[2] == nil {
			row.Need = m.need(family)
			if row.Need == "" && f.need != "" {
				row.Need = f.need
			}
			if row.Need == "" && f.vantages != "" {
				row.Need = fullFeed
			}
			if row.Need == "" {
				row.Need = fmt.Sprintf("the table of %s does not say", m.series[family])
			}
		}
		rows = append(rows, row)
	}
	return rows
}

func (r *Row) setValues(values [4]*float64) { copy(r.Values[:], values[1:]) }

// setGrowth sets the growth within each year in percent, where the two tables are a year apart.
func (m *maker) setGrowth(r *Row, values [4]*float64, family int) {
	for i := range 3 {
		before, now := values[i], values[i+1]
		if before != nil && now != nil && *before > 0 && comparable(m.ends[family][i], m.ends[family][i+1]) {
			r.Growth[i] = pointer(100 * (*now/(*before) - 1))
		}
	}
}
