package site

import (
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"tidemark/datasets"
	"tidemark/datasets/table"
	"tidemark/internal/testkit"
	"tidemark/internal/testkit/firefox"
	"tidemark/internal/testkit/tables"
)

// withTables is a site with a store, in which one dataset has data.
func withTables(t *testing.T) (dir string, files map[string]string) {
	t.Helper()
	store := tables.Store(t)
	into := store.Begin()
	defer into.Abort()
	for year := 2020; year < 2026; year++ {
		day := date(year, 1, 1)
		var rows []datasets.TableStat
		for _, family := range []uint32{4, 6} {
			rows = append(rows, datasets.TableStat{Collector: "rrc00", DumpTime: day, Source: "bview", Family: family, Metric: "prefixes", Value: float64(year * int(family))})
		}
		tables.Write(t, into, datasets.TableStats, table.Key{Day: day, Name: "rrc00"}, rows...)
	}
	manifests, err := into.Commit()
	if err != nil {
		t.Fatal(err)
	}
	in := fixture()
	in.Store = store
	in.Partitions = map[string][]*table.Manifest{datasets.TableStats.Name: manifests}
	in.Answers, in.Networks, in.Regions, in.Reports, in.Campaigns, in.RFCs = in.Answers[:1], Networks{}, Regions{}, nil, Campaigns{}, nil
	dir = filepath.Join(t.TempDir(), "site")
	_, files = render(t, in, dir)
	return dir, files
}

// maxSQLPage bounds what the SQL page loads of its own before a query runs, compressed as web servers do: the editor is most of it.
// The database is loaded by the first run.
const maxSQLPage = 150_000

