package history

import (
	"cmp"
	"errors"
	"slices"
	"strings"
	"time"
	"unicode"

	"tidemark/datasets"
	"tidemark/datasets/table"
)

// ErrNoIndex says that the store has no snapshot of the RFC index for a day.
var ErrNoIndex = errors.New("no snapshot of the RFC index of that day or before is at hand; import one: tidemark import rfc-index FILE")

// At is the state on a day: that of the newest snapshot of the day or before it.
func At(store *table.Store, day time.Time) (*State, error) {
	chain, _, err := ReadChain(store)
	if err != nil {
		return nil, err
	}
	i := chain.On(day)
	if i < 0 {
		return nil, ErrNoIndex
	}
	return Read(store, chain.UpTo(i))
}

// Errata are the errata of an RFC on a day, as the newest list of the day or before it has them, by their numbers. All
// RFCs' are given for number 0.
func Errata(store *table.Store, number uint32, day time.Time) ([]datasets.RFCErratum, error) {
	m, err := newest(store, datasets.RFCErrata.Schema, day)
	if err != nil || m == nil {
		return nil, err
	}
	var all []datasets.RFCErratum
	for e, err := range datasets.RFCErrata.Scan(store.Path(m)) {
		if err != nil {
			return nil, err
		}
		if number == 0 || e.Number == number {
			all = append(all, e)
		}
	}
	return all, nil
}

// newest is the newest partition of the day or before it; nil: there is none.
func newest(store *table.Store, of *table.Schema, day time.Time) (*table.Manifest, error) {
	all, err := store.Manifests(of)
	for _, m := range slices.Backward(all) {
		if !m.Day().After(day) {
			return m, err
		}
	}
	return nil, err
}

// Pending is a draft that would change an RFC.
type Pending struct {
	datasets.Draft
	Relation string // updates or obsoletes
}

// Drafts are those that would change the RFC, as the Datatracker said on the day or before it; published, replaced and
// dead ones are left out.
func Drafts(store *table.Store, number uint32, day time.Time) ([]Pending, error) {
	m, err := newest(store, datasets.Drafts.Schema, day)
	if err != nil || m == nil {
		return nil, err
	}
	r, err := newest(store, datasets.DraftRelations.Schema, day)
	if err != nil || r == nil {
		return nil, err
	}
	changes := map[string]string{}
	for r, err := range datasets.DraftRelations.Scan(store.Path(r)) {
		if err != nil {
			return nil, err
		}
		if r.TargetNumber == number && (r.Relation == "updates" || r.Relation == "obsoletes") {
			changes[r.Source] = r.Relation
		}
	}
	var all []Pending
	for d, err := range datasets.Drafts.Scan(store.Path(m)) {
		if err != nil {
			return nil, err
		}
		if relation := changes[d.Name]; relation != "" && (d.State == "active" || d.State == "expired") {
			all = append(all, Pending{d, relation})
		}
	}
	return all, nil
}

// Citing are the documents that cite RFCs normatively, by the RFC's number, as the Datatracker said on the day or before
// it.
func Citing(store *table.Store, day time.Time) (map[uint32][]string, error) {
	m, err := newest(store, datasets.DraftRelations.Schema, day)
	if err != nil || m == nil {
		return nil, err
	}
	citing := map[uint32][]string{}
	for r, err := range datasets.DraftRelations.Scan(store.Path(m)) {
		if err != nil {
			return nil, err
		}
		if r.Relation == "normative" && r.TargetNumber > 0 {
			citing[r.TargetNumber] = append(citing[r.TargetNumber], r.Source)
		}
	}
	return citing, nil
}

// Events are those that concern one of the RFCs, or all where none is named, from the day on, oldest first.
func Events(store *table.Store, numbers []uint32, since time.Time) ([]datasets.RFCEvent, error) {
	manifests, err := store.Manifests(datasets.RFCEvents.Schema)
	if err != nil {
		return nil, err
	}
	var paths []string
	for _, m := range manifests {
		if !m.Day().Before(since) {
			paths = append(paths, store.Path(m))
		}
	}
	var all []datasets.RFCEvent
	if len(paths) == 0 {
		return nil, nil
	}
	for e, err := range datasets.RFCEvents.Scan(paths...) {
		if err != nil {
			return nil, err
		}
		concerned := len(numbers) == 0 || slices.ContainsFunc(numbers, func(n uint32) bool { return slices.Contains(e.Concerns, n) })
		if concerned && !When(&e).Before(since) {
			all = append(all, e)
		}
	}
	slices.SortStableFunc(all, func(a, b datasets.RFCEvent) int { return cmp.Or(When(&a).Compare(When(&b)), a.Until.Compare(b.Until)) })
	return all, nil
}

