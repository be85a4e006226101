package table

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"tidemark/internal/atomicfile"
)

// publication makes the finished partitions of a commit visible, and those that they replace invisible. It may end after
// any of its steps, and Sweep then brings the store into the state before the commit or into that after it.
type publication struct {
	store     *Store
	manifests []*Manifest
	temps     []string // that hold the manifests' partitions
	replaced  []*Manifest
}

func (p *publication) steps() []func() error {
	if len(p.replaced) == 0 {
		return []func() error{p.removeOldManifests, p.renameFiles, p.writeManifests}
	}
	return []func() error{p.writeReplacement, p.removeOldManifests, p.renameFiles, p.writeManifests, p.finishReplacement}
}

// removeOldManifests removes the manifests that the files have now: an old manifest must not vouch for a new file. One of the same bytes
// does no harm, and another process may just have committed it.
func (p *publication) removeOldManifests() error {
	for _, m := range p.manifests {
		if old, err := p.store.readManifest(m.File); err == nil && old.SHA256 == m.SHA256 {
			continue
		}
		if err := p.store.removeManifest(m.File); err != nil {
			return err
		}
	}
	return nil
}

func (p *publication) renameFiles() error {
	for i, m := range p.manifests {
		path := p.store.path(m.File)
		if err := os.Rename(p.temps[i], path); err != nil {
			return err
		}
		if err := atomicfile.SyncDir(filepath.Dir(path)); err != nil {
			return err
		}
	}
	return nil
}

func (p *publication) writeManifests() error {
	for _, m := range p.manifests {
		b, err := json.MarshalIndent(m, "", "  ")
		if err != nil {
			return err
		}
		path := manifestFile(p.store.path(m.File))
		if err := atomicfile.Write(path, append(b, '\n')); err != nil {
			return err
		}
		p.store.catalogue.add(b)
	}
	return nil
}

// replacement is the file, at the root of the store, in which a commit says what it is about to replace. It begins as
// temporary files do: to everybody but Sweep it is one.
type replacement struct {
	Made     map[string]string `json:"made"`     // SHA-256 of the new partitions, by file
	Replaced map[string]string `json:"replaced"` // SHA-256 of the partitions that they replace, by file
}

const replacementPrefix = atomicfile.TempPrefix + "replacement-"

// replacementFile returns a name that no other commit has, not even one of the same inputs in another process.
func (p *publication) replacementFile() string {
	return filepath.Join(p.store.Dir, replacementPrefix+strings.TrimPrefix(filepath.Base(p.temps[0]), atomicfile.TempPrefix)+".json")
}

func (p *publication) writeReplacement() error {
	if len(p.manifests) == 0 {
		return errors.New("a commit without partitions cannot replace any")
	}
	r := replacement{Made: map[string]string{}, Replaced: map[string]string{}}
	for _, m := range p.replaced {
		r.Replaced[m.File] = m.SHA256
	}
	for _, m := range p.manifests {
		r.Made[m.File] = m.SHA256
		delete(r.Replaced, m.File)
	}
	b, err := json.Marshal(r)
	if err != nil {
		return err
	}
	return atomicfile.Write(p.replacementFile(), append(b, '\n'))
}

func (p *publication) finishReplacement() error {
	return p.store.finishReplacement(p.replacementFile())
}

// finishReplacement removes the replaced partitions if every new one was committed, and then the file that names them.
func (s *Store) finishReplacement(path string) error {
	b, err := atomicfile.Read(path)
	if err != nil {
		return err
	}
	var r replacement
	if json.Unmarshal(b, &r) == nil && s.holdsAll(r.Made) {
		for file, sum := range r.Replaced {
			m, err := s.readManifest(file)
			if errors.Is(err, fs.ErrNotExist) {
				s.removeAway(file, sum)
				continue
			}
			if err == nil && m.SHA256 != sum {
				continue // made anew since
			}
			if err != nil {
				return err
			}
			if err := s.Remove(m); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return fmt.Errorf("removing a replaced partition: %w", err)
			}
		}
	}
	return os.Remove(path)
}

// holdsAll reports whether the store has a partition of each of these files with that SHA-256.
func (s *Store) holdsAll(sums map[string]string) bool {
	for file, sum := range sums {
		m, err := s.readManifest(file)
		if err != nil || m.SHA256 != sum {
			return false
		}
	}
	return len(sums) > 0
}

// finishReplacements finishes the replacements of commits that were killed.
func (s *Store) finishReplacements() error {
	entries, err := os.ReadDir(s.Dir)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR) { // a store that is not a folder has nothing to finish
		return nil
	}
	for _, e := range entries {
		if err == nil && strings.HasPrefix(e.Name(), replacementPrefix) && strings.HasSuffix(e.Name(), ".json") {
			err = s.finishReplacement(filepath.Join(s.Dir, e.Name()))
		}
	}
	return err
}
