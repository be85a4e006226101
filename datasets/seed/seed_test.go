package seed_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"tidemark/datasets"
	"tidemark/datasets/seed"
	"tidemark/datasets/table"
	"tidemark/internal/fetch"
	"tidemark/internal/testkit/tables"
)

var (
	now   = time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC)
	input = table.Input{Name: "mrt/rrc00/2024-01-01/file", URL: "file:/home/somebody/file", SHA256: strings.Repeat("ab", 32), Bytes: 7}
)

func on(day int) time.Time { return time.Date(2024, 1, day, 0, 0, 0, 0, time.UTC) }

// publisher returns a store with a dump a day, routes and peers in one commit, and a probe run.
func publisher(t *testing.T, days int) *table.Store {
	t.Helper()
	store := tables.Store(t)
	for day := 1; day <= days; day++ {
		into := store.Begin(input)
		key := table.Key{Day: on(day), Name: fmt.Sprintf("rrc00.%d", day)}
		tables.Write(t, into, datasets.Routes, key, datasets.Route{Collector: "rrc00", DumpTime: on(day), Family: 4, Prefix: "192.0.2.0/24"})
		tables.Write(t, into, datasets.Peers, key, datasets.Peer{Collector: "rrc00", DumpTime: on(day), Address: fmt.Sprintf("192.0.2.%d", day)})
		if _, err := into.Commit(); err != nil {
			t.Fatal(err)
		}
	}
	into := store.Begin(input)
	tables.Write(t, into, datasets.IPv6Runs, table.Key{Day: on(1), Name: "domains.1"}, datasets.IPv6Run{RunID: "domains/2024-01-01T00:00:00Z", StartedAt: on(1), Vantage: "domains"})
	if _, err := into.Commit(); err != nil {
		t.Fatal(err)
	}
	return store
}

func sum(b []byte) string {
	s := sha256.Sum256(b)
	return hex.EncodeToString(s[:])
}

// site is the files of a published site, and how it answers.
type site struct {
	index     seed.Index
	manifests map[string][]string // lines, by dataset
	files     map[string][]byte   // other files, by path
	handle    func(w http.ResponseWriter, r *http.Request) bool
	asked     atomic.Int32 // for partitions
	pinned    bool         // the index stays as it is
	*httptest.Server
}

// publish serves what the site package publishes of a store.
func publish(t *testing.T, store *table.Store) *site {
	t.Helper()
	s := &site{index: seed.Index{Publisher: "Example", License: "CC-BY-4.0", Program: "test"}, manifests: map[string][]string{}, files: map[string][]byte{}}
	for _, schema := range datasets.All() {
		all, err := store.Manifests(schema)
		if err != nil {
			t.Fatal(err)
		}
		if len(all) == 0 {
			continue
		}
		lines, err := seed.Manifests(all, func(string) string { return "" })
		if err != nil {
			t.Fatal(err)
		}
		s.manifests[schema.Name] = strings.SplitAfter(strings.TrimSuffix(string(lines), "\n"), "\n")
		for _, m := range all {
			if s.files[seed.Folder+m.File], err = os.ReadFile(store.Path(m).String()); err != nil {
				t.Fatal(err)
			}
		}
		s.index.Datasets = append(s.index.Datasets, seed.Dataset{Name: schema.Name, Schema: schema.Version, Partitions: len(all)})
	}
	s.Server = httptest.NewServer(s)
	t.Cleanup(s.Close)
	s.pin(t)
	return s
}

// pin makes the index that of the manifests.
func (s *site) pin(t *testing.T) {
	t.Helper()
	for i, d := range s.index.Datasets {
		if s.pinned {
			break
		}
		content := []byte(strings.Join(s.manifests[d.Name], ""))
		s.files[seed.ManifestsPath(d.Name)] = content
		s.index.Datasets[i].Manifests = seed.File{Bytes: int64(len(content)), SHA256: sum(content)}
	}
	content, err := s.index.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	s.files[seed.IndexPath] = content
}

func (s *site) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	path := strings.TrimPrefix(r.URL.Path, "/")
	if strings.HasSuffix(path, ".parquet") {
		s.asked.Add(1)
	}
	if s.handle != nil && s.handle(w, r) {
		return
	}
	content, ok := s.files[path]
	if !ok {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", "application/octet-stream")
	http.ServeContent(w, r, path, on(1), bytes.NewReader(content))
}

// result is what seeding a store did.
type result struct {
	plan   *seed.Plan
	made   []string
	failed []string
	err    error
}

