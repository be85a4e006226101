package site

import (
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"tidemark/analysis/operator"
	"tidemark/analysis/watch"
)

// strip is a drawing of a time line: a row for each origin of a prefix, whose height is the share of the full feeds that carry the route,
// and below them the times of dumps and update files.
type strip struct {
	Class         string
	Width, Height int
	Right, Bottom int // of the rows
	Since, Until  int64
	About         string
	Rows          []stripRow
	Ticks         []stripTick
	Gaps          []stripBar // without dumps
	Dumps         []int      // x
	Updates       []stripBar
	Alert         stripBar // when the alert was on
	DumpsY        int
}

// stripRow is a prefix with an origin.
type stripRow struct {
	Label      string
	AS, Colour string
	LabelY     int
	Base       int // y of zero
	Bars       []stripBar
	Open       []stripBar // between which times it began or ended
}

type stripBar struct{ X, Y, Width, Height int }

// stripTick is a time on the axis.
type stripTick struct {
	X     int
	Label string
}

const (
	mostRows    = 24 // that are drawn
	stripMargin = 2
	stripLabel  = 20 // height of a row's label
	stripBand   = 24 // height of a whole share
	stripGap    = 8
	digitWidth  = 9 // at most, of a character of a label
)

// stripSize is for which screens a strip is.
type stripSize struct {
	class string
	width int
	ticks int // at most
}

var (
	wideStrip   = stripSize{"wide-strip", 960, 7}
	narrowStrip = stripSize{"narrow-strip", 328, 3}
)

// stripOf draws the origins of a time line; nil if none was seen.
func stripOf(t *operator.TimeLine, a *watch.Alert, size stripSize) *strip {
	if len(t.Origins) == 0 {
		return nil
	}
	s := &strip{Class: size.class, Width: size.width, Right: size.width - stripMargin, Since: t.Since.Unix(), Until: t.Until.Unix()}
	lines := t.Origins[:min(len(t.Origins), mostRows)]
	most, colours := mostPeers(lines), map[string]string{}
	y := stripMargin
	for i := range lines {
		l := &lines[i]
		if colours[l.AS] == "" {
			colours[l.AS] = fmt.Sprintf("s%d", len(colours)%8)
		}
		row := stripRow{Label: clipped(strings.TrimSpace(l.Prefix+" "+l.Origin()+" "+l.Name), size.width/digitWidth), AS: l.AS, Colour: colours[l.AS], LabelY: y + stripLabel - 5, Base: y + stripLabel + stripBand}
		for j := range l.Intervals {
			s.addInterval(&row, l, &l.Intervals[j], most)
		}
		s.Rows = append(s.Rows, row)
		y = row.Base + stripGap
	}
	s.Bottom = y
	s.DumpsY = y + 6
	for _, h := range t.Dumps {
		s.Dumps = append(s.Dumps, s.x(h.Time))
	}
	for _, u := range t.Updates {
		s.Updates = append(s.Updates, s.bar(u.From, u.Until, s.DumpsY+14, 6))
	}
	for _, g := range t.Gaps {
		if g.Collector == "" {
			s.Gaps = append(s.Gaps, s.bar(g.From, g.Until, stripMargin, s.Bottom-stripMargin))
		}
	}
	end := a.LastSeen
	if a.GoneBy != nil {
		end = *a.GoneBy
	}
	s.Alert = s.bar(a.SeenFrom, end, stripMargin, s.Bottom-stripMargin)
	s.Ticks = s.ticks(t.Since, t.Until, size.ticks)
	s.Height = s.DumpsY + 48
	s.About = fmt.Sprintf("%s over time, by origin; the table below has the same as text", t.Prefix)
	return s
}

// mostPeers returns the greatest number of peers that carried a route; at least 1.
func mostPeers(lines []operator.Line) int64 {
	most := int64(1)
	for i := range lines {
		for _, c := range lines[i].Counts {
			if c.Peers != nil {
				most = max(most, *c.Peers)
			}
		}
	}
	return most
}

// addInterval adds an interval of a line: bars as high as its coverage, from count to count, and lines where its beginning and its end may be.
func (s *strip) addInterval(row *stripRow, l *operator.Line, v *operator.Interval, most int64) {
	if v.NotBefore != nil && v.NotBefore.Before(v.From) {
		row.Open = append(row.Open, s.bar(*v.NotBefore, v.From, row.Base-1, 1))
	}
	if v.GoneBy != nil && v.GoneBy.After(v.Last) {
		row.Open = append(row.Open, s.bar(v.Last, *v.GoneBy, row.Base-1, 1))
	}
	at, share, byDump := v.From, 1.0, false
	add := func(until time.Time) {
		height := max(int(share*stripBand+0.5), 3)
		row.Bars = append(row.Bars, s.bar(at, until, row.Base-height, height))
	}
	for _, c := range l.Counts {
		if c.Time.Before(v.From.Truncate(time.Minute)) || c.Time.After(v.Last) || c.Peers == nil || *c.Peers == 0 || byDump && !c.Dump {
			continue
		}
		if c.Time.After(at) {
			add(c.Time)
			at = c.Time
		}
		share, byDump = float64(*c.Peers)/float64(most), c.Dump
		if c.Feeds != nil && c.FeedsOf != nil && *c.FeedsOf > 0 {
			share = min(float64(*c.Feeds)/float64(*c.FeedsOf), 1)
		}
	}
	add(v.Last)
}

// x returns where a time is; those outside are at the edges.
func (s *strip) x(at time.Time) int {
	part := float64(at.Unix()-s.Since) / float64(max(s.Until-s.Since, 1))
	return stripMargin + int(min(max(part, 0), 1)*float64(s.Right-stripMargin)+0.5)
}

func (s *strip) bar(from, until time.Time, y, height int) stripBar {
	x := s.x(from)
	return stripBar{x, y, max(s.x(until)-x, 3), height}
}

// stripSteps are the distances of ticks.
var stripSteps = []time.Duration{time.Minute, 5 * time.Minute, 15 * time.Minute, time.Hour, 3 * time.Hour, 6 * time.Hour, 12 * time.Hour, 24 * time.Hour, 48 * time.Hour, 7 * 24 * time.Hour, 14 * 24 * time.Hour, 28 * 24 * time.Hour}

// ticks returns at most that many times on the axis. Those at midnight are days.
func (s *strip) ticks(since, until time.Time, most int) (ticks []stripTick) {
	step := stripSteps[len(stripSteps)-1]
	for _, d := range stripSteps {
		if until.Sub(since) <= time.Duration(most)*d {
			step = d
			break
		}
	}
	const half = 45 // width of half a label
	for at := since.Truncate(step); !at.After(until); at = at.Add(step) {
		x := s.x(at)
		if at.Before(since) || x < half || x > s.Right-half {
			continue
		}
		label := at.UTC().Format("01-02 15:04")
		if at.UTC().Equal(at.UTC().Truncate(24 * time.Hour)) {
			label = at.UTC().Format(time.DateOnly)
		}
		ticks = append(ticks, stripTick{x, label})
	}
	return ticks
}

// clipped returns the beginning of a text that has at most that many characters.
func clipped(text string, most int) string {
	if utf8.RuneCountInString(text) <= most {
		return text
	}
	return string([]rune(text)[:most-1]) + "…"
}

// End returns where the bar ends.
func (b stripBar) End() int { return b.X + b.Width }

// DumpsTo returns where the ticks of dumps end.
func (s *strip) DumpsTo() int { return s.DumpsY + 8 }
