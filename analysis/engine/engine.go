// Package engine runs SQL over the committed partitions with DuckDB inside the process. It is the only importer of DuckDB.
// Each dataset is a view named after it; a dataset without partitions is an empty view with the right columns, so that every
// query runs on every store.
package engine

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strconv"
	"strings"

	_ "github.com/duckdb/duckdb-go/v2" // the driver "duckdb"

	"tidemark/datasets/table"
)

// Options limit what a query may use. The zero value means DuckDB's defaults: every core, and 80 % of the memory.
type Options struct {
	Memory  string // for example "2GB"; a query that needs more fails
	Threads int
	Only    func(*table.Manifest) bool // partitions that the views have; nil: all
	// Copies is a folder in which copies of closed years and months are kept, so that a query opens few files; it may be removed. Only
	// one process at a time may use it. Empty: partitions are read themselves.
	Copies string
}

// Engine reads the partitions that were committed when it was opened.
type Engine struct {
	db         *sql.DB
	partitions map[string][]*table.Manifest
}

// Open makes a view of each dataset over its committed partitions. Queries can read those files and nothing else: no other
// file, no extension, no network.
func Open(store *table.Store, schemas []*table.Schema, options Options) (*Engine, error) {
	db, err := sql.Open("duckdb", "?autoinstall_known_extensions=false&autoload_known_extensions=false")
	if err != nil {
		return nil, err
	}
	e := &Engine{db: db, partitions: map[string][]*table.Manifest{}}
	if err := e.setUp(store, schemas, options); err != nil {
		db.Close()
		return nil, err
	}
	return e, nil
}

func (e *Engine) setUp(store *table.Store, schemas []*table.Schema, options Options) error {
	settings := []string{
		"SET TimeZone = 'UTC'", // for casts from times with a zone
		"SET preserve_insertion_order = true",
		"SET temp_directory = ''", // otherwise a large query writes into the working directory
	}
	if options.Memory != "" {
		settings = append(settings, "SET memory_limit = "+quote(options.Memory))
	}
	if options.Threads > 0 {
		settings = append(settings, "SET threads = "+strconv.Itoa(options.Threads))
	}
	if err := e.set(settings...); err != nil {
		return err
	}
	readable, err := e.createViews(store, schemas, options)
	if err != nil {
		return err
	}
	return e.set("SET allowed_paths = ["+quoted(readable)+"]", "SET enable_external_access = false", "SET lock_configuration = true")
}

func (e *Engine) set(settings ...string) error {
	for _, s := range settings {
		if _, err := e.db.Exec(s); err != nil {
			return fmt.Errorf("setting up DuckDB: %w", err)
		}
	}
	return nil
}

// createViews makes the view of each dataset and returns the paths of the files that they read.
func (e *Engine) createViews(store *table.Store, schemas []*table.Schema, options Options) (readable []string, err error) {
	for _, s := range schemas {
		manifests, err := store.Manifests(s)
		if err != nil {
			return nil, err
		}
		if options.Only != nil {
			manifests = slices.DeleteFunc(slices.Clone(manifests), func(m *table.Manifest) bool { return !options.Only(m) })
		}
		e.partitions[s.Name] = manifests
		files, err := e.readable(store, s, manifests, options.Copies)
		if err != nil {
			return nil, err
		}
		readable = append(readable, files...)
		if _, err := e.db.Exec(createView(s, files)); err != nil {
			return nil, fmt.Errorf("opening dataset %s: %w", s.Name, err)
		}
	}
	return readable, nil
}

// createView returns the statement that makes a view of the files with the schema's columns and types.
func createView(s *table.Schema, files []string) string {
	from := parquetFiles(files)
	columns := make([]string, len(s.Columns))
	for i, c := range s.Columns {
		name, value := identifier(c.Name), identifier(c.Name)
		if len(files) == 0 {
			value = "NULL"
		}
		columns[i] = fmt.Sprintf("CAST(%s AS %s) AS %s", value, c.Type.SQL(), name)
	}
	if len(files) == 0 {
		from = "(SELECT 1) WHERE false"
	}
	return fmt.Sprintf("CREATE VIEW %s AS SELECT %s FROM %s", identifier(s.Name), strings.Join(columns, ", "), from)
}

// parquetFiles returns the table of the rows of files, in their order.
func parquetFiles(files []string) string {
	return "read_parquet([" + quoted(files) + "], hive_partitioning = false)"
}

func quoted(all []string) string {
	texts := make([]string, len(all))
	for i, s := range all {
		texts[i] = quote(s)
	}
	return strings.Join(texts, ", ")
}

func quote(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }

func identifier(s string) string { return `"` + strings.ReplaceAll(s, `"`, `""`) + `"` }

// Partitions returns the manifests behind the views of the given datasets, in their order.
func (e *Engine) Partitions(schemas ...*table.Schema) []*table.Manifest {
	var all []*table.Manifest
	for _, s := range schemas {
		all = append(all, e.partitions[s.Name]...)
	}
	return slices.Clip(all)
}

// Query runs one statement; args are the values of its ? or $1.
func (e *Engine) Query(ctx context.Context, query string, args ...any) (*table.Result, error) {
	r, _, err := e.first(ctx, everything, query, args...)
	return r, err
}

// first is Query of the rows for which there is room. It returns how many more there are.
func (e *Engine) first(ctx context.Context, within room, query string, args ...any) (r *table.Result, left int64, err error) {
	rows, err := e.db.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, 0, err
	}
	defer rows.Close()
	return result(rows, within)
}

// Close releases the database and its memory.
func (e *Engine) Close() error { return e.db.Close() }
