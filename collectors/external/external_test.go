package external_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tidemark/collectors"
	"tidemark/collectors/external"
	"tidemark/datasets"
	"tidemark/datasets/table"
	"tidemark/internal/testkit"
	"tidemark/internal/testkit/fuzz"
	"tidemark/internal/testkit/tables"
)

// decode decodes a file and returns its rows and its manifest.
func decode(t testing.TB, c collectors.Kind, file string) ([]datasets.ExternalValue, *table.Manifest, error) {
	t.Helper()
	store := tables.Store(t)
	manifests, err := tables.Decode(t, store, c, "survey", file, time.Time{})
	if err != nil {
		return nil, nil, err
	}
	return tables.Rows(t, store, datasets.ExternalSeries, manifests[0]), manifests[0], nil
}

// wantCounts checks how many lines were read and how many of them gave rows.
func wantCounts(t testing.TB, m *table.Manifest, seen, kept int64) {
	t.Helper()
	if m.Seen != seen {
		t.Errorf("%d lines seen, want %d", m.Seen, seen)
	}
	if m.Kept != kept {
		t.Errorf("%d lines kept, want %d; rejected %v", m.Kept, kept, m.Rejected)
	}
}

// written returns the path of a new file with the text.
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
	if err != nil {
		t.Fatal(err)
	}
	wantCounts(t, m, 4687, 4687)
	if len(rows) != 3*4687 {
		t.Errorf("%d rows, want three for each day, %d", len(rows), 3*4687)
	}
	found := map[string]float64{}
	for i, r := range rows {
		found[r.Time.Format(time.DateOnly)+" "+r.Category] = r.Value
		if i >= 3 && !r.Time.Equal(rows[i-3].Time.AddDate(0, 0, 1)) {
			t.Errorf("%s follows %s", r.Time, rows[i-3].Time)
		}
	}
	for key, want := range map[string]float64{
		"2008-09-04 all IPv6": 0.138095, "2008-09-04 native IPv6": 0.044179, "2008-09-04 6to4/Teredo": 0.093916, "2010-01-01 all IPv6": 0.286675,
		"2021-07-02 all IPv6": 34.221036, "2021-07-04 native IPv6": 35.229506,
	} {
		if found[key] != want {
			t.Errorf("%s: %v, want %v", key, found[key], want)
		}
	}
}

func TestGoogleLines(t *testing.T) {
	text := "2020,0,1,30.5,30.4,\n2020,12,1,30,30,\n2020,1,30,30,30,\n2020,1,29,101,30,\n2020,2,1,30,31,\n2020,2,2,NaN,1,\n2020,0,1,30,29,\n2020,3\n\n2020,3,1,-1,0,\n2020,a,1,1,1,\n2020,3,2,1,1\n"
	rows, m, err := decode(t, external.Google{}, written(t, "google.csv", text))
	if err != nil {
		t.Fatal(err)
	}
	wantCounts(t, m, 11, 2)
	if len(rows) != 6 {
		t.Errorf("%d rows, want 6", len(rows))
	}
	if len(m.Rejected) != 8 {
		t.Errorf("%d reasons of rejection, want 8: %v", len(m.Rejected), m.Rejected)
	}
	for _, bad := range []string{"", "<!DOCTYPE html>\n", strings.Repeat("x", 5000), "2020,12,1,30,30,\n"} {
		if _, _, err := decode(t, external.Google{}, written(t, "google.csv", bad)); err == nil {
			t.Errorf("%.20q was accepted", bad)
		}
	}
}

// TestSurvey compares what the monthly lists add up to with the survey's own summary.
func TestSurvey(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(filepath.Dir(testkit.Data(t, "ipv6/hungarian-top500/timeline.csv")), "20*"))
	if err != nil {
		t.Fatal(err)
	}
	got, months := map[string]float64{}, 0
	for _, file := range files {
		rows, m, err := decode(t, external.Survey{}, file)
		if err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		wantCounts(t, m, m.Seen, m.Seen)
		months++
		for _, r := range rows {
			got[surveyKey(r)] = r.Value
		}
		old := strings.HasSuffix(file, ".old")
		if old != (len(rows) == 4) {
			t.Errorf("%s: %d rows; only the oldest files have 4", file, len(rows))
		}
		if old {
			checkOldSurvey(t, rows)
		}
	}
	if months != 32 {
		t.Errorf("%d months, want 32", months)
	}
	rows, m, err := decode(t, external.Survey{}, testkit.Data(t, "ipv6/hungarian-top500/timeline.csv"))
	if err != nil {
		t.Fatal(err)
	}
	wantCounts(t, m, 31, 31)
	if len(rows) != 31*9 {
		t.Errorf("%d rows of the summary, want %d", len(rows), 31*9)
	}
	for _, r := range rows {
		if r.Series != "survey-summary" {
			t.Errorf("%s: series %s", surveyKey(r), r.Series)
		}
		if value, found := got[surveyKey(r)]; !found || value != r.Value {
			t.Errorf("%s: %v by the list, %v by the summary", surveyKey(r), value, r.Value)
		}
	}
}

