package metadata

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"

	"tidemark/datasets/table"
)

// Packages returns the Data Packages of datasets that the Data Package of a site names, with size and SHA-256, by dataset.
func Packages(content []byte) (map[string]Download, error) {
	var p struct {
		Name      string     `json:"name"`
		Resources []resource `json:"resources"`
	}
	if err := json.Unmarshal(content, &p); err != nil {
		return nil, err
	}
	if p.Name != siteName {
		return nil, fmt.Errorf("it is the Data Package of %q (want %q)", p.Name, siteName)
	}
	all := map[string]Download{}
	for _, r := range p.Resources {
		name, is := strings.CutPrefix(r.Name, datasetPrefix)
		sum, hashed := strings.CutPrefix(r.Hash, hashPrefix)
		if is && hashed && r.Path == PackagePath(name) {
			all[name] = Download{Format: r.Format, Path: PackagePath(name), Bytes: r.Bytes, SHA256: sum}
		}
	}
	return all, nil
}

// Published returns the partitions that the Data Package of a dataset lists, in their order, and how many older ones the site leaves out.
// Of a manifest they have what the package says: not what they were made from, and no counts.
func Published(schema *table.Schema, content []byte) (partitions []*table.Manifest, left int, err error) {
	var p dataPackage
	if err := json.Unmarshal(content, &p); err != nil {
		return nil, 0, err
	}
	for _, f := range p.Partitions {
		m := &table.Manifest{Dataset: schema.Name, Schema: schema.Version, File: schema.Name + "/" + f.Path, Bytes: f.Bytes, SHA256: f.SHA256, Rows: f.Rows}
		if _, ok := schema.KeyOf(m.File); !ok {
			return nil, 0, fmt.Errorf("%q is not a partition of %s, version %d: the site was made by another release of Tidemark", f.Path, schema.Name, schema.Version)
		}
		if sum, err := hex.DecodeString(f.SHA256); err != nil || len(sum) != sha256.Size || f.Bytes <= 0 || f.Rows < 0 {
			return nil, 0, fmt.Errorf("%q lacks size or SHA-256", f.Path)
		}
		partitions = append(partitions, m)
	}
	return partitions, p.Left, nil
}
