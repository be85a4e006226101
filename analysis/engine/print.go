package engine

import (
	"context"
	"database/sql/driver"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/duckdb/duckdb-go/v2"

	"tidemark/datasets/table"
)

// Print runs one statement whose result is shown and not published: columns of every type of DuckDB are printed, as DuckDB
// casts them to text. Times are RFC 3339 with the fraction they have. Numbers that fit no type of a table are a json.Number. With
// asJSON a list, struct, map or union is a json.RawMessage.
func (e *Engine) Print(ctx context.Context, query string, asJSON bool) (*table.Result, error) {
	r, _, err := e.print(ctx, query, asJSON, everything)
	return r, err
}

// print is Print of the rows for which there is room. It returns how many more there are.
func (e *Engine) print(ctx context.Context, query string, asJSON bool, within room) (r *table.Result, left int64, err error) {
	columns, err := e.columns(ctx, query)
	if err != nil {
		return nil, 0, err
	}
	plain := true
	for _, c := range columns {
		plain = plain && c.plain()
	}
	if plain {
		return e.first(ctx, within, query)
	}
	names, values := make([]string, len(columns)), make([]string, len(columns))
	for i, c := range columns {
		names[i] = "c" + strconv.Itoa(i)
		values[i] = c.expression(names[i], asJSON)
	}
	r, left, err = e.first(ctx, within, fmt.Sprintf("SELECT %s FROM (%s\n) AS q(%s)", strings.Join(values, ", "), strings.TrimRight(query, "; \t\r\n"), strings.Join(names, ", ")))
	if err != nil {
		return nil, 0, err
	}
	for i, c := range columns {
		r.Columns[i].Name = c.name
		if !c.plain() {
			c.adopt(r, i, asJSON)
		}
	}
	return r, left, nil
}

// column is a column of a statement, before it runs.
type column struct {
	name string
	is   duckdb.Type
	json bool // a VARCHAR that DuckDB knows to be JSON
}

// columns returns the columns of a statement without running it.
func (e *Engine) columns(ctx context.Context, query string) (columns []column, err error) {
	err = e.prepared(ctx, query, func(stmt *duckdb.Stmt) error {
		n, err := stmt.ColumnCount()
		for i := 0; i < n && err == nil; i++ {
			var c column
			var e error
			c.name, err = stmt.ColumnName(i)
			c.is, e = stmt.ColumnType(i)
			if info, e := stmt.ColumnTypeInfo(i); e == nil { // the driver knows no more of its newest types
				c.json = info.Alias() == "JSON"
			}
			columns, err = append(columns, c), errors.Join(err, e)
		}
		return err
	})
	return columns, err
}

// prepared calls look with a statement as DuckDB's parser understands it, without running it.
func (e *Engine) prepared(ctx context.Context, query string, look func(*duckdb.Stmt) error) error {
	conn, err := e.db.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	return conn.Raw(func(raw any) error {
		prepared, err := raw.(driver.ConnPrepareContext).PrepareContext(ctx, query)
		if err != nil {
			return err
		}
		defer prepared.Close()
		stmt, is := prepared.(*duckdb.Stmt)
		if !is {
			return fmt.Errorf("the driver returned a %T for a statement", prepared)
		}
		return look(stmt)
	})
}

// plain reports whether Query returns the column's values as they are.
func (c column) plain() bool {
	switch c.is {
	case duckdb.TYPE_VARCHAR:
		return !c.json
	case duckdb.TYPE_BOOLEAN, duckdb.TYPE_TINYINT, duckdb.TYPE_SMALLINT, duckdb.TYPE_INTEGER, duckdb.TYPE_BIGINT,
		duckdb.TYPE_UTINYINT, duckdb.TYPE_USMALLINT, duckdb.TYPE_UINTEGER:
		return true
	}
	return false
}

// expression returns the SQL that gives the column as text.
func (c column) expression(name string, asJSON bool) string {
	const fraction = `regexp_replace(strftime(%[1]s, '%%Y-%%m-%%dT%%H:%%M:%%S.%[2]s'), '\.?0+$', '') || 'Z'`
	at := name
	switch c.is {
	case duckdb.TYPE_TIMESTAMP_TZ:
		at = "(" + name + " AT TIME ZONE 'UTC')"
		fallthrough
	case duckdb.TYPE_TIMESTAMP, duckdb.TYPE_TIMESTAMP_S, duckdb.TYPE_TIMESTAMP_MS:
		return fmt.Sprintf("CASE WHEN isfinite(%[3]s) THEN "+fraction+" ELSE CAST(%[3]s AS VARCHAR) END", at, "%f", name)
	case duckdb.TYPE_TIMESTAMP_NS:
		return fmt.Sprintf("CASE WHEN isfinite(%[3]s) THEN "+fraction+" ELSE CAST(%[3]s AS VARCHAR) END", at, "%n", name)
	}
	switch {
	case c.plain():
		return name
	case asJSON && c.nested():
		return "CAST(to_json(" + name + ") AS VARCHAR)"
	}
	return "CAST(" + name + " AS VARCHAR)"
}

// nested reports whether a value of the column has parts, which JSON shows as such.
func (c column) nested() bool {
	switch c.is {
	case duckdb.TYPE_LIST, duckdb.TYPE_ARRAY, duckdb.TYPE_STRUCT, duckdb.TYPE_MAP, duckdb.TYPE_UNION:
		return true
	}
	return c.json
}

// number reports whether a value of the column is a number that is printed as DuckDB writes it.
func (c column) number() bool {
	switch c.is {
	case duckdb.TYPE_UBIGINT, duckdb.TYPE_HUGEINT, duckdb.TYPE_UHUGEINT, duckdb.TYPE_BIGNUM, duckdb.TYPE_DECIMAL, duckdb.TYPE_FLOAT, duckdb.TYPE_DOUBLE:
		return true
	}
	return false
}

// adopt gives column i of a result, which is text, the type that its values are printed with.
func (c column) adopt(r *table.Result, i int, asJSON bool) {
	if c.number() {
		r.Columns[i].Type = table.Float64
	}
	for _, row := range r.Rows {
		text, is := row[i].(string)
		switch {
		case !is:
		case c.number() && json.Valid([]byte(text)): // nan and inf are not numbers of JSON
			row[i] = json.Number(text)
		case asJSON && c.nested() && json.Valid([]byte(text)):
			row[i] = json.RawMessage(text)
		}
	}
}
