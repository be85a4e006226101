package chart

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Widths of the static drawings in pixels: of screens, and of phones, which show the whole of it without scrolling.
const (
	wideWidth   = 760
	narrowWidth = 360
)

// Words are what a drawing says that leaves the site.
type Words struct {
	Title  string
	Place  string // of which day and place it speaks
	Footer string // whose it is, and the licence
}

var (
	titleFont = font{19, true}
	panelFont = font{13, true}
	unitFont  = font{13, false}
	labelFont = font{12, false}
	markFont  = font{12, false}
	smallFont = font{11, false}
)

// sheet is a static drawing in the making.
type sheet struct {
	*plot
	width, y float64 // y is where the next part begins
	body     strings.Builder
	hatched  bool
}

func (s *sheet) narrow() bool { return s.width < 500 }

// draw returns a drawing of a width as SVG, and its size; with words it stands by itself.
func (p *plot) draw(width int, words *Words) (svg []byte, w, h int) {
	s := &sheet{plot: p, width: float64(width)}
	edge := 0.0
	if words != nil {
		edge = 16
		s.y = edge
		for _, line := range titleFont.wrap(words.Title, s.width-2*edge, 4) {
			s.y += titleFont.lineHeight()
			s.text(edge, s.y-5, "", titleFont, light.ink, line)
		}
		s.y += 4
	}
	subtitle := p.YName
	if words != nil && words.Place != "" {
		subtitle += ". " + words.Place
	}
	for _, line := range unitFont.wrap(subtitle, s.width-2*edge, 4) {
		s.y += unitFont.lineHeight()
		s.text(edge, s.y-4, "", unitFont, light.muted, line)
	}
	s.y += 6
	s.panels(edge)
	if words != nil {
		s.y += 6
		for _, line := range smallFont.wrap(words.Footer, s.width-2*edge, 4) {
			s.y += smallFont.lineHeight()
			s.text(edge, s.y-3, "", smallFont, light.muted, line)
		}
		s.y += edge - 4
	}
	svg = s.finish(words)
	return svg, width, int(s.y + 0.999)
}

func (s *sheet) finish(words *Words) []byte {
	var b strings.Builder
	w, h := strconv.Itoa(int(s.width)), strconv.Itoa(int(s.y+0.999))
	fmt.Fprintf(&b, "<svg width=%q height=%q viewBox=\"0 0 %s %s\" xmlns=\"http://www.w3.org/2000/svg\" font-family=\"system-ui, sans-serif\">\n", w, h, w, h)
	if s.hatched {
		fmt.Fprintf(&b, "<defs><pattern id=\"unknown\" patternUnits=\"userSpaceOnUse\" width=\"6\" height=\"6\" patternTransform=\"rotate(-45)\"><path d=\"M0 0L6 0L6 2L0 2Z\" fill=%q/></pattern></defs>\n", light.series[unknownColour])
	}
	if words != nil {
		fmt.Fprintf(&b, "<rect width=%q height=%q x=\"0\" y=\"0\" fill=%q/>\n", w, h, light.ground)
	}
	b.WriteString(s.body.String())
	b.WriteString("</svg>\n")
	return []byte(b.String())
}

// px formats a coordinate.
func px(v float64) string {
	return strings.TrimSuffix(strconv.FormatFloat(v, 'f', 1, 64), ".0")
}

// text writes a line of text; anchor is start (or empty), middle or end.
func (s *sheet) text(x, y float64, anchor string, f font, colour, text string) {
	if text == "" {
		return
	}
	if anchor != "" {
		anchor = ` text-anchor="` + anchor + `"`
	}
	weight := ""
	if f.bold {
		weight = ";font-weight:bold"
	}
	fmt.Fprintf(&s.body, "<text x=%q y=%q%s style=\"font-size:%spx%s\" fill=%q>%s</text>\n", px(x), px(y), anchor, px(f.size), weight, colour, escaped(text))
}

