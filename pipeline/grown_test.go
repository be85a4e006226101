package pipeline

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"tidemark"
	"tidemark/analysis"
	"tidemark/collectors/archive"
	"tidemark/datasets"
	"tidemark/datasets/table"
	"tidemark/internal/testkit/tables"
	"tidemark/pipeline/journal"
)

// grown is a data folder of many raw files that are all decoded. Files and manifests are copies of what a commit wrote, under the
// names, labels and inputs of their own. Raw bytes that retention does not keep are cleared away.
type grown struct {
	testing.TB
	dir     string
	kept    time.Duration // what retention keeps
	newest  time.Time
	dump    []pattern
	updates []pattern
	old     time.Time // of all files: long enough ago for a cache to trust their times
	made    map[string]bool
}

// pattern is a partition that is copied.
type pattern struct {
	schema *table.Schema
	table.Manifest
	content []byte
}

const (
	grownCollectors = 20
	grownPerDay     = 3
	grownKept       = 90 * 24 * time.Hour
)

func newGrown(t testing.TB, dir string, kept time.Duration) *grown {
	t.Helper()
	g := &grown{TB: t, dir: dir, kept: kept, newest: noon.Truncate(24 * time.Hour), old: time.Now().Add(-time.Hour), made: map[string]bool{}}
	g.commit()
	return g
}

// grow writes n partitions, and the raw files from which they were made, into the data folder dir: of each of 20 collectors three table
// dumps a day, with three partitions each, and as many files of updates with one.
func grow(t testing.TB, dir string, n int) {
	t.Helper()
	g := newGrown(t, dir, grownKept)
	for i := 0; n > 0; i++ {
		day := g.newest.AddDate(0, 0, -i/grownCollectors/grownPerDay)
		at := day.Add(time.Duration(8*(i/grownCollectors%grownPerDay)) * time.Hour)
		collector := fmt.Sprintf("rrc%02d", i%grownCollectors)
		g.add(collector, "bview", at, g.dump)
		g.add(collector, "updates", at, g.updates)
		n -= len(g.dump) + len(g.updates)
	}
}

// commit makes the patterns.
func (g *grown) commit() {
	g.Helper()
	store := tables.Store(g)
	store.Program = tidemark.Program
	key := table.Key{Day: g.newest, Name: "pattern"}
	dump, updates := store.Begin(), store.Begin()
	defer dump.Abort()
	defer updates.Abort()
	tables.Write(g, dump, datasets.Peers, key, datasets.Peer{Collector: "rrc00", DumpTime: g.newest, Address: "192.0.2.1", ASN: 64500, IPv4Routes: 1, IPv4FullFeed: true})
	tables.Write(g, dump, datasets.Routes, key, datasets.Route{Collector: "rrc00", DumpTime: g.newest, Family: 4, Prefix: "192.0.2.0/24", PrefixLength: 24, OriginASN: 64500, SeenBy: []uint32{0}})
	tables.Write(g, dump, datasets.TableStats, key, datasets.TableStat{Collector: "rrc00", DumpTime: g.newest, Source: "rib", Family: 4, Metric: "prefixes", Value: 1})
	tables.Write(g, updates, datasets.Updates, key, datasets.Update{Collector: "rrc00", Time: g.newest, PeerAddress: "192.0.2.1", PeerASN: 64500, Kind: "announce", Family: 4, Prefix: "192.0.2.0/24"})
	g.dump, g.updates = g.patterns(store, dump), g.patterns(store, updates)
}

func (g *grown) patterns(store *table.Store, from *table.Commit) (all []pattern) {
	g.Helper()
	manifests, err := from.Commit()
	if err != nil {
		g.Fatal(err)
	}
	for _, m := range manifests {
		content, err := os.ReadFile(store.Path(m).String())
		if err != nil {
			g.Fatal(err)
		}
		of := slices.IndexFunc(datasets.All(), func(s *table.Schema) bool { return s.Name == m.Dataset })
		p := pattern{datasets.All()[of], *m, content}
		p.Unit, p.Seen, p.Kept, p.Rows = "RIB entry", 1_000_003, 1_000_000, 1_000_000
		p.Rejected, p.Noted = map[string]int64{"AS_PATH is malformed": 3}, map[string]int64{"path ends in an AS_SET": 17}
		all = append(all, p)
	}
	return all
}

