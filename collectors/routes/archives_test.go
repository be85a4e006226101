package routes

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"tidemark/collectors"
	"tidemark/collectors/archive"
	"tidemark/internal/fetch"
	"tidemark/internal/lab/replica"
	"tidemark/internal/testkit"
	"tidemark/internal/testkit/collect"
)

func startReplica(t *testing.T, o replica.Options) *replica.Replica {
	t.Helper()
	testkit.Need(t, "nginx")
	o.Dir = t.TempDir()
	r, err := replica.Start(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close() })
	return r
}

// patient is a client that does not wait.
func patient(t *testing.T, cache string) *fetch.Client {
	c := fetch.New(fetch.Options{Cache: cache, Stall: 300 * time.Millisecond, Attempts: 20, UserAgent: "tidemark/test",
		Sleep: func(ctx context.Context, _ time.Duration) error { return ctx.Err() }})
	t.Cleanup(c.Close)
	return c
}

func cadence(t *testing.T, text string) collectors.Cadence {
	t.Helper()
	c, err := collectors.ParseCadence(text)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

var newYear = time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)

func source(r *replica.Replica, archive string, names ...string) collectors.Source {
	hosts := map[string][2]string{"routeviews": {replica.RouteViews, replica.RouteViewsAPI}, "ris": {replica.RIS, replica.RIPEstat}}[archive]
	return collectors.Source{Name: archive, Kind: "mrt", Since: newYear, Settings: &Settings{Archive: archive, Base: []string{r.URL(hosts[0])}, List: r.URL(hosts[1]), Collectors: names}}
}

// TestDue: what is due, by archive, collectors, cadence, kinds and range.
func TestDue(t *testing.T) {
	t.Parallel()
	now := newYear.AddDate(0, 0, 9).Add(13 * time.Hour) // 10 January
	r := startReplica(t, replica.Options{From: newYear.AddDate(0, 0, -3), Now: func() time.Time { return now }, Update: true})
	before := func(s *collectors.Source) { s.Since = newYear.AddDate(0, 0, -2) } // 30 December
	for _, c := range []struct {
		name    string
		archive string
		names   []string
		change  func(*collectors.Source)
		first   string // and last item due, as path
		last    string
		n       int
	}{
		{"every table", "ris", []string{"rrc00"}, func(s *collectors.Source) { s.Every = cadence(t, "hourly") }, "/rrc00/2024.01/bview.20240101.0000.gz", "/rrc00/2024.01/bview.20240110.1200.gz", 20},
		{"daily", "routeviews", []string{"route-views2"}, func(s *collectors.Source) { s.Every = cadence(t, "daily") }, "/route-views2/bgpdata/2024.01/RIBS/rib.20240101.0000.bz2", "/route-views2/bgpdata/2024.01/RIBS/rib.20240110.0000.bz2", 10},
		{"monthly", "routeviews", []string{"route-views.linx"}, func(s *collectors.Source) { before(s); s.Every = cadence(t, "monthly") }, "/route-views.linx/bgpdata/2023.12/RIBS/rib.20231230.0000.bz2", "/route-views.linx/bgpdata/2024.01/RIBS/rib.20240101.0000.bz2", 2},
		{"weekly, over the turn of the month", "ris", []string{"rrc03"}, func(s *collectors.Source) { before(s); s.Every = cadence(t, "weekly") }, "/rrc03/2023.12/bview.20231230.0000.gz", "/rrc03/2024.01/bview.20240108.0000.gz", 3},
		{"updates", "routeviews", []string{"route-views.linx"}, func(s *collectors.Source) { s.Settings.(*Settings).Files = []string{"updates"} }, "/route-views.linx/bgpdata/2024.01/UPDATES/updates.20240101.0000.bz2", "/route-views.linx/bgpdata/2024.01/UPDATES/updates.20240110.0000.bz2", 10},
		{"both", "ris", []string{"rrc03"}, func(s *collectors.Source) {
			s.Settings.(*Settings).Files, s.Every = []string{"rib", "updates"}, cadence(t, "monthly")
		}, "/rrc03/2024.01/bview.20240101.0000.gz", "/rrc03/2024.01/updates.20240110.0000.gz", 1 + 10},
		{"all, until", "ris", []string{"all"}, func(s *collectors.Source) { s.Every, s.Settings.(*Settings).Until = cadence(t, "daily"), "2024-01-03" }, "/rrc00/2024.01/bview.20240101.0000.gz", "/rrc03/2024.01/bview.20240103.0000.gz", 6},
		{"pattern", "routeviews", []string{"route-views.*"}, func(s *collectors.Source) { s.Every = cadence(t, "monthly") }, "/route-views.linx/bgpdata/2024.01/RIBS/rib.20240101.0000.bz2", "/route-views.linx/bgpdata/2024.01/RIBS/rib.20240101.0000.bz2", 1},
		{"before the archive begins", "ris", []string{"rrc00"}, func(s *collectors.Source) {
			s.Since, s.Every, s.Settings.(*Settings).Until = newYear.AddDate(-2, 0, 0), cadence(t, "yearly"), "2023-12-31"
		}, "/rrc00/2023.12/bview.20231229.0000.gz", "/rrc00/2023.12/bview.20231229.0000.gz", 1},
	} {
		s := source(r, c.archive, c.names...)
		c.change(&s)
		due, err := (MRT{}).Due(context.Background(), s, now, &archive.Archive{Dir: t.TempDir(), Client: patient(t, t.TempDir())})
		if err != nil || len(due) != c.n {
			t.Errorf("%s: %d are due: %v", c.name, len(due), err)
			continue
		}
		base := s.Settings.(*Settings).Base[0]
		if due[0].URL != base+c.first || due[len(due)-1].URL != base+c.last || due[0].Bytes < 200 || due[0].Listed == "" {
			t.Errorf("%s: %+v … %+v", c.name, due[0], due[len(due)-1])
		}
		if !slices.IsSortedFunc(due, func(a, b collectors.Item) int { return a.Time.Compare(b.Time) }) {
			t.Errorf("%s: not the oldest first", c.name)
		}
	}
	for _, q := range r.Requests() {
		if q.Status >= 400 && q.Path != "/robots.txt" {
			t.Errorf("%+v", q)
		}
	}
}

