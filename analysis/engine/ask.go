package engine

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/duckdb/duckdb-go/v2"

	"tidemark/datasets/table"
)

// ErrRefused says that a statement would do more than read.
var ErrRefused = errors.New("refused")

// Ask is Print for a statement from outside: one that reads, by the list of what reads. That partitions can be read means to DuckDB
// that they can be written, and a table function in a SELECT can do so as well as COPY.
func (e *Engine) Ask(ctx context.Context, statement string, asJSON bool) (*table.Result, error) {
	statement, err := e.readingOnly(ctx, statement)
	if err != nil {
		return nil, err
	}
	return e.Print(ctx, statement, asJSON)
}

// AskFirst is Ask, as JSON, for who has room for so many rows, of so many bytes in all. It returns the first rows of the result that fit,
// and how many more there are. It is an error if not even one fits.
func (e *Engine) AskFirst(ctx context.Context, statement string, maxRows int, maxBytes int64) (first *table.Result, left int64, err error) {
	statement, err = e.readingOnly(ctx, statement)
	if err != nil {
		return nil, 0, err
	}
	return e.print(ctx, statement, true, room{maxRows, maxBytes})
}

// readingPragmas are the pragmas that only show something.
var readingPragmas = []string{"database_list", "database_size", "functions", "show", "show_tables", "show_tables_expanded", "storage_info", "table_info", "version"}

// readingFunctions are the table functions that reach nothing but their arguments, the catalogue and the partitions.
var readingFunctions = []string{
	"duckdb_columns", "duckdb_functions", "duckdb_keywords", "duckdb_settings", "duckdb_tables", "duckdb_types", "duckdb_views",
	"generate_series", "histogram", "histogram_values", "json_each", "json_tree", "parquet_file_metadata", "parquet_kv_metadata", "parquet_metadata",
	"parquet_scan", "parquet_schema", "range", "read_parquet", "repeat", "repeat_row", "summary", "unnest",
}

// readingOnly returns the statement as it is run, if it is one that reads.
func (e *Engine) readingOnly(ctx context.Context, statement string) (string, error) {
	query, run := statement, statement
	switch word, rest := firstWord(statement); word {
	case "PRAGMA":
		name, _ := firstWord(rest)
		if name = strings.ToLower(name); !slices.Contains(readingPragmas, name) {
			return "", fmt.Errorf("%w: PRAGMA %s (want one of %s)", ErrRefused, name, strings.Join(readingPragmas, ", "))
		}
		if strings.Contains(strings.TrimRight(rest, "; \n"), ";") {
			return "", notReading("")
		}
		run = "PRAGMA " + rest
		return run, e.prepares(ctx, run, duckdb.STATEMENT_TYPE_SELECT)
	case "EXPLAIN": // with ANALYZE it runs what it explains; DuckDB is given no text that was not read here
		query, run = rest, "EXPLAIN "+rest
		if word, analyzed := firstWord(rest); word == "ANALYZE" {
			query, run = analyzed, "EXPLAIN ANALYZE "+analyzed
		}
	}
	functions, err := e.tableFunctions(ctx, query)
	if err != nil {
		return "", err
	}
	for _, name := range functions {
		if !slices.Contains(readingFunctions, name) {
			return "", fmt.Errorf("%w: the table function %s (want one of %s)", ErrRefused, name, strings.Join(readingFunctions, ", "))
		}
	}
	return run, e.prepares(ctx, run, duckdb.STATEMENT_TYPE_SELECT, duckdb.STATEMENT_TYPE_EXPLAIN)
}

// prepares is an error unless the text is one statement of these types to DuckDB's parser.
func (e *Engine) prepares(ctx context.Context, statement string, types ...duckdb.StmtType) error {
	return e.prepared(ctx, statement, func(stmt *duckdb.Stmt) error {
		is, err := stmt.StatementType()
		if err == nil && !slices.Contains(types, is) {
			err = notReading("")
		}
		return err
	})
}

func notReading(why string) error {
	return fmt.Errorf("%w: this is not one statement that reads (want SELECT, WITH, VALUES, FROM, DESCRIBE, SUMMARIZE, SHOW, EXPLAIN, or a PRAGMA that shows something)%s", ErrRefused, why)
}

// tableFunctions returns the names of the table functions that a query calls anywhere. It is an error if the text is not one query.
func (e *Engine) tableFunctions(ctx context.Context, query string) (names []string, err error) {
	var text sql.NullString
	if err := e.db.QueryRowContext(ctx, "SELECT json_serialize_sql("+quote(query)+")::VARCHAR").Scan(&text); err != nil {
		return nil, err
	}
	var parsed struct {
		Error      bool   `json:"error"`
		Message    string `json:"error_message"`
		Position   string `json:"position"` // character of the statement, from 0, where that is known
		Statements []any  `json:"statements"`
	}
	if err := json.Unmarshal([]byte(text.String), &parsed); err != nil {
		return nil, fmt.Errorf("reading what DuckDB's parser says: %w", err)
	}
	position, err := strconv.Atoi(parsed.Position)
	switch {
	case parsed.Error && err == nil && position >= 0 && position <= utf8.RuneCountInString(query):
		return nil, fmt.Errorf("%w: %s\n\n%s", ErrRefused, parsed.Message, pointAt(query, position))
	case parsed.Error:
		return nil, notReading(": " + parsed.Message)
	case len(parsed.Statements) != 1:
		return nil, notReading(fmt.Sprintf(": there are %d", len(parsed.Statements)))
	}
	return calledIn(parsed.Statements[0], nil), nil
}

// maxBefore is how much of a line is shown before the place of an error, in runes.
const maxBefore = 60

// pointAt returns the line of a statement with a character, and below it a caret at the character, as DuckDB's own errors have them.
func pointAt(statement string, at int) string {
	until, rest := string([]rune(statement)[:at]), string([]rune(statement)[at:])
	number := 1 + strings.Count(until, "\n")
	line, _, _ := strings.Cut(rest, "\n")
	before, after := []rune(until[1+strings.LastIndexByte(until, '\n'):]), []rune(line)
	head := fmt.Sprintf("LINE %d: ", number)
	if len(before) > maxBefore {
		head, before = head+"…", before[len(before)-maxBefore:]
	}
	after = after[:min(len(after), maxBefore)]
	tabless := strings.NewReplacer("\t", " ", "\r", " ")
	return head + tabless.Replace(string(before)+string(after)) + "\n" + strings.Repeat(" ", utf8.RuneCountInString(head)+len(before)) + "^"
}

// calledIn appends the names of the table functions below a node of the parsed query.
func calledIn(node any, names []string) []string {
	switch node := node.(type) {
	case []any:
		for _, n := range node {
			names = calledIn(n, names)
		}
	case map[string]any:
		if node["type"] == "TABLE_FUNCTION" {
			function, _ := node["function"].(map[string]any)
			name, _ := function["function_name"].(string)
			names = append(names, strings.ToLower(name))
		}
		for _, n := range node {
			names = calledIn(n, names)
		}
	}
	return names
}

var blank = regexp.MustCompile(`^(?:\s+|--[^\n]*(?:\n|$)|/\*(?s:.*?)\*/)*`)

var word = regexp.MustCompile(`^[A-Za-z_]+`)

// firstWord returns the first word of a statement, behind blanks and comments, in capital letters, and what follows it.
func firstWord(statement string) (first, rest string) {
	statement = statement[len(blank.FindString(statement)):]
	first = word.FindString(statement)
	return strings.ToUpper(first), statement[len(first):]
}
