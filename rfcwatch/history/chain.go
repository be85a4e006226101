// Package history reads the snapshots of the RFC series in the store: what they said on a day, and what changed between two
// of them.
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
	Form            string     // xml, txt or json
	Beside          []Snapshot // other snapshots of the same day
}

// Day returns the day of the index.
func (s *Snapshot) Day() time.Time { return s.RFCs.Day() }

// Inputs returns the partitions of the snapshot.
func (s *Snapshot) Inputs() []table.Input {
	return []table.Input{s.RFCs.AsInput(), s.Relations.AsInput()}
}

// Chain holds the leading snapshot of each day, oldest first.
type Chain []Snapshot

// Quarantined is a snapshot that lost too many documents to be believed.
type Quarantined struct {
	Name            string // of the source
	Documents, Than int64  // its documents, and those of the snapshot before it
}

// singleDocument matches the names of files that describe one document only, for example rfc8200.json.
var singleDocument = regexp.MustCompile(`(?i)\brfc\d+\.json`)

// ReadChain finds the snapshots in the store. It quarantines one that has lost more than one document in two hundred since
// the last one of its form, or more than one in thirty since the last one of another form: a bad fetch must not delete
// documents.
func ReadChain(store *table.Store) (chain Chain, quarantined []Quarantined, err error) {
	snapshots, err := readSnapshots(store)
	if err != nil {
		return nil, nil, err
	}
	for _, s := range snapshots {
		last := len(chain) - 1
		sameDay := last >= 0 && chain[last].Day().Equal(s.Day())
		if singleDocument.MatchString(s.RFCs.Name()) {
			if sameDay {
				chain[last].Beside = append(chain[last].Beside, s)
			}
			continue
		}
		if before, lost := chain.lost(&s); lost {
			quarantined = append(quarantined, Quarantined{s.RFCs.Inputs[0].Name, s.RFCs.Rows, before})
			continue
		}
		switch {
		case !sameDay:
			chain = append(chain, s)
		case richer(&s, &chain[last]):
			s.Beside = append(chain[last].Beside, chain[last])
			s.Beside[len(s.Beside)-1].Beside = nil
			chain[last] = s
		default:
			chain[last].Beside = append(chain[last].Beside, s)
		}
	}
	return chain, quarantined, nil
}

// readSnapshots returns every file of the store that gave documents and relations, oldest first.
func readSnapshots(store *table.Store) (all []Snapshot, err error) {
	documents, err := store.Manifests(datasets.RFCs.Schema)
	if err != nil {
		return nil, err
	}
	relations, err := store.Manifests(datasets.RFCRelations.Schema)
	if err != nil {
		return nil, err
	}
	byFile := map[string]*table.Manifest{}
	for _, m := range relations {
		byFile[m.Day().String()+m.Name()] = m
	}
	for _, m := range documents {
		if r := byFile[m.Day().String()+m.Name()]; r != nil {
			all = append(all, Snapshot{RFCs: m, Relations: r, Form: formOf(m.Name())})
		}
	}
	return all, nil
}

func formOf(name string) string {
	for _, form := range []string{"xml", "json"} {
		if strings.Contains(name, "."+form) {
			return form
		}
	}
	return "txt"
}

// lost reports whether the snapshot lost too many documents, and returns how many there were before.
func (c Chain) lost(s *Snapshot) (before int64, lost bool) {
	for _, earlier := range slices.Backward(c) {
		if earlier.Form == s.Form {
			before = earlier.RFCs.Rows
			return before, 200*s.RFCs.Rows < 199*before
		}
	}
	if len(c) == 0 {
		return 0, false
	}
	before = c[len(c)-1].RFCs.Rows
	return before, 30*s.RFCs.Rows < 29*before
}

// richer reports whether a leads over b of the same day: XML before text before JSON, then the larger.
func richer(a, b *Snapshot) bool {
	rank := map[string]int{"xml": 2, "txt": 1, "json": 0}
	return cmp.Or(cmp.Compare(rank[a.Form], rank[b.Form]), cmp.Compare(a.RFCs.Rows, b.RFCs.Rows)) > 0
}

// UpTo returns the snapshots that together say all that was known as of the i-th: the newest of each form, oldest first.
func (c Chain) UpTo(i int) []Snapshot {
	var newest []Snapshot
	known := map[string]bool{}
	for _, s := range slices.Backward(c[:i+1]) {
		if !known[s.Form] {
			known[s.Form] = true
			newest = append(newest, s)
		}
	}
	slices.Reverse(newest)
	return newest
}

// Index returns the index of the newest snapshot on or before the day, or -1 if there is none. The zero time means the newest
// of all.
func (c Chain) Index(day time.Time) int {
	if day.IsZero() {
		return len(c) - 1
	}
	i, _ := slices.BinarySearchFunc(c, day, func(s Snapshot, day time.Time) int {
		if s.Day().After(day) {
			return 1
		}
		return -1
	})
	return i - 1
}
