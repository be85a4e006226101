package chart

import (
	"math"
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

// stateColours are the colours of states in every chart, as indexes of the palette.
var stateColours = map[string]int{"valid": 2, "invalid": 1, "invalid-origin": 1, "invalid-length": 7, "not-found": 0, "unknown": unknownColour}

// stateOf returns the state that a series or a category is named after: the last word before a colon or a comma, as in "IPv4
// valid", "unknown: no payloads" and "valid, tranco".
func stateOf(name string) string {
	if i := strings.IndexAny(name, ":,"); i >= 0 {
		name = name[:i]
	}
	return name[strings.LastIndexByte(name, ' ')+1:]
}

func isUnknown(name string) bool { return stateOf(name) == "unknown" }

// setColours gives states their colours, and the other series those that are left, in their order.
func (p *plot) setColours() {
	taken := [paletteSize]bool{unknownColour: true}
	for i, s := range p.series {
		if c, is := stateColours[stateOf(s.name)]; is {
			p.series[i].colour, taken[c] = c, true
		}
	}
	var free []int
	for c := range paletteSize {
		if !taken[c] {
			free = append(free, c)
		}
	}
	next := 0
	for i, s := range p.series {
		if _, is := stateColours[stateOf(s.name)]; !is {
			p.series[i].colour = free[next%len(free)]
			next++
		}
	}
}

// colours returns the colours of the series. Hatched bars have a style of their own, and ECharts gives them none of these.
func (p *plot) colours(look theme) (all []string) {
	for _, s := range p.series {
		if p.Kind == "line" || !isUnknown(s.name) {
			all = append(all, look.series[s.colour])
		}
	}
	return all
}

// hatching is the style of an area that stands for the unknown. go-echarts has no field for ECharts' decals.
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

// dashOf returns the dash of a line; that of the unknown is dotted.
func dashOf(i int, s series) string {
	if isUnknown(s.name) {
		return "dotted"
	}
	return dashes[i%len(dashes)]
}

// darkOf returns the colours for a dark ground by those for a light one.
func darkOf() map[string]string {
	m := map[string]string{light.ink: dark.ink, light.muted: dark.muted, light.rule: dark.rule, light.ground: dark.ground}
	for i, c := range light.series {
		m[c] = dark.series[i]
	}
	return m
}
