package iceberg

import (
	"bytes"
	"compress/flate"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"

	"github.com/twmb/avro"
	"github.com/twmb/avro/ocf"

	"tidemark/datasets/table"
)

// entryType is the Avro schema of an entry of a manifest (Iceberg table specification, Manifests), without the optional statistics of
// columns. %s is the type of the partition.
const entryType = `{"type": "record", "name": "manifest_entry", "fields": [
{"name": "status", "type": "int", "field-id": 0},
{"name": "snapshot_id", "type": ["null", "long"], "default": null, "field-id": 1},
{"name": "sequence_number", "type": ["null", "long"], "default": null, "field-id": 3},
{"name": "file_sequence_number", "type": ["null", "long"], "default": null, "field-id": 4},
{"name": "data_file", "field-id": 2, "type": {"type": "record", "name": "r2", "fields": [
	{"name": "content", "type": "int", "field-id": 134},
	{"name": "file_path", "type": "string", "field-id": 100},
	{"name": "file_format", "type": "string", "field-id": 101},
	{"name": "partition", "field-id": 102, "type": %s},
	{"name": "record_count", "type": "long", "field-id": 103},
	{"name": "file_size_in_bytes", "type": "long", "field-id": 104}]}}]}`

// added is the status of a file that its snapshot added.
const added = 1

// entry is a file of the table. What is absent is that of the snapshot, so that a manifest does not depend on it.
type entry struct {
	Status             int32    `avro:"status"`
	SnapshotID         *int64   `avro:"snapshot_id"`
	SequenceNumber     *int64   `avro:"sequence_number"`
	FileSequenceNumber *int64   `avro:"file_sequence_number"`
	File               dataFile `avro:"data_file"`
}

type dataFile struct {
	Content   int32  `avro:"content"`
	Path      string `avro:"file_path"`
	Format    string `avro:"file_format"`
	Partition day    `avro:"partition"`
	Rows      int64  `avro:"record_count"`
	Bytes     int64  `avro:"file_size_in_bytes"`
}

type day struct {
	Year  int32 `avro:"year"`
	Month int32 `avro:"month"`
	Day   int32 `avro:"day"`
}

// listedType is the Avro schema of a manifest in a manifest list.
const listedType = `{"type": "record", "name": "manifest_file", "fields": [
{"name": "manifest_path", "type": "string", "field-id": 500},
{"name": "manifest_length", "type": "long", "field-id": 501},
{"name": "partition_spec_id", "type": "int", "field-id": 502},
{"name": "content", "type": "int", "field-id": 517},
{"name": "sequence_number", "type": "long", "field-id": 515},
{"name": "min_sequence_number", "type": "long", "field-id": 516},
{"name": "added_snapshot_id", "type": "long", "field-id": 503},
{"name": "added_files_count", "type": "int", "field-id": 504},
{"name": "existing_files_count", "type": "int", "field-id": 505},
{"name": "deleted_files_count", "type": "int", "field-id": 506},
{"name": "added_rows_count", "type": "long", "field-id": 512},
{"name": "existing_rows_count", "type": "long", "field-id": 513},
{"name": "deleted_rows_count", "type": "long", "field-id": 514},
{"name": "partitions", "default": null, "field-id": 507, "type": ["null", {"type": "array", "element-id": 508, "items":
	{"type": "record", "name": "r508", "fields": [
	{"name": "contains_null", "type": "boolean", "field-id": 509},
	{"name": "contains_nan", "type": ["null", "boolean"], "default": null, "field-id": 518},
	{"name": "lower_bound", "type": ["null", "bytes"], "default": null, "field-id": 510},
	{"name": "upper_bound", "type": ["null", "bytes"], "default": null, "field-id": 511}]}}]}]}`

// listed is a manifest in a manifest list.
type listed struct {
	Path              string   `avro:"manifest_path"`
	Length            int64    `avro:"manifest_length"`
	Spec              int32    `avro:"partition_spec_id"`
	Content           int32    `avro:"content"`
	SequenceNumber    int64    `avro:"sequence_number"`
	MinSequenceNumber int64    `avro:"min_sequence_number"`
	Snapshot          int64    `avro:"added_snapshot_id"`
	Added             int32    `avro:"added_files_count"`
	Existing          int32    `avro:"existing_files_count"`
	Deleted           int32    `avro:"deleted_files_count"`
	AddedRows         int64    `avro:"added_rows_count"`
	ExistingRows      int64    `avro:"existing_rows_count"`
	DeletedRows       int64    `avro:"deleted_rows_count"`
	Partitions        *[]bound `avro:"partitions"`
}

