package site

import (
	"context"
	"encoding/json"
	"fmt"
	"html"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"

	"tidemark/datasets/table"
	"tidemark/internal/testkit"
	"tidemark/site/preview"
)

// addressed renders the fixture with an address and a licence, and with answers as they come out of their files: with manifests of their own.
func addressed(t *testing.T) (dir string, files map[string]string) {
	t.Helper()
	in := fixture()
	in.URL, in.Publish.License = "https://tidemark.example.net/", "CC-BY-4.0"
	for _, a := range in.Answers {
		a.From = slices.Clone(a.From)
		for i, m := range a.From {
			own := *m
			a.From[i] = &own
		}
	}
	dir = filepath.Join(t.TempDir(), "site")
	_, files = render(t, in, dir)
	return dir, files
}

func TestReuse(t *testing.T) {
	t.Parallel()
	dir, files := addressed(t)
	t.Run("files", func(t *testing.T) {
		for _, slug := range []string{"table-growth", "bogons"} {
			var rows []map[string]any
			if err := json.Unmarshal([]byte(files["q/"+slug+".json"]), &rows); err != nil {
				t.Fatal(err)
			}
			if lines := strings.Count(files["q/"+slug+".csv"], "\n"); len(rows) != lines-1 {
				t.Errorf("%s: %d rows in JSON, %d in CSV", slug, len(rows), lines-1)
			}
		}
		if !strings.Contains(files["q/table-growth.json"], `{"day":"2017-06-01","family":4,"collector":"rrc00","prefixes":null,"more_specific_share":null}`) {
			t.Error("what is unknown is not null in JSON")
		}
		for old, now := range map[string]string{"data/latest/table-growth.csv": "q/table-growth.csv", "data/latest/table-growth.metadata.json": "q/table-growth.metadata.json",
			"data/latest/table-growth.sources.csv": "q/table-growth.sources.csv", "charts/table-growth.png": "q/table-growth.png", "charts/table-growth-titled.svg": "q/table-growth.svg"} {
			if files[now] == "" || files[old] != files[now] {
				t.Errorf("%s is not %s", old, now)
			}
		}
	})
	t.Run("sources", func(t *testing.T) {
		for slug, want := range map[string]struct {
			has, lacks, drawing string
		}{
			"table-growth": {`"column": "collector"`, "CC0-1.0", "Routing Information Service"},
			"bogons":       {`"license": "CC0-1.0"`, "RouteViews", ""},
		} {
			metadata := files["q/"+slug+".metadata.json"]
			if !strings.Contains(metadata, want.has) || strings.Contains(metadata, want.lacks) {
				t.Errorf("the metadata of %s have other sources: %s", slug, metadata)
			}
			if !strings.Contains(files["q/"+slug+".svg"], want.drawing) {
				t.Errorf("the drawing of %s does not name %s", slug, want.drawing)
			}
		}
		if want := ",IANA,CC0-1.0,,\n"; !strings.Contains(files["q/bogons.sources.csv"], want) {
			t.Errorf("no source file of bogons has %q", want)
		}
	})
	t.Run("proof", func(t *testing.T) {
		name := "p-2026-06-01.rrc00.bview.20260601.0000.gz"
		if !strings.Contains(files["q/table-growth/index.html"], `href="../../datasets/routes.html#`+name+`"`) || !strings.Contains(files["datasets/routes.html"], `id="`+name+`"`) {
			t.Error("the page of an answer that was read from its file does not link its partitions")
		}
	})
	t.Run("oembed", func(t *testing.T) {
		var said oEmbed
		if err := json.Unmarshal([]byte(files["q/table-growth/oembed.json"]), &said); err != nil {
			t.Fatal(err)
		}
		src := regexp.MustCompile(`^<iframe src="https://tidemark\.example\.net/([^"]+)" title="[^"]+" width="\d+" height="\d+" loading="lazy"></iframe>$`).FindStringSubmatch(said.HTML)
		if src == nil || files[src[1]+"index.html"] == "" {
			t.Errorf("oEmbed offers %q", said.HTML)
		}
		if page := files["q/table-growth/index.html"]; !strings.Contains(page, `type="application/json+oembed"`) || !strings.Contains(page, html.EscapeString(said.HTML)[:40]) {
			t.Error("the page does not offer its frame")
		}
		if other := made(t); other["q/table-growth/oembed.json"] != "" || strings.Contains(other["q/table-growth/index.html"], "json+oembed") {
			t.Error("a site without an address offers oEmbed")
		}
	})
	t.Run("references", func(t *testing.T) {
		page := files["q/table-growth/index.html"]
		for _, want := range []string{"Tidemark. (2026, June 1). How fast does the routing table grow? [Data set]. Retrieved <span class=\"accessed\">…</span>, from https://tidemark.example.net/q/table-growth/",
			"  year = 2026,\n  month = jun,\n  day = 1,\n", "DA  - 2026/06/01\n", "N1  - Licence: CC-BY-4.0\nER  - \n"} {
			if !strings.Contains(page, want) {
				t.Errorf("the page lacks %q", want)
			}
		}
		if !strings.HasSuffix(files["q/table-growth.ris"], "\r\nER  - \r\n") {
			t.Errorf("the file in RIS is %q", files["q/table-growth.ris"])
		}
	})
	t.Run("moved", func(t *testing.T) {
		for _, want := range []string{`<link rel="canonical" href="https://tidemark.example.net/q/bogons/">`, `<meta http-equiv="refresh" content="0; url=../q/bogons/index.html">`} {
			if !strings.Contains(files["questions/bogons.html"], want) {
				t.Errorf("the page at the old address lacks %s", want)
			}
		}
		if listed := files["sitemap.xml"]; strings.Contains(listed, "/questions/") || strings.Contains(listed, "/embed/") || strings.Count(listed, "/q/bogons/<") != 1 {
			t.Error("the sitemap lists old addresses or figures")
		}
	})
	t.Run("llms.txt", func(t *testing.T) {
		text := files["llms.txt"]
		links := regexp.MustCompile(`\]\(https://tidemark\.example\.net/([^)]+)\)`).FindAllStringSubmatch(text, -1)
		if !strings.HasPrefix(text, "# Tidemark\n\n> ") || len(links) < 10 {
			t.Errorf("llms.txt begins %.200q and has %d links", text, len(links))
		}
		for _, l := range links {
			if files[l[1]] == "" && files[l[1]+"index.html"] == "" {
				t.Errorf("llms.txt leads to %s, which the site does not have", l[1])
			}
		}
	})
	t.Run("parsers", func(t *testing.T) {
		python, err := filepath.Abs("../.venv/bin/python")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := os.Stat(python); err != nil {
			testkit.Missing(t, "no Python virtual environment; make .venv creates it")
		}
		script, err := filepath.Abs("testdata/cited.py")
		if err != nil {
			t.Fatal(err)
		}
		cmd := exec.CommandContext(t.Context(), python, script)
		cmd.Dir = dir
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("%v: %s", err, out)
		}
	})
}

