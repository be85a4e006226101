package site

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"tidemark/analysis"
	"tidemark/datasets"
	"tidemark/datasets/table"
	"tidemark/internal/legible"
	"tidemark/site/publish"
)

const manyRows = 135_000

// longResult is a table of so many routes in no order, with unknown values and with texts that mean harm.
func longResult(rows int) *table.Result {
	r := &table.Result{Columns: []table.ResultColumn{{Name: "prefix"}, {Name: "origin_asn", Type: table.Int64}, {Name: "rov_state"}, {Name: "peers", Type: table.Int64},
		{Name: "visibility", Type: table.Float64}, {Name: "first_seen", Type: table.Timestamp}, {Name: "note"}}}
	states := []any{"valid", "not-found", "invalid-origin", "unknown", nil}
	for i := range rows {
		n := uint32(i) * 2654435761 // spreads them
		prefix := fmt.Sprintf("%d.%d.%d.0/%d", 1+n>>24%223, n>>16&255, n>>8&255, 22+i%3)
		if i%4 == 3 {
			prefix = fmt.Sprintf("2001:%x:%x::/%d", n>>16, n&0xfff+1, 44+i%5)
		}
		row := []any{prefix, int64(n % 70_000), states[i%7%5], int64(n % 400 * 100), float64(n%43) / 43, date(2026, 1, 1).Add(time.Duration(n%900) * 9 * time.Hour), "seen"}
		if i%50 == 0 {
			row[1], row[3], row[4], row[5] = nil, nil, nil, nil
		}
		switch i % 1000 {
		case 1:
			row[6] = hostile
		case 2:
			row[6] = "=1+1, \"quoted\"\nnext"
		case 3:
			row[1], row[6] = int64(15169), "__proto__"
		}
		r.Rows = append(r.Rows, row)
	}
	return r
}

func longAnswer(rows int) *analysis.Answer {
	return &analysis.Answer{Question: &analysis.Question{Slug: "many-routes", Title: "Which routes are there?", Section: "Routing", Subject: "Bogons", Tab: "All",
		Datasets: []*table.Schema{datasets.RouteStates.Schema}, SQL: "SELECT 1", Definition: "Routes."}, Result: longResult(rows), Lead: "There are many routes."}
}

// unpacked is the twin of the script's decode: the texts of a column of a part.
func unpacked(t *testing.T, c partColumn) (all []string) {
	t.Helper()
	if c.Rows != "" {
		width := 1
		if len(c.Values) > 64 {
			width = 2
		}
		for digits := range slices.Chunk([]byte(c.Rows), width) {
			at := 0
			for _, digit := range digits {
				at = 64*at + strings.IndexByte(partDigits, digit)
			}
			all = append(all, c.Values[at])
		}
		return all
	}
	before := ""
	for _, v := range c.Values {
		same, err := strconv.ParseInt(v[:1], 36, 0)
		if err != nil {
			t.Fatal(err)
		}
		before = before[:same] + v[1:]
		all = append(all, before)
	}
	return all
}

// scriptsOf returns the scripts of a table as they are published, by path.
func scriptsOf(t *testing.T, f *facts, r *table.Result) (tableView, map[string]string) {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "site")
	stage, err := publish.Open(dir, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer stage.Close()
	v := f.tableOf("many-routes", "Routes", r, nil, maxListed)
	if err := f.publishTable(&v, r, stage); err != nil {
		t.Fatal(err)
	}
	if _, _, err := stage.Publish(); err != nil {
		t.Fatal(err)
	}
	files, err := readSite(dir)
	if err != nil {
		t.Fatal(err)
	}
	return v, files
}

