package site

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"tidemark/datasets/table"
	"tidemark/internal/legible"
	"tidemark/site/format"
	"tidemark/site/publish"
)

// tableParts are the scripts that hold a table whose page has only its first rows. They are scripts, because a page that is opened from a
// disk may load scripts but not JSON.
type tableParts struct {
	Folder   string
	Size     int      // rows of each but the last
	Bytes    int      // of all
	Versions []string // of what each holds: rows that are added at the end leave the others as they are
}

const (
	tablesFolder = "tables/"
	mostPartRows = 4096
	leastRows    = 64 // of a part, however long they are
	mostPartSize = 80 << 10
)

// tablePart is what a browser loads at once: rows by column, and the names of their ASes.
type tablePart struct {
	Columns []partColumn      `json:"columns"`
	Names   map[string]string `json:"names,omitempty"`
}

// partColumn is a column of a part. Either Rows has for each row the place of its value among the distinct Values, as a digit, or as two
// where there are more than 64; or it is empty, and Values has an entry for each row: the number of characters that it begins with like the
// one before, in base 36, and the rest.
type partColumn struct {
	Values []string `json:"values"`
	Rows   string   `json:"rows,omitempty"`
}

// partDigits are those of Rows. None is escaped in JSON or ends a script.
const partDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

// publishTable writes the scripts of a table if its page does not have all of its rows.
func (f *facts) publishTable(v *tableView, r *table.Result, stage *publish.Stage) error {
	if v.Shown() == v.Total {
		return nil
	}
	names := "" // of ASes
	if f.Lookup != nil && slices.ContainsFunc(v.Columns, func(c tableColumn) bool { return c.Kind == ofAS && c.Named }) {
		names = f.Lookup.Version()
	}
	var err error
	v.Parts, err = makeFiles(f.memory, tablesFolder+v.Name+"/0.js", []any{v.Name, v.Columns, v.Total, f.Datasets, names, r}, stage, func(add adder) (*tableParts, error) {
		return f.writeParts(v, r, add)
	})
	return err
}

// writeParts writes the scripts of a table.
func (f *facts) writeParts(v *tableView, r *table.Result, add adder) (*tableParts, error) {
	columns := f.partTexts(v, r)
	size := mostPartRows
	parts, err := f.tablePartsOf(v, columns, size)
	for ; err == nil && size > leastRows && tooLong(parts); parts, err = f.tablePartsOf(v, columns, size) {
		size /= 2
	}
	if err != nil {
		return nil, err
	}
	written := &tableParts{Folder: tablesFolder + v.Name + "/", Size: size}
	for i, part := range parts {
		version := sha256Hex(part)[:8]
		written.Versions = append(written.Versions, version)
		script := fmt.Appendf(nil, "(window.tableParts ||= {})[%q] = %s;\n", fmt.Sprintf("%s/%d@%s", v.Name, i, version), part)
		written.Bytes += len(script)
		if err := add(fmt.Sprintf("%s%d.js", written.Folder, i), script); err != nil {
			return nil, err
		}
	}
	return written, nil
}

// partTexts returns the columns of a result as the scripts have them: values as CSV has them, and behind one that is shown rounded, how it
// is shown.
func (f *facts) partTexts(v *tableView, r *table.Result) [][]string {
	columns := make([][]string, len(r.Columns))
	for i, c := range r.Columns {
		columns[i] = make([]string, len(r.Rows))
		rounded := format.NewColumn(r, i, v.Columns[i].meaning)
		for row := range r.Rows {
			value := r.Rows[row][i]
			text := legible.Text(c.Text(value))
			if v.Columns[i].Kind == ofFloat {
				if shown := rounded.Show(value); shown != text {
					text += "|" + shown
				}
			}
			columns[i][row] = text
		}
	}
	return columns
}

func tooLong(parts [][]byte) bool {
	for _, part := range parts {
		if len(part) > mostPartSize {
			return true
		}
	}
	return false
}

// tablePartsOf returns parts of so many rows as JSON. encoding/json escapes what could end a script.
func (f *facts) tablePartsOf(v *tableView, columns [][]string, size int) (parts [][]byte, err error) {
	for from := 0; from < v.Total; from += size {
		to := min(from+size, v.Total)
		part := tablePart{Columns: make([]partColumn, len(columns))}
		for i, texts := range columns {
			part.Columns[i] = packed(texts[from:to])
			if v.Columns[i].Kind == ofAS && v.Columns[i].Named {
				f.addNames(&part, texts[from:to])
			}
		}
		content, err := json.Marshal(part)
		if err != nil {
			return nil, err
		}
		parts = append(parts, content)
	}
	return parts, nil
}

// addNames adds the names of ASes.
func (f *facts) addNames(part *tablePart, numbers []string) {
	for _, text := range numbers {
		n, err := strconv.ParseUint(text, 10, 32)
		if err != nil {
			continue
		}
		if name := f.asNames[uint32(n)]; name != "" {
			if part.Names == nil {
				part.Names = map[string]string{}
			}
			part.Names[text] = name
		}
	}
}

// packed returns the texts of a column in the shorter way.
func packed(texts []string) partColumn {
	if listed := places(texts); listed.Rows != "" && listed.size() <= sizeOfDifferences(texts) {
		return listed
	}
	return differences(texts)
}

// size returns about how many bytes a column has as JSON.
func (c partColumn) size() int {
	n := len(c.Rows)
	for _, v := range c.Values {
		n += len(v) + len(`"",`)
	}
	return n
}

// places returns texts as their places among the distinct ones; nothing if there are more than two digits count.
func places(texts []string) partColumn {
	const base = len(partDigits)
	var c partColumn
	at := map[string]int{}
	places := make([]int, len(texts))
	for i, text := range texts {
		place, met := at[text]
		if !met {
			place = len(at)
			at[text] = place
			c.Values = append(c.Values, text)
		}
		places[i] = place
	}
	if len(at) > base*base {
		return partColumn{}
	}
	var rows strings.Builder
	for _, place := range places {
		if len(at) > base {
			rows.WriteByte(partDigits[place/base])
		}
		rows.WriteByte(partDigits[place%base])
	}
	c.Rows = rows.String()
	return c
}

// differences returns texts as what distinguishes each from the one before.
func differences(texts []string) partColumn {
	c := partColumn{Values: make([]string, len(texts))}
	before := ""
	for i, text := range texts {
		same := sharedStart(before, text)
		c.Values[i] = strconv.FormatInt(int64(same), 36) + text[same:]
		before = text
	}
	return c
}

// sizeOfDifferences returns the size of what differences returns.
func sizeOfDifferences(texts []string) (n int) {
	before := ""
	for _, text := range texts {
		n += 1 + len(text) - sharedStart(before, text) + len(`"",`)
		before = text
	}
	return n
}

// sharedStart returns with how many characters both texts begin, as one digit in base 36 can say: ASCII only, which JavaScript counts alike.
func sharedStart(a, b string) (n int) {
	for n < min(len(a), len(b), 35) && a[n] == b[n] && a[n] < utf8.RuneSelf {
		n++
	}
	return n
}
