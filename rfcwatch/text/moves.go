package text

const (
	// minMovedSimilarity is the similarity above which a paragraph counts as moved and changed.
	minMovedSimilarity = 0.7
	// maxPlaces is how many removed paragraphs may have the same words in a row for these to be a trace of one of them.
	maxPlaces = 4
)

// findMoves finds the paragraphs that are in both documents without a change, but not in the order of the matches.
func (c *comparison) findMoves(matches []match) {
	a, b := unmatched(matches)
	removed := map[string][]int{}
	for _, i := range a {
		if u := &c.before[i]; len(u.key) >= minMoved && !u.Title {
			removed[u.key] = append(removed[u.key], i)
		}
	}
	for _, i := range b {
		u := &c.now[i]
		if places := removed[u.key]; len(places) > 0 {
			u.moved, c.before[places[0]].moved = &c.before[places[0]], u
			removed[u.key] = places[1:]
		}
	}
}

// unmatched returns the indexes of the elements in neither match; the last match is the end of both sequences.
func unmatched(matches []match) (a, b []int) {
	from, start := 0, 0
	for _, m := range matches {
		for ; from < m.a; from++ {
			a = append(a, from)
		}
		for ; start < m.b; start++ {
			b = append(b, start)
		}
		from, start = m.a+1, m.b+1
	}
	return a, b
}

// joinMoves replaces a paragraph that was removed in one place and added in another, with a change, by one change at its new place.
func (c *comparison) joinMoves(changes []Change) []Change {
	type trace [3]int32
	removed := map[trace][]int{} // by words in a row, the changes that removed them
	units := make(map[*Paragraph]*unit, len(c.before)+len(c.now))
	for _, side := range [][]unit{c.before, c.now} {
		for i := range side {
			units[side[i].Paragraph] = &side[i]
		}
	}
	traces := func(p *Paragraph) (all []trace) {
		u := units[p]
		if p.Title || len(p.Text) < minMoved {
			return nil
		}
		for j := range len(u.words) - 2 {
			all = append(all, trace{u.words[j].number, u.words[j+1].number, u.words[j+2].number})
		}
		return all
	}
	for i, change := range changes {
		if change.Kind == "removed" {
			for _, t := range traces(change.Before) {
				if places := removed[t]; len(places) <= maxPlaces && (len(places) == 0 || places[len(places)-1] != i) {
					removed[t] = append(places, i)
				}
			}
		}
	}
	gone := map[int]bool{}
	for i, change := range changes {
		if change.Kind != "added" {
			continue
		}
		votes, best := map[int]int{}, -1
		for _, t := range traces(change.Now) {
			places := removed[t]
			if len(places) > maxPlaces {
				continue
			}
			for _, from := range places {
				votes[from]++
				if !gone[from] && (best < 0 || votes[from] > votes[best] || votes[from] == votes[best] && from < best) {
					best = from
				}
			}
		}
		if best >= 0 && c.similarity(units[changes[best].Before], units[change.Now]) > minMovedSimilarity {
			gone[best] = true
			changes[i] = c.changed("moved", units[changes[best].Before], units[change.Now])
		}
	}
	all := changes[:0]
	for i, change := range changes {
		if !gone[i] {
			all = append(all, change)
		}
	}
	return all
}
