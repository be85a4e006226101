package report

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"tidemark/datasets"
	"tidemark/datasets/table"
	"tidemark/internal/atomicfile"
)

// format is the version of what a report holds. Reports of another version are made again.
const format = 3

// stored is a report on disk.
type stored struct {
	Made string `json:"made_from"` // hash of the partitions that it could read
	*Report
}

// YearsOf returns the years of which there are tables or updates, oldest first.
func YearsOf(store *table.Store) ([]int, error) {
	years := map[int]bool{}
	stats, err := store.Manifests(datasets.TableStats.Schema)
	if err != nil {
		return nil, err
	}
	for _, m := range stats {
		years[yearOf(m.Day())] = true
	}
	updates, err := store.Manifests(datasets.PrefixUpdates.Schema)
	if err != nil {
		return nil, err
	}
	for _, m := range updates {
		years[m.Day().Year()] = true
	}
	return slices.Sorted(maps.Keys(years)), nil
}

// partitionsOf returns the partitions that the report of a year may read.
func partitionsOf(store *table.Store, year int) (from []*table.Manifest, err error) {
	since, until := endOf(year-4).Add(-maxFromEnd), endOf(year).Add(maxFromEnd)
	for _, s := range Reads {
		all, err := store.Manifests(s)
		if err != nil {
			return nil, err
		}
		for _, m := range all {
			begin := since
			switch s {
			case datasets.TableStats.Schema:
				begin = seriesSince(year).AddDate(0, 0, -1)
			case datasets.ASNames.Schema: // the newest name of before
				begin = time.Time{}
			}
			if !m.Day().After(until) && !m.Day().Before(begin) {
				from = append(from, m)
			}
		}
	}
	return from, nil
}

func hashOf(from []*table.Manifest) (string, error) {
	h := sha256.New()
	fmt.Fprintln(h, format)
	err := json.NewEncoder(h).Encode(from)
	return hex.EncodeToString(h.Sum(nil)), err
}

// Update makes the reports whose partitions changed since they were made, removes those of years without data, and returns
// the years that it made.
func Update(ctx context.Context, store *table.Store, dir string) (made []int, err error) {
	years, err := YearsOf(store)
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	if err := removeOthers(dir, years); err != nil {
		return nil, err
	}
	for _, year := range years {
		from, err := partitionsOf(store, year)
		if err != nil {
			return made, err
		}
		hash, err := hashOf(from)
		if err != nil {
			return made, err
		}
		path := filepath.Join(dir, strconv.Itoa(year)+".json")
		if old, err := readStored(path); err == nil && old.Made == hash {
			continue
		}
		r, err := makeFrom(ctx, store, year, from)
		if err != nil {
			return made, fmt.Errorf("report of %d: %w", year, err)
		}
		content, err := json.Marshal(stored{hash, r})
		if err != nil {
			return made, err
		}
		if err := atomicfile.Write(path, append(content, '\n')); err != nil {
			return made, err
		}
		made = append(made, year)
	}
	return made, nil
}

func removeOthers(dir string, years []int) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, f := range entries {
		year, err := strconv.Atoi(strings.TrimSuffix(f.Name(), ".json"))
		if err == nil && slices.Contains(years, year) {
			continue
		}
		if err := os.Remove(filepath.Join(dir, f.Name())); err != nil {
			return err
		}
	}
	return nil
}

func readStored(path string) (*stored, error) {
	content, err := atomicfile.Read(path)
	if err != nil {
		return nil, err
	}
	s := new(stored)
	if err := json.Unmarshal(content, s); err != nil {
		return nil, fmt.Errorf("%s: the report is damaged: %w; remove it and run tidemark analyse", path, err)
	}
	return s, nil
}

// Load returns the reports that Update wrote to dir, oldest first.
func Load(dir string) (all []*Report, err error) {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	for _, f := range entries {
		s, err := readStored(filepath.Join(dir, f.Name()))
		if err != nil {
			return nil, err
		}
		all = append(all, s.Report)
	}
	return all, nil
}
