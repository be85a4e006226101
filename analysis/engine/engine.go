// Package engine runs SQL over the committed partitions with DuckDB inside the process. Of closed months and years it reads compacted files
// where there are some. It is the only importer of DuckDB.
//
// Each dataset is a view named after it; a dataset without partitions is an empty view with the right columns, so that every
// query runs on every store.
package engine

import (
	"context"
	"database/sql"
	"fmt"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"

	_ "github.com/duckdb/duckdb-go/v2" // the driver "duckdb"

	"tidemark/datasets/table"
)

// Options limit what a query may use. The zero value means DuckDB's defaults: every core, unless there are few rows, and 80 % of the memory.
type Options struct {
	Memory  string                     // for example "2GB"; a query that needs more fails
	Threads int                        // of a query; 0: as many as its rows are worth
	Only    func(*table.Manifest) bool // partitions that the views have; nil: all
	Named   func(dataset string) bool  // datasets whose views have partitions, the others are not looked for; nil: all
	// Many says that there will be many queries: where the partitions have few rows, they are read once, and not by each query.
	Many bool
}

// maxFewRows is up to how many rows of all partitions together are few: so many fit in memory, and a query over them is over before its
// threads are worth their start.
const maxFewRows = 1_000_000

func fewRows(partitions []*table.Manifest) bool {
	rows := int64(0)
	for _, m := range partitions {
		rows += m.Rows
	}
	return rows <= maxFewRows
}

// AtOnce returns how many queries over some partitions are worth running at a time. Where these have few rows, each query has one thread;
// one over many has all cores and all memory to itself.
func AtOnce(partitions []*table.Manifest) int {
	const most = 4
	if !fewRows(partitions) {
		return 1
	}
	return min(runtime.GOMAXPROCS(0), most)
}

// Engine reads the partitions that were committed when it was opened. Queries may run at the same time.
type Engine struct {
	db         *sql.DB
	partitions map[string][]*table.Manifest
	held       []func() // release what was brought for the views
}

// Open makes a view, or a table, of each dataset over its committed partitions. Those that are elsewhere are brought, and stay until Close.
// Queries can read these files and nothing else: no other file, no extension, no network.
func Open(store *table.Store, schemas []*table.Schema, options Options) (*Engine, error) {
	db, err := sql.Open("duckdb", "?autoinstall_known_extensions=false&autoload_known_extensions=false")
	if err != nil {
		return nil, err
	}
	e := &Engine{db: db, partitions: map[string][]*table.Manifest{}}
	if err := e.setUp(store, schemas, options); err != nil {
		e.Close()
		return nil, err
	}
	return e, nil
}

func (e *Engine) setUp(store *table.Store, schemas []*table.Schema, options Options) error {
	if err := e.findPartitions(store, schemas, options); err != nil {
		return err
	}
	few := fewRows(e.Partitions(schemas...))
	settings := []string{ // of all connections
		"SET GLOBAL TimeZone = 'UTC'", // for casts from times with a zone
		"SET GLOBAL preserve_insertion_order = true",
		"SET GLOBAL temp_directory = ''", // otherwise a large query writes into the working directory
	}
	if options.Memory != "" {
		settings = append(settings, "SET memory_limit = "+quote(options.Memory))
	}
	if options.Threads == 0 && few {
		options.Threads = 1
	}
	if options.Threads > 0 {
		settings = append(settings, "SET threads = "+strconv.Itoa(options.Threads))
	}
	if err := e.set(settings...); err != nil {
		return err
	}
	readable, err := e.createAll(store, schemas, few && options.Many)
	if err != nil {
		return err
	}
	return e.set("SET allowed_paths = ["+quoted(readable)+"]", "SET enable_external_access = false", "SET lock_configuration = true")
}

// createAll makes the views, or tables, of all datasets, and returns the files that they read.
func (e *Engine) createAll(store *table.Store, schemas []*table.Schema, held bool) (readable []string, err error) {
	for _, s := range schemas {
		partitions, err := store.Files(s, e.partitions[s.Name])
		if err != nil {
			return nil, err
		}
		files, release, err := store.Hold(partitions)
		if err != nil {
			return nil, err
		}
		e.held = append(e.held, release)
		for i := range files {
			if files[i], err = filepath.Abs(files[i]); err != nil {
				return nil, err
			}
		}
		if _, err := e.db.Exec(createStatement(s, files, held)); err != nil {
			return nil, fmt.Errorf("opening dataset %s: %w", s.Name, err)
		}
		readable = append(readable, files...)
	}
	return readable, nil
}

func (e *Engine) set(settings ...string) error {
	for _, s := range settings {
		if _, err := e.db.Exec(s); err != nil {
			return fmt.Errorf("setting up DuckDB: %w", err)
		}
	}
	return nil
}

// findPartitions notes the partitions of each dataset.
func (e *Engine) findPartitions(store *table.Store, schemas []*table.Schema, options Options) error {
	for _, s := range schemas {
		if options.Named != nil && !options.Named(s.Name) {
			continue
		}
		manifests, err := store.Manifests(s)
		if err != nil {
			return err
		}
		if only := options.Only; only != nil {
			manifests = slices.DeleteFunc(slices.Clone(manifests), func(m *table.Manifest) bool { return !only(m) })
		}
		e.partitions[s.Name] = manifests
	}
	return nil
}

// createStatement returns the statement that makes a view of the files, or a table of what they hold, with the schema's columns and types.
func createStatement(s *table.Schema, files []string, held bool) string {
	from := "read_parquet([" + quoted(files) + "], hive_partitioning = false)"
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
	kind := "VIEW"
	if held {
		kind = "TABLE"
	}
	return fmt.Sprintf("CREATE %s %s AS SELECT %s FROM %s", kind, identifier(s.Name), strings.Join(columns, ", "), from)
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
func (e *Engine) Close() error {
	err := e.db.Close()
	for _, release := range e.held {
		release()
	}
	return err
}