// TestTableParts: the scripts hold each row once, in order, within their size and without markup; they are the same at the second time.
func TestTableParts(t *testing.T) {
	t.Parallel()
	f := &facts{Input: Input{Datasets: datasets.All()}, frame: &frame{}, asNames: map[uint32]string{15169: "<GOOGLE>"}, memory: openMemory("")}
	r := longResult(9_000)
	v, files := scriptsOf(t, f, r)
	if _, again := scriptsOf(t, f, r); !maps.Equal(files, again) {
		t.Error("the second time the scripts differ")
	}
	_, longer := scriptsOf(t, f, longResult(9_500))
	for name, content := range files {
		if last := fmt.Sprintf("%smany-routes/%d.js", tablesFolder, len(v.Parts.Versions)-1); strings.HasPrefix(name, tablesFolder) && name != last && longer[name] != content {
			t.Errorf("rows at the end change %s", name)
		}
	}
	if whole := f.tableOf("few", "Routes", longResult(maxListed), nil, maxListed); whole.Shown() != whole.Total || f.publishTable(&whole, nil, nil) != nil || whole.Parts != nil {
		t.Error("there are scripts of a table that its page has whole")
	}
	var kinds []columnKind
	for _, c := range v.Columns {
		kinds = append(kinds, c.Kind)
	}
	if want := []columnKind{ofAddress, ofAS, ofText, ofGrouped, ofFloat, ofTime, ofText}; !slices.Equal(kinds, want) {
		t.Errorf("the columns are %q, want %q", kinds, want)
	}
	if !strings.HasPrefix(v.Columns[2].Facet, `[["not-found",`) || v.Columns[0].Facet != "" {
		t.Errorf("readers choose by %.80q", v.Columns[2].Facet)
	}
	var columns [7][]string
	n := 0
	for ; ; n++ {
		script, ok := files[fmt.Sprintf("%smany-routes/%d.js", tablesFolder, n)]
		if !ok {
			break
		}
		if len(script) > mostPartSize+100 {
			t.Errorf("part %d has %d bytes", n, len(script))
		}
		if strings.ContainsAny(script, "<>\u202e") {
			t.Errorf("part %d has markup or a bidirectional control", n)
		}
		_, body, _ := strings.Cut(script, " = ")
		var part tablePart
		if err := json.Unmarshal([]byte(strings.TrimSuffix(body, ";\n")), &part); err != nil {
			t.Fatal(err)
		}
		for i, c := range part.Columns {
			columns[i] = append(columns[i], unpacked(t, c)...)
		}
	}
	if n < 3 {
		t.Fatalf("only %d parts", n)
	}
	for i, c := range r.Columns {
		if len(columns[i]) != len(r.Rows) {
			t.Fatalf("column %s has %d rows", c.Name, len(columns[i]))
		}
		for row, got := range columns[i] {
			if want := c.Text(r.Rows[row][i]); want != hostile && strings.Split(got, "|")[0] != want {
				t.Fatalf("row %d, %s: %q, want %q", row, c.Name, got, want)
			}
		}
	}
}

func TestFacetOf(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		rows   int
		values []string
		want   string
	}{
		{19, []string{"a", "b"}, ""},
		{20, []string{"a"}, ""},
		{21, []string{"b", "", "b"}, `[["b",14],["",7]]`},
		{24, strings.Split("abcdefghijkl", ""), `[["a",2],["b",2],["c",2],["d",2],["e",2],["f",2],["g",2],["h",2],["i",2],["j",2],["k",2],["l",2]]`},
		{26, strings.Split("abcdefghijklm", ""), ""},
		{20, []string{"<b>", `"`}, `[["\"",10],["\u003cb\u003e",10]]`},
	} {
		if got := facetOf(test.rows, func(row int) string { return test.values[row%len(test.values)] }); got != test.want {
			t.Errorf("%d rows of %q: %s, want %s", test.rows, test.values, got, test.want)
		}
	}
}

