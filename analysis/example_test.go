package analysis_test

import (
	"context"
	"fmt"
	"log"
	"os"
	"time"

	"tidemark/analysis"
	"tidemark/analysis/engine"
	"tidemark/datasets"
	"tidemark/datasets/table"
)

// smallStore returns a store with two rows of table_stats. The caller removes its folder.
func smallStore() *table.Store {
	dir, err := os.MkdirTemp("", "example")
	if err != nil {
		log.Fatal(err)
	}
	store := &table.Store{Dir: dir, Program: "example"}
	into := store.Begin(table.Input{Name: "rib.20240101"})
	day := time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)
	w, err := datasets.TableStats.Create(into, table.Key{Day: day, Name: "rib"})
	if err != nil {
		log.Fatal(err)
	}
	w.See(2)
	w.Keep(2)
	err = w.Append(
		datasets.TableStat{Collector: "rrc00", DumpTime: day, Source: "rib", Family: 4, Metric: "prefixes", Value: 950000},
		datasets.TableStat{Collector: "rrc00", DumpTime: day, Source: "rib", Family: 6, Metric: "prefixes", Value: 200000},
	)
	if err != nil {
		log.Fatal(err)
	}
	if _, err := into.Commit(); err != nil {
		log.Fatal(err)
	}
	return store
}

// A query reads each dataset as a table.
func Example_query() {
	store := smallStore()
	defer os.RemoveAll(store.Dir)
	e, err := engine.Open(store, []*table.Schema{datasets.TableStats.Schema}, engine.Options{})
	if err != nil {
		log.Fatal(err)
	}
	defer e.Close()
	result, err := e.Query(context.Background(), "SELECT family, value FROM table_stats WHERE metric = ? ORDER BY family", "prefixes")
	if err != nil {
		log.Fatal(err)
	}
	for _, row := range result.Rows {
		fmt.Printf("IPv%d: %.0f prefixes\n", row...)
	}
	// Output:
	// IPv4: 950000 prefixes
	// IPv6: 200000 prefixes
}

// A question is a query with the words of its answer. Run asks those that are not answered yet.
func ExampleRun() {
	store := smallStore()
	defer os.RemoveAll(store.Dir)
	question := &analysis.Question{
		Slug:     "families",
		Title:    "Which family has more prefixes?",
		Datasets: []*table.Schema{datasets.TableStats.Schema},
		SQL:      "SELECT dump_time, family, value FROM table_stats ORDER BY value DESC",
		Basis:    analysis.Basis{AsOf: "dump_time", Series: []string{"family"}},
		Lead:     "{{with first .}}On {{when .}}, IPv{{id .family}} had more: {{num .value}} prefixes.{{end}}",
	}
	questions, dir := []*analysis.Question{question}, store.Dir+"/answers"
	if _, err := analysis.Run(context.Background(), store, dir, questions, questions); err != nil {
		log.Fatal(err)
	}
	answers, err := analysis.Load(dir, questions)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(answers[0].Lead)
	// Output: On 1 January 2024, IPv4 had more: 950,000 prefixes.
}
