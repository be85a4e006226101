package pipeline

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io/fs"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"tidemark/collectors/archive"
	"tidemark/datasets/table"
	"tidemark/internal/atomicfile"
	"tidemark/pipeline/schedule"
)

// completion is the record of what runs have done, so that a run with nothing due need not look into any file.
type completion struct {
	At    time.Time  `json:"at"`              // when a run published last
	Clear *time.Time `json:"clear,omitempty"` // when raw bytes are next to be cleared away; nil: unknown
	fingerprints
}

// fingerprints are hashes of the names, sizes and times of files. What depends on these files need not be done again while
// they are the same.
type fingerprints struct {
	Decoded   string `json:"decoded,omitempty"`     // of archive and datasets; empty: a file is to be tried again
	Published string `json:"fingerprint,omitempty"` // of datasets, answers, reports and site
}

func (p *Pipeline) completionFile() string { return filepath.Join(p.stateDir(), "published.json") }

// completion returns the zero completion where no run ended, where the record is damaged, or where the run that wrote it had a clock that
// was ahead of this one: all is looked at then.
func (p *Pipeline) completion() (c completion) {
	if b, err := atomicfile.Read(p.completionFile()); err == nil {
		_ = json.Unmarshal(b, &c)
	}
	if c.At.After(p.now().Add(schedule.MaxAhead)) {
		return completion{}
	}
	return c
}

func (p *Pipeline) setCompletion(c completion) error {
	b, err := json.Marshal(c)
	if err != nil {
		return err
	}
	return atomicfile.Write(p.completionFile(), append(b, '\n'))
}

// fingerprints looks at the files. Program and configuration belong to both hashes.
func (p *Pipeline) fingerprints() (fingerprints, error) {
	site, err := filepath.EvalSymlinks(p.SiteDir())
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fingerprints{}, err
	}
	anyFile := func(string) bool { return true }
	partitions := folder{p.store.Dir, func(name string) bool { return table.FileOfManifest(name) != "" }}
	if p.lake != nil { // wherever they are, the index has them
		if err := p.store.UpdateIndex(false); err != nil {
			return fingerprints{}, err
		}
		index, _ := p.catalogue()
		partitions = folder{index, anyFile}
	}
	trees := []folder{
		{p.files.Dir, func(name string) bool { return archive.FileOfNote(name) != "" }}, // a raw file changes with its note only
		{p.unreadableFile(), anyFile},
		partitions, // and a partition with its manifest
		{p.answersDir(), anyFile},
		{p.reportsDir(), anyFile},
		{site, anyFile},
	}
	for _, file := range p.options.Uses {
		trees = append(trees, folder{file, anyFile})
	}
	sums := make([]string, len(trees))
	var group errgroup.Group
	for i, t := range trees {
		group.Go(func() (err error) {
			sums[i], err = t.fingerprint()
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return fingerprints{}, err
	}
	raw, unreadable, datasets, answers, reports, published, uses := sums[0], sums[1], sums[2], sums[3], sums[4], sums[5], sums[6:]
	return fingerprints{
		Decoded:   hashOf(append(uses, raw, unreadable, datasets)...),
		Published: hashOf(append(uses, datasets, answers, reports, published)...),
	}, nil
}

func hashOf(sums ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(sums, " ")))
	return hex.EncodeToString(sum[:])
}

// folder is a folder with all below it, or a file.
type folder struct {
	root string
	stat func(name string) bool // whether size and time of the file matter, and not only its name
}

// fingerprint returns a hash of the tree; that of nothing where there is none.
func (t folder) fingerprint() (string, error) {
	h := sha256.New()
	out := bufio.NewWriter(h)
	var line []byte
	err := filepath.WalkDir(t.root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		line = append(append(line[:0], path...), 0) // no path contains a zero byte
		if t.stat(d.Name()) {
			info, err := d.Info()
			if err != nil {
				return err
			}
			line = append(strconv.AppendInt(line, info.Size(), 10), ' ')
			line = strconv.AppendInt(line, info.ModTime().UnixNano(), 10)
		}
		_, err = out.Write(append(line, '\n'))
		return err
	})
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", err
	}
	if err := out.Flush(); err != nil {
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}
