package site

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"golang.org/x/sys/unix"

	"tidemark/internal/testkit"
	"tidemark/site/preview"
)

var screenshots = flag.String("screenshots", "", "write pictures of the pages into this folder")

// hang is how long something may take on a page on a busy machine before it passes for what never comes.
const hang = 10 * time.Minute

// chromium is the one Chromium of the tests, in which each has a window of its own. TestMain ends it.
var chromium struct {
	once sync.Once
	ctx  context.Context
	stop func()
	err  error
}

func startChromium(path string) {
	allocated, stop := chromedp.NewExecAllocator(context.Background(), append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path),
		chromedp.NoSandbox, chromedp.DisableGPU, chromedp.UserDataDir(filepath.Join(filepath.Dir(shared.dir), "chromium")), chromedp.Flag("disable-quic", true),
		chromedp.Flag("disable-component-update", true))...)
	ctx, end := chromedp.NewContext(allocated)
	chromium.ctx, chromium.err = ctx, chromedp.Do(ctx)
	chromium.stop = func() {
		end()
		stop()
	}
}

// browser opens a window of Chromium, which may open nothing but the site that is tested. It shares nothing with other windows, has the
// keyboard as if it were the only one, and ends with the test, or before go test ends that.
func browser(t *testing.T) context.Context {
	t.Helper()
	path := testkit.Need(t, "chromium")
	chromium.once.Do(func() { startChromium(path) })
	if chromium.err != nil {
		t.Fatal(chromium.err)
	}
	ctx, stop := chromedp.NewContext(chromium.ctx, chromedp.WithNewBrowserContext())
	t.Cleanup(stop)
	err := errors.Join(call(ctx, network.Enable, network.EnableParams{}), call(ctx, log.Enable, cdp.Empty{}),
		call(ctx, runtime.Enable, cdp.Empty{}), call(ctx, emulation.SetFocusEmulationEnabled, emulation.SetFocusEmulationEnabledParams{Enabled: true}))
	if err != nil {
		t.Fatal(err)
	}
	if end, limited := t.Deadline(); limited {
		ctx, stop = context.WithDeadline(ctx, end.Add(-10*time.Second))
		t.Cleanup(stop)
	}
	return ctx
}

// call runs a command whose result does not matter.
func call[P, R any](ctx context.Context, command cdp.Command[P, R], params P) error {
	_, err := chromedp.Call(ctx, command, params)
	return err
}

// evaluate returns the value of an expression on the page.
func evaluate[T any](t *testing.T, ctx context.Context, expression string) T {
	t.Helper()
	v, err := chromedp.Run(ctx, chromedp.Evaluate[T](expression))
	if err != nil {
		t.Fatalf("%s: %v", expression, err)
	}
	return v
}

// await waits until the expression is true on the page. While the browser loads another page, it may answer with an error or not at all,
// so it is asked again, and given more time to answer: a busy machine may need seconds.
func await(t *testing.T, ctx context.Context, expression string) {
	t.Helper()
	var last error
	patience := 2 * time.Second
	for begun := time.Now(); time.Since(begun) < hang && ctx.Err() == nil; time.Sleep(50 * time.Millisecond) {
		short, stop := context.WithTimeout(ctx, patience)
		ok, err := chromedp.Run(short, chromedp.Evaluate[bool](expression))
		stop()
		if err == nil && ok {
			return
		}
		if errors.Is(err, context.DeadlineExceeded) {
			patience *= 2
		}
		last = err
	}
	t.Fatalf("%s is still false (%v)", expression, last)
}

// complaints collects the faults that the browser reports: console messages, exceptions, violations of the policy, failed
// loads, and requests that leave the site.
type complaints struct {
	mu       sync.Mutex
	all      []string
	requests int
}

