package external_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tidemark/collectors"
	"tidemark/collectors/archive"
	"tidemark/collectors/external"
	"tidemark/datasets"
	"tidemark/datasets/table"
	"tidemark/internal/testkit"
)

func decode(t testing.TB, c collectors.Kind, file string) (rows []datasets.ExternalValue, m *table.Manifest, err error) {
	t.Helper()
	raw, err := archive.RawFile(c.Name(), "survey", file, time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	store := &table.Store{Dir: t.TempDir()}
	into := store.Begin(raw.Input())
	defer into.Abort()
	if err := c.Decode(context.Background(), raw, into); err != nil {
		return nil, nil, err
	}
	all, err := into.Commit()
	if err != nil {
		t.Fatal(err)
	}
	for row, err := range datasets.ExternalSeries.Scan(store.Path(all[0])) {
		if err != nil {
			t.Fatal(err)
		}
		rows = append(rows, row)
	}
	return rows, all[0], nil
}

func written(t testing.TB, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestGoogle reads the whole real series: its months are counted from 0.
func TestGoogle(t *testing.T) {
	rows, m, err := decode(t, external.Google{}, testkit.Data(t, "ipv6/google-ipv6.2008-09_2021-07.csv"))
	if err != nil || m.Seen != 4687 || m.Kept != 4687 || len(rows) != 3*4687 {
		t.Fatalf("%v, %+v, %d rows", err, m, len(rows))
	}
	found := map[string]float64{}
	for i, r := range rows {
		found[r.Time.Format(time.DateOnly)+" "+r.Category] = r.Value
		if i >= 3 && !r.Time.Equal(rows[i-3].Time.AddDate(0, 0, 1)) {
			t.Errorf("%s stands behind %s", r.Time, rows[i-3].Time)
		}
	}
	for at, want := range map[string]float64{
		"2008-09-04 all IPv6": 0.138095, "2008-09-04 native IPv6": 0.044179, "2008-09-04 6to4/Teredo": 0.093916, "2010-01-01 all IPv6": 0.286675,
		"2021-07-02 all IPv6": 34.221036, "2021-07-04 native IPv6": 35.229506,
	} {
		if found[at] != want {
			t.Errorf("%s: %v, want %v", at, found[at], want)
		}
	}
}

func TestGoogleLines(t *testing.T) {
	text := "2020,0,1,30.5,30.4,\n2020,12,1,30,30,\n2020,1,30,30,30,\n2020,1,29,101,30,\n2020,2,1,30,31,\n2020,2,2,NaN,1,\n2020,0,1,30,29,\n2020,3\n\n2020,3,1,-1,0,\n2020,a,1,1,1,\n2020,3,2,1,1\n"
	rows, m, err := decode(t, external.Google{}, written(t, "google.csv", text))
	if err != nil || m.Seen != 11 || m.Kept != 2 || len(rows) != 6 || len(m.Rejected) != 8 {
		t.Errorf("%v, %+v, %d rows", err, m, len(rows))
	}
	for _, bad := range []string{"", "<!DOCTYPE html>\n", strings.Repeat("x", 5000), "2020,12,1,30,30,\n"} {
		if _, _, err := decode(t, external.Google{}, written(t, "google.csv", bad)); err == nil {
			t.Errorf("%.20q was taken", bad)
		}
	}
}

// TestSurvey: what the lists of the months give is what the survey says itself, month for month.
func TestSurvey(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(filepath.Dir(testkit.Data(t, "ipv6/hungarian-top500/timeline.csv")), "20*"))
	if err != nil {
		t.Fatal(err)
	}
	got, months := map[string]float64{}, 0
	for _, file := range files {
		rows, m, err := decode(t, external.Survey{}, file)
		if err != nil || m.Seen != m.Kept {
			t.Fatalf("%s: %v, %+v", file, err, m)
		}
		months++
		for _, r := range rows {
			got[r.Time.Format("2006-01")+" "+r.Subset+" "+r.Category+fmt.Sprint(" of ", *r.N)] = r.Value
		}
		if old := strings.HasSuffix(file, ".old"); old != (len(rows) == 4) || old && (rows[2].Subset != "top 100" || rows[2].Value != 20 || rows[3].Value != 19 || rows[0].Note == "") {
			t.Errorf("%s: %+v", file, rows)
		}
	}
	rows, m, err := decode(t, external.Survey{}, testkit.Data(t, "ipv6/hungarian-top500/timeline.csv"))
	if err != nil || m.Seen != 31 || m.Kept != 31 || len(rows) != 31*9 || months != 32 {
		t.Fatalf("%v, %+v, %d rows, %d months", err, m, len(rows), months)
	}
	for _, r := range rows {
		at := r.Time.Format("2006-01") + " " + r.Subset + " " + r.Category + fmt.Sprint(" of ", *r.N)
		if value, there := got[at]; !there || value != r.Value || r.Series != "survey-summary" {
			t.Errorf("%s: the list gives %v, the summary %v", at, value, r.Value)
		}
	}
}

func TestSurveyLines(t *testing.T) {
	var good strings.Builder
	for i := range 20 {
		fmt.Fprintf(&good, "%d;site%d.example;yes;no;2;1\n", i+1, i+1)
	}
	bad := "1;other.example;no;N/A;2;1\n21;site1.example;no;N/A;2;1\n22;a.example;no;yes;2;2\n23;b.example;yes;N/A;2;2\n24;c.example;no;N/A;2;3\n25;d.example;no\nx;e.example;no;N/A;2;1\n"
	rows, m, err := decode(t, external.Survey{}, written(t, "2020-05.csv", "# n; site name\n"+good.String()+bad))
	if err != nil || m.Seen != 27 || m.Kept != 20 || len(rows) != 3 || len(m.Damage) == 0 {
		t.Fatalf("%v, %+v, %d rows", err, m, len(rows))
	}
	if r := rows[1]; r.Category != "loads over IPv6" || r.Value != 0 || *r.N != 20 || r.Note != "7 lines could not be read and are left out" || r.Time.Format(time.DateOnly) != "2020-05-01" {
		t.Errorf("%+v", r)
	}
	if _, _, err := decode(t, external.Survey{}, written(t, "sites.csv", good.String())); err == nil || !strings.Contains(err.Error(), "--date") {
		t.Errorf("a file without a month: %v", err)
	}
	_, m, err = decode(t, external.Survey{}, written(t, "t.csv", "# year; month; 20\n2020; 01; 20; 1; 1; 1\n2020; 01; 20; 1; 1; 1\n2020; 13; 20; 1; 1; 1\n2020; 02; 20; 21; 1; 1\n2020; 03; 20; 1\n"))
	if err != nil || m.Seen != 5 || m.Kept != 1 || len(m.Rejected) != 4 {
		t.Errorf("%v, %+v", err, m)
	}
}

// FuzzExternal: no bytes make a collector panic, or commit counts that do not add up.
func FuzzExternal(f *testing.F) {
	for _, seed := range []string{"2008,8,4,0.138095,0.044179,\n", "# n; site\n1;24.hu;no;N/A;4;4\n2;origo.hu;yes;yes;3;2\n", "# year; month; 20\n2019; 11; 20; 4; 4; 10; 100; 18; 17; 46\n", "1;24.hu;no;no\n"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, content []byte) {
		path := written(t, "2020-01.csv", string(content))
		for _, c := range []collectors.Kind{external.Google{}, external.Survey{}} {
			raw, err := archive.RawFile(c.Name(), "", path, time.Time{})
			if err != nil {
				t.Fatal(err)
			}
			into := (&table.Store{Dir: t.TempDir()}).Begin(raw.Input())
			if c.Decode(context.Background(), raw, into) == nil {
				if _, err := into.Commit(); err != nil {
					t.Errorf("%s: %v", c.Name(), err)
				}
			}
			into.Abort()
		}
	})
}