// add writes a raw file of a collector, and its partitions.
func (g *grown) add(collector, what string, at time.Time, made []pattern) {
	g.Helper()
	day := at.Truncate(24 * time.Hour)
	name := fmt.Sprintf("%s.%s.gz", what, at.Format("20060102.1504"))
	id := fmt.Sprintf("mrt/%s/%s/%s", collector, day.Format(time.DateOnly), name)
	raw := archive.Raw{
		Kind: "mrt", Collector: collector, Name: name, URL: "https://data.example/" + id, Day: day, SHA256: fmt.Sprintf("%x", sha256.Sum256([]byte(id))), Bytes: 1,
		Fetched: day.Add(24 * time.Hour), ETag: `"65e1f5a0-1"`, Listed: name + " 2024-03-01 08:05 1.0M", Cleared: noon.Sub(day.Add(24*time.Hour)) > g.kept,
	}
	note := filepath.Join(g.dir, "archive", filepath.FromSlash(id))
	if !raw.Cleared {
		g.write(note, []byte("x"))
	}
	g.writeJSON(note+".meta.json", raw)
	var together []string
	for _, p := range made {
		together = append(together, p.schema.File(raw.Key(day)))
	}
	for i, p := range made {
		m := p.Manifest
		m.File = together[i]
		m.Together = slices.Delete(slices.Clone(together), i, i+1)
		m.Inputs = []table.Input{{Name: id, URL: raw.URL, SHA256: raw.SHA256, Bytes: raw.Bytes}}
		m.Labels = maps.Clone(m.Labels)
		for label := range m.Labels {
			m.Labels[label] = at.Format(time.RFC3339Nano)
			if label == "collector" {
				m.Labels[label] = collector
			}
		}
		partition := filepath.Join(g.dir, "datasets", filepath.FromSlash(m.File))
		g.write(partition, p.content)
		g.writeJSON(filepath.Join(filepath.Dir(partition), "_"+m.Name()+".json"), m)
	}
}

func (g *grown) writeJSON(path string, value any) {
	g.Helper()
	b, err := json.MarshalIndent(value, "", "  ")
	if err != nil {
		g.Fatal(err)
	}
	g.write(path, append(b, '\n'))
}

func (g *grown) write(path string, b []byte) {
	g.Helper()
	if dir := filepath.Dir(path); !g.made[dir] {
		g.made[dir] = true
		if err := os.MkdirAll(dir, 0o755); err != nil {
			g.Fatal(err)
		}
	}
	if err := os.WriteFile(path, b, 0o644); err != nil {
		g.Fatal(err)
	}
	if err := os.Chtimes(path, g.old, g.old); err != nil {
		g.Fatal(err)
	}
}

// BenchmarkNothingDue runs over 100,000 partitions, all of them on the site, when nothing is due. Each run is a process of its own,
// as cron starts it. Beside the time it reports the processor time, which other programs disturb less, and the most memory that
// a run held.
func BenchmarkNothingDue(b *testing.B) {
	dir := b.TempDir()
	grow(b, dir, 100_000)
	begun := time.Now()
	if first := runGrown(b, dir); first.Published < 100_000 || first.Answers != 1 || first.Decoded > 0 {
		b.Fatalf("the first run: %+v", first)
	}
	b.Logf("the first run took %v", time.Since(begun))
	measure(b, dir, "run")
}

// BenchmarkYears is what verbs cost where nothing is due, in a folder of a dump a day of each of 35 collectors, of which the raw bytes are
// cleared: 1,000 days, or as many as TIDEMARK_DAYS says; 9,125 are 25 years. TIDEMARK_LAKE=DIR keeps the folder.
func BenchmarkYears(b *testing.B) {
	days := 1000
	if text := os.Getenv("TIDEMARK_DAYS"); text != "" {
		var err error
		if days, err = strconv.Atoi(text); err != nil {
			b.Fatal(err)
		}
	}
	dir := b.TempDir()
	if keep := os.Getenv("TIDEMARK_LAKE"); keep != "" {
		dir = filepath.Join(keep, fmt.Sprintf("days-%d", days))
	}
	if _, err := os.Stat(filepath.Join(dir, "whole")); err != nil {
		g := newGrown(b, dir, 0)
		for n := range days {
			for i := range 35 {
				g.add(fmt.Sprintf("rrc%02d", i), "bview", g.newest.AddDate(0, 0, -n), g.dump)
			}
		}
		g.write(filepath.Join(dir, "whole"), nil)
	}
	verbProcess(b, dir, "collect") // makes the index
	for _, verb := range []string{"collect", "status", "plan"} {
		b.Run(verb, func(b *testing.B) { measure(b, dir, verb) })
	}
}