// TestSQLPage uses the SQL page as a reader does: the estimate, the editor, a run with its chart and its files, errors, the address.
func TestSQLPage(t *testing.T) {
	t.Parallel()
	dir, files := withTables(t)
	if files[duckDBPath] == "" || files[codeMirrorPath] == "" {
		testkit.Missing(t, "DuckDB or its editor is not embedded; make puts them into site/assets where npm is installed")
	}
	own := 0
	for _, name := range []string{"assets/sql.js", "assets/sql-editor.js", tableScript, "assets/sql-chart.js", codeMirrorPath} {
		var size counter
		w, _ := gzip.NewWriterLevel(&size, 6)
		if _, err := io.WriteString(w, files[name]); err != nil || w.Close() != nil {
			t.Fatal(err)
		}
		own += int(size)
	}
	if own > maxSQLPage {
		t.Errorf("the scripts of the page have %d bytes, more than %d", own, maxSQLPage)
	}

	ctx, base, seen := watched(t, browser(t), dir)
	open := func(hash string) {
		t.Helper()
		if err := chromedp.Do(ctx, chromedp.Navigate("about:blank"), chromedp.EmulateViewport(390, 800), chromedp.Navigate(base+"/sql.html"+hash)); err != nil {
			t.Fatal(err)
		}
		await(t, ctx, `document.querySelector("#sql-form[data-ready]") !== null`)
	}
	const content = `document.querySelector("#sql-editor").shadowRoot.querySelector(".cm-content")`
	query := "SELECT CAST(dump_time AS DATE) AS day, family, value\nFROM table_stats\nORDER BY ALL"
	open("#sql=" + strings.NewReplacer(" ", "%20", "\n", "%0A").Replace(query))
	if got := evaluate[string](t, ctx, content+`.innerText`); !strings.Contains(got, "family, value") {
		t.Errorf("the address is not restored: %q", got)
	}
	if got := evaluate[string](t, ctx, `document.querySelector("#sql-cost").textContent`); !strings.Contains(got, "in 1 file, and the database") || !strings.Contains(got, "table_stats: 2020-01-01 to 2025-01-01, 12 rows") {
		t.Errorf("the estimate is %q", got)
	}
	if evaluate[bool](t, ctx, `performance.getEntriesByType("resource").some(r => /duckdb|echarts/.test(r.name))`) {
		t.Error("the database or ECharts is loaded before a query runs")
	}
	if got := evaluate[string](t, ctx, `getComputedStyle(document.querySelector("#sql-editor").shadowRoot.querySelector(".cm-gutters")).minWidth + getComputedStyle(`+content+`).whiteSpace`); !strings.HasSuffix(got, "pre") {
		t.Errorf("the editor has no styles: %q", got)
	}

	// Completion offers the columns of the table that the query names, and Tab leaves the editor.
	evaluate[bool](t, ctx, content+`.focus(), true`)
	if err := chromedp.Do(ctx, chromedp.KeyEvent("vantage_a")); err != nil {
		t.Fatal(err)
	}
	options := `[...document.querySelector("#sql-editor").shadowRoot.querySelectorAll(".cm-tooltip-autocomplete li")].map(li => li.textContent).join("; ")`
	await(t, ctx, options+`.startsWith("vantage_a")`)
	if got := evaluate[string](t, ctx, options); !strings.Contains(got, "vantage_addressstring") {
		t.Errorf("the completion offers %q", got)
	}
	if err := chromedp.Do(ctx, chromedp.KeyEvent(kb.Escape), chromedp.KeyEvent(kb.Tab)); err != nil {
		t.Fatal(err)
	}
	if got := evaluate[string](t, ctx, `document.activeElement.id`); got != "sql-run" {
		t.Errorf("Tab leads from the editor to %q", got)
	}

	// Typing over what is selected keeps to the policy.
	evaluate[bool](t, ctx, content+`.focus(), true`)
	if err := (chromiumKeyboard{ctx}).Press(firefox.Control + "a" + "SELECT 1"); err != nil {
		t.Fatal(err)
	}
	await(t, ctx, content+`.innerText === "SELECT 1"`)
	if all, _ := seen.drain(); len(all) > 0 {
		t.Errorf("typing over a query, the browser says %.300q", all)
	}

	run := func(query string) (state, failure string) {
		t.Helper()
		evaluate[bool](t, ctx, fmt.Sprintf(`window.addEventListener("hashchange", () => setTimeout(() => document.querySelector("#sql-run").click()), {once: true});
			document.querySelector("#sql-state").textContent = "", document.querySelector("#sql-error").textContent = "", location.hash = "sql=" + encodeURIComponent(%q), true`, query))
		await(t, ctx, settled)
		return evaluate[string](t, ctx, `document.querySelector("#sql-state").textContent`), evaluate[string](t, ctx, `document.querySelector("#sql-error").textContent`)
	}
	if state, failure := run(query); !strings.HasSuffix(state, ": 12 rows.") || failure != "" {
		t.Fatalf("the page says %q, %q", state, failure)
	}
	if got := evaluate[string](t, ctx, `document.querySelector("#sql-result tbody tr").innerText + " " + document.querySelector("#sql-from").textContent`); got != "2020-01-01\t4\t8080 From table_stats: 2020-01-01 to 2025-01-01, 12 rows." {
		t.Errorf("the result starts with %q", got)
	}
	if got := evaluate[string](t, ctx, `window.tidemarkSQL.csv().slice(0, 37)`); got != "day,family,value\n2020-01-01,4,8080\n20" {
		t.Errorf("the CSV is %q", got)
	}
	evaluate[bool](t, ctx, `window.tidemarkSQL.parquet().then(p => document.title = new TextDecoder("latin1").decode(p.slice(0, 4))), true`)
	await(t, ctx, `document.title === "PAR1"`)
	evaluate[bool](t, ctx, `document.querySelector("#sql-draw").click(), true`)
	if _, embedded := files[echartsPath]; embedded {
		await(t, ctx, `document.querySelector("#sql-chart canvas") !== null`)
		if got := evaluate[string](t, ctx, `document.querySelector("#sql-chart").getAttribute("aria-label")`); got != "Line chart of value by day, 2020-01-01 to 2025-01-01: 4 from 8,080 to 8,100, 6 from 12,120 to 12,150. The table has the values." {
			t.Errorf("the chart is described as %q", got)
		}
	}

	for _, c := range []struct{ query, failure, mark string }{
		{"SELECT value\nFROM table_stats\nWHERE nothing = 1", `"nothing" not found`, "nothing"},
		{"SELECT 1 FORM x WHERE", "syntax error", "x"},
	} {
		_, failure := run(c.query)
		if !strings.Contains(failure, c.failure) {
			t.Errorf("%s fails with %q", c.query, failure)
		}
		if got := evaluate[string](t, ctx, `(document.querySelector("#sql-editor").shadowRoot.querySelector(".wrong") || {}).textContent || ""`); got != c.mark {
			t.Errorf("%s: %q is marked", c.query, got)
		}
	}
	if state, _ := run("SELECT range AS n, 'x' || range AS x FROM range(120)"); !strings.HasSuffix(state, ": 120 rows.") {
		t.Errorf("the page says %q", state)
	}
	// The table is that of the other pages, and its state is in the address beside the query.
	evaluate[bool](t, ctx, `document.querySelector("#sql-result th .sort").click(), document.querySelector("#sql-result th .sort").click(), document.querySelector("#sql-draw").click(), true`)
	await(t, ctx, `document.querySelector("#sql-result td").textContent === "119"`)
	evaluate[bool](t, ctx, `[...document.querySelectorAll("#sql-result button")].at(-1).click(), true`)
	await(t, ctx, `document.querySelector("#sql-result .pages span").textContent === "101–120, page 3 of 3" && location.search === "?sort=-n&page=3" && location.hash.startsWith("#sql=SELECT%20range")`)
	evaluate[bool](t, ctx, saving+`, document.querySelector("#sql-result form.rows input").value = "x11", document.querySelector("#sql-result form.rows").requestSubmit(), true`)
	await(t, ctx, `document.querySelector("#sql-result p.said").textContent === "11 of 120 rows"`)
	evaluate[bool](t, ctx, `document.querySelector("#sql-result form.rows button").click(), true`)
	await(t, ctx, `window.savedAs === "result-x11.csv" && window.saved.startsWith("n,x\n119,x119\n118,x118\n")`)
	await(t, ctx, `document.querySelector("#sql-why").textContent.includes("at most 15 bars")`)
	if state, failure := run("SELECT count(*) AS n FROM roas"); !strings.HasSuffix(state, ": 1 row.") || failure != "" {
		t.Errorf("a table without data: %q, %q", state, failure)
	}
	if got := evaluate[string](t, ctx, `location.search + document.querySelector("#sql-result td").textContent`); got != "0" {
		t.Errorf("the table of another query has %q, want 0", got)
	}
	for query, want := range map[string]string{
		"SELECT 64500::UINTEGER AS origin_asn, prefix FROM (VALUES ('10.0.0.0/8'), ('9.0.0.0/8'), (':::::::::::'), (NULL)) t(prefix)": "AS64500|10.0.0.0/8|AS64500|9.0.0.0/8|AS64500|:::::::::::|AS64500|",
		"SELECT '<img src=x>' || chr(8238) AS a":     "<img src=x>�",
		"SELECT 1 AS a FROM table_stats WHERE false": "",
	} {
		run(query)
		if got := evaluate[string](t, ctx, `[...document.querySelectorAll("#sql-result td")].map(td => td.textContent).join("|")`); got != want {
			t.Errorf("%s shows %q, want %q", query, got, want)
		}
		evaluate[bool](t, ctx, `[...document.querySelectorAll("#sql-result th .sort")].at(-1).click(), true`)
	}
	if wide := evaluate[int](t, ctx, `document.documentElement.scrollWidth`); wide > 390 {
		t.Errorf("the page is %d pixels wide", wide)
	}
	if axe, err := os.ReadFile(filepath.Join("testdata", "checks", "node_modules", "axe-core", "axe.min.js")); err == nil {
		for _, v := range violations(t, ctx, string(axe), true) {
			t.Errorf("axe: %s: %s", v.ID, v.Nodes[0].HTML)
		}
	}
	testAsks(t, ctx, base)

	// A name is a table only where the grammar has tables.
	for query, want := range map[string]string{
		"SELECT roas FROM x, table_stats t, roas":                     "roas,table_stats",
		"SELECT roas, sum(routes) FROM (SELECT 1 FROM table_stats)":   "table_stats",
		"FROM (SELECT 1) a JOIN \"roas\" USING (routes), table_stats": "roas,table_stats",
		"SELECT 'FROM roas' -- FROM routes\n, roas /* JOIN roas */":   "",
		"WITH a AS (SELECT 1 FROM roas), routes AS (SELECT 2) SELECT": "roas",
		"DESCRIBE roas": "roas",
	} {
		if got := evaluate[string](t, ctx, fmt.Sprintf(`window.tidemarkSQL.named(%q).join()`, query)); got != want {
			t.Errorf("%s reads %q, want %q", query, got, want)
		}
	}

	// An example is put into the editor, and its name into the address.
	open("#sql-moas")
	if got := evaluate[string](t, ctx, content+`.innerText + location.hash`); !strings.Contains(got, "route_states") || !strings.HasSuffix(got, "#sql-moas") {
		t.Errorf("the example is %q", got)
	}
	open("#table-growth") // a question
	if got := evaluate[string](t, ctx, content+`.innerText`); !strings.Contains(got, "count(DISTINCT prefix)") {
		t.Errorf("the question is %q", got)
	}
	all, _ := seen.drain()
	all = slices.DeleteFunc(all, func(c string) bool { // the database writes errors of queries to the console, too
		return strings.HasPrefix(c, "log: ") && strings.Contains(c, "/"+workerPath) && (strings.Contains(c, "LINE ") || strings.Contains(c, "result.parquet"))
	})
	if len(all) > 0 {
		t.Errorf("the browser says %.300q", all[:min(len(all), 3)])
	}
}

