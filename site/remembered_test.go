package site

import (
	"encoding/json"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"unsafe"

	"tidemark/datasets"
	"tidemark/datasets/table"
	"tidemark/internal/checksum"
	"tidemark/internal/testkit/tables"
	"tidemark/pipeline/journal"
	"tidemark/rfcwatch/dossier"
	"tidemark/site/feed"
	"tidemark/site/format"
	"tidemark/site/linkcheck"
	"tidemark/site/lookup"
	"tidemark/site/publish"
)

// TestRemembered renders one change after the other over what the rendering before left, and compares each site with one of which every
// page is made.
func TestRemembered(t *testing.T) {
	t.Parallel()
	made(t)
	kept, anew := t.TempDir(), t.TempDir()
	state := filepath.Join(kept, "pages")
	drawings := filepath.Join(kept, "drawings")
	if err := os.CopyFS(drawings, os.DirFS(shared.drawings)); err != nil {
		t.Fatal(err)
	}
	var all []func(*Input) // changes so far
	var want map[string]string
	for _, step := range []struct {
		name   string
		change func(*Input)
		most   int // pages that may be made; 0: none, as nothing changed; -1: any number
	}{
		{"the first", func(*Input) {}, -1},
		{"nothing", func(*Input) {}, 0},
		{"a value", func(in *Input) { in.Answers[0].Result.Rows[0][3] = int64(412_332) }, 12},
		{"a route", func(in *Input) { in.Networks.Prefixes[0].Routes[0].ROV = "valid" }, 3},
		{"a list of domains", func(in *Input) { in.Campaigns.All[0].Domains[0].Services[1].Class = "ready" }, 5},
		{"the title of a document", func(in *Input) { in.RFCs[1].Entry.Title = "Another title" }, 6},
		{"a day of a dataset", func(in *Input) {
			in.Partitions[datasets.Routes.Name] = append(in.Partitions[datasets.Routes.Name], manifest(datasets.Routes.Schema, date(2026, 11, 2), "rrc00.bview.20261102.0000.gz", 7))
		}, 3}, // its own page, the list of datasets, and the front page, which names the newest day
		{"a day of the index", func(in *Input) {
			in.Standards.Day = date(2026, 11, 3)
			for _, r := range slices.Concat(in.RFCs, in.Standards.Others) {
				if r.Entry != nil {
					r.Entry.SnapshotDate = in.Standards.Day
				}
			}
			in.Standards.From = append(slices.Clip(in.Standards.From), manifest(datasets.RFCs.Schema, in.Standards.Day, "rfc-editor.rfc-index.xml", 7))
		}, 16}, // short pages of documents name no day
		{"a row that only scripts and downloads have", func(in *Input) { in.Answers[2].Result.Rows[620][2] = int64(65_000) }, 12},
		{"the version of the program", func(in *Input) { in.Program = "tidemark another" }, -1},
		{"the changelog", func(in *Input) { in.Changelog = "# Changelog\n\n## 1.0.0\n\n### Data\n\n- A column.\n" }, -1},
		{"the notice and the licence", func(in *Input) { in.Notice, in.Publish.License = "Another notice.", "CC-BY-4.0" }, -1},
		{"a question less, a page more, another title", func(in *Input) { in.Answers, in.Runs, in.Title = in.Answers[1:], []journal.Run{}, "Another" }, -1},
		{"a damaged page", func(*Input) {
			if err := os.WriteFile(filepath.Join(kept, "site", "about.html"), []byte("<p>other"), 0o644); err != nil {
				t.Fatal(err)
			}
		}, 1},
	} {
		all = append(all, step.change)
		whole := fixture()
		whole.Drawings = drawings
		for _, change := range all {
			change(&whole)
		}
		in := whole
		in.Pages, in.Sums = state, checksum.Open(filepath.Join(kept, "sums"))
		report, got := render(t, in, filepath.Join(kept, "site"))
		if step.most != 0 {
			_, want = render(t, whole, filepath.Join(anew, "site"))
		}
		for name := range want {
			if got[name] != want[name] {
				t.Errorf("%s: %s is not as it is made anew", step.name, name)
			}
		}
		if len(got) != len(want) {
			t.Errorf("%s: %d files, want %d", step.name, len(got), len(want))
		}
		if step.most >= 0 && report.Made > step.most || step.most > 0 && report.Made == 0 {
			t.Errorf("%s: %d of %d pages were made, want at most %d", step.name, report.Made, report.Pages, step.most)
		}
	}
}

