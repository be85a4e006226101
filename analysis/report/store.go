package report

import (
	"bytes"
	"context"
	"crypto/sha256"
	"embed"
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
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"tidemark/analysis/engine"
	"tidemark/datasets"
	"tidemark/datasets/table"
	"tidemark/internal/atomicfile"
)

// format is raised when other packages change what a report holds: how numbers are written, and what neighbouring sentences say once.
const format = 5

// source is this package, which has the queries and the words of reports.
//
//go:embed *.go *.sql
var source embed.FS

// makerHash returns a hash of what reports are made by. Sentences of another version of the program would outlive it.
var makerHash = sync.OnceValues(func() (string, error) { return hashOfSource(source) })

// hashOfSource returns a hash of the format, and of the files of a package but its tests.
func hashOfSource(source fs.FS) (string, error) {
	names, err := fs.Glob(source, "*")
	if err != nil {
		return "", err
	}
	h := sha256.New()
	fmt.Fprintln(h, format)
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		text, err := fs.ReadFile(source, name)
		if err != nil {
			return "", err
		}
		fmt.Fprintf(h, "%s %d\n%s", name, len(text), text)
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// stored is what a report on disk has before it.
type stored struct {
	Maker string `json:"made_by"`   // makerHash
	Made  string `json:"made_from"` // hash of the partitions that it could read
	Sum   string `json:"sha256"`    // of the report
}

// What is between the head of a stored report and the report, and behind it.
var (
	reportBegin = []byte(",\"report\":")
	reportEnd   = []byte("}\n")
)

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

// allPartitions returns the partitions of the datasets that reports read, in the order of these.
func allPartitions(store *table.Store) (all [][]*table.Manifest, err error) {
	for _, s := range Reads {
		of, err := store.Manifests(s)
		if err != nil {
			return nil, err
		}
		all = append(all, of)
	}
	return all, nil
}

// partitionsOf returns those of allPartitions that the report of a year may read.
func partitionsOf(all [][]*table.Manifest, year int) (from []*table.Manifest) {
	since, until := endOf(year-4).Add(-maxFromEnd), endOf(year).Add(maxFromEnd)
	for i, s := range Reads {
		begin := since
		switch s {
		case datasets.TableStats.Schema:
			begin = seriesSince(year).AddDate(0, 0, -1)
		case datasets.ASNames.Schema: // the newest name of before
			begin = time.Time{}
		}
		for _, m := range all[i] {
			if day := m.Day(); !day.After(until) && !day.Before(begin) {
				from = append(from, m)
			}
		}
	}
	return from
}

func hashOf(from []*table.Manifest) (string, error) {
	h := sha256.New()
	err := json.NewEncoder(h).Encode(from)
	return hex.EncodeToString(h.Sum(nil)), err
}

// Update makes the reports whose partitions changed since they were made, and those that another version of the program made; it removes
// those of years without data, and returns the years that it made.
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
	due, err := dueReports(store, dir, years)
	if err != nil || len(due) == 0 {
		return nil, err
	}
	atOnce := engine.AtOnce(due[0].from)
	for _, d := range due {
		made, atOnce = append(made, d.year), min(atOnce, engine.AtOnce(d.from))
	}
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(atOnce)
	for _, d := range due {
		group.Go(func() error {
			if err := d.write(ctx, store, dir); err != nil {
				return fmt.Errorf("report of %d: %w", d.year, err)
			}
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	return made, nil
}

// dueReport is a year without a report of its present partitions.
type dueReport struct {
	year        int
	maker, hash string
	from        []*table.Manifest
}

// dueReports returns the years whose stored report is missing, damaged, or made from other partitions or by another version.
func dueReports(store *table.Store, dir string, years []int) (due []dueReport, err error) {
	maker, err := makerHash()
	if err != nil {
		return nil, err
	}
	all, err := allPartitions(store)
	if err != nil {
		return nil, err
	}
	for _, year := range years {
		from := partitionsOf(all, year)
		hash, err := hashOf(from)
		if err != nil {
			return nil, err
		}
		if old, _, err := readStored(pathOf(dir, year)); err != nil || old.Maker != maker || old.Made != hash {
			due = append(due, dueReport{year, maker, hash, from})
		}
	}
	return due, nil
}

// write makes the report and writes it.
func (d *dueReport) write(ctx context.Context, store *table.Store, dir string) error {
	r, err := makeFrom(ctx, store, d.year, d.from)
	if err != nil {
		return err
	}
	content, err := json.Marshal(r)
	if err != nil {
		return err
	}
	head, err := json.Marshal(stored{d.maker, d.hash, sumOf(content)})
	if err != nil {
		return err
	}
	return atomicfile.Write(pathOf(dir, d.year), bytes.Join([][]byte{head[:len(head)-1], reportBegin, content, reportEnd}, nil))
}

func sumOf(report []byte) string {
	sum := sha256.Sum256(report)
	return hex.EncodeToString(sum[:])
}

func pathOf(dir string, year int) string { return filepath.Join(dir, strconv.Itoa(year)+".json") }

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
		if err := os.RemoveAll(filepath.Join(dir, f.Name())); err != nil {
			return err
		}
	}
	return nil
}

// readStored reads what a report was made of, and the report as it was written. Whether it is to be made again, that tells without parsing it: it
// names all partitions of its years.
func readStored(path string) (head stored, report []byte, err error) {
	content, err := atomicfile.Read(path)
	if err != nil {
		return head, nil, err
	}
	first, rest, found := bytes.Cut(content, reportBegin)
	report, ended := bytes.CutSuffix(rest, reportEnd)
	switch {
	case !found || !ended:
		err = errors.New("it is torn, or of another version of tidemark")
	default:
		err = json.Unmarshal(append(bytes.Clone(first), '}'), &head)
	}
	if err == nil && sumOf(report) != head.Sum {
		err = errors.New("it is not as it was written")
	}
	if err != nil {
		return head, nil, fmt.Errorf("%s: the report is damaged: %w; remove it and run tidemark analyse", path, err)
	}
	return head, report, nil
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
	maker, err := makerHash()
	if err != nil {
		return nil, err
	}
	for _, f := range entries {
		path := filepath.Join(dir, f.Name())
		head, content, err := readStored(path)
		if err != nil {
			return nil, err
		}
		if head.Maker != maker {
			return nil, fmt.Errorf("%s: another version of tidemark made the report; run tidemark analyse", path)
		}
		r := new(Report)
		if err := json.Unmarshal(content, r); err != nil {
			return nil, fmt.Errorf("%s: the report is damaged: %w; remove it and run tidemark analyse", path, err)
		}
		all = append(all, r)
	}
	return all, nil
}
