package analysis

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"tidemark/datasets/table"
	"tidemark/internal/atomicfile"
)

// storedAnswer is an answer on disk, between analyse and render: a JSON object in whose file each row has a line. Its words and figures
// follow from its rows and are not stored: those of another version of the program would outlive it.
type storedAnswer struct {
	answerHead
	rows [][]byte // a JSON array each
}

// answerHead is what an answer on disk has before its rows.
type answerHead struct {
	Slug     string               `json:"slug"`
	Question string               `json:"question"`  // hash of the question
	Made     string               `json:"made_from"` // hash of the question and of the partitions that it could read
	Standing Standing             `json:"standing"`
	From     []table.Segment      `json:"from"`              // the partitions that it could read, in lists
	Settled  *settled             `json:"settled,omitempty"` // which rows stay while only newer days change
	Columns  []table.ResultColumn `json:"columns"`
	RowsSum  string               `json:"rows_sha256"` // of the lines of the rows
}

// What is between the head of a stored answer and its rows, and behind these.
var (
	rowsBegin = []byte(",\"rows\":[\n")
	rowsEnd   = []byte("\n]}\n")
	rowsComma = []byte(",\n")
)

// rowLines returns rows as the file of an answer has them.
func rowLines(rows [][]any) (lines [][]byte, err error) {
	for _, row := range rows {
		b, err := json.Marshal(row)
		if err != nil {
			return nil, err
		}
		lines = append(lines, b)
	}
	return lines, nil
}

func answerPath(dir string, q *Question) string { return filepath.Join(dir, q.Slug+".json") }

func writeAnswer(path string, stored *storedAnswer) error {
	rows := bytes.Join(stored.rows, rowsComma)
	stored.RowsSum = sumOf(rows)
	head, err := json.Marshal(stored.answerHead)
	if err != nil {
		return fmt.Errorf("question %s: %w", stored.Slug, err)
	}
	return atomicfile.Write(path, bytes.Join([][]byte{head[:len(head)-1], rowsBegin, rows, rowsEnd}, nil))
}

func sumOf(rows []byte) string {
	sum := sha256.Sum256(rows)
	return hex.EncodeToString(sum[:])
}

// readAnswer reads an answer whose rows are as they were written.
func readAnswer(path string) (*storedAnswer, error) {
	b, err := atomicfile.Read(path)
	if err != nil {
		return nil, err
	}
	k, err := parseAnswer(b)
	if err != nil {
		return nil, fmt.Errorf("%s: the answer is damaged: %w; remove it and run tidemark analyse", path, err)
	}
	return k, nil
}

func parseAnswer(b []byte) (*storedAnswer, error) {
	head, rows, found := bytes.Cut(b, rowsBegin) // no text of JSON has a line break
	rows, ended := bytes.CutSuffix(rows, rowsEnd)
	if !found || !ended {
		return nil, errors.New("it is torn, or of another version of tidemark")
	}
	k := new(storedAnswer)
	if err := json.Unmarshal(append(bytes.Clone(head), '}'), &k.answerHead); err != nil {
		return nil, err
	}
	if sumOf(rows) != k.RowsSum {
		return nil, errors.New("its rows are not those that were written")
	}
	if len(rows) > 0 {
		k.rows = bytes.Split(rows, rowsComma)
	}
	return k, nil
}

// result returns the columns and the rows.
func (k *storedAnswer) result() (*table.Result, error) {
	r := &table.Result{Columns: k.Columns, Rows: make([][]any, len(k.rows))}
	for i, line := range k.rows {
		row, err := k.row(line)
		if err != nil {
			return nil, err
		}
		r.Rows[i] = row
	}
	return r, nil
}

// row returns the values of a line.
func (k *storedAnswer) row(line []byte) (row []any, err error) {
	d := json.NewDecoder(bytes.NewReader(line))
	d.UseNumber()
	if err := d.Decode(&row); err != nil {
		return nil, err
	}
	if len(row) != len(k.Columns) {
		return nil, fmt.Errorf("a row has %d values for %d columns", len(row), len(k.Columns))
	}
	for i, c := range k.Columns {
		if row[i], err = typed(row[i], c.Type); err != nil {
			return nil, fmt.Errorf("column %s: %w", c.Name, err)
		}
	}
	return row, nil
}

// typed converts a JSON value to the type of its column.
func typed(v any, t table.Type) (any, error) {
	switch v := v.(type) {
	case json.Number:
		if t == table.Int64 {
			return v.Int64()
		}
		return v.Float64()
	case string:
		if t == table.Timestamp || t == table.Date {
			return time.Parse(time.RFC3339, v)
		}
	case []any:
		list := make([]string, len(v))
		for i := range v {
			list[i], _ = v[i].(string)
		}
		return list, nil
	}
	return v, nil
}
