package table

import (
	"strconv"
	"time"
	"unicode/utf8"
	"unsafe"
)

// Labels returns the columns declared as labels as the partition's first row has them; the other fields of row are zero.
// It reports ok = false for a partition without rows. The manifest answers; for one written before its dataset declared
// labels, the first row of the partition is read.
func (d *Dataset[Row]) Labels(s *Store, m *Manifest) (row Row, ok bool, err error) {
	if m.Rows == 0 {
		return row, false, nil
	}
	if d.parseLabels(m.Labels, unsafe.Pointer(&row)) {
		return row, true, nil
	}
	var names []string
	for _, c := range d.Columns {
		if c.Label {
			names = append(names, c.Name)
		}
	}
	if len(names) == 0 {
		panic("table: " + d.Name + " declares no labels")
	}
	for first, err := range d.ScanColumns(names, s.Path(m)) {
		if err == nil {
			s.catalogue.addLabels(m, d.labels(unsafe.Pointer(&first)))
		}
		return first, err == nil, err
	}
	return row, false, nil
}

func (t Type) canLabel() bool {
	switch t {
	case String, Int64, Uint32, Timestamp, Date:
		return true
	}
	return false
}

// labels returns the labels of a row as manifests have them; nil for a dataset without any. JSON cannot express a text that
// is not UTF-8: it has no label, and the partition is read instead.
func (s *Schema) labels(row unsafe.Pointer) map[string]string {
	var all map[string]string
	for i := range s.Columns {
		c := &s.Columns[i]
		if !c.Label {
			continue
		}
		if all == nil {
			all = map[string]string{}
		}
		if text := c.label(row); utf8.ValidString(text) {
			all[c.Name] = text
		}
	}
	return all
}

// label returns the text of the column's value: integers in decimal, RFC 3339 times to the microsecond, YYYY-MM-DD days.
func (c *Column) label(row unsafe.Pointer) string {
	switch c.Type {
	case Int64:
		return strconv.FormatInt(field[int64](row, c), 10)
	case Uint32:
		return strconv.FormatUint(uint64(field[uint32](row, c)), 10)
	case Timestamp: // no finer than the partition stores it
		return time.UnixMicro(field[time.Time](row, c).UnixMicro()).UTC().Format(time.RFC3339Nano)
	case Date:
		return field[time.Time](row, c).UTC().Format(time.DateOnly)
	}
	return field[string](row, c)
}

// parseLabels sets the label columns of a row, and reports whether every one of them was there and valid.
func (s *Schema) parseLabels(labels map[string]string, row unsafe.Pointer) bool {
	found := false
	for i := range s.Columns {
		if c := &s.Columns[i]; c.Label {
			text, ok := labels[c.Name]
			if !ok || c.parseLabel(text, row) != nil {
				return false
			}
			found = true
		}
	}
	return found
}

func (c *Column) parseLabel(text string, row unsafe.Pointer) error {
	switch c.Type {
	case Int64:
		n, err := strconv.ParseInt(text, 10, 64)
		setField(row, c, n)
		return err
	case Uint32:
		n, err := strconv.ParseUint(text, 10, 32)
		setField(row, c, uint32(n))
		return err
	case Timestamp:
		t, err := time.Parse(time.RFC3339Nano, text)
		setField(row, c, t)
		return err
	case Date:
		t, err := time.Parse(time.DateOnly, text)
		setField(row, c, t)
		return err
	}
	setField(row, c, text)
	return nil
}
