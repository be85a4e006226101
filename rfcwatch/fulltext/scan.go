package fulltext

import "slices"

// Hit is a text that is found.
type Hit struct {
	Document
	Excerpt
	score    int
	standing standing
}

// Scan looks for a query in texts that are added one after another.
type Scan struct {
	query  Query
	stems  stemmed
	inAll  collection
	hits   []Hit
	words  []Word // of the passage that is read; reused
	places match  // likewise
}

// NewScan begins a search.
func NewScan(q Query) *Scan {
	return &Scan{query: q, stems: stemmed{}, inAll: collection{with: make([]int, len(q.Terms))}, places: make(match, len(q.Terms))}
}

// Add looks for the query in a text.
func (s *Scan) Add(t *Text) {
	terms := len(s.query.Terms)
	hit := Hit{Document: t.Document, standing: standing{weights: make([]int, terms), inTitle: make([]bool, terms), obsolete: t.Obsolete}}
	best := chooser{query: &s.query, target: -1}
	passages := t.passages()
	for number, p := range passages {
		s.read(p.text)
		for _, w := range s.words {
			if w.Stem != "" {
				hit.standing.words++
			}
		}
		found := false
		for term, at := range s.places {
			hit.standing.weights[term] += p.weight * len(at)
			found = found || len(at) > 0
		}
		if found {
			best.consider(number, p, s.places)
		}
	}
	s.read(t.Title)
	hit.standing.title = len(s.words)
	whole := terms > 0
	for term, at := range s.places {
		hit.standing.inTitle[term] = len(at) > 0
		if hit.standing.weights[term] > 0 || len(at) > 0 {
			s.inAll.with[term]++
		} else {
			whole = false
		}
	}
	s.inAll.texts++
	s.inAll.words += hit.standing.words
	if whole && best.satisfied() {
		if number, ok := best.chosen(); ok {
			p := passages[number]
			s.read(p.text)
			hit.Excerpt = Excerpt{p.Number, p.Heading, cut(p.text, s.places, s.words)}
		}
		s.hits = append(s.hits, hit)
	}
}

// read sets the words of a passage, and the places of the terms in it.
func (s *Scan) read(text string) {
	s.words = s.stems.words(s.words[:0], text)
	for i := range s.places {
		s.places[i] = s.places[i][:0]
	}
	for at, w := range s.words {
		if w.Stem == "" {
			continue
		}
		if term := slices.Index(s.query.Terms, w.Stem); term >= 0 {
			s.places[term] = append(s.places[term], at)
		}
	}
}

// Merge adds what another search for the same query found in other texts.
func (s *Scan) Merge(other *Scan) {
	s.inAll.texts += other.inAll.texts
	s.inAll.words += other.inAll.words
	for term, n := range other.inAll.with {
		s.inAll.with[term] += n
	}
	s.hits = append(s.hits, other.hits...)
}

// Hits returns the texts that are found, best first.
func (s *Scan) Hits() []Hit {
	for i := range s.hits {
		s.hits[i].score = s.inAll.score(&s.hits[i].standing)
	}
	rank(s.hits)
	return s.hits
}
