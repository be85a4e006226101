package registry

import (
	"bufio"
	"encoding/csv"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"time"

	"tidemark/collectors"
	"tidemark/collectors/archive"
	"tidemark/datasets/table"
)

// record is a line of one of IANA's registries, in the CSV or the XML form.
type record struct {
	place      string // line or record number, for messages
	fields     map[string]string
	names      []string // of the fields, in the registry's order
	list       list
	references []string // to documents and persons, as the registry writes them
}

// list is one of the tables that a registry consists of. The CSV form does not name it.
type list struct{ id, title string }

// get returns the first of the named fields that is not empty: CSV and XML name some fields differently.
func (r record) get(names ...string) string {
	for _, name := range names {
		if v := r.fields[name]; v != "" {
			return v
		}
	}
	return ""
}

// errPointer marks a record that only points to another table.
var errPointer = errors.New("pointer to the other table")

// decodeIANA commits the rows of one of IANA's registries. column is the first column of its CSV form, or empty where any will do; unit is
// the word for a record; parse returns the row of a record, and date sets the registry's day in a row.
func decodeIANA[Row any](raw archive.Raw, into *table.Commit, dataset *table.Dataset[Row], column, unit string, parse func(record) (Row, error), date func(*Row, time.Time)) error {
	in, done, err := open(raw)
	if err != nil {
		return err
	}
	defer done()
	var rows []Row
	var wrong []error
	pointers := 0
	updated, err := readIANA(raw, in, column, func(r record) error {
		switch row, err := parse(r); {
		case err == errPointer:
			pointers++
		case err != nil:
			wrong = append(wrong, fmt.Errorf("%s: %s: %w", raw.ID(), r.place, err))
		default:
			rows = append(rows, row)
		}
		return nil
	})
	if err != nil {
		return err
	}
	if len(rows) == 0 {
		return fmt.Errorf("%s: the registry holds no %s", raw.ID(), unit)
	}
	day, err := dayOf(raw, updated)
	if err != nil {
		return err
	}
	out, err := dataset.Create(into, raw.Key(day))
	if err != nil {
		return err
	}
	out.Unit = unit
	out.See(len(rows) + len(wrong) + pointers)
	out.Keep(len(rows))
	if pointers > 0 {
		out.Reject(errPointer.Error(), pointers)
	}
	for _, err := range wrong {
		out.Reject("malformed "+unit, 1)
		into.Damage(err)
	}
	for i := range rows {
		date(&rows[i], day)
	}
	return out.Append(rows...)
}

// readIANA calls each for every record of a registry and returns the day on which the registry was updated, which only the
// XML form states. Damage is an error.
func readIANA(raw archive.Raw, in *bufio.Reader, column string, each func(record) error) (updated time.Time, err error) {
	start, _ := in.Peek(64)
	if strings.HasPrefix(strings.TrimLeft(string(start), "\ufeff \r\n\t"), "<") {
		return readXML(raw, in, each)
	}
	return time.Time{}, readCSV(raw, in, column, each)
}

// ianaForm returns the form of a registry of IANA whose first column in CSV is called column. The largest has 0.3 MB.
func ianaForm(column string) collectors.Form {
	return collectors.Form{Bytes: 16 << 20, Inflated: 16 << 20, Filled: true, Like: fmt.Sprintf("< or a first column called %q", column),
		Begins: collectors.Starting("<", column, `"`+column)}
}

// readCSV reads the records of a registry whose first column is called column.
func readCSV(raw archive.Raw, in io.Reader, column string, each func(record) error) error {
	lines := csv.NewReader(in)
	lines.FieldsPerRecord = -1
	header, err := lines.Read()
	if err != nil || len(header) < 2 || column != "" && strings.TrimPrefix(header[0], "\ufeff") != column {
		return fmt.Errorf("%s: line 1: the file is not this registry (want a first column called %q)", raw.ID(), column)
	}
	for i, name := range header {
		header[i] = strings.ToLower(footnote.ReplaceAllString(strings.TrimSpace(strings.TrimPrefix(name, "\ufeff")), ""))
	}
	if column == "" && !slices.Contains(header, "reference") {
		return fmt.Errorf("%s: line 1: the file is not a registry of IANA (want a column called Reference)", raw.ID())
	}
	for {
		line, err := lines.Read()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return fmt.Errorf("%s: %w", raw.ID(), err) // the error holds the line
		}
		number, _ := lines.FieldPos(0)
		r := record{place: fmt.Sprintf("line %d", number), fields: map[string]string{}, names: header}
		for i, value := range line[:min(len(line), len(header))] {
			r.fields[header[i]] = strings.Join(strings.Fields(value), " ")
		}
		for _, m := range bracketed.FindAllStringSubmatch(r.fields["reference"], -1) {
			r.references = append(r.references, m[1])
		}
		if err := each(r); err != nil {
			return err
		}
	}
}