// TestRowSources: a column names sources only where each of its texts does.
func TestRowSources(t *testing.T) {
	t.Parallel()
	from := []*table.Manifest{{Inputs: []table.Input{{Name: "mrt/rrc00/2026-01-01/a"}, {Name: "mrt/route-views2/2026-01-01/b"}, {Name: "rfc-index/2026-01-01/rfc-index.xml"}}}}
	result := func(values ...any) *table.Result {
		r := &table.Result{Columns: []table.ResultColumn{{Name: "n", Type: table.Int64}, {Name: "collector"}}}
		for _, v := range values {
			r.Rows = append(r.Rows, []any{int64(1), v})
		}
		return r
	}
	none := lineage{}
	got := none.rowSources(result("rrc00", nil, "route-views2@oslo"), from)
	if got == nil || got.Column != "collector" || len(got.Values) != 2 || got.Values[0].Value != "route-views2@oslo" || got.Values[0].Publishers[0] != "University of Oregon RouteViews" {
		t.Errorf("got %+v", got)
	}
	for _, r := range []*table.Result{result("rrc00", "all"), result(), result(nil)} {
		if got := none.rowSources(r, from); got != nil {
			t.Errorf("%v: got %+v", r.Rows, got)
		}
	}
}

// testEmbed shows a figure and a page in frames of a page of another origin: the figure is shown and answers to the mouse, and the page is not.
func testEmbed(t *testing.T, ctx context.Context) {
	site := httptest.NewServer(preview.Handler(shared.dir))
	defer site.Close()
	around := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		if r.URL.Path == "/" {
			fmt.Fprintf(w, `<!DOCTYPE html><title>Elsewhere</title><iframe src="%s%s" width="800" height="600"></iframe>`, site.URL, r.URL.Query().Get("path"))
		}
	}))
	defer around.Close()
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	var mu sync.Mutex
	asked, refused := map[string]bool{}, map[string]bool{}
	err := chromedp.Listen(ctx, func(event any) {
		mu.Lock()
		defer mu.Unlock()
		switch e := event.(type) {
		case *network.EventRequestWillBeSent:
			asked[strings.TrimPrefix(strings.SplitN(e.Request.URL, "?", 2)[0], site.URL)] = true
		case *network.EventLoadingFailed:
			refused[string(e.BlockedReason)+e.ErrorText] = true
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	was := func(all map[string]bool, part string) bool {
		mu.Lock()
		defer mu.Unlock()
		for what := range all {
			if strings.Contains(what, part) {
				return true
			}
		}
		return false
	}
	open := func(path string) {
		if err := chromedp.Do(ctx, chromedp.EmulateViewport(1000, 700), chromedp.Navigate(around.URL+"/?path="+path)); err != nil {
			t.Fatal(err)
		}
	}
	open("/q/table-growth/embed/")
	if !was(asked, "/charts/table-growth.svg") || was(refused, "") {
		t.Errorf("the figure is not shown in a frame: %v", refused)
	}
	if _, embedded := made(t)[echartsPath]; embedded {
		for i := 0; i < 100 && !was(asked, "/charts/table-growth.js"); i++ {
			if err := chromedp.Do(ctx, chromedp.MouseEvent("mouseMoved", 300+float64(i%10), 300)); err != nil {
				t.Fatal(err)
			}
		}
		if !was(asked, "/charts/table-growth.js") {
			t.Error("the figure in a frame does not answer to the mouse")
		}
	}
	asked, refused = map[string]bool{}, map[string]bool{}
	open("/q/table-growth/index.html")
	if was(asked, "/assets/site.css") || !was(refused, "") {
		t.Error("another page can be shown in a frame of a foreign site")
	}
}

// testMoved follows an old address, with the state of a chart in it, from disk as well as from a server that does not redirect.
func testMoved(t *testing.T, ctx context.Context) {
	plain := httptest.NewServer(http.FileServer(http.Dir(shared.dir)))
	defer plain.Close()
	for _, root := range []string{plain.URL, "file://" + shared.dir} {
		if err := chromedp.Do(ctx, chromedp.Navigate(root+"/questions/table-growth.html#scale=linear")); err != nil {
			t.Fatal(err)
		}
		await(t, ctx, `location.pathname.includes("/q/table-growth/") && location.hash === "#scale=linear" && document.querySelector("h1").textContent.startsWith("How fast")`)
	}
}