func TestPacked(t *testing.T) {
	t.Parallel()
	many := make([]string, 200)
	for i := range many {
		many[i] = fmt.Sprintf("2001:db8:%x::/48 é%d", i, i)
	}
	many[7], many[8] = "", "ébé\"\n"
	for _, texts := range [][]string{{""}, {"a", "", "a"}, many, slices.Concat(many, many, many)} {
		if got := unpacked(t, packed(texts)); !slices.Equal(got, texts) {
			t.Errorf("%.80q became %.80q", texts, got)
		}
	}
}

// TestNewestFirst: a report has its newest year first, as a phone shows it.
func TestNewestFirst(t *testing.T) {
	t.Parallel()
	if got := newestFirst([]string{"2023", "2024", "2025", "+1 %", "+2 %", "+3 %"}); !slices.Equal(got, []string{"2025", "2024", "2023", "+3 %", "+2 %", "+1 %"}) {
		t.Errorf("%q", got)
	}
}

// wanted is the CSV of rows that have a text, a state, or both, by prefix if asked, the other way round if down.
func wanted(t *testing.T, r *table.Result, has func(row []any) bool, byPrefix bool) string {
	t.Helper()
	chosen := &table.Result{Columns: r.Columns}
	for _, row := range r.Rows {
		if has(row) {
			chosen.Rows = append(chosen.Rows, row)
		}
	}
	if byPrefix {
		slices.SortStableFunc(chosen.Rows, func(a, b []any) int {
			p, q := netip.MustParsePrefix(a[0].(string)), netip.MustParsePrefix(b[0].(string))
			return cmp.Or(p.Addr().Compare(q.Addr()), p.Bits()-q.Bits())
		})
	}
	var out bytes.Buffer
	if err := chosen.WriteCSV(&out); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

const (
	saidRows  = `document.querySelector("p.said[role=status]").textContent`
	firstCell = `document.querySelector("table[data-parts] tbody tr").cells[0].textContent`
	saving    = `URL.createObjectURL = (blob) => { blob.text().then((text) => { window.saved = text; }); return "blob:x"; };
		HTMLAnchorElement.prototype.click = function () { window.savedAs = this.download; }; true`
)

// TestLongTable filters, sorts and saves a table of 135,000 rows, by its address, from a disk, without script and on a phone.
func TestLongTable(t *testing.T) {
	t.Parallel()
	in := lookupInput(t)
	answer := longAnswer(manyRows)
	in.Answers = append(in.Answers, answer)
	r := answer.Result
	dir := filepath.Join(t.TempDir(), "a site")
	_, files := render(t, in, dir)
	parts, size := 0, 0
	for name, content := range files {
		if strings.HasPrefix(name, tablesFolder+"many-routes/") {
			parts++
			size += len(content)
		}
	}
	t.Logf("%d rows are %d parts of %d bytes together; the page has %d bytes", manyRows, parts, size, len(files["q/many-routes/index.html"]))
	for _, want := range []string{`data-total="135000"`, `data-kind="address">prefix`, "first seen (UTC)", `data-facet="[[&#34;not-found&#34;,`, `<a href="../../as/index.html?n=15169">AS15169</a> <small>GOOGLE</small>`} {
		if !strings.Contains(files["q/many-routes/index.html"], want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	ctx := browser(t)
	ctx, base, seen := watched(t, ctx, dir)
	address := base + "/q/many-routes/index.html"

	begin := time.Now()
	if err := chromedp.Do(ctx, chromedp.EmulateViewport(1280, 800), chromedp.Navigate(address)); err != nil {
		t.Fatal(err)
	}
	await(t, ctx, saidRows+` === "135,000 rows"`)
	if n := evaluate[int](t, ctx, `performance.getEntriesByType("resource").filter(e => e.name.includes("/tables/")).length`); n != 0 {
		t.Errorf("%d parts are loaded before anybody asks", n)
	}
	t.Logf("first rows after %v", time.Since(begin).Round(time.Millisecond))

	begin = time.Now()
	evaluate[bool](t, ctx, saving+`, (() => { const f = document.querySelector("form.rows input"); f.value = "AS15169"; f.dispatchEvent(new Event("input")); return true; })()`)
	await(t, ctx, saidRows+`.includes(" of 135,000 rows")`)
	t.Logf("filter after %v, %d bytes", time.Since(begin).Round(time.Millisecond), size)
	google := func(row []any) bool {
		n, _ := row[1].(int64)
		return strings.HasPrefix(strconv.FormatInt(n, 10), "15169")
	}
	testSaved(t, ctx, "many-routes-AS15169.csv", wanted(t, r, google, false))
	if name := evaluate[string](t, ctx, `document.querySelector("table[data-parts] td small").textContent`); name != "GOOGLE" {
		t.Errorf("the AS is named %q", name)
	}

	begin = time.Now()
	evaluate[bool](t, ctx, `(() => { const f = document.querySelector("form.rows input"); f.value = "2001:"; document.querySelector("form.rows").requestSubmit();
		const s = document.querySelector("form.rows select"); s.value = "=valid"; s.dispatchEvent(new Event("change")); document.querySelector("th .sort").click(); return true; })()`)
	await(t, ctx, `document.querySelector("th[data-key=prefix]").ariaSort === "ascending"`)
	t.Logf("filter, facet and order of addresses after %v", time.Since(begin).Round(time.Millisecond))
	testSaved(t, ctx, "many-routes-2001-rov_state-valid.csv", wanted(t, r, func(row []any) bool {
		return strings.HasPrefix(row[0].(string), "2001:") && row[2] == "valid"
	}, true))

	at := evaluate[string](t, ctx, `location.search`)
	if values, err := url.ParseQuery(at[1:]); err != nil || values.Get("q") != "2001:" || values.Get("is.rov_state") != "valid" || values.Get("sort") != "prefix" {
		t.Errorf("the address is %s (%v)", at, err)
	}
	first, said := evaluate[string](t, ctx, firstCell), evaluate[string](t, ctx, saidRows)
	evaluate[bool](t, ctx, `[...document.querySelectorAll(".pages button")].pop().click(), true`)
	await(t, ctx, firstCell+` !== "`+first+`"`)
	evaluate[bool](t, ctx, `history.back(), true`)
	await(t, ctx, firstCell+` === "`+first+`"`)
	if err := chromedp.Do(ctx, chromedp.Navigate(address+at)); err != nil {
		t.Fatal(err)
	}
	await(t, ctx, fmt.Sprintf(`%s === %q && %s === %q && document.querySelector("form.rows select").value === "=valid"`, saidRows, said, firstCell, first))

	evaluate[bool](t, ctx, saving+`, document.querySelector("form.rows select").value = "*", document.querySelector("form.rows select").dispatchEvent(new Event("change")),
		document.querySelector("form.rows input").value = "", document.querySelector("form.rows").requestSubmit(), true`)
	await(t, ctx, saidRows+` === "135,000 rows"`)
	testSaved(t, ctx, "many-routes.csv", wanted(t, r, func([]any) bool { return true }, true))
	for _, column := range []string{"peers", "first_seen"} {
		for _, way := range []string{"ascending", "descending"} {
			evaluate[bool](t, ctx, `document.querySelector("th[data-key=`+column+`] .sort").click(), true`)
			await(t, ctx, fmt.Sprintf(`document.querySelector("th[data-key=%s]").ariaSort === %q`, column, way))
		}
		evaluate[bool](t, ctx, `[...document.querySelectorAll(".pages button")].pop().click(), true`)
		await(t, ctx, `document.querySelector(".pages span").textContent.includes("page 2,700 of")`)
		if got := evaluate[string](t, ctx, `[...document.querySelectorAll("table[data-parts] tbody tr")].map(tr => tr.cells[document.querySelector("th[aria-sort]").cellIndex].textContent).join("")`); got != "" {
			t.Errorf("by %s the unknown is not last: %.80s", column, got)
		}
	}
	if all, _ := seen.drain(); len(all) > 0 {
		t.Errorf("the browser says %.300q", all[:min(len(all), 3)])
	}
	t.Run("cancel", func(t *testing.T) { testCancel(t, ctx, address) })
	t.Run("from disk", func(t *testing.T) {
		testLongTableElsewhere(t, ctx, (&url.URL{Scheme: "file", Path: dir}).String()+"/q/many-routes/index.html", 1280)
	})
	t.Run("phone", func(t *testing.T) { testLongTableElsewhere(t, ctx, address, 390) })
	t.Run("axe", func(t *testing.T) { testLongTableAxe(t, ctx) })
	t.Run("newest first", func(t *testing.T) { testNewestFirst(t, ctx, base) })
	t.Run("without script", func(t *testing.T) { testLongTableWithoutScript(t, ctx, address) })
}

// testSaved saves the rows and compares them with those wanted.
func testSaved(t *testing.T, ctx context.Context, name, want string) {
	t.Helper()
	evaluate[bool](t, ctx, `window.saved = undefined, document.querySelector("form.rows button").click(), true`)
	await(t, ctx, `window.saved !== undefined`)
	want = legible.Text(want) // as pages show it
	if got := evaluate[string](t, ctx, `window.saved`); got != want {
		at := 0
		for at < min(len(got), len(want)) && got[at] == want[at] {
			at++
		}
		t.Errorf("%s: %d bytes, want %d; they differ from %.80q, want %.80q", name, len(got), len(want), got[max(0, at-20):], want[max(0, at-20):])
	}
	if got := evaluate[string](t, ctx, `window.savedAs`); got != name {
		t.Errorf("the file is called %q, want %q", got, name)
	}
}

// testCancel stops the loading of a table.
func testCancel(t *testing.T, ctx context.Context, address string) {
	if err := chromedp.Do(ctx, chromedp.Navigate(address)); err != nil {
		t.Fatal(err)
	}
	await(t, ctx, saidRows+` === "135,000 rows"`)
	evaluate[bool](t, ctx, `(() => { const f = document.querySelector("form.rows input"); f.value = "none has this"; document.querySelector("form.rows").requestSubmit();
		document.querySelector("p.said button").click(); return true; })()`)
	await(t, ctx, `document.querySelector("p.said:not([role])").hidden && document.querySelector("form.rows input").value === ""`)
	if got := evaluate[string](t, ctx, saidRows+` + location.search`); got != "135,000 rows" {
		t.Errorf("after a cancel the table says %q", got)
	}
	if err := chromedp.Do(ctx, chromedp.Navigate(address+"?q=none+has+this")); err != nil {
		t.Fatal(err)
	}
	evaluate[bool](t, ctx, `document.querySelector("p.said button").click(), true`)
	await(t, ctx, saidRows+` + location.search === "135,000 rows"`)
}

// testLongTableElsewhere finds a row far behind, on a screen of some width.
func testLongTableElsewhere(t *testing.T, ctx context.Context, address string, width int64) {
	if err := chromedp.Do(ctx, chromedp.EmulateViewport(width, 800), chromedp.Navigate(address+"?page=2000")); err != nil {
		t.Fatal(err)
	}
	await(t, ctx, `document.querySelector(".pages span").textContent.includes("page 2,000 of 2,700")`)
	if n := evaluate[int](t, ctx, `performance.getEntriesByType("resource").filter(e => e.name.includes("/tables/")).length`); n > 2 {
		t.Errorf("a page of rows loads %d parts", n)
	}
	evaluate[bool](t, ctx, `(() => { const f = document.querySelector("form.rows input"); f.value = "__proto__"; document.querySelector("form.rows").requestSubmit(); return true; })()`)
	await(t, ctx, saidRows+` === "135 of 135,000 rows"`)
	if got := evaluate[string](t, ctx, `location.search`); got != "?q=__proto__" {
		t.Errorf("the address is %q", got)
	}
	if wide := evaluate[int64](t, ctx, `document.documentElement.scrollWidth`); wide > width {
		t.Errorf("the page is %d pixels wide", wide)
	}
	if *screenshots != "" {
		evaluate[bool](t, ctx, `document.getElementById("table").scrollIntoView({behavior: "instant"}), true`)
		picture, err := chromedp.Run(ctx, chromedp.CaptureScreenshot())
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(*screenshots, fmt.Sprintf("table-%d.png", width)), picture, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// testLongTableAxe asks axe about the page with its controls.
func testLongTableAxe(t *testing.T, ctx context.Context) {
	axe, err := os.ReadFile(needCheck(t, "axe-core", "axe.min.js"))
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range violations(t, ctx, string(axe), true) {
		t.Errorf("%s: %s", v.ID, v.Nodes[0].HTML)
	}
}

// testNewestFirst: on a phone a series begins with its newest day, until the reader chooses.
func testNewestFirst(t *testing.T, ctx context.Context, base string) {
	for width, want := range map[int64]string{1280: "2012-06-01", 390: "2026-06-01"} {
		if err := chromedp.Do(ctx, chromedp.EmulateViewport(width, 800), chromedp.Navigate(base+"/q/table-growth/index.html")); err != nil {
			t.Fatal(err)
		}
		await(t, ctx, fmt.Sprintf(`document.querySelector("table[data-table] tbody td").textContent === %q`, want))
	}
	evaluate[bool](t, ctx, `document.querySelector("th .sort").click(), true`)
	await(t, ctx, `document.querySelector("table[data-table] tbody td").textContent === "2012-06-01"`)
}

// testLongTableWithoutScript reads the first rows with JavaScript off.
func testLongTableWithoutScript(t *testing.T, ctx context.Context, address string) {
	if err := call(ctx, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true}); err != nil {
		t.Fatal(err)
	}
	if err := chromedp.Do(ctx, chromedp.Navigate(address)); err != nil {
		t.Fatal(err)
	}
	text, err := chromedp.Run(ctx, chromedp.Text(chromedp.CSS("#table")))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"The first 500 of 135,000 rows; the downloads have all of them.", "1.0.0.0/22"} {
		if !strings.Contains(text, want) {
			t.Errorf("without JavaScript the table lacks %q", want)
		}
	}
	if n := strings.Count(text, "\n"); n < 500 {
		t.Errorf("without JavaScript the table has %d lines", n)
	}
}

// TestPlainRows: a row that is written without the template is as the template writes it, which one with a link goes through.
func TestPlainRows(t *testing.T) {
	t.Parallel()
	write, err := bodies["404.html"]()
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{"", "a text", `<b a="1" b='2'>&amp;+1`, "−3 % é 漢", "\x00\x1b"} {
		for _, class := range []string{"", "n", "day", "short", "text", "long", `"><i>`} {
			cell := tableCell{Text: text, Value: text, Note: text}
			var written [2]string
			for i, second := range []tableCell{{Text: "x"}, {Text: "x", Link: "x.html"}} {
				v := tableView{Name: "t", Columns: []tableColumn{{Name: "a", Class: class}, {Name: "b", Class: class, Head: true}, {Name: "c"}}, Total: 1, Rows: [][]tableCell{{cell, cell, second}}}
				if plain := v.Plain(v.Rows[0]) != ""; plain != (i == 0) {
					t.Fatalf("a row with the cell %+v is plain: %t", second, plain)
				}
				var out bytes.Buffer
				if err := write.ExecuteTemplate(&out, "table", map[string]any{"Page": &page{frame: &frame{}}, "Table": v}); err != nil {
					t.Fatal(err)
				}
				written[i] = strings.ReplaceAll(out.String(), `<a href="./x.html">x</a>`, "x")
			}
			if written[0] != written[1] {
				t.Errorf("%q in a column of class %q:\n%s\nwant\n%s", text, class, written[0], written[1])
			}
		}
	}
}
