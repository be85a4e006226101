package table

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path/filepath"
	"slices"

	"tidemark/internal/redact"
)

// maxDamage is how many damaged places a manifest lists; Noted has the number of all.
const maxDamage = 5

// Commit writes the partitions that come from one set of inputs: all of them appear, or none.
type Commit struct {
	store    *Store
	inputs   []Input
	parts    []part
	replaced []*Manifest
	damage   []string
	damaged  int64
	done     bool

	Stop <-chan struct{} // once it is closed, appending many rows fails; nil: it does not
}

// part is the side of a Writer that Commit needs, without the row type.
type part interface {
	counts() *Tally
	close() (rows int64, err error)
	discard()
	place() (schema *Schema, file, temp string)
	labels() map[string]string
}

// Tally counts a partition's input: each unit seen is either kept or rejected for a reason.
type Tally struct {
	Unit     string // what is counted, for example "RIB entry" or "line"
	seen     int64
	kept     int64
	rejected map[string]int64
	noted    map[string]int64
}

// See counts n units read from the source. Count them where they are read, apart from where they are kept or rejected:
// a commit whose counts do not add up is refused.
func (t *Tally) See(n int) { t.seen += int64(n) }

// Keep counts n units that went into rows.
func (t *Tally) Keep(n int) { t.kept += int64(n) }

// Reject counts n units that went into no row, and the reason.
func (t *Tally) Reject(reason string, n int) {
	if t.rejected == nil {
		t.rejected = map[string]int64{}
	}
	t.rejected[reason] += int64(n)
}

// Note counts something that the dataset does not model in a row that was kept.
func (t *Tally) Note(what string, n int) {
	if t.noted == nil {
		t.noted = map[string]int64{}
	}
	t.noted[what] += int64(n)
}

// check returns an error unless every unit seen was kept or rejected.
func (t *Tally) check() error {
	sum := t.kept
	for _, n := range t.rejected {
		sum += n
	}
	if t.seen != sum {
		return fmt.Errorf("%d × %s seen, but %d kept and rejected: the decoder loses rows, please report it", t.seen, t.Unit, sum)
	}
	return nil
}

// Begin starts a commit of partitions made from the given inputs.
func (s *Store) Begin(inputs ...Input) *Commit { return &Commit{store: s, inputs: inputs} }

// Replaces names partitions that give way to those of this commit: of an older schema, of other bytes under the same name.
// They are removed once the new manifests are durable. Where a crash comes between, the next Sweep finishes: whichever
// commit had all its manifests written wins.
func (c *Commit) Replaces(old ...*Manifest) { c.replaced = append(c.replaced, old...) }

// Damage records a place at which the source is damaged while the rows around it are good. The error should name file,
// record and offset.
func (c *Commit) Damage(err error) {
	c.damaged++
	if len(c.damage) < maxDamage {
		c.damage = append(c.damage, redact.Text(err.Error()))
	}
}

// Damaged returns the first damaged places, and how many there were in all.
func (c *Commit) Damaged() ([]string, int64) { return c.damage, c.damaged }

// Empty reports whether nothing that was seen was kept.
func (c *Commit) Empty() bool {
	return !slices.ContainsFunc(c.parts, func(p part) bool { return p.counts().kept > 0 })
}

// Reset discards everything written and recorded, so that the same inputs can be read again.
func (c *Commit) Reset() {
	for _, p := range c.parts {
		p.discard()
	}
	c.parts, c.damage, c.damaged = nil, nil, 0
}

// Abort discards everything written. After Commit it does nothing.
func (c *Commit) Abort() {
	if c.done {
		return
	}
	c.done = true
	for _, p := range c.parts {
		p.discard()
	}
}

