package datasets_test

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"tidemark/datasets"
	"tidemark/datasets/table"
	"tidemark/internal/testkit"
	"tidemark/internal/testkit/tables"
)

// writer writes rows of one dataset, whatever their type.
type writer struct {
	schema *table.Schema
	write  func(t *testing.T, store *table.Store)
}

func writerOf[Row any](d *table.Dataset[Row]) writer {
	return writer{d.Schema, func(t *testing.T, store *table.Store) {
		rows := make([]Row, 3000)
		for i := range rows {
			fill(reflect.ValueOf(&rows[i]).Elem(), i)
		}
		tables.Commit(t, store, d, table.Key{Day: day, Name: "made"}, rows...)
	}}
}

var update = flag.Bool("update", false, "renew the golden files")

var day = time.Date(2014, 5, 30, 0, 0, 0, 0, time.UTC)

// fill sets every column to a value. The values span the column's range: unsigned ones exceed the signed range, and nullable
// columns have nulls.
func fill(row reflect.Value, i int) {
	for f := range row.NumField() {
		v := row.Field(f)
		switch v.Interface().(type) {
		case string:
			if i%9 != 0 { // otherwise empty, the smallest text
				v.SetString(fmt.Sprintf("%c%d'\"", 'a'+rune(i*7%26), i%100))
			}
		case bool:
			v.SetBool(i%3 == 0)
		case uint32:
			v.SetUint(uint64(uint32(i) * 1_431_655))
		case int64:
			v.SetInt(int64(i-1500) * 1e12)
		case float64:
			v.SetFloat(float64(i-1500) / 7)
		case time.Time:
			v.Set(reflect.ValueOf(day.AddDate(0, 0, i-1500)))
		case []string:
			v.Set(reflect.ValueOf([]string{"x", fmt.Sprint("y", i%5)}[:i%3]))
		case []uint32:
			v.Set(reflect.ValueOf([]uint32{1<<32 - 1, uint32(i % 5)}[:i%3]))
		default: // nullable
			if i%4 != 0 {
				p := reflect.New(v.Type().Elem())
				inner := reflect.New(reflect.StructOf([]reflect.StructField{{Name: "V", Type: v.Type().Elem()}})).Elem()
				fill(inner, i)
				p.Elem().Set(inner.Field(0))
				v.Set(p)
			}
		}
	}
}

func writers() []writer {
	return []writer{
		writerOf(datasets.Peers), writerOf(datasets.Routes), writerOf(datasets.TableStats), writerOf(datasets.Updates), writerOf(datasets.WatchedUpdates), writerOf(datasets.UpdateErrors), writerOf(datasets.RIBEntries),
		writerOf(datasets.SpecialPrefixes), writerOf(datasets.Delegations), writerOf(datasets.Transfers), writerOf(datasets.ROAs), writerOf(datasets.ASPAs), writerOf(datasets.RouterKeys), writerOf(datasets.IPv6Probes),
		writerOf(datasets.RFCs), writerOf(datasets.RFCRelations), writerOf(datasets.RouteStates), writerOf(datasets.DomainReadinesses),
		writerOf(datasets.RFCEvents), writerOf(datasets.LocalExceptions), writerOf(datasets.RFCErrata), writerOf(datasets.Drafts), writerOf(datasets.DraftRelations), writerOf(datasets.DraftHeaders), writerOf(datasets.DraftMilestones), writerOf(datasets.IntendedRelations),
		writerOf(datasets.Paragraphs), writerOf(datasets.Statements), writerOf(datasets.RFCTexts), writerOf(datasets.RFCSections),
		writerOf(datasets.RFCReferences), writerOf(datasets.RFCCitations), writerOf(datasets.Assignments), writerOf(datasets.AssignmentEvents),
		writerOf(datasets.Aggregations), writerOf(datasets.RFCHistory), writerOf(datasets.DecoderNotes), writerOf(datasets.AddressBlocks),
		writerOf(datasets.ASBlocks), writerOf(datasets.ASNames), writerOf(datasets.ASOrgs), writerOf(datasets.IRRRoutes), writerOf(datasets.BogonPrefixes),
		writerOf(datasets.Witnesses), writerOf(datasets.RouteCounts), writerOf(datasets.RouteHours), writerOf(datasets.TranslationRoutes),
		writerOf(datasets.StateStats), writerOf(datasets.ASPAStates), writerOf(datasets.ASPAStats), writerOf(datasets.ASPAHops),
		writerOf(datasets.ROAChanges), writerOf(datasets.RouteLeaks), writerOf(datasets.OTCStates), writerOf(datasets.RouteMarks), writerOf(datasets.RouteEvents),
		writerOf(datasets.AddressUses), writerOf(datasets.CountryStats), writerOf(datasets.ASRegistrations), writerOf(datasets.IRRStats), writerOf(datasets.UpdateStats),
		writerOf(datasets.PrefixUpdates), writerOf(datasets.ASLinks), writerOf(datasets.ASTopologies), writerOf(datasets.ASDependencies), writerOf(datasets.VantageChecks),
		writerOf(datasets.ExternalSeries), writerOf(datasets.DomainAddresses), writerOf(datasets.DomainDelegations), writerOf(datasets.IPv6Runs), writerOf(datasets.DomainPages),
	}
}

// TestReadBack reads every dataset with pyarrow and DuckDB, filtering by every column.
func TestReadBack(t *testing.T) {
	python, err := filepath.Abs("../.venv/bin/python")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(python); err != nil {
		testkit.Missing(t, "the virtual environment with pyarrow and DuckDB is missing; make .venv creates it")
	}
	all := writers()
	if len(all) != len(datasets.All()) {
		t.Fatalf("%d datasets are written here, there are %d", len(all), len(datasets.All()))
	}
	store := tables.Store(t)
	columns := 0
	for _, w := range all {
		w.write(t, store)
		columns += len(w.schema.Columns)
	}
	out, err := exec.Command(python, "testdata/readback.py", store.Dir).CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if want := fmt.Sprintf("%d datasets, %d columns", len(all), columns); strings.TrimSpace(string(out)) != want {
		t.Errorf("read back %s, want %s", out, want)
	}
	whole, found, err := store.Verify(datasets.All())
	if err != nil {
		t.Fatal(err)
	}
	if whole != len(all) {
		t.Errorf("%d partitions are whole, want %d", whole, len(all))
	}
	if len(found) > 0 {
		t.Errorf("damaged: %v", found)
	}
}

// TestSchemas compares the schemas with a golden file, so that a changed column is a line in the review.
func TestSchemas(t *testing.T) {
	var b strings.Builder
	for _, s := range datasets.All() {
		fmt.Fprintf(&b, "%s v%d\n", s.Name, s.Version)
		for _, c := range s.Columns {
			null := ""
			if c.Nullable {
				null = " null"
			}
			fmt.Fprintf(&b, "  %s %s%s\n", c.Name, c.Type, null)
		}
	}
	const golden = "testdata/schemas.txt"
	if *update {
		if err := os.WriteFile(golden, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if string(want) != b.String() {
		t.Errorf("the schemas differ from %s; a column that changed needs a line in CHANGELOG.md under data (-update renews the file)", golden)
	}
}
