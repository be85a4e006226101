package site

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io/fs"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	goruntime "runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"tidemark/internal/testkit"
	"tidemark/site/preview"
)

// published is a site on disk, every page of which is checked: make check-site. Without it the tests check a page of each
// kind of the fixture.
var published = flag.String("site", "", "check every page of the site in this folder")

// pagesToCheck returns the folder of the site and its pages.
func pagesToCheck(t *testing.T) (dir string, pages []string) {
	t.Helper()
	if *published == "" {
		made(t)
		for _, kind := range kinds {
			pages = append(pages, kind.path)
		}
		return shared.dir, pages
	}
	dir, err := filepath.EvalSymlinks(*published)
	if err != nil {
		t.Fatal(err)
	}
	err = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && strings.HasSuffix(path, ".html") {
			rel, _ := filepath.Rel(dir, path)
			pages = append(pages, filepath.ToSlash(rel))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(pages) == 0 {
		t.Fatalf("%s has no pages", *published)
	}
	return dir, pages
}

// needCheck returns the path of a tool that make installs through npm.
func needCheck(t *testing.T, parts ...string) string {
	t.Helper()
	path, err := filepath.Abs(filepath.Join(append([]string{"testdata", "checks", "node_modules"}, parts...)...))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(path); err != nil {
		testkit.Missing(t, "the checks of npm are missing; make test installs them where npm is installed")
	}
	return path
}

// TestEveryPage opens each page on a screen and on a phone, in the light scheme on the one and in the dark one on the other: nothing on
// the console, nothing against the policy, no request off the site, no scrolling sideways, all charts drawn, no barrier that axe finds.
func TestEveryPage(t *testing.T) {
	t.Parallel()
	axe, err := os.ReadFile(needCheck(t, "axe-core", "axe.min.js"))
	if err != nil {
		t.Fatal(err)
	}
	dir, pages := pagesToCheck(t)
	check := pageCheck{axe: string(axe), dir: dir, pages: pages, measured: map[string]bool{}}
	t.Run("windows", func(t *testing.T) {
		windows := goruntime.GOMAXPROCS(0)
		for first := range windows {
			t.Run(strconv.Itoa(first), func(t *testing.T) {
				t.Parallel()
				check.everyNth(t, first, windows)
			})
		}
	})
	t.Logf("%d pages; contrast was measured on the %d that bring a style", len(pages), check.stylish)
}

// pageCheck is what the windows of TestEveryPage share.
type pageCheck struct {
	axe, dir string
	pages    []string

	mu       sync.Mutex
	measured map[string]bool // styles, by scheme, of which axe has measured the contrast
	stylish  int             // pages that brought one
}

// everyNth checks the pages of one window.
func (c *pageCheck) everyNth(t *testing.T, first, n int) {
	ctx, base, seen := watched(t, browser(t), c.dir)
	schemes := []string{"light", "dark"}
	for i := first; i < len(c.pages); i += n {
		path, light, dark := c.pages[i], schemes[i%2], schemes[(i+1)%2]
		long := !strings.Contains(pageOf(t, c.dir, path), `http-equiv="refresh"`) // a page that leads on has no length of its own
		charts := openPage(t, ctx, base, path, light, desktop)
		testDesktop(t, ctx, path, long, charts)
		testComplaints(t, path, seen)
		openPage(t, ctx, base, path, dark, phone)
		testPhone(t, ctx, path, charts)
		for _, v := range violations(t, ctx, c.axe, c.bringsStyle(t, ctx, dark)) {
			t.Errorf("%s, on a phone: %s: %s", path, v.ID, v.Nodes[0].HTML)
		}
		photograph(t, ctx, path, phone, "phone")
		testComplaints(t, path, seen)
		if *published == "" && made(t)[echartsPath] != "" && charts != kinds[i].charts {
			t.Errorf("%s has %d charts, want %d", path, charts, kinds[i].charts)
		}
	}
}

// bringsStyle reports whether an element of the open page has a place that none had on the pages before: the style sheet sees only the
// names, classes, states and inline styles of an element and of those that it is in, so that the contrast at other places is known.
func (c *pageCheck) bringsStyle(t *testing.T, ctx context.Context, scheme string) (brings bool) {
	t.Helper()
	places := evaluate[[]string](t, ctx, `(() => {
		const places = new Set(), look = (e, above) => {
			const states = [...e.attributes].filter(a => /^(class|style|open|hidden|disabled|role|type|aria-(current|selected|sort|expanded|pressed|disabled))$/.test(a.name));
			const place = above + ">" + e.localName + states.map(a => "[" + a.name + "=" + a.value + "]").join("");
			places.add(place);
			for (const child of e.children) look(child, place);
		};
		look(document.documentElement, "");
		return [...places];
	})()`)
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, place := range places {
		brings = brings || !c.measured[scheme+place]
		c.measured[scheme+place] = true
	}
	if brings {
		c.stylish++
	}
	return brings
}

// screen is the size of a window in pixels.
type screen struct{ width, height int64 }

var (
	desktop = screen{1440, 900}
	narrow  = screen{1280, 800} // a desktop that is not large
	phone   = screen{360, 800}
)

// openPage loads a page and returns how many charts it has.
func openPage(t *testing.T, ctx context.Context, base, path, scheme string, on screen) (charts int) {
	t.Helper()
	err := call(ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme},
		{Name: "prefers-reduced-motion", Value: "reduce"}}})
	if err != nil {
		t.Fatal(err)
	}
	if err := chromedp.Do(ctx, chromedp.EmulateViewport(on.width, on.height), chromedp.Navigate(base+"/"+path)); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	if evaluate[bool](t, ctx, `!!window.echarts`) {
		t.Errorf("%s: ECharts is loaded before anybody turns to a chart", path)
	}
	return evaluate[int](t, ctx, `document.querySelectorAll("figure.chart[data-chart]").length`)
}

