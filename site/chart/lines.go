package chart

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"
)

// extent returns the lowest and the highest value of the series, with their bands.
func (p *plot) extent(all []series) (low, high float64) {
	low, high = math.Inf(1), math.Inf(-1)
	for _, s := range all {
		for _, at := range s.points {
			if !p.drawable(at) {
				continue
			}
			low, high = min(low, *at.y), max(high, *at.y)
			if at.hasSpread() && (!p.Log || *at.low > 0) {
				low, high = min(low, *at.low), max(high, *at.high)
			}
		}
	}
	if low > high {
		return 0, 1
	}
	return low, high
}

// lines draws a panel of lines with their names at their ends.
func (s *sheet) lines(p panel, x, right float64, columns int) {
	all := p.series
	if p.shared {
		all = s.series
	}
	low, high := s.extent(all)
	about := 5
	plotHeight := 270.0
	if columns > 1 {
		plotHeight, about = 150, 4
		if columns == 2 && !s.narrow() {
			plotHeight = 200
		}
	} else if s.narrow() {
		plotHeight = 230
	}
	values := s.valueScale(low, high, false, about)
	left := x
	for _, m := range values.marks {
		left = max(left, x+markFont.width(m.text)+8)
	}
	named := len(p.series) > 1 || p.title == "" && s.Series != ""
	end := right - 10
	names := make([][]string, len(p.series))
	if named {
		room, widest := (right-x)*0.3, 0.0
		for i, one := range p.series {
			names[i] = labelFont.wrap(one.label, room, 3)
			widest = max(widest, labelFont.widest(names[i]))
		}
		end = right - widest - 14
	}
	var axis scale
	if s.overTime {
		first, last := s.ends()
		axis = timeScale(first, last, left, end, markFont)
	} else {
		axis = scale{low: 0, high: float64(max(1, len(s.categories)-1)), from: left, to: end, marks: categoryMarks(s.categories, (end-left)/float64(max(1, len(s.categories)-1)))}
	}
	marked := s.moments(p, axis, x, right)
	top := s.y + 8
	bottom := top + plotHeight
	s.ordinate(&values, left, end, top, bottom)
	s.rule(left, bottom, end, bottom, light.muted, "")
	s.abscissa(axis, bottom, x, right)
	for _, m := range marked {
		s.rule(m.x, m.y, m.x, bottom, light.muted, m.dash)
	}
	for _, one := range p.series {
		s.band(one, axis, values)
	}
	for _, one := range p.series {
		s.line(one, axis, values)
	}
	if named {
		s.endLabels(p.series, names, axis, values, end, top, bottom)
	}
	s.y = bottom + 22
}

// categoryMarks labels as many of the categories as have room.
func categoryMarks(categories []string, step float64) (all []mark) {
	free := math.Inf(-1)
	for i, c := range categories {
		half := markFont.width(c) / 2
		if at := float64(i) * step; at-half >= free {
			all = append(all, mark{float64(i), c})
			free = at + half + 8
		}
	}
	return all
}

// ordinate puts values between bottom and top, and draws the lines of their axis between left and end.
func (s *sheet) ordinate(values *scale, left, end, top, bottom float64) {
	values.from, values.to = bottom, top
	for _, m := range values.marks {
		y := values.at(m.value)
		s.rule(left, y, end, y, light.rule, "")
		s.text(left-6, y+4, "end", markFont, light.muted, m.text)
	}
}

// abscissa labels the horizontal axis between x and right.
func (s *sheet) abscissa(axis scale, bottom, x, right float64) {
	free := x
	for _, m := range axis.marks {
		at, width := axis.at(m.value), markFont.width(m.text)
		s.rule(at, bottom, at, bottom+4, light.muted, "")
		start := max(x, min(at-width/2, right-width))
		if start < free {
			continue
		}
		s.text(start+width/2, bottom+17, "middle", markFont, light.muted, m.text)
		free = start + width + 6
	}
}