// surveyKey names a count of a survey: month, head of the list, what is counted, and of how many sites.
func surveyKey(r datasets.ExternalValue) string {
	return fmt.Sprintf("%s %s %s of %d", r.Time.Format("2006-01"), r.Subset, r.Category, *r.N)
}

// checkOldSurvey checks the rows of the oldest files, which lack the name servers.
func checkOldSurvey(t *testing.T, rows []datasets.ExternalValue) {
	t.Helper()
	if rows[0].Note == "" {
		t.Error("no note on the missing name servers")
	}
	if rows[2].Subset != "top 100" {
		t.Errorf("third row about %s, want top 100", rows[2].Subset)
	}
	if rows[2].Value != 20 {
		t.Errorf("%s: %v, want 20", surveyKey(rows[2]), rows[2].Value)
	}
	if rows[3].Value != 19 {
		t.Errorf("%s: %v, want 19", surveyKey(rows[3]), rows[3].Value)
	}
}

func TestSurveyLines(t *testing.T) {
	var good strings.Builder
	for i := range 20 {
		fmt.Fprintf(&good, "%d;site%d.example;yes;no;2;1\n", i+1, i+1)
	}
	bad := "1;other.example;no;N/A;2;1\n21;site1.example;no;N/A;2;1\n22;a.example;no;yes;2;2\n23;b.example;yes;N/A;2;2\n24;c.example;no;N/A;2;3\n25;d.example;no\nx;e.example;no;N/A;2;1\n"
	rows, m, err := decode(t, external.Survey{}, written(t, "2020-05.csv", "# n; site name\n"+good.String()+bad))
	if err != nil {
		t.Fatal(err)
	}
	wantCounts(t, m, 27, 20)
	if len(m.Damage) == 0 {
		t.Error("no damaged places")
	}
	if len(rows) != 3 {
		t.Fatalf("%d rows, want 3", len(rows))
	}
	if got, want := surveyKey(rows[1]), "2020-05 top 20 loads over IPv6 of 20"; got != want {
		t.Errorf("second row %q, want %q", got, want)
	}
	if rows[1].Value != 0 {
		t.Errorf("%v sites load over IPv6, want none", rows[1].Value)
	}
	if got, want := rows[1].Note, "7 lines could not be read and are left out"; got != want {
		t.Errorf("note %q, want %q", got, want)
	}
	if _, _, err := decode(t, external.Survey{}, written(t, "sites.csv", good.String())); err == nil || !strings.Contains(err.Error(), "--date") {
		t.Errorf("a file without a month: %v", err)
	}
	_, m, err = decode(t, external.Survey{}, written(t, "t.csv", "# year; month; 20\n2020; 01; 20; 1; 1; 1\n2020; 01; 20; 1; 1; 1\n2020; 13; 20; 1; 1; 1\n2020; 02; 20; 21; 1; 1\n2020; 03; 20; 1\n"))
	if err != nil {
		t.Fatal(err)
	}
	wantCounts(t, m, 5, 1)
	if len(m.Rejected) != 4 {
		t.Errorf("%d reasons of rejection, want 4: %v", len(m.Rejected), m.Rejected)
	}
}

