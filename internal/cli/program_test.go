package cli

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io/fs"
	"log/slog"
	"maps"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"tidemark/internal/testkit"
)

// root is the top of the repository.
const root = "../.."

func TestMain(m *testing.M) {
	slog.SetDefault(slog.New(slog.DiscardHandler)) // libraries log to it; the program sets it where it is a process of its own
	testscript.Main(m, map[string]func(){"tidemark": func() {
		ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
		code := Main(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr)
		stop()
		os.Exit(code)
	}})
}

// TestScripts runs the program as a user does: a script for each verb.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{Dir: "testdata/script", RequireExplicitExec: true})
}

// runProgram runs the program in this process.
func runProgram(t *testing.T, args ...string) (stdout, stderr string, code int) {
	t.Helper()
	var out, errs bytes.Buffer
	code = Main(t.Context(), args, strings.NewReader(""), &out, &errs)
	return out.String(), errs.String(), code
}

// command is the program in a process of its own: testscript puts this test binary into the path under its name.
func command(args ...string) *exec.Cmd {
	return exec.Command("tidemark", args...)
}

// hashes are the files of datasets, answers and site by their SHA-256.
func hashes(t *testing.T, data string) map[string]string {
	t.Helper()
	all := map[string]string{}
	for _, dir := range []string{"datasets", "answers", "site"} {
		root := filepath.Join(data, dir)
		if version, err := filepath.EvalSymlinks(root); err == nil { // the site is a link to its published version
			root = version
		}
		err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
			if os.IsNotExist(err) {
				return nil
			}
			if err != nil || d.IsDir() {
				return err
			}
			b, err := os.ReadFile(path)
			sum := sha256.Sum256(b)
			rel, _ := filepath.Rel(root, path)
			all[filepath.Join(dir, rel)] = hex.EncodeToString(sum[:])
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return all
}

func same(t *testing.T, what string, got, want map[string]string) {
	t.Helper()
	if maps.Equal(got, want) {
		return
	}
	for path, sum := range want {
		if got[path] != sum {
			t.Errorf("%s: %s differs or is missing", what, path)
		}
	}
	for path := range got {
		if want[path] == "" {
			t.Errorf("%s: %s is new", what, path)
		}
	}
}

// smallConfig is a configuration over real files that are read in a second.
func smallConfig(t *testing.T) string {
	var b strings.Builder
	for i, s := range []struct{ kind, collector, file, date string }{
		{"mrt", "ris-2002", "mrt/bgpdump/test_data/bview.20020722.2337.gz", ""},
		{"mrt", "ris-2015", "mrt/libbgpstream/ris.rrc06.updates.1427846400.gz", ""},
		{"rfc-index", "", "rfc/rfc-index-txt/rfc-index.2000-10-17.txt.gz", ""},
		{"rfc-index", "", "rfc/rfc-index-txt/rfc-index.2001-12-19.txt.gz", ""},
		{"special-prefixes", "iana", "iana/iana-ipv4-special-registry-1.csv", "2000-01-01"},
		{"roas", "", "rpki/gortr-test.rpki.json", "2001-01-01"},
	} {
		fmt.Fprintf(&b, "[[source]]\nname = \"s%d\"\nkind = %q\ncollector = %q\nurls = [\"file:%s\"]\ndate = %q\n\n", i, s.kind, s.collector, testkit.Data(t, s.file), s.date)
	}
	path := filepath.Join(t.TempDir(), "tidemark.toml")
	if err := os.WriteFile(path, []byte(b.String()), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestRunTwiceAndRebuild: a second run changes nothing and says so; without datasets, answers and site the archive gives
// the same bytes again.
func TestRunTwiceAndRebuild(t *testing.T) {
	t.Parallel()
	config, data := smallConfig(t), t.TempDir()
	if _, stderr, code := runProgram(t, "run", "-c", config, "-d", data); code != 0 {
		t.Fatalf("exit code %d\n%s", code, stderr)
	}
	first := hashes(t, data)
	_, stderr, code := runProgram(t, "run", "-c", config, "-d", data)
	if code != 0 || !strings.Contains(stderr, "nothing was due") {
		t.Errorf("the second run: exit code %d\n%s", code, stderr)
	}
	same(t, "second run", hashes(t, data), first)
	for _, dir := range []string{"datasets", "answers", "site"} {
		if err := os.RemoveAll(filepath.Join(data, dir)); err != nil {
			t.Fatal(err)
		}
	}
	if _, stderr, code := runProgram(t, "run", "-c", config, "-d", data); code != 0 {
		t.Fatalf("rebuild: exit code %d\n%s", code, stderr)
	}
	same(t, "rebuild", hashes(t, data), first)
}

// TestKilledRuns kills a run at two moments, in CI at ten; the next whole run ends in the same bytes as one that was never
// killed.
func TestKilledRuns(t *testing.T) {
	t.Parallel()
	config, want := smallConfig(t), t.TempDir()
	start := time.Now()
	if out, err := command("run", "-c", config, "-d", want).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	whole := time.Since(start)
	data := t.TempDir()
	kills, met := 2, 0
	if os.Getenv("CI") != "" {
		kills = 10
	}
	for i := range kills {
		cmd := command("run", "-c", config, "-d", data)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(whole * time.Duration(i+1) / time.Duration(kills+1))
		cmd.Process.Signal(syscall.SIGKILL)
		cmd.Wait()
		if status, is := cmd.ProcessState.Sys().(syscall.WaitStatus); is && status.Signaled() {
			met++
		}
		if i%3 == 2 { // begin anew, so that early moments are met with and without an archive
			os.RemoveAll(filepath.Join(data, "datasets"))
		}
	}
	if met == 0 {
		t.Error("no kill met a run: all had ended before")
	}
	if _, stderr, code := runProgram(t, "run", "-c", config, "-d", data); code != 0 {
		t.Fatalf("after the kills: exit code %d\n%s", code, stderr)
	}
	same(t, "after the kills", hashes(t, data), hashes(t, want))
	if stdout, _, code := runProgram(t, "datasets", "verify", "-d", data); code != 0 {
		t.Errorf("verify: %s", stdout)
	}
}

// TestDamagedSources: each damaged file is reported with its name and offset, the rest of the run is unharmed, and the
// exit code is 3.
func TestDamagedSources(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	read := func(name string) []byte {
		b, err := os.ReadFile(testkit.Data(t, name))
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	gz := read("mrt/bgpdump/test_data/bview.20020722.2337.gz")
	flipped := bytes.Clone(gz)
	flipped[len(flipped)/2] ^= 0x40
	bz2 := read("mrt/libbgpstream/routeviews.route-views.jinx.ribs.1401487200.bz2")
	files := map[string][]byte{
		"whole.gz": gz, "flipped.gz": flipped, "cut.bz2": bz2[:len(bz2)/3], "empty.gz": {},
		"page.bz2": []byte("<!DOCTYPE html>\n<html><title>404 Not Found</title></html>\n"),
	}
	var config strings.Builder
	for name, content := range files {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o644); err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&config, "[[source]]\nname = %q\nkind = \"mrt\"\ncollector = %q\nurls = [\"file:%s\"]\n", name, name, name)
	}
	path := filepath.Join(dir, "tidemark.toml")
	if err := os.WriteFile(path, []byte(config.String()), 0o644); err != nil {
		t.Fatal(err)
	}
	data := filepath.Join(dir, "data")
	_, stderr, code := runProgram(t, "run", "-c", path, "-d", data)
	if code != exitPartly {
		t.Errorf("exit code %d, want %d", code, exitPartly)
	}
	for name, want := range map[string][]string{
		"flipped.gz": {"flipped.gz: ", "compressed offset", "the first damaged place, is left out"},
		"cut.bz2":    {"cut.bz2: after record", "compressed offset"},
		"empty.gz":   {"empty.gz: byte 0: the file is empty"},
		"page.bz2":   {"page.bz2: byte 0", "DOCTYPE html"},
	} {
		for _, text := range want {
			if !strings.Contains(stderr, text) {
				t.Errorf("%s: %q is not reported:\n%s", name, text, stderr)
			}
		}
	}
	stdout, _, _ := runProgram(t, "datasets", "ls", "-d", data)
	if !strings.Contains(stdout, "routes           3") {
		t.Errorf("of five files three give routes:\n%s", stdout)
	}
	if _, err := os.Stat(filepath.Join(data, "site", "index.html")); err != nil {
		t.Error("the run made no site")
	}
}

// TestLateRegistry: a registry file that is imported after the run makes the states of the dump's day anew.
func TestLateRegistry(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	data := filepath.Join(dir, "data")
	dump := testkit.Data(t, "mrt/bgpdump/test_data/bview.20020722.2337.gz")
	roa := filepath.Join(dir, "vrps.csv")
	payloads := "ASN,IP Prefix,Max Length,Trust Anchor\n"
	for i, anchor := range []string{"afrinic", "apnic", "arin", "lacnic", "ripe"} {
		payloads += fmt.Sprintf("AS3356,%d.0.0.0/8,8,%s\n", 4+i, anchor)
	}
	if err := os.WriteFile(roa, []byte(payloads), 0o644); err != nil {
		t.Fatal(err)
	}
	must := func(args ...string) string {
		t.Helper()
		_, stderr, code := runProgram(t, append(args, "-d", data)...)
		if code != 0 {
			t.Fatalf("%v: exit code %d\n%s", args, code, stderr)
		}
		return stderr
	}
	// routes returns the routes of the answer by their state.
	routes := func() map[string]float64 {
		t.Helper()
		b, err := os.ReadFile(filepath.Join(data, "answers", "rov-states.json"))
		if err != nil {
			t.Fatal(err)
		}
		var answer struct {
			Columns []struct{ Name string }
			Rows    [][]any
		}
		if err := json.Unmarshal(b, &answer); err != nil {
			t.Fatal(err)
		}
		byState := map[string]float64{}
		for _, row := range answer.Rows {
			var state string
			var n float64
			for i, c := range answer.Columns {
				switch c.Name {
				case "rov_state":
					state = row[i].(string)
				case "routes":
					n = row[i].(float64)
				}
			}
			byState[state] += n
		}
		return byState
	}
	must("import", "mrt", "--collector", "rrc00", dump)
	must("run")
	if n := routes(); n["unknown"] == 0 || n["not-found"] > 0 {
		t.Error("without payloads the states are not unknown")
	}
	must("import", "roas", "--date", "2002-07-01", roa)
	must("run")
	if n := routes(); n["unknown"] == 0 || n["not-found"] > 0 {
		t.Error("with payloads of three weeks before the states are not unknown")
	}
	must("import", "roas", "--date", "2002-07-20", roa)
	must("run")
	if n := routes(); n["unknown"] > 0 || n["not-found"] == 0 {
		t.Error("with payloads of two days before the states are not told by them")
	}
	// Payloads of a later day change nothing.
	before := hashes(t, data)
	must("import", "roas", "--date", "2002-08-01", roa)
	must("analyse")
	after := hashes(t, data)
	for path, sum := range before {
		if strings.Contains(path, "route_states") && after[path] != sum {
			t.Errorf("%s changed with payloads of a later day", path)
		}
	}
}

// TestSnapshotOrder imports snapshots of the RFC index in two orders.
func TestSnapshotOrder(t *testing.T) {
	t.Parallel()
	days := []string{"2000-10-17", "2001-12-19", "2004-10-01"}
	var results []map[string]string
	for _, order := range [][]int{{0, 1, 2}, {2, 0, 1}} {
		data := t.TempDir()
		for _, i := range order {
			file := testkit.Data(t, "rfc/rfc-index-txt/rfc-index."+days[i]+".txt.gz")
			for _, args := range [][]string{{"import", "rfc-index", file}, {"analyse"}} {
				if _, stderr, code := runProgram(t, append(args, "-d", data)...); code != 0 && code != exitPartly {
					t.Fatalf("%v: exit code %d\n%s", args, code, stderr)
				}
			}
		}
		all := hashes(t, data)
		maps.DeleteFunc(all, func(path, _ string) bool { return !strings.HasPrefix(path, "datasets") })
		results = append(results, all)
	}
	same(t, "another order of import", results[1], results[0])
}

// TestOneRunAtATime: a second run on the same data folder gives up at once.
func TestOneRunAtATime(t *testing.T) {
	t.Parallel()
	config, data := smallConfig(t), t.TempDir()
	cmd := command("run", "-c", config, "-d", data)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer cmd.Wait()
	defer cmd.Process.Kill()
	for range 200 {
		if _, err := os.Stat(filepath.Join(data, "archive")); err == nil {
			break
		}
		time.Sleep(5 * time.Millisecond)
	}
	if _, stderr, code := runProgram(t, "collect", "-c", config, "-d", data); code != exitLocked || !strings.Contains(stderr, "another run") {
		t.Errorf("exit code %d, want %d\n%s", code, exitLocked, stderr)
	}
}

// testNotebooks executes the notebooks on the sample.
func testNotebooks(t *testing.T, data string) {
	python, err := filepath.Abs(filepath.Join(root, ".venv/bin/python"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(python); err != nil {
		testkit.Missing(t, "no Python virtual environment; make .venv creates it")
	}
	notebooks, err := filepath.Glob(filepath.Join(root, "notebooks/*.ipynb"))
	if err != nil || len(notebooks) == 0 {
		t.Fatalf("no notebooks: %v", err)
	}
	cmd := exec.Command(python, append([]string{filepath.Join(root, "notebooks/execute.py")}, notebooks...)...)
	cmd.Env = append(os.Environ(), "TIDEMARK_DATA="+data, "MPLBACKEND=agg", "JUPYTER_PLATFORM_DIRS=1", "IPYTHONDIR="+t.TempDir())
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

// sampleRun runs the two commands of make run.
func sampleRun(t *testing.T, data string) {
	t.Helper()
	for _, step := range []struct {
		args []string
		says string
	}{
		{[]string{"sample", filepath.Join(data, "sample")}, "run it with: tidemark run --config"},
		{[]string{"run", "-c", filepath.Join(data, "sample", "tidemark.toml"), "-d", data}, "The site is at "},
	} {
		if stdout, stderr, code := runProgram(t, step.args...); code != 0 || !strings.Contains(stdout, step.says) {
			t.Fatalf("%v: exit code %d\n%s%s", step.args, code, stdout, stderr)
		}
	}
}

// TestSample runs the sample once, and asks of it what users do.
func TestSample(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	sampleRun(t, data)
	t.Run("reproducible", func(t *testing.T) { testReproducible(t, data) })
	t.Run("notebooks", func(t *testing.T) { testNotebooks(t, data) })
	t.Run("published", func(t *testing.T) { testPublished(t, data) })
	t.Run("accounts", func(t *testing.T) { testAccounts(t, data) })
	t.Run("false accounts", func(t *testing.T) { testFalseAccounts(t, data) })
	testscript.Run(t, testscript.Params{ // last: it changes the data
		Files: []string{"testdata/sample.txtar"}, RequireExplicitExec: true,
		Setup: func(env *testscript.Env) error { return os.Symlink(data, filepath.Join(env.WorkDir, "data")) },
	})
}

// testReproducible: two samples in two places end in the same bytes, and every page says what they are.
func testReproducible(t *testing.T, one string) {
	two := t.TempDir()
	sampleRun(t, two)
	same(t, "second sample", hashes(t, two), hashes(t, one))
	filepath.WalkDir(filepath.Join(one, "site")+"/", func(path string, d fs.DirEntry, err error) error {
		if err == nil && strings.HasSuffix(path, ".html") {
			if b, _ := os.ReadFile(path); !strings.Contains(string(b), "Sample data: a generated model Internet") {
				t.Errorf("%s does not say that these are sample data", path)
			}
		}
		return err
	})
}
