package lake

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"tidemark/datasets/mirror/bucket"
	"tidemark/datasets/table"
	"tidemark/internal/quantity"
)

// Keep says which partitions a machine has in its own folder besides those in storage.
type Keep struct {
	Small  int64 // datasets of at most so many bytes are here whole
	Newest int   // days of the others, counted from the newest
}

// kept returns which of all partitions are to be here, by path.
func (k Keep) kept(all []table.Placed) map[string]bool {
	kept := map[string]bool{}
	for len(all) > 0 { // those of a dataset are next to each other
		n := 1
		for n < len(all) && datasetOf(all[n]) == datasetOf(all[0]) {
			n++
		}
		for _, p := range k.keptOf(all[:n]) {
			kept[p.File] = true
		}
		all = all[n:]
	}
	return kept
}

// datasetOf returns the folder of dataset and version.
func datasetOf(p table.Placed) string {
	folder, _, _ := strings.Cut(p.File, "/year=")
	return folder
}

// keptOf returns which of the partitions of a dataset are to be here.
func (k Keep) keptOf(all []table.Placed) []table.Placed {
	var bytes int64
	for _, p := range all {
		bytes += p.Bytes
	}
	if bytes <= k.Small {
		return all
	}
	days := 0
	for i, p := range slices.Backward(all) { // in the order of their days
		if i == len(all)-1 || !p.Day().Equal(all[i+1].Day()) {
			days++
		}
		if days > k.Newest {
			return all[i+1:]
		}
	}
	return all
}

// Pushed is what Push did.
type Pushed struct {
	Up, Removed, Left int // partitions: stored, removed in storage, and removed here as they are in storage
}

// Removals of more partitions than this, and than a tenth of all, are held back.
const maxRemoved = 100

// Push stores what is new here, removes in storage what was removed here, if that is wanted, brings the index up to date, and then removes
// from the folder of the store what need not be here. Errors of some partitions do not stop the others.
func (l *Lake) Push(ctx context.Context, store *table.Store, keep Keep, remove, removeAll bool) (p Pushed, err error) {
	if err := store.UpdateIndex(false); err != nil {
		return p, err
	}
	index, err := l.Index()
	if err != nil {
		return p, err
	}
	c, failed := change{}, error(nil)
	if names := differing(store.Index(), index); len(names) > 0 {
		if c, failed, err = l.storeNew(ctx, store, index, names); err != nil {
			return p, err
		}
		if n, all := len(c.removed), partitions(index); !remove || !removeAll && n > maxRemoved && n > all/10 {
			if remove {
				failed = errors.Join(failed, fmt.Errorf("%s of %s partitions are gone here and stay in storage; if they are to go there too: tidemark sync push --remove-all", quantity.Count(n), quantity.Count(all)))
			}
			c.removed = nil
		}
		if len(c.made)+len(c.removed) > 0 {
			if err := l.apply(ctx, c); err != nil {
				return p, errors.Join(failed, err)
			}
		}
	}
	store.Refresh()
	p.Up, p.Removed = len(c.made), len(c.removed)
	p.Left, err = l.leave(ctx, store, keep)
	return p, errors.Join(failed, err)
}

func partitions(index []table.Segment) (n int) {
	for _, one := range index {
		n += one.Partitions
	}
	return n
}

// differing returns the names of the segments that two indexes do not have alike.
func differing(a, b []table.Segment) map[string]bool {
	names := map[string]bool{}
	for _, both := range [2][2][]table.Segment{{a, b}, {b, a}} {
		for _, one := range both[0] {
			if !slices.Contains(both[1], one) {
				names[one.Name] = true
			}
		}
	}
	return names
}

// storeNew stores the partitions of segments that are new or other ones here. failed is why some were not.
func (l *Lake) storeNew(ctx context.Context, store *table.Store, index []table.Segment, names map[string]bool) (c change, failed, err error) {
	c = change{map[string]*table.Manifest{}, map[string]string{}}
	there := map[string]*table.Manifest{}
	for name := range names {
		some, err := l.manifests(name, index)
		if err != nil {
			return c, nil, err
		}
		for file, m := range some {
			there[file] = m
			c.removed[file] = m.SHA256
		}
	}
	here, err := store.All(func(file string, away bool) bool {
		if !names[table.SegmentOf(file)] {
			return false
		}
		delete(c.removed, file)
		return !away
	})
	if err != nil {
		return c, nil, err
	}
	for _, commit := range commits(here) {
		commit = slices.DeleteFunc(commit, func(m *table.Manifest) bool { return same(m, there[m.File]) })
		err := l.store(ctx, commit, func(m *table.Manifest) string { return store.Path(m).String() })
		if ctx.Err() != nil {
			return c, nil, context.Cause(ctx)
		}
		if err != nil {
			failed = errors.Join(failed, err)
			continue
		}
		for _, m := range commit {
			c.made[m.File] = m
		}
	}
	return c, failed, nil
}

