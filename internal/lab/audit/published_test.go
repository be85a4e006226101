package audit

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"tidemark/internal/testkit"
)

// needed returns the path of a program, which remedy tells how to install.
func needed(t *testing.T, path, remedy string) string {
	t.Helper()
	found, err := exec.LookPath(path)
	if err != nil {
		testkit.Missing(t, "%s is missing; %s", path, remedy)
	}
	absolute, err := filepath.Abs(found)
	if err != nil {
		t.Fatal(err)
	}
	return absolute
}

// testPublished reads what the site of the sample hands out with the tools that people use.
func testPublished(t *testing.T, data string) {
	site := filepath.Join(data, "site")
	t.Run("descriptions", func(t *testing.T) { runIn(t, site, pythonOf(t), script(t, root+"/site/testdata/described.py")) })
	t.Run("references", func(t *testing.T) { runIn(t, site, pythonOf(t), script(t, root+"/site/testdata/cited.py")) })
	t.Run("python", func(t *testing.T) { runIn(t, site, pythonOf(t), script(t, root+"/site/testdata/readers.py")) })
	t.Run("javascript", func(t *testing.T) {
		if _, err := os.Stat(root + "/site/testdata/npm/node_modules/hyparquet"); err != nil {
			needed(t, root+"/site/testdata/npm/node_modules/.bin/esbuild", "make installs it where npm is")
		}
		runIn(t, site, needed(t, "node", ".ci/run installs it"), script(t, root+"/site/testdata/npm/readers.mjs"))
	})
	t.Run("snippets", func(t *testing.T) { testSnippets(t, site) })
	t.Run("sql", func(t *testing.T) { testSQLPage(t, data) })
	t.Run("assistant", func(t *testing.T) { testAssistant(t, data) })
}

func pythonOf(t *testing.T) string { return needed(t, root+"/.venv/bin/python", "make .venv makes it") }

func script(t *testing.T, path string) string {
	t.Helper()
	absolute, err := filepath.Abs(path)
	if err != nil {
		t.Fatal(err)
	}
	return absolute
}

func runIn(t *testing.T, dir, program string, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), program, args...)
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Errorf("%s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return string(out)
}

// testSnippets runs what the pages say on how to read their files, as it stands there.
func testSnippets(t *testing.T, site string) {
	pages := []string{"q/table-growth/index.html", "q/bogons/index.html", "datasets/routes.html", "datasets/special_prefixes.html"}
	var python []string
	counts := map[string]map[string]bool{} // of rows, by page
	var pageOf []string
	for _, name := range pages {
		counts[name] = map[string]bool{}
		for language, all := range snippets(t, filepath.Join(site, filepath.FromSlash(name))) {
			for _, code := range all {
				if language == "python" {
					python, pageOf = append(python, code), append(pageOf, name)
				} else if r, err := exec.LookPath(language); err == nil || os.Getenv("CI") != "" {
					counts[name][firstWord(runIn(t, site, r, "-e", code))] = true
				}
			}
		}
	}
	if len(python) != 12 {
		t.Errorf("%d snippets in Python, want 12", len(python))
	}
	printed := runIn(t, site, pythonOf(t), append([]string{script(t, "testdata/snippets.py")}, python...)...)
	var outputs []string
	if err := json.Unmarshal([]byte(printed), &outputs); err != nil || len(outputs) != len(python) {
		t.Fatalf("%d outputs of %d snippets, %v: %s", len(outputs), len(python), err, printed)
	}
	for i, out := range outputs {
		counts[pageOf[i]][firstWord(out)] = true
	}
	for _, name := range pages {
		if c := counts[name]; len(c) != 1 || c["0"] || c["?"] {
			t.Errorf("%s: the snippets count different rows: %v", name, c)
		}
	}
}

func firstWord(text string) string { return strings.Fields(text + " ?")[0] }

// snippets returns the programs of a page by their language.
func snippets(t *testing.T, path string) map[string][]string {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	doc, err := html.Parse(bytes.NewReader(content))
	if err != nil {
		t.Fatal(err)
	}
	all := map[string][]string{}
	for n := range doc.Descendants() {
		if n.Type != html.ElementNode || n.Data != "pre" {
			continue
		}
		for _, a := range n.Attr {
			if a.Key == "data-run" {
				all[a.Val] = append(all[a.Val], n.FirstChild.FirstChild.Data)
			}
		}
	}
	return all
}