// from seeds a store from a site.
func from(t *testing.T, ctx context.Context, store *table.Store, s *site, w seed.Want) (r result) {
	t.Helper()
	client := fetch.New(fetch.Options{Backoff: time.Millisecond, Attempts: 2, Stall: 2 * time.Second, Rate: 1})
	defer client.Close()
	w.Now = now
	folder := filepath.Join(store.Dir, "..", filepath.Base(store.Dir)+"-parts")
	at, err := seed.Open(ctx, client, s.URL)
	if err == nil {
		r.plan, err = at.Plan(ctx, store, w, folder)
	}
	if err == nil {
		err = r.plan.Fetch(ctx, store, folder, seed.Report{
			Fetched: func(m *table.Manifest, _ int64) { r.made = append(r.made, m.File) },
			Failed:  func(file string, err error) { r.failed = append(r.failed, err.Error()) },
		})
	}
	r.err = err
	return r
}

// held returns the partitions of a store by path, and verifies all of it.
func held(t *testing.T, store *table.Store) map[string]*table.Manifest {
	t.Helper()
	all := map[string]*table.Manifest{}
	for _, schema := range datasets.All() {
		manifests, err := store.Manifests(schema)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range manifests {
			all[m.File] = m
		}
	}
	intact, wrong, err := store.Verify(datasets.All())
	if err != nil || len(wrong) > 0 || intact != len(all) {
		t.Fatalf("%d of %d partitions are intact: %v, %v", intact, len(all), wrong, err)
	}
	return all
}

func TestSeed(t *testing.T) {
	s := publish(t, publisher(t, 3))
	store := tables.Store(t)
	r := from(t, t.Context(), store, s, seed.Want{Known: "oslo"})
	if n, _ := r.plan.Total(); r.err != nil || len(r.failed) > 0 || n != 7 || len(r.made) != 7 {
		t.Fatalf("%d planned, %d fetched, %v, %v", n, len(r.made), r.failed, r.err)
	}
	for file, m := range held(t, store) {
		if by := m.MeasuredBy; by == nil || by.Name != "Example" || by.URL != s.URL+"/" || by.License != "CC-BY-4.0" || by.Fetched != "2026-11-28" || m.Inputs[0].Name != input.Name || m.Inputs[0].URL != "" {
			t.Errorf("%s: measured by %+v, from %+v", file, by, m.Inputs)
		}
	}
	for name, m := range held(t, store) {
		if m.Dataset != "ipv6_runs" {
			continue
		}
		runs := tables.Rows(t, store, datasets.IPv6Runs, m)
		if len(runs) != 1 || runs[0].RunID != "domains@oslo/2024-01-01T00:00:00Z" || runs[0].Vantage != "domains@oslo" || m.Name() != "domains.1~oslo" {
			t.Errorf("%s has %+v", name, runs)
		}
		labels, ok, err := datasets.IPv6Runs.Labels(store, m)
		if labels.RunID != runs[0].RunID || !ok || err != nil {
			t.Errorf("its label is %q, %v", labels.RunID, err)
		}
	}
	asked := s.asked.Load()
	if r := from(t, t.Context(), store, s, seed.Want{}); r.err != nil || len(r.made) != 0 || s.asked.Load() != asked || r.plan.Known != "oslo" || r.plan.Datasets[0].Present == 0 {
		t.Errorf("again: %d fetched, known as %s, %v", len(r.made), r.plan.Known, r.err)
	}
	if r := from(t, t.Context(), store, s, seed.Want{Known: "bergen"}); r.err == nil || !strings.Contains(r.err.Error(), "known here as oslo already") {
		t.Errorf("under another name: %v", r.err)
	}
	other := publish(t, publisher(t, 1))
	if r := from(t, t.Context(), store, other, seed.Want{Known: "oslo"}); r.err == nil || !strings.Contains(r.err.Error(), "give another name with --as") {
		t.Errorf("the name of another publisher: %v", r.err)
	}
	if r := from(t, t.Context(), store, other, seed.Want{Known: "bergen"}); r.err != nil || !slices.Equal(r.made, []string{"ipv6_runs/v1/year=2024/month=01/day=01/domains.1~bergen.parquet"}) {
		t.Errorf("a second publisher: %v, %v", r.made, r.err)
	}
}