// TestNamed: files are asked for by their regular names where the source says so, or where robots.txt forbids the listings alone.
func TestNamed(t *testing.T) {
	t.Parallel()
	now := newYear.AddDate(0, 0, 2).Add(30 * time.Minute)
	for _, c := range []struct {
		robots, by string
		archive    string
		name       string
		files      []string
		want       string // paths; or the error
	}{
		{"User-agent: *\nDisallow: /*/$\n", "", "routeviews", "route-views.linx", nil, "/route-views.linx/bgpdata/2024.01/RIBS/rib.20240101.0000.bz2 /route-views.linx/bgpdata/2024.01/RIBS/rib.20240102.0000.bz2"},
		{"User-agent: *\nDisallow: /\n", "", "routeviews", "route-views.linx", nil, "robots.txt forbids it"},
		{"", "name", "routeviews", "route-views2", nil, "/route-views2/bgpdata/2024.01/RIBS/rib.20240101.0000.bz2 /route-views2/bgpdata/2024.01/RIBS/rib.20240102.0000.bz2"},
		{"", "name", "ris", "rrc00", []string{"rib"}, "/rrc00/2024.01/bview.20240101.0000.gz /rrc00/2024.01/bview.20240102.0000.gz"},
		{"", "name", "ris", "rrc00", []string{"updates"}, "571 files"},               // 47.5 h of five minutes, and the first
		{"", "name", "routeviews", "route-views2", []string{"updates"}, "191 files"}, // of a quarter of an hour
	} {
		r := startReplica(t, replica.Options{From: newYear, Now: func() time.Time { return now }, Robots: c.robots})
		s := source(r, c.archive, c.name)
		s.Every = collectors.Daily()
		settings := s.Settings.(*Settings)
		settings.By, settings.Files = c.by, c.files
		due, err := (MRT{}).Due(context.Background(), s, now, &archive.Archive{Dir: t.TempDir(), Client: patient(t, "")})
		var paths []string
		for _, item := range due {
			paths = append(paths, strings.TrimPrefix(item.URL, settings.Base[0]))
		}
		got := strings.Join(paths, " ")
		if len(paths) > 10 {
			got = fmt.Sprintf("%d files", len(paths))
		}
		if err != nil {
			got = err.Error()
		}
		if !strings.Contains(got, c.want) {
			t.Errorf("%+v: %s", c, got)
		}
		for _, q := range r.Requests() {
			if c.by == "name" && q.Path != "/robots.txt" {
				t.Errorf("%+v: asked for %s", c, q.Path)
			}
		}
	}
}

