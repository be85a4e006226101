package chart

import (
	"fmt"
	"math"
	"slices"
	"strings"
)

// theme is how a chart looks on a light or a dark ground. The colours of the series differ for every kind of colour
// blindness (after Okabe and Ito) and have a contrast of 3:1 with the ground; text has 4.5:1.
type theme struct {
	ink, muted, rule, ground string
	series                   []string
}

// paletteSize is the number of colours for series and the unknown; the style sheet has the same.
const paletteSize = 8

var (
	light = theme{ink: "#1d2630", muted: "#55606c", rule: "#d5dae0", ground: "#ffffff",
		series: []string{"#0067a8", "#c94f00", "#00805c", "#a8448f", "#7a6200", "#3b3f9e", "#5b6670", "#8c2d19"}}
	dark = theme{ink: "#e8ebef", muted: "#a9b3be", rule: "#39424d", ground: "#161b22",
		series: []string{"#5cb8f0", "#f0914a", "#3ecfa3", "#e59ad0", "#e3c94c", "#9aa0f5", "#b4bec8", "#f28b74"}}
)

// unknownColour is grey, which no other series has: what is not known is grey, and hatched where it is an area.
const unknownColour = 6

// The colours of families and states are the same in every chart, as indexes of the palette.
var (
	familyColours = map[string]int{"IPv4": 0, "IPv6": 1}

	stateColours = map[string]int{
		"valid": 2, "found": 2, "ready": 2, "verified": 2, "accepted": 2,
		"invalid": 1, "invalid-origin": 1, "refused": 1, "broken": 1, "another origin": 1, "rejected": 1,
		"invalid-length": 7, "differs": 7, "loop": 7,
		"not-found": 0, "no-aaaa": 0, "not routed": 4,
		"complete without IPv4": 2, "no page without IPv4": 1, "as good over IPv6": 2, "not working over IPv6": 1,
		"unknown": unknownColour,
	}
)

// shades are the opacities of the bars of one colour, from the newest.
var shades = []string{"1", "0.55", "0.2"}

// stateOf returns the state that a series or a category is named after, as in "IPv4 valid", "unknown: no payloads" and "valid,
// tranco"; "" if none.
func stateOf(name string) string {
	if i := strings.IndexAny(name, ":,"); i >= 0 {
		name = name[:i]
	}
	if f := family(name); f != "" {
		name = strings.TrimSpace(strings.TrimPrefix(name, f))
	}
	if _, is := stateColours[name]; is {
		return name
	}
	last := name[strings.LastIndexByte(name, ' ')+1:]
	if _, is := stateColours[last]; is {
		return last
	}
	return ""
}

func isUnknown(name string) bool { return stateOf(name) == "unknown" || tailOf(name) == "unknown" }

// meaning returns the colour that a name has in every chart; ok reports whether it has one.
func meaning(name string) (colour int, ok bool) {
	if state := stateOf(name); state != "" {
		return stateColours[state], true
	}
	colour, ok = familyColours[family(name)]
	return colour, ok
}

// setColours gives the series their colours: that of their state, or of their family where a chart has both families, or one that
// is left, in their order.
func (p *plot) setColours() {
	if p.Kind == area && len(p.titles()) > 1 { // a part has the same in each whole
		one := &plot{series: p.distinct()}
		one.setColours()
		for i, s := range p.series {
			p.series[i].colour = one.series[slices.IndexFunc(one.series, func(o series) bool { return o.name == s.name })].colour
		}
		return
	}
	if part := p.part(); part != nil && p.Kind == "line" {
		p.setPanelColours(part)
		return
	}
	families := map[string]int{}
	for _, s := range p.series {
		if stateOf(s.name) == "" {
			families[family(s.name)]++
		}
	}
	both := families["IPv4"] > 0 && families["IPv6"] > 0
	taken := [paletteSize]bool{unknownColour: true}
	fixed := make([]bool, len(p.series))
	for i, s := range p.series {
		c, is := meaning(s.name)
		if is && (stateOf(s.name) != "" || both || families[family(s.name)] == 1) {
			p.series[i].colour, taken[c], fixed[i] = c, true, true
		}
	}
	for f, c := range familyColours { // a chart of one family has nothing in the colour of the other
		taken[c] = taken[c] || families["IPv4"]+families["IPv6"] > 0 && families[f] == 0
	}
	var free []int
	for c := range paletteSize {
		if !taken[c] {
			free = append(free, c)
		}
	}
	next := 0
	n := [paletteSize]int{}
	for i := range p.series {
		if !fixed[i] && len(free) > 0 {
			p.series[i].colour = free[next%len(free)]
			next++
		}
		c := p.series[i].colour
		p.series[i].place = n[c]
		n[c]++
	}
}

