package chart

import (
	"math"
	"strconv"
	"strings"
	"time"

	"tidemark/internal/quantity"
)

// scale maps values onto pixels.
type scale struct {
	log       bool
	low, high float64 // ends of the axis
	from, to  float64 // their places
	marks     []mark
}

// mark is a labelled place on an axis.
type mark struct {
	value float64
	text  string
}

func (s scale) at(v float64) float64 {
	low, high := s.low, s.high
	if s.log {
		v, low, high = math.Log(v), math.Log(low), math.Log(high)
	}
	if high == low {
		return (s.from + s.to) / 2
	}
	return s.from + (v-low)/(high-low)*(s.to-s.from)
}

// valueScale returns a scale for values from low to high with round ends and about so many marks.
func (p *plot) valueScale(low, high float64, zero bool, about int) scale {
	if p.Log && p.Kind == "line" && low > 0 {
		return p.logScale(low, high)
	}
	if zero || p.Share {
		low, high = min(low, 0), max(high, 0)
	}
	if p.isPercent() && low >= 0 && high <= 100.5 {
		high = min(high, 100)
		if low < 15 {
			low = 0
		}
	}
	if low == high {
		switch {
		case low == 0:
			high = 1
		case zero || p.Share || low > 0:
			low = 0
		default:
			high = 0
		}
	}
	step := roundStep((high - low) / float64(about))
	if integral := p.allWhole(); integral && step < 1 {
		step = 1
	}
	first, last := math.Floor(low/step+1e-9), math.Ceil(high/step-1e-9)
	if low >= 0 && first < 0 {
		first = 0
	}
	s := scale{low: first * step, high: last * step}
	if p.isPercent() && high <= 100 && s.high > 100 {
		s.high = 100
	}
	for n := first; n <= last; n++ {
		if v := n * step; v <= s.high+step*1e-9 {
			s.marks = append(s.marks, mark{v, p.amount(v, step)})
		}
	}
	return s
}

// logScale returns a logarithmic scale between round ends: powers of ten, or their double and fivefold where these are near.
func (p *plot) logScale(low, high float64) scale {
	var rounds []float64
	for e := math.Floor(math.Log10(low)); e <= math.Ceil(math.Log10(high)); e++ {
		for _, n := range []float64{1, 2, 5} {
			rounds = append(rounds, n*math.Pow(10, e))
		}
	}
	s := scale{log: true, low: rounds[0], high: rounds[len(rounds)-1]}
	for _, r := range rounds {
		if r <= low*(1+1e-9) {
			s.low = r
		}
		if r >= high*(1-1e-9) {
			s.high = min(s.high, r)
		}
	}
	if s.low == s.high {
		s.high *= 2
	}
	wide := s.high/s.low > 500
	for _, r := range rounds {
		power := math.Abs(math.Log10(r)-math.Round(math.Log10(r))) < 1e-9
		if r >= s.low*(1-1e-9) && r <= s.high*(1+1e-9) && (power || !wide) {
			s.marks = append(s.marks, mark{r, p.amount(r, r)})
		}
	}
	return s
}

// roundStep returns the smallest of 1, 2 and 5 times a power of ten that is not below v.
func roundStep(v float64) float64 {
	power := math.Pow(10, math.Floor(math.Log10(v)))
	for _, n := range []float64{1, 2, 5} {
		if n*power >= v*(1-1e-9) {
			return n * power
		}
	}
	return 10 * power
}

// allWhole reports whether all values are whole numbers.
func (p *plot) allWhole() bool {
	for _, s := range p.series {
		for _, at := range s.points {
			if at.y != nil && *at.y != math.Trunc(*at.y) {
				return false
			}
		}
	}
	return true
}

// isPercent reports whether the values are in percent of something, so that an axis has no place beyond 100.
func (p *plot) isPercent() bool {
	return p.Share || strings.HasPrefix(p.YName, "percent") || strings.HasPrefix(p.YName, "%")
}

