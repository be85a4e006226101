package chart

// theme is how a chart looks on a light or a dark ground. The colours of the series differ for every kind of colour
// blindness (after Okabe and Ito) and have a contrast of 3:1 with the ground; text has 4.5:1.
type theme struct {
	ink, muted, rule, ground string
	series                   []string
}

// paletteSize is the number of colours for series; the style sheet has the same.
const paletteSize = 8

var (
	light = theme{ink: "#1d2630", muted: "#55606c", rule: "#d5dae0", ground: "#ffffff",
		series: []string{"#0067a8", "#c94f00", "#00805c", "#a8448f", "#7a6200", "#3b3f9e", "#5b6670", "#8c2d19"}}
	dark = theme{ink: "#e8ebef", muted: "#a9b3be", rule: "#39424d", ground: "#161b22",
		series: []string{"#5cb8f0", "#f0914a", "#3ecfa3", "#e59ad0", "#e3c94c", "#9aa0f5", "#b4bec8", "#f28b74"}}
)

// symbols and dashes distinguish lines without colour: three and four of them give twelve pairs.
var (
	symbols = []string{"circle", "rect", "triangle", "diamond"}
	dashes  = []string{"solid", "dashed", "dotted"}
)

// darkOf returns the colours for a dark ground by those for a light one.
func darkOf() map[string]string {
	m := map[string]string{light.ink: dark.ink, light.muted: dark.muted, light.rule: dark.rule, light.ground: dark.ground}
	for i, c := range light.series {
		m[c] = dark.series[i]
	}
	return m
}