// TestMirror: what was seeded is published again with who measured it, and is the same whichever way it comes.
func TestMirror(t *testing.T) {
	origin := publish(t, publisher(t, 1))
	direct, mirror, through := tables.Store(t), tables.Store(t), tables.Store(t)
	for _, store := range []*table.Store{direct, mirror} {
		if r := from(t, t.Context(), store, origin, seed.Want{Known: "oslo"}); r.err != nil || len(r.failed) > 0 {
			t.Fatal(r.failed, r.err)
		}
	}
	at := publish(t, mirror)
	if r := from(t, t.Context(), through, at, seed.Want{}); r.err != nil || len(r.failed) > 0 {
		t.Fatal(r.failed, r.err)
	}
	want, got := held(t, direct), held(t, through)
	for file, m := range got {
		other := want[file]
		if other == nil || other.SHA256 != m.SHA256 || m.MeasuredBy.URL != origin.URL+"/" || m.MeasuredBy.SHA256 != other.MeasuredBy.SHA256 || m.MeasuredBy.Through != at.URL+"/" {
			t.Errorf("%s: %+v by %+v, directly %+v", file, m, m.MeasuredBy, other)
		}
	}
	if r := from(t, t.Context(), through, origin, seed.Want{}); r.err != nil || len(r.made) != 0 || len(got) != len(want) {
		t.Errorf("from the origin too: %v, %v", r.made, r.err)
	}
	if r := from(t, t.Context(), tables.Store(t), at, seed.Want{Own: origin.URL}); r.err != nil || len(r.made) != 0 {
		t.Errorf("the origin has its own back: %v, %v", r.made, r.err)
	}
	if r := from(t, t.Context(), tables.Store(t), origin, seed.Want{Own: origin.URL + "/index.html"}); r.err == nil {
		t.Error("a site was seeded from itself")
	}
	// A mirror that says of its own rows that they are the publisher's, and calls the place as one of here.
	own := publish(t, publisher(t, 1))
	lines := own.manifests["ipv6_runs"]
	lines[0] = strings.Replace(lines[0], "}\n", "", 1)
	lines[0] = strings.TrimSuffix(strings.TrimSpace(lines[0]), "}") + fmt.Sprintf(`,"measured_by":{"name":"X","url":"https://x.example/","known_as":"x","sha256":%q}}`, input.SHA256)
	own.pin(t)
	if r := from(t, t.Context(), tables.Store(t), own, seed.Want{Datasets: []string{"ipv6_runs"}}); len(r.failed) != 1 || !strings.Contains(r.failed[0], "want it to end with @x") {
		t.Errorf("a place without its publisher: %v, %v", r.failed, r.err)
	}
}

// TestOwnWins: what was made here stays, and what belongs to it is not mixed.
func TestOwnWins(t *testing.T) {
	s := publish(t, publisher(t, 2))
	store := tables.Store(t)
	own := tables.Commit(t, store, datasets.Routes, table.Key{Day: on(1), Name: "rrc00.1"}, datasets.Route{Collector: "rrc00", Prefix: "198.51.100.0/24"})
	r := from(t, t.Context(), store, s, seed.Want{Datasets: []string{"routes"}})
	if r.err != nil || len(r.made) != 1 || r.plan.Datasets[0].Own != 1 {
		t.Fatalf("%v fetched, %+v, %v", r.made, r.plan, r.err)
	}
	if m := held(t, store)[own.File]; m.SHA256 != own.SHA256 || m.MeasuredBy != nil {
		t.Errorf("the own partition is now %+v", m)
	}
}

func TestRanges(t *testing.T) {
	s := publish(t, publisher(t, 5))
	for _, test := range []struct {
		want seed.Want
		made int
	}{
		{seed.Want{Datasets: []string{"peers"}}, 5},
		{seed.Want{Datasets: []string{"peers"}, Since: on(2), Until: on(3)}, 2},
		{seed.Want{Datasets: []string{"peers", "routes", "peers"}, Until: on(1)}, 2},
		{seed.Want{Datasets: []string{"ipv6_runs"}, Since: on(2)}, 0},
		{seed.Want{Datasets: []string{"domain_readiness", "rfc_history"}}, 0},
	} {
		if r := from(t, t.Context(), tables.Store(t), s, test.want); r.err != nil || len(r.made) != test.made {
			t.Errorf("%+v: %v, %v, want %d", test.want, r.made, r.err, test.made)
		}
	}
	if r := from(t, t.Context(), tables.Store(t), s, seed.Want{Datasets: []string{"peer"}}); r.err == nil || !strings.Contains(r.err.Error(), "peers") {
		t.Errorf("an unknown dataset: %v", r.err)
	}
}