// amount formats a value of an axis with so large a step.
func (p *plot) amount(v, step float64) string {
	unit := ""
	if p.isPercent() {
		unit = " %"
	}
	for _, large := range []struct {
		from float64
		name string
	}{{1e12, " T"}, {1e9, " bn"}, {1e6, " M"}} {
		if math.Abs(v) >= large.from {
			return short(v/large.from, step/large.from) + large.name + unit
		}
	}
	return short(v, step) + unit
}

// short formats a number with the decimals that a step of its axis needs.
func short(v, step float64) string {
	digits := 0
	if step > 0 && step < 1 {
		digits = min(9, int(math.Ceil(-math.Log10(step)-1e-9)))
	}
	text := strconv.FormatFloat(v, 'f', digits, 64)
	if digits == 0 && v != math.Trunc(v) {
		text = strconv.FormatFloat(v, 'f', 1, 64)
	}
	if strings.Trim(text, "-0.") == "" {
		return "0"
	}
	return quantity.Group(text)
}

// valueText formats the value of a bar.
func (p *plot) valueText(v float64) string {
	unit := ""
	if p.isPercent() {
		unit = " %"
	}
	switch a := math.Abs(v); {
	case a >= 1e9:
		return strconv.FormatFloat(v/1e9, 'f', 1, 64) + " bn" + unit
	case a >= 1e7:
		return strconv.FormatFloat(v/1e6, 'f', 1, 64) + " M" + unit
	case v == math.Trunc(v):
		return quantity.Group(strconv.FormatFloat(v, 'f', 0, 64)) + unit
	case a >= 1:
		return quantity.Fixed(v, 1) + unit
	}
	return strconv.FormatFloat(v, 'g', 2, 64) + unit
}

// timeSteps are the distances that the marks of a time axis may have.
var timeSteps = []struct {
	years, months int
	days, hours   int
	layout        string
}{
	{hours: 1, layout: "15:04"}, {hours: 3, layout: "15:04"}, {hours: 6, layout: "2 Jan 15:04"}, {hours: 12, layout: "2 Jan 15:04"},
	{days: 1, layout: "2 Jan 2006"}, {days: 2, layout: "2 Jan 2006"}, {days: 7, layout: "2 Jan 2006"}, {months: 1, layout: "Jan 2006"}, {months: 3, layout: "Jan 2006"},
	{months: 6, layout: "Jan 2006"}, {years: 1, layout: "2006"}, {years: 2, layout: "2006"}, {years: 5, layout: "2006"}, {years: 10, layout: "2006"}, {years: 20, layout: "2006"}, {years: 50, layout: "2006"},
}

// timeScale returns a scale from the first to the last time; its marks are as dense as their texts allow.
func timeScale(first, last time.Time, from, to float64, f font) scale {
	s := scale{low: float64(first.UnixMilli()), high: float64(last.UnixMilli()), from: from, to: to}
	for _, step := range timeSteps {
		at := time.Date(first.Year(), 1, 1, 0, 0, 0, 0, time.UTC)
		switch {
		case step.years > 0:
			at = time.Date(first.Year()/step.years*step.years, 1, 1, 0, 0, 0, 0, time.UTC)
		case step.hours > 0:
			at = first.Truncate(24 * time.Hour)
		case step.days > 0:
			at = first.Truncate(24*time.Hour).AddDate(0, 0, -7)
		}
		s.marks = s.marks[:0]
		end, fits := math.Inf(-1), true
		for ; !at.After(last) && fits; at = at.AddDate(step.years, step.months, step.days).Add(time.Duration(step.hours) * time.Hour) {
			if at.Before(first) {
				continue
			}
			text := at.Format(step.layout)
			place, half := s.at(float64(at.UnixMilli())), f.width(text)/2
			fits = place-half > end
			end = place + half + 10
			s.marks = append(s.marks, mark{float64(at.UnixMilli()), text})
		}
		if fits && (len(s.marks) > 1 || step.years >= 50) {
			return s
		}
	}
	return s
}
