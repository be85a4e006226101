package table

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"path"
	"strings"
	"unsafe"

	"github.com/apache/arrow/go/v17/arrow"

	"tidemark/internal/atomicfile"
)

// Segment is a file of the index: the manifests of a dataset's partitions in a year.
type Segment struct {
	Name       string `json:"segment"` // path in the index, with slashes, without ending
	Partitions int    `json:"partitions"`
	Bytes      int64  `json:"bytes"`
	SHA256     string `json:"sha256"`
}

// newSegment returns a segment and its bytes. The same manifests give the same bytes.
func newSegment(name string, manifests []*Manifest) (Segment, []byte, error) {
	b, err := writeIndex(manifests)
	sum := sha256.Sum256(b)
	return Segment{name, len(manifests), int64(len(b)), hex.EncodeToString(sum[:])}, b, err
}

// writeSegment writes the file of a segment, also where somebody put a folder at its place.
func writeSegment(file string, b []byte) error {
	if stat, err := os.Lstat(file); err == nil && stat.IsDir() {
		if err := os.RemoveAll(file); err != nil {
			return err
		}
	}
	return atomicfile.WriteUnsynced(file, b)
}

// indexed is a manifest as a row of the index. What is nested in a manifest is JSON here too, as the manifest has it, and empty where the
// manifest does not have it.
type indexed struct {
	File       string   `col:"file" doc:"path of the partition in the store"`
	Dataset    string   `col:"dataset" doc:"dataset of the partition"`
	Schema     int64    `col:"schema_version" doc:"version of the dataset's schema"`
	Rows       int64    `col:"rows" doc:"rows of the partition"`
	Bytes      int64    `col:"bytes" unit:"bytes" doc:"size of the partition"`
	SHA256     string   `col:"sha256" doc:"SHA-256 of the partition"`
	Labels     string   `col:"labels" doc:"values of the label columns in the partition's first row: a JSON object"`
	Inputs     string   `col:"inputs" doc:"what the partition was made from: a JSON array"`
	Together   []string `col:"together" doc:"partitions that were committed with this one"`
	Program    string   `col:"program" doc:"program that made the partition"`
	Unit       string   `col:"unit" doc:"what was counted in the inputs"`
	Seen       int64    `col:"seen" doc:"units seen in the inputs"`
	Kept       int64    `col:"kept" doc:"units that went into rows"`
	Rejected   string   `col:"rejected" doc:"units that went into no row, by reason: a JSON object"`
	Noted      string   `col:"noted" doc:"units kept in which something is not modelled, by what: a JSON object"`
	Damage     []string `col:"damage" doc:"the first places at which the input is damaged"`
	MeasuredBy string   `col:"measured_by" doc:"installation that made the partition, if it was another one: a JSON object"`
}

var indexRows = New[indexed](Doc{Name: "manifests", Version: 1, Derived: true, Partition: "a dataset in a year", Row: "A partition, as its manifest describes it."})

// indexRow returns a manifest as a row.
func indexRow(m *Manifest) (row indexed, err error) {
	row = indexed{File: m.File, Dataset: m.Dataset, Schema: int64(m.Schema), Rows: m.Rows, Bytes: m.Bytes, SHA256: m.SHA256, Together: m.Together,
		Program: m.Program, Unit: m.Unit, Seen: m.Seen, Kept: m.Kept, Damage: m.Damage}
	for _, part := range []struct {
		text   *string
		value  any
		absent bool
	}{
		{&row.Labels, m.Labels, m.Labels == nil}, {&row.Inputs, m.Inputs, m.Inputs == nil}, {&row.Rejected, m.Rejected, m.Rejected == nil},
		{&row.Noted, m.Noted, m.Noted == nil}, {&row.MeasuredBy, m.MeasuredBy, m.MeasuredBy == nil},
	} {
		if part.absent {
			continue
		}
		b, err := json.Marshal(part.value)
		if err != nil {
			return row, fmt.Errorf("%s: %w", m.File, err)
		}
		*part.text = string(b)
	}
	return row, nil
}

// indexReader makes manifests of rows. What several manifests have in common it keeps once.
type indexReader struct {
	name   func(file string) string // the text of a partition's path that is kept
	counts map[string]map[string]int64
	others map[string]*Publisher
}

func newIndexReader(name func(file string) string) *indexReader {
	return &indexReader{name, map[string]map[string]int64{}, map[string]*Publisher{}}
}

