package site

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"tidemark/datasets"
	"tidemark/internal/testkit"
	"tidemark/internal/testkit/firefox"
	"tidemark/site/preview"
)

// keyboard is a browser as somebody uses it who has no mouse.
type keyboard interface {
	Open(url string) error
	Press(keys string) error                    // one after the other, as firefox.Press
	Evaluate(expression string) (string, error) // as JSON
}

// chromiumKeyboard is that of Chromium.
type chromiumKeyboard struct{ ctx context.Context }

func (c chromiumKeyboard) Open(url string) error {
	return chromedp.Do(c.ctx, chromedp.Navigate(url))
}

// chromiumKeys are the names that the driver of Chromium has for WebDriver's keys.
var chromiumKeys = map[string]string{firefox.Tab: kb.Tab, firefox.Enter: kb.Enter, firefox.Backspace: kb.Backspace, firefox.ArrowDown: kb.ArrowDown}

// Press sends keys as a keyboard does: what a page does with the key decides whether there is a letter.
func (c chromiumKeyboard) Press(keys string) error {
	modifiers := int64(0)
	for _, key := range strings.Split(keys, "") {
		if key == firefox.Control {
			modifiers = int64(kb.ModifierCtrl)
			continue
		}
		if name, ok := chromiumKeys[key]; ok {
			key = name
		}
		var down, up input.DispatchKeyEventParams
		for _, event := range kb.Encode([]rune(key)[0]) {
			switch event.Type {
			case input.DispatchKeyEventTypeChar:
				down.Text, down.UnmodifiedText = event.Text, event.UnmodifiedText
			case input.DispatchKeyEventTypeKeyUp:
				up = *event
			default:
				down = *event
			}
		}
		down.Type = input.DispatchKeyEventTypeKeyDown
		down.Modifiers, up.Modifiers = down.Modifiers|modifiers, up.Modifiers|modifiers
		if modifiers != 0 {
			down.Text, down.UnmodifiedText = "", ""
		}
		if err := errors.Join(call(c.ctx, input.DispatchKeyEvent, down), call(c.ctx, input.DispatchKeyEvent, up)); err != nil {
			return err
		}
		modifiers = 0
	}
	return nil
}

func (c chromiumKeyboard) Evaluate(expression string) (string, error) {
	short, stop := context.WithTimeout(c.ctx, 5*time.Second)
	defer stop()
	return chromedp.Run(short, chromedp.Evaluate[string]("JSON.stringify(("+expression+"))"))
}

// value returns the value of an expression on the page.
func value[T any](t *testing.T, k keyboard, expression string) (v T) {
	t.Helper()
	content, err := k.Evaluate(expression)
	if err := errors.Join(err, json.Unmarshal([]byte(content), &v)); err != nil {
		t.Fatalf("%s: %v", expression, err)
	}
	return v
}

// awaitOn waits until the expression is true. A page that is being left may not answer.
func awaitOn(t *testing.T, k keyboard, expression string) {
	t.Helper()
	var last error
	for begun := time.Now(); time.Since(begun) < hang; time.Sleep(50 * time.Millisecond) {
		content, err := k.Evaluate("Boolean(" + expression + ")")
		if content == "true" {
			return
		}
		last = err
	}
	at, _ := k.Evaluate("location.href")
	t.Fatalf("%s: %s is still false (%v)", at, expression, last)
}

const (
	maxActions  = 3  // of a task: typed queries, followed links, activated controls
	maxReading  = 60 // seconds
	wordsMinute = 250
	maxTabs     = 150 // to the place of an action
)

// visit does a task, and counts what it takes.
type visit struct {
	*testing.T
	keyboard
	base                 string
	actions, words, keys int
	from                 string // selector of what the reader is at; empty: the page's beginning
}

func (v *visit) press(keys string) {
	v.Helper()
	if err := v.Press(keys); err != nil {
		v.Fatal(err)
	}
	v.keys += len([]rune(keys))
}

// await waits until the expression is true. A page that is being left may not answer.
func (v *visit) await(expression string) {
	v.Helper()
	awaitOn(v.T, v, expression)
}