// escaped returns a text for XML, without the characters that XML does not have.
func escaped(text string) string {
	var b strings.Builder
	for _, r := range text {
		switch {
		case r == '<':
			b.WriteString("&lt;")
		case r == '>':
			b.WriteString("&gt;")
		case r == '&':
			b.WriteString("&amp;")
		case r == '"':
			b.WriteString("&#34;")
		case r < ' ', r == utf8.RuneError, r == 0xfffe, r == 0xffff:
			b.WriteString("�")
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// rule draws a straight line.
func (s *sheet) rule(x1, y1, x2, y2 float64, colour, dash string) {
	if dash != "" {
		dash = ` stroke-dasharray="` + dash + `"`
	}
	fmt.Fprintf(&s.body, "<path d=\"M%s %sL%s %s\" fill=\"none\" stroke=%q%s/>\n", px(x1), px(y1), px(x2), px(y2), colour, dash)
}

// bar draws a rectangle in the colour of a series: hatched for the unknown, paler by its shade.
func (s *sheet) bar(x, y, w, h float64, look ink) {
	if w <= 0 || h <= 0 {
		return
	}
	colour := light.series[look.colour]
	switch {
	case look.unknown:
		s.hatched = true
		fmt.Fprintf(&s.body, "<rect x=%q y=%q width=%q height=%q fill=\"url(#unknown)\" stroke=%q/>\n", px(x), px(y), px(w), px(h), colour)
	case look.shade > 0:
		fmt.Fprintf(&s.body, "<rect x=%q y=%q width=%q height=%q fill=%q fill-opacity=%q stroke=%q/>\n", px(x), px(y), px(w), px(h), colour, shades[min(look.shade, len(shades)-1)], colour)
	default:
		fmt.Fprintf(&s.body, "<rect x=%q y=%q width=%q height=%q fill=%q/>\n", px(x), px(y), px(w), px(h), colour)
	}
}

// symbol draws the mark of a value.
func (s *sheet) symbol(x, y float64, name, colour string) {
	at := func(dx, dy float64) string { return px(x+dx) + " " + px(y+dy) }
	var d string
	switch name {
	case "rect":
		d = "M" + at(-3, -3) + "L" + at(3, -3) + "L" + at(3, 3) + "L" + at(-3, 3) + "Z"
	case "triangle":
		d = "M" + at(0, -4) + "L" + at(4, 3) + "L" + at(-4, 3) + "Z"
	case "diamond":
		d = "M" + at(0, -4) + "L" + at(4, 0) + "L" + at(0, 4) + "L" + at(-4, 0) + "Z"
	default:
		d = "M" + at(-3, 0) + "A3 3 0 1 0 " + at(3, 0) + "A3 3 0 1 0 " + at(-3, 0) + "Z"
	}
	fmt.Fprintf(&s.body, "<path d=%q fill=%q/>\n", d, colour)
}

// legend draws the keys of bars in as many rows as they need.
func (s *sheet) legend(x, right float64, all []series) {
	at := x
	for _, one := range all {
		text := labelFont.fit(one.label, right-x-22)
		if at > x && at+22+labelFont.width(text) > right {
			at = x
			s.y += 20
		}
		s.bar(at, s.y+3, 14, 11, one.ink())
		s.text(at+20, s.y+13, "", labelFont, light.ink, text)
		at += 38 + labelFont.width(text)
	}
	s.y += 24
}

// panels draws the panels of the plot beside and below each other.
func (s *sheet) panels(edge float64) {
	all := s.plot.panels()
	columns := 1
	switch n := len(all); {
	case s.plot.horizontal:
	case s.narrow() && n > maxRoomyPanels:
		columns = 2
	case s.narrow():
	case n > maxRoomyPanels:
		columns = 3
	case n > 1:
		columns = 2
	}
	if columns > 1 && s.narrow() && s.Kind != area && slices.ContainsFunc(all, func(p panel) bool { return len(p.series) > 1 }) {
		columns = 1
	}
	if s.Kind == area {
		s.legend(edge, s.width-edge, s.distinct())
	}
	const gap = 20
	room := (s.width - 2*edge - gap*float64(columns-1)) / float64(columns)
	for len(all) > 0 {
		row := all[:min(columns, len(all))]
		all = all[len(row):]
		top, bottom := s.y, s.y
		for i, p := range row {
			s.y = top
			x := edge + float64(i)*(room+gap)
			s.panel(p, x, x+room, columns)
			bottom = max(bottom, s.y)
		}
		s.y = bottom
		if len(all) > 0 {
			s.y += 14
		}
	}
}

// panel draws a panel from x to right.
func (s *sheet) panel(p panel, x, right float64, columns int) {
	if p.title != "" {
		for _, line := range panelFont.wrap(p.title, right-x, 2) {
			s.y += panelFont.lineHeight()
			s.text(x, s.y-4, "", panelFont, light.ink, line)
		}
		s.y += 4
	}
	switch {
	case s.Kind == "line":
		s.lines(p, x, right, columns)
	case s.Kind == area:
		s.areas(p, x, right, columns)
	case s.plot.horizontal:
		s.rows(p, x, right)
	default:
		s.columns(p, x, right)
	}
}
