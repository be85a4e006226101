package audit

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"tidemark/analysis"
)

// hang is how long a query may take in a browser on a busy machine before it passes for one that never ends.
const hang = 10 * time.Minute

// testSQLPage asks the SQL page every question in Chromium, from a plain file server, and wants what the program answered: of a question
// the download of its page, of an example what the command line says.
func testSQLPage(t *testing.T, data string) {
	if _, err := os.Stat(root + "/site/assets/duckdb/duckdb.wasm.gz"); err != nil {
		needed(t, root+"/site/assets/duckdb/duckdb.wasm.gz", "make brings it where npm is")
	}
	page := openSQLPage(t, filepath.Join(data, "site"))
	examples, err := chromedp.Run(page, chromedp.Evaluate[[]struct{ Slug, SQL string }](`[...document.querySelectorAll("details.query")].map(d => ({Slug: d.id, SQL: d.querySelector("code").textContent}))`))
	if err != nil || len(examples) != 12 {
		t.Fatalf("%d examples, %v; want 12", len(examples), err)
	}
	rows := 0
	for _, e := range examples {
		got := page.answer(t, e.Slug, e.SQL)
		want, stderr, code := runProgram(t, "sql", "--csv", "-d", data, "--", e.SQL)
		if code != 0 {
			t.Fatal(stderr)
		}
		compareRows(t, e.Slug, got, readCSV(t, want))
		if len(got) < 2 {
			t.Errorf("%s: the example has no rows", e.Slug)
		}
		rows += len(got)
	}
	questions := analysis.Questions()
	for _, q := range questions {
		download, err := os.ReadFile(filepath.Join(data, "site", "data", "latest", q.Slug+".csv"))
		if err != nil {
			t.Fatal(err)
		}
		got := page.answer(t, q.Slug, q.SQL)
		compareRows(t, q.Slug, got, readCSV(t, string(download)))
		rows += len(got)
	}
	t.Logf("%d rows of %d queries", rows, len(examples)+len(questions))

	if _, failure := page.ask(t, "SELECT nothing FROM table_stats"); !strings.Contains(failure, "nothing") {
		t.Errorf("a wrong column is told as %q", failure)
	}
	got, _ := page.ask(t, `SELECT '<img src=x onerror=alert(1)>' AS a, '=cmd()' AS b`)
	if got != "a,b\n<img src=x onerror=alert(1)>,'=cmd()\n" {
		t.Errorf("hostile cells come as %q", got)
	}
	images, err := chromedp.Run(page, chromedp.Evaluate[int](`document.querySelectorAll("#sql-result img").length`))
	if err != nil || images != 0 {
		t.Errorf("a cell became markup: %d images, %v", images, err)
	}
}

// sqlPage is the SQL page in a browser.
type sqlPage struct{ context.Context }

// openSQLPage serves a site until the test ends, and opens its SQL page in Chromium.
func openSQLPage(t *testing.T, site string) sqlPage {
	t.Helper()
	server := httptest.NewServer(http.FileServer(http.Dir(site)))
	t.Cleanup(server.Close)
	allocated, stop := chromedp.NewExecAllocator(t.Context(), append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(needed(t, "chromium", ".ci/run installs it")),
		chromedp.NoSandbox, chromedp.DisableGPU, chromedp.UserDataDir(t.TempDir()), chromedp.Flag("disable-component-update", true))...)
	t.Cleanup(stop)
	ctx, stop := chromedp.NewContext(allocated)
	t.Cleanup(stop)
	if err := chromedp.Do(ctx, chromedp.Navigate(server.URL+"/sql.html")); err != nil {
		t.Fatal(err)
	}
	return sqlPage{ctx}
}

// ask runs a query on the page and returns its rows as CSV, or what the page says of its failure.
func (p sqlPage) ask(t *testing.T, query string) (rows, failure string) {
	t.Helper()
	ctx, stop := context.WithTimeout(p, hang)
	defer stop()
	quoted, _ := json.Marshal(query)
	_, err := chromedp.Run(ctx, chromedp.Evaluate[bool](`window.addEventListener("hashchange", () => setTimeout(() => document.getElementById("sql-run").click()), {once: true});
		location.hash = "sql=" + encodeURIComponent(`+string(quoted)+`); document.getElementById("sql-state").textContent = ""; document.getElementById("sql-error").textContent = ""; true`))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := chromedp.Run(ctx, chromedp.Poll[bool](`!document.getElementById("sql-run").disabled && (document.getElementById("sql-state").textContent.startsWith("Done") || document.getElementById("sql-error").textContent !== "")`)); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	got, err := chromedp.Run(ctx, chromedp.Evaluate[[]string](`[window.tidemarkSQL.csv(), document.getElementById("sql-error").textContent]`))
	if err != nil {
		t.Fatal(err)
	}
	return got[0], got[1]
}

// answer returns the rows of a query that is to have an answer, its header first.
func (p sqlPage) answer(t *testing.T, slug, query string) [][]string {
	t.Helper()
	rows, failure := p.ask(t, query)
	if failure != "" {
		t.Errorf("%s: the page says %s", slug, failure)
	}
	return readCSV(t, rows)
}

func readCSV(t *testing.T, text string) [][]string {
	t.Helper()
	rows, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

// compareRows reports the first row in which the page differs from the program.
func compareRows(t *testing.T, slug string, page, program [][]string) {
	t.Helper()
	if len(page) != len(program) {
		t.Errorf("%s: the page has %d rows, the program %d", slug, len(page), len(program))
		return
	}
	for i := range page {
		if !slices.EqualFunc(page[i], program[i], sameCell) {
			t.Errorf("%s, row %d: the page has\n%s\nthe program\n%s", slug, i, strings.Join(page[i], "|"), strings.Join(program[i], "|"))
			return
		}
	}
}

// sameCell reports whether two cells are the same. The page writes a number as the downloads do (194), the command line as DuckDB does
// (194.0).
func sameCell(a, b string) bool {
	x, errX := strconv.ParseFloat(a, 64)
	y, errY := strconv.ParseFloat(b, 64)
	return a == b || errX == nil && errY == nil && x == y
}