// TestMoved: route-views2 moved into a folder of its own. Its files are found in either, by listing and by name, and none is fetched again
// because it was fetched from the other.
func TestMoved(t *testing.T) {
	const oldRoot, newRoot = "/bgpdata/", "/route-views2/bgpdata/"
	months := []string{"2026.06/", "2026.07/"}
	page := func(w io.Writer, rows ...string) {
		io.WriteString(w, "<html><title>Index of /</title><pre>")
		for _, name := range rows {
			fmt.Fprintf(w, "<a href=%q>%[1]s</a> 2026-07-10 00:10 12M\n", name)
		}
		io.WriteString(w, "</pre></html>")
	}
	dump, err := os.ReadFile(testkit.File(t, "mrt/routeviews-2014.rib.bz2"))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name     string
		old, new []string // months in the folders; nil: there is no such folder
		want     string   // folders of 30 June and 1 July
		listings int      // that are requested
	}{
		{"before", months, nil, "/bgpdata/ /bgpdata/", 1 + 1 + 2},
		{"after, with the old address as a link", months, months, "/route-views2/bgpdata/ /route-views2/bgpdata/", 1 + 2},
		{"new months alone are in the new folder", months[:1], months[1:], "/bgpdata/ /route-views2/bgpdata/", 2 + 2},
		{"the old folder is gone", nil, months, "/route-views2/bgpdata/ /route-views2/bgpdata/", 1 + 2},
	} {
		listings := 0
		has := func(path string) (root string, is bool) {
			for root, there := range map[string][]string{oldRoot: c.old, newRoot: c.new} {
				if rest, below := strings.CutPrefix(path, root); below && there != nil {
					return root, rest == "" || slices.ContainsFunc(there, func(month string) bool { return strings.HasPrefix(rest, month) })
				}
			}
			return "", false
		}
		host := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
			root, is := has(q.URL.Path)
			if strings.HasSuffix(q.URL.Path, "/") {
				listings++
				w.Header().Set("Content-Type", "text/html")
			}
			switch {
			case !is:
				http.NotFound(w, q)
			case strings.HasSuffix(q.URL.Path, "0.bz2"):
				w.Write(dump)
			case q.URL.Path == root:
				page(w, map[string][]string{oldRoot: c.old, newRoot: c.new}[root]...)
			case strings.Contains(q.URL.Path, "2026.06"):
				page(w, "rib.20260630.0000.bz2")
			default:
				page(w, "rib.20260701.0000.bz2")
			}
		}))
		now := time.Date(2026, 7, 1, 12, 0, 0, 0, time.UTC)
		from := collectors.Source{Name: "x", Kind: "mrt", Since: now.AddDate(0, 0, -1).Truncate(24 * time.Hour), Every: collectors.Daily()}
		store := &archive.Archive{Dir: t.TempDir(), Client: patient(t, "")}
		for _, by := range []string{"listing", "name"} {
			from.Settings = &Settings{Archive: "routeviews", Base: []string{host.URL}, Collectors: []string{"route-views2"}, By: by}
			due, err := MRT{}.Due(t.Context(), from, now, store)
			if by == "name" { // all were found by their listings
				if len(due) != 0 || err != nil {
					t.Errorf("%s: due again: %+v: %v", c.name, due, err)
				}
				store = &archive.Archive{Dir: t.TempDir(), Client: patient(t, "")}
				due, err = MRT{}.Due(t.Context(), from, now, store)
			} else if listings != c.listings {
				t.Errorf("%s: %d listings were requested, want %d", c.name, listings, c.listings)
			}
			if err != nil || len(due) != 2 {
				t.Errorf("%s, by %s: %+v: %v", c.name, by, due, err)
				continue
			}
			for _, item := range due {
				if _, err := (MRT{}).Fetch(t.Context(), from, item, store); err != nil {
					t.Errorf("%s, by %s: %v", c.name, by, err)
				}
			}
			kept, err := store.List("mrt")
			var folders []string
			for _, raw := range kept {
				path := strings.TrimPrefix(raw.URL, host.URL)
				root, _ := has(path)
				folders = append(folders, root)
			}
			if got := strings.Join(folders, " "); err != nil || got != c.want {
				t.Errorf("%s, by %s: fetched from %s, want %s: %v", c.name, by, got, c.want, err)
			}
		}
		host.Close()
	}
}

