package analysis

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"tidemark/datasets/table"
	"tidemark/internal/atomicfile"
)

// partitionList is the partitions of a dataset that answers could read. Their manifests lie beside the answers, a line of JSON each, in a
// file that many answers name: a lake of ten years has thousands.
type partitionList struct {
	Dataset    string `json:"dataset"`
	Partitions int    `json:"partitions"`
	SHA256     string `json:"sha256"` // of the file
}

// listPrefix begins the names of files with lists, and of no answer: no slug has a dot.
const listPrefix = "partitions."

func (l partitionList) file() string { return listPrefix + l.Dataset + "." + l.SHA256 + ".jsonl" }

// writeList writes the list of a dataset's partitions to dir, unless it is there.
func writeList(dir, dataset string, manifests []*table.Manifest) (partitionList, error) {
	var b bytes.Buffer
	if err := encode(&b, manifests); err != nil {
		return partitionList{}, err
	}
	sum := sha256.Sum256(b.Bytes())
	list := partitionList{dataset, len(manifests), hex.EncodeToString(sum[:])}
	path := filepath.Join(dir, list.file())
	if _, err := os.Lstat(path); err == nil {
		return list, nil
	}
	return list, atomicfile.Write(path, b.Bytes())
}

// read returns the manifests of a list that was written to dir.
func (l partitionList) read(dir string) ([]*table.Manifest, error) {
	path := filepath.Join(dir, l.file())
	b, err := atomicfile.Read(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s: an answer names this list of partitions, which is missing; run tidemark analyse", path)
	}
	if err != nil {
		return nil, err
	}
	if sum := sha256.Sum256(b); hex.EncodeToString(sum[:]) != l.SHA256 {
		return nil, fmt.Errorf("%s: the list of partitions is damaged; remove it and run tidemark analyse", path)
	}
	var manifests []*table.Manifest
	for line := range bytes.Lines(b) {
		m := new(table.Manifest)
		if err := json.Unmarshal(line, m); err != nil {
			return nil, fmt.Errorf("%s: %w; remove it and run tidemark analyse", path, err)
		}
		manifests = append(manifests, m)
	}
	return manifests, nil
}

// encode writes manifests as a line of JSON each.
func encode(b *bytes.Buffer, manifests []*table.Manifest) error {
	lines := json.NewEncoder(b)
	for _, m := range manifests {
		if err := lines.Encode(m); err != nil {
			return err
		}
	}
	return nil
}

// present is a dataset as it is in the store.
type present struct {
	list   partitionList
	behind [sha256.Size]byte // hash of the derived partitions behind those of the list
}

// presentIn returns the datasets that the questions read, by name, and writes their lists to dir. It lists each dataset once: it may have
// thousands of partitions, and many questions read it.
func presentIn(store *table.Store, l *lineage, dir string, questions []*Question) (map[string]present, error) {
	all := map[string]present{}
	for _, s := range schemasOf(questions) {
		manifests, err := store.Manifests(s)
		if err != nil {
			return nil, err
		}
		var p present
		if p.list, err = writeList(dir, s.Name, manifests); err != nil {
			return nil, err
		}
		behind, err := l.behind(manifests)
		if err != nil {
			return nil, err
		}
		var b bytes.Buffer
		if err := encode(&b, behind); err != nil {
			return nil, err
		}
		p.behind = sha256.Sum256(b.Bytes())
		all[s.Name] = p
	}
	return all, nil
}

// removeLists removes the lists of dir that are not of present datasets.
func removeLists(dir string, datasets map[string]present) error {
	used := map[string]bool{}
	for _, p := range datasets {
		used[p.list.file()] = true
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, f := range entries {
		if strings.HasPrefix(f.Name(), listPrefix) && !used[f.Name()] {
			if err := os.Remove(filepath.Join(dir, f.Name())); err != nil {
				return err
			}
		}
	}
	return nil
}
