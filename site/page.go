package site

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"html/template"
	"io/fs"
	"net/url"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"tidemark/analysis/operator"
	"tidemark/internal/legible"
	"tidemark/internal/quantity"
	"tidemark/rfcwatch/dossier"
	"tidemark/site/feed"
	"tidemark/site/format"
	"tidemark/site/headers"
	"tidemark/site/metadata"
	"tidemark/site/publish"
)

//go:embed templates
var templateFiles embed.FS

// frame is what all pages have in common. It is complete before the first page is rendered.
type frame struct {
	Site       metadata.Site // without what changes with each day
	Notice     string        // empty: none
	HasECharts bool          // ECharts is built in, so that charts answer to the mouse
	HasDuckDB  bool          // DuckDB-WASM is built in, so that the SQL page can answer
	HasRuns    bool          // there is a page about the runs
	HasNeeds   bool          // there is one about what could be answered

	duckDBBytes int64
	empty       map[string]bool // areas that have nothing to show
	watchedASes map[uint32]bool // that have a page
	anyAS       bool            // there is a page of any AS

	// What changes more often: a page depends on what it asks of it only (see answer).
	newest string                // day of the newest data; empty: there are none
	rfcs   map[int]*dossier.RFC  // those that have a page
	feeds  map[string]*feed.Feed // by path without the ending
	file   func(path string) (publish.File, bool)

	parts *sync.Map // made so far (see page.Part)
}

// page is one HTML page: its own data and body within the frame that all share.
type page struct {
	*frame
	Path        string // in the site, with slashes
	Title       string
	Description string
	Nav         string          // name of the area that it belongs to; empty: none
	Kind        string          // for the search; empty: kindPage
	Unlisted    bool            // the list of all pages and the index of the search leave it out
	Words       string          // that the search finds it by, besides the title
	Shown       string          // path of the picture that other sites show for it; empty: the site's
	Body        string          // name of its template
	Frame       string          // name of the template around it; empty: frame
	Of          string          // path of the page that shows it whole, or took its place; empty: it is a page by itself
	OEmbed      string          // path of what oEmbed says of it; empty: nothing
	Charts      bool            // it has charts that charts.js draws
	Scripts     []string        // paths of its own scripts
	Modules     []string        // likewise, which are modules
	Policies    string          // its content security policy; empty: headers.Policy
	Feeds       []*feed.Feed    // that report its changes
	AsOf        string          // day or year of its own newest data; empty: it has none, or nobody cites it
	Data        any             // what its template shows
	view        func() any      // makes Data when the page is rendered; nil: Data is set
	asked       map[string]bool // what it asked of its frame
}

// bodies are the frame with each body, by name. Each is parsed and escaped once for all of its pages, because that takes
// longer than to execute it.
var bodies = parseBodies()

func parseBodies() map[string]func() (*template.Template, error) {
	shared := template.Must(template.New("").Funcs(functions).ParseFS(templateFiles, "templates/frame.html", "templates/parts.html", "templates/use.html", "templates/subjects.html", "templates/reuse.html"))
	all := map[string]func() (*template.Template, error){}
	names, err := fs.Glob(templateFiles, "templates/*.html")
	if err != nil {
		panic(err) // only a malformed pattern is an error
	}
	for _, name := range names {
		all[path.Base(name)] = sync.OnceValues(func() (*template.Template, error) {
			t, err := shared.Clone()
			if err != nil {
				return nil, err
			}
			return t.ParseFS(templateFiles, name)
		})
	}
	return all
}

// render executes body and frame over the page's Data. Several pages can be rendered at the same time.
func (p *page) render() ([]byte, error) {
	t, err := bodies[p.Body]()
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	if err := t.ExecuteTemplate(&out, cmp.Or(p.Frame, "frame"), p); err != nil {
		return nil, fmt.Errorf("page %s: %w", p.Path, err)
	}
	return []byte(legible.Text(out.String())), nil
}

// partKey is what a part of the frame depends on besides the frame: where links begin, and which area is marked.
type partKey struct{ name, root, nav, area string }

// framePart is a part of the frame with what it asked.
type framePart struct {
	content template.HTML
	asked   map[string]bool
}

