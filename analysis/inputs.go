package analysis

import (
	"cmp"
	"slices"
	"strings"
	"sync"
	"time"

	"tidemark/datasets"
	"tidemark/datasets/table"
)

// Input is the files of one day of an observed dataset on which numbers rest, be it through derived datasets.
type Input struct {
	Dataset string `json:"dataset"`
	Day     string `json:"day"`               // of the files, YYYY-MM-DD
	Limit   *int   `json:"limit_days"`        // for how many days after its own a file proves something; null: until there is a newer one
	Lines   string `json:"limit_of,omitzero"` // lines with that limit, the shortest of the dataset; empty: all
	Within  bool   `json:"within"`            // the files were no older than the limit on the day of the numbers
}

// newInput returns the files of a day as an input of numbers that speak of another day.
func newInput(s *table.Schema, day, at time.Time) Input {
	in := Input{Dataset: s.Name, Day: day.Format(time.DateOnly), Within: true}
	if len(s.ValidFor) > 0 {
		shortest := slices.MinFunc(s.ValidFor, func(a, b table.Validity) int { return cmp.Compare(a.Days, b.Days) })
		in.Limit, in.Lines = &shortest.Days, shortest.Lines
		in.Within = table.DaysBetween(day, at) <= shortest.Days
	}
	return in
}

// lineage follows derived partitions to the observed ones behind them. Its methods may be called at the same time.
type lineage struct {
	manifest func(file string) (*table.Manifest, error) // of the partition with that path; nil: there is none
	schemas  map[string]*table.Schema                   // by name
	mu       sync.Mutex
	met      map[string]*table.Manifest // derived partitions by their paths
}

func newLineage(manifest func(file string) (*table.Manifest, error)) *lineage {
	l := &lineage{manifest: manifest, schemas: map[string]*table.Schema{}, met: map[string]*table.Manifest{}}
	for _, s := range datasets.All() {
		l.schemas[s.Name] = s
	}
	return l
}

// schema returns the dataset whose name a path begins with, as those of its partitions do and those of raw files may; nil if
// there is none.
func (l *lineage) schema(path string) *table.Schema {
	name, _, _ := strings.Cut(path, "/")
	return l.schemas[name]
}

// behind returns the derived partitions from which partitions were made, directly or through others, each once.
func (l *lineage) behind(from []*table.Manifest) (all []*table.Manifest, err error) {
	found := map[string]bool{}
	for queue := slices.Clone(from); len(queue) > 0; queue = queue[1:] {
		for _, in := range queue[0].Inputs {
			if s := l.schema(in.Name); s == nil || !s.Derived || found[in.Name] {
				continue
			}
			found[in.Name] = true
			m, err := l.derived(in.Name)
			if err != nil {
				return nil, err
			}
			if m != nil {
				all, queue = append(all, m), append(queue, m)
			}
		}
	}
	return all, nil
}

// derived returns the manifest of the derived partition with that path; nil if there is none.
func (l *lineage) derived(path string) (m *table.Manifest, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	m, known := l.met[path]
	if known {
		return m, nil
	}
	if _, ok := l.schema(path).KeyOf(path); ok {
		m, err = l.manifest(path)
	}
	l.met[path] = m
	return m, err
}

// inputs returns the observed files on which partitions rest that numbers of a day were read from, by dataset and day; without texts,
// which have no day.
func (l *lineage) inputs(from []*table.Manifest, at time.Time) (all []Input, err error) {
	derived, err := l.behind(from)
	if err != nil {
		return nil, err
	}
	met := map[string]bool{}
	add := func(path string) {
		s := l.schema(path)
		if s == nil || s.Derived {
			return
		}
		key, ok := s.KeyOf(path)
		if name := s.Name + key.Day.String(); ok && !key.Day.Equal(datasets.Timeless) && !met[name] {
			met[name] = true
			all = append(all, newInput(s, key.Day, at))
		}
	}
	for _, m := range slices.Concat(from, derived) {
		add(m.File)
		for _, in := range m.Inputs {
			add(in.Name)
		}
	}
	slices.SortFunc(all, func(a, b Input) int { return cmp.Or(cmp.Compare(a.Dataset, b.Dataset), cmp.Compare(a.Day, b.Day)) })
	return all, nil
}