// When is the day that an event is shown under: its own, or that of the first snapshot that shows it.
func When(e *datasets.RFCEvent) time.Time {
	if e.Date != nil {
		return *e.Date
	}
	return e.Until
}

// Search finds the documents in whose number, title, keywords, authors or abstract all words stand, the best first: a
// word in the title counts more than one elsewhere.
func (s *State) Search(words []string) []*Document {
	type hit struct {
		*Document
		score int
	}
	var hits []hit
	for _, d := range s.Documents {
		if d.NotIssued {
			continue
		}
		if score := score(d, words); score > 0 {
			hits = append(hits, hit{d, score})
		}
	}
	slices.SortFunc(hits, func(a, b hit) int { return cmp.Or(cmp.Compare(b.score, a.score), cmp.Compare(b.Number, a.Number)) })
	found := make([]*Document, len(hits))
	for i, h := range hits {
		found[i] = h.Document
	}
	return found
}

func score(d *Document, words []string) (sum int) {
	for _, word := range words {
		word = strings.ToLower(word)
		best := 0
		for _, place := range []struct {
			text   string
			weight int
		}{
			{d.Title, 8}, {strings.Join(d.Keywords, " "), 4}, {d.WG, 4}, {strings.Join(d.Authors, " "), 2}, {d.Abstract, 1},
		} {
			text := strings.ToLower(place.text)
			if i := strings.Index(text, word); i >= 0 {
				weight := place.weight * 2
				before, after := text[:i], text[i+len(word):]
				if !endsInLetter(before) && !beginsWithLetter(after) { // a whole word
					weight += place.weight
				}
				best = max(best, weight)
			}
		}
		if best == 0 {
			return 0
		}
		sum += best
	}
	return sum
}

func endsInLetter(s string) bool {
	r := []rune(s[max(0, len(s)-4):])
	return len(r) > 0 && unicode.IsLetter(r[len(r)-1])
}

func beginsWithLetter(s string) bool {
	for _, r := range s {
		return unicode.IsLetter(r)
	}
	return false
}

// Edge is a relation between two documents in the direction in which it is said: RFC 8200 obsoletes RFC 2460.
type Edge struct {
	From     uint32 `json:"from"`
	Relation string `json:"relation"` // obsoletes or updates
	To       uint32 `json:"to"`
	StatedBy string `json:"stated_by"` // from, to or both
}

// Graph gives the documents that obsolete, update, are obsoleted or updated by the RFC, and theirs up to a distance.
func (s *State) Graph(number uint32, distance int) []Edge {
	type pair struct {
		from, to uint32
		relation string
	}
	stated := map[pair]string{}
	say := func(p pair, by string) {
		if old, there := stated[p]; there && old != by {
			by = "both"
		}
		stated[p] = by
	}
	for k, r := range s.Relations {
		if r.TargetNumber == 0 {
			continue
		}
		switch k.Relation {
		case "obsoletes", "updates":
			say(pair{k.Number, r.TargetNumber, k.Relation}, "from")
		case "obsoleted-by":
			say(pair{r.TargetNumber, k.Number, "obsoletes"}, "to")
		case "updated-by":
			say(pair{r.TargetNumber, k.Number, "updates"}, "to")
		}
	}
	near := map[uint32]bool{number: true}
	for range distance {
		found := map[uint32]bool{}
		for p := range stated {
			if near[p.from] != near[p.to] {
				found[p.from], found[p.to] = true, true
			}
		}
		for n := range found {
			near[n] = true
		}
	}
	var edges []Edge
	for p, by := range stated {
		if near[p.from] && near[p.to] {
			edges = append(edges, Edge{p.from, p.relation, p.to, by})
		}
	}
	slices.SortFunc(edges, func(a, b Edge) int {
		return cmp.Or(cmp.Compare(a.From, b.From), cmp.Compare(a.Relation, b.Relation), cmp.Compare(a.To, b.To))
	})
	return edges
}