// maxLists is how deep the lists of a registry may be nested; IANA nests three.
const maxLists = 16

var bracketed = regexp.MustCompile(`\[([^\]]+)\]`)

// readXML reads the records at any depth: a registry may consist of several lists.
func readXML(raw archive.Raw, in io.Reader, each func(record) error) (updated time.Time, err error) {
	d := xml.NewDecoder(in)
	n := 0
	var open []list // the lists around what is read
	for {
		token, err := d.Token()
		if err == io.EOF {
			return updated, nil
		}
		if err != nil {
			return updated, fmt.Errorf("%s: byte %d: %w", raw.ID(), d.InputOffset(), err)
		}
		if end, ok := token.(xml.EndElement); ok && end.Name.Local == "registry" && len(open) > 0 {
			open = open[:len(open)-1]
		}
		start, ok := token.(xml.StartElement)
		if !ok {
			continue
		}
		switch start.Name.Local {
		case "registry":
			if len(open) == maxLists {
				return updated, fmt.Errorf("%s: byte %d: lists are nested more than %d deep", raw.ID(), d.InputOffset(), maxLists)
			}
			open = append(open, list{id: attribute(start, "id")})
		case "title":
			var text string
			if err := d.DecodeElement(&text, &start); err != nil {
				return updated, fmt.Errorf("%s: byte %d: %w", raw.ID(), d.InputOffset(), err)
			}
			if len(open) > 0 {
				open[len(open)-1].title = strings.Join(strings.Fields(text), " ")
			}
		case "updated":
			var text string
			if err := d.DecodeElement(&text, &start); err != nil {
				return updated, fmt.Errorf("%s: byte %d: %w", raw.ID(), d.InputOffset(), err)
			}
			if t, err := time.Parse(time.DateOnly, strings.TrimSpace(text)); err == nil && updated.IsZero() {
				updated = t
			}
		case "record":
			n++
			var x xmlRecord
			if err := d.DecodeElement(&x, &start); err != nil {
				return updated, fmt.Errorf("%s: record %d, byte %d: %w", raw.ID(), n, d.InputOffset(), err)
			}
			r := x.record()
			r.place = fmt.Sprintf("record %d", n)
			if len(open) > 0 {
				r.list = open[len(open)-1]
			}
			if err := each(r); err != nil {
				return updated, err
			}
		}
	}
}

// xmlRecord is a record element of a registry.
type xmlRecord struct {
	Date   string `xml:"date,attr"`
	Fields []struct {
		XMLName xml.Name
		Kind    string `xml:"type,attr"`
		Data    string `xml:"data,attr"`
		Text    string `xml:",chardata"`
	} `xml:",any"`
}

// record returns the fields by name. The RFCs referred to make up the field reference.
func (x *xmlRecord) record() record {
	r := record{fields: map[string]string{"date": x.Date}}
	for _, f := range x.Fields {
		name, value := f.XMLName.Local, strings.Join(strings.Fields(f.Text), " ")
		if name == "xref" {
			switch f.Kind {
			case "note", "registry":
				continue // a footnote, and where else to look
			case "rfc":
				value = strings.ToUpper(f.Data)
				r.fields["reference"] += "[" + value + "]"
			case "text":
			default: // draft, person, uri
				value = f.Data
			}
			r.references = append(r.references, value)
			continue
		}
		if value != "" {
			if r.fields[name] == "" {
				r.names = append(r.names, name)
			}
			r.fields[name] = value
		}
	}
	return r
}

// attribute returns the value of an attribute; empty if the element has none of the name.
func attribute(e xml.StartElement, name string) string {
	for _, a := range e.Attr {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}