// settled is true once the query has answered or failed.
const settled = `!document.querySelector("#sql-run").disabled && (document.querySelector("#sql-state").textContent.startsWith("Done") || document.querySelector("#sql-error").textContent !== "")`

// testAsks opens the page as if its table were large: it asks before it loads, and does not load when told so.
func testAsks(t *testing.T, ctx context.Context, base string) {
	t.Helper()
	if err := chromedp.Do(ctx, chromedp.Navigate("about:blank"), chromedp.Navigate(base+"/sql.html#sql=SELECT%201%20FROM%20table_stats")); err != nil {
		t.Fatal(err)
	}
	await(t, ctx, `document.querySelector("#sql-form[data-ready]") !== null`)
	evaluate[bool](t, ctx, `window.tidemarkSQL.tables.table_stats.Bytes = 70e6, document.querySelector("#sql-run").click(), true`)
	if got := evaluate[string](t, ctx, `document.querySelector("#sql-ask").hidden + " " + document.querySelector("#sql-asked").textContent + " " + document.activeElement.id`); !strings.HasPrefix(got, "false This query loads at most 70 MB in 1 file, and the database") || !strings.HasSuffix(got, "sql-yes") {
		t.Errorf("the page asks %q", got)
	}
	evaluate[bool](t, ctx, `document.querySelector("#sql-no").click(), true`)
	if evaluate[bool](t, ctx, `!document.querySelector("#sql-ask").hidden || performance.getEntriesByType("resource").some(r => /duckdb/.test(r.name))`) {
		t.Error("the page loads what it was told not to")
	}
	evaluate[bool](t, ctx, `document.querySelector("#sql-run").click(), document.querySelector("#sql-yes").click(), document.querySelector("#sql-stop").click(), true`)
	await(t, ctx, `document.querySelector("#sql-state").textContent === "Stopped." && !document.querySelector("#sql-run").disabled`)
}

// TestSQLExamples: there are twelve, four for each reader, and each has a name of its own that no question has.
func TestSQLExamples(t *testing.T) {
	t.Parallel()
	readers, slugs := map[string]int{}, map[string]bool{}
	for _, e := range sqlExamples {
		readers[e.For]++
		if slugs[e.Slug] || !slug.MatchString(e.Slug) || !strings.HasPrefix(e.Slug, "sql-") {
			t.Errorf("the slug %q is used twice or is not sql-…", e.Slug)
		}
		slugs[e.Slug] = true
		if !strings.Contains(e.SQL, "ORDER BY") {
			t.Errorf("%s: the rows have no order", e.Slug)
		}
	}
	if len(sqlExamples) != 12 || len(readers) != 3 || readers[forOperators] != 4 || readers[forPolicy] != 4 {
		t.Errorf("examples for readers: %v", readers)
	}
}

// counter counts bytes.
type counter int

func (c *counter) Write(p []byte) (int, error) {
	*c += counter(len(p))
	return len(p), nil
}