// Part returns a part of the frame. It is made once for the pages of a folder and an area, because most of a short page is its frame.
func (p *page) Part(name string) (template.HTML, error) {
	key := partKey{name: name, root: p.To(""), nav: p.Nav}
	if slices.ContainsFunc(areas, func(a area) bool { return a.Path == p.Path }) {
		key.area = p.Path
	}
	known, made := p.parts.Load(key)
	if !made {
		t, err := bodies[p.Body]()
		if err != nil {
			return "", err
		}
		own, out := *p, bytes.Buffer{}
		own.asked = nil
		if err := t.ExecuteTemplate(&out, name, &own); err != nil {
			return "", err
		}
		known, _ = p.parts.LoadOrStore(key, framePart{template.HTML(out.String()), own.asked})
	}
	part := known.(framePart)
	for asked := range part.asked {
		p.note(asked)
	}
	return part.content, nil
}

// To returns the relative link to a path of the site. It starts with a dot, so that no path reads like a scheme, and the
// preview can make the links of the 404 page absolute.
func (p *page) To(path string) string {
	if depth := strings.Count(p.Path, "/"); depth > 0 {
		return strings.Repeat("../", depth) + path
	}
	return "./" + path
}

// file returns a file of the site, which the page then depends on.
func (p *page) file(path string) (publish.File, bool) {
	p.ask(askFile, path)
	return p.frame.file(path)
}

// Newest returns the day of the newest data of the site; "" if there are none. The page then depends on it.
func (p *page) Newest() string {
	p.ask(askNewest, "")
	return p.newest
}

// Asset returns the link to a file of the site with a part of its hash, so that no cache combines an old file with a new
// page.
func (p *page) Asset(path string) (string, error) {
	asset, ok := p.file(path)
	if !ok {
		return "", fmt.Errorf("the site has no file %s", path)
	}
	return p.To(path) + "?v=" + asset.SHA256[:12], nil
}

// Policy returns the content security policy of the page as an attribute, in which its quotes need no escape.
func (p *page) Policy() template.HTMLAttr {
	return template.HTMLAttr(`content="` + cmp.Or(p.Policies, headers.Policy) + `"`)
}

// Canonical returns the page's address on the web; "" where it is unknown, or the page has none of its own.
func (p *page) Canonical() string {
	if p.Site.URL == "" || p.Path == notFoundPath {
		return ""
	}
	return p.Site.URL + (&url.URL{Path: strings.TrimSuffix(cmp.Or(p.Of, p.Path), "index.html")}).EscapedPath()
}

// Picture returns the address of the picture that other sites show beside a link.
func (p *page) Picture() string { return p.Site.URL + cmp.Or(p.Shown, cardPath) }

// documentLink is a link to an RFC.
type documentLink struct {
	Name, URL string
	External  bool // leads to the RFC Editor
}

// RFC returns the link to a document's page; that to the RFC Editor for one that has none.
func (p *page) RFC(number int) documentLink {
	p.ask(askRFC, strconv.Itoa(number))
	target := p.rfcTarget(number)
	return documentLink{Name: rfcName(number), URL: p.LinkTo(target), External: isExternal(target)}
}

func rfcName(number int) string { return "RFC\u00a0" + strconv.Itoa(number) }

// rfcTarget returns the path of a watched document's page; for other documents, its address at the RFC Editor.
func (f *frame) rfcTarget(number int) string {
	if f.rfcs[number] != nil {
		return rfcPath(number)
	}
	return "https://www.rfc-editor.org/rfc/rfc" + strconv.Itoa(number)
}

// Question returns the link to the page of a question.
func (p *page) Question(slug string) string { return p.To(questionPath(slug)) }

// Owns reports whether the page is that of the question, or of its figure, so that its address holds what the chart shows.
func (p *page) Owns(slug string) bool {
	return p.Path == questionPath(slug) || p.Path == embedPath(slug)
}

// Dataset returns the link to the page of a dataset.
func (p *page) Dataset(name string) string { return p.To(datasetPath(name)) }

// ASPage returns the link to the page of a watched AS.
func (p *page) ASPage(n uint32) string { return p.To(operator.ASPage(n)) }

// AS returns an AS by its number, with the link to its page where it has one.
func (p *page) AS(number any) tableCell {
	text := fmt.Sprint(number)
	cell := tableCell{Text: "AS" + text}
	if n, err := strconv.ParseUint(text, 10, 32); err == nil {
		cell.Link = p.asLink(uint32(n))
	}
	return cell
}