const maxScreens = 5 // that a page is long before its reader asks for more

// testDesktop holds an open page to its length, makes the window smaller, and uses the first chart by mouse and keys.
func testDesktop(t *testing.T, ctx context.Context, path string, long bool, charts int) {
	t.Helper()
	if n := evaluate[int64](t, ctx, `document.documentElement.scrollHeight`); long && n > maxScreens*desktop.height {
		t.Errorf("%s: %.1f screens; fold what a reader can ask for, or lead to it", path, float64(n)/float64(desktop.height))
	}
	if err := chromedp.Do(ctx, chromedp.EmulateViewport(narrow.width, narrow.height)); err != nil {
		t.Fatal(err)
	}
	testWidth(t, ctx, path, narrow)
	if drawn := drawCharts(t, ctx, charts); drawn != charts {
		t.Errorf("%s: %d of %d charts are drawn", path, drawn, charts)
	} else if drawn > 0 {
		testChart(t, ctx, path)
	}
	photograph(t, ctx, path, narrow, "desktop")
}

// testPhone draws the charts of an open page.
func testPhone(t *testing.T, ctx context.Context, path string, charts int) {
	t.Helper()
	testWidth(t, ctx, path, phone)
	if drawn := drawCharts(t, ctx, charts); drawn != charts {
		t.Errorf("%s, on a phone: %d of %d charts are drawn", path, drawn, charts)
	}
}

func testWidth(t *testing.T, ctx context.Context, path string, on screen) {
	t.Helper()
	if wide := evaluate[int64](t, ctx, `document.documentElement.scrollWidth`); wide > on.width {
		t.Errorf("%s: the page is %d pixels wide on a screen of %d", path, wide, on.width)
	}
}

// testComplaints fails for what the browser said since the last call, and if it requested nothing.
func testComplaints(t *testing.T, path string, seen *complaints) {
	t.Helper()
	all, requests := seen.drain()
	if len(all) > 0 {
		t.Errorf("%s: the browser says %.300q", path, all[:min(len(all), 3)])
	}
	if requests == 0 {
		t.Errorf("%s: the browser requested nothing", path)
	}
}

