package metadata_test

import (
	"encoding/json"
	"testing"

	"tidemark/datasets"
	"tidemark/datasets/table"
	"tidemark/site/metadata"
	"tidemark/site/terms"
)

// TestDatasetPackage: a dataset without data has a resource, as the standard requires, and names its columns and what its
// files were made from.
func TestDatasetPackage(t *testing.T) {
	schema := &table.Schema{Doc: table.Doc{Name: "things"}, Columns: []table.Column{{Name: "names", Type: table.Strings, Doc: "All names"}}}
	content, err := metadata.DatasetPackage(metadata.Site{Title: "Site"}, metadata.Dataset{Schema: schema, MadeFrom: "a hash"})
	if err != nil {
		t.Fatal(err)
	}
	var read struct {
		MadeFrom  string
		Resources []struct {
			Name string
			Path any
			Data []metadata.Field
		}
		Columns []metadata.Field
	}
	if err := json.Unmarshal(content, &read); err != nil {
		t.Fatal(err)
	}
	if len(read.Resources) != 1 {
		t.Fatalf("%d resources, want 1", len(read.Resources))
	}
	if read.MadeFrom != "a hash" {
		t.Errorf("made from %q, want %q", read.MadeFrom, "a hash")
	}
	if r := read.Resources[0]; r.Path != nil || len(r.Data) != 1 || r.Data[0].Name != "names" {
		t.Errorf("resource %+v; want the columns themselves, for a package that lists itself is read without end", r)
	}
	if len(read.Columns) != 1 {
		t.Fatalf("%d columns, want 1", len(read.Columns))
	}
	if got, want := read.Columns[0].Description, "All names; elements are separated by spaces in CSV"; got != want {
		t.Errorf("described as %q, want %q", got, want)
	}
}

// TestCitation quotes hostile names, so that they add no line of their own.
func TestCitation(t *testing.T) {
	got := string(metadata.Citation(metadata.Site{Title: "A\"\nlicense: none", Publisher: "B", Program: "tidemark"}))
	want := "cff-version: 1.2.0\nmessage: \"Cite a table with its own day, which its page and the Data Package state. The version is the day of the newest data of any table.\"\ntype: dataset\n" +
		"title: \"A\\\"\\nlicense: none\"\nauthors:\n  - name: \"B\"\n" +
		"abstract: \"How the Internet evolves: its routing table, its IPv6, its standards. Made by tidemark.\"\n"
	if got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}

// TestDatasetPackageSources: a Data Package says whose data it was made from.
func TestDatasetPackageSources(t *testing.T) {
	content, err := metadata.DatasetPackage(metadata.Site{Title: "Site"}, metadata.Dataset{Schema: datasets.ROAs.Schema, Sources: []terms.Terms{{Publisher: "A", License: "CC0-1.0", Link: "https://a.example/"}}})
	if err != nil {
		t.Fatal(err)
	}
	var got struct {
		Sources []map[string]string `json:"sources"`
	}
	if err := json.Unmarshal(content, &got); err != nil {
		t.Fatal(err)
	}
	if len(got.Sources) != 1 || got.Sources[0]["title"] != "A" || got.Sources[0]["path"] != "https://a.example/" || got.Sources[0]["license"] != "CC0-1.0" {
		t.Errorf("sources %v", got.Sources)
	}
}