// PrefixPage returns the link to the page of a watched prefix.
func (p *page) PrefixPage(prefix string) string { return p.To(operator.PrefixPage(prefix)) }

// HasFeed reports whether there is a feed of that path.
func (p *page) HasFeed(path string) bool {
	p.ask(askFeed, path)
	return p.feeds[path] != nil
}

// Cite returns how to cite the page.
func (p *page) Cite() string {
	parts := []string{p.Site.Publisher + ": " + strings.TrimSuffix(p.Title, "?") + "."}
	if p.Site.Title != p.Site.Publisher {
		parts = append(parts, p.Site.Title+".")
	}
	if p.AsOf != "" {
		parts = append(parts, "Data of "+p.AsOf+".")
	}
	if p.Site.URL != "" {
		parts = append(parts, p.Site.URL+p.Path)
	}
	return strings.Join(parts, " ")
}

// dict lets a template pass several named values to a shared part.
func dict(pairs ...any) (map[string]any, error) {
	m := map[string]any{}
	for i := 0; i+1 < len(pairs); i += 2 {
		key, ok := pairs[i].(string)
		if !ok || len(pairs)%2 != 0 {
			return nil, fmt.Errorf("dict needs pairs of a name and a value")
		}
		m[key] = pairs[i+1]
	}
	return m, nil
}

var functions = template.FuncMap{
	"dict":        dict,
	"count":       func(n any) string { return quantity.Group(wholeNumber(n)) },
	"plural":      plural,
	"bytes":       quantity.Bytes,
	"day":         format.Day,
	"date":        format.LongDay,
	"unbroken":    unbroken,
	"prose":       prose,
	"lead":        func(text string) string { lead, _ := format.Lead(text); return lead },
	"afterLead":   func(text string) string { _, rest := format.Lead(text); return rest },
	"minute":      format.Minute,
	"dumpDay":     func(at string) string { return instant(at, "2 January 2006") },
	"paragraphs":  format.Paragraphs,
	"words":       func(kind string) string { return strings.ReplaceAll(kind, "-", " ") },
	"number":      func(n uint32) int { return int(n) },
	"inc":         func(n int) int { return n + 1 },
	"newestFirst": newestFirst,
	"numbers":     func(all ...int) []int { return all },
}

// instant returns a time as operator's views have it, RFC 3339, in a layout; a day alone, or anything else, as it is.
func instant(at, layout string) string {
	t, err := time.Parse(time.RFC3339, at)
	if err != nil {
		return at
	}
	return t.UTC().Format(layout)
}

// wholeNumber returns an int, an int64, or what an *int64 points to as text; "unknown" for a nil pointer.
func wholeNumber(n any) string {
	if p, ok := n.(*int64); ok {
		if p == nil {
			return "unknown"
		}
		n = *p
	}
	return fmt.Sprint(n)
}

var together = regexp.MustCompile(`\b[0-9]{4}-[0-9]{2}-[0-9]{2}(?: [0-9]{2}:[0-9]{2}(?::[0-9]{2})?(?: UTC)?)?\b` +
	`|\b[0-9]{1,2} (?:January|February|March|April|May|June|July|August|September|October|November|December) [0-9]{4}\b` +
	`|[−+]?\b[0-9][0-9.,]* %`)

// unbroken returns a text in HTML whose days and percentages are marked so that no line breaks within one.
func unbroken(text string) template.HTML {
	return template.HTML(together.ReplaceAllString(template.HTMLEscapeString(text), `<span class="day">$0</span>`))
}

var isoDay = regexp.MustCompile(`\b[0-9]{4}-[0-9]{2}-[0-9]{2}\b`)

// prose returns a sentence in HTML whose days are written as sentences have them.
func prose(text string) template.HTML {
	return unbroken(isoDay.ReplaceAllStringFunc(text, func(day string) string {
		t, err := time.Parse(time.DateOnly, day)
		if err != nil {
			return day
		}
		return format.LongDay(t)
	}))
}

// plural returns a number with its noun.
func plural(n any, one, many string) string {
	text := wholeNumber(n)
	if text == "1" {
		return "1 " + one
	}
	return quantity.Group(text) + " " + many
}

func sha256Hex(content []byte) string {
	sum := sha256.Sum256(content)
	return hex.EncodeToString(sum[:])
}
