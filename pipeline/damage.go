package pipeline

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"tidemark/collectors"
	"tidemark/collectors/archive"
	"tidemark/internal/atomicfile"
	"tidemark/internal/tree"
)

// What lies in the data folder may have changed since it was written: disks rot, and people and programs edit. A session sets aside
// what is no longer as its note or manifest says, with the reason, says so, and it is made or fetched again.

// watchForDamage tells the session at work, if there is one, of what is damaged in the datasets and the archive. Otherwise it is left out.
func (p *Pipeline) watchForDamage() {
	p.files.OnDamage = p.leaveOut
	p.store.OnDamage = func(file string, err error) error {
		if s := p.atWork.Load(); s != nil {
			return s.setAsideDamaged(file, err, s.store.SetAside)
		}
		return p.leaveOut(file, err)
	}
}

func (p *Pipeline) leaveOut(file string, err error) error {
	p.log.Warn("left out; the next run sets it aside", "file", file, "error", err)
	return nil
}

func (s *Session) setAsideDamaged(file string, err error, aside func(string, error) error) error {
	s.tell("set aside", file, err)
	s.mu.Lock()
	s.aside = true
	s.mu.Unlock()
	return aside(file, err)
}

// setAsideState sets aside the records in the state that cannot be read. All of them may be lost. In the journal of runs single lines may
// be damaged, so of it only what is not a file.
func (s *Session) setAsideState() error {
	files, err := filepath.Glob(filepath.Join(s.stateDir(), "*.json"))
	if err != nil {
		return err
	}
	years, err := filepath.Glob(filepath.Join(s.stateDir(), "runs", "*.jsonl"))
	if err != nil {
		return err
	}
	for _, folder := range []string{"alerts", "feeds"} {
		more, err := filepath.Glob(filepath.Join(s.stateDir(), folder, "*.json"))
		if err != nil {
			return err
		}
		files = append(files, more...)
	}
	for _, file := range append(files, years...) {
		b, readErr := atomicfile.Read(file)
		why := errors.New("the record is damaged: it is no JSON")
		switch {
		case errors.Is(readErr, atomicfile.ErrForeign), errors.Is(readErr, fs.ErrNotExist): // or a link that leads nowhere
			why = readErr
		case readErr != nil:
			return readErr
		case filepath.Ext(file) == ".jsonl", json.Valid(b):
			continue
		}
		name, err := filepath.Rel(s.stateDir(), file)
		if err != nil {
			return err
		}
		name = filepath.ToSlash(name)
		s.tell("set aside", "state/"+name, why)
		if err := tree.SetAside(s.stateDir(), name, why, name); err != nil {
			return err
		}
	}
	return nil
}

// tell records a problem that is met in the midst of a step.
func (s *Session) tell(what, where string, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.problems, s.partial = append(s.problems, s.problem(what, where, err)), true
}

// decodeWhole is DecodeFile, and once more with the bytes that storage has if those of the archive are damaged.
func (s *Session) decodeWhole(ctx context.Context, kind collectors.Kind, file PendingFile) (Decoded, error) {
	decoded, err := DecodeFile(ctx, kind, file.Raw, s.store, file.Stale...)
	if !errors.Is(err, archive.ErrDamaged) || ctx.Err() != nil {
		return decoded, err
	}
	restored, e := s.restore(file.Raw, err)
	if e != nil || !restored {
		return Decoded{}, errors.Join(err, e)
	}
	s.log.Warn("damaged in the archive; storage had it whole", "file", file.Raw.ID(), "error", err)
	return DecodeFile(ctx, kind, file.Raw, s.store, file.Stale...)
}

// restore sets aside a raw file that is damaged, and reports whether storage had it whole. If storage does not have it, its note goes
// aside too, so that its source is asked for it again.
func (s *Session) restore(raw archive.Raw, why error) (restored bool, err error) {
	if s.files.Bring == nil || s.copies.archive != nil && !s.copies.stored(raw) {
		return false, s.files.SetAside(raw.ID(), why)
	}
	if err := s.files.SetAsideBytes(raw.ID(), why); err != nil {
		return false, err
	}
	if err := s.files.Bring(raw); err != nil {
		return false, err // its note stays, and the next run asks again
	}
	return true, nil
}

// verifyPeriod is within which all bytes of archive and datasets are compared with notes and manifests, a share in the first run of each day.
const verifyPeriod = 30 * 24 * time.Hour

// verified is how far the comparing has come.
type verified struct {
	At    time.Time `json:"at"`
	After string    `json:"after"` // the last file compared, in the order of the trees and names
}

func (p *Pipeline) verifiedFile() string { return filepath.Join(p.stateDir(), "verified.json") }

// storedFile is a file that can be compared with what is noted of it.
type storedFile struct {
	name  string // with its tree
	bytes int64
	check func() error
	mend  func(why error) error
}