// bound says between which values a partition field of a manifest's files is, as little-endian numbers of 32 bits.
type bound struct {
	Null  bool   `avro:"contains_null"`
	NaN   *bool  `avro:"contains_nan"`
	Lower []byte `avro:"lower_bound"`
	Upper []byte `avro:"upper_bound"`
}

// manifest returns the bytes of a manifest of partitions, and its line in the list, without path and snapshot.
func manifest(of schema, partitions []*table.Manifest, urlOf func(*table.Manifest) string) ([]byte, listed, error) {
	var entries []entry
	line := listed{SequenceNumber: sequenceNumber, MinSequenceNumber: sequenceNumber, Added: int32(len(partitions))}
	var least, most day
	for i, p := range partitions {
		d := p.Day()
		on := day{int32(d.Year()), int32(d.Month()), int32(d.Day())}
		entries = append(entries, entry{Status: added, File: dataFile{Path: urlOf(p), Format: "PARQUET", Partition: on, Rows: p.Rows, Bytes: p.Bytes}})
		line.AddedRows += p.Rows
		if i == 0 {
			least, most = on, on
		}
		least = day{min(least.Year, on.Year), min(least.Month, on.Month), min(least.Day, on.Day)}
		most = day{max(most.Year, on.Year), max(most.Month, on.Month), max(most.Day, on.Day)}
	}
	line.Partitions = &[]bound{between(least.Year, most.Year), between(least.Month, most.Month), between(least.Day, most.Day)}
	inSchema, err := json.Marshal(of)
	if err != nil {
		return nil, line, err
	}
	inSpec, err := json.Marshal(of.spec().Fields)
	if err != nil {
		return nil, line, err
	}
	b, err := container(fmt.Sprintf(entryType, of.spec().partitionType()), entries, map[string]string{"schema": string(inSchema), "schema-id": "0",
		"partition-spec": string(inSpec), "partition-spec-id": "0", "format-version": strconv.Itoa(formatVersion), "content": "data"})
	line.Length = int64(len(b))
	return b, line, err
}

func between(least, most int32) bound {
	return bound{Lower: binary.LittleEndian.AppendUint32(nil, uint32(least)), Upper: binary.LittleEndian.AppendUint32(nil, uint32(most))}
}

// manifestList returns the bytes of a manifest list.
func manifestList(snapshot int64, lines []listed) ([]byte, error) {
	return container(listedType, lines, map[string]string{"snapshot-id": strconv.FormatInt(snapshot, 10), "parent-snapshot-id": "null",
		"sequence-number": strconv.Itoa(sequenceNumber), "format-version": strconv.Itoa(formatVersion)})
}

// readManifestList returns the paths of the manifests in a manifest list.
func readManifestList(b []byte) (paths []string, err error) {
	in, err := ocf.NewReader(bytes.NewReader(b))
	if err != nil {
		return nil, err
	}
	defer in.Close()
	for {
		var line listed
		if err := in.Decode(&line); err == io.EOF {
			return paths, nil
		} else if err != nil {
			return nil, err
		}
		paths = append(paths, line.Path)
	}
}

// container returns an Avro object container file. The marker between its blocks, for which others use a random number, is a hash.
func container[T any](schema string, values []T, about map[string]string) ([]byte, error) {
	parsed, err := avro.Parse(schema)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256([]byte(schema))
	options := []ocf.WriterOpt{ocf.WithSchema(schema), ocf.WithSyncMarker([16]byte(sum[:16])), ocf.WithCodec(ocf.DeflateCodec(flate.DefaultCompression))}
	for _, key := range slices.Sorted(maps.Keys(about)) { // one by one, as the library writes a map in any order
		options = append(options, ocf.WithMetadata(map[string][]byte{key: []byte(about[key])}))
	}
	var b bytes.Buffer
	out, err := ocf.NewWriter(&b, parsed, options...)
	if err != nil {
		return nil, err
	}
	for i := range values {
		if err := out.Encode(&values[i]); err != nil {
			return nil, err
		}
	}
	err = out.Close()
	return b.Bytes(), err
}