// photograph writes a picture of the whole page, where the flag asks for pictures.
func photograph(t *testing.T, ctx context.Context, path string, on screen, name string) {
	t.Helper()
	if *screenshots == "" {
		return
	}
	high := evaluate[int64](t, ctx, `document.documentElement.scrollHeight`)
	if err := chromedp.Do(ctx, chromedp.EmulateViewport(on.width, min(high, 6000)), chromedp.Sleep(100*time.Millisecond)); err != nil {
		t.Fatal(err)
	}
	picture, err := chromedp.Run(ctx, chromedp.CaptureScreenshot())
	if err != nil {
		t.Fatal(err)
	}
	file := strings.NewReplacer("/", "-", ".html", "").Replace(path) + "." + name + ".png"
	if err := os.WriteFile(filepath.Join(*screenshots, file), picture, 0o644); err != nil {
		t.Fatal(err)
	}
}

type violation struct {
	ID    string `json:"id"`
	Nodes []struct {
		HTML string `json:"html"`
	} `json:"nodes"`
}

// violations returns the rules of axe that the page breaks, that of contrast among them where it is asked for: measuring it takes as long
// as all others. axe is loaded through the debugger, which the policy does not bind.
func violations(t *testing.T, ctx context.Context, axe string, contrast bool) (all []violation) {
	t.Helper()
	if _, err := chromedp.Call(ctx, runtime.Evaluate, runtime.EvaluateParams{Expression: axe}); err != nil {
		t.Fatal(err)
	}
	ask := fmt.Sprintf(`axe.run(document, {resultTypes: ["violations"], preload: false, rules: {"color-contrast": {enabled: %t}}}).then(r => JSON.stringify(r.violations.map(v => ({id: v.id, nodes: v.nodes.map(n => ({html: n.html}))}))))`, contrast)
	result, err := chromedp.Call(ctx, runtime.Evaluate, runtime.EvaluateParams{Expression: ask, AwaitPromise: new(true), ReturnByValue: new(true)})
	if err != nil {
		t.Fatal(err)
	}
	var text string
	if err := json.Unmarshal(result.Result.Value, &text); err != nil {
		t.Fatalf("axe: %v: %+v", err, result)
	}
	if err := json.Unmarshal([]byte(text), &all); err != nil {
		t.Fatal(err)
	}
	return all
}

// TestReadableWithoutScript: the text of every page is in its HTML.
func TestReadableWithoutScript(t *testing.T) {
	t.Parallel()
	dir, pages := pagesToCheck(t)
	ctx := browser(t)
	server := httptest.NewServer(preview.Handler(dir))
	defer server.Close()
	if err := call(ctx, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true}); err != nil {
		t.Fatal(err)
	}
	for _, path := range pages {
		if err := chromedp.Do(ctx, chromedp.Navigate(server.URL+"/"+path)); err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		text, err := chromedp.Run(ctx, chromedp.Text(chromedp.CSS("main")))
		if err != nil {
			t.Fatal(err)
		}
		if len(text) < 80 {
			t.Errorf("%s: without JavaScript the page says %q", path, text)
		}
	}
}

// TestValidHTML asks html-validate, which knows the HTML standard.
func TestValidHTML(t *testing.T) {
	t.Parallel()
	tool := needCheck(t, "html-validate", "bin", "html-validate.js")
	node := testkit.Need(t, "node")
	dir, pages := pagesToCheck(t)
	rules, err := filepath.Abs("testdata/checks/html-validate.json")
	if err != nil {
		t.Fatal(err)
	}
	for some := range slices.Chunk(pages, 500) {
		cmd := exec.CommandContext(t.Context(), node, append([]string{tool, "--config", rules, "--formatter", "text"}, some...)...)
		cmd.Dir = dir
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("%v: %s", err, out[:min(len(out), 3000)])
		}
	}
}
