package history

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"time"

	"tidemark/datasets/table"
)

// Series is a document of a sub-series, such as BCP 38 or STD 86, with the RFCs that it held on a day.
type Series struct {
	Name  string      `json:"name"` // for example BCP38
	Index string      `json:"index"`
	Told  string      `json:"told"` // day of the index that tells what it holds
	RFCs  []SeriesRFC `json:"rfcs"`
}

// SeriesRFC is an RFC of a sub-series.
type SeriesRFC struct {
	Number    uint32 `json:"number"`
	Title     string `json:"title"`
	Published Known  `json:"published"`
	Status    Known  `json:"status"`
	Obsolete  *bool  `json:"obsolete"` // null: no index tells
}

// Series returns the RFCs of a document of a sub-series by number; name is for example BCP38.
func (s *State) Series(name string) (all []*Document) {
	for k := range s.Relations {
		if d := s.Documents[k.Number]; k.Relation == "is-also" && k.Target == name && d != nil {
			all = append(all, d)
		}
	}
	slices.SortFunc(all, func(a, b *Document) int { return cmp.Compare(a.Number, b.Number) })
	return all
}

// DescribeSeries returns what a document of a sub-series held on a day. It is an error if no RFC had the name then.
func DescribeSeries(store *table.Store, name string, day time.Time) (*Series, error) {
	state, err := At(store, day)
	if err != nil {
		return nil, err
	}
	told := state.Told["is-also"]
	if told.IsZero() {
		return nil, fmt.Errorf("no index of %s or before tells which RFCs are %s; import one of another form, for example rfc-index.txt", state.Day.Format(time.DateOnly), name)
	}
	described := &Series{Name: name, Index: state.Day.Format(time.DateOnly), Told: told.Format(time.DateOnly)}
	for _, d := range state.Series(name) {
		described.RFCs = append(described.RFCs, SeriesRFC{Number: d.Number, Title: d.Title, Published: Known(Published(&d.RFC)), Status: Known(d.Status),
			Obsolete: state.obsolete(d.Number)})
	}
	if len(described.RFCs) == 0 {
		return nil, fmt.Errorf("in the index of %s no RFC is %s", described.Told, name)
	}
	return described, nil
}

// Member is an RFC that a document of a sub-series holds.
type Member struct {
	Name     string // of the document, for example BCP14
	Number   uint32 // of the RFC
	Obsolete bool   // another RFC is known to obsolete it
}

var memberName = regexp.MustCompile(`^(BCP|FYI|STD)([1-9][0-9]{0,5})$`)

// Members returns what all documents of the sub-series hold, ordered by series, number and RFC.
func (s *State) Members() (all []Member) {
	obsolete := map[uint32]bool{}
	for e := range s.edges() {
		obsolete[e.To] = obsolete[e.To] || e.Relation == "obsoletes"
	}
	for k := range s.Relations {
		if k.Relation == "is-also" && memberName.MatchString(k.Target) {
			d := s.Documents[k.Number]
			all = append(all, Member{k.Target, k.Number, obsolete[k.Number] || d != nil && d.Standing == "obsoleted"})
		}
	}
	slices.SortFunc(all, func(a, b Member) int {
		return cmp.Or(cmp.Compare(a.Name[:3], b.Name[:3]), cmp.Compare(len(a.Name), len(b.Name)), cmp.Compare(a.Name, b.Name), cmp.Compare(a.Number, b.Number))
	})
	return all
}

// Names returns the other names of an RFC, such as BCP14, in order.
func (s *State) Names(number uint32) (names []string) {
	for k := range s.Relations {
		if k.Number == number && k.Relation == "is-also" {
			names = append(names, k.Target)
		}
	}
	slices.Sort(names)
	return names
}