func (c *complaints) listen(ctx context.Context, site string) error {
	return chromedp.Listen(ctx, func(event any) {
		c.mu.Lock()
		defer c.mu.Unlock()
		switch e := event.(type) {
		case *runtime.EventConsoleAPICalled:
			c.all = append(c.all, "console: "+string(e.Type))
		case *runtime.EventExceptionThrown:
			c.all = append(c.all, "exception: "+e.ExceptionDetails.Text)
		case *log.EventEntryAdded:
			c.all = append(c.all, "log: "+e.Entry.Text+" "+e.Entry.URL)
		case *network.EventRequestWillBeSent:
			c.requests++
			if !strings.HasPrefix(e.Request.URL, site) && !strings.HasPrefix(e.Request.URL, "data:") { // data: is the browser's own icons
				c.all = append(c.all, "request off the site: "+e.Request.URL)
			}
		case *network.EventLoadingFailed:
			if !e.Canceled { // the browser itself cancels the image of the other colour scheme
				c.all = append(c.all, "failed load: "+e.ErrorText)
			}
		}
	})
}

// watched serves a site to the browser until the test ends, and collects the browser's complaints.
func watched(t *testing.T, ctx context.Context, dir string) (tab context.Context, base string, seen *complaints) {
	t.Helper()
	server := httptest.NewServer(preview.Handler(dir))
	t.Cleanup(server.Close)
	tab, stop := context.WithCancel(ctx)
	t.Cleanup(stop)
	seen = &complaints{}
	if err := seen.listen(tab, server.URL); err != nil {
		t.Fatal(err)
	}
	return tab, server.URL, seen
}

// drain returns the complaints and the number of requests since the last call.
func (c *complaints) drain() (all []string, requests int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	all, requests = c.all, c.requests
	c.all, c.requests = nil, 0
	return all, requests
}

// kinds lists a page of each kind, with the number of charts that it draws.
var kinds = []struct {
	path   string
	charts int
}{
	{"index.html", 0}, {"q/table-growth/index.html", 1}, {"q/ipv6-readiness/index.html", 1}, {"q/route-origin-validation/index.html", 1},
	{"q/bogons/index.html", 0}, {"datasets/index.html", 0}, {"datasets/routes.html", 0}, {"rfcs/index.html", 0}, {"rfc/6052.html", 1},
	{"about.html", 0}, {"q/table-growth/embed/index.html", 1}, {"404.html", 0}, {"routing.html", 0}, {"networks/as64496.html", 0}, {"search.html", 0},
	{"rfc/1883.html", 0}, {"rfc/8200.html", 0}, {"rfc/7777.html", 0}, {"wg/ipngwg.html", 0}, {"wg/index.html", 0}, {"errata/index.html", 0}, {"errata/verified-2018.html", 0},
	{"sql.html", 0}, {"incidents/0123456789abcdef.html", 0},
}

// drawnCharts counts the charts on which more than a hundredth of the ground is painted.
const drawnCharts = `[...document.querySelectorAll("figure.chart .live canvas")].filter(c => {
	const copy = new OffscreenCanvas(c.width, c.height).getContext("2d", {willReadFrequently: true});
	copy.drawImage(c, 0, 0);
	const pixels = copy.getImageData(0, 0, c.width, c.height).data;
	let painted = 0;
	for (let i = 3; i < pixels.length; i += 4) painted += pixels[i] > 0;
	return painted > pixels.length / 400;
}).length`

func TestBrowser(t *testing.T) {
	t.Parallel()
	made(t)
	ctx := browser(t)
	t.Run("permalink", func(t *testing.T) { testPermalink(t, ctx) })
	t.Run("retried chart", func(t *testing.T) { testRetriedChart(t, ctx) })
	t.Run("panels", func(t *testing.T) { testPanels(t, ctx) })
	t.Run("drawings", func(t *testing.T) { testDrawings(t, ctx) })
	t.Run("search", func(t *testing.T) { testSearch(t, ctx) })
	t.Run("hostile", func(t *testing.T) { testHostile(t, ctx) })
	t.Run("sort", func(t *testing.T) { testSort(t, ctx) })
	t.Run("from disk", func(t *testing.T) { testFromDisk(t, ctx) })
	t.Run("embed", func(t *testing.T) { testEmbed(t, ctx) })
	t.Run("moved", func(t *testing.T) { testMoved(t, ctx) })
	t.Run("without script", func(t *testing.T) { testWithoutScript(t, ctx) })
}

