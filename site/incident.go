package site

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"tidemark/analysis/operator"
	"tidemark/analysis/watch"
	"tidemark/internal/quantity"
	"tidemark/site/publish"
)

// Incident is an alert about a prefix with the time line of that prefix around it.
type Incident struct {
	Alert    watch.Alert
	TimeLine *operator.TimeLine
}

const incidentScript = "assets/incident.js"

// incidentView is the page of an incident.
type incidentView struct {
	watch.Alert
	*operator.TimeLine
	Wide, Narrow        *strip // nil: nothing was seen
	Announced, Validity *tableView
	Beside, Heard       *tableView // upstreams, messages
	Changes             []momentView
	Others              []*watch.Alert // of the same rule, kind and subject at other times, the newest first
	Left                []string       // what is left out, in words
	JSON                string         // path of the time line as a file
	Provenance          *provenance
}

// momentView is a moment with what the script says of it.
type momentView struct {
	operator.Moment
	By string
}

// incidentPages returns a page for each incident, and writes its time line beside it.
func incidentPages(f *facts, stage *publish.Stage) (pages []*page, err error) {
	for _, in := range f.Incidents {
		base := strings.TrimSuffix(in.Alert.Page, ".html")
		text, err := json.MarshalIndent(in.TimeLine, "", " ")
		if err != nil {
			return nil, err
		}
		if err := stage.Add(base+".json", append(text, '\n')); err != nil {
			return nil, err
		}
		from, err := f.provenanceOf(in.TimeLine.From, base+".sources.csv", stage)
		if err != nil {
			return nil, err
		}
		v := f.incidentView(&in)
		v.JSON, v.Provenance = base+".json", from
		pages = append(pages, &page{frame: f.frame, Path: in.Alert.Page, Nav: "Operators", Body: "incident.html", Scripts: []string{incidentScript, tableScript}, Data: v, Kind: kindIncident, Words: in.Alert.Prefix,
			Title: incidentTitle(&in.Alert), Description: "Who announced the prefix, over which paths, and when."})
	}
	return pages, nil
}

func incidentTitle(a *watch.Alert) string {
	words := strings.Split(a.Kind, "-")
	switch first := words[0]; first {
	case "rov", "roa", "aspa":
		words[0] = strings.ToUpper(first)
	default:
		words[0] = strings.ToUpper(first[:1]) + first[1:]
	}
	return strings.Join(words, " ") + ": " + a.Subject
}

func (f *facts) incidentView(in *Incident) *incidentView {
	a, t := &in.Alert, in.TimeLine
	v := &incidentView{Alert: *a, TimeLine: t, Wide: stripOf(t, a, wideStrip), Narrow: stripOf(t, a, narrowStrip)}
	v.Announced, v.Validity, v.Beside = f.linesOf("announced", "Who announced the prefix and what is inside it", t.Origins), f.validityOf(t), f.linesOf("upstreams", "ASes beside the origin, on the paths that are known", t.Upstreams)
	v.Heard = messagesOf(t)
	for _, m := range t.Moments {
		by := "messages"
		if m.Dump {
			by = "dumps"
		}
		v.Changes = append(v.Changes, momentView{m, by})
	}
	v.Others, v.Left = f.otherTimes(a), leftOut(t)
	return v
}

// otherTimes returns the other incidents of the rule, kind and subject of an alert.
func (f *facts) otherTimes(a *watch.Alert) (all []*watch.Alert) {
	for i := range f.Incidents {
		if other := &f.Incidents[i].Alert; other.Page != a.Page && other.Watch == a.Watch && other.Kind == a.Kind && other.Subject == a.Subject {
			all = append(all, other)
		}
	}
	return all
}

func clock(t time.Time) string { return t.UTC().Format("2006-01-02 15:04") }

// clockExact returns a time to the minute, where it is on the minute as those of dumps are, or to the second.
func clockExact(t *time.Time) string {
	switch {
	case t == nil:
		return ""
	case t.Second() == 0:
		return clock(*t)
	}
	return clockSeconds(*t)
}

