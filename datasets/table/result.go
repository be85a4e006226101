package table

import (
	"bufio"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/ipc"
	"github.com/apache/arrow/go/v17/arrow/memory"
)

// Result is a small table, the result of a query. Answers are published from it.
type Result struct {
	Columns []ResultColumn
	Rows    [][]any // a string, bool, int64, float64, time.Time (Timestamp, Date), []string, or nil for null
}

// ResultColumn is a column of a Result. Every column of a result can be null.
type ResultColumn struct {
	Name string `json:"name"`
	Type Type   `json:"type"` // String, Bool, Int64, Float64, Timestamp, Date or Strings
}

// Text returns the value as CSV and tables show it: RFC 3339 times, days as YYYY-MM-DD, lists space-separated, null empty.
func (c ResultColumn) Text(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return v
	case bool:
		return strconv.FormatBool(v)
	case int64:
		return strconv.FormatInt(v, 10)
	case float64:
		if v == math.Trunc(v) && math.Abs(v) < 1e15 {
			return strconv.FormatFloat(v, 'f', -1, 64)
		}
		return strconv.FormatFloat(v, 'g', -1, 64)
	case time.Time:
		if c.Type == Date {
			return v.Format(time.DateOnly)
		}
		return v.Format(time.RFC3339)
	case []string:
		return strings.Join(v, " ")
	}
	return fmt.Sprint(v)
}

// formulaSigns are the first characters of texts that spreadsheets read as formulas, including their full-width forms.
const formulaSigns = "=+-@\t＝＋－＠"

// csv returns the value as written to a CSV file. A text that a spreadsheet would read as a formula is prefixed with an
// apostrophe, and so is one that begins with an apostrophe: removing one gives the text back. Control characters, which split
// lines or end texts in some readers, become U+FFFD; in Parquet and Arrow files they are unchanged.
func (c ResultColumn) csv(v any) string {
	text := c.Text(v)
	if c.Type != String && c.Type != Strings || text == "" {
		return text
	}
	if strings.ContainsFunc(text, unicode.IsControl) {
		text = strings.Map(func(r rune) rune {
			if unicode.IsControl(r) && r != '\n' && r != '\t' {
				return unicode.ReplacementChar
			}
			return r
		}, strings.ReplaceAll(text, "\r\n", "\n"))
	}
	if first, _ := utf8.DecodeRuneInString(text); first == '\'' || strings.ContainsRune(formulaSigns, first) {
		return "'" + text
	}
	return text
}

