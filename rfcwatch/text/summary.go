package text

import "slices"

// Summary is how much of two documents differs.
type Summary struct {
	Before, Now                    int // paragraphs
	Added, Removed, Changed, Moved int // of them; moved ones may have changed, too
	Headings                       int // added, removed or changed
	Requirements                   []RequirementChange
}

// RequirementChange is how often a requirement word is in two documents.
type RequirementChange struct {
	Word         string
	Before, Now  int
	Lost, Gained int // Now is Before without Lost, with Gained
	Moved        int // in a paragraph that moved, or to another place in its paragraph
}

// Summarize returns the summary of the changes between two documents. It has a row for each requirement word that one of them has.
func Summarize(before, now []Paragraph, changes []Change) Summary {
	s := Summary{Before: len(before), Now: len(now)}
	words := map[string]*RequirementChange{}
	of := func(word string) *RequirementChange {
		if words[word] == nil {
			words[word] = &RequirementChange{Word: word}
		}
		return words[word]
	}
	for _, p := range before {
		for _, w := range Requirements(p.Text) {
			of(w).Before++
		}
	}
	for _, p := range now {
		for _, w := range Requirements(p.Text) {
			of(w).Now++
		}
	}
	for _, c := range changes {
		s.count(&c)
		lost, gained := tally(c.Lost), tally(c.Gained)
		for w, n := range lost {
			within := min(n, gained[w])
			of(w).Lost += n - within
			of(w).Moved += within
		}
		for w, n := range gained {
			of(w).Gained += n - min(n, lost[w])
		}
		if c.Kind == "moved" {
			for w, n := range tally(Requirements(c.Now.Text)) {
				of(w).Moved += n - gained[w]
			}
		}
	}
	for _, strength := range strengths {
		for _, word := range strength.words {
			if words[word] != nil {
				s.Requirements = append(s.Requirements, *words[word])
			}
		}
	}
	return s
}

// count counts a change.
func (s *Summary) count(c *Change) {
	if slices.ContainsFunc([]*Paragraph{c.Before, c.Now}, func(p *Paragraph) bool { return p != nil && p.Title }) {
		s.Headings++
		return
	}
	switch c.Kind {
	case "added":
		s.Added++
	case "removed":
		s.Removed++
	case "changed":
		s.Changed++
	case "moved":
		s.Moved++
	}
}

func tally(words []string) map[string]int {
	counts := map[string]int{}
	for _, w := range words {
		counts[w]++
	}
	return counts
}
