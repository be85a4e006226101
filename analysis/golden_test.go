package analysis

import (
	"slices"
	"testing"
	"time"

	"tidemark/analysis/engine"
	"tidemark/datasets"
	"tidemark/datasets/table"
	"tidemark/internal/testkit/tables"
)

// TestPublishedFigures: the questions' SQL gives what others published of the same tables. The IPv6 table with 222,878
// entries is from potaroo's report, that of IPv4 with 1,059,904 from thyme's.
func TestPublishedFigures(t *testing.T) {
	store := tables.Store(t)
	at := time.Date(2025, 10, 1, 0, 0, 0, 0, time.UTC)
	stat := func(metric string, value float64) datasets.TableStat {
		return datasets.TableStat{Collector: "c", DumpTime: at, Source: "rib", Family: 6, Metric: metric, Value: value}
	}
	write(t, store, datasets.TableStats, "a", stat("prefixes", 222878), stat("more_specific_prefixes", 127892), stat("root_prefixes", 222878-127892),
		stat("address_span", 685342976902689))
	write(t, store, datasets.Aggregations, "a", datasets.Aggregation{Collector: "c", DumpTime: at, Family: 4, Announced: 1059904, Aggregated: 407882, Reduction: 1059904 - 407882})
	e, err := engine.Open(store, datasets.All(), engine.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	for _, c := range []struct {
		question *Question
		column   string
		want     float64
	}{
		{moreSpecifics, "percent_more_specific", 57.3821},
		{addressSpan, "span_as_one_prefix", 14.7162},
		{addressSpan, "average_length", 32.4821},
		{deaggregation, "factor", 2.599}, // published as 2.60
		{deaggregation, "percent_saved", 61.52},
	} {
		a, err := answer(t.Context(), e, newLineage(store.At), c.question)
		if err != nil {
			t.Fatal(err)
		}
		i := slices.IndexFunc(a.Result.Columns, func(found table.ResultColumn) bool { return found.Name == c.column })
		if i < 0 {
			t.Errorf("%s has no column %s", c.question.Slug, c.column)
			continue
		}
		if got := a.Result.Rows[0][i]; got != c.want {
			t.Errorf("%s: %s is %v, want %v", c.question.Slug, c.column, got, c.want)
		}
	}
}

// TestTableHistory: one table a day and family, a break wherever the kind of source or the collector changes, and no table
// of a collector that has no full one.
func TestTableHistory(t *testing.T) {
	store := tables.Store(t)
	var rows []datasets.TableStat
	add := func(day, collector, source string, prefixes, full float64) {
		at, err := time.Parse(time.DateOnly, day)
		if err != nil {
			t.Fatal(err)
		}
		row := datasets.TableStat{Collector: collector, DumpTime: at, Source: source, Family: 4, Metric: "prefixes", Value: prefixes}
		rows = append(rows, row)
		if source == "rib" {
			row.Metric, row.Value = "full_feed_peers", full
			rows = append(rows, row)
		}
	}
	add("2000-01-01", "a", "rib", 100, 2)
	add("2001-01-01", "a", "rib", 110, 2)
	add("2001-01-01", "b", "rib", 115, 1) // fewer full feeds
	add("2002-01-01", "r", "riswhois", 120, 0)
	add("2003-01-01", "c", "rib", 5, 1) // no full table
	add("2004-01-01", "b", "rib", 130, 3)
	add("2005-01-01", "a", "rib", 140, 3)
	write(t, store, datasets.TableStats, "a", rows...)
	a := answered(t, store, tableHistory)
	var got []string
	for _, row := range a.Result.Rows {
		got = append(got, row[0].(time.Time).Format("2006")+" "+row[9].(string)+" "+row[10].(string))
	}
	want := []string{"2000 a ", "2001 a ", "2002 r source: rib to riswhois", "2004 b source: riswhois to rib", "2005 a collector: b to a"}
	if len(got) != len(want) {
		t.Fatalf("%q, want %q", got, want)
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("%q, want %q", got[i], want[i])
		}
	}
}