// FuzzExternal decodes any bytes: no decoder panics or commits counts that do not add up.
func FuzzExternal(t *testing.F) {
	f := fuzz.With(t)
	for _, seed := range []string{"2008,8,4,0.138095,0.044179,\n", `{"data":[{"date":"2026-09-01","cc":"FR","raw":{"seen":5,"capable_pc":1,"preferred_pc":0}}]}`, "publisher,country,day,measure,value,unit\nx,FR,2026-09-01,y,1,percent of users\n", `// as of 2026-09-20.` + "\n" + `["FR","France",1]` + "\n", "# n; site\n1;24.hu;no;N/A;4;4\n2;origo.hu;yes;yes;3;2\n", "# year; month; 20\n2019; 11; 20; 4; 4; 10; 100; 18; 17; 46\n", "1;24.hu;no;no\n"} {
		f.Add([]byte(seed))
	}
	store := tables.Store(f)
	f.Fuzz(func(t *testing.T, content []byte) {
		for _, c := range []collectors.Kind{external.Google{}, external.APNIC{}, external.Users{}, external.Survey{}} {
			tables.Try(t, store, c, "2020-01.csv", string(content), time.Time{})
		}
	})
}

// TestGoogleScript reads Google's script as it is served.
func TestGoogleScript(t *testing.T) {
	rows, m, err := decode(t, external.Google{}, testkit.Data(t, "live/google-adoption.sample.js"))
	if err != nil {
		t.Fatal(err)
	}
	wantCounts(t, m, 3, 3)
	if len(rows) != 9 || rows[0].Time.Format(time.DateOnly) != "2008-09-04" || rows[0].Value != 0.138095 || rows[8].Time.Format(time.DateOnly) != "2026-09-20" {
		t.Errorf("rows %+v", rows)
	}
	_, m, err = decode(t, external.Google{}, written(t, "adoption.js", "var googleIPv6AdoptionData = [\n[2008, 8, 4, 0.1, 0.1, ],\n[2008, 8, 5, x, 0.1, ]\n];\n"))
	if err != nil {
		t.Fatal(err)
	}
	wantCounts(t, m, 2, 1)
}

// TestWorldmap reads Google's shares by country: arrays in a script, whose comment names the day.
func TestWorldmap(t *testing.T) {
	const script = "// Copyright 2012 Google Inc. All Rights Reserved.\n// Per country IPv6 data, as of %s.\nvar googleIPv6Worldmap = {\n  data: [\n"
	const rows = `["FR", "France", 86.25, -2, 0.01, "#0f0"],` + "\n" + `["KR", "South Korea", 17.42, 1, 0, "#0f0"]` + "\n" +
		`["FR", "France", 1, 1, 1, ""],` + "\n" + `["de", "Germany", 1, 1, 1, ""],` + "\n" + `["DE", "Germany", 101, 1, 1, ""],` + "\n" + `["DE", "Germany", "x"],` + "\n" + `["DE"` + "\n  ]\n};\n"
	for _, written6 := range []string{"2026-09-20", "September 20, 2026", "20 Sep 2026"} {
		got, m, err := decode(t, external.Google{}, written(t, "worldmap.js", fmt.Sprintf(script, written6)+rows))
		if err != nil {
			t.Fatal(err)
		}
		wantCounts(t, m, 7, 2)
		if len(m.Rejected) != 4 {
			t.Errorf("%d reasons of rejection, want 4: %v", len(m.Rejected), m.Rejected)
		}
		if len(got) != 2 || got[0].Country != "FR" || got[0].Value != 86.25 || got[0].Time.Format(time.DateOnly) != "2026-09-20" || got[1].Subset != "users in KR" || got[1].N != nil {
			t.Errorf("%s: %+v", written6, got)
		}
	}
	if _, _, err := decode(t, external.Google{}, written(t, "worldmap.js", rows)); err == nil || !strings.Contains(err.Error(), "--date") {
		t.Errorf("a file without a day: %v", err)
	}
}