// read counts the words between where the reader stands and the end of an element, and returns that element's text.
func (v *visit) read(selector string) string {
	v.Helper()
	v.await(fmt.Sprintf(`document.querySelector(%q)`, selector))
	found := value[struct {
		Words int
		Text  string
	}](v.T, v, fmt.Sprintf(`(() => {
		const main = document.querySelector("main"), to = document.querySelector(%q), at = window.readerStands || (%q && document.querySelector(%[2]q)) || main;
		const before = (a, b) => a.compareDocumentPosition(b) & Node.DOCUMENT_POSITION_FOLLOWING;
		const start = at === to || before(at, to) ? at : main;
		const walk = document.createTreeWalker(main, NodeFilter.SHOW_TEXT);
		let words = 0;
		for (let n = walk.nextNode(); n; n = walk.nextNode()) {
			const of = n.parentElement;
			if (!(start.contains(n) || before(start, n)) || !(to.contains(n) || before(n, to))) continue;
			if (of.closest("svg, option, script, noscript, .unseen") || !of.checkVisibility({visibilityProperty: true})) continue;
			words += n.data.split(/\s+/).filter(Boolean).length;
		}
		window.readerStands = to;
		return {Words: main.contains(to) ? words : 0, Text: to.innerText};
	})()`, selector, v.from))
	v.words += found.Words
	return found.Text
}

// reach goes to an element by the tabulator.
func (v *visit) reach(selector string) {
	v.Helper()
	v.read(selector)
	for range maxTabs {
		if value[bool](v.T, v, fmt.Sprintf(`document.activeElement === document.querySelector(%q)`, selector)) {
			return
		}
		v.press(firefox.Tab)
	}
	v.Fatalf("%d tabs do not lead to %s", maxTabs, selector)
}

// follow follows a link on the same page.
func (v *visit) follow(selector string) {
	v.Helper()
	v.reach(selector)
	v.actions++
	id := value[string](v.T, v, `document.activeElement.hash`)
	v.press(firefox.Enter)
	v.await(fmt.Sprintf(`location.hash === %q`, id))
	value[bool](v.T, v, `(window.readerStands = null, true)`)
	v.from = id
}

// activate presses a button, or unfolds.
func (v *visit) activate(selector string) {
	v.Helper()
	v.reach(selector)
	v.actions++
	v.press(firefox.Enter)
}

// enter types into a field, and ends with Enter.
func (v *visit) enter(selector, text string) {
	v.Helper()
	v.reach(selector)
	v.actions++
	v.press(text + firefox.Enter)
}

// search asks the field at the top, and chooses the page with the path among its answers.
func (v *visit) search(asked, path string) {
	v.Helper()
	v.actions++
	v.press("/" + asked)
	hits := fmt.Sprintf(`[...document.querySelectorAll("#hits:not([hidden]) li")].map(li => li.dataset.href.includes(%q))`, path)
	v.await(fmt.Sprintf(`document.getElementById("find").value === %q && %s.some(Boolean)`, asked, hits))
	for before := -1; ; time.Sleep(100 * time.Millisecond) { // the last letter's answers
		at := value[int](v.T, v, hits+".indexOf(true)")
		if at == before {
			v.press(strings.Repeat(firefox.ArrowDown, at+1))
			break
		}
		before = at
	}
	v.words += value[int](v.T, v, `(() => { const all = [...document.querySelectorAll("#hits li")];
		return all.slice(0, all.findIndex(li => li.ariaSelected === "true") + 1).map(li => li.innerText).join(" ").split(/\s+/).length; })()`)
	v.press(firefox.Enter)
	v.await(fmt.Sprintf(`location.href.includes(%q) && document.readyState === "complete"`, path))
	v.from = ""
}

// wants fails unless the text has all parts.
func (v *visit) wants(text string, parts ...string) {
	v.Helper()
	for _, part := range parts {
		if !strings.Contains(text, part) {
			v.Errorf("no %q in %.500q", part, text)
		}
	}
}