// drawCharts points at every chart of the page, waits until as many as wanted are painted, and returns how many are.
func drawCharts(t *testing.T, ctx context.Context, want int) int {
	t.Helper()
	evaluate[bool](t, ctx, `document.querySelectorAll("figure.chart").forEach(f => f.dispatchEvent(new Event("pointerenter"))), true`)
	await(t, ctx, fmt.Sprintf("%s >= %d", drawnCharts, want))
	return evaluate[int](t, ctx, drawnCharts)
}

// testChart uses the first chart by mouse and by keyboard: the tooltip must keep to the policy, the drawing must have a
// description, and the keys must read out values.
func testChart(t *testing.T, ctx context.Context, path string) {
	t.Helper()
	middle := evaluate[[]float64](t, ctx, `(() => { const c = document.querySelector(".live"); c.scrollIntoView({block: "center"});
		const b = c.getBoundingClientRect(); return [b.x + b.width / 2, b.y + b.height / 2]; })()`)
	if err := chromedp.Do(ctx, chromedp.MouseEvent(input.DispatchMouseEventTypeMouseMoved, middle[0], middle[1]), chromedp.Sleep(50*time.Millisecond)); err != nil {
		t.Fatal(err)
	}
	if label := evaluate[string](t, ctx, `document.querySelector(".live").getAttribute("aria-label") || ""`); !strings.Contains(label, "chart of") {
		t.Errorf("%s: the chart is described as %q", path, label)
	}
	press := func(key string) string {
		return evaluate[string](t, ctx, `(() => { const c = document.querySelector(".live"); c.focus();
			c.dispatchEvent(new KeyboardEvent("keydown", {key: "`+key+`", bubbles: true, cancelable: true})); return document.querySelector(".readout").textContent; })()`)
	}
	first, second := press("Home"), press("ArrowRight")
	if first == "" {
		t.Errorf("%s: Home reads out nothing", path)
	}
	if last := press("End"); first == second && second != last { // a series may have one value
		t.Errorf("%s: Home and the right arrow both read out %q, and End %q", path, first, last)
	}
	if left := press("Escape"); left != "" {
		t.Errorf("%s: Escape leaves %q", path, left)
	}
}

// testRetriedChart: a chart whose script does not come says so, and is drawn at the next turn to it.
func testRetriedChart(t *testing.T, ctx context.Context) {
	if _, embedded := made(t)[echartsPath]; !embedded {
		testkit.Missing(t, "ECharts is not embedded; make puts it into site/assets")
	}
	server := httptest.NewServer(preview.Handler(shared.dir))
	defer server.Close()
	if err := chromedp.Do(ctx, chromedp.Navigate(server.URL+"/q/table-growth/index.html")); err != nil {
		t.Fatal(err)
	}
	evaluate[bool](t, ctx, `(() => { const f = document.querySelector("figure.chart"); window.options = f.dataset.options; f.dataset.options = "missing.js"; f.dispatchEvent(new Event("pointerenter")); return true; })()`)
	await(t, ctx, `document.querySelector(".readout").textContent === "The chart cannot be made interactive: cannot load missing.js."`)
	evaluate[bool](t, ctx, `(() => { document.querySelector("figure.chart").dataset.options = window.options; return true; })()`)
	if drawn := drawCharts(t, ctx, 1); drawn != 1 {
		t.Errorf("%d charts are drawn", drawn)
	}
	if said := evaluate[string](t, ctx, `document.querySelector(".readout").textContent`); said != "" {
		t.Errorf("the chart still says %q", said)
	}
}

