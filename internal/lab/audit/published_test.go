package audit

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"golang.org/x/net/html"

	"tidemark/analysis"
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

// sameCell reports whether two cells are the same. The page writes a number as the downloads do (194), the command line as DuckDB does
// (194.0).
func sameCell(a, b string) bool {
	x, errX := strconv.ParseFloat(a, 64)
	y, errY := strconv.ParseFloat(b, 64)
	return a == b || errX == nil && errY == nil && x == y
}

// testSQLPage asks the SQL page every question in Chromium, from a plain file server, and wants what the command line says.
func testSQLPage(t *testing.T, data string) {
	if _, err := os.Stat(root + "/site/assets/duckdb/duckdb.wasm.gz"); err != nil {
		needed(t, root+"/site/assets/duckdb/duckdb.wasm.gz", "make brings it where npm is")
	}
	server := httptest.NewServer(http.FileServer(http.Dir(filepath.Join(data, "site"))))
	defer server.Close()
	allocated, stop := chromedp.NewExecAllocator(t.Context(), append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(needed(t, "chromium", ".ci/run installs it")),
		chromedp.NoSandbox, chromedp.DisableGPU, chromedp.UserDataDir(t.TempDir()), chromedp.Flag("disable-component-update", true))...)
	defer stop()
	ctx, stop := chromedp.NewContext(allocated)
	defer stop()
	ctx, stop = context.WithTimeout(ctx, 4*time.Minute)
	defer stop()
	if err := chromedp.Do(ctx, chromedp.Navigate(server.URL+"/sql.html")); err != nil {
		t.Fatal(err)
	}
	ask := func(query string) (csvText, failure string) {
		t.Helper()
		quoted, _ := json.Marshal(query)
		if _, err := chromedp.Run(ctx, chromedp.Evaluate[bool](`window.addEventListener("hashchange", () => setTimeout(() => document.getElementById("sql-run").click()), {once: true});
			location.hash = "sql=" + encodeURIComponent(`+string(quoted)+`); document.getElementById("sql-state").textContent = ""; document.getElementById("sql-error").textContent = ""; true`)); err != nil {
			t.Fatal(err)
		}
		if _, err := chromedp.Run(ctx, chromedp.Poll[bool](`!document.getElementById("sql-run").disabled && (document.getElementById("sql-state").textContent.startsWith("Done") || document.getElementById("sql-error").textContent !== "")`)); err != nil {
			t.Fatal(err)
		}
		got, err := chromedp.Run(ctx, chromedp.Evaluate[[]string](`[window.tidemarkSQL.csv(), document.getElementById("sql-error").textContent]`))
		if err != nil {
			t.Fatal(err)
		}
		return got[0], got[1]
	}
	type query struct{ Slug, SQL string }
	queries, err := chromedp.Run(ctx, chromedp.Evaluate[[]query](`[...document.querySelectorAll("details.query")].map(d => ({Slug: d.id, SQL: d.querySelector("code").textContent}))`))
	if err != nil || len(queries) != 12 {
		t.Fatalf("%d examples, %v; want 12", len(queries), err)
	}
	examples := len(queries)
	for _, q := range analysis.Questions() {
		queries = append(queries, query{q.Slug, q.SQL})
	}
	rows := 0
	for i, q := range queries {
		got, failure := ask(q.SQL)
		if failure != "" {
			t.Errorf("%s: the page says %s", q.Slug, failure)
			continue
		}
		want, stderr, code := runProgram(t, "sql", "--csv", "-d", data, "--", q.SQL)
		if code != 0 {
			t.Fatal(stderr)
		}
		a, errA := csv.NewReader(strings.NewReader(got)).ReadAll()
		b, errB := csv.NewReader(strings.NewReader(want)).ReadAll()
		if errA != nil || errB != nil {
			t.Fatal(errA, errB)
		}
		if len(a) != len(b) {
			t.Errorf("%s: the page has %d rows, the command line %d", q.Slug, len(a), len(b))
			continue
		}
		for i := range a {
			if !slices.EqualFunc(a[i], b[i], sameCell) {
				t.Errorf("%s, row %d: the page has\n%s\nthe command line\n%s", q.Slug, i, strings.Join(a[i], "|"), strings.Join(b[i], "|"))
				break
			}
		}
		if i < examples && len(a) < 2 {
			t.Errorf("%s: the example has no rows", q.Slug)
		}
		rows += len(a)
	}
	t.Logf("%d rows of %d queries", rows, len(queries))
	if _, failure := ask("SELECT nothing FROM table_stats"); !strings.Contains(failure, "nothing") {
		t.Errorf("a wrong column is told as %q", failure)
	}
	got, _ := ask(`SELECT '<img src=x onerror=alert(1)>' AS a, '=cmd()' AS b`)
	if got != "a,b\n<img src=x onerror=alert(1)>,'=cmd()\n" {
		t.Errorf("hostile cells come as %q", got)
	}
	images, err := chromedp.Run(ctx, chromedp.Evaluate[int](`document.querySelectorAll("#sql-result img").length`))
	if err != nil || images != 0 {
		t.Errorf("a cell became markup: %d images, %v", images, err)
	}
}