// measure runs a verb over a grown folder in processes of its own.
func measure(b *testing.B, dir, verb string) {
	var processor time.Duration
	var peak int
	for b.Loop() {
		took, kB := verbProcess(b, dir, verb)
		processor += took
		peak = max(peak, kB)
	}
	b.ReportMetric(processor.Seconds()/float64(b.N), "CPU-s/op")
	if peak > 0 { // Linux says it
		b.ReportMetric(float64(peak)*1024/1e6, "MB-peak")
	}
}

// verbProcess runs a verb over a grown folder in a process of its own, and returns the processor time and the most memory that it took; 0
// where the system does not say.
func verbProcess(b *testing.B, dir, verb string) (processor time.Duration, peak int) {
	cmd := exec.CommandContext(b.Context(), os.Args[0], "-test.run=^TestRunGrown$", "-test.v")
	cmd.Env = append(os.Environ(), grownVariable+"="+dir, verbVariable+"="+verb)
	out, err := cmd.CombinedOutput()
	if err != nil {
		b.Fatalf("%v\n%s", err, out)
	}
	for line := range strings.Lines(string(out)) {
		fmt.Sscanf(line, "VmHWM: %d kB", &peak)
	}
	return cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime(), peak
}

const (
	grownVariable = "TIDEMARK_TEST_GROWN"
	verbVariable  = "TIDEMARK_TEST_VERB"
)

// grownVerbs are what is measured, with nothing due.
var grownVerbs = map[string]func(*testing.T, *Pipeline){
	"run": func(t *testing.T, p *Pipeline) {
		if r := runOf(t, p); !r.Quiet() {
			t.Fatalf("the run had something to do: %+v", r)
		}
	},
	"collect": func(t *testing.T, p *Pipeline) {
		s, ctx, err := p.Begin(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if r, err := s.Collect(ctx); err != nil {
			t.Fatal(r, err)
		}
		if r, err := s.Decode(ctx); err != nil || r.Files > 0 {
			t.Fatal(r, err)
		}
		if _, err := s.End(ctx); err != nil {
			t.Fatal(err)
		}
	},
	"status": func(t *testing.T, p *Pipeline) {
		if s, err := p.Status(t.Context()); err != nil || s.Archive.Files == 0 {
			t.Fatal(s, err)
		}
	},
	"plan": func(t *testing.T, p *Pipeline) {
		if due, err := p.Pending(t.Context()); err != nil || len(due) > 0 {
			t.Fatal(len(due), err)
		}
	},
}

// TestRunGrown is the process that measure starts.
func TestRunGrown(t *testing.T) {
	dir := os.Getenv(grownVariable)
	if dir == "" {
		return
	}
	grownVerbs[os.Getenv(verbVariable)](t, openGrown(t, dir))
	status, _ := os.ReadFile("/proc/self/status")
	fmt.Printf("%s", status)
}

// runGrown runs over a grown folder as the program does.
func runGrown(t testing.TB, dir string) journal.Run {
	t.Helper()
	return runOf(t, openGrown(t, dir))
}

func openGrown(t testing.TB, dir string) *Pipeline {
	t.Helper()
	p, err := Open(Options{
		Dir: dir, Retention: []archive.Retention{{Kinds: []string{"mrt"}, Age: grownKept}}, Clock: func() time.Time { return noon },
		Questions: slices.DeleteFunc(analysis.Questions(), func(q *analysis.Question) bool { return q.Slug != "table-growth" }),
	})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func runOf(t testing.TB, p *Pipeline) journal.Run {
	t.Helper()
	s, ctx, err := p.BeginMirrored(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	r, err := s.Run(ctx)
	if err != nil || len(r.Problems) > 0 {
		t.Fatal(r.Problems, err)
	}
	if _, err := s.End(ctx); err != nil {
		t.Fatal(err)
	}
	return *r.Run
}
