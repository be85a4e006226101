// Package preview shows the site on loopback as a careful web server would serve it.
package preview

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"tidemark/internal/legible"
	"tidemark/site/headers"
)

// Handler serves the site in dir: GET and HEAD of its files, no listing of folders, the site's own 404 page, and headers
// that repeat the policy of the pages. It answers under the names of this machine's loopback and those of hosts only: a page of
// somebody else whose name was made to lead here could otherwise read the site in its visitor's browser.
func Handler(dir string, hosts ...string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !isOurs(r.Host, hosts) {
			http.Error(w, "this is not "+legible.Text(r.Host)+"; tidemark serve --host adds a name", http.StatusMisdirectedRequest)
			return
		}
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
		if to, moved := headers.Moved(name); moved {
			http.Redirect(w, r, "/"+to, http.StatusMovedPermanently)
			return
		}
		if short.MatchString(name) {
			name += ".html"
		}
		file, err := open(root, name)
		if err != nil {
			if index, err := open(root, path.Join(name, "index.html")); err == nil { // a folder with a page
				index.Close()
				http.Redirect(w, r, (&url.URL{Path: "/" + name + "/"}).EscapedPath(), http.StatusMovedPermanently)
				return
			}
			notFound(w, root)
			return
		}
		defer file.Close()
		header.Set("Content-Security-Policy", headers.ContentSecurityPolicy(name))
		header.Set("Content-Type", headers.ContentType(name))
		http.ServeContent(w, r, "", time.Time{}, file)
	})
}

// short are the addresses of pages that answer without .html.
var short = regexp.MustCompile(`^(?:rfc|wg)/[a-z0-9-]+$`)

// isOurs reports whether a Host header names this machine's loopback, or one of the hosts.
func isOurs(header string, hosts []string) bool {
	host := header
	if name, _, err := net.SplitHostPort(header); err == nil {
		host = name
	}
	host = strings.ToLower(strings.TrimSuffix(strings.Trim(host, "[]"), "."))
	if ip := net.ParseIP(host); ip != nil && ip.IsLoopback() {
		return true
	}
	return host == "localhost" || strings.HasSuffix(host, ".localhost") || slices.ContainsFunc(hosts, func(h string) bool { return strings.EqualFold(h, host) })
}

// open opens a published file. Hidden files, folders and devices do not exist for it.
func open(root *os.Root, name string) (*os.File, error) {
	for part := range strings.SplitSeq(name, "/") {
		if strings.HasPrefix(part, ".") {
			return nil, fs.ErrNotExist
		}
	}
	if info, err := root.Stat(name); err != nil || !info.Mode().IsRegular() { // opening a pipe would wait
		return nil, fs.ErrNotExist
	}
	return root.Open(name)
}

// notFound answers with the site's own page. Its relative links are made to start at the root of the site, because the
// address that was asked for can have any depth.
func notFound(w http.ResponseWriter, root *os.Root) {
	var content []byte
	file, err := open(root, "404.html")
	if err == nil {
		defer file.Close()
		content, err = io.ReadAll(file)
	}
	if err != nil {
		http.Error(w, "there is no site; run tidemark render", http.StatusNotFound)
		return
	}
	w.Header().Set("Content-Type", headers.ContentType("404.html"))
	w.WriteHeader(http.StatusNotFound)
	_, _ = w.Write(bytes.ReplaceAll(content, []byte(`="./`), []byte(`="/`)))
}

// Serve shows the site in dir on addr, which must be a loopback address, until the context ends. To publish the site, copy
// the folder to any web server. The address that it listens on is logged. It answers under further names, hosts, as behind a
// proxy.
func Serve(ctx context.Context, dir, addr string, hosts []string, log *slog.Logger) error {
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
	server := &http.Server{Handler: Handler(dir, hosts...), ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 64 << 10}
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
