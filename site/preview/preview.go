// Package preview shows the site on loopback as a careful web server would serve it.
package preview

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

	"tidemark/site/headers"
)

// Handler serves the site in dir: GET and HEAD of its files, no listing of folders, the site's own 404 page, and headers
// that repeat the policy of the pages.
func Handler(dir string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		header := w.Header()
		header.Set("X-Content-Type-Options", "nosniff")
		header.Set("Referrer-Policy", "no-referrer")
		header.Set("Content-Security-Policy", headers.ContentSecurityPolicy("index.html"))
		header.Set("Cache-Control", "no-cache")
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			header.Set("Allow", "GET, HEAD")
			http.Error(w, "only GET and HEAD", http.StatusMethodNotAllowed)
			return
		}
		root, err := os.OpenRoot(dir)
		if err != nil {
			http.Error(w, "there is no site; run tidemark render", http.StatusNotFound)
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
		header.Set("Content-Security-Policy", headers.ContentSecurityPolicy(name))
		header.Set("Content-Type", headers.ContentType(name))
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(content))
	})
}

// read reads a published file. Hidden files and folders do not exist for it.
func read(root *os.Root, name string) ([]byte, error) {
	for part := range strings.SplitSeq(name, "/") {
		if strings.HasPrefix(part, ".") {
			return nil, fs.ErrNotExist
		}
	}
	return fs.ReadFile(root.FS(), name)
}

// notFound answers with the site's own page. Its relative links are made to start at the root of the site, because the
// address that was asked for can have any depth.
func notFound(w http.ResponseWriter, root *os.Root) {
	content, err := read(root, "404.html")
	if err != nil {
		http.Error(w, "there is no site; run tidemark render", http.StatusNotFound)
		return
	}
	w.Header().Set("Content-Type", headers.ContentType("404.html"))
	w.WriteHeader(http.StatusNotFound)
	_, _ = w.Write(bytes.ReplaceAll(content, []byte(`="./`), []byte(`="/`)))
}

// Serve shows the site in dir on addr, which must be a loopback address, until the context ends. To publish the site, copy
// the folder to any web server. The address that it listens on is logged.
func Serve(ctx context.Context, dir, addr string, log *slog.Logger) error {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return fmt.Errorf("invalid address %q: %w (want for example 127.0.0.1:8000)", addr, err)
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
	log.Info("showing the site", "url", "http://"+listener.Addr().String()+"/")
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
