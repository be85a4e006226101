package site

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"tidemark/datasets/seed"
	"tidemark/datasets/table"
	"tidemark/internal/quantity"
	"tidemark/site/metadata"
	"tidemark/site/publish"
)

// Publish bounds what the site publishes beside its pages. Zero values mean the defaults.
type Publish struct {
	CombinedRows   int64  // datasets of at most so many rows are published as one CSV, Parquet and Arrow file too; default 100,000
	PartitionBytes int64  // of a dataset the newest partitions are published, up to so many bytes in all; default 2 GB
	Versions       *int   // dated versions of the answers that are kept beside the newest; nil: 30
	Publisher      string // who publishes the site; default its title
	License        string // of the data, an SPDX identifier, for example CC-BY-4.0; empty: none is stated
}

// withDefaults fills in what is not set. The site's title is the default of the publisher.
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

// datasetPackage is what is published of a dataset: the Data Package beside its files.
type datasetPackage struct {
	metadata.Dataset
	description publish.File // the Data Package itself
	manifests   seed.File    // of the partitions; zero: there are none
}

// publishes reports whether the site has the partition. A nil package publishes none.
func (p *datasetPackage) publishes(m *table.Manifest) bool {
	return p != nil && slices.Contains(p.Partitions, m)
}

// publishDatasets publishes the partitions of each dataset, and all rows of small ones as one file. The packages are
// returned by dataset; without a store there are none.
func publishDatasets(in Input, site metadata.Site, lineage lineage, memory *memory, stage *publish.Stage) (map[string]*datasetPackage, error) {
	packages := map[string]*datasetPackage{}
	if in.Store == nil {
		return packages, nil
	}
	for _, s := range in.Datasets {
		p, err := publishDataset(in, s, site, lineage, memory, stage)
		if err != nil {
			return nil, fmt.Errorf("dataset %s: %w", s.Name, err)
		}
		packages[s.Name] = p
	}
	return packages, nil
}

func publishDataset(in Input, s *table.Schema, site metadata.Site, lineage lineage, memory *memory, stage *publish.Stage) (*datasetPackage, error) {
	p := &datasetPackage{Dataset: metadata.Dataset{Schema: s}}
	var bytes int64
	all := in.Partitions[s.Name]
	for i, m := range slices.Backward(all) {
		if bytes += m.Bytes; bytes > in.Publish.PartitionBytes {
			p.Left = i + 1
			break
		}
		p.Rows += m.Rows
	}
	p.Partitions = all[p.Left:]
	p.Sources = lineage.terms(p.Partitions)
	for _, m := range p.Partitions {
		err := stage.LinkHeld(metadata.PartitionPath(m), publish.File{Bytes: m.Bytes, SHA256: m.SHA256}, func() (string, func(), error) {
			files, release, err := in.Store.Hold([]*table.Manifest{m})
			if err != nil {
				return "", nil, err
			}
			return files[0], release, nil
		})
		if err != nil {
			return nil, err
		}
	}
	if len(all) > 0 && p.Left == 0 && p.Rows <= in.Publish.CombinedRows {
		if err := p.combine(in.Store, site.Program, memory, stage); err != nil {
			return nil, err
		}
	}
	if len(p.Partitions) > 0 {
		manifests, err := seed.Manifests(p.Partitions, publicURL)
		if err != nil {
			return nil, err
		}
		p.manifests = seed.File{Bytes: int64(len(manifests)), SHA256: sha256Hex(manifests)}
		if err := stage.Add(seed.ManifestsPath(s.Name), manifests); err != nil {
			return nil, err
		}
	}
	content, err := metadata.DatasetPackage(site, p.Dataset)
	if err != nil {
		return nil, err
	}
	path := metadata.PackagePath(s.Name)
	if err := stage.Add(path, content); err != nil {
		return nil, err
	}
	p.description, _ = stage.File(path)
	return p, nil
}

// combine publishes the rows of a dataset as single files.
func (p *datasetPackage) combine(store *table.Store, program string, memory *memory, stage *publish.Stage) (err error) {
	var from strings.Builder
	fmt.Fprintln(&from, program, p.Schema.Version)
	for _, m := range p.Partitions {
		fmt.Fprintln(&from, m.SHA256)
	}
	p.MadeFrom = sha256Hex([]byte(from.String()))
	base := metadata.DatasetsFolder + p.Schema.Name + "/" + p.Schema.Name
	p.Combined, err = makeFiles(memory, base+".csv", p.MadeFrom, stage, func(add adder) ([]metadata.Download, error) {
		formats := []metadata.Download{{Format: "CSV", Path: base + ".csv"}, {Format: "Parquet", Path: base + ".parquet"}, {Format: "Arrow IPC", Path: base + ".arrow"}}
		var content [3]bytes.Buffer
		if err := store.Combine(p.Schema, p.Partitions, &content[0], &content[1], &content[2]); err != nil {
			return nil, err
		}
		for i := range formats {
			f := &formats[i]
			f.Bytes, f.SHA256 = int64(content[i].Len()), sha256Hex(content[i].Bytes())
			if err := add(f.Path, content[i].Bytes()); err != nil {
				return nil, err
			}
		}
		return formats, nil
	})
	return err
}

// publishingRule says what the site publishes of each dataset.
func publishingRule(p Publish) string {
	return "Partitions are published as Parquet files, the newest first, up to " + quantity.Bytes(p.PartitionBytes) + " of each dataset; a dataset of at most " +
		quantity.Count(p.CombinedRows) + " rows is also published whole, as one file each in CSV, Parquet and Arrow IPC."
}

// previewRows is how many rows a dataset's page shows.
const previewRows = 10

// preview returns the first rows of the newest partition that has rows, and that partition; nil where there is none.
func (f *facts) preview(s *table.Schema) (*tableView, *table.Manifest, error) {
	if f.Store == nil {
		return nil, nil, nil
	}
	for _, m := range slices.Backward(f.Partitions[s.Name]) {
		if m.Rows == 0 {
			continue
		}
		head, err := f.Store.Head(s, m, previewRows)
		if err != nil {
			return nil, nil, err
		}
		v := f.tableOf(s.Name, "First rows of "+m.Name(), head, nil, previewRows)
		return &v, m, nil
	}
	return nil, nil, nil
}
