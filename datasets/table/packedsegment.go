package table

import (
	"fmt"
	"unsafe"
	"weak"
)

// packedSegment is a segment in memory, as its file is. Its manifests are there while somebody has one of them.
type packedSegment struct {
	Segment
	file []byte
	some weak.Pointer[Manifest]
}

// manifests returns the manifests of the segment, in the order of its rows. name is that of an indexReader.
func (p *packedSegment) manifests(name func(file string) string) ([]Manifest, error) {
	if first := p.some.Value(); first != nil { // one array has them all
		return unsafe.Slice(first, p.Partitions), nil
	}
	all, err := p.read(name, nil)
	if err == nil {
		p.some = weak.Make(&all[0])
	}
	return all, err
}

// has reports whether these are the manifests of the segment, all and in its order, as manifests returned them.
func (p *packedSegment) has(manifests []*Manifest) bool {
	first := p.some.Value()
	if first == nil || len(manifests) != p.Partitions {
		return false
	}
	all := unsafe.Slice(first, p.Partitions)
	for i, m := range manifests {
		if m != &all[i] {
			return false
		}
	}
	return true
}

// read returns the manifests with the fields of the named columns, or all if none is named.
func (p *packedSegment) read(name func(file string) string, columns []string) ([]Manifest, error) {
	all, err := newIndexReader(name).read(p.file, columns, p.Partitions)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", p.Name, err)
	}
	if len(all) != p.Partitions {
		return nil, fmt.Errorf("%s: it has %d rows (want %d)", p.Name, len(all), p.Partitions)
	}
	return all, nil
}

// partReader reads some columns of segments, one after the other: entries in the order of their files are in the order of segments.
type partReader struct {
	name    func(file string) string // as that of an indexReader
	columns []string
	segment *packedSegment // that was read last
	read    []Manifest     // of it
}

// manifest returns what the columns, and those without which a manifest tells nothing, have of an entry that is a row of a segment.
func (r *partReader) manifest(e *catalogued) (*Manifest, error) {
	if r.segment != e.segment {
		all, err := e.segment.read(r.name, append([]string{"file", "together"}, r.columns...))
		if err != nil {
			return nil, err
		}
		r.segment, r.read = e.segment, all
	}
	return &r.read[e.row], nil
}

// list calls found with the path and the size of the partition of each row.
func (p *packedSegment) list(found func(file string, bytes int64)) (rows int, err error) {
	err = readIndex(p.file, []string{"file", "bytes"}, func(row indexed) bool {
		found(row.File, row.Bytes)
		rows++
		return true
	})
	return rows, err
}
