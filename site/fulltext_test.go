package site

import (
	"archive/tar"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"tidemark/datasets"
	"tidemark/datasets/table"
	"tidemark/internal/testkit"
	"tidemark/internal/testkit/tables"
	"tidemark/rfcwatch"
	"tidemark/rfcwatch/dossier"
	"tidemark/rfcwatch/fulltext"
	"tidemark/rfcwatch/history"
	"tidemark/rfcwatch/text"
)

// textsIn returns a site's input with the texts that a store has, which it reads the way a session does.
func textsIn(t *testing.T, store *table.Store) Input {
	t.Helper()
	_, series, err := dossier.Read(store, nil)
	if err != nil {
		t.Fatal(err)
	}
	return Input{Title: "Tidemark", Program: "test", Standards: series, Datasets: []*table.Schema{datasets.RFCHistory.Schema}}
}

// writeTexts commits the paragraphs of RFCs, by the names of the files.
func writeTexts(t *testing.T, store *table.Store, contents map[string]string) {
	t.Helper()
	into := store.Begin()
	defer into.Abort()
	for name, content := range contents {
		var rows []datasets.Paragraph
		for i, p := range text.Paragraphs(content) {
			rows = append(rows, datasets.Paragraph{Document: strings.ToUpper(strings.TrimSuffix(name, ".txt")), Position: uint32(i + 1), Section: p.Section,
				Heading: p.Heading, Text: p.Text, Figure: p.Figure, Requirements: text.Requirements(p.Text)})
		}
		tables.Write(t, into, datasets.Paragraphs, table.Key{Day: datasets.Timeless, Name: name}, rows...)
	}
	if _, err := into.Commit(); err != nil {
		t.Fatal(err)
	}
}

// scanned returns what the command line finds: the first hits, and the numbers of all.
func scanned(t *testing.T, texts []*fulltext.Text, query string, normative bool) (first []fulltext.Hit, numbers []uint32) {
	t.Helper()
	scan := fulltext.NewScan(fulltext.ParseQuery(query, normative))
	for _, text := range texts {
		scan.Add(text)
	}
	hits := scan.Hits()
	for _, h := range hits {
		numbers = append(numbers, h.Number)
	}
	return hits[:min(len(hits), 3)], numbers
}

func readTexts(t *testing.T, all []history.FullText) (texts []*fulltext.Text) {
	t.Helper()
	for i := range all {
		text, err := all[i].Read()
		if err != nil {
			t.Fatal(err)
		}
		texts = append(texts, text)
	}
	return texts
}

// inBrowser is what the page's script finds: the numbers of all texts, and what it shows of the first ones.
type inBrowser struct {
	Numbers []uint32
	First   []struct {
		Number           uint32
		Title            string
		Section, Heading string
		Parts            []fulltext.Part
	}
}

// searchedInBrowser returns what the script finds for each query.
func searchedInBrowser(t *testing.T, ctx context.Context, queries []string, normative bool) (all []inBrowser) {
	t.Helper()
	list, err := json.Marshal(queries)
	if err != nil {
		t.Fatal(err)
	}
	expression := fmt.Sprintf(`window.found = undefined, (async () => {
		const all = [];
		for (const typed of %s) {
			const query = rfcText.parseQuery(typed, %t);
			const hits = await rfcText.find(query);
			all.push({Numbers: hits.map((h) => h.number), First: await Promise.all(hits.slice(0, 3).map((h) => rfcText.describe(h, query)))});
		}
		window.found = JSON.stringify(all);
	})().catch((e) => { window.found = e.stack; }), true`, list, normative)
	evaluate[bool](t, ctx, expression)
	await(t, ctx, `window.found !== undefined`)
	if err := json.Unmarshal([]byte(evaluate[string](t, ctx, `window.found`)), &all); err != nil {
		t.Fatalf("%v: %.500s", err, evaluate[string](t, ctx, `window.found`))
	}
	return all
}