// TestResumed cuts the seeding off at each request, and goes on.
func TestResumed(t *testing.T) {
	s := publish(t, publisher(t, 2))
	whole := tables.Store(t)
	if r := from(t, t.Context(), whole, s, seed.Want{Known: "oslo"}); r.err != nil {
		t.Fatal(r.err)
	}
	want := held(t, whole)
	for cut := int32(1); ; cut++ {
		store := tables.Store(t)
		ctx, cancel := context.WithCancel(t.Context())
		requests, cutOff := atomic.Int32{}, false
		s.handle = func(w http.ResponseWriter, r *http.Request) bool {
			if requests.Add(1) != cut || strings.HasSuffix(r.URL.Path, "robots.txt") {
				return false
			}
			content := s.files[strings.TrimPrefix(r.URL.Path, "/")]
			w.Header().Set("Last-Modified", on(1).Format(http.TimeFormat))
			w.Header().Set("Content-Length", fmt.Sprint(len(content)))
			w.Write(content[:len(content)/2])
			w.(http.Flusher).Flush()
			cutOff = true
			cancel()
			<-r.Context().Done()
			return true
		}
		r := from(t, ctx, store, s, seed.Want{Known: "oslo"})
		s.handle = nil
		cancel()
		if cutOff && (r.err == nil || !errors.Is(r.err, context.Canceled)) {
			t.Fatalf("cut off at request %d: %v", cut, r.err)
		}
		if err := store.Sweep(); err != nil {
			t.Fatal(err)
		}
		if cutOff {
			held(t, store)
		}
		if r := from(t, t.Context(), store, s, seed.Want{Known: "oslo"}); r.err != nil || len(r.failed) > 0 {
			t.Fatalf("after a cut at request %d: %v, %v", cut, r.failed, r.err)
		}
		got := held(t, store)
		for file, m := range want {
			if got[file] == nil || got[file].SHA256 != m.SHA256 {
				t.Errorf("after a cut at request %d, %s differs", cut, file)
			}
		}
		if requests.Load() < cut {
			return
		}
	}
}

