package pipeline

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"tidemark/internal/atomicfile"
)

// completion is the record of the last run that published.
type completion struct {
	At          time.Time `json:"at"`
	Fingerprint string    `json:"fingerprint"`
}

func (p *Pipeline) completionFile() string { return filepath.Join(p.stateDir(), "published.json") }

// completion returns the zero completion where no run published, or where the record is damaged: all is looked at then.
func (p *Pipeline) completion() (c completion) {
	if b, err := os.ReadFile(p.completionFile()); err == nil {
		_ = json.Unmarshal(b, &c)
	}
	return c
}

// complete reports whether a run published and nothing changed since: neither program nor configuration, nor a file of
// datasets, answers and site.
func (p *Pipeline) complete() bool {
	now, err := p.fingerprint()
	return err == nil && p.completion().Fingerprint == now
}

func (p *Pipeline) setComplete() error {
	now, err := p.fingerprint()
	if err != nil {
		return err
	}
	b, err := json.Marshal(completion{p.now().UTC(), now})
	if err != nil {
		return err
	}
	return atomicfile.Write(p.completionFile(), append(b, '\n'))
}

// fingerprint returns a hash of the names, sizes and times of all that the site depends on.
func (p *Pipeline) fingerprint() (string, error) {
	h := sha256.New()
	published, err := filepath.EvalSymlinks(p.SiteDir())
	if err != nil {
		return "", err
	}
	for _, root := range append(append([]string{}, p.options.Uses...), p.store.Dir, p.answersDir(), published) {
		err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			return writeStat(h, path, d)
		})
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return "", err
		}
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

func writeStat(to io.Writer, path string, d fs.DirEntry) error {
	info, err := d.Info()
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(to, strings.ReplaceAll(path, "\n", " "), info.Size(), info.ModTime().UnixNano())
	return err
}
