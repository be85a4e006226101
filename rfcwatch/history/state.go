package history

import (
	"time"

	"tidemark/datasets"
	"tidemark/datasets/table"
)

// Statement is a relation that a document states.
type Statement struct {
	Number           uint32
	Relation, Target string
}

// Fields are those whose changes are events, with what an entry says of them.
var Fields = []struct {
	Name string
	Of   func(*datasets.RFC) *string
}{
	{"status", func(r *datasets.RFC) *string { return &r.Status }},
	{"title", func(r *datasets.RFC) *string { return &r.Title }},
	{"stream", func(r *datasets.RFC) *string { return &r.Stream }},
	{"area", func(r *datasets.RFC) *string { return &r.Area }},
	{"wg", func(r *datasets.RFC) *string { return &r.WG }},
}

// Document is an entry with the day of the snapshot that told each field.
type Document struct {
	datasets.RFC
	Told [5]time.Time // by Fields
}

// State is what was known of the series on a day: the documents of its newest snapshot, and of them what that one's form
// does not tell from the newest snapshots of other forms.
type State struct {
	Day       time.Time
	Documents map[uint32]*Document
	Relations map[Statement]datasets.RFCRelation
	Told      map[string]time.Time // by relation, the day of the snapshot that told it

	issued map[time.Time]map[uint32]bool // by snapshot, the documents that it has
}

// Read makes the state that snapshots give together; the newest is the last.
func Read(store *table.Store, of []Snapshot) (*State, error) {
	s := &State{Documents: map[uint32]*Document{}, Relations: map[Statement]datasets.RFCRelation{}, Told: map[string]time.Time{},
		issued: map[time.Time]map[uint32]bool{}}
	relations := map[string]map[Statement]datasets.RFCRelation{}
	for i := len(of) - 1; i >= 0; i-- {
		newest := i == len(of)-1
		day := of[i].Day()
		if newest {
			s.Day = day
		}
		for r, err := range datasets.RFCs.Scan(store.Path(of[i].RFCs)) {
			if err != nil {
				return nil, err
			}
			if !r.NotIssued {
				if s.issued[day] == nil {
					s.issued[day] = map[uint32]bool{}
				}
				s.issued[day][r.Number] = true
			}
			s.take(&r, day, newest, of[len(of)-1].Form == "json")
		}
		told := map[string]map[Statement]datasets.RFCRelation{}
		for r, err := range datasets.RFCRelations.Scan(store.Path(of[i].Relations)) {
			if err != nil {
				return nil, err
			}
			if told[r.Relation] == nil {
				told[r.Relation] = map[Statement]datasets.RFCRelation{}
			}
			told[r.Relation][Statement{r.Number, r.Relation, r.Target}] = r
		}
		for relation, stated := range told {
			if _, newer := s.Told[relation]; !newer {
				s.Told[relation], relations[relation] = day, stated
			}
		}
	}
	for _, stated := range relations {
		for k, r := range stated {
			if s.Documents[k.Number] != nil {
				s.Relations[k] = r
			}
		}
	}
	return s, nil
}

// take adds an entry of the newest snapshot, or fills in what newer ones do not tell.
func (s *State) take(r *datasets.RFC, day time.Time, newest, withoutNotIssued bool) {
	d := s.Documents[r.Number]
	if d == nil {
		if !newest && !(withoutNotIssued && r.NotIssued) {
			return
		}
		d = &Document{RFC: *r}
		s.Documents[r.Number] = d
	} else if d.NotIssued != r.NotIssued {
		return
	}
	for i, f := range Fields {
		value := *f.Of(r)
		if value != "" && d.Told[i].IsZero() {
			d.Told[i] = day
			*f.Of(&d.RFC) = value
		}
	}
	if d.Year == 0 && r.Year > 0 {
		d.Year, d.Month, d.Day = r.Year, r.Month, r.Day
	}
	if len(d.Authors) == 0 {
		d.Authors = r.Authors
	}
	if len(d.Keywords) == 0 {
		d.Keywords = r.Keywords
	}
	if d.Pages == nil {
		d.Pages = r.Pages
	}
	for _, f := range []struct{ to, from *string }{
		{&d.PublicationStatus, &r.PublicationStatus}, {&d.Draft, &r.Draft}, {&d.DOI, &r.DOI}, {&d.Abstract, &r.Abstract}, {&d.ErrataURL, &r.ErrataURL},
	} {
		if *f.to == "" {
			*f.to = *f.from
		}
	}
}