// setPanelColours gives what the panels of a plot have in common the same colour in each; what is alone in its panel has that of its
// meaning or the first.
func (p *plot) setPanelColours(part func(string) string) {
	colours := map[string]int{}
	taken := [paletteSize]bool{unknownColour: true}
	for _, s := range p.series {
		rest := restOf(s.name, part(s.name))
		if c, is := meaning(rest); is {
			colours[rest], taken[c] = c, true
		}
	}
	next := 0
	n := map[string]int{}
	for i, s := range p.series {
		title := part(s.name)
		rest := restOf(s.name, title)
		if _, known := colours[rest]; !known {
			for next < paletteSize-1 && taken[next] {
				next++
			}
			colours[rest] = next
			if title != s.name {
				taken[next] = true
			}
		}
		p.series[i].colour = colours[rest]
		key := fmt.Sprint(title, colours[rest])
		p.series[i].place = n[key]
		n[key]++
	}
}

// ink is how a bar is filled.
type ink struct {
	colour, shade int
	unknown       bool
}

func (s series) ink() ink { return ink{s.colour, s.shade, isUnknown(s.name)} }

// inkOf returns how the bar of a series at a category is filled: as the category says where there is one series.
func (p *plot) inkOf(s series, category int) ink {
	look := s.ink()
	if p.overTime || category >= len(p.categories) {
		return look
	}
	if isUnknown(p.categories[category]) {
		return ink{colour: unknownColour, unknown: true}
	}
	if c, is := meaning(p.categories[category]); is && len(p.series) == 1 {
		look.colour = c
	}
	return look
}

// colours returns the colours of the series, by which charts.js paints them. Hatched ones have a style of their own.
func (p *plot) colours(look theme) (all []string) {
	for _, s := range p.series {
		all = append(all, look.series[s.colour])
	}
	return all
}

// hatching is the style of an area of unknown values. go-echarts has no field for ECharts' decals.
func hatching(look theme) map[string]any {
	grey := look.series[unknownColour]
	return map[string]any{"color": look.ground, "borderColor": grey, "borderWidth": 1, "decal": map[string]any{
		"symbol": "rect", "color": grey, "dashArrayX": []int{1, 0}, "dashArrayY": []int{2, 4}, "rotation": -math.Pi / 4,
	}}
}

// symbols and dashes distinguish lines without colour: three and four of them give twelve pairs.
var (
	symbols = []string{"circle", "rect", "triangle", "diamond"}
	dashes  = []string{"solid", "dashed", "dotted"}
)

// dash returns the dash of a line; that of the unknown is dotted.
func (s series) dash() string {
	if isUnknown(s.name) {
		return "dotted"
	}
	return dashes[s.place%len(dashes)]
}

// symbol returns the mark of the values of a line.
func (s series) symbol() string { return symbols[(s.colour+s.place)%len(symbols)] }

// darkOf returns the colours for a dark ground by those for a light one.
func darkOf() map[string]string {
	m := map[string]string{light.ink: dark.ink, light.muted: dark.muted, light.rule: dark.rule, light.ground: dark.ground}
	for i, c := range light.series {
		m[c] = dark.series[i]
	}
	return m
}

// dashPatterns are the dashes as SVG has them.
var dashPatterns = map[string]string{"solid": "", "dashed": "6 4", "dotted": "2 3"}
