package chart

import (
	"cmp"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// A reader can follow so many lines in a panel, and so many panels.
const (
	maxLines  = 4
	maxPanels = 9

	maxRoomyPanels = 4 // more of them are small
)

// panel is a part of a static drawing with axes of its own.
type panel struct {
	title  string
	series []series
	shared bool // its ordinate is that of the others
}

// family returns the address family that a name begins with; "" if none.
func family(name string) string {
	for _, f := range []string{"IPv4", "IPv6"} {
		if strings.EqualFold(name, f) {
			return f
		}
		if rest, is := strings.CutPrefix(name, f); is && (rest == "" || strings.ContainsAny(rest[:1], " ,:")) {
			return f
		}
	}
	return ""
}

// headOf and tailOf return the parts of names such as "IPv4 at rrc00: communities" and "web, 100k"; "" where there is one part.
func headOf(name string) string {
	head, _ := partsOf(name)
	return head
}

func tailOf(name string) string {
	_, tail := partsOf(name)
	return tail
}

func partsOf(name string) (head, tail string) {
	if i := strings.IndexAny(name, ":,"); i >= 0 {
		return name[:i], strings.TrimSpace(name[i+1:])
	}
	if head, tail, found := strings.Cut(name, " at "); found {
		return head, tail
	}
	return "", ""
}

// grouping returns what divides the series into panels of at most maxLines lines, the simplest of: the family, the first part of
// the name, its last part. It is nil where nothing does.
func grouping(all []series) func(string) string {
	for _, part := range []func(string) string{family, headOf, tailOf} {
		n := map[string]int{}
		for _, s := range all {
			n[part(s.name)]++
		}
		if n[""] == 0 && len(n) > 1 && slices.Max(slices.Collect(maps.Values(n))) <= maxLines {
			return part
		}
	}
	return nil
}

// panels divides the plot: few series are one panel; others are divided by a part of their names, or have a panel each.
func (p *plot) panels() (all []panel) {
	if titles := p.titles(); p.Kind == area && len(titles) > 1 {
		for _, title := range titles {
			all = append(all, panel{title: title, series: p.parts(title)})
		}
		return all
	}
	part := p.part()
	if part == nil {
		one := panel{series: slices.Clone(p.series)}
		for i := range one.series {
			one.series[i].label = one.series[i].name
		}
		if p.Kind == "bar" {
			one.shadeYears()
		}
		return []panel{one}
	}
	at := map[string]int{}
	for _, s := range p.series {
		title := part(s.name)
		i, known := at[title]
		if !known {
			i = len(all)
			at[title] = i
			all = append(all, panel{title: title})
		}
		s.label = restOf(s.name, title)
		all[i].series = append(all[i].series, s)
	}
	for i := range all {
		all[i].shared = p.Kind == "line" && family(all[i].title) != all[i].title
		if p.Kind == "bar" {
			all[i].shadeYears()
		}
	}
	return all
}

// livePanels are the panels of a chart for charts.js.
type livePanels struct {
	Titles []string `json:"titles"`
	Of     []int    `json:"of"`               // the panel of each series
	Shared bool     `json:"shared,omitempty"` // their ordinates are the same
	Whole  bool     `json:"whole,omitempty"`  // series of the same name differ by their panel
}

// live returns the panels of the live chart; nil: it has one.
func (p *plot) live() *livePanels {
	if p.Kind != "line" && p.Kind != area {
		return nil
	}
	all := p.panels()
	if len(all) < 2 {
		return nil
	}
	l := &livePanels{Of: make([]int, len(p.series)), Whole: p.Kind == area}
	for i, one := range all {
		l.Titles = append(l.Titles, one.title)
		l.Shared = l.Shared || one.shared
		for n, s := range p.series {
			if slices.ContainsFunc(one.series, func(o series) bool { return o.name == s.name && o.panel == s.panel }) {
				l.Of[n] = i
			}
		}
	}
	return l
}

// part returns what the panels are divided by; nil: there is one.
func (p *plot) part() func(string) string {
	switch {
	case p.Kind == "line" && len(p.series) > maxLines:
		if part := grouping(p.series); part != nil {
			return part
		}
		return func(name string) string { return name }
	case p.Kind != "line" && !p.overTime && p.byFamily():
		return family
	}
	return nil
}

// byFamily reports whether bars have a panel for each family: each has several series.
func (p *plot) byFamily() bool {
	n := map[string]int{}
	for _, s := range p.series {
		n[family(s.name)]++
	}
	return n[""] == 0 && len(n) > 1 && n["IPv4"] > 1 && n["IPv6"] > 1
}

var yearly = regexp.MustCompile(`^(end of )?[12][0-9]{3}$`)

// shadeYears makes bars of years shades of one colour, the newest the full one.
func (p *panel) shadeYears() {
	if len(p.series) > len(shades) || slices.ContainsFunc(p.series, func(s series) bool { return !yearly.MatchString(s.label) }) {
		return
	}
	for n := range p.series {
		p.series[n].shade = len(p.series) - 1 - n
		p.series[n].colour = p.series[0].colour
	}
}

// restOf returns what a name says beside the title of its panel.
func restOf(name, title string) string {
	rest := name
	if before, is := strings.CutSuffix(name, title); is {
		rest = strings.TrimRight(before, " ,:")
	} else {
		rest = strings.TrimPrefix(strings.TrimLeft(strings.TrimPrefix(name, title), " ,:"), "at ")
	}
	return cmp.Or(rest, name)
}

// dropZeros leaves series of nothing but 0 to the table, and returns their number; none where there is nothing else.
func (p *plot) dropZeros() int {
	total := len(p.names())
	if total <= maxLines || !slices.ContainsFunc(p.series, func(s series) bool { return !s.isZero() }) {
		return 0
	}
	drawn := map[string]bool{}
	for _, s := range p.series {
		drawn[s.name] = drawn[s.name] || !s.isZero()
	}
	p.series = slices.DeleteFunc(p.series, func(s series) bool { return !drawn[s.name] })
	n := total - len(p.names())
	if n > 0 {
		p.notes = append(p.notes, fmt.Sprintf("%d of %d series are 0 throughout and are not drawn; the table has them.", n, total))
	}
	return n
}

// limitLines keeps the lines that panels have room for.
func (p *plot) limitLines() {
	total := len(p.series)
	if total <= maxLines {
		return
	}
	total -= p.dropZeros()
	points := func(s series) int { return countValues(s.points) }
	if slices.ContainsFunc(p.series, func(s series) bool { return points(s) > 1 }) {
		p.series = slices.DeleteFunc(p.series, func(s series) bool { return points(s) < 2 })
		if n := total - len(p.series); n > 0 {
			p.notes = append(p.notes, fmt.Sprintf("%d of %d series have one value only and are not drawn; the table has them.", n, total))
			total -= n
		}
	}
	slices.SortStableFunc(p.series, func(a, b series) int {
		return cmp.Or(compareBool(b.headline, a.headline), cmp.Compare(b.newest(), a.newest()), strings.Compare(a.name, b.name))
	})
	if part := grouping(p.series); part != nil {
		at := map[string]int{}
		for _, s := range p.series {
			if _, known := at[part(s.name)]; !known {
				at[part(s.name)] = len(at)
			}
		}
		p.series = slices.DeleteFunc(p.series, func(s series) bool { return at[part(s.name)] >= maxPanels })
		slices.SortStableFunc(p.series, func(a, b series) int {
			return cmp.Or(cmp.Compare(at[part(a.name)], at[part(b.name)]), strings.Compare(a.name, b.name))
		})
	} else if len(p.series) > maxPanels {
		p.series = p.series[:maxPanels]
	}
	if n := len(p.series); n < total {
		p.notes = append(p.notes, fmt.Sprintf("The chart shows %d of %d series, those with the highest newest values; the table has all of them.", n, total))
	}
}

func compareBool(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return 1
	}
	return -1
}

// newest returns the newest value of a series; 0 where there is none.
func (s series) newest() (y float64) {
	last := int64(-1 << 62)
	for _, at := range s.points {
		if at.y != nil && at.time >= last {
			last, y = at.time, *at.y
		}
	}
	return y
}

// isZero reports whether all values of a series are 0.
func (s series) isZero() bool {
	known := false
	for _, at := range s.points {
		if at.y != nil {
			known = true
			if *at.y != 0 {
				return false
			}
		}
	}
	return known
}
