package chart

import (
	"cmp"
	_ "embed"
	"fmt"
	"slices"
	"strings"
	"time"

	"tidemark/analysis"
)

// Event is something dated from outside that explains a chart.
type Event struct {
	Time   int64 // milliseconds since 1970
	Text   string
	Source string // its address
}

// Day returns the day of the event as YYYY-MM-DD.
func (e Event) Day() string { return time.UnixMilli(e.Time).UTC().Format(time.DateOnly) }

//go:embed events.tsv
var eventList string

// concern is an event with what it concerns: a question by its slug, the questions of a section, or those about an RFC.
type concern struct {
	Event
	about []string
}

var concerns = mustEvents(eventList)

// mustEvents reads the list: day, what it concerns, text and source in a line, separated by tabs.
func mustEvents(list string) (all []concern) {
	for line := range strings.Lines(list) {
		line = strings.TrimRight(line, "\n")
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		parts := strings.Split(line, "\t")
		if len(parts) != 4 {
			panic(fmt.Sprintf("events.tsv: %q has %d fields, want 4", line, len(parts)))
		}
		day, err := time.Parse(time.DateOnly, parts[0])
		if err != nil {
			panic("events.tsv: " + err.Error()) // the list is built in
		}
		all = append(all, concern{Event{day.UnixMilli(), parts[2], parts[3]}, strings.Fields(parts[1])})
	}
	return all
}

// maxEvents is how many events a chart marks.
const maxEvents = 3

// setEvents chooses the newest events within the time axis that concern the question. Small panels have no room for them.
func (p *plot) setEvents(q *analysis.Question) {
	if !p.overTime || len(p.panels()) > maxRoomyPanels {
		return
	}
	from, to := p.ends()
	for _, c := range concerns {
		about := slices.Contains(c.about, q.Slug)
		for _, rfc := range q.RFCs {
			about = about || slices.Contains(c.about, fmt.Sprintf("rfc%d", rfc))
		}
		if about && c.Time > from.UnixMilli() && c.Time < to.UnixMilli() {
			p.events = append(p.events, c.Event)
		}
	}
	p.events = p.events[max(0, len(p.events)-maxEvents):]
}

// moment is a vertical line of a drawing with a label.
type moment struct {
	x, y       float64 // y is its upper end
	start, end float64 // of the label
	text       string  // "": it has none
	row        int     // of the label, from the lowest
	dash       string
}

const (
	momentRows    = 3
	labelledWidth = 300 // of a panel from which on moments have labels
)

// crosses reports whether the label or the line of one would cross those of the other.
func (m moment) crosses(o moment) bool {
	within := func(x float64, label moment) bool { return label.text != "" && label.start-4 < x && x < label.end+4 }
	switch {
	case o.text == "":
		return false
	case m.row == o.row:
		return m.start-8 < o.end && o.start-8 < m.end
	case m.row > o.row:
		return within(m.x, o)
	}
	return within(o.x, m)
}

// moments labels the breaks and the events above a panel and returns their lines. An event whose label has no room is left out; a
// break is marked without one. In small panels only breaks are marked.
func (s *sheet) moments(p panel, axis scale, x, right float64) (all []moment) {
	var wanted []moment
	roomy := right-x >= labelledWidth
	times, texts := s.breakTimes(p.title)
	times = times[max(0, len(times)-maxBreaks):]
	for _, t := range times {
		m := moment{x: axis.at(float64(t)), dash: "4,3"}
		if len(times) <= maxLabels && roomy {
			m.text = shortened(texts[t], maxLabelLength)
		}
		wanted = append(wanted, m)
	}
	for _, e := range s.events {
		if roomy {
			wanted = append(wanted, moment{x: axis.at(float64(e.Time)), dash: "1,3", text: e.Text})
		}
	}
	slices.SortStableFunc(wanted, func(a, b moment) int { return cmp.Compare(b.x, a.x) })
	rows := 0
	for _, m := range wanted {
		width := smallFont.width(m.text)
		m.start = m.x + 3
		if m.start+width > right {
			m.start = m.x - 3 - width
		}
		m.end = m.start + width
		for m.row = 0; m.row < momentRows && slices.ContainsFunc(all, m.crosses); m.row++ {
		}
		if m.text == "" || m.row == momentRows || m.start < x {
			if m.dash == "1,3" {
				continue
			}
			m.text, m.row = "", 0
		} else {
			rows = max(rows, m.row+1)
		}
		all = append(all, m)
	}
	for i, m := range all {
		all[i].y = s.y + float64(rows)*14
		if m.text != "" {
			base := s.y + float64(rows-m.row)*14
			s.text(m.start, base-3, "", smallFont, light.muted, m.text)
			all[i].y = base - 11
		}
	}
	s.y += float64(rows) * 14
	return all
}

// eventMarks draws lines at the events in the live chart; nil where there are none.
func (p *plot) eventMarks(look theme) []any {
	if len(p.events) == 0 {
		return nil
	}
	lines := make([]any, len(p.events))
	for i, e := range p.events {
		lines[i] = map[string]any{"xAxis": e.Time, "name": e.Text}
	}
	return []any{map[string]any{
		"type": "line", "id": "events", "data": []any{}, "silent": true,
		"markLine": map[string]any{
			"silent": true, "symbol": "none", "animation": false, "data": lines,
			"lineStyle": map[string]any{"color": look.muted, "type": "dotted", "width": 1},
			"label":     map[string]any{"formatter": "{b}", "position": "insideEndTop", "color": look.muted, "fontSize": 11},
		},
	}}
}
