package analysis

import (
	"crypto/sha256"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"tidemark/datasets"
	"tidemark/datasets/table"
)

// listsFolder is the folder of the answers' lists of partitions.
const listsFolder = "partitions"

func listsOf(dir string) *table.Lists { return table.OpenLists(filepath.Join(dir, listsFolder)) }

// present is a dataset as it is in the store.
type present struct {
	partitions []*table.Manifest
	newest     time.Time         // newest day of a partition; zero: none has one
	lists      []table.Segment   // of its partitions
	behind     [sha256.Size]byte // hash of the derived datasets from whose partitions these were made
}

// presentIn returns the datasets that the questions read, by name, and writes their lists beside the answers in dir. It lists each dataset
// once: it may have thousands of partitions, and many questions read it.
func presentIn(store *table.Store, dir string, questions []*Question) (map[string]present, error) {
	all, lists, origins := map[string]present{}, listsOf(dir), newOrigins(store)
	for _, s := range schemasOf(questions) {
		manifests, err := store.Manifests(s)
		if err != nil {
			return nil, err
		}
		p := present{partitions: manifests, newest: newestDay(manifests)}
		if p.lists, err = lists.Write(store, manifests); err != nil {
			return nil, err
		}
		if p.behind, err = origins.hash(s); err != nil {
			return nil, err
		}
		all[s.Name] = p
	}
	return all, nil
}

// origins follows datasets to the derived ones from whose partitions theirs were made.
type origins struct {
	store   *table.Store
	schemas map[string]*table.Schema
	known   map[string]origin
}

// origin is a dataset with the derived ones from which it was made directly.
type origin struct {
	from     []string
	segments []table.Segment // of its own partitions
}

func newOrigins(store *table.Store) *origins {
	o := &origins{store, map[string]*table.Schema{}, map[string]origin{}}
	for _, s := range datasets.All() {
		o.schemas[s.Name] = s
	}
	return o
}

// hash returns a hash of the derived datasets from which a dataset was made, directly or through others: of all their manifests, as other
// inputs may give the same rows.
func (o *origins) hash(s *table.Schema) (sum [sha256.Size]byte, err error) {
	first, err := o.of(s.Name)
	if err != nil {
		return sum, err
	}
	h, behind := sha256.New(), slices.Clone(first.from)
	for i := 0; i < len(behind); i++ {
		next, err := o.of(behind[i])
		if err != nil {
			return sum, err
		}
		for _, l := range next.segments {
			fmt.Fprintln(h, l.SHA256)
		}
		for _, name := range next.from {
			if !slices.Contains(behind, name) {
				behind = append(behind, name)
			}
		}
	}
	return [sha256.Size]byte(h.Sum(nil)), nil
}

func (o *origins) of(name string) (found origin, err error) {
	found, known := o.known[name]
	if known {
		return found, nil
	}
	manifests, err := o.store.Manifests(o.schemas[name])
	if err != nil {
		return found, err
	}
	for _, m := range manifests {
		for _, in := range m.Inputs {
			from, _, _ := strings.Cut(in.Name, "/")
			if s := o.schemas[from]; s != nil && s.Derived && !slices.Contains(found.from, from) {
				found.from = append(found.from, from)
			}
		}
	}
	err = o.store.Segments(manifests, func(one table.Segment, _ []byte) error {
		found.segments = append(found.segments, one)
		return nil
	})
	o.known[name] = found
	return found, err
}