// compareSearches searches in the browser and by scanning all texts: the texts, their order and the excerpts are the same.
func compareSearches(t *testing.T, ctx context.Context, texts []*fulltext.Text, queries []string) {
	t.Helper()
	for _, normative := range []bool{false, true} {
		for i, got := range searchedInBrowser(t, ctx, queries, normative) {
			first, numbers := scanned(t, texts, queries[i], normative)
			if !slices.Equal(got.Numbers, numbers) {
				t.Errorf("%s, normative %t: the browser finds %v, the scan %v", queries[i], normative, got.Numbers, numbers)
				continue
			}
			for n, want := range first {
				g := got.First[n]
				if g.Title != want.Title || g.Section != want.Section || g.Heading != want.Heading || !slices.Equal(g.Parts, want.Parts) {
					t.Errorf("%s, normative %t: of RFC %d the browser shows %+v, the scan %+v", queries[i], normative, want.Number, g, want.Excerpt)
				}
			}
		}
	}
}

// hostileText is markup and runes that must not reach a page as they are.
const hostileText = `RFC 3

1.  Attack <img src=x onerror=alert(1)>

   The zebra </script><script>alert(1)</script> MUST NOT be ` + "\u202egnp.exe\u202c" + ` or &lt;b&gt; "quoted" \" \u0022 text.

2.  Überprüfung

   Die Prüfung von AS_PATHs und 1.3: zebras über alles, 中文 𝒳 zebra.

` + "   +---------------------------------------------------+\n   |  zebra   |   crossing   |\n   +---------------+\n"

