package site

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"tidemark/analysis"
	"tidemark/analysis/operator"
	"tidemark/datasets/table"
)

func asSlug(n uint32) string { return fmt.Sprintf("as-%d", n) }

func prefixSlug(prefix string) string {
	return "prefix-" + strings.NewReplacer("/", "-", ":", "-", ".", "-").Replace(prefix)
}

// plotted returns what charts draw of the watched networks, as answers without a page of their own.
func (n Networks) plotted() (all []*analysis.Answer) {
	for _, a := range n.ASes {
		all = append(all, n.plot(asSlug(a.ASN), strings.TrimSpace(fmt.Sprintf("Prefixes of AS%d %s", a.ASN, a.Name)), "prefixes", countsOf(a.History)))
	}
	for _, p := range n.Prefixes {
		all = append(all, n.plot(prefixSlug(p.Prefix), "Visibility of "+p.Prefix, "% of the full feeds", visibilityOf(p.History)))
	}
	return slices.DeleteFunc(all, func(a *analysis.Answer) bool { return a == nil })
}

// plot returns rows of a time, a series, a value and what is different since then over time; nil if there are values of fewer than two times.
func (n Networks) plot(slug, title, unit string, rows [][]any) *analysis.Answer {
	times := map[time.Time]bool{}
	for _, r := range rows {
		if r[2] != nil {
			times[r[0].(time.Time)] = true
		}
	}
	if len(times) < 2 {
		return nil
	}
	return &analysis.Answer{
		Question: &analysis.Question{Slug: slug, Title: title, Chart: &analysis.Chart{Kind: "line", X: "time", Y: "value", Series: "series", Break: "break", YName: unit}},
		Result:   &table.Result{Rows: rows, Columns: []table.ResultColumn{{Name: "time", Type: table.Timestamp}, {Name: "series", Type: table.String}, {Name: "value", Type: table.Float64}, {Name: "break", Type: table.String}}},
		From:     n.From,
	}
}

// countsOf returns the prefixes of each family, and those that are global where they are fewer.
func countsOf(history []operator.ASCount) (rows [][]any) {
	for _, family := range []struct {
		name string
		of   func(c *operator.ASCount) *operator.FamilyCount
	}{
		{"IPv4", func(c *operator.ASCount) *operator.FamilyCount { return c.IPv4 }},
		{"IPv6", func(c *operator.ASCount) *operator.FamilyCount { return c.IPv6 }},
	} {
		all, global := plottedLine{name: family.name}, plottedLine{name: family.name + ", verdict global"}
		fewer := false
		for i := range history {
			at, err := time.Parse(time.RFC3339, history[i].Time)
			n := family.of(&history[i])
			switch {
			case err != nil:
			case n == nil:
				all.gap(at)
				global.gap(at)
			default:
				all.add(at, number(&n.Prefixes), n.Collectors)
				global.add(at, number(n.Global), n.Collectors)
				fewer = fewer || n.Global != nil && *n.Global != n.Prefixes
			}
		}
		rows = append(rows, all.rows...)
		if fewer {
			rows = append(rows, global.rows...)
		}
	}
	return sortedByTime(rows)
}

// visibilityOf returns how much of the full feeds carries a prefix, by origin.
func visibilityOf(history []operator.Sighting) (rows [][]any) {
	lines := map[string]*plottedLine{}
	for _, hour := range hours(history) {
		at, err := time.Parse(time.RFC3339, hour[0].Time)
		if err != nil {
			continue
		}
		seen := map[string]bool{}
		for _, s := range hour {
			if s.Origin == "" {
				continue // not in the dumps
			}
			seen[s.Origin] = true
			if lines[s.Origin] == nil {
				lines[s.Origin] = &plottedLine{name: "AS" + s.Origin}
			}
			var share any
			if s.Visibility != nil {
				share = 100 * *s.Visibility
			}
			lines[s.Origin].add(at, share, s.Collectors)
		}
		for origin, l := range lines {
			if !seen[origin] {
				l.gap(at)
			}
		}
	}
	for _, origin := range slices.Sorted(maps.Keys(lines)) {
		rows = append(rows, lines[origin].rows...)
	}
	return sortedByTime(rows)
}

// hours divides what was seen by its time.
func hours(history []operator.Sighting) (all [][]operator.Sighting) {
	from := 0
	for i := range history {
		if history[i].Time != history[from].Time {
			all = append(all, history[from:i])
			from = i
		}
	}
	if from < len(history) {
		all = append(all, history[from:])
	}
	return all
}

// plottedLine collects the points of a line. It is interrupted where there is no value, and where no collector showed both a value and the one before.
type plottedLine struct {
	name       string
	rows       [][]any
	last       time.Time
	collectors string // of the last value
}

func (l *plottedLine) add(at time.Time, value any, collectors string) {
	change := ""
	if l.collectors != "" && !haveCommon(l.collectors, collectors) {
		change = "seen by " + operator.Few(collectors) + ", before that by " + operator.Few(l.collectors)
		l.gap(l.last.Add(at.Sub(l.last) / 2))
	}
	l.rows = append(l.rows, []any{at, l.name, value, change})
	l.last, l.collectors = at, collectors
}

// gap interrupts the line once, if it has begun.
func (l *plottedLine) gap(at time.Time) {
	if n := len(l.rows); n > 0 && l.rows[n-1][2] != nil {
		l.rows = append(l.rows, []any{at, l.name, nil, ""})
	}
}

// haveCommon reports whether two lists of collectors, comma-separated, have one in common.
func haveCommon(a, b string) bool {
	if a == b {
		return true
	}
	others := strings.Split(b, ",")
	return slices.ContainsFunc(strings.Split(a, ","), func(one string) bool { return slices.Contains(others, one) })
}

// number returns a count as a value of a chart; nil is unknown.
func number(n *int64) any {
	if n == nil {
		return nil
	}
	return float64(*n)
}

func sortedByTime(rows [][]any) [][]any {
	slices.SortStableFunc(rows, func(a, b []any) int { return a[0].(time.Time).Compare(b[0].(time.Time)) })
	return rows
}
