package simulation

import (
	"bytes"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"tidemark/datasets"
	"tidemark/datasets/table"
	"tidemark/internal/testkit/program"
)

var update = flag.Bool("update", false, "write the data folder of the first layout anew")

// firstLayout is a data folder as the first program left it: routes and table_stats in their first version, the raw bytes of one
// dump cleared away, and the site a plain folder.
const firstLayout = "testdata/layout-1"

// makeFirstLayout makes it of two small dumps and then takes back what later programs changed.
func makeFirstLayout(t *testing.T) {
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(os.RemoveAll(firstLayout))
	samples := t.TempDir()
	for _, args := range [][]string{
		{"sample", samples},
		{"import", "mrt", "--collector", "sample-a", filepath.Join(samples, "mrt", "sample-a", "rib.20160101.0000.gz"), "-d", firstLayout},
		{"import", "mrt", "--collector", "sample-b", filepath.Join(samples, "mrt", "sample-b", "rib.20160101.0000.gz"), "-d", firstLayout},
	} {
		if _, stderr, code := runProgram(t, args...); code != 0 {
			t.Fatalf("%v: %s", args, stderr)
		}
	}
	must(os.RemoveAll(filepath.Join(firstLayout, "state")))
	newest := fmt.Sprintf("v%d", datasets.Routes.Version)
	older := strings.NewReplacer("routes/"+newest+"/", "routes/v1/", "table_stats/v2/", "table_stats/v1/")
	for name, version := range map[string]string{"routes": newest, "table_stats": "v2"} {
		must(os.Rename(filepath.Join(firstLayout, "datasets", name, version), filepath.Join(firstLayout, "datasets", name, "v1")))
	}
	must(filepath.WalkDir(filepath.Join(firstLayout, "datasets"), func(path string, d fs.DirEntry, err error) error {
		if err != nil || filepath.Ext(path) != ".json" {
			return err
		}
		b, err := os.ReadFile(path)
		must(err)
		text := older.Replace(string(b))
		if strings.Contains(path, "/v1/") && (strings.Contains(path, "/routes/") || strings.Contains(path, "/table_stats/")) {
			text = regexp.MustCompile(`"schema_version": \d+`).ReplaceAllString(text, `"schema_version": 1`)
		}
		return os.WriteFile(path, []byte(text), 0o644)
	}))
	cleared := filepath.Join(firstLayout, "archive", "mrt", "sample-b", "undated", "rib.20160101.0000.gz")
	must(os.Remove(cleared))
	note, err := os.ReadFile(cleared + ".meta.json")
	must(err)
	must(os.WriteFile(cleared+".meta.json", bytes.Replace(note, []byte("\n}"), []byte(",\n  \"cleared\": true\n}"), 1), 0o644))
	must(os.MkdirAll(filepath.Join(firstLayout, "site"), 0o755))
	must(os.WriteFile(filepath.Join(firstLayout, "site", "index.html"), []byte("<!doctype html>\n"), 0o644))
	must(os.WriteFile(filepath.Join(firstLayout, "site", "SHA256SUMS"), []byte(strings.Repeat("0", 64)+"  index.html\n"), 0o644))
}

// TestFirstLayout: a newer program decodes again what has an earlier schema, keeps the partitions of files that were
// cleared away, and turns the folder of the site into a link; what it leaves is whole, and it has nothing more to do.
func TestFirstLayout(t *testing.T) {
	t.Parallel()
	if *update {
		makeFirstLayout(t)
	}
	data := t.TempDir()
	if err := os.CopyFS(data, os.DirFS(firstLayout)); err != nil {
		t.Fatal(err)
	}
	run := func() string {
		t.Helper()
		_, stderr, code := runProgram(t, "run", "-d", data)
		if code != 0 {
			t.Fatalf("exit code %d\n%s", code, stderr)
		}
		return stderr
	}
	run()
	there := func(pattern string) bool {
		found, _ := filepath.Glob(filepath.Join(data, "datasets", filepath.FromSlash(pattern)))
		return len(found) > 0
	}
	for pattern, want := range map[string]bool{
		"routes/v1/*/*/*/sample-a*": false, "table_stats/v1/*/*/*/_sample-a*": false, // decoded again
		"routes/v3/*/*/*/sample-a*": true, "table_stats/v2/*/*/*/_sample-a*": true,
		"routes/v1/*/*/*/sample-b*": true, "table_stats/v1/*/*/*/_sample-b*": true, "peers/v1/*/*/*/sample-b*": true, // cleared
		"routes/v3/*/*/*/sample-b*": false, "route_states/v*/*/*/*/2016*.parquet": true,
	} {
		if there(pattern) != want {
			t.Errorf("%s: there %v, want %v", pattern, !want, want)
		}
	}
	if target, err := os.Readlink(filepath.Join(data, "site")); err != nil || target != filepath.Join("site-versions", "2") {
		t.Errorf("the site is a link to %q, %v", target, err)
	}
	if stdout, _, code := runProgram(t, "datasets", "verify", "-d", data); code != 0 {
		t.Errorf("verify: %s", stdout)
	}
	if stderr := run(); !strings.Contains(stderr, "nothing was due") {
		t.Errorf("the second run had something to do:\n%s", stderr)
	}
	before := program.Hashes(t, data)
	if stdout, stderr, code := runProgram(t, "rebuild", "-d", data); code != 0 || !strings.Contains(stdout, " 0 are not as before") {
		t.Errorf("rebuild: exit code %d: %s%s", code, stdout, stderr)
	}
	program.Same(t, "rebuild", program.Hashes(t, data), before)
}