// same reports whether two manifests of a partition are alike.
func same(m, other *table.Manifest) bool {
	return other != nil && m.SHA256 == other.SHA256 && madeFrom(m) == madeFrom(other) && slices.Equal(m.Together, other.Together)
}

// commits divides partitions into those that were committed together.
func commits(all []*table.Manifest) (divided [][]*table.Manifest) {
	places := map[string]int{}
	for _, m := range all {
		first := m.File
		for _, sibling := range m.Together {
			first = min(first, sibling)
		}
		at, known := places[first]
		if !known {
			at, divided = len(divided), append(divided, nil)
			places[first] = at
		}
		divided[at] = append(divided[at], m)
	}
	return divided
}

// leave removes from the folder of the store what need not be here, once the storage has said of each object that it has it.
func (l *Lake) leave(ctx context.Context, store *table.Store, keep Keep) (left int, err error) {
	placed, err := store.Placed()
	if err != nil {
		return 0, err
	}
	kept := keep.kept(placed)
	all, err := store.All(func(file string, away bool) bool { return !away && !kept[file] })
	if err != nil {
		return 0, err
	}
	index, err := l.Index()
	if err != nil {
		return 0, err
	}
	var stored []*table.Manifest
	there := map[string]map[string]*table.Manifest{}
	for _, m := range all {
		name := table.SegmentOf(m.File)
		if there[name] == nil {
			if there[name], err = l.manifests(name, index); err != nil {
				return 0, err
			}
		}
		if same(m, there[name][m.File]) {
			stored = append(stored, m)
		}
	}
	failed := make([]error, len(stored))
	err = concurrently(ctx, len(stored), func(ctx context.Context, i int) error {
		if failed[i] = l.confirm(ctx, stored[i]); errors.Is(failed[i], bucket.ErrStalled) {
			return failed[i]
		}
		return ctx.Err()
	})
	if err != nil {
		return 0, err
	}
	for i, m := range stored {
		if failed[i] == nil {
			if err := store.Leave(m); err != nil {
				return left, err
			}
			left++
		}
	}
	return left, errors.Join(failed...)
}

// confirm asks the storage for both objects of a partition. It is an error if either is not the one that would be the last.
func (l *Lake) confirm(ctx context.Context, m *table.Manifest) error {
	o, err := l.statWhole(ctx, m.File)
	if err == nil {
		err = m.Compare(o.SHA256, o.Size)
	}
	var s standing
	if err == nil {
		s, err = l.standing(ctx, m.File)
	}
	if err == nil && !same(m, s.Manifest) {
		err = errors.New("its manifest in storage is missing or another one")
	}
	if err != nil {
		return fmt.Errorf("%s stays here: %w", m.File, err)
	}
	return nil
}

// BringKept brings what is to be in the folder of the store and is not.
func (l *Lake) BringKept(ctx context.Context, store *table.Store, keep Keep) (brought int, err error) {
	placed, err := store.Placed()
	if err != nil {
		return 0, err
	}
	kept := keep.kept(placed)
	all, err := store.All(func(file string, away bool) bool { return away && kept[file] })
	if err != nil {
		return 0, err
	}
	for _, m := range all {
		if ctx.Err() != nil {
			return brought, context.Cause(ctx)
		}
		if e := l.receive(ctx, store, m); e != nil {
			err = errors.Join(err, e)
			if errors.Is(e, bucket.ErrStalled) {
				break
			}
			continue
		}
		brought++
	}
	store.Refresh()
	return brought, err
}

// receive brings a partition into the folder of a store.
func (l *Lake) receive(ctx context.Context, store *table.Store, m *table.Manifest) error {
	s, err := l.standing(ctx, m.File)
	if err != nil {
		return err
	}
	if s.Manifest == nil || !same(s.Manifest, m) {
		return fmt.Errorf("%s: the manifest in storage is not that of the index; see tidemark datasets index --rebuild", l.url(m.File))
	}
	files, release, err := l.Bring(m)
	if err != nil {
		return err
	}
	defer release()
	return store.Receive(m, files[0], s.content)
}
