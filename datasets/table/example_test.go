package table_test

import (
	"fmt"
	"log"
	"os"
	"time"

	"tidemark/datasets/table"
)

// Delegation is a row: each field is a column.
type Delegation struct {
	Registry string `col:"registry,label" doc:"registry that wrote the file"`
	Prefix   string `col:"prefix" doc:"address block in CIDR notation" rfc:"4632"`
	Holders  int64  `col:"holders" unit:"organisations" doc:"who may use the block"`
}

// Delegations is declared once. Schema, writer, reader and data dictionary follow from the declaration.
var Delegations = table.New[Delegation](table.Doc{
	Name: "example_delegations", Version: 1, Partition: "a registry's file of a day", Row: "A delegated address block.",
})

// A dataset is declared as a struct, written as a partition with an account of every line read, and scanned.
func Example() {
	dir, err := os.MkdirTemp("", "example")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	store := &table.Store{Dir: dir, Program: "example"}

	commit := store.Begin(table.Input{Name: "registry/ripencc.txt", SHA256: "…", Bytes: 1234})
	defer commit.Abort() // does nothing after Commit
	out, err := Delegations.Create(commit, table.Key{Day: time.Date(2026, 11, 28, 0, 0, 0, 0, time.UTC), Name: "ripencc"})
	if err != nil {
		log.Fatal(err)
	}
	out.Unit = "line"
	for _, line := range []string{"192.0.2.0/24", "2001:db8::/32", "#comment"} {
		out.See(1)
		if line[0] == '#' {
			out.Reject("comment", 1)
			continue
		}
		if err := out.Append(Delegation{Registry: "ripencc", Prefix: line, Holders: 1}); err != nil {
			log.Fatal(err)
		}
		out.Keep(1)
	}
	manifests, err := commit.Commit()
	if err != nil {
		log.Fatal(err)
	}
	m := manifests[0]
	fmt.Println(m.File)
	fmt.Println(m.Seen, "seen,", m.Kept, "kept, rejected:", m.Rejected)

	for row, err := range Delegations.Scan(store.Path(m)) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(row.Registry, row.Prefix)
	}
	// Output:
	// example_delegations/v1/year=2026/month=11/day=28/ripencc.parquet
	// 3 seen, 2 kept, rejected: map[comment:1]
	// ripencc 192.0.2.0/24
	// ripencc 2001:db8::/32
}

// A plan over many partitions asks for their labels, which are in the manifests, and opens none of them.
func ExampleDataset_Labels() {
	dir, err := os.MkdirTemp("", "example")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	store := &table.Store{Dir: dir, Program: "example"}
	for _, registry := range []string{"apnic", "ripencc"} {
		commit := store.Begin()
		out, err := Delegations.Create(commit, table.Key{Day: time.Date(2026, 11, 28, 0, 0, 0, 0, time.UTC), Name: registry})
		if err != nil {
			log.Fatal(err)
		}
		if err := out.Append(Delegation{Registry: registry, Prefix: "192.0.2.0/24"}); err != nil {
			log.Fatal(err)
		}
		if _, err := commit.Commit(); err != nil {
			log.Fatal(err)
		}
	}
	manifests, err := store.Manifests(Delegations.Schema)
	if err != nil {
		log.Fatal(err)
	}
	for _, m := range manifests {
		labels, ok, err := Delegations.Labels(store, m)
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(labels.Registry, ok)
	}
	// Output:
	// apnic true
	// ripencc true
}