func TestFullText(t *testing.T) {
	t.Parallel()
	store := tables.Store(t)
	writeTexts(t, store, map[string]string{
		"rfc3.txt": hostileText,
		"rfc2.txt": "RFC 2\n\n1.  Zebras\n\n   A router MUST forward zebras to the crossing.\n\n   The crossing of a zebra is striped.\n",
		"rfc1001.txt": "RFC 1001\n\n1.  Introduction\n\n   Striped crossings are not for a horse.\n\n2.  Rules\n\n   A horse SHOULD avoid " + strings.Repeat("very ", 60) +
			"wide crossings.\n\n" + strings.Repeat("   Hay and oats, and "+strings.Repeat("oats and more hay ", 400)+".\n\n", 20) +
			"3.  Far\n\n   A heron and a horse MUST NOT cross the far river.\n\n" + strings.Repeat("   "+strings.Repeat("river ", 20000)+"\n\n", 2),
		"rfc9.txt": "RFC 9\n\n1.  Of no index\n\n   A zebra.\n",
	})
	day := date(2026, 6, 1)
	tables.Commit(t, store, datasets.RFCs, table.Key{Day: day, Name: "index"},
		datasets.RFC{SnapshotDate: day, Source: "rfc-index.txt", Number: 2, Title: "Zebra crossings", Status: "proposed standard"},
		datasets.RFC{SnapshotDate: day, Source: "rfc-index.txt", Number: 3, Title: "<b>Attack</b>"},
		datasets.RFC{SnapshotDate: day, Source: "rfc-index.txt", Number: 1001, Title: "Horses", Status: "internet standard"})
	tables.Commit(t, store, datasets.RFCRelations, table.Key{Day: day, Name: "index"},
		datasets.RFCRelation{SnapshotDate: day, Source: "rfc-index.txt", Number: 2, Relation: "obsoleted-by", Target: "RFC1001", TargetNumber: 1001})
	in := textsIn(t, store)
	if len(in.Standards.FullTexts) != 3 {
		t.Fatalf("%d texts are searched, want the 3 that the index has", len(in.Standards.FullTexts))
	}
	dir := filepath.Join(t.TempDir(), "site")
	_, files := render(t, in, dir)
	texts := readTexts(t, in.Standards.FullTexts)

	t.Run("again", func(t *testing.T) {
		// The texts are gone, so that only what was published can be published again.
		if err := os.RemoveAll(filepath.Join(store.Dir, datasets.Paragraphs.Name)); err != nil {
			t.Fatal(err)
		}
		report, again := render(t, in, dir)
		if report.Written != 0 || len(again) != len(files) {
			t.Errorf("the second rendering wrote %d files", report.Written)
		}
	})
	t.Run("browser", func(t *testing.T) {
		ctx, base, seen := watched(t, browser(t), dir)
		if err := chromedp.Do(ctx, chromedp.Navigate(base+"/"+fulltextPath), chromedp.Focus(chromedp.CSS("#words")), chromedp.KeyEvent("zebra"), chromedp.KeyEvent(kb.Enter)); err != nil {
			t.Fatal(err)
		}
		await(t, ctx, `document.querySelectorAll("#found li").length === 2`)
		shown := evaluate[string](t, ctx, `document.getElementById("found").innerText`)
		for _, want := range []string{"RFC 2: Zebra crossings", "obsoleted by RFC 1001", "RFC 3: <b>Attack</b>", "</script><script>alert(1)</script>", "status unknown"} {
			if !strings.Contains(shown, want) {
				t.Errorf("the results lack %q: %q", want, shown)
			}
		}
		if strings.ContainsRune(shown, '\u202e') {
			t.Error("the results turn the direction of the text")
		}
		if marked := evaluate[[]string](t, ctx, `[...document.querySelectorAll("#found mark")].map((m) => m.textContent.toLowerCase())`); !slices.Contains(marked, "zebra") {
			t.Errorf("the marked words are %q", marked)
		}
		if got := evaluate[string](t, ctx, `document.getElementById("found-note").textContent`); got != "In 2 texts" {
			t.Errorf("the page says %q", got)
		}
		if err := chromedp.Do(ctx, chromedp.Click(chromedp.CSS("form.fulltext input[type=checkbox]"))); err != nil {
			t.Fatal(err)
		}
		await(t, ctx, `document.getElementById("found-note").textContent === "In one normative paragraph of 2 texts" && location.search === "?q=zebra&normative=1"`)
		compareSearches(t, ctx, texts, []string{"zebra", "zebras crossing", `"striped crossings"`, `"crossing of a zebra"`, `"zebra crossing"`, `"zebra crossing" striped`, "horse", "very wide",
			"script alert", "PRÜFUNG", "as_path", "1.3", "the of", "", "unicorn", "zebra unicorn", `"must not be"`, "中文", `router "must forward`, "b", "~", "heron", "horse heron", `"far river"`, `"oats and more" heron`, "river", "a b c d e f g h i j k l m n o p q r s t zebra"})
		if all, _ := seen.drain(); len(all) > 0 {
			t.Errorf("the browser says %.300q", all[:min(len(all), 3)])
		}
	})
	t.Run("from disk", func(t *testing.T) {
		page := (&url.URL{Scheme: "file", Path: filepath.Join(dir, fulltextPath), RawQuery: "q=striped"}).String()
		ctx := browser(t)
		if err := chromedp.Do(ctx, chromedp.Navigate(page)); err != nil {
			t.Fatal(err)
		}
		await(t, ctx, `document.querySelectorAll("#found li").length === 2`)
	})
}

