package site

import (
	"bytes"
	"context"
	"image/png"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"

	"golang.org/x/net/html"

	"tidemark/analysis"
	"tidemark/datasets"
	"tidemark/datasets/table"
	"tidemark/site/publish"
)

// render renders and reads back the files. The drawings of the shared site are copied, so that tests can run at the same
// time: a rendering removes those that it does not use.
func render(t *testing.T, in Input, dir string) (Report, map[string]string) {
	t.Helper()
	if in.Drawings == shared.drawings {
		made(t)
		in.Drawings = filepath.Join(t.TempDir(), "drawings")
		if err := os.CopyFS(in.Drawings, os.DirFS(shared.drawings)); err != nil {
			t.Fatal(err)
		}
	}
	report, err := Render(t.Context(), in, dir)
	if err != nil {
		t.Fatal(err)
	}
	files, err := readSite(dir)
	if err != nil {
		t.Fatal(err)
	}
	return report, files
}

// readSite returns the files of the published version by their paths.
func readSite(dir string) (map[string]string, error) {
	dir, err := filepath.EvalSymlinks(dir)
	if err != nil {
		return nil, err
	}
	files := map[string]string{}
	err = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		content, err := os.ReadFile(path)
		rel, _ := filepath.Rel(dir, path)
		files[filepath.ToSlash(rel)] = string(content)
		return err
	})
	return files, err
}

// shared is the site of the fixture, rendered once for all tests that only look at it.
var shared struct{ dir, drawings string }

var renderShared = sync.OnceValues(func() (map[string]string, error) {
	if _, err := Render(context.Background(), fixture(), shared.dir); err != nil {
		return nil, err
	}
	return readSite(shared.dir)
})

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "site")
	if err != nil {
		panic(err)
	}
	shared.dir, shared.drawings = filepath.Join(dir, "site"), filepath.Join(dir, "drawings")
	code := m.Run()
	if chromium.stop != nil {
		chromium.stop()
	}
	os.RemoveAll(dir)
	os.Exit(code)
}

// made returns the files of the shared site.
func made(t *testing.T) map[string]string {
	t.Helper()
	files, err := renderShared()
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func TestRenderTwiceChangesNothing(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	first, files := render(t, fixture(), dir)
	if first.Written != len(files) {
		t.Errorf("the first rendering wrote %d of %d files", first.Written, len(files))
	}
	if first.Pages < 20 {
		t.Errorf("the first rendering has %d pages, want 20 or more", first.Pages)
	}
	second, again := render(t, fixture(), dir)
	if second.Written != 0 {
		t.Errorf("the second rendering wrote %d files", second.Written)
	}
	if second.Removed != 0 {
		t.Errorf("the second rendering removed %d files", second.Removed)
	}
	anew := fixture()
	anew.Drawings = ""
	_, elsewhere := render(t, anew, t.TempDir())
	for name, content := range files {
		if again[name] != content {
			t.Errorf("%s is not the same in the second rendering", name)
		}
		if elsewhere[name] != content {
			t.Errorf("%s is not the same in a rendering that draws everything anew", name)
		}
	}
}

func TestRenderRemovesWhatIsNoLongerMade(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	in := fixture()
	render(t, in, dir)
	foreign := filepath.Join(dir, "data", "kept.txt")
	if err := os.WriteFile(foreign, []byte("not of the site"), 0o644); err != nil {
		t.Fatal(err)
	}
	in.Answers = in.Answers[:1]
	report, files := render(t, in, dir)
	if _, exists := files["q/bogons/index.html"]; exists {
		t.Error("a question that is no longer asked still has its page")
	}
	if report.Removed == 0 {
		t.Error("the report counts no removed file")
	}
	if files["data/kept.txt"] == "" {
		t.Error("a file that the site did not make is gone")
	}
	in.Answers, in.RFCs, in.Reports, in.Networks = nil, nil, nil, Networks{}
	_, files = render(t, in, dir)
	if !strings.Contains(files["index.html"], "No questions have been answered yet") {
		t.Error("the front page of an empty site does not say so")
	}
	if _, err := os.Stat(filepath.Join(dir, "charts")); !os.IsNotExist(err) {
		t.Error("an empty folder stays behind")
	}
}

func TestRenderRefuses(t *testing.T) {
	t.Parallel()
	twice := fixture()
	twice.Answers = append(twice.Answers, twice.Answers[0])
	upwards := fixture()
	upwards.Answers[0].Question.Slug = "../index"
	noKind := fixture()
	noKind.Answers[0].Question.Chart.Kind = "pie"
	noColumn := fixture()
	noColumn.Answers[0].Question.Chart.Y = "missing"
	for name, test := range map[string]struct {
		in   Input
		want string
	}{
		"two questions of one slug": {twice, "two files want the path"},
		"a slug that leaves":        {upwards, "the slug becomes a file name"},
		"a chart of no kind":        {noKind, `unknown kind of chart "pie"`},
		"a chart without column":    {noColumn, `the answer lacks one of the columns "day", "missing"`},
	} {
		dir := t.TempDir()
		_, err := Render(t.Context(), test.in, dir)
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: error %v, want %q", name, err, test.want)
		}
		if left, _ := os.ReadDir(dir); len(left) > 0 {
			t.Errorf("%s: a refused site was written", name)
		}
	}
}

