//go:build lighthouse

package site

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"testing"

	"tidemark/internal/testkit"
	"tidemark/site/preview"
)

// TestLighthouse asks Lighthouse about the front page and a page with a chart. It takes minutes, so only make check-site, which
// sets the tag, has it.
func TestLighthouse(t *testing.T) { // not parallel: it rates the time that pages take
	tool := needCheck(t, "lighthouse", "cli", "index.js")
	chromium := testkit.Need(t, "chromium")
	dir, _ := pagesToCheck(t)
	server := httptest.NewServer(compressed(preview.Handler(dir)))
	defer server.Close()
	for _, path := range []string{"index.html", "q/table-growth/index.html", "rfc/6052.html", "datasets/routes.html"} {
		cmd := exec.CommandContext(t.Context(), "node", tool, server.URL+"/"+path, "--quiet", "--output=json", "--chrome-flags=--headless=new --no-sandbox --disable-gpu")
		cmd.Env = append(os.Environ(), "CHROME_PATH="+chromium)
		var out, said bytes.Buffer
		cmd.Stdout, cmd.Stderr = &out, &said
		if err := cmd.Run(); err != nil {
			t.Fatalf("%v: %.500s", err, said.String())
		}
		var report struct {
			Categories map[string]struct{ Score float64 }
			Audits     map[string]struct {
				Score *float64
				Title string
			}
		}
		if err := json.Unmarshal(out.Bytes(), &report); err != nil {
			t.Fatal(err)
		}
		for name, c := range report.Categories {
			t.Logf("%s: %s %.0f", path, name, 100*c.Score)
			if c.Score < 0.95 {
				t.Errorf("%s: %s is %.0f", path, name, 100*c.Score)
				for id, a := range report.Audits {
					if a.Score != nil && *a.Score < 0.9 {
						t.Logf("  %s %.2f %s", id, *a.Score, a.Title)
					}
				}
			}
		}
	}
}

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