// TestOlderDerived: partitions of a derived dataset's earlier schema are made again in the newest, and removed.
func TestOlderDerived(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	if err := os.CopyFS(data, os.DirFS(firstLayout)); err != nil {
		t.Fatal(err)
	}
	must := func(verb string) {
		t.Helper()
		if _, stderr, code := runProgram(t, verb, "-d", data); code != 0 {
			t.Fatalf("%s: exit code %d\n%s", verb, code, stderr)
		}
	}
	must("collect")
	must("analyse")
	for _, s := range []*table.Schema{datasets.RouteStates.Schema, datasets.AddressUses.Schema} {
		folder := filepath.Join(data, "datasets", s.Name)
		newest, earlier := filepath.Join(folder, fmt.Sprint("v", s.Version)), filepath.Join(folder, fmt.Sprint("v", s.Version-1))
		if err := os.Rename(newest, earlier); err != nil {
			t.Fatal(err)
		}
		manifests, err := filepath.Glob(filepath.Join(earlier, "*", "*", "*", "_*.json"))
		if err != nil || len(manifests) == 0 {
			t.Fatalf("%s: %d manifests, %v", s.Name, len(manifests), err)
		}
		for _, path := range manifests {
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			text = bytes.ReplaceAll(text, fmt.Appendf(nil, "%s/v%d/", s.Name, s.Version), fmt.Appendf(nil, "%s/v%d/", s.Name, s.Version-1))
			text = bytes.ReplaceAll(text, fmt.Appendf(nil, `"schema_version": %d`, s.Version), fmt.Appendf(nil, `"schema_version": %d`, s.Version-1))
			if err := os.WriteFile(path, text, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		must("analyse")
		made, _ := filepath.Glob(filepath.Join(newest, "*", "*", "*", "2016*.parquet"))
		left, _ := filepath.Glob(filepath.Join(earlier, "*", "*", "*", "*"))
		if len(made) == 0 || len(left) > 0 {
			t.Errorf("%s: %d partitions in the newest schema, of the earlier one are left: %v", s.Name, len(made), left)
		}
	}
}

// TestRetention: with their bytes cleared away, dumps stay decoded and are not fetched again.
func TestRetention(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if _, stderr, code := runProgram(t, "sample", dir); code != 0 {
		t.Fatal(stderr)
	}
	config := filepath.Join(dir, "small.toml")
	text := "[archive]\nbytes = \"1kB\"\n[[source]]\nname = \"a\"\nkind = \"mrt\"\ncollector = \"sample-a\"\nurls = [\"file:mrt/sample-a/rib.2016*.gz\", \"file:mrt/sample-a/rib.2017*.gz\"]\n"
	if err := os.WriteFile(config, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	data := filepath.Join(dir, "data")
	must := func(verb string) (stdout, stderr string) {
		t.Helper()
		stdout, stderr, code := runProgram(t, verb, "-c", config, "-d", data)
		if code != 0 {
			t.Fatalf("%s: exit code %d\n%s", verb, code, stderr)
		}
		return stdout, stderr
	}
	if _, stderr := must("run"); !strings.Contains(stderr, `"files":2`) {
		t.Errorf("nothing was cleared away:\n%s", stderr)
	}
	if dumps, _ := filepath.Glob(filepath.Join(data, "archive", "mrt", "sample-a", "undated", "*.gz")); len(dumps) != 0 {
		t.Errorf("the bytes are there: %v", dumps)
	}
	if _, stderr := must("run"); !strings.Contains(stderr, "nothing was due") {
		t.Errorf("a run after that had something to do:\n%s", stderr)
	}
	if stdout, _ := must("status"); !strings.Contains(stdout, "of 2 of them only the note") {
		t.Errorf("status does not tell:\n%s", stdout)
	}
}