// TestStructure holds every page to what assistive technology and the policy rest on.
func TestStructure(t *testing.T) {
	t.Parallel()
	files := made(t)
	for name, content := range files {
		if !strings.HasSuffix(name, ".html") {
			continue
		}
		doc, err := html.Parse(strings.NewReader(content))
		if err != nil {
			t.Fatal(err)
		}
		found := map[string]int{}
		for n := range doc.Descendants() {
			if n.Type != html.ElementNode {
				continue
			}
			if n.Data != "title" || n.Namespace != "svg" { // of the map
				found[n.Data]++
			}
			attr := map[string]string{}
			for _, a := range n.Attr {
				attr[a.Key] = a.Val
				if a.Key == "style" || strings.HasPrefix(a.Key, "on") {
					t.Errorf("%s: %s has the attribute %s", name, n.Data, a.Key)
				}
			}
			switch n.Data {
			case "html":
				if attr["lang"] != "en" {
					t.Errorf("%s has no language", name)
				}
			case "img":
				for _, key := range []string{"alt", "width", "height"} {
					if value, has := attr[key]; !has || value == "" && key != "alt" { // an empty alt marks decoration
						t.Errorf("%s: an image lacks %s", name, key)
					}
				}
			case "th":
				if attr["scope"] == "" {
					t.Errorf("%s: a header cell has no scope", name)
				}
			case "script":
				if attr["src"] == "" && attr["type"] != "application/json" && attr["type"] != "application/ld+json" {
					t.Errorf("%s: inline script", name)
				}
			}
		}
		for element, want := range map[string]int{"h1": 1, "main": 1, "title": 1, "caption": found["table"], "style": 0} {
			if found[element] != want {
				t.Errorf("%s: %d elements %s, want %d", name, found[element], element, want)
			}
		}
		if moved := strings.Contains(content, "<h1>This page has moved</h1>"); !moved && !strings.Contains(content, fixture().Notice) {
			t.Errorf("%s does not carry the notice", name)
		}
	}
}

