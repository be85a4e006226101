package simulation

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"tidemark/internal/testkit"
	"tidemark/internal/testkit/program"
)

// TestDamagedSources: each damaged file is reported with its name and offset, the rest of the run is unharmed, and the
// exit code is 3.
func TestDamagedSources(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	read := func(path string) []byte {
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	gz := read(testkit.File(t, "mrt/ris-2000.rib.gz"))
	flipped := bytes.Clone(gz)
	flipped[len(flipped)/2] ^= 0x40
	bz2 := read(testkit.Data(t, "mrt/libbgpstream/routeviews.route-views.jinx.ribs.1401487200.bz2"))
	files := map[string][]byte{
		"whole.gz": gz, "flipped.gz": flipped, "cut.bz2": bz2[:len(bz2)/8], "empty.gz": {},
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
	if code != partly {
		t.Errorf("exit code %d, want %d", code, partly)
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
	if !regexp.MustCompile(`(?m)^routes +3 `).MatchString(stdout) {
		t.Errorf("of five files three give routes:\n%s", stdout)
	}
	if _, err := os.Stat(filepath.Join(data, "site", "index.html")); err != nil {
		t.Error("the run made no site")
	}
}

// TestLateRegistry: a registry file that is imported later makes the states of the dump's day anew, in a run as well, to which
// nothing is due.
func TestLateRegistry(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	data := filepath.Join(dir, "data")
	dump := testkit.File(t, "mrt/routeviews-2014.rib.bz2")
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
	must("import", "mrt", "--collector", "route-views2", dump)
	must("analyse")
	if n := routes(); n["unknown"] == 0 || n["not-found"] > 0 {
		t.Error("without payloads the states are not unknown")
	}
	must("import", "roas", "--date", "2014-05-02", roa)
	must("analyse")
	if n := routes(); n["unknown"] == 0 || n["not-found"] > 0 {
		t.Error("with payloads of three weeks before the states are not unknown")
	}
	must("import", "roas", "--date", "2014-05-21", roa)
	must("run")
	if n := routes(); n["unknown"] > 0 || n["not-found"] == 0 {
		t.Error("with payloads of two days before the states are not told by them")
	}
	// Payloads of a later day change nothing.
	before := program.Hashes(t, data)
	must("import", "roas", "--date", "2014-06-01", roa)
	must("analyse")
	after := program.Hashes(t, data)
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
				if _, stderr, code := runProgram(t, append(args, "-d", data)...); code != 0 && code != partly {
					t.Fatalf("%v: exit code %d\n%s", args, code, stderr)
				}
			}
		}
		all := program.Hashes(t, data)
		maps.DeleteFunc(all, func(path, _ string) bool { return !strings.HasPrefix(path, "datasets") })
		results = append(results, all)
	}
	program.Same(t, "another order of import", results[1], results[0])
}
