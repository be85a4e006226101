package engine_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tidemark/analysis/engine"
	"tidemark/internal/testkit/tables"
)

func TestAskReads(t *testing.T) {
	store := tables.Store(t)
	commit(t, store, "first", rows...)
	e := open(t, store, engine.Options{})
	for _, statement := range []string{
		"SELECT count(*) FROM samples",
		"-- how many\nselect count(*) from samples;",
		"WITH s AS (SELECT * FROM samples) SELECT count(*) FROM s",
		"VALUES (1), (2)",
		"FROM samples SELECT name",
		"DESCRIBE samples",
		"SUMMARIZE (SELECT count FROM samples)",
		"SHOW TABLES",
		"EXPLAIN SELECT * FROM samples",
		"/* slow? */ explain analyze SELECT * FROM samples",
		"/* /* */ EXPLAIN SELECT 1 -- */ EXPLAIN ANALYZE COPY (SELECT 1) TO 'x'", // which explains SELECT 1, however comments nest
		"PRAGMA table_info('samples')",
		"PRAGMA show_tables",
		"SELECT unnest([1, 2])",
		"SELECT x FROM range(3) t(x), generate_series(1, 2)",
		"SELECT 'COPY; DROP' AS \"INSERT\"",
		"(SELECT 1) UNION ALL (SELECT 2) ORDER BY 1",
		"SELECT * FROM (PIVOT (SELECT 1 AS a, 2 AS b) ON b IN (2) USING sum(a))",
	} {
		if _, err := e.Ask(t.Context(), statement, false); err != nil {
			t.Errorf("%s: %v", statement, err)
		}
	}
}

func TestAskRefusesWhatDoesMoreThanRead(t *testing.T) {
	store := tables.Store(t)
	commit(t, store, "first", rows...)
	manifests, err := store.Manifests(samples.Schema)
	if err != nil {
		t.Fatal(err)
	}
	partition, err := filepath.Abs(store.Path(manifests[0]).String())
	if err != nil {
		t.Fatal(err)
	}
	before, err := os.ReadFile(partition)
	if err != nil {
		t.Fatal(err)
	}
	e := open(t, store, engine.Options{})
	to := "TO '" + partition + "' (FORMAT parquet, USE_TMP_FILE false)"
	for _, statement := range []string{
		"COPY (SELECT 1) " + to,
		"COPY samples " + to,
		"EXPLAIN ANALYZE COPY (SELECT 1) " + to,
		"EXPLAIN (ANALYZE) COPY (SELECT 1) " + to,
		"EXPLAIN ANALYZE\n-- \nCOPY (SELECT 1) " + to,
		"SELECT 1; COPY (SELECT 1) " + to,
		"COPY (SELECT 1) " + to + "; SELECT 1",
		"EXPLAIN SELECT 1; COPY (SELECT 1) " + to,
		"PRAGMA version; COPY (SELECT 1) " + to,
		"PRAGMA enable_profiling",
		"PRAGMA profiling_output='" + partition + "'",
		"PRAGMA json_execute_serialized_sql('{}')",
		"PRAGMA copy_database('a', 'b')",
		"PREPARE p AS COPY (SELECT 1) " + to,
		"EXECUTE p",
		"SELECT * FROM enable_logging(storage = 'file', storage_config = {'path': '" + partition + "'})",
		"SELECT (SELECT count(*) FROM enable_logging()) + 1",
		"WITH x AS (SELECT * FROM main.ENABLE_LOGGING()) SELECT * FROM x",
		"SUMMARIZE (SELECT * FROM enable_logging())",
		"EXPLAIN ANALYZE SELECT * FROM enable_logging()",
		"SELECT * FROM enable_profiling(save_location = '" + partition + "')",
		"SELECT * FROM query('SELECT * FROM enable_logging()')",
		"SELECT * FROM json_execute_serialized_sql('{}')",
		"SELECT * FROM arrow_scan(1, 2, 3)",
		"SELECT * FROM read_text('/etc/passwd')",
		"CALL enable_logging()",
		"CREATE TABLE t AS SELECT 1",
		"CREATE OR REPLACE VIEW samples AS SELECT 1",
		"CREATE MACRO m() AS TABLE SELECT * FROM enable_logging()",
		"INSERT INTO samples VALUES (1)",
		"UPDATE samples SET count = 1",
		"DELETE FROM samples",
		"MERGE INTO samples USING samples AS s ON true WHEN MATCHED THEN DELETE",
		"DROP VIEW samples",
		"ALTER VIEW samples RENAME TO s",
		"ATTACH 'x.db'",
		"DETACH memory",
		"USE memory",
		"EXPORT DATABASE '/tmp/x'",
		"IMPORT DATABASE '/tmp/x'",
		"INSTALL httpfs",
		"LOAD httpfs",
		"SET threads = 1",
		"SET VARIABLE x = 1",
		"RESET threads",
		"CHECKPOINT",
		"VACUUM",
		"BEGIN",
		"",
		"-- nothing",
	} {
		if got, err := e.Ask(t.Context(), statement, false); !errors.Is(err, engine.ErrRefused) {
			t.Errorf("%s: gave %v, error %v; want it refused", statement, got, err)
		}
	}
	after, err := os.ReadFile(partition)
	if err != nil {
		t.Fatal(err)
	}
	if string(after) != string(before) {
		t.Error("the partition was changed")
	}
	if _, err := e.Ask(t.Context(), "SELECT count(*) FROM samples", false); err != nil {
		t.Errorf("the engine is no longer usable: %v", err)
	}
}

// TestSyntaxErrorHasItsPlace: a caret is below the place of the error, also behind other lines and characters of several bytes.
func TestSyntaxErrorHasItsPlace(t *testing.T) {
	e, err := engine.Open(tables.Store(t), nil, engine.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	for statement, want := range map[string]string{
		"SELECT 1 FRM x":                               "LINE 1: SELECT 1 FRM x\n                     ^",
		"SELECT 1\nFROM (VALUES ('é')) AS t )":         "LINE 2: FROM (VALUES ('é')) AS t )\n                                 ^",
		"SELECT '" + strings.Repeat("x", 99) + "' a b": "LINE 1: …" + strings.Repeat("x", 56) + "' a b\n" + strings.Repeat(" ", 69) + "^",
	} {
		_, err := e.Ask(t.Context(), statement, false)
		if err == nil || !strings.HasSuffix(err.Error(), want) {
			t.Errorf("%s:\n%v\nwant at its end\n%s", statement, err, want)
		}
	}
}