func TestQuestionPage(t *testing.T) {
	t.Parallel()
	files := made(t)
	page := files["q/table-growth/index.html"]
	for _, want := range []string{
		"1,000,569 IPv4 and 228,902",   // prose
		"<td class=\"n\">412,331</td>", // table
		"0.573821",                     // float, rounded
		"family &lt; 7",                // SQL, escaped
		"A prefix counts once",         // definition
		"a gap in the line",            // note
		"https://www.rfc-editor.org/rfc/rfc4271",
		hashOf("mrt/rrc00/2026-06-01/bview.20260601.0000.gz"),
		"https://data.ris.ripe.net/rrc00/2026.06/bview.20260601.0000.gz",
		sha256Hex([]byte(files["data/latest/table-growth.parquet"])),
		"../../datasets/routes.html#p-2026-06-01.rrc00.bview.20260601.0000.gz",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	if !strings.HasPrefix(files["data/latest/table-growth.csv"], "day,family,collector,prefixes,more_specific_share\n2012-06-01,4,rrc00,412331,0.51\n") {
		t.Errorf("CSV begins %.80q", files["data/latest/table-growth.csv"])
	}
	bogons := files["q/bogons/index.html"]
	if n := strings.Count(bogons, ">100.64.0.0/10 Shared"); n != maxListed-1 {
		t.Errorf("the page of a long table has %d rows of it", n)
	}
	if !strings.Contains(bogons, "The first 500 of 640 rows") {
		t.Error("a long table is cut without notice")
	}
	if lines := strings.Count(files["data/latest/bogons.csv"], "\n"); lines != 641 {
		t.Errorf("the download of a long table has %d lines, want 641", lines)
	}
	if !strings.Contains(bogons, `<a href="../../networks/as64496.html">AS64496</a>`) {
		t.Error("an AS number is grouped like an amount, or leads nowhere")
	}
	// A derived partition is followed down to the raw files of both its inputs.
	for _, source := range []string{"mrt/rrc00/2026-06-01/bview.20260601.0000.gz", "iana-ipv4-special-registry-1.csv"} {
		if !strings.Contains(bogons, source) {
			t.Errorf("the page of a derived dataset's answer lacks the source %s", source)
		}
		if !strings.Contains(files["q/bogons.sources.csv"], source) {
			t.Errorf("the list of sources of a derived dataset's answer lacks %s", source)
		}
	}
	if !strings.Contains(files["q/rfc-changes/index.html"], "There are no data yet to answer this question") {
		t.Error("a question without data does not say so")
	}
}

func TestDatasetPages(t *testing.T) {
	t.Parallel()
	files := made(t)
	for _, s := range datasets.All() {
		page := files[datasetPath(s.Name)]
		text := html.UnescapeString(page)
		for _, c := range s.Columns {
			if !strings.Contains(page, "<code>"+c.Name+"</code>") {
				t.Errorf("the page of %s lacks column %s", s.Name, c.Name)
			}
			if !strings.Contains(text, c.Doc) {
				t.Errorf("the page of %s lacks the meaning of column %s", s.Name, c.Name)
			}
		}
	}
	page := files["datasets/routes.html"]
	for _, want := range []string{"gzip stream broken at offset 20971520", "30: prefix longer than its family", "105: attribute type 99 kept raw",
		"<strong>10,200,045</strong> seen, <strong>10,200,000</strong> kept"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page of routes lacks %q", want)
		}
	}
	// The terms of the publishers of the raw files, of a derived dataset too, and of nobody else.
	for path, want := range map[string][]string{
		"datasets/routes.html": {"RIPE NCC, Routing Information Service (RIS)"}, "datasets/route_states.html": {"RIPE NCC, Routing Information Service (RIS)", "IANA</a>: CC0-1.0"},
		"q/bogons/index.html": {"RIPE NCC, Routing Information Service (RIS)", "IANA</a>: CC0-1.0"},
		"datapackage.json":    {"Routing Information Service", "CC0-1.0"}, "croissant.json": {"isBasedOn", "licenses/CC0-1.0"}, "CITATION.cff": {"The RIPE Routing Information Service (RIS) is a RIPE NCC service."},
	} {
		for _, text := range want {
			if !strings.Contains(files[path], text) {
				t.Errorf("%s lacks the terms %q", path, text)
			}
		}
	}
	if strings.Contains(page, "CC0-1.0") {
		t.Error("the page of routes has terms of data that it was not made from")
	}
}

