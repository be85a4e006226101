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

// isAlias reports whether the statement only says under which other name the document is known, or which others to read.
func (s Statement) isAlias() bool { return s.Relation == "is-also" || s.Relation == "see-also" }

// inverses names each relation between RFCs as seen from the other document.
var inverses = map[string]string{
	"obsoletes": "obsoleted-by", "updates": "updated-by", "obsoleted-by": "obsoletes", "updated-by": "updates",
}

// reverse returns the statement as the other document would make it; not ok if that is not an RFC, or the relation has no
// other direction.
func reverse(r datasets.RFCRelation) (Statement, bool) {
	relation := inverses[r.Relation]
	return Statement{r.TargetNumber, relation, documentName(r.Number)}, relation != "" && r.TargetNumber > 0
}

// fromChanged returns the relation as the document would state it that the relation changes, if that document is known.
func fromChanged(r datasets.RFCRelation, known func(uint32) bool) Statement {
	if _, active := passives[r.Relation]; active && known(r.TargetNumber) {
		if back, ok := reverse(r); ok {
			return back
		}
	}
	return Statement{r.Number, r.Relation, r.Target}
}

// states reports whether the index states the relation, in the entry of either document.
func (s *State) states(r datasets.RFCRelation) bool {
	if _, ok := s.Relations[Statement{r.Number, r.Relation, r.Target}]; ok {
		return true
	}
	back, ok := reverse(r)
	if !ok {
		return false
	}
	_, ok = s.Relations[back]
	return ok
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
	Told         [5]time.Time // in the order of Fields
	StatusHeld   time.Time    // the newest snapshot that does not contradict the status
	StandingTold time.Time    // the snapshot that Standing comes from
}

// ToldOn returns the day of the snapshot that a field of Fields comes from; zero if none tells it.
func (d *Document) ToldOn(field event.Kind) time.Time {
	for i, f := range Fields {
		if f.Name == string(field) {
			return d.Told[i]
		}
	}
	return time.Time{}
}

// State is what was known about the series on a day: the documents of the newest snapshot, completed from the newest
// snapshots of other forms where its own form lacks something.
type State struct {
	Day       time.Time
	Documents map[uint32]*Document
	Relations map[Statement]datasets.RFCRelation
	Told      map[string]time.Time // by relation, the day of the snapshot that it comes from
	others    map[string]bool      // the relations whose snapshot has some to documents of other series, such as IEN 1

	issued map[time.Time]map[uint32]bool // the documents of each snapshot by its day
}

// Read returns the state that the snapshots give together. The last of them is the newest.
func Read(store *table.Store, snapshots []Snapshot) (*State, error) {
	s := &State{Documents: map[uint32]*Document{}, Relations: map[Statement]datasets.RFCRelation{}, Told: map[string]time.Time{},
		others: map[string]bool{}, issued: map[time.Time]map[uint32]bool{}}
	all := map[time.Time]map[string]map[Statement]datasets.RFCRelation{} // by day
	told := map[string]map[Statement]datasets.RFCRelation{}              // by relation, the statements of the newest snapshot that has it
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
		all[snapshot.Day()] = stated
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
			if r.TargetNumber == 0 {
				s.others[k.Relation] = true
			}
		}
	}
	s.dropOutdated(all)
	return s, nil
}

// passives names each relation between RFCs as seen from the document that it changes.
var passives = map[string]string{"obsoletes": "obsoleted-by", "updates": "updated-by"}

// dropOutdated removes what an older snapshot says of a document that another one changes, where a newer snapshot of a form
// that has only the other direction no longer says so. Both directions must have been stated once: some never are.
func (s *State) dropOutdated(stated map[time.Time]map[string]map[Statement]datasets.RFCRelation) {
	for active, passive := range passives {
		older, newer := s.Told[passive], s.Told[active]
		if !newer.After(older) {
			continue
		}
		for k, r := range stated[older][passive] {
			reverse := Statement{r.TargetNumber, active, documentName(k.Number)}
			_, both := stated[older][active][reverse]
			_, still := stated[newer][active][reverse]
			if both && !still && s.issued[newer][r.TargetNumber] {
				delete(s.Relations, k)
			}
		}
	}
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

// StandardsTrack is the status of a document of which the index does not tell the level.
const StandardsTrack = "standards track"

// Levels are the statuses of the standards track.
var Levels = []string{"proposed standard", "draft standard", "internet standard"}

// SameStatus reports whether two statuses do not contradict each other: they are the same, or one of them says only that the
// other is right to name a level of the standards track.
func SameStatus(a, b string) bool {
	return a == b || a == StandardsTrack && slices.Contains(Levels, b) || b == StandardsTrack && slices.Contains(Levels, a)
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
		isStatus := f.Name == string(event.Status)
		switch {
		case value == "":
		case d.Told[i].IsZero():
			d.Told[i] = day
			*f.Of(&d.RFC) = value
			if isStatus {
				d.StatusHeld = day
			}
		case isStatus && d.Status == StandardsTrack && slices.Contains(Levels, value):
			d.Told[i] = day
			d.Status = value
		}
	}
	if d.StandingTold.IsZero() && r.Standing != "" {
		d.Standing, d.StandingTold = r.Standing, day
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
