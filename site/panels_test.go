package site

import (
	"context"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"

	"tidemark/internal/testkit"
	"tidemark/site/preview"
)

// testPanels uses a live chart of two panels: areas with holes, a range marked with the mouse, the read-out and the CSV of what is shown.
func testPanels(t *testing.T, ctx context.Context) {
	if _, embedded := made(t)[echartsPath]; !embedded {
		testkit.Missing(t, "ECharts is not embedded; make puts it into site/assets")
	}
	server := httptest.NewServer(preview.Handler(shared.dir))
	defer server.Close()
	if err := chromedp.Do(ctx, chromedp.EmulateViewport(1280, 900), chromedp.Navigate(server.URL+"/q/route-origin-validation/index.html")); err != nil {
		t.Fatal(err)
	}
	if n := drawCharts(t, ctx, 1); n != 1 {
		t.Fatalf("%d charts are drawn", n)
	}
	const shown = `(() => { const o = echarts.getInstanceByDom(document.querySelector(".live")).getOption(), days = o.series.flatMap(s => s.data.map(d => (d.value ?? d)[0]));
		return [o.grid.length, o.series.length, o.series.flatMap(s => s.data).filter(d => d.hole).length, o.yAxis.map(a => a.max).join(), new Date(Math.min(...days)).getUTCFullYear(), new Date(Math.max(...days)).getUTCFullYear()].join(" "); })()`
	if got, want := evaluate[string](t, ctx, shown), "2 8 8 100,100 2018 2026"; got != want {
		t.Errorf("panels, series, holes, ends and years are %s, want %s", got, want)
	}

	box := evaluate[[]float64](t, ctx, `(() => { const c = document.querySelector(".live"); c.scrollIntoView({block: "center"}); const b = c.getBoundingClientRect(); return [b.x, b.y + b.height / 2, b.width]; })()`)
	drag := []chromedp.Action[chromedp.Void]{
		chromedp.MouseEvent(input.DispatchMouseEventTypeMousePressed, box[0]+box[2]*0.25, box[1], chromedp.ButtonLeft),
		chromedp.MouseEvent(input.DispatchMouseEventTypeMouseMoved, box[0]+box[2]*0.35, box[1], chromedp.ButtonLeft),
		chromedp.MouseEvent(input.DispatchMouseEventTypeMouseMoved, box[0]+box[2]*0.45, box[1], chromedp.ButtonLeft),
		chromedp.MouseEvent(input.DispatchMouseEventTypeMouseReleased, box[0]+box[2]*0.45, box[1], chromedp.ButtonLeft),
	}
	if err := chromedp.Do(ctx, drag...); err != nil {
		t.Fatal(err)
	}
	await(t, ctx, `location.hash.includes("from=")`)
	if got := evaluate[string](t, ctx, shown); strings.HasSuffix(got, "2018 2026") || !strings.HasPrefix(got, "2 8") {
		t.Errorf("after a range is marked, the chart shows %s", got)
	}

	press := func(key string) string {
		return evaluate[string](t, ctx, `(() => { const c = document.querySelector(".live"); c.focus();
			c.dispatchEvent(new KeyboardEvent("keydown", {key: "`+key+`", bubbles: true, cancelable: true})); return document.querySelector(".readout").textContent; })()`)
	}
	press("Escape")
	if got := evaluate[string](t, ctx, `location.hash + document.querySelector("[data-whole]").hidden`); got != "true" {
		t.Errorf("after Escape the range is still %s", got)
	}
	if got := press("Home"); got != "2018-01-01, IPv4, valid: 6.57 %" {
		t.Errorf("Home reads out %q", got)
	}
	press("ArrowRight")
	press("ArrowRight")
	if got := press("ArrowRight"); !strings.HasPrefix(got, "2022-01-01, IPv4, valid: ") {
		t.Errorf("after the hole %q is read out", got)
	}

	evaluate[bool](t, ctx, `(() => { window.saved = null; const make = URL.createObjectURL; URL.createObjectURL = (b) => { b.text().then((text) => { window.saved = text; }); return make(b); };
		const f = document.querySelector("[name=family][value='6']"); f.checked = true; f.dispatchEvent(new Event("change", {bubbles: true})); return true; })()`)
	await(t, ctx, `location.hash === "#family=6"`)
	evaluate[bool](t, ctx, `document.querySelector("[data-csv]").click(), true`)
	await(t, ctx, `window.saved !== null`)
	lines := strings.Split(strings.TrimSpace(evaluate[string](t, ctx, `window.saved`)), "\r\n")
	if len(lines) != 1+8*4 || !strings.HasPrefix(lines[1], `2018-01-01T00:00:00.000Z,"IPv6, valid",6.`) {
		t.Errorf("the CSV of one panel has %d lines: %q", len(lines), lines[:min(len(lines), 3)])
	}
}
