// Package history reads the snapshots of the standards in the store in the order of their days: what stood on a day, and
// what changed between two.
package history

import (
	"cmp"
	"regexp"
	"slices"
	"strings"
	"time"

	"tidemark/datasets"
	"tidemark/datasets/table"
)

// Snapshot is the RFC index of a day in one of its forms.
type Snapshot struct {
	RFCs, Relations *table.Manifest
	Form            string // xml, txt or json
	Beside          []Snapshot
}

// Day is the day on which the index stood so.
func (s *Snapshot) Day() time.Time { return s.RFCs.Day() }

// Inputs are the partitions of the snapshot.
func (s *Snapshot) Inputs() []table.Input {
	return []table.Input{s.RFCs.AsInput(), s.Relations.AsInput()}
}

// Chain is every snapshot that counts, one a day, oldest first. What else there is of a day stands in Beside.
type Chain []Snapshot

// Quarantined is a snapshot that lost too many documents to be believed.
type Quarantined struct {
	Name            string // of the source
	Documents, Than int64  // than the snapshot before it had
}

var single = regexp.MustCompile(`(?i)\brfc\d+\.json`) // rfcN.json tells of one document only

// ReadChain finds the snapshots. One that has lost more than one document in two hundred against the one before it of
// the same form, or one in thirty of another, takes no part: a bad fetch must not delete documents.
func ReadChain(store *table.Store) (chain Chain, quarantined []Quarantined, err error) {
	entries, err := store.Manifests(datasets.RFCs.Schema)
	if err != nil {
		return nil, nil, err
	}
	relations, err := store.Manifests(datasets.RFCRelations.Schema)
	if err != nil {
		return nil, nil, err
	}
	byFile := map[string]*table.Manifest{}
	for _, m := range relations {
		byFile[m.Day().String()+m.Name()] = m
	}
	for _, m := range entries {
		s := Snapshot{RFCs: m, Relations: byFile[m.Day().String()+m.Name()], Form: formOf(m.Name())}
		if s.Relations == nil {
			continue
		}
		if single.MatchString(m.Name()) {
			if last := len(chain) - 1; last >= 0 && chain[last].Day().Equal(s.Day()) {
				chain[last].Beside = append(chain[last].Beside, s)
			}
			continue
		}
		if than := chain.lost(&s); than > 0 {
			quarantined = append(quarantined, Quarantined{m.Inputs[0].Name, m.Rows, than})
			continue
		}
		last := len(chain) - 1
		if last < 0 || !chain[last].Day().Equal(s.Day()) {
			chain = append(chain, s)
			continue
		}
		if richer(&s, &chain[last]) {
			s.Beside = append(chain[last].Beside, chain[last])
			s.Beside[len(s.Beside)-1].Beside = nil
			chain[last] = s
		} else {
			chain[last].Beside = append(chain[last].Beside, s)
		}
	}
	return chain, quarantined, nil
}

func formOf(name string) string {
	for _, form := range []string{"xml", "json"} {
		if strings.Contains(name, "."+form) {
			return form
		}
	}
	return "txt"
}

// lost gives the documents of the snapshot before, where s has lost too many of them; 0: it has not.
func (c Chain) lost(s *Snapshot) int64 {
	if len(c) == 0 {
		return 0
	}
	for i := len(c) - 1; i >= 0; i-- {
		if c[i].Form == s.Form {
			if before := c[i].RFCs.Rows; 200*s.RFCs.Rows < 199*before {
				return before
			}
			return 0
		}
	}
	if before := c[len(c)-1].RFCs.Rows; 30*s.RFCs.Rows < 29*before {
		return before
	}
	return 0
}

// richer tells which of two snapshots of a day leads: XML before text before JSON, then the larger.
func richer(a, b *Snapshot) bool {
	rank := map[string]int{"xml": 2, "txt": 1, "json": 0}
	return cmp.Or(cmp.Compare(rank[a.Form], rank[b.Form]), cmp.Compare(a.RFCs.Rows, b.RFCs.Rows)) > 0
}

// UpTo are the snapshots that tell all that was known at the i-th: the newest of each form, oldest first.
func (c Chain) UpTo(i int) []Snapshot {
	var of []Snapshot
	met := map[string]bool{}
	for ; i >= 0; i-- {
		if !met[c[i].Form] {
			met[c[i].Form] = true
			of = append(of, c[i])
		}
	}
	slices.Reverse(of)
	return of
}

// On is the place of the newest snapshot of the day or before it; -1: there is none.
func (c Chain) On(day time.Time) int {
	i, _ := slices.BinarySearchFunc(c, day, func(s Snapshot, day time.Time) int {
		if s.Day().After(day) {
			return 1
		}
		return -1
	})
	return i - 1
}