// testPermalink opens a state of the controls by its address, changes it, and finds the address changed.
func testPermalink(t *testing.T, ctx context.Context) {
	if _, embedded := made(t)[echartsPath]; !embedded {
		testkit.Missing(t, "ECharts is not embedded; make puts it into site/assets")
	}
	server := httptest.NewServer(preview.Handler(shared.dir))
	defer server.Close()
	err := chromedp.Do(ctx, chromedp.EmulateViewport(1280, 800), chromedp.Navigate(server.URL+"/q/table-growth/index.html#scale=linear&from=2015-01-01&without=IPv6&junk=%3Cb%3E&show=nonsense"))
	if err != nil {
		t.Fatal(err)
	}
	await(t, ctx, `document.querySelector(".live canvas") !== null`)
	const shown = `(() => { const o = echarts.getInstanceByDom(document.querySelector(".live")).getOption();
		return [o.yAxis[0].type, o.series.map(s => s.name).filter(Boolean).join(), new Date(o.series[0].data[0].value[0]).getUTCFullYear(), o.series[0].data[0].value[1]].join(" "); })()`
	if got := evaluate[string](t, ctx, shown); got != "value IPv4 2015 538382" {
		t.Errorf("the address shows %q", got)
	}
	evaluate[bool](t, ctx, `(() => { const r = document.querySelector('[name=show][value=index]'); r.checked = true; r.dispatchEvent(new Event("change", {bubbles: true})); return true; })()`)
	await(t, ctx, `location.hash.includes("show=index")`)
	if got := evaluate[string](t, ctx, shown); got != "value IPv4 2015 100" {
		t.Errorf("after a change it shows %q", got)
	}
	if got := evaluate[string](t, ctx, `location.hash`); got != "#from=2015-01-01&scale=linear&show=index&without=IPv6" {
		t.Errorf("the address is %q", got)
	}
}

// testDrawings measures the texts of every drawing in the browser's own fonts: none overlaps another or is cut.
func testDrawings(t *testing.T, ctx context.Context) {
	server := httptest.NewServer(preview.Handler(shared.dir))
	defer server.Close()
	drawings, err := filepath.Glob(filepath.Join(shared.dir, "charts", "*.svg"))
	if err != nil {
		t.Fatal(err)
	}
	if len(drawings) < 9 {
		t.Fatalf("only %d drawings", len(drawings))
	}
	for _, path := range drawings {
		name := filepath.Base(path)
		if strings.HasSuffix(name, "-dark.svg") { // the same in other colours
			continue
		}
		if err := chromedp.Do(ctx, chromedp.Navigate(server.URL+"/charts/"+name)); err != nil {
			t.Fatal(err)
		}
		faults := evaluate[[]string](t, ctx, `["DejaVu Sans", "Inter, sans-serif", "Liberation Sans, Arimo, sans-serif", "DejaVu Sans Condensed, serif"].flatMap(font => {
			const svg = document.documentElement, faults = [], boxes = [];
			svg.setAttribute("font-family", font);
			for (const text of svg.querySelectorAll("text")) {
				const b = text.getBBox(), a = {text: text.textContent, left: b.x, right: b.x + b.width, top: b.y + b.height * 0.15, bottom: b.y + b.height * 0.95};
				if (a.left < -1 || a.right > svg.width.baseVal.value + 1 || a.top < -1 || a.bottom > svg.height.baseVal.value + 1) faults.push(font + ": " + a.text + " is cut");
				for (const o of boxes) if (a.left < o.right - 1 && o.left < a.right - 1 && a.top < o.bottom - 1 && o.top < a.bottom - 1) faults.push(font + ": " + a.text + " overlaps " + o.text);
				boxes.push(a);
			}
			return boxes.length ? faults : ["no text"];
		})`)
		if len(faults) > 0 {
			t.Errorf("%s: %.400q", name, faults[:min(len(faults), 3)])
		}
	}
}

