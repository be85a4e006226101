package pipeline

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/gofrs/flock"

	"tidemark/collectors/archive"
	"tidemark/datasets/mirror"
	"tidemark/datasets/table"
	"tidemark/pipeline/work"
)

// A worker for a lake needs nothing of the data folder but the cache and the index as it was seen last. What it reads and makes lies in a
// folder of its own until it is stored.

func (p *Pipeline) scratchDir() string { return filepath.Join(p.workersDir(), "scratch") }

// beginLakeWork is BeginWork for a lake.
func (p *Pipeline) beginLakeWork(ctx context.Context) (*Worker, error) {
	if err := p.lake.Refresh(ctx); err != nil {
		return nil, fmt.Errorf("nothing was listed in this storage, or it cannot be reached: %w", err)
	}
	if err := p.sweepScratch(); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(p.scratchDir(), 0o755); err != nil {
		return nil, err
	}
	dir := filepath.Join(p.scratchDir(), rand.Text())
	alive := flock.New(dir + ".alive")
	if err := alive.Lock(); err != nil {
		return nil, fmt.Errorf("locking %s: %w", alive.Path(), err)
	}
	if err := os.Mkdir(dir, 0o755); err != nil {
		return nil, errors.Join(err, os.Remove(alive.Path()), alive.Unlock())
	}
	own := *p
	w := &Worker{Pipeline: &own, alive: alive, scratch: dir}
	own.store = &table.Store{Dir: filepath.Join(dir, "datasets"), Program: p.store.Program, Log: p.store.Log, OnDamage: p.leaveOut, Reproducible: true, Elsewhere: p.lake}
	own.store.LoadCatalogue(filepath.Join(dir, "index"), filepath.Join(dir, "catalogue"))
	own.store.OnCommit = func(made, replaced []*table.Manifest) error { return w.commit(ctx, made, replaced) }
	if p.options.Storage.Archive != "" {
		files := *p.files
		files.Dir, files.Catalogue, files.Stored = filepath.Join(dir, "archive"), nil, w.isStored
		own.files = &files
		w.bringLazily(ctx, &w.copies)
	}
	return w, nil
}

// sweepScratch removes the folders of workers that were killed.
func (p *Pipeline) sweepScratch() error {
	entries, err := os.ReadDir(p.scratchDir())
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	for _, e := range entries {
		dir, is := strings.CutSuffix(filepath.Join(p.scratchDir(), e.Name()), ".alive")
		if !is {
			continue
		}
		lock := flock.New(dir + ".alive")
		if dead, lockErr := lock.TryLock(); lockErr != nil || !dead {
			err = errors.Join(err, lockErr)
			continue
		}
		err = errors.Join(err, os.RemoveAll(dir), os.Remove(lock.Path()), lock.Unlock())
	}
	return err
}

// endLakeWork removes what the worker has.
func (w *Worker) endLakeWork() {
	if err := errors.Join(os.RemoveAll(w.scratch), os.Remove(w.alive.Path())); err != nil {
		w.log.Warn("the folder of the worker stays until the next one begins", "error", err)
	}
	w.log.Info("storage", "requests", w.lake.Requests())
}

// isStored reports whether the bytes of a raw file may lie in storage.
func (w *Worker) isStored(archive.Raw) bool {
	return w.scratch != "" && w.options.Storage.Archive != ""
}

// commit stores what was committed to the worker's folder, and removes it there.
func (w *Worker) commit(ctx context.Context, made, replaced []*table.Manifest) error {
	if err := w.lake.Commit(ctx, made, replaced, func(m *table.Manifest) string { return w.store.Path(m).String() }); err != nil {
		return err
	}
	for _, m := range made {
		if err := w.store.Leave(m); err != nil {
			return err
		}
	}
	return nil
}

// leaveRaw removes the bytes of a raw file that was decoded from the worker's folder.
func (w *Worker) leaveRaw(raw archive.Raw) error {
	if w.scratch == "" || w.options.Storage.Archive == "" {
		return nil
	}
	if err := os.Remove(filepath.Join(w.files.Dir, filepath.FromSlash(raw.ID()))); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// bringNotes brings the notes of the raw files that units read.
func (w *Worker) bringNotes(ctx context.Context, units []work.Unit) error {
	if w.options.Storage.Archive == "" {
		return nil
	}
	from, err := w.openMirror(ctx, w.archiveTree(), w.options.Storage.Archive)
	if err != nil {
		return err
	}
	defer from.Close()
	brought := map[string]bool{}
	for _, u := range units {
		for _, in := range u.Inputs {
			if brought[in.Name] || in.Absent || u.Does != work.Decode && strings.HasSuffix(in.Name, ".parquet") {
				continue
			}
			brought[in.Name] = true
			if err := w.bringNote(ctx, from, in.Name); err != nil {
				return err
			}
		}
	}
	return nil
}

// bringNote brings the note of a raw file. One that is not there says so later, of its unit.
func (w *Worker) bringNote(ctx context.Context, from *mirror.Mirror, id string) error {
	err := from.GetNote(ctx, archive.NoteOf(id))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// tellFailure leaves the record of a failure where EndWork finds it.
func (w *Worker) tellFailure(ctx context.Context, f failure) error {
	if w.scratch == "" {
		return w.addFailure(f)
	}
	b, err := json.Marshal(f)
	if err != nil {
		return err
	}
	return w.lake.PutUnreadable(ctx, f.name(), b)
}

// bringFailures brings what workers left in storage about files that they could not decode.
func (s *Session) bringFailures(ctx context.Context) error {
	if s.lake == nil {
		return nil
	}
	return s.lake.TakeUnreadable(ctx, func(content []byte) error {
		var f failure
		if json.Unmarshal(content, &f) != nil || f.File == "" {
			return nil // as one of a folder
		}
		return s.addFailure(f)
	})
}

// UpdateIndex brings the index of the partitions up to date; anew: from the manifests, of which every one is read again.
func (s *Session) UpdateIndex(ctx context.Context, anew bool) error {
	if s.lake != nil && anew {
		if err := s.lake.Rebuild(ctx); err != nil {
			return s.step(nil, err)
		}
		s.store.Refresh()
	}
	return s.step(nil, s.store.UpdateIndex(anew))
}