// TestFullTextOfArchive searches all texts of the archive, with titles and statuses of the index.
func TestFullTextOfArchive(t *testing.T) {
	t.Parallel()
	store := tables.Store(t)
	if _, err := tables.Decode(t, store, rfcwatch.Index{}, "", testkit.Data(t, "rfc/rfc-index.2026-06-12.txt.gz"), time.Time{}); err != nil {
		t.Fatal(err)
	}
	writeTexts(t, store, archivedTexts(t))
	in := textsIn(t, store)
	texts := readTexts(t, in.Standards.FullTexts)
	if len(texts) < 150 {
		t.Fatalf("only %d texts are searched", len(texts))
	}

	first := []struct {
		query  string
		number uint32
	}{
		{"happy eyeballs", 8305}, {"duplicate address detection", 4862}, {"private internets", 1918}, {"treat-as-withdraw", 7606}, {`"blackhole community"`, 7999},
		{"origin validation", 6811}, {"TIME-WAIT state", 9293}, {"AS_SETs deprecated", 9774}, {"graceful restart capability", 4724}, {"longest matching prefix", 6724},
	}
	if hits, _ := scanned(t, texts, "hop limit decrement", true); len(hits) == 0 || hits[0].Number != 7915 || !strings.HasPrefix(hits[0].Section, "4.1") {
		t.Errorf("the normative statements on the hop limit are %+v", hits)
	}

	dir := filepath.Join(t.TempDir(), "site")
	_, files := render(t, in, dir)
	sizes := map[string]int{}
	for name, content := range files {
		if kind := strings.TrimRight(strings.TrimSuffix(path.Base(name), ".js"), "0123456789-"); strings.HasPrefix(name, fulltextFolder) {
			sizes[kind] += len(content)
		}
	}
	t.Logf("bytes of the index by kind: %v", sizes)

	ctx, base, _ := watched(t, browser(t), dir)
	for _, f := range first {
		if err := chromedp.Do(ctx, chromedp.Navigate(base+"/"+fulltextPath+"?q="+url.QueryEscape(f.query))); err != nil {
			t.Fatal(err)
		}
		await(t, ctx, `document.querySelectorAll("#found li").length > 0`)
		if got := evaluate[string](t, ctx, `document.querySelector("#found a").textContent`); !strings.HasPrefix(got, fmt.Sprintf("RFC %d:", f.number)) {
			t.Errorf("%s: the first text is %s, want RFC %d", f.query, got, f.number)
		}
		bytes := evaluate[[]int](t, ctx, `[/text\//, /text\/.*\/rfc/].map((kind) => performance.getEntriesByType("resource").filter((r) => kind.test(r.name)).reduce((sum, r) => sum + r.encodedBodySize, 0))`)
		t.Logf("%s: %d bytes of the index are loaded, and %d of texts", f.query, bytes[0]-bytes[1], bytes[1])
		if bytes[0] > 400<<10 {
			t.Errorf("%s: %d bytes are loaded", f.query, bytes[0])
		}
	}
	compareSearches(t, ctx, texts, []string{"path mtu discovery", `"path mtu discovery"`, "ipv6 address", `"must not be" forwarded`, "192.0.2.0", `"as_path attribute" loop`})
	testStems(t, ctx, texts)
}

// testStems compares the stems of all words of the texts.
func testStems(t *testing.T, ctx context.Context, texts []*fulltext.Text) {
	words := map[string]bool{}
	for _, x := range texts {
		for _, s := range x.Sections {
			for _, p := range s.Paragraphs {
				for word := range strings.FieldsFuncSeq(strings.ToLower(p.Text), func(r rune) bool { return (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '_' }) {
					words[word] = true
				}
			}
		}
	}
	var all []string
	for word := range words {
		all = append(all, word)
	}
	list, err := json.Marshal(all)
	if err != nil {
		t.Fatal(err)
	}
	stems := evaluate[[]string](t, ctx, fmt.Sprintf(`%s.map(rfcText.stem)`, list))
	for i, word := range all {
		if want := fulltext.Stem(word); stems[i] != want {
			t.Errorf("the stem of %s is %s in the browser, want %s", word, stems[i], want)
		}
	}
	t.Logf("the stems of %d words are the same", len(all))
}

// archivedTexts returns the texts of the archive by the names of their files.
func archivedTexts(t *testing.T) map[string]string {
	t.Helper()
	file, err := os.Open(testkit.Data(t, "rfc/rfc-txt.tar.gz"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	plain, err := gzip.NewReader(file)
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]string{}
	for files := tar.NewReader(plain); ; {
		h, err := files.Next()
		if errors.Is(err, io.EOF) {
			return all
		}
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(files)
		if err != nil {
			t.Fatal(err)
		}
		if name := path.Base(h.Name); strings.HasPrefix(name, "rfc") && strings.HasSuffix(name, ".txt") {
			all[name] = string(content)
		}
	}
}