// testSearch finds pages with the keyboard alone, from a page in a folder.
func testSearch(t *testing.T, ctx context.Context) {
	server := httptest.NewServer(preview.Handler(shared.dir))
	defer server.Close()
	if err := chromedp.Do(ctx, chromedp.EmulateViewport(1280, 800), chromedp.Navigate(server.URL+"/q/bogons/index.html"), chromedp.KeyEvent("/")); err != nil {
		t.Fatal(err)
	}
	// The protocol sends the letter besides the key; a keyboard would not.
	if got := evaluate[string](t, ctx, `document.activeElement.value = "", document.activeElement.id`); got != "find" {
		t.Fatalf("the key leads to %q", got)
	}
	if err := chromedp.Do(ctx, chromedp.KeyEvent("rfc 60")); err != nil {
		t.Fatal(err)
	}
	await(t, ctx, `!document.getElementById("hits").hidden && document.querySelector("#hits [role=option]").textContent.startsWith("RFC 60")`)
	if err := chromedp.Do(ctx, chromedp.KeyEvent(kb.ArrowDown)); err != nil {
		t.Fatal(err)
	}
	if got := evaluate[string](t, ctx, `document.querySelector('[aria-selected="true"]').textContent`); !strings.HasPrefix(got, "RFC 6052: IPv6 Addressing") {
		t.Errorf("the first result is %q", got)
	}
	if err := chromedp.Do(ctx, chromedp.KeyEvent(kb.Enter)); err != nil {
		t.Fatal(err)
	}
	await(t, ctx, `location.pathname === "/rfc/6052.html" && document.readyState === "complete"`)
	if err := chromedp.Do(ctx, chromedp.Navigate(server.URL+"/search.html?q=as64496")); err != nil {
		t.Fatal(err)
	}
	await(t, ctx, `document.querySelector("#found li") !== null`)
	if got := evaluate[string](t, ctx, `document.querySelector("#found a").pathname`); got != "/networks/as64496.html" {
		t.Errorf("the page of the search finds %s first", got)
	}
}

// testHostile: charts, tables and the search show names that hold markup as text.
func testHostile(t *testing.T, ctx context.Context) {
	dir := filepath.Join(t.TempDir(), "site")
	render(t, hostileInput(), dir)
	ctx, base, seen := watched(t, ctx, dir)
	for path, sign := range map[string]string{
		"/q/table-growth/index.html":                `document.querySelector("h1").textContent.includes("</script>")`,
		"/networks/as64496.html":                    `document.querySelector("h1").textContent.includes("<img")`,
		"/rfc/6052.html":                            `document.querySelector("h1").textContent.includes("gnp.exe")`,
		"/search.html?q=" + url.QueryEscape("<img"): `document.querySelectorAll("#found li").length > 2 && document.querySelector("#found").textContent.includes("<img src=x")`,
	} {
		if err := chromedp.Do(ctx, chromedp.Navigate(base+path)); err != nil {
			t.Fatal(err)
		}
		await(t, ctx, sign)
		if _, embedded := made(t)[echartsPath]; embedded && strings.HasPrefix(path, "/q/") && drawCharts(t, ctx, 1) != 1 {
			t.Errorf("%s: the chart is not drawn", path)
		}
		if got := evaluate[int](t, ctx, `document.querySelectorAll("img[src='x'], script:not([src]):not([type])").length`); got > 0 {
			t.Errorf("%s: %d elements came out of names", path, got)
		}
	}
	if all, _ := seen.drain(); len(all) > 0 {
		t.Errorf("the browser says %.300q", all[:min(len(all), 3)])
	}
}

// testSort sorts a table by a click.
func testSort(t *testing.T, ctx context.Context) {
	server := httptest.NewServer(preview.Handler(shared.dir))
	defer server.Close()
	if err := chromedp.Do(ctx, chromedp.Navigate(server.URL+"/q/table-growth/index.html")); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"ascending 9,001", "descending 1,000,569", "null 412,331"} {
		evaluate[bool](t, ctx, `document.querySelector("th[data-key=prefixes] button").click(), true`)
		await(t, ctx, fmt.Sprintf(`document.querySelector("th[data-key=prefixes]").getAttribute("aria-sort") + " " + document.querySelector("table[data-table]").tBodies[0].rows[0].cells[3].textContent === %q`, want))
	}
}