// verifyShare compares a share of what lies in the data folder with notes and manifests, and sets aside what differs.
func (s *Session) verifyShare(ctx context.Context) error {
	now := s.now().UTC()
	var was verified
	if b, err := atomicfile.Read(s.verifiedFile()); err == nil {
		_ = json.Unmarshal(b, &was) // where it is damaged, it begins anew
	}
	since := now.Sub(was.At)
	if since < 0 || was.At.IsZero() { // of a clock that was wrong, or the first run, which has just written it all
		since = 0
		was.At = time.Time{}
	}
	if !was.At.IsZero() && since < 24*time.Hour {
		return nil
	}
	if since > 0 {
		var err error
		if was.After, err = s.verifyFrom(ctx, was.After, min(since, verifyPeriod)); err != nil {
			return err
		}
	}
	was.At = now
	b, err := json.Marshal(was)
	if err != nil {
		return err
	}
	return atomicfile.Write(s.verifiedFile(), append(b, '\n'))
}

// verifyFrom compares the files behind one, as many as their bytes are due after so long, and returns the last.
func (s *Session) verifyFrom(ctx context.Context, after string, since time.Duration) (last string, err error) {
	files, err := s.storedFiles(ctx)
	if err != nil {
		return after, err
	}
	var all, done int64
	for _, f := range files {
		all += f.bytes
	}
	share := int64(float64(all) * (float64(since) / float64(verifyPeriod)))
	from, _ := slices.BinarySearchFunc(files, after+"\x00", func(f storedFile, name string) int { return strings.Compare(f.name, name) })
	for n := range files {
		f := files[(from+n)%len(files)]
		if done > share {
			break
		}
		err := f.check()
		if ctx.Err() != nil {
			return after, ctx.Err()
		}
		if err != nil {
			s.tell("not as it was written", f.name, err)
			if err := f.mend(err); err != nil {
				return after, err
			}
		}
		done, after = done+f.bytes, f.name
	}
	s.log.Info("compared with notes and manifests", "bytes", done, "of", all)
	return after, nil
}

// storedFiles returns the raw files and the partitions in the order of their names. Raw files that lie in storage only are left out.
func (s *Session) storedFiles(ctx context.Context) (files []storedFile, err error) {
	for raw, err := range s.files.All("") {
		if err != nil {
			return nil, err
		}
		if raw.Cleared || !raw.Here() && s.options.Storage.Archive != "" {
			continue
		}
		_, held := raw.Held()
		files = append(files, storedFile{"archive/" + raw.ID(), held, func() error { return raw.Verify(ctx) }, func(why error) error {
			_, err := s.restore(raw, why)
			return err
		}})
	}
	manifests, err := s.partitions()
	if err != nil {
		return nil, err
	}
	for _, m := range manifests {
		if !s.store.Here(m) {
			continue
		}
		files = append(files, storedFile{"datasets/" + m.File, m.Bytes, func() error { return s.store.Check(m) }, func(why error) error {
			defer s.store.Refresh()
			return s.store.SetAside(m.File, why)
		}})
	}
	slices.SortFunc(files, func(a, b storedFile) int { return strings.Compare(a.name, b.name) })
	return files, nil
}

// comparePartitions sets aside the partitions whose bytes are not those of their manifests. It reads those alone that may have changed
// since they were read.
func (s *Session) comparePartitions() error {
	manifests, err := s.partitions()
	if err != nil {
		return err
	}
	defer s.store.Refresh()
	for _, m := range manifests {
		if !s.store.Here(m) {
			continue
		}
		sum, size, err := s.sums.Sum(s.store.Path(m).String())
		if err != nil && !errors.Is(err, syscall.EIO) { // the process lacks something, not the disk
			s.tell("not compared with its manifest", m.File, err)
			continue
		}
		if err == nil {
			err = m.Compare(sum, size)
		}
		if err == nil {
			continue
		}
		if err := s.setAsideDamaged(m.File, err, s.store.SetAside); err != nil {
			return err
		}
	}
	return nil
}

// VerifyArchive compares every raw file that lies here with its note. It returns how many are whole, and what is wrong with the others, by ID.
func (p *Pipeline) VerifyArchive(ctx context.Context) (whole int, wrong map[string]error, err error) {
	wrong = map[string]error{}
	files := *p.files
	files.OnDamage = func(id string, err error) error {
		wrong[id] = err
		return nil
	}
	raws, err := files.List("")
	for _, raw := range raws {
		switch {
		case err != nil || ctx.Err() != nil:
			return whole, wrong, errors.Join(err, ctx.Err())
		case raw.Cleared || !raw.Here() && p.options.Storage.Archive != "":
		default:
			if bad := raw.Verify(ctx); bad != nil {
				wrong[raw.ID()] = bad
			} else {
				whole++
			}
		}
	}
	return whole, wrong, err
}

// setAside returns what lies aside, with its reason, by path.
func (p *Pipeline) setAside() (reasons map[string]string, err error) {
	reasons = map[string]string{}
	for _, dir := range []string{p.files.Dir, p.store.Dir, p.stateDir()} {
		found, err := tree.Reasons(dir)
		if err != nil {
			return nil, err
		}
		for file, why := range found {
			rel, err := filepath.Rel(p.options.Dir, file)
			if err != nil {
				return nil, err
			}
			reasons[filepath.ToSlash(rel)] = why
		}
	}
	return reasons, nil
}
