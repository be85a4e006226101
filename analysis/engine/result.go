package engine

import (
	"database/sql"
	"fmt"
	"math"
	"math/big"
	"strings"
	"time"

	"github.com/duckdb/duckdb-go/v2"

	"tidemark/datasets/table"
)

// room is for how many rows there is room, and for how many bytes of them.
type room struct {
	rows  int
	bytes int64
}

// everything has room for every result.
var everything = room{math.MaxInt, math.MaxInt64}

// result reads the rows for which there is room, and counts the others. The type of a column follows from its type in DuckDB alone,
// never from the values, so that an answer keeps its types as it grows.
func result(rows *sql.Rows, within room) (r *table.Result, left int64, err error) {
	types, err := rows.ColumnTypes()
	if err != nil {
		return nil, 0, err
	}
	r = &table.Result{Columns: make([]table.ResultColumn, len(types))}
	convert := make([]func(any) (any, error), len(types))
	for i, t := range types {
		c := &r.Columns[i]
		c.Name = t.Name()
		if c.Type, convert[i], err = columnType(t.DatabaseTypeName()); err != nil {
			return nil, 0, fmt.Errorf("column %s: %w", c.Name, err)
		}
	}
	values := make([]any, len(types))
	targets := make([]any, len(types))
	for i := range values {
		targets[i] = &values[i]
	}
	for rows.Next() {
		if left > 0 || len(r.Rows) == within.rows {
			left++
			continue
		}
		if err := rows.Scan(targets...); err != nil {
			return nil, 0, err
		}
		row := make([]any, len(values))
		for i, v := range values {
			if v == nil {
				continue
			}
			if row[i], err = convert[i](v); err != nil {
				return nil, 0, fmt.Errorf("column %s, row %d: %w", r.Columns[i].Name, len(r.Rows)+1, err)
			}
		}
		size := sizeOf(row)
		switch {
		case size <= within.bytes:
			within.bytes -= size
			r.Rows = append(r.Rows, row)
		case len(r.Rows) == 0:
			return nil, 0, fmt.Errorf("the first row has %d bytes, and there is room for %d: select fewer columns, or parts of their values", size, within.bytes)
		default:
			left++
		}
	}
	return r, left, rows.Err()
}

// sizeOf returns about how many bytes a row has.
func sizeOf(row []any) (n int64) {
	for _, v := range row {
		switch v := v.(type) {
		case string:
			n += int64(len(v))
		case []string:
			for _, s := range v {
				n += int64(len(s)) + 3 // quotation marks and a comma
			}
		}
		n += 8
	}
	return n
}

// columnType returns the type of a result's column for a type of DuckDB, and the conversion of its values.
func columnType(name string) (table.Type, func(any) (any, error), error) {
	switch name {
	case "VARCHAR":
		return table.String, as[string], nil
	case "BOOLEAN":
		return table.Bool, as[bool], nil
	case "TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT", "HUGEINT":
		return table.Int64, integer, nil
	case "FLOAT", "DOUBLE":
		return table.Float64, float, nil
	case "TIMESTAMP", "TIMESTAMPTZ":
		return table.Timestamp, instant, nil
	case "DATE":
		return table.Date, instant, nil
	case "VARCHAR[]":
		return table.Strings, list, nil
	}
	if strings.HasPrefix(name, "DECIMAL(") {
		if strings.HasSuffix(name, ",0)") {
			return table.Int64, integer, nil
		}
		return table.Float64, float, nil
	}
	return 0, nil, fmt.Errorf("DuckDB's type %s cannot be published: cast it in the query", name)
}

func as[T any](v any) (any, error) {
	if t, ok := v.(T); ok {
		return t, nil
	}
	return nil, fmt.Errorf("the driver returned a %T", v)
}

func integer(v any) (any, error) {
	switch v := v.(type) {
	case int8:
		return int64(v), nil
	case int16:
		return int64(v), nil
	case int32:
		return int64(v), nil
	case int64:
		return v, nil
	case uint8:
		return int64(v), nil
	case uint16:
		return int64(v), nil
	case uint32:
		return int64(v), nil
	case uint64:
		return asInt64(new(big.Int).SetUint64(v))
	case *big.Int:
		return asInt64(v)
	case duckdb.Decimal:
		return asInt64(v.Value)
	}
	return nil, fmt.Errorf("the driver returned a %T for an integer", v)
}

func asInt64(n *big.Int) (any, error) {
	if !n.IsInt64() {
		return nil, fmt.Errorf("%s exceeds 64 bits: cast it to DOUBLE in the query", n)
	}
	return n.Int64(), nil
}

func float(v any) (any, error) {
	switch v := v.(type) {
	case float32:
		return float64(v), nil
	case float64:
		return v, nil
	case duckdb.Decimal:
		return v.Float64(), nil
	}
	return nil, fmt.Errorf("the driver returned a %T for a number", v)
}

func instant(v any) (any, error) {
	t, ok := v.(time.Time)
	if !ok {
		return nil, fmt.Errorf("the driver returned a %T for a time", v)
	}
	return t.UTC(), nil
}

func list(v any) (any, error) {
	elements, ok := v.([]any)
	if !ok {
		return nil, fmt.Errorf("the driver returned a %T for a list", v)
	}
	strs := make([]string, len(elements))
	for i, e := range elements {
		if strs[i], ok = e.(string); !ok {
			return nil, fmt.Errorf("element %d of the list is null", i+1)
		}
	}
	return strs, nil
}