// WriteCSV writes RFC 4180 CSV with a header line; texts are escaped as the method csv says.
func (r *Result) WriteCSV(w io.Writer) error {
	out := csv.NewWriter(w)
	record := make([]string, len(r.Columns))
	for i, c := range r.Columns {
		record[i] = c.Name
	}
	if err := out.Write(record); err != nil {
		return err
	}
	for _, row := range r.Rows {
		for i, c := range r.Columns {
			record[i] = c.csv(row[i])
		}
		if err := out.Write(record); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

// WriteJSON writes the result as an array of objects, a row a line, with the columns in their order. Times and days are texts as Text
// writes them; what JSON cannot express, such as infinity, is null.
func (r *Result) WriteJSON(w io.Writer) error {
	out := bufio.NewWriter(w)
	names := make([][]byte, len(r.Columns))
	for i, c := range r.Columns {
		name, err := json.Marshal(c.Name)
		if err != nil {
			return err
		}
		names[i] = append(name, ':')
	}
	var object []byte
	separator := "["
	for _, row := range r.Rows {
		object = append(append(object[:0], separator...), '{')
		for i, c := range r.Columns {
			if i > 0 {
				object = append(object, ',')
			}
			var err error
			if object, err = c.appendJSON(append(object, names[i]...), row[i]); err != nil {
				return fmt.Errorf("column %s: %w", c.Name, err)
			}
		}
		out.Write(append(object, '}'))
		separator = ",\n"
	}
	if len(r.Rows) == 0 {
		out.WriteString(separator)
	}
	out.WriteString("]\n")
	return out.Flush()
}

// appendJSON appends the value as JSON encodes it.
func (c ResultColumn) appendJSON(b []byte, v any) ([]byte, error) {
	switch v := v.(type) {
	case nil:
		return append(b, "null"...), nil
	case int64:
		return strconv.AppendInt(b, v, 10), nil
	case float64:
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return append(b, "null"...), nil
		}
	case time.Time: // its text has nothing to escape
		return append(append(append(b, '"'), c.Text(v)...), '"'), nil
	}
	value, err := json.Marshal(v)
	return append(b, value...), err
}

// WriteParquet writes the result as one Parquet file.
func (r *Result) WriteParquet(w io.Writer) error {
	record, columns, err := r.record()
	if err != nil {
		return err
	}
	defer record.Release()
	p, err := newParquetWriter(w, columns, record.Schema())
	if err != nil {
		return err
	}
	if err := p.write(record.Columns()); err != nil {
		return err
	}
	return p.close()
}

// WriteArrow writes the result as an uncompressed Arrow IPC file, which JavaScript libraries can read.
func (r *Result) WriteArrow(w io.Writer) error {
	record, _, err := r.record()
	if err != nil {
		return err
	}
	defer record.Release()
	out, err := ipc.NewFileWriter(&positioned{Writer: w}, ipc.WithSchema(record.Schema()))
	if err != nil {
		return err
	}
	if err := out.Write(record); err != nil {
		return err
	}
	return out.Close()
}

// positioned knows its position: the IPC writer seeks only to ask for it.
type positioned struct {
	io.Writer
	at int64
}

func (p *positioned) Write(b []byte) (int, error) {
	n, err := p.Writer.Write(b)
	p.at += int64(n)
	return n, err
}

func (p *positioned) Seek(offset int64, whence int) (int64, error) {
	if offset != 0 || whence != io.SeekCurrent {
		return 0, fmt.Errorf("cannot seek to %d in a stream", offset)
	}
	return p.at, nil
}

// record returns the result as one Arrow record, with its columns.
func (r *Result) record() (arrow.Record, []Column, error) {
	fields := make([]arrow.Field, len(r.Columns))
	columns := make([]Column, len(r.Columns))
	for i, c := range r.Columns {
		fields[i] = arrow.Field{Name: c.Name, Type: arrowTypes[c.Type], Nullable: true}
		columns[i] = Column{Name: c.Name, Type: c.Type, Nullable: true}
	}
	b := array.NewRecordBuilder(memory.DefaultAllocator, arrow.NewSchema(fields, nil))
	defer b.Release()
	for n, row := range r.Rows {
		if len(row) != len(r.Columns) {
			return nil, nil, fmt.Errorf("row %d of the result has %d values for %d columns", n, len(row), len(r.Columns))
		}
		for i, v := range row {
			if !appendValue(b.Field(i), v, r.Columns[i].Type) {
				return nil, nil, fmt.Errorf("row %d, column %s: a %T is not a %s", n, r.Columns[i].Name, v, r.Columns[i].Type)
			}
		}
	}
	return b.NewRecord(), columns, nil
}

func appendValue(b array.Builder, v any, t Type) bool {
	if v == nil {
		b.AppendNull()
		return true
	}
	switch b := b.(type) {
	case *array.StringBuilder:
		return appendAs(v, b.Append)
	case *array.BooleanBuilder:
		return appendAs(v, b.Append)
	case *array.Int64Builder:
		return appendAs(v, b.Append)
	case *array.Float64Builder:
		return appendAs(v, b.Append)
	case *array.TimestampBuilder:
		return appendAs(v, func(t time.Time) { b.Append(timestampOf(t)) })
	case *array.Date32Builder:
		return appendAs(v, func(t time.Time) { b.Append(dateOf(t)) })
	case *array.ListBuilder:
		return t == Strings && appendAs(v, func(list []string) {
			b.Append(true)
			for _, s := range list {
				b.ValueBuilder().(*array.StringBuilder).Append(s)
			}
		})
	}
	return false
}

func appendAs[T any](v any, add func(T)) bool {
	typed, ok := v.(T)
	if ok {
		add(typed)
	}
	return ok
}
