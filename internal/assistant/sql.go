package assistant

import (
	"context"
	"fmt"
	"regexp"
	"strings"
	"time"

	"tidemark/analysis/engine"
	"tidemark/datasets"
	"tidemark/datasets/table"
)

// What a query may use and give.
const (
	queryMemory  = "1GB"
	queryThreads = 2
	maxQuery     = 64 << 10 // bytes
	defaultRows  = 100
	maxRows      = 5000
	maxRowBytes  = 1 << 20 // of all rows
)

type sqlIn struct {
	Query string `json:"query" jsonschema:"one statement in DuckDB's SQL that reads; each dataset is a view with its name"`
	Limit int    `json:"limit,omitempty" jsonschema:"how many rows are given at most: 100 unless it is set, up to 5000"`
}

type sqlOut struct {
	Columns []sqlColumn `json:"columns"`
	Rows    [][]any     `json:"rows" jsonschema:"a value for each column; null: unknown or not there, as describe says"`
	Left    int64       `json:"rows_left" jsonschema:"rows of the result that are not given"`
	Basis   basis       `json:"basis"`
}

type sqlColumn struct {
	Name string `json:"name"`
	Type string `json:"type"`
}

func (s *server) addSQL() {
	add(s, "sql", "Ask in SQL", fmt.Sprintf("Runs one SELECT, WITH, DESCRIBE, SUMMARIZE or EXPLAIN in DuckDB's SQL over the datasets. It reads only their partitions: no file, no network, nothing is written. At most %d rows are given, within %s of memory and %s.",
		maxRows, queryMemory, s.time), s.sql)
}

// sql runs a query over the datasets that it names. The others are empty.
func (s *server) sql(ctx context.Context, in sqlIn) (*sqlOut, error) {
	switch {
	case len(in.Query) > maxQuery:
		return nil, fmt.Errorf("the query has %d bytes (want at most %d)", len(in.Query), maxQuery)
	case in.Limit < 0 || in.Limit > maxRows:
		return nil, fmt.Errorf("limit is %d (want 1 to %d)", in.Limit, maxRows)
	case in.Limit == 0:
		in.Limit = defaultRows
	}
	named := namedIn(in.Query)
	store, err := s.source.Open(ctx, named)
	if err != nil {
		return nil, err
	}
	names := map[string]bool{}
	for _, schema := range named {
		names[schema.Name] = true
	}
	e, err := engine.Open(store, datasets.All(), engine.Options{Memory: queryMemory, Threads: queryThreads,
		Named: func(dataset string) bool { return names[dataset] }})
	if err != nil {
		return nil, err
	}
	defer e.Close()
	result, left, err := e.AskFirst(ctx, in.Query, in.Limit, maxRowBytes)
	if err != nil {
		return nil, err
	}
	out := &sqlOut{Columns: []sqlColumn{}, Rows: [][]any{}, Left: left}
	for _, c := range result.Columns {
		out.Columns = append(out.Columns, sqlColumn{c.Name, c.Type.String()})
	}
	out.Rows = append(out.Rows, result.Rows...)
	out.Basis, err = s.basisOf(ctx, time.Time{}, e.Partitions(named...))
	return out, err
}

var wordOfQuery = regexp.MustCompile(`\w+`)

// namedIn returns the datasets whose names are words of a query, wherever: no query reads a dataset that it does not name.
func namedIn(query string) (named []*table.Schema) {
	words := map[string]bool{}
	for _, w := range wordOfQuery.FindAllString(query, -1) {
		words[strings.ToLower(w)] = true
	}
	for _, s := range datasets.All() {
		if words[s.Name] {
			named = append(named, s)
		}
	}
	return named
}
