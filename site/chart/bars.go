package chart

import (
	"maps"
	"slices"
)

// reachOf returns the lowest and the highest end of the bars of the series, or of their stacks.
func (p *plot) reachOf(all []series) (low, high float64) {
	sums := map[float64]float64{}
	for _, s := range all {
		for _, at := range s.points {
			if !p.drawable(at) {
				continue
			}
			v := *at.y
			if p.Kind == "stacked" {
				sums[p.abscissaOf(at)] += v
				v = sums[p.abscissaOf(at)]
			}
			low, high = min(low, v), max(high, v)
		}
	}
	return low, high
}

// valueAt returns the value of a series at a category or time.
func (p *plot) valueAt(s series, place float64) (float64, bool) {
	for _, at := range s.points {
		if p.abscissaOf(at) == place && p.drawable(at) {
			return *at.y, true
		}
	}
	return 0, false
}

// placesOf returns the categories at which any of the series has a value.
func (p *plot) placesOf(all []series) (places []int) {
	for i := range p.categories {
		if slices.ContainsFunc(all, func(s series) bool { _, ok := p.valueAt(s, float64(i)); return ok }) {
			places = append(places, i)
		}
	}
	return places
}

// timesOf returns the times at which any of the series has a value, in order.
func (p *plot) timesOf(all []series) (places []float64) {
	times := map[float64]bool{}
	for _, s := range all {
		for _, at := range s.points {
			if p.drawable(at) {
				times[float64(at.time)] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(times))
}

// rows draws horizontal bars: the name of each category, its bars, and at their ends their values.
func (s *sheet) rows(p panel, x, right float64) {
	if len(p.series) > 1 {
		s.legend(x, right, p.series)
	}
	places := s.placesOf(p.series)
	stacked := s.Kind == "stacked"
	left, maxLines := x, 1
	names := make([][]string, len(places))
	if !s.narrow() {
		maxLines = 2
		for i, c := range places {
			names[i] = labelFont.wrap(s.categories[c], (right-x)*0.36, maxLines)
			left = max(left, x+labelFont.widest(names[i])+10)
		}
	} else {
		for i, c := range places {
			names[i] = labelFont.wrap(s.categories[c], right-x, maxLines)
		}
	}
	low, high := s.reachOf(p.series)
	values := s.valueScale(low, high, true, 4)
	end := right - 4
	if !stacked {
		widest := 0.0
		for _, one := range p.series {
			for _, at := range one.points {
				if s.drawable(at) {
					widest = max(widest, labelFont.width(s.valueText(*at.y)))
				}
			}
		}
		end -= widest + 6
		if high > 0 && !s.isPercent() {
			values.high = high
		}
		if low < 0 {
			values.low = low
			left += widest + 6
		}
	}
	values.from, values.to = left, end
	if stacked { // the others have their values beside them
		s.y += 16
		free := x
		for _, m := range values.marks {
			at, half := values.at(m.value), markFont.width(m.text)/2
			at = min(at, right-half)
			if at-half < free {
				continue
			}
			s.text(at, s.y-4, "middle", markFont, light.muted, m.text)
			free = at + half + 6
		}
	}
	top := s.y
	thick := 16.0
	if len(p.series) > 1 && !stacked {
		thick = 15
	}
	for i, c := range places {
		var present []series
		for _, one := range p.series {
			if _, ok := s.valueAt(one, float64(c)); ok {
				present = append(present, one)
			}
		}
		lanes := len(present)
		if stacked {
			lanes = 1
		}
		height := float64(lanes) * thick
		if s.narrow() {
			s.y += labelFont.size + 5
			s.text(x, s.y-2, "", labelFont, light.ink, names[i][0])
			s.y += 3
		} else {
			height = max(height, float64(len(names[i]))*labelFont.size*1.2)
			y := s.y + height/2 - float64(len(names[i]))*labelFont.size*0.6 + labelFont.size
			for _, line := range names[i] {
				s.text(left-8, y, "end", labelFont, light.ink, line)
				y += labelFont.size * 1.2
			}
		}
		y := s.y + (height-float64(lanes)*thick)/2
		sum := 0.0
		for n, one := range present {
			v, _ := s.valueAt(one, float64(c))
			look := s.inkOf(one, c)
			if stacked {
				s.bar(values.at(sum), y, values.at(sum+v)-values.at(sum), thick, look)
				sum += v
				continue
			}
			from, to := values.at(min(v, 0)), values.at(max(v, 0))
			if v != 0 {
				s.bar(from, y+float64(n)*thick+0.5, max(1, to-from), thick-1.5, look)
			}
			if v < 0 {
				s.text(from-5, y+float64(n)*thick+thick/2+4, "end", labelFont, light.muted, s.valueText(v))
			} else {
				s.text(to+5, y+float64(n)*thick+thick/2+4, "", labelFont, light.muted, s.valueText(v))
			}
		}
		s.y += height + 7
	}
	s.rule(values.at(0), top, values.at(0), s.y-4, light.muted, "")
}

// columns draws vertical bars along categories or times.
func (s *sheet) columns(p panel, x, right float64) {
	if len(p.series) > 1 {
		s.legend(x, right, p.series)
	}
	low, high := s.reachOf(p.series)
	values := s.valueScale(low, high, true, 5)
	left := x
	for _, m := range values.marks {
		left = max(left, x+markFont.width(m.text)+8)
	}
	end := right - 6
	lanes := len(p.series)
	if s.Kind == "stacked" {
		lanes = 1
	}
	var axis scale
	var at func(place float64) float64 // left edge of the bars of a place
	var places []float64
	band := 0.0
	byTime := s.overTime
	var names []string
	if s.overTime {
		places = s.timesOf(p.series)
		first, last := s.ends()
		band = 14 * float64(lanes)
		axis = timeScale(first, last, left+band/2+2, end-band/2, markFont)
		for i := 1; i < len(places); i++ {
			band = min(band, 0.85*(axis.at(places[i])-axis.at(places[i-1])))
		}
		at = func(t float64) float64 { return axis.at(t) - band/2 }
		byTime = band >= 2*float64(lanes)
		for _, t := range places {
			names = append(names, timeText(int64(t)))
		}
	} else {
		for _, c := range s.placesOf(p.series) {
			names = append(names, s.categories[c])
			places = append(places, float64(c))
		}
	}
	if !byTime { // even distances, as for times that are too close for bars
		step := (end - left) / float64(max(1, len(places)))
		band = min(step*0.82, 42*float64(lanes))
		for i := range names {
			names[i] = labelFont.fit(names[i], max(step*2, 80))
		}
		index := func(c float64) float64 { return float64(slices.Index(places, c)) }
		at = func(c float64) float64 { return left + (index(c)+0.5)*step - band/2 }
		axis = scale{low: 0, high: float64(max(1, len(places)-1)), from: left + step/2, to: left + step/2 + step*float64(max(1, len(places)-1)), marks: categoryMarks(names, step)}
	}
	var marked []moment
	if byTime {
		marked = s.moments(p, axis, x, right)
	}
	top := s.y + 8
	bottom := top + 250
	if s.narrow() {
		bottom = top + 210
	}
	s.ordinate(&values, left, end, top, bottom)
	for _, m := range marked {
		s.rule(m.x, m.y, m.x, bottom, light.muted, m.dash)
	}
	zero := values.at(0)
	for _, place := range places {
		base, edge := 0.0, at(place)
		for n, one := range p.series {
			v, ok := s.valueAt(one, place)
			if !ok {
				continue
			}
			look := s.inkOf(one, int(place))
			if s.Kind == "stacked" {
				s.bar(edge, values.at(base+v), band, values.at(base)-values.at(base+v), look)
				base += v
				continue
			}
			y := values.at(v)
			lane := band / float64(lanes)
			if v != 0 {
				s.bar(edge+float64(n)*lane, min(y, zero), max(1, lane-1), max(1, max(y, zero)-min(y, zero)), look)
			}
		}
	}
	s.rule(left, zero, end, zero, light.muted, "")
	s.abscissa(axis, bottom, x, right)
	s.y = bottom + 22
}
