package assistant

import (
	"context"

	"tidemark/datasets/table"
)

// Source is where datasets are read from. A published site is one.
type Source interface {
	// Partitions returns the partitions of a dataset, oldest day first, and how many older ones the source leaves out.
	Partitions(ctx context.Context, schema *table.Schema) (partitions []*table.Manifest, left int, err error)
	// At returns the manifest of the partition with that path in a store; nil if the source has none.
	At(ctx context.Context, file string) (*table.Manifest, error)
	// Open returns a store that has the partitions of these datasets. It may have others.
	Open(ctx context.Context, schemas []*table.Schema) (*table.Store, error)
	// String names the source in answers.
	String() string
}

// Folder is a data folder of this machine as a source.
type Folder struct{ Store *table.Store }

// Partitions returns the committed partitions of the dataset, also those that other processes committed.
func (f Folder) Partitions(_ context.Context, schema *table.Schema) ([]*table.Manifest, int, error) {
	all, err := f.Store.Manifests(schema)
	return all, 0, err
}

// At returns the manifest of a committed partition.
func (f Folder) At(_ context.Context, file string) (*table.Manifest, error) { return f.Store.At(file) }

// Open returns the folder's store.
func (f Folder) Open(context.Context, []*table.Schema) (*table.Store, error) {
	f.Store.Refresh()
	return f.Store, nil
}

// String returns a name that says nothing of this machine.
func (f Folder) String() string { return "data folder" }
