package table

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"tidemark/internal/atomicfile"
)

// Lists is a folder of segments named by their SHA-256: the partitions that answers rest on, in files that they share. What an answer was
// made from does not change with the index.
type Lists struct {
	dir  string
	from *indexReader
	read map[string][]*Manifest // by SHA-256
}

// OpenLists returns the lists in a folder, which need not exist.
func OpenLists(dir string) *Lists {
	return &Lists{dir, newIndexReader(once()), map[string][]*Manifest{}}
}

func (l *Lists) file(sum string) string { return filepath.Join(l.dir, sum+".parquet") }

// Write writes manifests of a store, in the order of their files, and returns the segments that have them. Files with the right bytes stay.
func (l *Lists) Write(store *Store, manifests []*Manifest) (all []Segment, err error) {
	if err := os.MkdirAll(l.dir, 0o755); err != nil {
		return nil, err
	}
	err = store.Segments(manifests, func(one Segment, b []byte) error {
		all = append(all, one)
		if old, err := atomicfile.Read(l.file(one.SHA256)); err == nil && sha256.Sum256(old) == sha256.Sum256(b) {
			return nil
		}
		return writeSegment(l.file(one.SHA256), b)
	})
	return all, err
}

// Manifests returns the manifests of segments, the same ones whenever it is asked for a segment.
func (l *Lists) Manifests(segments []Segment) (all []*Manifest, err error) {
	for _, one := range segments {
		some, known := l.read[one.SHA256]
		if !known {
			if b, err := hex.DecodeString(one.SHA256); err != nil || len(b) != sha256.Size {
				return nil, errors.New("it names a list of partitions by what is not a SHA-256")
			}
			b, err := atomicfile.Read(l.file(one.SHA256))
			if err != nil {
				return nil, err
			}
			if some, err = l.manifests(one, b); err != nil {
				return nil, err
			}
			l.read[one.SHA256] = some
		}
		all = append(all, some...)
	}
	return all, nil
}

// manifests returns the manifests of a segment with that file.
func (l *Lists) manifests(of Segment, file []byte) ([]*Manifest, error) {
	if err := of.check(file); err != nil {
		return nil, err
	}
	all, err := l.from.read(file, nil, 0)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", of.Name, err)
	}
	return pointers(all), nil
}

// Retain removes all files of the folder but these segments.
func (l *Lists) Retain(segments []Segment) error {
	entries, err := os.ReadDir(l.dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	for _, e := range entries {
		if !slices.ContainsFunc(segments, func(one Segment) bool { return one.SHA256+".parquet" == e.Name() }) {
			err = errors.Join(err, os.RemoveAll(filepath.Join(l.dir, e.Name())))
		}
	}
	return err
}