// TestHostile has what a publisher can do, and words of what is said of it. Nothing of it comes into the store but what is whole.
func TestHostile(t *testing.T) {
	const routes = "routes"
	edit := func(s *site, change func(m map[string]any)) {
		var m map[string]any
		if err := json.Unmarshal([]byte(s.manifests[routes][0]), &m); err != nil {
			panic(err)
		}
		change(m)
		b, _ := json.Marshal(m)
		s.manifests[routes][0] = string(b) + "\n"
	}
	set := func(key string, value any) func(*site) {
		return func(s *site) { edit(s, func(m map[string]any) { m[key] = value }) }
	}
	answer := func(suffix string, with func(w http.ResponseWriter, content []byte)) func(*site) {
		return func(s *site) {
			s.handle = func(w http.ResponseWriter, r *http.Request) bool {
				if !strings.HasSuffix(r.URL.Path, suffix) {
					return false
				}
				with(w, s.files[strings.TrimPrefix(r.URL.Path, "/")])
				return true
			}
		}
	}
	replace := func(s *site, content []byte) {
		edit(s, func(m map[string]any) {
			m["bytes"], m["sha256"] = len(content), sum(content)
			s.files[seed.Folder+m["file"].(string)] = content
		})
	}
	endless := func(w http.ResponseWriter, _ []byte) {
		w.Header().Set("Content-Type", "application/octet-stream")
		for junk := make([]byte, 64<<10); ; {
			if _, err := w.Write(junk); err != nil {
				return
			}
		}
	}
	for name, test := range map[string]struct {
		do   func(s *site)
		want string
	}{
		"path out of the tree":       {set("file", "../../../etc/x.parquet"), "is not a partition of routes"},
		"path of another dataset":    {set("file", "peers/v1/year=2024/month=01/day=01/rrc00.1.parquet"), "is not a partition of routes"},
		"hidden path":                {set("file", "routes/v3/year=2024/month=01/day=01/_x.parquet"), "is not a partition of routes"},
		"dataset of another name":    {set("dataset", "peers"), "is not a partition of routes"},
		"another schema":             {set("schema_version", 99), "is not a partition of routes"},
		"input out of the tree":      {set("inputs", []any{map[string]any{"name": "../../x", "sha256": input.SHA256}}), "names the input"},
		"orders to a terminal":       {set("inputs", []any{map[string]any{"name": "\x1b]0;owned\x07", "sha256": input.SHA256}}), "names the input"},
		"negative size":              {set("bytes", -1), "has -1 bytes"},
		"SHA-256 of no form":         {set("sha256", "../x"), "SHA-256"},
		"day to come":                {set("file", "routes/v3/year=2999/month=01/day=01/rrc00.1.parquet"), "of a day to come"},
		"no JSON":                    {func(s *site) { s.manifests[routes][0] = "<html>\n" }, "line 1 of its manifests"},
		"twice":                      {func(s *site) { s.manifests[routes] = append(s.manifests[routes][:1], s.manifests[routes][0]) }, "is not behind"},
		"long manifest":              {func(s *site) { s.manifests[routes][0] = `{"file":"` + strings.Repeat("x", 9<<20) + "\"}\n" }, "longer than"},
		"publisher of no form":       {set("measured_by", map[string]any{"name": "x", "url": "javascript:alert(1)", "known_as": "x", "sha256": input.SHA256}), "was measured by"},
		"counts that do not add up":  {set("seen", 7), "do not add up"},
		"more rows than it has":      {set("rows", 9), "its manifest says 9"},
		"rows without end":           {set("rows", int64(1)<<60), "rows in"},
		"smaller than it is":         {set("bytes", 10), "maximum of 10"},
		"larger than it is":          {set("bytes", 1<<20), "site says 1048576"},
		"huge":                       {set("bytes", int64(1)<<60), "bytes"},
		"another SHA-256":            {set("sha256", input.SHA256), "if the site was published anew"},
		"columns of another dataset": {func(s *site) { replace(s, s.files[seed.Folder+"peers/v1/year=2024/month=01/day=01/rrc00.1.parquet"]) }, "columns"},
		"no Parquet":                 {func(s *site) { replace(s, []byte("PAR1 and no more PAR1")) }, "cannot be read"},
		"partition without end":      {answer("rrc00.1.parquet", endless), "maximum"},
		"cut partition": {answer("rrc00.1.parquet", func(w http.ResponseWriter, content []byte) {
			w.Header().Set("Content-Type", "application/octet-stream")
			w.Write(content[:len(content)/2])
		}), "if the site was published anew"},
		"page for a partition": {answer("rrc00.1.parquet", func(w http.ResponseWriter, _ []byte) {
			w.Header().Set("Content-Type", "text/html")
			io.WriteString(w, "<p>Please log in")
		}), "a web page in place of the file"},
		"manifests without end": {answer("routes/manifests.jsonl", endless), "maximum"},
		"other manifests": {answer("routes/manifests.jsonl", func(w http.ResponseWriter, _ []byte) {
			w.Header().Set("Content-Type", "application/octet-stream")
			io.WriteString(w, "{}\n")
		}), "if the site was published anew"},
		"index without end":   {answer("seed.json", endless), "longer than"},
		"no index":            {answer("seed.json", func(w http.ResponseWriter, _ []byte) { w.WriteHeader(http.StatusNotFound) }), "publishes no datasets"},
		"index of no form":    {answer("seed.json", func(w http.ResponseWriter, _ []byte) { io.WriteString(w, "[]") }), "is not an index"},
		"index to come":       {answer("seed.json", func(w http.ResponseWriter, _ []byte) { io.WriteString(w, `{"version":2}`) }), "version 2"},
		"a dataset twice":     {func(s *site) { s.index.Datasets = append(s.index.Datasets, s.index.Datasets[0]) }, "twice"},
		"manifests too large": {func(s *site) { s.index.Datasets[1].Manifests.Bytes = 1 << 40; s.pinned = true }, "want at most"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := publish(t, publisher(t, 2))
			test.do(s)
			s.pin(t)
			store := tables.Store(t)
			own := tables.Commit(t, store, datasets.Peers, table.Key{Day: on(9), Name: "own"}, datasets.Peer{Collector: "own"})
			r := from(t, t.Context(), store, s, seed.Want{Datasets: []string{"routes"}})
			said := strings.Join(append(r.failed, fmt.Sprint(r.err)), "\n")
			if !strings.Contains(said, test.want) {
				t.Errorf("it is said: %s", said)
			}
			all := held(t, store)
			if all[own.File] == nil || len(all) > 2 {
				t.Errorf("the store has %v", all)
			}
			const hostile = "routes/v3/year=2024/month=01/day=01/rrc00.1.parquet"
			if all[hostile] != nil {
				t.Error("what is hostile was added")
			}
			read, dir := remote(t, s)
			if _, err := read.Open(t.Context(), []*table.Schema{datasets.Routes.Schema}); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("whoever reads the site is told: %v", err)
			}
			if m, err := (&table.Store{Dir: filepath.Join(dir, "datasets")}).At(hostile); m != nil || err != nil {
				t.Errorf("what is hostile is read: %v, %v", m, err)
			}
		})
	}
}
