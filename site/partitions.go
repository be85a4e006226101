package site

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"tidemark/datasets/table"
	"tidemark/site/format"
	"tidemark/site/publish"
)

// Publish bounds what the site hands out beside its pages. A field that is zero takes its default.
type Publish struct {
	CombinedRows   int64  // a dataset of at most so many rows is published as one CSV, Parquet and Arrow file too; default 100,000
	PartitionBytes int64  // of a dataset the newest partitions are published, up to so many bytes in all; default 2 GB
	Versions       *int   // dated versions of the answers that stay beside the newest; nil: 30
	Publisher      string // who publishes the site; default its title
	License        string // of the data, an SPDX identifier such as CC-BY-4.0; empty: none is stated
}

func (p Publish) withDefaults(title string) Publish {
	if p.CombinedRows == 0 {
		p.CombinedRows = 100_000
	}
	if p.PartitionBytes == 0 {
		p.PartitionBytes = 2_000_000_000
	}
	if p.Versions == nil {
		p.Versions = new(int)
		*p.Versions = 30
	}
	if p.Publisher == "" {
		p.Publisher = title
	}
	return p
}

const datasetsFolder = "data/datasets/"

// partitionPath is where the site has a partition.
func partitionPath(m *table.Manifest) string { return datasetsFolder + m.File }

func datasetPackagePath(name string) string { return datasetsFolder + name + "/datapackage.json" }

// datasetPackage is what is published of a dataset: the Data Package beside its files.
type datasetPackage struct {
	schema     *table.Schema
	partitions []*table.Manifest // that are published, oldest day first
	rows       int64             // of these
	Left       int               // older partitions that are not published
	Combined   []download        // the rows of all partitions in one file; none where they are too many
	madeFrom   string            // hash of what the combined files were made from
}

// partitionFiles publishes the partitions of each dataset, and all their rows as one file where they are few.
func (b *builder) partitionFiles(context.Context) error {
	if b.Store == nil {
		return nil
	}
	for _, s := range b.Datasets {
		p := &datasetPackage{schema: s}
		var bytes int64
		all := b.Partitions[s.Name]
		for i, m := range slices.Backward(all) {
			if bytes += m.Bytes; bytes > b.Publish.PartitionBytes {
				p.Left = i + 1
				break
			}
			p.rows += m.Rows
		}
		p.partitions = all[p.Left:]
		for _, m := range p.partitions {
			if err := b.stage.Link(partitionPath(m), publish.File{Bytes: m.Bytes, SHA256: m.SHA256, From: b.Store.Path(m)}); err != nil {
				return err
			}
		}
		if len(all) > 0 && p.Left == 0 && p.rows <= b.Publish.CombinedRows {
			if err := b.combine(p); err != nil {
				return err
			}
		}
		b.packages[s.Name] = p
		content, err := b.datasetPackageJSON(p)
		if err != nil {
			return err
		}
		if err := b.stage.Add(datasetPackagePath(s.Name), content); err != nil {
			return err
		}
	}
	return nil
}

// combine publishes the rows of a dataset as single files. What an earlier rendering made from the same partitions is
// taken over as it is.
func (b *builder) combine(p *datasetPackage) error {
	var from strings.Builder
	fmt.Fprintln(&from, b.Program, p.schema.Version)
	for _, m := range p.partitions {
		fmt.Fprintln(&from, m.SHA256)
	}
	p.madeFrom = sha256Hex([]byte(from.String()))
	base := datasetsFolder + p.schema.Name + "/" + p.schema.Name
	formats := [...]download{{Format: "CSV", Path: base + ".csv"}, {Format: "Parquet", Path: base + ".parquet"}, {Format: "Arrow IPC", Path: base + ".arrow"}}
	if madeFrom(b.stage.Before(), p.schema.Name) == p.madeFrom {
		for i := range formats {
			f := &formats[i]
			earlier, there := b.stage.Before().File(f.Path)
			if !there {
				p.Combined = nil
				break
			}
			f.Bytes, f.SHA256 = earlier.Bytes, earlier.SHA256
			p.Combined = append(p.Combined, *f)
		}
	}
	if len(p.Combined) > 0 {
		for _, f := range p.Combined {
			earlier, _ := b.stage.Before().File(f.Path)
			if err := b.stage.Link(f.Path, earlier); err != nil {
				return err
			}
		}
		return nil
	}
	var content [len(formats)]bytes.Buffer
	if err := b.Store.Combine(p.schema, p.partitions, &content[0], &content[1], &content[2]); err != nil {
		return err
	}
	for i, f := range formats {
		f.Bytes, f.SHA256 = int64(content[i].Len()), sha256Hex(content[i].Bytes())
		p.Combined = append(p.Combined, f)
		if err := b.stage.Add(f.Path, content[i].Bytes()); err != nil {
			return err
		}
	}
	return nil
}

// madeFrom is what the combined files of a dataset were made from; empty where there are none.
func madeFrom(v *publish.Version, name string) string {
	path := datasetPackagePath(name)
	if !v.Has(path) {
		return ""
	}
	content, err := v.ReadFile(path)
	if err != nil {
		return ""
	}
	var p struct {
		MadeFrom string `json:"madeFrom"`
	}
	if json.Unmarshal(content, &p) != nil {
		return ""
	}
	return p.MadeFrom
}

// Rule says what the site publishes of each dataset.
func (b *builder) Rule() string {
	return "Every partition is published as a Parquet file, the newest first until a dataset has " + format.Bytes(b.Publish.PartitionBytes) +
		"; a dataset of at most " + format.Group(strconv.FormatInt(b.Publish.CombinedRows, 10)) + " rows is published as one CSV, Parquet and Arrow IPC file too."
}

// previewRows is how many rows a dataset's page shows.
const previewRows = 10

// preview is the start of the newest partition that has rows; nil where there is none.
func (b *builder) preview(s *table.Schema) (*tableView, *table.Manifest, error) {
	if b.Store == nil {
		return nil, nil, nil
	}
	for _, m := range slices.Backward(b.Partitions[s.Name]) {
		if m.Rows == 0 {
			continue
		}
		head, err := b.Store.Head(s, m, previewRows)
		if err != nil {
			return nil, nil, err
		}
		v := b.tableOf("First rows of "+m.Name(), head, previewRows)
		return &v, m, nil
	}
	return nil, nil, nil
}
