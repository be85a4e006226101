package engine_test

import (
	"encoding/json"
	"fmt"
	"testing"

	"tidemark/analysis/engine"
	"tidemark/datasets/table"
)

// TestPrintsEveryType holds what is printed of each type of DuckDB to what DuckDB's own command line prints (text), and to
// JSON as it nests.
func TestPrintsEveryType(t *testing.T) {
	e := open(t, &table.Store{Dir: t.TempDir()}, engine.Options{})
	for _, c := range []struct{ sql, text, json string }{
		{"true", "true", "true"},
		{"(-128)::TINYINT", "-128", "-128"},
		{"9223372036854775807::BIGINT", "9223372036854775807", "9223372036854775807"},
		{"18446744073709551615::UBIGINT", "18446744073709551615", "18446744073709551615"},
		{"170141183460469231731687303715884105727::HUGEINT", "170141183460469231731687303715884105727", "170141183460469231731687303715884105727"},
		{"340282366920938463463374607431768211455::UHUGEINT", "340282366920938463463374607431768211455", "340282366920938463463374607431768211455"},
		{"'123456789012345678901234567890123456789012345'::BIGNUM", "123456789012345678901234567890123456789012345", "123456789012345678901234567890123456789012345"},
		{"0.1::FLOAT", "0.1", "0.1"},
		{"-1e300::DOUBLE", "-1e+300", "-1e+300"},
		{"0.5::DOUBLE", "0.5", "0.5"},
		{"'nan'::DOUBLE", "nan", `"nan"`},
		{"'-infinity'::FLOAT", "-inf", `"-inf"`},
		{"12.50::DECIMAL(6,2)", "12.50", "12.50"},
		{"0.00000000000000000001::DECIMAL(38,20)", "0.00000000000000000001", "0.00000000000000000001"},
		{"'=1+1'", "=1+1", `"=1+1"`},
		{`'\xAA\x00a'::BLOB`, `\xAA\x00a`, `"\\xAA\\x00a"`},
		{"'0101'::BIT", "0101", `"0101"`},
		{"'4ac7a9e9-607c-4c8a-84f3-843f0191e3fd'::UUID", "4ac7a9e9-607c-4c8a-84f3-843f0191e3fd", `"4ac7a9e9-607c-4c8a-84f3-843f0191e3fd"`},
		{"'b'::ENUM('a','b')", "b", `"b"`},
		{"DATE '1992-09-20'", "1992-09-20", `"1992-09-20"`},
		{"'infinity'::DATE", "infinity", `"infinity"`},
		{"TIME '11:30:00.123456'", "11:30:00.123456", `"11:30:00.123456"`},
		{"TIMETZ '11:30:00+02'", "11:30:00+02", `"11:30:00+02"`},
		{"INTERVAL '1 year 2 days 3 seconds'", "1 year 2 days 00:00:03", `"1 year 2 days 00:00:03"`},
		{"TIMESTAMP '2020-01-02 03:00:00'", "2020-01-02T03:00:00Z", `"2020-01-02T03:00:00Z"`},
		{"TIMESTAMP '2020-01-02 03:04:05.120'", "2020-01-02T03:04:05.12Z", `"2020-01-02T03:04:05.12Z"`},
		{"TIMESTAMPTZ '2020-01-02 03:04:05+02'", "2020-01-02T01:04:05Z", `"2020-01-02T01:04:05Z"`},
		{"TIMESTAMP_S '2020-01-02 03:04:05'", "2020-01-02T03:04:05Z", `"2020-01-02T03:04:05Z"`},
		{"TIMESTAMP_MS '2020-01-02 03:04:05.5'", "2020-01-02T03:04:05.5Z", `"2020-01-02T03:04:05.5Z"`},
		{"TIMESTAMP_NS '2020-01-02 03:04:05.123456789'", "2020-01-02T03:04:05.123456789Z", `"2020-01-02T03:04:05.123456789Z"`},
		{"'infinity'::TIMESTAMP", "infinity", `"infinity"`},
		{"[1, NULL, 3]", "[1, NULL, 3]", "[1,null,3]"},
		{"['a', NULL, 'b c']", "[a, NULL, b c]", `["a",null,"b c"]`},
		{"[]", "[]", "[]"},
		{"[[1], []]", "[[1], []]", "[[1],[]]"},
		{"array_value(1, 2)", "[1, 2]", "[1,2]"},
		{"{'b': 1, 'a': 'x'}", "{'b': 1, 'a': x}", `{"b":1,"a":"x"}`},
		{"map(['k', 'a'], [1, 2])", "{k=1, a=2}", `{"k":1,"a":2}`},
		{"union_value(num := 2)::UNION(num INTEGER, str VARCHAR)", "2", `{"num":2}`},
		{"'{\"a\": 1}'::JSON", `{"a": 1}`, `{"a":1}`},
		{"NULL", "", "null"},
		{"NULL::INTEGER[]", "", "null"},
		{"NULL::TIMESTAMP", "", "null"},
	} {
		// A nested column beside it: every other column is printed by the same statement.
		query := fmt.Sprintf("SELECT %s AS x, [1] AS x ORDER BY 1; ", c.sql)
		got, err := e.Print(t.Context(), query, false)
		if err != nil {
			t.Errorf("%s: %v", c.sql, err)
			continue
		}
		if name := got.Columns[1].Name; name != "x" {
			t.Errorf("%s: the second column is called %q, want x", c.sql, name)
		}
		if text := got.Columns[0].Text(got.Rows[0][0]); text != c.text {
			t.Errorf("%s: text %q, want %q", c.sql, text, c.text)
		}
		if got, err = e.Print(t.Context(), query, true); err != nil {
			t.Errorf("%s: %v", c.sql, err)
			continue
		}
		if b, err := json.Marshal(got.Rows[0][0]); err != nil || string(b) != c.json {
			t.Errorf("%s: JSON %s (%v), want %s", c.sql, b, err, c.json)
		}
	}
}

// TestPrintKeepsTheOrder holds a long sorted result to its order.
func TestPrintKeepsTheOrder(t *testing.T) {
	e := open(t, &table.Store{Dir: t.TempDir()}, engine.Options{})
	got, err := e.Print(t.Context(), "SELECT [x] AS l, x FROM range(300000) t(x) ORDER BY x DESC", false)
	if err != nil {
		t.Fatal(err)
	}
	for i, row := range got.Rows {
		if row[1] != int64(299999-i) {
			t.Fatalf("row %d is %v", i, row)
		}
	}
}

// TestPrintStatements prints what is not a SELECT.
func TestPrintStatements(t *testing.T) {
	e := open(t, &table.Store{Dir: t.TempDir()}, engine.Options{})
	for _, query := range []string{"DESCRIBE samples", "SUMMARIZE samples", "SHOW TABLES", "EXPLAIN SELECT [1]", "VALUES ([1])", "FROM samples", "WITH a AS (SELECT [1] AS b) SELECT * FROM a -- a comment"} {
		if _, err := e.Print(t.Context(), query, false); err != nil {
			t.Errorf("%s: %v", query, err)
		}
	}
	if _, err := e.Print(t.Context(), "SELECT [1]) UNION ALL (SELECT [2]", false); err == nil {
		t.Error("half a statement ran")
	}
}