// TestWrongSources: what cannot be found is said.
func TestWrongSources(t *testing.T) {
	t.Parallel()
	r := startReplica(t, replica.Options{From: newYear, Now: func() time.Time { return newYear.AddDate(0, 0, 3) }, Robots: "User-agent: *\nDisallow: /route-views.linx/\n"})
	for want, s := range map[string]collectors.Source{
		"no such collector":        source(r, "ris", "rrc99"),
		"robots.txt forbids it":    source(r, "routeviews", "route-views.linx"),
		"no collector of the list": source(r, "ris", "x*"),
		"is not the name of":       source(r, "ris", "../etc"),
		"needs since":              {Name: "x", Settings: &Settings{Archive: "ris", Collectors: []string{"rrc00"}}},
		"unknown archive":          {Name: "x", Settings: &Settings{Archive: "pch", Collectors: []string{"rrc00"}}},
	} {
		if _, err := (MRT{}).Due(context.Background(), s, newYear.AddDate(0, 0, 3), &archive.Archive{Dir: t.TempDir(), Client: patient(t, "")}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", want, err)
		}
	}
}

// TestMonths plays two weeks over the turn of a month through, with one request in three going wrong: in the end every dump is there once, as
// it is at the source, and none was sent whole twice. A run with nothing due asks conditionally only.
func TestMonths(t *testing.T) {
	t.Parallel()
	first := newYear.AddDate(0, 0, 20)
	now := first.Add(time.Hour)
	r := startReplica(t, replica.Options{From: first, Now: func() time.Time { return now }, Faults: 0.3, Seed: 3, Stall: time.Second})
	store := &archive.Archive{Dir: t.TempDir()}
	cache := t.TempDir()
	sources := []collectors.Source{source(r, "routeviews", "all"), source(r, "ris", "all")}
	run := func() (all collectors.Fetched) {
		store.Client = patient(t, cache)
		for _, s := range sources {
			s.Every = cadence(t, "hourly")
			items, err := (MRT{}).Due(context.Background(), s, now, store)
			if err != nil {
				t.Log(err)
			}
			for _, item := range items {
				done, err := MRT{}.Fetch(context.Background(), s, item, store)
				if err != nil {
					t.Log(err)
				}
				all.New += done.New
			}
		}
		return all
	}
	for day := range 16 {
		now = first.AddDate(0, 0, day).Add(13 * time.Hour)
		if day%7 == 3 { // some days the program does not run
			continue
		}
		run()
	}
	r.SetFaults(0)
	run()
	kept, err := store.List("mrt")
	if err != nil {
		t.Fatal(err)
	}
	there := map[string]bool{}
	for _, d := range r.Dumps() {
		there[d] = true
	}
	if want := 4 * 16 * 2; len(kept) != len(there) || len(kept) != want {
		t.Errorf("%d of %d dumps are kept, want %d", len(kept), len(there), want)
	}
	for _, k := range kept {
		host, base := replica.RouteViews, r.URL(replica.RouteViews)
		if strings.HasPrefix(k.Collector, "rrc") {
			host, base = replica.RIS, r.URL(replica.RIS)
		}
		path := strings.TrimPrefix(k.URL, base)
		resp, err := http.Get(r.Mirror(host, false) + path)
		if err != nil {
			t.Fatal(err)
		}
		want, _ := io.ReadAll(resp.Body)
		resp.Body.Close()
		in, err := k.OpenBytes()
		if err != nil {
			t.Fatal(err)
		}
		got, _ := io.ReadAll(in)
		in.Close()
		if !there[host+path] {
			t.Errorf("%s is not at the source", k.ID())
		}
		if string(got) != string(want) || int64(len(got)) != k.Bytes {
			t.Errorf("%s: %d bytes, %d by its note, which are not the %d at the source", k.ID(), len(got), k.Bytes, len(want))
		}
	}
	if twice := r.Twice(); len(twice) > 0 {
		t.Errorf("sent twice: %v", twice)
	}
	if q, err := store.Quarantined(); err != nil || len(q) > 0 {
		t.Errorf("quarantined: %v %v", q, err)
	}
	faults := r.Counts()
	t.Logf("%+v", faults)
	r.Reset()
	started := time.Now()
	if done := run(); done.New != 0 {
		t.Errorf("still due: %+v", done)
	}
	t.Logf("a run with nothing due took %s", time.Since(started))
	if c := r.Counts(); c.Full != 0 || c.Failed != 0 || c.Partial != 0 || c.Changed != 0 || c.NotModified == 0 || c.NotModified > 10 {
		t.Errorf("a run with nothing due: %+v", c)
	}
}