// line draws the line of a series, with gaps, and its values where they are few.
func (s *sheet) line(one series, axis, values scale) {
	var path strings.Builder
	colour := light.series[one.colour]
	command, drawn, alone := "M", 0, true
	var dots []point
	for i, at := range one.points {
		if !s.drawable(at) {
			command = "M"
			continue
		}
		fmt.Fprintf(&path, "%s%s %s", command, px(axis.at(s.abscissaOf(at))), px(values.at(*at.y)))
		alone = command == "M" && (i+1 == len(one.points) || !s.drawable(one.points[i+1]))
		if alone {
			dots = append(dots, at)
		}
		command = "L"
		drawn++
	}
	dash := dashPatterns[one.dash()]
	if dash != "" {
		dash = ` stroke-dasharray="` + strings.ReplaceAll(dash, " ", ",") + `"`
	}
	if strings.Contains(path.String(), "L") {
		fmt.Fprintf(&s.body, "<path d=%q fill=\"none\" stroke=%q stroke-width=\"2\" stroke-linejoin=\"round\"%s/>\n", path.String(), colour, dash)
	}
	if drawn <= 40 {
		dots = one.points
	}
	for _, at := range dots {
		if s.drawable(at) {
			s.symbol(axis.at(s.abscissaOf(at)), values.at(*at.y), one.symbol(), colour)
		}
	}
}

// band draws the spread of a series, a piece between two gaps at a time.
func (s *sheet) band(one series, axis, values scale) {
	var upper, lower []string
	flush := func() {
		if len(upper) > 1 {
			slices.Reverse(lower)
			fmt.Fprintf(&s.body, "<path d=\"M%sZ\" fill=%q fill-opacity=\"0.2\"/>\n", strings.Join(append(upper, lower...), "L"), light.series[one.colour])
		}
		upper, lower = nil, nil
	}
	for _, at := range one.points {
		if !at.hasSpread() || !s.drawable(at) || values.log && *at.low <= 0 {
			flush()
			continue
		}
		x := px(axis.at(s.abscissaOf(at)))
		upper, lower = append(upper, x+" "+px(values.at(*at.high))), append(lower, x+" "+px(values.at(*at.low)))
	}
	flush()
}

// endLabels writes the names of lines beside their last values, moved apart where they would touch.
func (s *sheet) endLabels(all []series, names [][]string, axis, values scale, x, top, bottom float64) {
	type name struct {
		series
		lines  []string
		height float64
		y, at  float64 // of its middle, and of the end of its line
		endX   float64
	}
	var labels []name
	for i, one := range all {
		n := name{series: one, lines: names[i], height: float64(len(names[i]))*labelFont.size*1.2 + 3}
		known := false
		for _, at := range one.points {
			if s.drawable(at) {
				n.at, n.endX, known = values.at(*at.y), axis.at(s.abscissaOf(at)), true
			}
		}
		if n.y = n.at; known {
			labels = append(labels, n)
		}
	}
	slices.SortStableFunc(labels, func(a, b name) int { return cmp.Compare(a.at, b.at) })
	free := top - 8
	for i := range labels {
		labels[i].y = max(labels[i].y, free+labels[i].height/2)
		free = labels[i].y + labels[i].height/2
	}
	limit := bottom + 8
	for i := len(labels) - 1; i >= 0; i-- {
		labels[i].y = min(labels[i].y, limit-labels[i].height/2)
		limit = labels[i].y - labels[i].height/2
	}
	for _, n := range labels {
		colour := light.series[n.colour]
		fmt.Fprintf(&s.body, "<path d=\"M%s %sL%s %sL%s %s\" fill=\"none\" stroke=%q/>\n", px(min(n.endX+4, x)), px(n.at), px(x), px(n.at), px(x+10), px(n.y), colour)
		y := n.y - n.height/2 + labelFont.size
		for _, line := range n.lines {
			s.text(x+14, y, "", labelFont, light.ink, line)
			y += labelFont.size * 1.2
		}
	}
}
