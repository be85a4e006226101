package iceberg

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"strconv"
	"time"

	"tidemark/datasets/table"
)

const (
	formatVersion  = 2
	sequenceNumber = 1 // of the only snapshot
)

// metadata are a table's (Iceberg table specification, Table Metadata).
type metadata struct {
	Format        int               `json:"format-version"`
	UUID          string            `json:"table-uuid"`
	Location      string            `json:"location"`
	LastSequence  int               `json:"last-sequence-number"`
	LastUpdated   int64             `json:"last-updated-ms"`
	LastColumn    int               `json:"last-column-id"`
	CurrentSchema int               `json:"current-schema-id"`
	Schemas       []schema          `json:"schemas"`
	DefaultSpec   int               `json:"default-spec-id"`
	Specs         []spec            `json:"partition-specs"`
	LastPartition int               `json:"last-partition-id"`
	DefaultOrder  int               `json:"default-sort-order-id"`
	Orders        []order           `json:"sort-orders"`
	Properties    map[string]string `json:"properties"`
	Current       int64             `json:"current-snapshot-id,omitempty"`
	Refs          map[string]ref    `json:"refs,omitempty"`
	Snapshots     []snapshot        `json:"snapshots"`
	Log           []logged          `json:"snapshot-log"`
}

type order struct {
	ID     int   `json:"order-id"`
	Fields []any `json:"fields"`
}

type ref struct {
	Snapshot int64  `json:"snapshot-id"`
	Type     string `json:"type"`
}

type snapshot struct {
	ID       int64             `json:"snapshot-id"`
	Sequence int               `json:"sequence-number"`
	Time     int64             `json:"timestamp-ms"`
	List     string            `json:"manifest-list"`
	Summary  map[string]string `json:"summary"`
	Schema   int               `json:"schema-id"`
}

type logged struct {
	Snapshot int64 `json:"snapshot-id"`
	Time     int64 `json:"timestamp-ms"`
}

// newMetadata returns the metadata of a dataset's table without a file. Another version of the dataset is another table.
func newMetadata(s *table.Schema, of schema, location string) (m metadata, err error) {
	mapping, err := of.mapping()
	sum := sha256.Sum256(fmt.Appendf(nil, "%s v%d %s", s.Name, s.Version, location))
	return metadata{
		Format: formatVersion, UUID: uuid(sum[:]), Location: location, Schemas: []schema{of}, Specs: []spec{of.spec()},
		LastPartition: firstSpecField + len(folders) - 1, Orders: []order{{Fields: []any{}}}, Snapshots: []snapshot{}, Log: []logged{},
		Properties: map[string]string{"schema.name-mapping.default": mapping, "comment": s.Row, "write.format.default": "parquet"},
	}, err
}

// setSnapshot makes the manifests of a list the only snapshot.
func (m *metadata) setSnapshot(id int64, lines []listed, on time.Time, list string) {
	var files, rows int64
	for _, line := range lines {
		files += int64(line.Added)
		rows += line.AddedRows
	}
	total, count := strconv.FormatInt(files, 10), strconv.FormatInt(rows, 10)
	m.LastSequence, m.LastUpdated, m.Current = sequenceNumber, on.UnixMilli(), id
	m.Refs = map[string]ref{"main": {id, "branch"}}
	m.Snapshots = []snapshot{{ID: id, Sequence: sequenceNumber, Time: on.UnixMilli(), List: list, Summary: map[string]string{
		"operation": "append", "added-data-files": total, "total-data-files": total, "added-records": count, "total-records": count}}}
	m.Log = []logged{{id, on.UnixMilli()}}
}

// positive returns a number above 0 of a hash.
func positive(sum []byte) int64 { return int64(binary.BigEndian.Uint64(sum)>>2) + 1 }