// TestChangedAtSource: a file that changes under its name is kept aside, said once, and does not take the old one's place.
func TestChangedAtSource(t *testing.T) {
	body, date := "BZh", "2024-01-01 00:08"
	dump := func(text string) { body = text }
	requests := 0
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		switch {
		case strings.HasSuffix(q.URL.Path, ".gz"):
			requests++
			w.Header().Set("ETag", fmt.Sprintf("%q", body))
			http.ServeContent(w, q, "", time.Time{}, strings.NewReader(body))
		case strings.HasSuffix(q.URL.Path, "/2024.01/"):
			w.Header().Set("Content-Type", "text/html")
			fmt.Fprintf(w, `<html><title>Index of /</title><pre><a href="bview.20240101.0000.gz">bview</a> %s 1K</pre></html>`, date)
		case q.URL.Path == "/rrc00/":
			w.Header().Set("Content-Type", "text/html")
			io.WriteString(w, `<html><title>Index of /</title><pre><a href="2024.01/">2024.01/</a> - -</pre></html>`)
		default:
			http.NotFound(w, q)
		}
	}))
	defer s.Close()
	now := newYear.AddDate(0, 0, 5)
	store := &archive.Archive{Dir: t.TempDir(), Client: patient(t, "")}
	from := collectors.Source{Name: "x", Kind: "mrt", Since: newYear, Every: cadence(t, "daily"), Settings: &Settings{Archive: "ris", Base: []string{s.URL}, Collectors: []string{"rrc00"}}}
	run := func() (n int, err error) {
		done, err := collect.All(context.Background(), MRT{}, from, now, store)
		return done.New, err
	}
	dump(gz(t, "one"))
	if n, err := run(); n != 1 || err != nil {
		t.Fatal(n, err)
	}
	date = "2024-01-02 10:00" // touched, not changed
	if n, err := run(); n != 0 || err != nil || requests != 2 {
		t.Error(n, err, requests)
	}
	date = "2024-01-03 10:00"
	dump(gz(t, "two"))
	if n, err := run(); n != 0 || !errors.Is(err, archive.ErrChanged) || !strings.Contains(err.Error(), "quarantine") {
		t.Error(n, err)
	}
	if n, err := run(); n != 0 || err != nil || requests != 3 {
		t.Error("asked for again:", n, err, requests)
	}
	kept, _ := store.List("mrt")
	aside, err := store.Quarantined()
	if err != nil || len(kept) != 1 || len(aside) != 1 || kept[0].SHA256 == aside[0].SHA256 {
		t.Error(kept, aside, err)
	}
}

func sourceOf(archive, list string) collectors.Source {
	return collectors.Source{Name: "x", Kind: "mrt", Since: newYear, Settings: &Settings{Archive: archive, List: list, Collectors: []string{"all"}}}
}