func TestNetworkPages(t *testing.T) {
	t.Parallel()
	files := made(t)
	for path, wants := range map[string][]string{
		"networks/index.html":         {"AS64496", "192.0.2.0/24", "Not announced", "1 to do"},
		"networks/as64496.html":       {"self-feed-only", "1 of 8", "bogon: special-purpose (192.0.2.0/24 &lt;TEST-NET-1&gt;)", "AS64496 at rrc00, 198.51.100.1", "Ask &lt;AS1&gt;.", `<a href="#roas">ROA</a>`, "2026-06-02 00:00", "charts/as-64496.svg", "Verdict self-feed-only"},
		"networks/192.0.2.0_24.html":  {"Ask &lt;AS1&gt;.", "192.0.2.0/24-24 AS1", "trust anchors of arin, ripencc only", "ripencc NL &lt;b&gt;", "More specific routes, 1 in all"},
		"networks/2001-db8--_32.html": {"Not announced"},
	} {
		for _, want := range wants {
			if !strings.Contains(files[path], want) {
				t.Errorf("%s lacks %q", path, want)
			}
		}
	}
}

func TestRFCPage(t *testing.T) {
	t.Parallel()
	files := made(t)
	page := files["rfc/6052.html"]
	for _, want := range []string{
		"IPv6 Addressing of IPv4/IPv6 Translators", "<strong>proposed standard</strong>", "IP Version 6 Addressing Architecture",
		"<td>both entries</td>", "<td>the other entry</td>", "BCP 14", "updates RFC 4291", "2011-04",
		"300 of 800 domains",                                                                                                                    // in the wild: the question names it
		"&lt;script&gt;alert(1)&lt;/script&gt;", "Two &lt;/pre&gt; three.", "section <span dir=\"auto\">3.1 &lt;i&gt;</span>", "F. \ufffdBaker", // errata are text
		"draft-ietf-x-08</a> would update this document",
		"Cited normatively by 2 documents", "the header of revision 08 says so", "<blockquote dir=\"auto\">You MUST &lt;not&gt;.</blockquote>", "Old text, <span dir=\"auto\">Section 3, Rules &lt;of&gt;</span>",
		`<a href="https://www.ietf.org/archive/id/draft-ietf-x-08.txt" rel="external">The text of revision 08</a>`, "3 active drafts cite this document", "found by the erratum’s own words with a confidence of 100 %", "<blockquote dir=\"auto\">Before. &lt;script&gt;", "It cites 1 RFC<", "@misc{rfc6052,", "Bao, C. and X. Li, &#34;IPv6 Addressing of IPv4/IPv6 Translators&#34;, BCP 14, RFC 6052",
		"<td>normative, downward, to an obsolete document (now RFC 8200)</td>", "draft &lt;standard&gt;", "1 RFC cites it", "The texts of 2 of ", `href="../data/errata/rfc6052.json"`, "The headers of <strong>1</strong> could not be read", "draft-unread-02",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the page of RFC 6052 lacks %q", want)
		}
	}
	for path, want := range map[string]string{"rfc/8215.html": "No active draft is known to change this document.", "rfc/6598.html": "may change this document"} {
		if !strings.Contains(files[path], want) {
			t.Errorf("%s lacks %q", path, want)
		}
	}
	if page := files["rfc/6598.html"]; !strings.Contains(page, "Its text is not at hand, so what would change is unknown.") || strings.Contains(page, `class="pending" d=`) {
		t.Error("what a draft would do that is only named after RFC 6598 is not unknown")
	}
	// A row that names a document is shown on its page, even if the question does not name it.
	other := files["rfc/8215.html"]
	if !strings.Contains(other, "64:ff9b:1::/48 IPv4-IPv6 Translat. [RFC8215]") {
		t.Error("the page of RFC 8215 does not show the row that names it")
	}
	if strings.Contains(other, "Shared Address Space") {
		t.Error("the page of RFC 8215 shows rows that do not name it")
	}
	if !strings.Contains(files["rfc/6598.html"], "The first 25 of 639 rows that name RFC 6598") {
		t.Error("the page of RFC 6598 does not say that its rows are cut")
	}
	if got := files["data/errata/rfc6052.json"]; !strings.Contains(got, `"as_of": "2025-12-02"`) || !strings.Contains(got, `"first_paragraph": 1`) || !strings.Contains(got, `"confidence": 1`) {
		t.Errorf("the errata of RFC 6052: %s", got)
	}
	if got := files["data/errata/rfc2119.json"]; !strings.Contains(got, `"version": 1`) || !strings.Contains(got, `"erratum": 493`) || !strings.Contains(got, `"text_at_hand": false`) {
		t.Errorf("the errata of an RFC that is not watched: %s", got)
	}
	if got := files["rfcs/series.html"]; !strings.Contains(got, "RFC\u00a01883</a>") || !strings.Contains(got, "Numbers up to 86 that hold none: 1–4, 6–85.") || !strings.Contains(got, "; 1 holds only obsolete ones") {
		t.Errorf("the page of the sub-series: %s", got)
	}
	if got := files["rfc/6052.html"]; !strings.Contains(got, `href="../rfcs/draft-ietf-x-08-from-07.html"`) || !strings.Contains(got, "#section-3.1") {
		t.Error("the page of RFC 6052 lacks the link to a difference, or the section that a draft touches")
	}
	if got := files["rfcs/draft-ietf-x-08-from-07.html"]; !strings.Contains(got, "<ins>New &amp; true.</ins>") || !strings.Contains(got, `<p dir="auto" class="narrow-only">You <del><strong>MUST</strong></del> <ins><strong>SHOULD</strong></ins> do &lt;this&gt; and that now. </p>`) {
		t.Errorf("the page of a draft and its revision before: %s", got)
	}
	if !strings.Contains(files["data/errata/rfc8215.json"], `"errata": []`) || !strings.Contains(other, "What it cites is unknown: its text is not at hand.") {
		t.Error("no errata, and a text that is not at hand, of RFC 8215")
	}
	if !strings.Contains(files["rfc/9999.html"], "None of the RFC index snapshots collected so far lists this document") {
		t.Error("a watched document without entry does not say so")
	}
}