// Commit makes the partitions visible: files first, then manifests, each synced and renamed. It refuses counts that do
// not add up. On an error before the first rename nothing has changed; after it, Sweep removes the incomplete partitions.
func (c *Commit) Commit() ([]*Manifest, error) {
	defer c.Abort()
	manifests, err := c.finish()
	if err != nil {
		return nil, err
	}
	if c.store.Reproducible {
		if err := c.store.confirm(manifests); err != nil {
			return nil, err
		}
	}
	c.done = true
	for _, step := range c.publication(manifests).steps() {
		if err := step(); err != nil {
			return nil, err
		}
	}
	if c.store.OnCommit != nil {
		return manifests, c.store.OnCommit(manifests, c.replaced)
	}
	return manifests, nil
}

// ErrNotReproducible says that the same program made other bytes of the same inputs.
var ErrNotReproducible = errors.New("not reproducible")

// confirm returns ErrNotReproducible if the store has a partition with other bytes than were just made of the same inputs by the same program.
// Another process may have committed it since the store was listed.
func (s *Store) confirm(made []*Manifest) error {
	for _, m := range made {
		standing, err := s.readManifest(m.File)
		if errors.Is(err, fs.ErrNotExist) || errors.Is(err, errManifest) {
			continue
		}
		if err != nil {
			return err
		}
		same := standing.Program == m.Program && standing.MeasuredBy == nil && slices.Equal(standing.Inputs, m.Inputs)
		if same && standing.SHA256 != m.SHA256 {
			return fmt.Errorf("%s: %w: it stands with SHA-256 %s, and %s just made %s of the same inputs; find out which machine or memory is at fault, and remove the partition if it is the wrong one",
				m.File, ErrNotReproducible, standing.SHA256, m.Program, m.SHA256)
		}
	}
	return nil
}

func (c *Commit) publication(manifests []*Manifest) *publication {
	p := &publication{store: c.store, manifests: manifests, replaced: c.replaced}
	for _, part := range c.parts {
		_, _, temp := part.place()
		p.temps = append(p.temps, temp)
	}
	return p
}

// finish checks the counts, completes the temporary files and describes them.
func (c *Commit) finish() ([]*Manifest, error) {
	var files []string
	for _, p := range c.parts {
		schema, file, _ := p.place()
		files = append(files, file)
		if err := p.counts().check(); err != nil {
			return nil, fmt.Errorf("%s: %w", schema.Name, err)
		}
	}
	manifests := make([]*Manifest, len(c.parts))
	for i, p := range c.parts {
		m, err := c.describe(p)
		if err != nil {
			return nil, err
		}
		for _, f := range files {
			if f != m.File {
				m.Together = append(m.Together, f)
			}
		}
		manifests[i] = m
	}
	return manifests, nil
}

// describe completes the temporary file of one partition and returns its manifest.
func (c *Commit) describe(p part) (*Manifest, error) {
	rows, err := p.close()
	if err != nil {
		return nil, err
	}
	schema, file, temp := p.place()
	sum, size, err := PathOf(temp).hash()
	if err != nil {
		return nil, err
	}
	t := p.counts()
	m := &Manifest{
		Dataset: schema.Name, Schema: schema.Version, Program: c.store.Program,
		File: file, Bytes: size, SHA256: sum, Rows: rows, Labels: p.labels(), Inputs: c.inputs,
		Unit: t.Unit, Seen: t.seen, Kept: t.kept, Rejected: t.rejected, Noted: maps.Clone(t.noted), Damage: c.damage,
	}
	if c.damaged > 0 {
		if m.Noted == nil {
			m.Noted = map[string]int64{}
		}
		m.Noted["damaged places"] = c.damaged
	}
	return m, nil
}

// UpToDate reports whether the partition exists and was made by this schema from exactly these inputs.
func (s *Store) UpToDate(schema *Schema, k Key, inputs []Input) (bool, error) {
	m, err := s.Manifest(schema, k)
	if m == nil || err != nil {
		return false, err
	}
	return slices.Equal(m.Inputs, inputs), nil
}

func (s *Store) path(file string) string { return filepath.Join(s.Dir, filepath.FromSlash(file)) }
