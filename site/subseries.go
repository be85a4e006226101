package site

import (
	"fmt"
	"strconv"
	"time"

	"tidemark/rfcwatch/history"
	"tidemark/site/publish"
)

const subseriesPath = "rfcs/series.html"

// subseriesView is the page of the sub-series.
type subseriesView struct {
	Told   time.Time // of the index that tells what they hold
	Series []subseries
}

// subseries is BCP, FYI or STD.
type subseries struct {
	Name      string
	Documents []subseriesDocument
	Stale     int      // documents of which each RFC is obsolete
	Last      int      // highest number
	Unused    []string // numbers below it that no RFC has now, as ranges
}

// subseriesDocument is one document of it, for example BCP 14.
type subseriesDocument struct {
	Name   string
	Number int
	RFCs   []subseriesMember
}

// subseriesMember is an RFC that it holds.
type subseriesMember struct {
	history.Member
	Title string
}

// RFC returns the number of the RFC.
func (m subseriesMember) RFC() int { return int(m.Number) }

// Stale reports whether each RFC that the document holds is obsolete.
func (d subseriesDocument) Stale() bool {
	for _, m := range d.RFCs {
		if !m.Obsolete {
			return false
		}
	}
	return true
}

// subseriesPages returns the page of the sub-series; none if no index tells what they hold.
func subseriesPages(f *facts, _ *publish.Stage) ([]*page, error) {
	if len(f.Standards.Members) == 0 {
		return nil, nil
	}
	v := subseriesView{Told: f.Standards.MembersTold}
	for _, m := range f.Standards.Members {
		number, err := strconv.Atoi(m.Name[3:])
		if err != nil {
			return nil, fmt.Errorf("%s: %w", m.Name, err)
		}
		if len(v.Series) == 0 || v.Series[len(v.Series)-1].Name != m.Name[:3] {
			v.Series = append(v.Series, subseries{Name: m.Name[:3]})
		}
		s := &v.Series[len(v.Series)-1]
		if s.Last != number {
			s.Documents = append(s.Documents, subseriesDocument{Name: m.Name[:3] + " " + m.Name[3:], Number: number})
			s.Last = number
		}
		d := &s.Documents[len(s.Documents)-1]
		d.RFCs = append(d.RFCs, subseriesMember{m, f.titleOf(m.Number)})
	}
	for i := range v.Series {
		v.Series[i].count()
	}
	return []*page{{frame: f.frame, Path: subseriesPath, Nav: "Standards", Body: "subseries.html", Title: "BCP, STD and FYI", Data: v,
		Description: "Which RFCs the documents of the sub-series hold, which of these are obsolete, and which numbers hold none."}}, nil
}

// count counts the documents that are obsolete, and collects the numbers between them that hold no RFC.
func (s *subseries) count() {
	next := 1
	for _, d := range s.Documents {
		if d.Stale() {
			s.Stale++
		}
		switch d.Number - next {
		case 0:
		case 1:
			s.Unused = append(s.Unused, strconv.Itoa(next))
		default:
			s.Unused = append(s.Unused, fmt.Sprintf("%d–%d", next, d.Number-1))
		}
		next = d.Number + 1
	}
}
