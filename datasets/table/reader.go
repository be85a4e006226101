package table

import (
	"fmt"
	"io"
	"iter"
	"slices"
	"unsafe"
)

// Scan reads the rows of partitions, in the order of the files and of their rows. It stops at the first error.
func (d *Dataset[Row]) Scan(paths ...Path) iter.Seq2[Row, error] {
	return d.ScanColumns(nil, paths...)
}

// ScanColumns is Scan for the named columns, or all if none is named; the other fields of the rows are zero.
func (d *Dataset[Row]) ScanColumns(names []string, paths ...Path) iter.Seq2[Row, error] {
	columns, leaves := d.some(names)
	return func(yield func(Row, error) bool) {
		for _, path := range paths {
			if more, err := d.scan(path, columns, leaves, yield); err != nil {
				var none Row
				yield(none, fmt.Errorf("%s: %w", path, err))
				return
			} else if !more {
				return
			}
		}
	}
}

// some returns the named columns, or all if none is named, and the leaves of a file that have them; nil: all.
func (s *Schema) some(names []string) (columns []Column, leaves []int) {
	if len(names) == 0 {
		return s.Columns, nil
	}
	for _, name := range names {
		i := slices.IndexFunc(s.Columns, func(c Column) bool { return c.Name == name })
		if i < 0 {
			panic("table: " + s.Name + " has no column " + name)
		}
		leaves = append(leaves, i) // each column is one leaf of the file
	}
	slices.Sort(leaves)
	for _, i := range leaves {
		columns = append(columns, s.Columns[i])
	}
	return columns, leaves
}

func (d *Dataset[Row]) scan(path Path, columns []Column, leaves []int, yield func(Row, error) bool) (more bool, err error) {
	in, err := openParquet(path, d.Schema, leaves)
	if err != nil {
		return false, err
	}
	defer in.Close()
	return d.scanFrom(in, columns, yield)
}

func (d *Dataset[Row]) scanFrom(in *parquetReader, columns []Column, yield func(Row, error) bool) (more bool, err error) {
	set := make([]func(unsafe.Pointer, int), len(columns))
	for {
		arrays, rows, err := in.next()
		if err == io.EOF {
			return true, nil
		}
		if err != nil {
			return false, err
		}
		for i := range columns {
			set[i] = columns[i].setter(arrays[i])
		}
		for i := range rows {
			var row Row
			for _, s := range set {
				s(unsafe.Pointer(&row), i)
			}
			if !yield(row, nil) {
				return false, nil
			}
		}
	}
}
