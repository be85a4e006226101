package table_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
	"time"

	"tidemark/datasets/table"
)

type labelled struct {
	Collector string    `col:"collector,label" doc:"a string"`
	Time      time.Time `col:"time,label" doc:"a timestamp"`
	Day       time.Time `col:"file_date,date,label" doc:"a day"`
	Family    uint32    `col:"family,label" doc:"an unsigned integer"`
	Count     int64     `col:"count,label" doc:"an integer"`
	Prefix    string    `col:"prefix" doc:"no label"`
}

var labelledRows = table.New[labelled](table.Doc{Name: "labelled_rows", Version: 1, Partition: "a test", Row: "A row of a test."})

var firstLabelled = labelled{
	Collector: "rrc\x00é\n00", Time: day.Add(time.Hour + 1_234_567*time.Nanosecond), Day: day, Family: 1<<32 - 1, Count: -1 << 63, Prefix: "192.0.2.0/24",
}

func commitLabelled(t *testing.T, store *table.Store, rows ...labelled) *table.Manifest {
	t.Helper()
	c := store.Begin()
	defer c.Abort()
	w, err := labelledRows.Create(c, table.Key{Day: day, Name: "a"})
	if err != nil {
		t.Fatal(err)
	}
	w.See(len(rows))
	w.Keep(len(rows))
	if err := w.Append(rows...); err != nil {
		t.Fatal(err)
	}
	m, err := c.Commit()
	if err != nil {
		t.Fatal(err)
	}
	return m[0]
}

// TestLabels: whether the manifest answers or the partition, the labels are those of the first row as it can be read back.
func TestLabels(t *testing.T) {
	store := &table.Store{Dir: t.TempDir()}
	m := commitLabelled(t, store, firstLabelled, labelled{Collector: "other"})
	want := firstLabelled
	want.Time, want.Prefix = want.Time.Truncate(time.Microsecond), ""
	without, damaged := *m, *m
	without.Labels, damaged.Labels = nil, map[string]string{"collector": "x", "time": "noon", "file_date": "2014-05-30", "family": "4", "count": "1"}
	for name, m := range map[string]*table.Manifest{"labels": m, "an earlier release's manifest": &without, "damaged labels": &damaged} {
		got, ok, err := labelledRows.Labels(store, m)
		if err != nil || !ok {
			t.Fatalf("%s: ok %v, error %v", name, ok, err)
		}
		if got != want {
			t.Errorf("%s: got %+v, want %+v", name, got, want)
		}
	}
	if err := os.Remove(store.Path(m).String()); err != nil {
		t.Fatal(err)
	}
	if _, ok, err := labelledRows.Labels(store, m); !ok || err != nil {
		t.Errorf("labels of the manifest without its partition: ok %v, error %v", ok, err)
	}
	if _, ok, err := labelledRows.Labels(store, &without); ok || err == nil {
		t.Errorf("no labels and no partition: ok %v, error %v", ok, err)
	}
}

func TestLabelsInTheManifest(t *testing.T) {
	store := &table.Store{Dir: t.TempDir()}
	m := commitLabelled(t, store, firstLabelled)
	b, err := os.ReadFile(filepath.Join(filepath.Dir(store.Path(m).String()), "_a.json"))
	if err != nil {
		t.Fatal(err)
	}
	var file struct{ Labels map[string]string }
	if err := json.Unmarshal(b, &file); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"collector": firstLabelled.Collector, "time": "2014-05-30T01:00:00.001234Z", "file_date": "2014-05-30", "family": "4294967295", "count": "-9223372036854775808",
	} {
		if got, ok := file.Labels[name]; !ok || got != want {
			t.Errorf("label %s is %q, want %q", name, got, want)
		}
	}
	if len(file.Labels) != 5 {
		t.Errorf("labels %v, want five", file.Labels)
	}
}

// TestLabelNotUTF8: text that is not UTF-8 has no label, and the partition answers with what it holds in its place.
func TestLabelNotUTF8(t *testing.T) {
	store := &table.Store{Dir: t.TempDir()}
	row := firstLabelled
	row.Collector = "\xff"
	m := commitLabelled(t, store, row)
	if got, ok, err := labelledRows.Labels(store, m); got.Collector != "\ufffd" || !ok || err != nil {
		t.Errorf("collector %q, ok %v, error %v", got.Collector, ok, err)
	}
}

func TestLabelsOfNoRows(t *testing.T) {
	store := &table.Store{Dir: t.TempDir()}
	m := commitLabelled(t, store)
	if m.Labels != nil {
		t.Errorf("labels %v of no rows", m.Labels)
	}
	if _, ok, err := labelledRows.Labels(store, m); ok || err != nil {
		t.Errorf("ok %v, error %v", ok, err)
	}
}