// testFromDisk opens the site without a server, in a folder of its own.
func testFromDisk(t *testing.T, ctx context.Context) {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	dir := copied(t)
	root := (&url.URL{Scheme: "file", Path: dir}).String()
	var seen complaints
	if err := chromedp.Do(ctx, chromedp.Navigate("about:blank"), chromedp.Sleep(200*time.Millisecond)); err != nil { // the page before has ended its loads
		t.Fatal(err)
	}
	err := errors.Join(seen.listen(ctx, root), chromedp.Do(ctx, chromedp.Navigate(root+"/index.html"),
		chromedp.Click(chromedp.CSS(".figures .label a"))))
	if err != nil {
		t.Fatal(err)
	}
	await(t, ctx, `document.getElementById("provenance") !== null && document.readyState === "complete"`)
	heading := evaluate[string](t, ctx, `document.querySelector("h1").textContent`)
	color := evaluate[string](t, ctx, `getComputedStyle(document.querySelector(".notice")).backgroundColor`)
	drawn := 0
	if _, embedded := made(t)[echartsPath]; embedded {
		drawn = drawCharts(t, ctx, 1)
	}
	if heading != "How fast does the routing table grow?" {
		t.Errorf("from disk the page has the heading %q", heading)
	}
	if color == "rgba(0, 0, 0, 0)" {
		t.Error("from disk the page has no style sheet")
	}
	if _, embedded := made(t)[echartsPath]; embedded && drawn != 1 {
		t.Errorf("from disk %d charts are drawn", drawn)
	}
	if all, _ := seen.drain(); len(all) > 0 {
		t.Errorf("from disk the browser says %.300q", all[:min(len(all), 3)])
	}
}

// testWithoutScript reads a page with JavaScript off.
func testWithoutScript(t *testing.T, ctx context.Context) {
	server := httptest.NewServer(preview.Handler(shared.dir))
	defer server.Close()
	if err := call(ctx, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true}); err != nil {
		t.Fatal(err)
	}
	if err := chromedp.Do(ctx, chromedp.Navigate(server.URL+"/q/table-growth/index.html")); err != nil {
		t.Fatal(err)
	}
	text, err := chromedp.Run(ctx, chromedp.Text(chromedp.CSS("main")))
	if err != nil {
		t.Fatal(err)
	}
	width, err := chromedp.Run(ctx, chromedp.JavascriptAttribute[int](chromedp.CSS("figure.chart img"), "naturalWidth"))
	if err != nil {
		t.Fatal(err)
	}
	if width != 760 {
		t.Errorf("without JavaScript the static chart is %d pixels wide", width)
	}
	for _, want := range []string{"1,000,569 IPv4", "412,331", "SQL", "SHA-256"} {
		if !strings.Contains(text, want) {
			t.Errorf("without JavaScript the page does not show %q", want)
		}
	}
}

