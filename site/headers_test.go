package site

import (
	"bytes"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"tidemark/internal/testkit"
	"tidemark/site/headers"
	"tidemark/site/preview"
)

// TestHeaderFiles: the files for web servers name the policy of the pages.
func TestHeaderFiles(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"nginx.conf", "Caddyfile", "README.md"} {
		content, err := os.ReadFile(filepath.Join("..", "docs", "headers", name))
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(string(content), headers.ContentSecurityPolicy("index.html")) {
			t.Errorf("docs/headers/%s has another policy than the pages: %s", name, headers.ContentSecurityPolicy("index.html"))
		}
	}
}

// TestStaticHeaders: by the file for hosts of static sites, every page and drawing has one policy, its own, whatever the host joins.
func TestStaticHeaders(t *testing.T) {
	t.Parallel()
	files := made(t)
	rules := map[string][]string{} // by pattern
	at := ""
	for line := range strings.Lines(files[headers.StaticPath]) {
		if line = strings.TrimSuffix(line, "\n"); strings.HasPrefix(line, "/") {
			if at = line; rules[at] != nil {
				t.Errorf("two rules for %s", at)
			}
		} else {
			rules[at] = append(rules[at], strings.TrimSpace(line))
		}
		if len(line) > 2000 {
			t.Errorf("a line has %d characters, more than Cloudflare Pages reads", len(line))
		}
	}
	if len(rules) > 100 {
		t.Errorf("%d rules, more than Cloudflare Pages reads", len(rules))
	}
	matches := func(pattern, address string) bool {
		all, parts := strings.Split(pattern, "/"), strings.Split(address, "/")
		for i, p := range all {
			if p == "*" {
				return true
			}
			if i >= len(parts) || p != parts[i] && (!strings.HasPrefix(p, ":") || parts[i] == "") {
				return false
			}
		}
		return len(all) == len(parts)
	}
	for name := range files {
		isPage := strings.HasSuffix(name, ".html") && !strings.HasPrefix(name, "questions/") // which lead on
		if !isPage && !strings.HasSuffix(name, ".svg") || strings.HasPrefix(name, "assets/") || strings.HasPrefix(name, "rfcs/rfc") {
			continue
		}
		addresses := []string{"/" + name}
		if folder, isIndex := strings.CutSuffix(name, "index.html"); isIndex {
			addresses = append(addresses, "/"+folder)
		}
		for _, address := range addresses {
			var policies []string
			for pattern, lines := range rules {
				if !matches(pattern, address) {
					continue
				}
				for _, line := range lines {
					if policy, is := strings.CutPrefix(line, "Content-Security-Policy: "); is {
						policies = append(policies, policy)
					}
				}
			}
			if want := headers.ContentSecurityPolicy(name); len(policies) != 1 || policies[0] != want {
				t.Errorf("%s has the policies %q, want %q", address, policies, want)
			}
		}
	}
}

