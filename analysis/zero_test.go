package analysis

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"tidemark/analysis/engine"
	"tidemark/datasets"
	"tidemark/datasets/table"
	"tidemark/internal/testkit/tables"
)

// TestZeroes: where what is counted is 0, in all rows or in some, each question has an answer, and no query divides by it.
func TestZeroes(t *testing.T) {
	store := storeOfAll(t)
	for which, condition := range map[string]string{"all": "true", "one half": "numbered % 2 = 0", "the other half": "numbered % 2 = 1", "two of three": "numbered % 3 > 0"} {
		e, err := engine.Open(store, datasets.All(), engine.Options{Threads: 1})
		if err != nil {
			t.Fatal(err)
		}
		defer e.Close()
		for _, s := range datasets.All() {
			zero(t, e, s, condition)
		}
		for _, q := range Questions() {
			printed, err := e.Print(t.Context(), q.SQL, false)
			if err != nil {
				t.Errorf("%s, %s are 0: %v", q.Slug, which, err)
				continue
			}
			for _, row := range printed.Rows {
				for i, c := range printed.Columns {
					if text, is := row[i].(string); is && c.Type == table.Float64 {
						t.Errorf("%s, %s are 0: column %s is %s in %v", q.Slug, which, c.Name, text, row)
					}
				}
			}
			if _, err := answer(t.Context(), e, newLineage(store.At), q); err != nil {
				t.Errorf("%s, %s are 0: %v", q.Slug, which, err)
			}
		}
	}
}

// zero makes 0 of the numbers of those rows of a dataset, counted as numbered, for which the condition holds.
func zero(t *testing.T, e *engine.Engine, s *table.Schema, condition string) {
	t.Helper()
	var zeroes []string
	for _, c := range s.Columns {
		if c.Type == table.Int64 || c.Type == table.Float64 {
			zeroes = append(zeroes, fmt.Sprintf(`CASE WHEN %s THEN 0 ELSE "%s" END AS "%s"`, condition, c.Name, c.Name))
		}
	}
	if len(zeroes) == 0 {
		return
	}
	for _, statement := range []string{
		fmt.Sprintf(`ALTER VIEW "%s" RENAME TO "%s_whole"`, s.Name, s.Name),
		fmt.Sprintf(`CREATE VIEW "%s" AS SELECT * EXCLUDE (numbered) REPLACE (%s) FROM (SELECT *, row_number() OVER () AS numbered FROM "%s_whole")`, s.Name, strings.Join(zeroes, ", "), s.Name),
	} {
		if _, err := e.Query(t.Context(), statement); err != nil {
			t.Fatalf("%s: %v", statement, err)
		}
	}
}

// TestAttributesOfNothing: of a table without entries no share is known, whatever is counted in it; one vantage point without entries does
// not make that of another unknown.
func TestAttributesOfNothing(t *testing.T) {
	stat := func(metric, vantage string, value float64) datasets.TableStat {
		row := datasets.TableStat{Collector: "rrc00", DumpTime: time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC), Source: "bview", Family: 4, Metric: metric, VantageAddress: vantage, Value: value}
		if strings.HasPrefix(metric, "attribute") {
			row.Key = "communities"
		}
		return row
	}
	for name, c := range map[string]struct {
		rows                  []datasets.TableStat
		percent, lowest, most any
	}{
		"no entries":                  {[]datasets.TableStat{stat("entries", "", 0), stat("attribute_entries", "", 7), stat("entries", "192.0.2.1", 0), stat("attribute_entries", "192.0.2.1", 7)}, nil, nil, nil},
		"nothing at all":              {[]datasets.TableStat{stat("entries", "", 0), stat("attribute_entries", "", 0), stat("entries", "192.0.2.1", 0), stat("attribute_entries", "192.0.2.1", 0)}, nil, nil, nil},
		"a vantage point without any": {[]datasets.TableStat{stat("entries", "", 8), stat("attribute_entries", "", 2), stat("entries", "192.0.2.1", 0), stat("attribute_entries", "192.0.2.1", 2), stat("entries", "192.0.2.2", 4), stat("attribute_entries", "192.0.2.2", 2)}, 25.0, 50.0, 50.0},
		"one without the attribute":   {[]datasets.TableStat{stat("entries", "", 8), stat("attribute_entries", "", 2), stat("entries", "192.0.2.1", 4), stat("entries", "192.0.2.2", 4), stat("attribute_entries", "192.0.2.2", 2)}, 25.0, 0.0, 50.0},
	} {
		store := tables.Store(t)
		write(t, store, datasets.TableStats, "a", append(c.rows, stat("prefixes", "", 1))...)
		a := answered(t, store, attributes)
		if len(a.Result.Rows) != 1 {
			t.Fatalf("%s: %d rows, want 1", name, len(a.Result.Rows))
		}
		for i, column := range a.Result.Columns {
			want, is := map[string]any{"percent": c.percent, "vantage_min": c.lowest, "vantage_max": c.most}[column.Name]
			if got := a.Result.Rows[0][i]; is && got != want {
				t.Errorf("%s: %s is %v, want %v", name, column.Name, got, want)
			}
		}
	}
}

// TestNullInfinite: what is not finite in an answer is unknown, and the answer can be stored.
func TestNullInfinite(t *testing.T) {
	store, dir := tables.Store(t), t.TempDir()
	write(t, store, datasets.TableStats, "a", datasets.TableStat{DumpTime: time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC), Value: 1})
	q := &Question{Slug: "infinite", Title: "What is it?", Datasets: []*table.Schema{datasets.TableStats.Schema},
		SQL:   "SELECT dump_time, value / 0 AS above, -value / 0 AS below, 0 * value / 0 AS none, value AS one FROM table_stats ORDER BY ALL",
		Basis: Basis{AsOf: "dump_time"}, Lead: "{{with first .}}{{when .}}{{end}}"}
	if _, err := Run(t.Context(), store, dir, []*Question{q}, []*Question{q}); err != nil {
		t.Fatal(err)
	}
	answers, err := Load(dir, []*Question{q})
	if err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(answers[0].Result.Rows[0][1:]); got != "[<nil> <nil> <nil> 1]" {
		t.Errorf("got %s, want three nulls and 1", got)
	}
}
