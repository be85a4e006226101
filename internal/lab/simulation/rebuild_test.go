package simulation

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"tidemark/internal/testkit"
	"tidemark/internal/testkit/program"
)

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
	first := program.Hashes(t, data)
	_, stderr, code := runProgram(t, "run", "-c", config, "-d", data)
	if code != 0 || !strings.Contains(stderr, "nothing was due") {
		t.Errorf("the second run: exit code %d\n%s", code, stderr)
	}
	program.Same(t, "second run", program.Hashes(t, data), first)
	for _, dir := range []string{"datasets", "answers", "site"} {
		if err := os.RemoveAll(filepath.Join(data, dir)); err != nil {
			t.Fatal(err)
		}
	}
	if _, stderr, code := runProgram(t, "run", "-c", config, "-d", data); code != 0 {
		t.Fatalf("rebuild: exit code %d\n%s", code, stderr)
	}
	program.Same(t, "rebuild", program.Hashes(t, data), first)
}