// TestNginx serves the site by nginx with the file of docs/headers, and compares its answers with the preview's.
func TestNginx(t *testing.T) {
	t.Parallel()
	site, dir, addr := served(t)
	// Its workers may run as somebody else.
	for _, open := range []string{dir, filepath.Dir(dir), filepath.Dir(site), site} {
		if err := os.Chmod(open, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	conf := fmt.Sprintf(`daemon off; pid %[1]s/pid; error_log %[1]s/error.log; %[4]s
events {}
http {
access_log off; client_body_temp_path %[1]s/body; proxy_temp_path %[1]s/proxy; fastcgi_temp_path %[1]s/fastcgi; uwsgi_temp_path %[1]s/uwsgi; scgi_temp_path %[1]s/scgi;
server { listen %[2]s; root "%[3]s"; include %[5]s; }
}
`, dir, addr, site, map[bool]string{true: "user root;"}[os.Getuid() == 0], headerFile(t, "nginx.conf"))
	if err := os.WriteFile(filepath.Join(dir, "nginx.conf"), []byte(conf), 0o644); err != nil {
		t.Fatal(err)
	}
	webServer(t, addr, "nginx", "-p", dir, "-e", filepath.Join(dir, "error.log"), "-c", filepath.Join(dir, "nginx.conf"))
	sameAsPreview(t, addr, site)
}

// TestCaddy serves the site by Caddy in the same way.
func TestCaddy(t *testing.T) {
	t.Parallel()
	site, dir, addr := served(t)
	conf := fmt.Sprintf("{\n\tadmin off\n\tauto_https off\n}\nimport %q\nhttp://%s {\n\troot * %q\n\timport tidemark\n}\n", headerFile(t, "Caddyfile"), addr, site)
	if err := os.WriteFile(filepath.Join(dir, "Caddyfile"), []byte(conf), 0o644); err != nil {
		t.Fatal(err)
	}
	webServer(t, addr, "caddy", "run", "--adapter", "caddyfile", "--config", filepath.Join(dir, "Caddyfile"))
	sameAsPreview(t, addr, site)
}

// served returns a site, a folder for a web server's own files, and a free address on loopback.
func served(t *testing.T) (site, dir, addr string) {
	return copied(t), t.TempDir(), testkit.FreeAddress(t)
}

func headerFile(t *testing.T, name string) string {
	path, err := filepath.Abs(filepath.Join("..", "docs", "headers", name))
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// webServer starts a web server and waits until it listens.
func webServer(t *testing.T, addr, name string, args ...string) {
	t.Helper()
	path := testkit.Need(t, name)
	home := t.TempDir()
	cmd := testkit.Server(path, args...)
	cmd.Env = append(os.Environ(), "HOME="+home, "XDG_CONFIG_HOME="+home, "XDG_DATA_HOME="+home)
	var said bytes.Buffer
	cmd.Stderr = &said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Signal(os.Interrupt)
		_ = cmd.Wait()
	})
	for range 200 {
		c, err := net.Dial("tcp", addr)
		if err == nil {
			c.Close()
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	_ = cmd.Process.Kill()
	_ = cmd.Wait()
	t.Fatalf("%s does not answer: %s", name, said.String())
}

// sameAsPreview compares a web server's answers with those of the preview.
func sameAsPreview(t *testing.T, addr, site string) {
	t.Helper()
	preview := httptest.NewServer(preview.Handler(site))
	defer preview.Close()
	data := regexp.MustCompile(`\.(csv|parquet|arrow|json|jsonld|atom|bib|ris)$`)
	for _, p := range []string{"/", "/index.html", "/q/table-growth/index.html", "/datasets/", "/assets/site.css", "/assets/page.js", "/charts/table-growth.svg", "/charts/table-growth.png",
		"/sql.html", "/data/latest/table-growth.csv", "/data/latest/table-growth.parquet", "/data/latest/table-growth.arrow", "/SHA256SUMS", "/robots.txt", "/favicon.ico", "/q/table-growth", "/questions/table-growth.html", "/q/table-growth/embed/", "/q/table-growth.json", "/q/table-growth.bib", "/q/table-growth.ris", "/dcat.jsonld", "/llms.txt", "/rfc/6052", "/rfc/1", "/wg/tls", "/rfcs/rfc6052.html", "/missing.html", "/.hidden"} {
		theirs, err := http.Get("http://" + addr + p)
		if err != nil {
			t.Fatal(err)
		}
		theirs.Body.Close()
		ours, err := http.Get(preview.URL + p)
		if err != nil {
			t.Fatal(err)
		}
		ours.Body.Close()
		if theirs.StatusCode != ours.StatusCode {
			t.Errorf("%s: the server says %s, the preview %s", p, theirs.Status, ours.Status)
		}
		if p == "/.hidden" {
			continue // the server's own answer
		}
		for _, name := range []string{"Content-Type", "X-Content-Type-Options", "Content-Security-Policy", "Cache-Control"} {
			if name == "Content-Security-Policy" && data.MatchString(p) {
				continue // data run nothing
			}
			if p == "/favicon.ico" && name == "Content-Type" && theirs.Header.Get(name) == "image/vnd.microsoft.icon" {
				continue // its name in IANA's registry
			}
			if theirs.Header.Get(name) != ours.Header.Get(name) {
				t.Errorf("%s: the server sends %s %q, the preview %q", p, name, theirs.Header.Get(name), ours.Header.Get(name))
			}
		}
		if data.MatchString(p) && theirs.Header.Get("Access-Control-Allow-Origin") != "*" {
			t.Errorf("%s: other sites may not read it", p)
		}
	}
}