// TestRememberedRows does the same with what is made of the rows of partitions: combined datasets, the scripts of routes, and the names of
// ASes in tables.
func TestRememberedRows(t *testing.T) {
	t.Parallel()
	made(t)
	store := routesStore(t)
	day := func(n int) datasets.TableStat {
		return datasets.TableStat{Collector: "rrc00", DumpTime: date(2026, 6, n), Source: "bview", Family: 4, Metric: "prefixes", Value: float64(n)}
	}
	kept, anew := t.TempDir(), t.TempDir()
	damage := func(name string) func() {
		return func() {
			if err := os.WriteFile(filepath.Join(kept, "site", filepath.FromSlash(name)), []byte("other"), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, step := range []struct {
		name   string
		change func()
		most   int // files that may be written
	}{
		{"the first", func() {
			tables.Commit(t, store, datasets.TableStats, table.Key{Day: date(2026, 6, 1), Name: "rrc00"}, day(1))
		}, -1},
		{"nothing", func() {}, 0},
		{"a day of a dataset", func() {
			tables.Commit(t, store, datasets.TableStats, table.Key{Day: date(2026, 6, 2), Name: "rrc00"}, day(2))
		}, -1},
		{"a name of an AS", func() {
			tables.Commit(t, store, datasets.ASNames, table.Key{Day: date(2026, 6, 2), Name: "names"}, datasets.ASName{FileDate: date(2026, 6, 2), ASN: 64_500, Name: "ANOTHER - Another name"})
		}, -1},
		{"a damaged download", damage("q/bogons.csv"), 1},
		{"a damaged part of a table", damage("tables/bogons/0.js"), 1},
		{"a damaged script of routes", damage("lookup/index.js"), 1},
		{"a damaged combined dataset", damage("data/datasets/table_stats/table_stats.parquet"), 1},
	} {
		step.change()
		in := fixture()
		in.Store, in.Partitions = store, map[string][]*table.Manifest{}
		var err error
		for _, s := range in.Datasets {
			if in.Partitions[s.Name], err = store.Manifests(s); err != nil {
				t.Fatal(err)
			}
		}
		if in.Lookup, err = lookup.Open(store); err != nil {
			t.Fatal(err)
		}
		_, want := render(t, in, filepath.Join(anew, "site"))
		in.Pages, in.Sums = filepath.Join(kept, "pages"), checksum.Open(filepath.Join(kept, "sums"))
		report, got := render(t, in, filepath.Join(kept, "site"))
		if !maps.Equal(got, want) {
			t.Errorf("%s: the site of %d files is not as it is made anew, with %d", step.name, len(got), len(want))
		}
		if most := step.most; most >= 0 && report.Written > most+1 || report.Written == 0 && most != 0 { // and the list of sums
			t.Errorf("%s: %d files were written, want at most %d", step.name, report.Written, most)
		}
	}
}

// TestMakeFiles: files are made where their facts, the program or a published file is another, and otherwise kept with what was said of
// them.
func TestMakeFiles(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for _, step := range []struct {
		name, program string
		facts         any
		damage        string
		made          bool
	}{
		{"the first", "1", []string{"x"}, "", true},
		{"nothing", "1", []string{"x"}, "", false},
		{"other facts", "1", []string{"y"}, "", true},
		{"another program", "2", []string{"y"}, "", true},
		{"a damaged file", "2", []string{"y"}, "b.csv", true},
		{"facts without a hash", "2", func() string { return dir }, "", true},
		{"and again", "2", func() string { return dir }, "", true},
	} {
		if step.damage != "" {
			if err := os.WriteFile(filepath.Join(dir, "site", step.damage), nil, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		stage, err := publish.Open(filepath.Join(dir, "site"), nil)
		if err != nil {
			t.Fatal(err)
		}
		m := openMemory(filepath.Join(dir, "pages"))
		m.program += step.program
		produced := false
		said, err := makeFiles(m, "a.csv", step.facts, stage, func(add adder) ([]int, error) {
			produced = true
			return []int{1, 2}, errors.Join(add("a.csv", []byte("a")), add("b.csv", []byte("b")))
		})
		if err != nil || produced != step.made || !slices.Equal(said, []int{1, 2}) || !stage.Has("a.csv") || !stage.Has("b.csv") {
			t.Errorf("%s: made %t, said %v, error %v; want made %t", step.name, produced, said, err, step.made)
		}
		m.program = strings.TrimSuffix(m.program, step.program) // of the header, which a file of another program would not have
		if _, _, err := stage.Publish(); err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(m.save(), stage.Close()); err != nil {
			t.Fatal(err)
		}
	}
}

// TestPageFacts changes each field of a page and of its frame, and expects another hash.
func TestPageFacts(t *testing.T) {
	t.Parallel()
	m := openMemory(filepath.Join(t.TempDir(), "pages"))
	fresh := func() *page {
		return &page{frame: &frame{feeds: map[string]*feed.Feed{}, file: func(string) (publish.File, bool) { return publish.File{}, false }}}
	}
	sum := func(p *page) string {
		t.Helper()
		facts, known, err := m.facts(p)
		if err != nil || !known {
			t.Fatalf("a page without a hash: %v", err)
		}
		return facts
	}
	first := sum(fresh())
	if sum(fresh()) != first {
		t.Fatal("two equal pages have different hashes")
	}
	for _, of := range []func(*page) reflect.Value{
		func(p *page) reflect.Value { return reflect.ValueOf(p).Elem() },
		func(p *page) reflect.Value { return reflect.ValueOf(p.frame).Elem() },
	} {
		shape := of(fresh()).Type()
		for i := range shape.NumField() {
			name := shape.Field(i).Name
			switch name {
			case "frame", "view", "asked", "parts": // its fields; what makes Data; what Answers is about; made of the others
				continue
			case "newest", "rfcs", "feeds", "file": // what a page depends on as far as it asks
				continue
			}
			p := fresh()
			field := of(p).Field(i)
			change(t, reflect.NewAt(field.Type(), unsafe.Pointer(field.UnsafeAddr())).Elem())
			if sum(p) == first {
				t.Errorf("another %s.%s gives the same hash", shape.Name(), name)
			}
		}
	}
	m.program = "another"
	if sum(fresh()) == first {
		t.Error("another program gives the same hash")
	}
}

// TestAnswers: each thing that a page can ask for has another answer where it is another, and a page that asked does not answer alike.
func TestAnswers(t *testing.T) {
	t.Parallel()
	fresh := func() *frame {
		return &frame{file: func(string) (publish.File, bool) { return publish.File{}, false }}
	}
	for _, test := range []struct {
		ask    func(*page)
		change func(*frame)
	}{
		{func(p *page) { p.Newest() }, func(f *frame) { f.newest = "2026-11-02" }},
		{func(p *page) { p.RFC(8446) }, func(f *frame) { f.rfcs = map[int]*dossier.RFC{8446: {Number: 8446}} }},
		{func(p *page) { p.HasFeed("feeds/all") }, func(f *frame) { f.feeds = map[string]*feed.Feed{"feeds/all": {}} }},
		{func(p *page) { p.HasLookup() }, func(f *frame) {
			f.file = func(string) (publish.File, bool) { return publish.File{SHA256: "1"}, true }
		}},
	} {
		p := &page{frame: fresh()}
		test.ask(p)
		asked := slices.Sorted(maps.Keys(p.asked))
		other := fresh()
		test.change(other)
		if len(asked) != 1 || p.answers(asked) != fresh().answers(asked) || p.answers(asked) == other.answers(asked) {
			t.Errorf("a page that asked for %q has the same answers on another site, or others on the same", asked)
		}
	}
}

// change sets a value to something other than its zero value.
func change(t *testing.T, v reflect.Value) {
	t.Helper()
	switch v.Kind() {
	case reflect.String:
		v.SetString("x")
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int64:
		v.SetInt(1)
	case reflect.Interface:
		v.Set(reflect.ValueOf(json.Number("1")))
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
	case reflect.Map:
		v.Set(reflect.MakeMap(v.Type()))
		v.SetMapIndex(reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem())
	case reflect.Struct:
		change(t, v.Field(0))
	default:
		t.Fatalf("the test cannot change a %s", v.Type())
	}
}

// TestPageAsks: a page depends on the files that it links to.
func TestPageAsks(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for _, step := range []struct {
		icon string
		made int
	}{{"one", 1}, {"one", 0}, {"two", 1}} {
		stage, err := publish.Open(filepath.Join(dir, "site"), nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{"assets/charts.js", "assets/echarts.min.js", "assets/icon-180.png", "assets/icon-32.png", "assets/icon.svg", "assets/page.js", "assets/site.css"} {
			if err := stage.Add(name, []byte(step.icon)); err != nil {
				t.Fatal(err)
			}
		}
		m := openMemory(filepath.Join(dir, "pages"))
		p := &page{frame: &frame{file: stage.File, parts: new(sync.Map)}, Path: "404.html", Body: "404.html"}
		content, err := m.render(p, stage)
		if err != nil {
			t.Fatal(err)
		}
		if made := content != nil; made != (step.made == 1) {
			t.Errorf("icon %s: made %v, want %d", step.icon, made, step.made)
		}
		if content != nil {
			if err := stage.Add(p.Path, content); err != nil {
				t.Fatal(err)
			}
		}
		if _, _, err := stage.Publish(); err != nil {
			t.Fatal(err)
		}
		if err := m.save(); err != nil {
			t.Fatal(err)
		}
		if err := stage.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// TestTracesOfPages: a page is made again for what it lists of its partitions and counts of all, and not for what only its CSV has.
func TestTracesOfPages(t *testing.T) {
	t.Parallel()
	trace := func(change func([]*table.Manifest) []*table.Manifest) *trace {
		t.Helper()
		var from []*table.Manifest
		for day := range 2 * maxTraced {
			at := date(2026, 1, 1+day)
			from = append(from, manifest(datasets.Routes.Schema, at, "rrc00", 7, raw("mrt/rrc00/"+format.Day(at), "https://example.org/"+format.Day(at), 5)))
		}
		from = change(from)
		stage, err := publish.Open(filepath.Join(t.TempDir(), "site"), nil)
		if err != nil {
			t.Fatal(err)
		}
		defer stage.Close()
		f := &facts{frame: &frame{file: stage.File}, lineage: lineageOf(map[string][]*table.Manifest{datasets.Routes.Name: from}, nil)}
		p, err := f.provenanceOf(from, "sources.csv", stage)
		if err != nil {
			t.Fatal(err)
		}
		return p.trace
	}
	same := func(all []*table.Manifest) []*table.Manifest { return all }
	before := trace(same)
	for _, test := range []struct {
		name   string
		change func([]*table.Manifest) []*table.Manifest
		equal  bool
	}{
		{"nothing", same, true},
		{"one that is not listed", func(all []*table.Manifest) []*table.Manifest {
			all[maxTraced].SHA256, all[maxTraced].Inputs[0].SHA256 = "another", "another"
			return all
		}, true},
		{"one that is listed", func(all []*table.Manifest) []*table.Manifest { all[0].SHA256 = "another"; return all }, false},
		{"the source of one that is listed", func(all []*table.Manifest) []*table.Manifest { all[0].Inputs[0].SHA256 = "another"; return all }, false},
		{"one less", func(all []*table.Manifest) []*table.Manifest { return slices.Delete(all, maxTraced, maxTraced+1) }, false},
	} {
		if equal := reflect.DeepEqual(trace(test.change), before); equal != test.equal {
			t.Errorf("%s: the trace is the same: %v, want %v", test.name, equal, test.equal)
		}
	}
}

// TestLinksOfKeptPages: a page that was kept has a dead link where what it leads to is gone.
func TestLinksOfKeptPages(t *testing.T) {
	t.Parallel()
	const a, b = `<a href="b.html#x">b</a><a href="c.csv">c</a>`, `<p id="x"><p id="y">`
	for _, test := range []struct {
		name, b string
		files   []string
		want    string
	}{
		{"nothing is gone", b, []string{"c.csv"}, ""},
		{"an id that nothing leads to is gone", `<p id="x">`, []string{"c.csv"}, ""},
		{"an id is gone", `<p id="y">`, []string{"c.csv"}, "a.html: link to b.html#x: no such id on the page"},
		{"a file is gone", b, nil, "a.html: link to c.csv: no such file in the site"},
	} {
		site := filepath.Join(t.TempDir(), "site")
		open := func(b string, files []string) *publish.Stage {
			stage, err := publish.Open(site, nil)
			if err != nil {
				t.Fatal(err)
			}
			errs := []error{stage.Add("a.html", []byte(a)), stage.Add("b.html", []byte(b))}
			for _, name := range files {
				errs = append(errs, stage.Add(name, nil))
			}
			if err := errors.Join(errs...); err != nil {
				t.Fatal(err)
			}
			return stage
		}
		first := open(b, []string{"c.csv"})
		if _, _, err := first.Publish(); err != nil {
			t.Fatal(err)
		}
		stage := open(test.b, test.files)
		m := openMemory("")
		m.remember(remembered{Name: "a.html"})
		m.rememberTargets("a.html", linkcheck.Parse([]byte(a)).Targets("a.html"))
		got := ""
		if err := checkLinks(map[string]linkcheck.Page{"b.html": linkcheck.Parse([]byte(test.b))}, []string{"a.html"}, m, stage); err != nil {
			got = err.Error()
		}
		if got != test.want {
			t.Errorf("%s: %q, want %q", test.name, got, test.want)
		}
		if err := errors.Join(first.Close(), stage.Close()); err != nil {
			t.Fatal(err)
		}
	}
}
