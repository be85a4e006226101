package collectors_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"tidemark/collectors"
	"tidemark/collectors/archive"
	"tidemark/datasets/table"
	"tidemark/internal/fetch"
	"tidemark/internal/testkit/collect"
)

var day = time.Date(2020, 2, 3, 0, 0, 0, 0, time.UTC)

// plain is a kind of plain files.
type plain struct{ collectors.URLs }

func (plain) Name() string { return "roas" }

func (plain) Decode(context.Context, archive.Raw, *table.Commit) error { return nil }

// TestURLs fetches from a real server on loopback: dated URLs once, the newest conditionally, failures by URL.
func TestURLs(t *testing.T) {
	requests := map[string]int{}
	version := "v1"
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		requests[r.URL.Path]++
		switch r.URL.Path {
		case "/2020.02/rib.20200203.txt":
			fmt.Fprint(w, "dated")
		case "/latest.json":
			w.Header().Set("ETag", `"`+version+`"`)
			if r.Header.Get("If-None-Match") == `"`+version+`"` {
				w.WriteHeader(http.StatusNotModified)
				return
			}
			fmt.Fprint(w, version)
		case "/short":
			w.Header().Set("Content-Length", "100")
			fmt.Fprint(w, "short")
		default:
			http.NotFound(w, r)
		}
	}))
	defer server.Close()
	a := &archive.Archive{Dir: t.TempDir(), Client: fetch.New(fetch.Options{Attempts: 1})}
	bring := func(day time.Time, urls ...string) (collectors.Fetched, error) {
		for i := range urls {
			urls[i] = server.URL + urls[i]
		}
		return collect.All(context.Background(), plain{}, collectors.Source{Name: "s", Kind: "roas", URLs: urls}, day, a)
	}
	const dated = "/{yyyy}.{mm}/rib.{yyyy}{mm}{dd}.txt"
	for i, want := range []collectors.Fetched{{New: 2, Bytes: 7}, {}} {
		if done, err := bring(day, dated, "/latest.json"); err != nil || done != want {
			t.Errorf("fetch %d: %+v, %v, want %+v", i, done, err, want)
		}
	}
	if requests["/2020.02/rib.20200203.txt"] != 1 || requests["/latest.json"] != 1 {
		t.Errorf("a second fetch of the day asked again: %v", requests)
	}
	next := day.AddDate(0, 0, 1)
	if done, err := bring(next, "/latest.json"); err != nil || done != (collectors.Fetched{Unchanged: 1}) {
		t.Errorf("nothing newer: %+v, %v", done, err)
	}
	version = "v2"
	if done, err := bring(next, "/latest.json"); err != nil || done != (collectors.Fetched{New: 1, Bytes: 2}) {
		t.Errorf("something newer: %+v, %v", done, err)
	}
	for _, url := range []string{"/missing", "/short"} {
		if done, err := bring(day, url, "/latest.json"); err == nil || !strings.Contains(err.Error(), url) && !strings.Contains(err.Error(), "transfer broke") || done.New != 0 {
			t.Errorf("%s: %+v, %v", url, done, err)
		}
	}
	if _, err := (plain{}).Due(context.Background(), collectors.Source{Name: "s", Kind: "x", URLs: []string{"ftp://x/y", "file:nowhere/*"}}, day, a); err == nil ||
		!strings.Contains(err.Error(), "ftp://x/y: not an https:") || !strings.Contains(err.Error(), "nowhere/*: no such file") {
		t.Error(err)
	}
}

// TestDueDated: what was missed is due, oldest first; where no first day is set, as far back as the archive reaches.
func TestDueDated(t *testing.T) {
	a := &archive.Archive{Dir: t.TempDir()}
	now := time.Date(2024, 3, 2, 13, 0, 0, 0, time.UTC)
	daily, _ := collectors.ParseCadence("daily")
	monthly, _ := collectors.ParseCadence("monthly")
	due := func(from collectors.Source, template string) string {
		t.Helper()
		from.Name, from.Kind, from.URLs = "s", "mrt", []string{"https://archive.example/" + template}
		items, err := (plain{}).Due(t.Context(), from, now, a)
		if err != nil {
			t.Fatal(err)
		}
		var names []string
		for _, item := range items {
			names = append(names, item.Name)
		}
		return strings.Join(names, " ")
	}
	check := func(got, want string) {
		t.Helper()
		if got != want {
			t.Errorf("due are %q, want %q", got, want)
		}
	}
	check(due(collectors.Source{}, "rib.{yyyy}{mm}{dd}"), "rib.20240302")
	check(due(collectors.Source{Every: daily, Since: now.AddDate(0, 0, -3)}, "rib.{yyyy}{mm}{dd}"), "rib.20240228 rib.20240229 rib.20240301 rib.20240302")
	check(due(collectors.Source{Every: monthly, Since: now.AddDate(0, -2, 0)}, "rib.{yyyy}{mm}{dd}"), "rib.20240101 rib.20240201 rib.20240301")
	for _, name := range []string{"rib.20240228", "rib.20240301"} {
		if _, _, err := a.Add(archive.Raw{Kind: "mrt", Name: name}, strings.NewReader("x")); err != nil {
			t.Fatal(err)
		}
	}
	check(due(collectors.Source{}, "rib.{yyyy}{mm}{dd}"), "rib.20240229 rib.20240302")
	items, err := (plain{}).Due(t.Context(), collectors.Source{Name: "s", Kind: "roas", Every: daily, Since: now.AddDate(0, 0, -1), URLs: []string{"https://archive.example/{yyyy}/{mm}/{dd}/rpki.tgz#roas.csv"}}, now, a)
	if err != nil {
		t.Fatal(err)
	}
	var names []string // only the folder of these files has the day
	for _, item := range items {
		names = append(names, item.Name)
	}
	check(strings.Join(names, " "), "20240301.rpki.tgz#roas.csv 20240302.rpki.tgz#roas.csv")
	eight, _ := collectors.ParseCadence("8h")
	check(due(collectors.Source{Every: eight, Since: now}, "bview.{yyyy}{mm}{dd}.{hh}00"), "bview.20240302.0800")
	check(due(collectors.Source{Every: collectors.Daily(), Since: now}, "{yyyy}/{mm}/{dd}/rib.{unix}.mrt.bz2"), "rib.1709337600.mrt.bz2")
}
