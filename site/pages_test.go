package site

import (
	"context"
	"encoding/json"
	"flag"
	"io/fs"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

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

// TestEveryPage opens pages on a phone, draws their charts, and asks axe: nothing on the console, nothing against the
// policy, no request off the site, no scrolling sideways, no barrier.
func TestEveryPage(t *testing.T) {
	t.Parallel()
	axe, err := os.ReadFile(needCheck(t, "axe-core", "axe.min.js"))
	if err != nil {
		t.Fatal(err)
	}
	dir, pages := pagesToCheck(t)
	ctx := browser(t)
	server := httptest.NewServer(preview.Handler(dir))
	defer server.Close()
	var seen complaints
	if err := seen.listen(ctx, server.URL); err != nil {
		t.Fatal(err)
	}
	for i, path := range pages {
		scheme := []string{"light", "dark"}[i%2]
		err := call(ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme},
			{Name: "prefers-reduced-motion", Value: "reduce"}}})
		if err != nil {
			t.Fatal(err)
		}
		if err := chromedp.Do(ctx, chromedp.EmulateViewport(360, 800), chromedp.Navigate(server.URL+"/"+path)); err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		if wide := evaluate[int](t, ctx, `document.documentElement.scrollWidth`); wide > 360 {
			t.Errorf("%s: the page is %d pixels wide", path, wide)
		}
		charts := evaluate[int](t, ctx, `document.querySelectorAll("figure.chart[data-chart]").length`)
		if charts > 0 {
			if drawn := drawCharts(t, ctx, charts); drawn != charts {
				t.Errorf("%s: %d of %d charts are drawn", path, drawn, charts)
			}
		}
		for _, v := range violations(t, ctx, string(axe)) {
			t.Errorf("%s, %s: %s: %s", path, scheme, v.ID, v.Nodes[0].HTML)
		}
		if all, _ := seen.drain(); len(all) > 0 {
			t.Errorf("%s: the browser says %.300q", path, all[:min(len(all), 3)])
		}
	}
}

type violation struct {
	ID    string `json:"id"`
	Nodes []struct {
		HTML string `json:"html"`
	} `json:"nodes"`
}

// violations returns the rules of axe that the page breaks. axe is loaded through the debugger, which the policy does not
// bind.
func violations(t *testing.T, ctx context.Context, axe string) (all []violation) {
	t.Helper()
	if _, err := chromedp.Call(ctx, runtime.Evaluate, runtime.EvaluateParams{Expression: axe}); err != nil {
		t.Fatal(err)
	}
	const ask = `axe.run(document, {resultTypes: ["violations"], preload: false}).then(r => JSON.stringify(r.violations.map(v => ({id: v.id, nodes: v.nodes.map(n => ({html: n.html}))}))))`
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