// copied returns a copy of the site in a folder of its own, whose name needs escaping in a URL.
func copied(t *testing.T) string {
	t.Helper()
	made(t)
	dir := filepath.Join(t.TempDir(), "a folder", "site")
	if err := os.CopyFS(dir, os.DirFS(shared.dir)); err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestHandler(t *testing.T) {
	t.Parallel()
	dir := copied(t)
	if err := os.WriteFile(filepath.Join(dir, ".hidden"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("/etc/hostname", filepath.Join(dir, "out.html")); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(preview.Handler(dir))
	defer server.Close()
	for _, test := range []struct {
		path, contentType string
		status            int
	}{
		{"/", "text/html; charset=utf-8", 200}, {"/index.html", "text/html; charset=utf-8", 200}, {"/datasets/", "text/html; charset=utf-8", 200},
		{"/assets/site.css?v=1", "text/css; charset=utf-8", 200}, {"/assets/charts.js", "text/javascript; charset=utf-8", 200},
		{"/charts/table-growth.svg", "image/svg+xml", 200}, {"/data/latest/table-growth.csv", "text/csv; charset=utf-8", 200},
		{"/data/latest/table-growth.parquet", "application/vnd.apache.parquet", 200}, {"/data/latest/table-growth.arrow", "application/vnd.apache.arrow.file", 200},
		{"/SHA256SUMS", "text/plain; charset=utf-8", 200},
		{"/data/", "text/html; charset=utf-8", 404}, {"/data", "text/html; charset=utf-8", 404}, {"/missing/deep/page", "text/html; charset=utf-8", 404},
		{"/.hidden", "text/html; charset=utf-8", 404}, {"/out.html", "text/html; charset=utf-8", 404},
		{"/%2e%2e/%2e%2e/etc/hostname", "text/html; charset=utf-8", 404},
	} {
		response, err := http.Get(server.URL + test.path)
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		if response.StatusCode != test.status {
			t.Errorf("%s: status %d, want %d", test.path, response.StatusCode, test.status)
		}
		for name, want := range map[string]string{"Content-Type": test.contentType, "X-Content-Type-Options": "nosniff"} {
			if got := response.Header.Get(name); got != want {
				t.Errorf("%s: %s %q, want %q", test.path, name, got, want)
			}
		}
		if response.Header.Get("Content-Security-Policy") == "" {
			t.Errorf("%s has no content security policy", test.path)
		}
	}
	response, err := http.Post(server.URL+"/", "text/plain", nil)
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	if response.StatusCode != http.StatusMethodNotAllowed {
		t.Errorf("POST: %s", response.Status)
	}
}

// TestForeignHosts: a name that was made to lead to loopback reads nothing, and neither does a pipe block.
func TestForeignHosts(t *testing.T) {
	t.Parallel()
	dir := copied(t)
	if err := unix.Mkfifo(filepath.Join(dir, "pipe.html"), 0o644); err != nil {
		t.Fatal(err)
	}
	handler := preview.Handler(dir, "stats.example.net")
	for host, want := range map[string]int{
		"localhost": 200, "LOCALHOST:8000": 200, "localhost.": 200, "a.localhost:1": 200, "127.0.0.1:8000": 200, "127.1.2.3": 200, "[::1]:8000": 200, "[::1]": 200,
		"stats.example.net": 200, "Stats.Example.Net:443": 200,
		"": 421, "evil.example": 421, "evil.example:8000": 421, "localhost.evil.example": 421, "127.0.0.1.nip.io": 421, "192.0.2.1": 421, "[2001:db8::1]:80": 421,
		"notlocalhost": 421, "x.stats.example.net": 421, "0.0.0.0": 421, "127.1": 421,
	} {
		r := httptest.NewRequest(http.MethodGet, "/index.html", nil)
		r.Host = host
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, r)
		if w.Code != want {
			t.Errorf("host %q: status %d, want %d", host, w.Code, want)
		}
		if shown := strings.Contains(w.Body.String(), "<html"); shown != (want == 200) {
			t.Errorf("host %q: the page is shown: %v", host, shown)
		}
	}
	w := httptest.NewRecorder()
	r := httptest.NewRequest(http.MethodGet, "/pipe.html", nil)
	r.Host = "localhost"
	if handler.ServeHTTP(w, r); w.Code != 404 {
		t.Errorf("a pipe: status %d", w.Code)
	}
}

func TestServe(t *testing.T) {
	t.Parallel()
	for addr, want := range map[string]string{"0.0.0.0:0": "not loopback", ":8000": "not loopback", "127.0.0.1": "want for example", "127.0.0.1:0": "tidemark render"} {
		if err := preview.Serve(t.Context(), t.TempDir(), addr, nil, slog.New(slog.DiscardHandler)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v, want %q", addr, err, want)
		}
	}
	dir := copied(t)
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() { ended <- preview.Serve(ctx, dir, "127.0.0.1:0", nil, slog.New(slog.DiscardHandler)) }()
	stop()
	select {
	case err := <-ended:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(10 * time.Second):
		t.Error("the preview does not end with its context")
	}
}