// TestAPNIC reads the days of an economy, of the world and of a region.
func TestAPNIC(t *testing.T) {
	const days = `{"copyright":"(C) APNIC","more":{"data":[1]},"data":[
		{"date":"2026-09-02","cc":"%[1]s","raw":{"seen":80,"capable":16,"capable_pc":20,"preferred":14,"preferred_pc":17.5},"30":{"seen":89,"capable_pc":13.4}},
		{"date":"2026-09-01","cc":"%[1]s","raw":{"seen":100,"capable_pc":12,"preferred_pc":10}},
		{"date":"2026-09-01","cc":"%[1]s","raw":{"seen":1,"capable_pc":1,"preferred_pc":1}},
		{"date":"2026-09-03","cc":"%[1]s","raw":{"seen":0,"capable_pc":0,"preferred_pc":0}},
		{"date":"2026-09-04","cc":"%[1]s","raw":{"seen":5,"capable_pc":101,"preferred_pc":0}},
		{"date":"2026-09-05","cc":"%[1]s","raw":{}},
		{"date":"2026-09-06","cc":7,"raw":{}},
		{"date":"06.09.2026","cc":"%[1]s","raw":{"seen":5,"capable_pc":1,"preferred_pc":0}}
	],"description":"x"}`
	for _, c := range []struct{ code, name, country, subset string }{
		{"FR", "FR.json", "FR", "users in FR"}, {"XA", "XA.json", "", "all users"}, {"", "XA.json", "", "all users"}, {"XE", "XE.json", "", "users in the region XE"}, {"QA", "QA.json", "QA", "users in QA"},
	} {
		rows, m, err := decode(t, external.APNIC{}, written(t, c.name, fmt.Sprintf(days, c.code)))
		if err != nil {
			t.Fatal(err)
		}
		wantCounts(t, m, 8, 2)
		if len(m.Rejected) != 6 {
			t.Errorf("%d reasons of rejection, want 6: %v", len(m.Rejected), m.Rejected)
		}
		got := ""
		for _, r := range rows {
			got += fmt.Sprintf("%s %s %v of %d; ", r.Time.Format(time.DateOnly), r.Category, r.Value, *r.N)
			if r.Country != c.country || r.Subset != c.subset {
				t.Errorf("%s: %q, %q", c.code, r.Country, r.Subset)
			}
		}
		if want := "2026-09-01 capable 12 of 100; 2026-09-01 preferred 10 of 100; 2026-09-02 capable 20 of 80; 2026-09-02 preferred 17.5 of 80; "; got != want {
			t.Errorf("%s: %s, want %s", c.code, got, want)
		}
	}
	for _, bad := range []string{"", "[]", `{}`, `{"data":[]}`, `{"data":7}`, `{"data":[{"date":"2026-09-01"}]}`, `{"a":` + strings.Repeat("[", 20_000), `{"a":"` + strings.Repeat("x", 100_000) + `"}`} {
		if _, _, err := decode(t, external.APNIC{}, written(t, "FR.json", bad)); err == nil {
			t.Errorf("%.40q was accepted", bad)
		}
	}
	// What precedes the damage holds.
	_, m, err := decode(t, external.APNIC{}, written(t, "FR.json", `{"data":[{"date":"2026-09-01","cc":"FR","raw":{"seen":5,"capable_pc":1,"preferred_pc":0}},{"da`))
	if err != nil || len(m.Damage) != 1 {
		t.Errorf("a file that is cut off: %v, %+v", err, m)
	}
}

// TestUsers reads figures that somebody wrote down.
func TestUsers(t *testing.T) {
	const good = "publisher,country,day,measure,value,unit\n# from the publisher's page\nCloudflare Radar,,2026-09-01,requests over IPv6,38.5,percent of requests\nFacebook,FR,2026-09-01,preferred,70.25,percent of users\n"
	bad := "Facebook,FR,2026-09-01,preferred,70,percent of users\nFacebook,fr,2026-09-01,preferred,70,percent of users\nFacebook,FR,2026-13-01,preferred,70,percent of users\n" +
		"Facebook,FR,2026-09-01,other,NaN,percent of users\nFacebook,FR,2026-09-01,other,7,percent\n,FR,2026-09-01,other,7,percent of users\nFacebook\u202e,FR,2026-09-01,other,7,percent of users\nFacebook,FR\n"
	rows, m, err := decode(t, external.Users{}, written(t, "users.csv", good+bad))
	if err != nil {
		t.Fatal(err)
	}
	wantCounts(t, m, 10, 2)
	if len(m.Rejected) != 7 {
		t.Errorf("%d reasons of rejection, want 7: %v", len(m.Rejected), m.Rejected)
	}
	if len(rows) != 2 || rows[0].Subset != "all users" || rows[0].Publisher != "Cloudflare Radar" || rows[1].Country != "FR" || rows[1].Value != 70.25 {
		t.Errorf("%+v", rows)
	}
	if _, _, err := decode(t, external.Users{}, written(t, "users.csv", "publisher,land\nx,y\n")); err == nil || !strings.Contains(err.Error(), "want publisher,country") {
		t.Errorf("another header: %v", err)
	}
}
