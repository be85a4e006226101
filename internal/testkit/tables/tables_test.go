package tables_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"tidemark/collectors"
	"tidemark/collectors/registry"
	"tidemark/collectors/routes"
	"tidemark/datasets"
	"tidemark/datasets/table"
	"tidemark/internal/testkit"
	"tidemark/internal/testkit/tables"
	"tidemark/rfcwatch"
)

// TestSmallInputs decodes every small input of the repository as its kind: the rows are known.
func TestSmallInputs(t *testing.T) {
	day := func(year, month, day int) time.Time {
		return time.Date(year, time.Month(month), day, 0, 0, 0, 0, time.UTC)
	}
	for _, c := range []struct {
		file string
		kind collectors.Kind
		day  time.Time
		want []string // dataset and rows of each partition
	}{
		{"mrt/ris-2000.rib.gz", routes.MRT{}, time.Time{}, []string{"routes 823", "peers 7", "table_stats 291"}},
		{"mrt/routeviews-2014.rib.bz2", routes.MRT{}, time.Time{}, []string{"routes 60", "peers 47", "table_stats 1321"}},
		{"mrt/routeviews-2015.rib6.bz2", routes.MRT{}, time.Time{}, []string{"routes 62", "peers 29", "table_stats 700"}},
		{"mrt/ris-1999.updates.gz", routes.MRT{}, time.Time{}, []string{"updates 778", "update_errors 0"}},
		{"mrt/ris-2015.updates.gz", routes.MRT{}, time.Time{}, []string{"updates 1561", "update_errors 0"}},
		{"mrt/routeviews-2022.updates.gz", routes.MRT{}, time.Time{}, []string{"updates 459", "update_errors 0"}},
		{"registry/iana-ipv4-special-registry-1.csv", registry.SpecialPrefixes{}, day(2026, 7, 18), []string{"special_prefixes 26"}},
		{"registry/iana-ipv6-special-registry-1.csv", registry.SpecialPrefixes{}, day(2026, 7, 18), []string{"special_prefixes 25"}},
		{"registry/delegated-afrinic-extended-20180126", registry.Delegations{}, time.Time{}, []string{"delegations 200"}},
		{"registry/roas-201801.json", registry.ROAs{}, day(2018, 1, 31), []string{"roas 100"}},
		{"rfc/rfc-index-2026-06-12.txt", rfcwatch.Index{}, day(2026, 6, 12), []string{"rfcs 78", "rfc_relations 45"}},
		{"rfc/rfc-index.xml", rfcwatch.Index{}, day(2017, 1, 1), []string{"rfcs 3", "rfc_relations 19"}},
	} {
		t.Run(c.file, func(t *testing.T) {
			manifests, err := tables.Decode(t, tables.Store(t), c.kind, "small", testkit.File(t, c.file), c.day)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, m := range manifests {
				got = append(got, fmt.Sprintf("%s %d", m.Dataset, m.Rows))
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("partitions %q, want %q", got, c.want)
			}
		})
	}
}

// TestCommit commits rows and reads them back.
func TestCommit(t *testing.T) {
	store := tables.Store(t)
	day := time.Date(2026, 7, 18, 0, 0, 0, 0, time.UTC)
	want := []datasets.SpecialPrefix{{Prefix: "192.0.2.0/24"}, {Prefix: "198.51.100.0/24"}}
	m := tables.Commit(t, store, datasets.SpecialPrefixes, table.Key{Day: day, Name: "two"}, want...)
	if m.Rows != 2 {
		t.Errorf("%d rows, want 2", m.Rows)
	}
	if got := tables.Rows(t, store, datasets.SpecialPrefixes, m); !slices.EqualFunc(got, want, func(a, b datasets.SpecialPrefix) bool { return a.Prefix == b.Prefix }) {
		t.Errorf("read %+v", got)
	}
}