// typedDate is a day as it is typed into a field of a browser in English.
func typedDate(year, month, day int) string { return fmt.Sprintf("%02d%02d%04d", month, day, year) }

// tasks are what people come for; each begins on the front page.
var tasks = []struct {
	name string
	do   func(*visit)
}{
	{"the ROV share of a country", func(v *visit) {
		v.search("germany", "countries/DE.html")
		text := v.read(`main tbody tr:nth-of-type(2)`)
		v.wants(text, "IPv4 routes ROV-valid", "%")
	}},
	{"an AS and its neighbours", func(v *visit) {
		v.search("AS15169", "as/index.html?n=15169")
		v.follow(`.here a[href$="#neighbours"]`)
		v.wants(v.read(`[data-table="neighbours"] tbody tr`), "AS3356 LEVEL3", "peer", "5 of 20")
	}},
	{"what replaced RFC 8446", func(v *visit) {
		v.search("RFC 8446", "rfc/8446.html")
		v.wants(v.read(`.superseded`), "RFC\u00a09846", "replaces it")
	}},
	{"to cite a chart", func(v *visit) {
		v.search("table growth", "q/table-growth/")
		v.follow(`.here a[href="#cite"]`)
		v.wants(v.read(`[data-cite="apa"]`), "How fast does the routing table grow?", "2026")
		v.activate(`#cite .copied button`)
		v.await(`document.querySelector("#cite .copied [role=status]").textContent === "Copied."`)
	}},
	{"to embed a chart", func(v *visit) {
		v.search("table growth", "q/table-growth/")
		v.follow(`.here a[href="#embed"]`)
		v.wants(v.read(`#embed pre`), "<iframe src=", "/q/table-growth/embed/")
		v.activate(`#embed .copied button`)
		v.await(`document.querySelector("#embed .copied [role=status]").textContent === "Copied."`)
	}},
	{"the CSV of a filtered table", func(v *visit) {
		v.search("bogons", "q/bogons/")
		v.enter(`form.rows input[type="search"]`, "100.64.7.")
		v.await(`/^3 of 640 rows/.test(document.querySelector(".said").textContent)`)
		value[bool](v.T, v, `(() => { const make = URL.createObjectURL; URL.createObjectURL = (b) => { b.text().then((text) => { window.saved = text; }); return make.call(URL, b); }; return true; })()`)
		v.activate(`form.rows button`)
		v.await(`window.saved !== undefined`)
		if got := value[string](v.T, v, `window.saved`); strings.Count(got, "\n") != 4 || strings.Count(got, ",100.64.7.0/24,") != 3 {
			v.Errorf("the CSV is %q", got)
		}
		v.wants(value[string](v.T, v, `location.search`), "q=100.64.7.")
	}},
	{"a query shared by its address", func(v *visit) {
		const content = `document.querySelector("#sql-editor").shadowRoot.querySelector(".cm-content")`
		v.search("sql", "sql.html")
		v.await(`document.querySelector("#sql-form[data-ready]")`)
		v.enter(`#sql-editor`, firefox.Control+"a"+"SELECT 42")
		v.activate(`#sql-link`)
		v.await(`document.querySelector("#sql-state").textContent.startsWith("The link")`)
		link := value[string](v.T, v, `(() => { const at = new URL(location.href); at.hash = "sql=" + encodeURIComponent(`+content+`.innerText.replace(/\n+$/, "")); return at.href; })()`)
		if err := errors.Join(v.Open("about:blank"), v.Open(link)); err != nil {
			v.Fatal(err)
		}
		v.await(`document.querySelector("#sql-form[data-ready]") && ` + content + `.innerText.includes("SELECT 42")`)
	}},
	{"two days compared", func(v *visit) {
		v.search("table growth", "q/table-growth/")
		v.enter(`figure.chart input[name="from"]`, typedDate(2016, 6, 1))
		v.enter(`figure.chart input[name="to"]`, typedDate(2025, 6, 1))
		v.await(`document.querySelector(".readout").textContent.includes("2025-06-01")`)
		v.wants(v.read(".readout"), "IPv4: 580,399 on 2016-06-01, 958,552 on 2025-06-01, +378,153 (+65.2 %).", "IPv6: ")
		v.wants(value[string](v.T, v, `location.hash`), "from=2016-06-01", "to=2025-06-01")
	}},
	{"what changed this week", func(v *visit) {
		v.search("this week", "rfcs/digest.html")
		v.wants(v.read(`main section ul`), "RFC 6052")
	}},
	{"the proof of a number", func(v *visit) {
		v.activate(`.proof summary`)
		v.await(`document.querySelector(".proof").open`)
		v.wants(v.read(`.proof ol > li:last-child`), "as it was received", "SHA-256")
		if sum := value[string](v.T, v, `document.querySelector(".proof ol > li:last-child .hash").textContent`); len(sum) != 64 {
			v.Errorf("the proof ends with %q", sum)
		}
	}},
}

