package pipeline

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"tidemark/collectors/archive"
	"tidemark/internal/atomicfile"
	"tidemark/internal/fault"
	"tidemark/internal/redact"
)

// Unreadable is a raw file of which nothing could be decoded.
type Unreadable struct {
	SHA256  string `json:"sha256"`
	Program string `json:"program"` // that tried
	Error   string `json:"error"`
}

func (p *Pipeline) unreadableFile() string { return filepath.Join(p.stateDir(), "unreadable.json") }

// unreadable returns the files that could not be decoded, by ID, also those of workers that no session recorded yet. Where a record is
// damaged they are tried once more.
func (p *Pipeline) unreadable() (map[string]Unreadable, error) {
	all := map[string]Unreadable{}
	b, err := atomicfile.Read(p.unreadableFile())
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return all, err
	}
	if err == nil && json.Unmarshal(b, &all) != nil {
		all = map[string]Unreadable{}
	}
	failures, err := p.failures()
	for _, f := range failures {
		all[f.File] = f.Unreadable
	}
	return all, err
}

func (p *Pipeline) saveUnreadable(all map[string]Unreadable) error {
	if len(all) == 0 {
		if err := os.Remove(p.unreadableFile()); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		return nil
	}
	b, err := json.MarshalIndent(all, "", " ")
	if err != nil {
		return err
	}
	return atomicfile.Write(p.unreadableFile(), append(b, '\n'))
}

// failure is the record of a worker that could not decode a file: a file of its own, as workers cannot change the one of all.
type failure struct {
	Unreadable
	File  string `json:"file"`            // ID of the raw file
	Fault bool   `json:"fault,omitempty"` // of the program, which says nothing about the file
}

func newFailure(raw archive.Raw, program string, err error) failure {
	text := err.Error()
	var f *fault.Error
	isFault := errors.As(err, &f)
	if isFault {
		text = fmt.Sprint(f.Value)
	}
	return failure{Unreadable{raw.SHA256, program, redact.Text(text)}, raw.ID(), isFault}
}

func (f failure) err() error {
	if f.Fault {
		return &fault.Error{Value: f.Error}
	}
	return errors.New(f.Error)
}

// name returns the name of the record.
func (f failure) name() string {
	sum := sha256.Sum256([]byte(f.File))
	return hex.EncodeToString(sum[:12]) + ".json"
}

func (p *Pipeline) failuresDir() string { return filepath.Join(p.workersDir(), "failed") }

// addFailure writes the record of a failure. Workers that try the same file write the same one.
func (p *Pipeline) addFailure(f failure) error {
	b, err := json.MarshalIndent(f, "", " ")
	if err != nil {
		return err
	}
	if err := os.MkdirAll(p.failuresDir(), 0o755); err != nil {
		return err
	}
	return atomicfile.Write(filepath.Join(p.failuresDir(), f.name()), append(b, '\n'))
}

// failures returns the records of workers, in the order of their names. Damaged ones are left out.
func (p *Pipeline) failures() (all []failure, err error) {
	files, err := filepath.Glob(filepath.Join(p.failuresDir(), "*.json"))
	if err != nil {
		return nil, err
	}
	for _, file := range files {
		b, err := atomicfile.Read(file)
		if errors.Is(err, fs.ErrNotExist) || errors.Is(err, atomicfile.ErrForeign) {
			continue
		}
		if err != nil {
			return nil, err
		}
		var f failure
		if json.Unmarshal(b, &f) == nil && f.File != "" {
			all = append(all, f)
		}
	}
	return all, nil
}

// takeFailures records what workers could not decode as if this session had tried it.
func (s *Session) takeFailures() (Report, error) {
	failures, err := s.failures()
	if err != nil || len(failures) == 0 {
		return Report{}, err
	}
	known, err := s.unreadable()
	if err != nil {
		return Report{}, err
	}
	d := decoding{session: s, unreadable: known, sources: s.sourcesState()}
	for _, f := range failures {
		raw, err := s.files.ByID(f.File)
		if err != nil {
			return d.report.Report, err
		}
		delete(known, f.File)
		if raw != nil && raw.SHA256 == f.SHA256 && f.Program == s.store.Program {
			d.failed(*raw, f.err())
		}
	}
	if err := d.save(); err != nil {
		return d.report.Report, err
	}
	return d.report.Report, os.RemoveAll(s.failuresDir())
}
