package site

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path"
	"path/filepath"
	"strings"
	"time"
)

// contentTypes are those of the files of the site; what the machine's own list says does not matter.
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
	".atom":    "application/atom+xml",
	".csv":     "text/csv; charset=utf-8",
	".parquet": "application/vnd.apache.parquet",
	".arrow":   "application/vnd.apache.arrow.file",
	".wasm":    "application/wasm",
	".cff":     "text/plain; charset=utf-8",
	"":         "text/plain; charset=utf-8",
}

// ContentType is that of a file of the site.
func ContentType(name string) string {
	if known, is := contentTypes[path.Ext(name)]; is {
		return known
	}
	return "application/octet-stream"
}

// Handler serves the site in dir as a careful web server would: GET and HEAD of its files, no listing of folders, the
// site's own 404 page, and headers that repeat the policy of the pages.
func Handler(dir string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		header := w.Header()
		header.Set("X-Content-Type-Options", "nosniff")
		header.Set("Referrer-Policy", "no-referrer")
		header.Set("Content-Security-Policy", policy+"; frame-ancestors 'none'") // docs/headers has it for web servers
		header.Set("Cache-Control", "no-cache")
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			header.Set("Allow", "GET, HEAD")
			http.Error(w, "only GET and HEAD", http.StatusMethodNotAllowed)
			return
		}
		root, err := os.OpenRoot(dir)
		if err != nil {
			http.Error(w, "the site is not there; run tidemark render", http.StatusNotFound)
			return
		}
		defer root.Close()
		name := strings.TrimPrefix(path.Clean("/"+r.URL.Path), "/")
		if name == "" || strings.HasSuffix(r.URL.Path, "/") {
			name = path.Join(name, "index.html")
		}
		content, err := read(root, name)
		if err != nil {
			notFound(w, root)
			return
		}
		if name == sqlPath || strings.HasPrefix(name, path.Dir(duckDBPath)+"/") { // the database runs in a worker, which has a policy of its own
			header.Set("Content-Security-Policy", sqlPolicy+"; frame-ancestors 'none'")
		}
		if path.Ext(name) == ".svg" { // opened by itself, a chart has styles of its own
			header.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'")
		}
		header.Set("Content-Type", ContentType(name))
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(content))
	})
}

// read reads a published file: nothing hidden, no folder.
func read(root *os.Root, name string) ([]byte, error) {
	for part := range strings.SplitSeq(name, "/") {
		if strings.HasPrefix(part, ".") {
			return nil, fs.ErrNotExist
		}
	}
	return fs.ReadFile(root.FS(), name)
}

// notFound answers with the site's own page, whose relative links are made to start at the root of the site: the
// address that was asked for can have any depth.
func notFound(w http.ResponseWriter, root *os.Root) {
	content, err := read(root, "404.html")
	if err != nil {
		http.Error(w, "the site is not there; run tidemark render", http.StatusNotFound)
		return
	}
	w.Header().Set("Content-Type", contentTypes[".html"])
	w.WriteHeader(http.StatusNotFound)
	_, _ = w.Write(bytes.ReplaceAll(content, []byte(`="./`), []byte(`="/`)))
}

// Serve shows the site in dir on addr, which must be a loopback address, until the context ends. It is a preview: to
// publish the site, copy the folder to any web server.
func Serve(ctx context.Context, dir, addr string) error {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return fmt.Errorf("address %q: %w; give it as 127.0.0.1:8000", addr, err)
	}
	if ip := net.ParseIP(host); host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return fmt.Errorf("address %q is not loopback: this is a preview; to publish the site, copy %s to a web server", addr, dir)
	}
	if _, err := os.Stat(filepath.Join(dir, "index.html")); err != nil {
		return fmt.Errorf("there is no site to show: %w; run tidemark render", err)
	}
	listener, err := net.Listen("tcp", addr)
	if err != nil {
		return err
	}
	slog.Info("showing the site", "url", "http://"+listener.Addr().String()+"/")
	server := &http.Server{Handler: Handler(dir), ReadHeaderTimeout: 10 * time.Second}
	stop := context.AfterFunc(ctx, func() {
		within, cancel := context.WithTimeout(context.Background(), 2*time.Second)
		defer cancel()
		_ = server.Shutdown(within)
	})
	defer stop()
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}