// testTasks does the tasks by keys alone, and prints what each takes.
func testTasks(t *testing.T, k keyboard, base string, faults func() []string) {
	t.Logf("%-32s %7s %5s %7s %4s", "task", "actions", "words", "reading", "keys")
	for _, task := range tasks {
		t.Run(strings.ReplaceAll(task.name, " ", "_"), func(t *testing.T) {
			v := &visit{T: t, keyboard: k, base: base}
			if err := errors.Join(k.Open("about:blank"), k.Open(base+"/index.html")); err != nil {
				t.Fatal(err)
			}
			task.do(v)
			if all := faults(); len(all) > 0 {
				t.Errorf("the browser says %.300q", all[:min(len(all), 3)])
			}
			seconds := v.words * 60 / wordsMinute
			t.Logf("%-32s %7d %5d %5d s %4d", task.name, v.actions, v.words, seconds, v.keys)
			if v.actions > maxActions {
				t.Errorf("%d actions, more than %d", v.actions, maxActions)
			}
			if seconds > maxReading {
				t.Errorf("%d words to read take %d s, more than %d s", v.words, seconds, maxReading)
			}
		})
	}
}

// tasksInput is the fixture with a table of routes, a document that was replaced, and a week with changes.
func tasksInput(t *testing.T) Input {
	in := lookupInput(t)
	replaced := datasets.RFCRelation{Number: 9846, Relation: "obsoletes", Target: "RFC8446", TargetNumber: 8446}
	for _, r := range in.Standards.Others {
		if r.Number == 8446 {
			r.Relations = append(r.Relations, replaced)
			r.Related = append(r.Related, datasets.RFC{SnapshotDate: date(2025, 12, 1), Number: 9846, Title: "The Transport Layer Security (TLS) Protocol Version 1.3", Status: "propo standard", Year: 2026, Month: 7})
		}
	}
	in.Standards.Events = []datasets.RFCEvent{{After: date(2025, 11, 24), Until: date(2025, 12, 1), Document: "RFC6052", Number: 6052, Kind: "status", Before: "propo standard", Now: "internet standard", Concerns: []uint32{6052}}}
	return in
}

// TestTasks does what people come for by the keyboard alone, each task within three actions and a minute of reading.
func TestTasks(t *testing.T) {
	t.Parallel()
	for _, asset := range []string{echartsPath, duckDBPath, codeMirrorPath} {
		if made(t)[asset] == "" {
			testkit.Missing(t, "%s is not embedded; make puts it into site/assets where npm is installed", asset)
		}
	}
	dir := filepath.Join(t.TempDir(), "a site")
	render(t, tasksInput(t), dir)
	t.Run("chromium", func(t *testing.T) {
		ctx, base, seen := watched(t, browser(t), dir)
		if err := chromedp.Do(ctx, chromedp.EmulateViewport(1280, 800)); err != nil {
			t.Fatal(err)
		}
		testTasks(t, chromiumKeyboard{ctx}, base, func() []string {
			all, _ := seen.drain()
			return all
		})
	})
	t.Run("firefox", func(t *testing.T) {
		server := httptest.NewServer(preview.Handler(dir))
		defer server.Close()
		b := firefox.Start(t)
		testTasks(t, b, server.URL, b.Faults)
	})
}