// manifest returns the manifest that indexRow gave the row of.
func (r *indexReader) manifest(row *indexed) (m Manifest, err error) {
	m = Manifest{File: r.name(row.File), Dataset: row.Dataset, Schema: int(row.Schema), Rows: row.Rows, Bytes: row.Bytes, SHA256: row.SHA256,
		Program: row.Program, Unit: row.Unit, Seen: row.Seen, Kept: row.Kept}
	if len(row.Together) > 0 {
		m.Together = row.Together
		for i, file := range m.Together {
			m.Together[i] = r.name(file)
		}
	}
	if len(row.Damage) > 0 {
		m.Damage = row.Damage
	}
	if m.Labels, err = parsed[map[string]string](nil, row.Labels); err != nil {
		return m, err
	}
	if m.Inputs, err = parsed[[]Input](nil, row.Inputs); err != nil {
		return m, err
	}
	if m.Rejected, err = parsed(r.counts, row.Rejected); err != nil {
		return m, err
	}
	if m.Noted, err = parsed(r.counts, row.Noted); err != nil {
		return m, err
	}
	m.MeasuredBy, err = parsed(r.others, row.MeasuredBy)
	return m, err
}

// once returns a function that returns the first of equal texts.
func once() func(text string) string {
	texts := map[string]string{}
	return func(text string) string {
		first, ok := texts[text]
		if !ok {
			first, texts[text] = text, text
		}
		return first
	}
}

// parsed returns the value of a text of JSON, the same one for a text that is known; the zero value for an empty one. It adds the text to
// those that are known, unless that is nil.
func parsed[T any](known map[string]T, text string) (v T, err error) {
	if text == "" {
		return v, nil
	}
	v, ok := known[text]
	if ok {
		return v, nil
	}
	if err = json.Unmarshal([]byte(text), &v); err == nil && known != nil {
		known[text] = v
	}
	return v, err
}

// writeIndex writes manifests, in the order of their files, as a Parquet file.
func writeIndex(manifests []*Manifest) ([]byte, error) {
	var b bytes.Buffer
	out, err := newParquetWriter(&b, indexRows.Columns, indexRows.Arrow())
	if err != nil {
		return nil, err
	}
	columns := make([]*columnBuilder, len(indexRows.Columns))
	for i := range columns {
		columns[i] = indexRows.Columns[i].builder()
		defer columns[i].release()
	}
	for i, m := range manifests {
		row, err := indexRow(m)
		if err != nil {
			return nil, err
		}
		for _, c := range columns {
			c.append(unsafe.Pointer(&row))
		}
		if (i+1)%rowGroupRows != 0 && i+1 < len(manifests) {
			continue
		}
		group := make([]arrow.Array, len(columns))
		for i, c := range columns {
			group[i] = c.finish()
		}
		if err := out.write(group); err != nil {
			return nil, err
		}
	}
	err = out.close()
	return b.Bytes(), err
}

// read returns the manifests of a file that writeIndex wrote, in one array, with the fields of the named columns, or all if none is named; n is
// how many there are, or 0 where nobody knows.
func (r *indexReader) read(file []byte, columns []string, n int) (manifests []Manifest, err error) {
	manifests = make([]Manifest, 0, n)
	var unusable error
	err = readIndex(file, columns, func(row indexed) bool {
		var m Manifest
		if m, unusable = r.manifest(&row); unusable != nil {
			unusable = fmt.Errorf("%s: %w", row.File, unusable)
			return false
		}
		manifests = append(manifests, m)
		return true
	})
	return manifests, cmp.Or(err, unusable)
}

func pointers(manifests []Manifest) []*Manifest {
	all := make([]*Manifest, len(manifests))
	for i := range manifests {
		all[i] = &manifests[i]
	}
	return all
}

// readIndex calls found with the rows of a file that writeIndex wrote; of the named columns, or all if none is named.
func readIndex(file []byte, names []string, found func(row indexed) bool) error {
	columns, leaves := indexRows.some(names)
	in, err := newParquetReader(bytes.NewReader(file), int64(len(file)), indexRows.Schema, leaves)
	if err != nil {
		return err
	}
	_, err = indexRows.scanFrom(in, columns, func(row indexed, _ error) bool { return found(row) })
	return err
}

// check is an error unless these are the bytes of the segment: no others are believed.
func (of *Segment) check(file []byte) error {
	if sum := sha256.Sum256(file); hex.EncodeToString(sum[:]) != of.SHA256 {
		return fmt.Errorf("%s: it has other bytes than were written", of.Name)
	}
	return nil
}

// segmentOf returns the path in the index, without ending, of the segment that has a partition: those of a dataset in a year.
func segmentOf(file string) string {
	const year = len("/year=2006")
	folder := folderOf(file)
	if rest := file[len(folder):]; len(rest) > year && strings.HasPrefix(rest, "/year=") && rest[year] == '/' {
		return file[:len(folder)+year]
	}
	return path.Join(folder, "undated")
}