// hostile holds what would run, break out or deceive if it reached a page as it is.
const hostile = "</script><script>alert(1)</script>\"'><img src=x onerror=alert(2)>&amp;\u202egnp.exe\x00\x1b[31m\xff"

// hostileInput is the fixture with it wherever a name comes from outside.
func hostileInput() Input {
	in := fixture()
	in.Title, in.Notice, in.Program = hostile, hostile, hostile
	a := in.Answers[0]
	a.Text = hostile
	a.Figures = []*analysis.AnsweredFigure{{Label: hostile, Unit: hostile, Withheld: hostile, AsOf: hostile, Source: []string{hostile}, Change: &analysis.Change{Since: hostile, NotComparable: hostile}}}
	q := *a.Question
	q.Title, q.SQL, q.Definition, q.Notes = hostile, hostile, hostile, []string{hostile}
	q.Chart = &analysis.Chart{Kind: "stacked", X: "name", Y: "n", Series: "by", YName: hostile}
	a.Question = &q
	a.Result = &table.Result{Columns: []table.ResultColumn{{Name: "name"}, {Name: "by"}, {Name: "n", Type: table.Int64}},
		Rows: [][]any{{hostile, hostile, int64(1)}, {"=cmd|' /C calc'!A0", "\u2066b", int64(2)}}}
	m := in.Partitions["routes"][3]
	m.Inputs[0].Name, m.Inputs[0].URL = "mrt/"+hostile, "javascript:alert(1)"
	m.Rejected, m.Damage = map[string]int64{hostile: 1}, []string{hostile}
	in.RFCs[0].Entry.Title, in.RFCs[0].Entry.Abstract, in.RFCs[0].Entry.ErrataURL = hostile, hostile, "javascript:alert(1)"
	in.RFCs[0].Relations[0].Target = hostile
	in.Standards.Index = []datasets.RFC{{Number: 1, Title: hostile, Status: hostile, Keywords: []string{hostile}, Year: 1969}}
	for _, r := range in.Standards.Others {
		if r.Entry != nil {
			r.Entry.Title, r.Entry.Abstract, r.Entry.Authors, r.Entry.Status, r.Entry.WG = hostile, hostile, []string{hostile}, hostile, "../"+hostile
		}
		for i := range r.Errata {
			e := &r.Errata[i]
			e.Section, e.Type, e.Original, e.Corrected, e.Notes, e.Submitter = hostile, hostile, hostile, hostile, hostile, hostile
			if len(e.Quoted) > 0 {
				e.Quoted[0].Text, e.Quoted[0].Heading, e.Place.Heading = hostile+" and more", hostile, hostile
			}
		}
	}
	in.Standards.Active[0].Title, in.Standards.Active[0].IESGState = hostile, hostile
	in.Networks.ASes[0].Name = hostile
	return in
}

