// Package headers says how the files of the site are to be served: their content types, and the content security policies
// that the pages carry in themselves too. The files of docs/headers say the same to web servers.
package headers

import (
	"fmt"
	"path"
	"regexp"
	"strings"
)

// Policy is the content security policy of the pages. It forbids whatever the site does not need: other sites, inline
// scripts and inline styles.
const Policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'self'"

// SQLPolicy is the policy of the page that runs DuckDB: that page, and the worker that it starts, may run WebAssembly of
// this site. No other page may.
const SQLPolicy = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'"

const (
	// SQLPage is the path of the page that runs DuckDB.
	SQLPage = "sql.html"
	// DuckDBFolder holds the parts of DuckDB.
	DuckDBFolder = "assets/duckdb/"

	// EmbedPages are the pages that other sites may show in a frame, as path.Match has it; no other page may be.
	EmbedPages = "q/*/embed/index.html"

	unframed  = "; frame-ancestors 'none'" // has no effect within a page
	framed    = "; frame-ancestors *"
	svgPolicy = "default-src 'none'; style-src 'unsafe-inline'"
)

// ContentSecurityPolicy returns the header of that name for a file of the site.
func ContentSecurityPolicy(name string) string {
	switch {
	case path.Ext(name) == ".svg": // a chart that is opened by itself has styles of its own
		return svgPolicy
	case name == SQLPage || strings.HasPrefix(name, DuckDBFolder): // a worker has a policy of its own
		return SQLPolicy + unframed
	}
	if embed, _ := path.Match(EmbedPages, name); embed {
		return Policy + framed
	}
	return Policy + unframed
}

// StaticPath is where hosts of static sites, such as Netlify and Cloudflare Pages, read the headers of files from.
const StaticPath = "_headers"

// Static returns the file that tells such hosts the headers of the files of the site with these pages. They join headers of all rules that
// match an address, and two policies forbid what either does. So each address has one rule with a policy, and rules use no pattern but
// a whole folder (*) and one name (:name), which all of them know.
func Static(pages []string) string {
	var b strings.Builder
	rule := func(at string, lines ...string) { fmt.Fprintf(&b, "%s\n  %s\n", at, strings.Join(lines, "\n  ")) }
	rule("/*", "X-Content-Type-Options: nosniff", "Referrer-Policy: no-referrer", "Cache-Control: no-cache", "Access-Control-Allow-Origin: *")
	policy := func(at, name string) { rule(at, "Content-Security-Policy: "+ContentSecurityPolicy(name)) }
	embed := strings.Replace(EmbedPages, "*", ":name", 1)
	for _, at := range []string{embed, strings.TrimSuffix(embed, "index.html")} {
		policy("/"+at, EmbedPages)
	}
	policy("/"+DuckDBFolder+"*", DuckDBFolder)
	policy("/charts/*", "charts/drawing.svg")
	policy("/q/:name", "q/drawing.svg") // also tables, which run nothing
	seen := map[string]bool{}
	for _, page := range pages {
		if embed, _ := path.Match(EmbedPages, page); embed {
			continue
		}
		for _, at := range addresses(page) {
			if !seen[at] {
				seen[at] = true
				policy(at, page)
			}
		}
	}
	return b.String()
}

// addresses returns the patterns of the addresses at which hosts show a page: a page at the top by its name, with and without .html, and else
// its folder. The folder of questions has data beside its pages, which are in folders of their own.
func addresses(page string) []string {
	top, rest, below := strings.Cut(page, "/")
	switch {
	case page == "index.html":
		return []string{"/", "/index.html", "/index"}
	case !below:
		return []string{"/" + page, "/" + strings.TrimSuffix(page, ".html")}
	case top == "q" && strings.Contains(rest, "/"):
		return []string{"/q/:name/", "/q/:name/index.html"}
	}
	return []string{"/" + top + "/*"}
}

// moved are the addresses that pages once had, and where they are now.
var moved = []struct {
	from *regexp.Regexp
	to   string
}{
	{regexp.MustCompile(`^questions/([a-z0-9_-]+)\.html$`), "q/$1/"},
	{regexp.MustCompile(`^rfcs/rfc([0-9]+)\.html$`), "rfc/$1.html"},
}

// Moved returns where a page now is that once was at the path; ok: it is elsewhere. Hosts that cannot redirect have a small page there.
func Moved(name string) (to string, ok bool) {
	for _, m := range moved {
		if m.from.MatchString(name) {
			return m.from.ReplaceAllString(name, m.to), true
		}
	}
	return "", false
}

// contentTypes are given here because the lists of machines differ.
var contentTypes = map[string]string{
	".html":    "text/html; charset=utf-8",
	".css":     "text/css; charset=utf-8",
	".js":      "text/javascript; charset=utf-8",
	".svg":     "image/svg+xml",
	".png":     "image/png",
	".ico":     "image/x-icon",
	".xml":     "text/xml; charset=utf-8",
	".txt":     "text/plain; charset=utf-8",
	".json":    "application/json",
	".jsonl":   "application/jsonl",
	".atom":    "application/atom+xml",
	".csv":     "text/csv; charset=utf-8",
	".parquet": "application/vnd.apache.parquet",
	".arrow":   "application/vnd.apache.arrow.file",
	".wasm":    "application/wasm",
	".cff":     "text/plain; charset=utf-8",
	".jsonld":  "application/ld+json",
	".bib":     "application/x-bibtex",
	".ris":     "application/x-research-info-systems",
	"":         "text/plain; charset=utf-8",
}

// ContentType returns the content type of a file of the site.
func ContentType(name string) string {
	if known, is := contentTypes[path.Ext(name)]; is {
		return known
	}
	return "application/octet-stream"
}

// MediaType returns the content type without the character set.
func MediaType(name string) string { return strings.TrimSuffix(ContentType(name), "; charset=utf-8") }
