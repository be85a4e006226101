package analysis

import (
	"crypto/sha256"
	"encoding/json"
	"path/filepath"
	"time"

	"tidemark/datasets/table"
)

// listsFolder is the folder of the answers' lists of partitions.
const listsFolder = "partitions"

func listsOf(dir string) *table.Lists { return table.OpenLists(filepath.Join(dir, listsFolder)) }

// present is a dataset as it is in the store.
type present struct {
	partitions []*table.Manifest
	newest     time.Time         // newest day of a partition; zero: none has one
	lists      []table.Segment   // of its partitions
	behind     [sha256.Size]byte // hash of the derived partitions behind these
}

// presentIn returns the datasets that the questions read, by name, and writes their lists beside the answers in dir. It lists each dataset
// once: it may have thousands of partitions, and many questions read it.
func presentIn(store *table.Store, l *lineage, dir string, questions []*Question) (map[string]present, error) {
	all, lists := map[string]present{}, listsOf(dir)
	for _, s := range schemasOf(questions) {
		manifests, err := store.Manifests(s)
		if err != nil {
			return nil, err
		}
		p := present{partitions: manifests, newest: newestDay(manifests)}
		if p.lists, err = lists.Write(manifests); err != nil {
			return nil, err
		}
		behind, err := l.behind(manifests)
		if err != nil {
			return nil, err
		}
		h := sha256.New()
		if err := json.NewEncoder(h).Encode(behind); err != nil {
			return nil, err
		}
		p.behind = [sha256.Size]byte(h.Sum(nil))
		all[s.Name] = p
	}
	return all, nil
}
