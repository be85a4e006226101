package site

import (
	"compress/gzip"
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"tidemark/internal/testkit"
)

// compressed gzips responses for browsers that accept it, as a web server does.
func compressed(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") || strings.HasSuffix(r.URL.Path, ".png") {
			h.ServeHTTP(w, r)
			return
		}
		w.Header().Set("Content-Encoding", "gzip")
		z := gzip.NewWriter(w)
		defer z.Close()
		h.ServeHTTP(gzipped{w, z}, r)
	})
}

type gzipped struct {
	http.ResponseWriter
	to io.Writer
}

func (g gzipped) WriteHeader(status int) {
	g.Header().Del("Content-Length")
	g.ResponseWriter.WriteHeader(status)
}

func (g gzipped) Write(b []byte) (int, error) { return g.to.Write(b) }

var loadedByPage = regexp.MustCompile(`(?:<link rel="(?:stylesheet|icon)"[^>]*href|<script defer src|<img src)="\./([^"?]+)|(?:<link rel="(?:stylesheet|icon)"[^>]*href|<script defer src|<img src)="\.\./([^"?]+)`)

// TestWeight holds a first visit to 150 kB without the library of charts and to 500 kB with it, both as a server
// compresses them.
func TestWeight(t *testing.T) {
	t.Parallel()
	files := made(t)
	weigh := func(page string, more ...string) (sum int) {
		met := map[string]bool{page: true}
		for _, m := range loadedByPage.FindAllStringSubmatch(files[page], -1) {
			met[m[1]+m[2]] = true
		}
		for _, path := range more {
			met[path] = true
		}
		for path := range met {
			if files[path] == "" {
				t.Errorf("%s loads %s, which the site does not have", page, path)
			}
			var out strings.Builder
			z := gzip.NewWriter(&out)
			if _, err := io.WriteString(z, files[path]); err != nil {
				t.Fatal(err)
			}
			if err := z.Close(); err != nil {
				t.Fatal(err)
			}
			sum += out.Len()
		}
		return sum
	}
	if n := weigh("index.html"); n > 150_000 {
		t.Errorf("the front page weighs %d bytes", n)
	}
	page := "questions/table-growth.html"
	if n := weigh(page); n > 150_000 {
		t.Errorf("a page with a chart weighs %d bytes before anybody turns to the chart", n)
	}
	if _, embedded := files[echartsPath]; !embedded {
		testkit.Missing(t, "ECharts is not embedded; make puts it into site/assets")
	}
	if n := weigh(page, echartsPath, "charts/table-growth.js"); n > 500_000 {
		t.Errorf("a page with its chart drawn weighs %d bytes", n)
	}
}
