// Package seed is how the partitions of a published site come into another installation. A site publishes an index that pins the
// manifests of each dataset, and these pin the partitions, each by size and SHA-256. What is fetched is what the index says, or
// nothing: a publisher is believed as to what it measured, and in nothing else.
package seed

import (
	"bytes"
	"encoding/json"
	"slices"

	"tidemark/datasets/table"
)

const (
	// Folder holds a folder for each dataset in a published site.
	Folder = "data/datasets/"
	// IndexPath is the path of the index in a published site.
	IndexPath = Folder + "seed.json"
	// indexVersion is that of Index.
	indexVersion = 1
)

// ManifestsPath returns the path of the manifests of a dataset in a published site: a line of JSON each, in the order of the files.
func ManifestsPath(dataset string) string { return Folder + dataset + "/manifests.jsonl" }

// Index says what a site publishes.
type Index struct {
	Version   int       `json:"version"` // of this form
	Publisher string    `json:"publisher"`
	License   string    `json:"license,omitempty"` // of the data; empty: none is stated
	Program   string    `json:"program"`
	Datasets  []Dataset `json:"datasets"`
}

// Dataset is what a site publishes of a dataset.
type Dataset struct {
	Name       string `json:"name"`
	Schema     int    `json:"schema_version"`
	Partitions int    `json:"partitions"`
	Bytes      int64  `json:"bytes"` // of the partitions
	First      string `json:"first"` // day of the oldest partition
	Last       string `json:"last"`
	Left       int    `json:"left,omitempty"` // older partitions that are not published
	Manifests  File   `json:"manifests"`
}

// File pins the content of a file.
type File struct {
	Bytes  int64  `json:"bytes"`
	SHA256 string `json:"sha256"`
}

// Marshal returns the index as it is published.
func (x Index) Marshal() ([]byte, error) {
	x.Version = indexVersion
	content, err := json.MarshalIndent(x, "", " ")
	return append(content, '\n'), err
}

// Manifests returns manifests as they are published. public returns the URL of a raw file, or "" where it is nobody's business.
func Manifests(all []*table.Manifest, public func(url string) string) ([]byte, error) {
	var out bytes.Buffer
	for _, m := range all {
		line := *m
		line.Labels = nil // whether a manifest has them depends on the release that wrote it
		line.Inputs = slices.Clone(m.Inputs)
		for i := range line.Inputs {
			line.Inputs[i].URL = public(line.Inputs[i].URL)
		}
		if m.MeasuredBy != nil {
			by := *m.MeasuredBy
			by.Fetched = ""
			line.MeasuredBy = &by
		}
		b, err := json.Marshal(line)
		if err != nil {
			return nil, err
		}
		out.Write(append(b, '\n'))
	}
	return out.Bytes(), nil
}
