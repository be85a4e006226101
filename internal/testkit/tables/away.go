package tables

import (
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"tidemark/datasets/table"
)

// Away is where the partitions of a store are when another store has none of its own. It has room for one day at a time.
type Away struct {
	of       *table.Store
	index    []table.Segment
	segments map[string][]byte

	mu   sync.Mutex
	held map[string]int // partitions by dataset
	most map[string]int
}

// NewAway returns a store whose partitions are those of another, elsewhere. A partition counts with all that were committed with it, so the
// datasets are best all.
func NewAway(t testing.TB, of *table.Store, schemas ...*table.Schema) (*table.Store, *Away) {
	t.Helper()
	a := &Away{of: of, segments: map[string][]byte{}, held: map[string]int{}, most: map[string]int{}}
	var all []*table.Manifest
	for _, s := range schemas {
		manifests, err := of.Manifests(s)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, manifests...)
	}
	slices.SortFunc(all, func(a, b *table.Manifest) int { return strings.Compare(a.File, b.File) })
	err := table.Segments(all, func(one table.Segment, file []byte) error {
		a.index, a.segments[one.Name] = append(a.index, one), file
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	s, dir := Store(t), t.TempDir()
	s.Elsewhere = a
	s.LoadCatalogue(filepath.Join(dir, "index"), filepath.Join(dir, "catalogue"))
	return s, a
}

// Index returns the segments of the index.
func (a *Away) Index() ([]table.Segment, error) { return a.index, nil }

// Segment returns the bytes of a segment.
func (a *Away) Segment(one table.Segment) ([]byte, error) { return a.segments[one.Name], nil }

// Room returns less than any partition has.
func (a *Away) Room() int64 { return 1 }

// Bring returns the files of the other store.
func (a *Away) Bring(partitions ...*table.Manifest) (files []string, release func(), err error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, m := range partitions {
		files = append(files, a.of.Path(m).String())
		a.held[m.Dataset]++
		a.most[m.Dataset] = max(a.most[m.Dataset], a.held[m.Dataset])
	}
	return files, sync.OnceFunc(func() {
		a.mu.Lock()
		defer a.mu.Unlock()
		for _, m := range partitions {
			a.held[m.Dataset]--
		}
	}), nil
}

// Most returns how many partitions of a dataset were held at a time, at most.
func (a *Away) Most(s *table.Schema) int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.most[s.Name]
}
