package history

import (
	"slices"
	"time"

	"tidemark/datasets"
	"tidemark/datasets/table"
	"tidemark/rfcwatch/event"
)

// Statement is a relation that a document states.
type Statement struct {
	Number           uint32
	Relation, Target string
}

// Fields are the columns of an entry whose changes are events. Name is the kind of the event.
var Fields = []struct {
	Name string
	Of   func(*datasets.RFC) *string
}{
	{string(event.Status), func(r *datasets.RFC) *string { return &r.Status }},
	{string(event.Title), func(r *datasets.RFC) *string { return &r.Title }},
	{string(event.Stream), func(r *datasets.RFC) *string { return &r.Stream }},
	{string(event.Area), func(r *datasets.RFC) *string { return &r.Area }},
	{string(event.WorkingGroup), func(r *datasets.RFC) *string { return &r.WG }},
}

// Document is an entry of the index with the day of the snapshot that each field comes from.
type Document struct {
	datasets.RFC
	Told [5]time.Time // in the order of Fields
}

// State is what was known about the series on a day: the documents of the newest snapshot, completed from the newest
// snapshots of other forms where its own form lacks something.
type State struct {
	Day       time.Time
	Documents map[uint32]*Document
	Relations map[Statement]datasets.RFCRelation
	Told      map[string]time.Time // by relation, the day of the snapshot that it comes from

	issued map[time.Time]map[uint32]bool // the documents of each snapshot by its day
}

// Read returns the state that the snapshots give together. The last of them is the newest.
func Read(store *table.Store, snapshots []Snapshot) (*State, error) {
	s := &State{Documents: map[uint32]*Document{}, Relations: map[Statement]datasets.RFCRelation{}, Told: map[string]time.Time{},
		issued: map[time.Time]map[uint32]bool{}}
	told := map[string]map[Statement]datasets.RFCRelation{} // by relation, the statements of the newest snapshot that has it
	for i, snapshot := range slices.Backward(snapshots) {
		if i == len(snapshots)-1 {
			s.Day = snapshot.Day()
		}
		if err := s.addDocuments(store, &snapshot, snapshots[len(snapshots)-1].Form, i == len(snapshots)-1); err != nil {
			return nil, err
		}
		stated, err := readRelations(store, &snapshot)
		if err != nil {
			return nil, err
		}
		for relation, statements := range stated {
			if _, newer := s.Told[relation]; !newer {
				s.Told[relation], told[relation] = snapshot.Day(), statements
			}
		}
	}
	for _, statements := range told {
		for k, r := range statements {
			if s.Documents[k.Number] != nil {
				s.Relations[k] = r
			}
		}
	}
	return s, nil
}

// addDocuments adds the documents of a snapshot that is older than those added before. A snapshot in JSON does not list
// numbers that were never issued; an older one of another form adds them.
func (s *State) addDocuments(store *table.Store, snapshot *Snapshot, newestForm string, newest bool) error {
	day := snapshot.Day()
	for r, err := range datasets.RFCs.Scan(store.Path(snapshot.RFCs)) {
		if err != nil {
			return err
		}
		if !r.NotIssued {
			if s.issued[day] == nil {
				s.issued[day] = map[uint32]bool{}
			}
			s.issued[day][r.Number] = true
		}
		d := s.Documents[r.Number]
		switch {
		case d != nil && d.NotIssued == r.NotIssued:
			d.complete(&r, day)
		case d == nil && (newest || newestForm == "json" && r.NotIssued):
			d = &Document{RFC: r}
			s.Documents[r.Number] = d
			d.complete(&r, day)
		}
	}
	return nil
}

// readRelations returns what a snapshot states, by relation.
func readRelations(store *table.Store, snapshot *Snapshot) (map[string]map[Statement]datasets.RFCRelation, error) {
	stated := map[string]map[Statement]datasets.RFCRelation{}
	for r, err := range datasets.RFCRelations.Scan(store.Path(snapshot.Relations)) {
		if err != nil {
			return nil, err
		}
		if stated[r.Relation] == nil {
			stated[r.Relation] = map[Statement]datasets.RFCRelation{}
		}
		stated[r.Relation][Statement{r.Number, r.Relation, r.Target}] = r
	}
	return stated, nil
}

// complete fills in the fields that newer snapshots lack.
func (d *Document) complete(r *datasets.RFC, day time.Time) {
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
