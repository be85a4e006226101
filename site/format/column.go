package format

import (
	"math"
	"strconv"
	"strings"
	"time"

	"tidemark/datasets/table"
	"tidemark/internal/quantity"
)

// Meaning says how the numbers of a column are read.
type Meaning int

const (
	Amount Meaning = iota // with commas between thousands
	Name                  // as it is, such as an AS number or a year
	Share                 // from 0 to 1, in percent without the sign
)

// Column formats the values of one column of a result alike.
type Column struct {
	table.ResultColumn
	meaning  Meaning
	grouped  bool // with commas between thousands
	decimals int  // that the values need, for floats
}

// NewColumn chooses the format of column i of a result by its meaning and its values: amounts have commas between their thousands;
// floats that are not shares are rounded to six significant digits.
func NewColumn(r *table.Result, i int, meaning Meaning) Column {
	c := Column{ResultColumn: r.Columns[i], meaning: meaning}
	for _, row := range r.Rows {
		v := Float(row[i])
		if v == nil {
			continue
		}
		if math.Abs(*v) >= 1000 && meaning == Amount {
			c.grouped = true
		}
		if c.Type == table.Float64 && fixedPoint(*v) {
			text := strings.TrimRight(strconv.FormatFloat(*v, 'f', decimals(*v), 64), "0")
			c.decimals = max(c.decimals, len(text)-1-strings.IndexByte(text, '.'))
		}
	}
	return c
}

// Grouped reports whether the numbers of the column have commas between their thousands.
func (c Column) Grouped() bool { return c.grouped }

// Show returns a value of the column as text.
func (c Column) Show(v any) string {
	text := c.Text(v)
	if t, is := v.(time.Time); is && c.Type == table.Timestamp {
		return strings.TrimSuffix(t.UTC().Format("2006-01-02 15:04:05"), ":00")
	}
	if x, is := v.(float64); is {
		if c.meaning == Share {
			return strings.TrimSuffix(quantity.Percent(x), " %")
		}
		if !fixedPoint(x) {
			return strconv.FormatFloat(x, 'g', 6, 64)
		}
		text = strconv.FormatFloat(x, 'f', min(c.decimals, decimals(x)), 64)
	}
	if c.grouped {
		return quantity.Group(text)
	}
	return text
}

// fixedPoint reports whether a number reads well without an exponent.
func fixedPoint(f float64) bool { return f == 0 || math.Abs(f) >= 1e-6 && math.Abs(f) < 1e15 }

// decimals returns how many decimals leave six significant digits: at least one, at most six.
func decimals(f float64) int {
	f = math.Abs(f)
	n := 6
	for f >= 1 && n > 1 {
		f /= 10
		n--
	}
	return n
}

// IsNumber reports whether the values of a column of this type are numbers.
func IsNumber(t table.Type) bool {
	return t == table.Int64 || t == table.Float64 || t == table.Uint32
}

// Float returns a value of a result as a float; nil for null and for values that are not numbers.
func Float(v any) *float64 {
	switch v := v.(type) {
	case int64:
		f := float64(v)
		return &f
	case float64:
		return &v
	}
	return nil
}
