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
	"path"
	"strconv"
	"strings"
	"sync"

	"tidemark/site/chart"
	"tidemark/site/format"
	"tidemark/site/headers"
)

//go:embed templates
var templateFiles embed.FS

// assetFiles holds the style sheet and scripts. echarts.min.js is put there by the Makefile; the build works without it.
//
//go:embed assets
var assetFiles embed.FS

const echartsPath = "assets/echarts.min.js"

// page is one HTML page: its own data and body within the frame that all share.
type page struct {
	*builder
	Path        string // in the site, with slashes
	Title       string
	Description string
	Nav         string   // the area that it belongs to; empty: none
	Kind        string   // for the search; empty: kindPage
	Words       string   // that the search finds it by, besides the title
	Shown       string   // path of the picture that stands for it elsewhere; empty: the site's
	Body        string   // its template
	Charts      bool     // it holds charts that charts.js draws
	Scripts     []string // paths of its own scripts
	Modules     []string // likewise, which are modules
	Policies    string   // a policy other than that of every page; empty: that one
	Feeds       []*feed  // that tell of its changes
	Data        any
	view        func(*page) any // makes Data when the page is rendered; nil: Data is there
}

// bodies are the frame with each body. One is parsed and escaped once for all of its pages, which takes longer than to
// execute it.
var bodies = func() map[string]func() (*template.Template, error) {
	all := map[string]func() (*template.Template, error){}
	names, err := fs.Glob(templateFiles, "templates/*.html")
	if err != nil {
		panic(err) // the pattern is sound
	}
	for _, name := range names {
		all[path.Base(name)] = sync.OnceValues(func() (*template.Template, error) {
			t, err := templates.Clone()
			if err != nil {
				return nil, err
			}
			return t.ParseFS(templateFiles, name)
		})
	}
	return all
}()

// render executes body and frame. Several pages may do so at a time.
func (p *page) render() ([]byte, error) {
	t, err := bodies[p.Body]()
	if err != nil {
		return nil, err
	}
	if p.view != nil {
		p.Data = p.view(p)
	}
	var out bytes.Buffer
	if err := t.ExecuteTemplate(&out, "frame", p); err != nil {
		return nil, fmt.Errorf("page %s: %w", p.Path, err)
	}
	return []byte(format.Legible(out.String())), nil
}

// To is the relative link to a path of the site. It always starts with a dot, so that no path is taken for a scheme and
// the preview can make the links of the 404 page absolute.
func (p *page) To(path string) string {
	if depth := strings.Count(p.Path, "/"); depth > 0 {
		return strings.Repeat("../", depth) + path
	}
	return "./" + path
}

// Asset links to a file of the site with a part of its hash, so that no cache shows an old one with a new page.
func (p *page) Asset(path string) (string, error) {
	if mark, known := p.marks.Load(path); known {
		return p.To(path) + mark.(string), nil
	}
	asset, there := p.stage.File(path)
	if !there {
		return "", fmt.Errorf("there is no asset %s", path)
	}
	mark := "?v=" + asset.SHA256[:12]
	p.marks.Store(path, mark)
	return p.To(path) + mark, nil
}

// Policy is the content security policy of the page.
func (p *page) Policy() string { return cmp.Or(p.Policies, headers.Policy) }

// SQLFiles are the parts of DuckDB, seen from the SQL page.
func (p *page) SQLFiles() (map[string]string, error) {
	files := map[string]string{}
	for part, path := range map[string]string{"module": duckDBPath, "worker": "assets/duckdb/worker.js", "wasm": "assets/duckdb/duckdb.wasm"} {
		address, err := p.Asset(path)
		if err != nil {
			return nil, err
		}
		files[part] = address
	}
	return files, nil
}

// documentLink is a link to an RFC.
type documentLink struct {
	Name, URL string
	External  bool // leads to the RFC Editor
}

// RFC links to the page of a watched document, to the RFC Editor for others.
func (p *page) RFC(number int) documentLink {
	l := documentLink{Name: "RFC\u00a0" + strconv.Itoa(number)}
	if p.watched[number] {
		l.URL = p.To(rfcPath(number))
	} else {
		l.URL, l.External = "https://www.rfc-editor.org/rfc/rfc"+strconv.Itoa(number), true
	}
	return l
}

// Question links to the page of a question.
func (p *page) Question(slug string) string { return p.To(questionPath(slug)) }

// QuestionPath is the path of that page in the site.
func (p *page) QuestionPath(slug string) string { return questionPath(slug) }

// Drawn is the chart of a question; nil where it has none.
func (p *page) Drawn(slug string) *chart.Chart { return p.charts[slug] }

// Dataset links to the page of a dataset.
func (p *page) Dataset(name string) string { return p.To(datasetPath(name)) }

// dict is the templates' way to hand several values to a shared part.
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
	"dict":       dict,
	"count":      func(n any) string { return format.Group(fmt.Sprint(n)) }, // an int or int64
	"bytes":      format.Bytes,
	"day":        format.Day,
	"minute":     format.Minute,
	"paragraphs": format.Paragraphs,
	"sessions":   sessions,
	"words":      func(kind string) string { return strings.ReplaceAll(kind, "-", " ") },
	"share":      func(f float64) string { return strconv.FormatFloat(100*f, 'f', 0, 64) + " %" },
	"number":     func(n uint32) int { return int(n) },
	"inc":        func(n int) int { return n + 1 },
	"numbers":    func(all ...int) []int { return all },
}

func (b *builder) addAssets() error {
	err := fs.WalkDir(assetFiles, "assets", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || strings.HasPrefix(path.Base(name), ".") {
			return err
		}
		content, err := assetFiles.ReadFile(name)
		if err != nil {
			return err
		}
		return b.stage.Add(name, content)
	})
	if err == nil && !b.HasECharts() {
		b.notes = append(b.notes, "charts are static: the program was built without site/"+echartsPath+"; build it with make")
	}
	return err
}

func sha256Hex(content []byte) string {
	sum := sha256.Sum256(content)
	return hex.EncodeToString(sum[:])
}