func clockSeconds(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05") }

// linesOf returns the intervals of ASes.
func (f *facts) linesOf(name, caption string, lines []operator.Line) *tableView {
	var rows [][]tableCell
	for i := range lines {
		l := &lines[i]
		for _, v := range l.Intervals {
			row := []tableCell{{Text: l.Prefix, Link: f.prefixLink(l.Prefix)}, f.originCell(l.AS, l.Name), {Text: clockExact(v.NotBefore)}, {Text: clockExact(&v.From)}, {Text: clockExact(&v.Last)}, {Text: clockExact(v.GoneBy)}, {},
				{Text: quantity.Count(int64(l.Witnesses)), Folded: l.SeenBy}}
			if v.Feeds != nil && v.FeedsOf != nil {
				row[6].Text = fmt.Sprintf("%d of %d", *v.Feeds, *v.FeedsOf)
			}
			if l.Witnesses == 0 {
				row[7] = tableCell{Text: "not named"}
			}
			rows = append(rows, row)
		}
	}
	return tableOfCells(name, caption+", and how many full feeds carried it at most (UTC)", []tableColumn{{Name: "Prefix", Kind: ofAddress, Head: true}, {Name: "AS", Kind: ofAS}, {Name: "Began after", Kind: ofTime}, {Name: "Began by", Kind: ofTime},
		{Name: "Last seen", Kind: ofTime}, {Name: "Over by", Kind: ofTime}, {Name: "Full feeds"}, {Name: "Named peers"}}, rows)
}

func (f *facts) validityOf(t *operator.TimeLine) *tableView {
	var rows [][]tableCell
	for i := range t.Origins {
		l := &t.Origins[i]
		for _, s := range l.ROV {
			rows = append(rows, []tableCell{{Text: l.Prefix}, f.originCell(l.AS, ""), {Text: strings.ReplaceAll(s.State, "-", " ")}, {Text: s.Reason}, {Text: clock(s.From)}, {Text: clock(s.Last)}})
		}
	}
	return tableOfCells("validity", "Route origin validation in the dumps of the time (UTC)", []tableColumn{{Name: "Prefix", Kind: ofAddress, Head: true}, {Name: "Origin", Kind: ofAS}, {Name: "State"}, {Name: "Because"}, {Name: "From", Kind: ofTime}, {Name: "Last", Kind: ofTime}}, rows)
}

func messagesOf(t *operator.TimeLine) *tableView {
	var rows [][]tableCell
	for _, m := range t.Messages {
		rows = append(rows, []tableCell{{Text: clockSeconds(m.Time)}, {Text: m.Kind}, {Text: m.Prefix}, {Text: m.Session}, {Text: m.Path}})
	}
	return tableOfCells("messages", "Messages about the prefix and what is inside it (UTC)", []tableColumn{{Name: "Time", Kind: ofTime, Head: true}, {Name: "Message"}, {Name: "Prefix", Kind: ofAddress}, {Name: "Peer"}, {Name: "AS path"}}, rows)
}

// leftOut says what the page does not have of the time line.
func leftOut(t *operator.TimeLine) (all []string) {
	intervals := 0
	for _, l := range slices.Concat(t.Origins, t.Upstreams) {
		intervals += l.LaterIntervals
	}
	for _, part := range []struct {
		n         int
		one, many string
	}{{t.LaterOrigins, "origin", "origins"}, {t.LaterUpstreams, "upstream", "upstreams"}, {intervals, "later interval", "later intervals"}, {t.Later, "later change of paths", "later changes of paths"},
		{t.Count - len(t.Messages), "later message", "later messages"}, {len(t.Origins) - mostRows, "origin of the drawing", "origins of the drawing"}} {
		if part.n > 0 {
			all = append(all, plural(part.n, part.one, part.many))
		}
	}
	if t.Unread != nil {
		all = append(all, "messages after "+clockSeconds(*t.Unread))
	}
	return all
}

// incidentsOf returns the incidents of a prefix, or all where it is empty, the newest first.
func (f *facts) incidentsOf(prefix string) *tableView {
	var rows [][]tableCell
	for i := range f.Incidents {
		a := &f.Incidents[i].Alert
		if prefix != "" && a.Prefix != prefix {
			continue
		}
		ended := "not known to be over"
		if a.GoneBy != nil {
			ended = clock(*a.GoneBy)
		}
		rows = append(rows, []tableCell{{Text: incidentTitle(a), Link: a.Page}, {Text: a.Severity}, {Text: clock(a.SeenFrom)}, {Text: ended}, {Text: a.Watch}})
	}
	caption := fmt.Sprintf("Alerts about routes, the newest %d of each rule at most (UTC)", watch.MaxIncidents)
	return tableOfCells("incidents", caption, []tableColumn{{Name: "Incident", Head: true}, {Name: "Severity", Facet: choosable}, {Name: "Seen from", Kind: ofTime}, {Name: "Over by"}, {Name: "Rule"}}, rows)
}

// GapTexts returns the gaps in words.
func (v *incidentView) GapTexts() (all []string) {
	for i := range v.TimeLine.Gaps {
		g := &v.TimeLine.Gaps[i]
		all = append(all, clock(g.From)+" to "+clock(g.Until)+": no "+strings.TrimPrefix(g.Lacks(), "a "))
	}
	return slices.Compact(all)
}
