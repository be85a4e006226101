package table

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"tidemark/internal/atomicfile"
)

// maxDamage is how many damaged places a manifest lists; the count of all is kept in Noted.
const maxDamage = 5

// Commit writes the partitions that come from one set of inputs: all of them appear, or none.
type Commit struct {
	store  *Store
	inputs []Input
	parts  []part
	damage []string
	hurt   int64
	done   bool
}

// part is what Commit needs of a Writer.
type part interface {
	tally() *Tally
	close() (rows int64, err error)
	discard()
	place() (schema *Schema, file string)
}

// Tally counts a partition's input: each unit that was seen was kept or rejected for a reason.
type Tally struct {
	Unit     string // what is counted, such as "RIB entry" or "line"
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

// Reject counts n units that did not, and why.
func (t *Tally) Reject(reason string, n int) {
	if t.rejected == nil {
		t.rejected = map[string]int64{}
	}
	t.rejected[reason] += int64(n)
}

// Note counts something that was met and not modelled although its row was kept.
func (t *Tally) Note(what string, n int) {
	if t.noted == nil {
		t.noted = map[string]int64{}
	}
	t.noted[what] += int64(n)
}

// Begin starts a commit of partitions made from the given inputs.
func (s *Store) Begin(inputs ...Input) *Commit { return &Commit{store: s, inputs: inputs} }

// Damage records a place at which the source is damaged, while the rows around it stand. The error should name file,
// record and offset.
func (c *Commit) Damage(err error) {
	c.hurt++
	if len(c.damage) < maxDamage {
		c.damage = append(c.damage, err.Error())
	}
}

// Damaged are the first damaged places, and how many there were in all.
func (c *Commit) Damaged() ([]string, int64) { return c.damage, c.hurt }

// Reset throws away what was written and recorded, so that the same inputs can be read anew.
func (c *Commit) Reset() {
	for _, p := range c.parts {
		p.discard()
	}
	c.parts, c.damage, c.hurt = nil, nil, 0
}

// Abort throws away what was written. It may follow Commit, where it does nothing.
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
// not add up.
func (c *Commit) Commit() ([]*Manifest, error) {
	defer c.Abort()
	var files []string
	for _, p := range c.parts {
		schema, file := p.place()
		files = append(files, file)
		t := p.tally()
		sum := t.kept
		for _, n := range t.rejected {
			sum += n
		}
		if t.seen != sum {
			return nil, fmt.Errorf("%s: %d × %s seen, but %d kept and rejected: the decoder loses rows, please report it",
				schema.Name, t.seen, t.Unit, sum)
		}
	}
	manifests := make([]*Manifest, len(c.parts))
	for i, p := range c.parts {
		rows, err := p.close()
		if err != nil {
			return nil, err
		}
		schema, file := p.place()
		sum, size, err := hashFile(c.store.temp(file))
		if err != nil {
			return nil, err
		}
		t := p.tally()
		m := &Manifest{
			Dataset: schema.Name, Schema: schema.Version, Program: c.store.Program,
			File: file, Bytes: size, SHA256: sum, Rows: rows, Inputs: c.inputs,
			Unit: t.Unit, Seen: t.seen, Kept: t.kept, Rejected: t.rejected, Noted: maps.Clone(t.noted), Damage: c.damage,
		}
		if c.hurt > 0 {
			if m.Noted == nil {
				m.Noted = map[string]int64{}
			}
			m.Noted["damaged places"] = c.hurt
		}
		for _, f := range files {
			if f != file {
				m.Together = append(m.Together, f)
			}
		}
		manifests[i] = m
	}
	c.done = true
	// An old manifest must not vouch for a new file.
	for _, file := range files {
		if err := os.Remove(manifestFile(c.store.path(file))); err != nil && !os.IsNotExist(err) {
			return nil, err
		}
	}
	for _, file := range files {
		if err := os.Rename(c.store.temp(file), c.store.path(file)); err != nil {
			return nil, err
		}
		if err := atomicfile.SyncDir(filepath.Dir(c.store.path(file))); err != nil {
			return nil, err
		}
	}
	for _, m := range manifests {
		b, err := json.MarshalIndent(m, "", "  ")
		if err != nil {
			return nil, err
		}
		if err := atomicfile.Write(manifestFile(c.store.path(m.File)), append(b, '\n')); err != nil {
			return nil, err
		}
	}
	return manifests, nil
}

// UpToDate tells whether the partition exists and was made from exactly these inputs by this schema.
func (s *Store) UpToDate(of *Schema, k Key, inputs []Input) (bool, error) {
	m, err := s.Manifest(of, k)
	if m == nil || err != nil {
		return false, err
	}
	return slices.Equal(m.Inputs, inputs), nil
}

func (s *Store) path(file string) string { return filepath.Join(s.Dir, filepath.FromSlash(file)) }

func (s *Store) temp(file string) string {
	dir, base := filepath.Split(s.path(file))
	return dir + atomicfile.TempPrefix + base
}