func TestHostileInput(t *testing.T) {
	t.Parallel()
	_, files := render(t, hostileInput(), t.TempDir())
	pages, scripts, pictures := 0, 0, 0
	for name, content := range files {
		switch filepath.Ext(name) {
		case ".html":
			pages++
			doc, err := html.Parse(strings.NewReader(content))
			if err != nil {
				t.Fatal(err)
			}
			for n := range doc.Descendants() {
				if n.Type == html.ElementNode && n.Data == "script" && n.FirstChild != nil {
					for _, a := range n.Attr {
						if a.Key == "type" && a.Val != "application/json" && a.Val != "application/ld+json" {
							t.Errorf("%s: a script runs: %.60s", name, n.FirstChild.Data)
						}
					}
					if len(n.Attr) == 0 {
						t.Errorf("%s: a script runs: %.60s", name, n.FirstChild.Data)
					}
				}
				for _, a := range n.Attr {
					if a.Key == "onerror" || strings.HasPrefix(a.Val, "javascript:") {
						t.Errorf("%s: %s got through", name, a.Key)
					}
				}
			}
			fallthrough
		case ".svg", ".js":
			if made := strings.HasPrefix(content, "window.") || strings.HasPrefix(content, "(window.charts") || strings.HasPrefix(content, "(window.lookup"); made {
				scripts++
				if strings.ContainsAny(content, "<>&") {
					t.Errorf("%s: it has unescaped markup", name)
				}
			} else if filepath.Ext(name) == ".js" {
				continue // written by hand
			}
			if i := strings.IndexAny(content, "\u202e\u2066\x00\x1b\r"); i >= 0 {
				t.Errorf("%s: %q got through", name, content[max(0, i-30):i+6])
			}
			if !bytes.Equal(bytes.ToValidUTF8([]byte(content), nil), []byte(content)) {
				t.Errorf("%s is not UTF-8", name)
			}
		case ".png":
			pictures++
			if _, err := png.Decode(strings.NewReader(content)); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
	for kind, counted := range map[string][2]int{"pages": {pages, 20}, "scripts": {scripts, 5}, "pictures": {pictures, 5}} {
		if n, least := counted[0], counted[1]; n < least {
			t.Errorf("only %d %s were checked, want %d or more", n, kind, least)
		}
	}
	if !strings.Contains(files["data/latest/table-growth.csv"], "'=cmd|") {
		t.Error("a formula is in the CSV as it is")
	}
}

var hashed = regexp.MustCompile(`^([0-9a-f]{64})  (.+)$`)

func TestSums(t *testing.T) {
	t.Parallel()
	files := made(t)
	listed := 0
	for line := range strings.Lines(files[publish.SumsPath]) {
		m := hashed.FindStringSubmatch(strings.TrimSpace(line))
		if m == nil {
			t.Errorf("%q is not a line of sha256sum", line)
			continue
		}
		if sha256Hex([]byte(files[m[2]])) != m[1] {
			t.Errorf("%s has another hash than the one listed", m[2])
		}
		listed++
	}
	if listed != len(files)-1 {
		t.Errorf("%d of %d files are listed", listed, len(files)-1)
	}
}
