package site

import (
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

const framed = policy + "; frame-ancestors 'none'"

// TestHeaderFiles holds the files for web servers to the policy of the pages.
func TestHeaderFiles(t *testing.T) {
	for _, name := range []string{"nginx.conf", "Caddyfile", "README.md"} {
		content, err := os.ReadFile(filepath.Join("..", "docs", "headers", name))
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(string(content), framed) {
			t.Errorf("docs/headers/%s has another policy than the pages: %s", name, framed)
		}
	}
}

// TestNginx serves the site by nginx with the file of docs/headers, and compares its answers with the preview's.
func TestNginx(t *testing.T) {
	path, err := exec.LookPath("nginx")
	if err != nil {
		if path, err = exec.LookPath("/usr/sbin/nginx"); err != nil {
			if os.Getenv("CI") != "" {
				t.Fatal("nginx is missing; .ci/run installs it")
			}
			t.Skip("nginx is missing")
		}
	}
	site := copied(t)
	dir := t.TempDir()
	headers, err := filepath.Abs(filepath.Join("..", "docs", "headers", "nginx.conf"))
	if err != nil {
		t.Fatal(err)
	}
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := free.Addr().String()
	free.Close()
	for _, open := range []string{dir, filepath.Dir(dir), filepath.Dir(site), site} { // nginx's workers may run as somebody else
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
`, dir, addr, site, map[bool]string{true: "user root;"}[os.Getuid() == 0], headers)
	if err := os.WriteFile(filepath.Join(dir, "nginx.conf"), []byte(conf), 0o644); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(path, "-p", dir, "-e", filepath.Join(dir, "error.log"), "-c", filepath.Join(dir, "nginx.conf"))
	var said strings.Builder
	cmd.Stderr = &said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		_ = cmd.Process.Signal(os.Interrupt)
		_ = cmd.Wait()
	}()
	for wait := 0; ; wait++ {
		c, err := net.Dial("tcp", addr)
		if err == nil {
			c.Close()
			break
		}
		if wait > 100 {
			t.Fatalf("nginx does not answer: %v; %s", err, said.String())
		}
		time.Sleep(50 * time.Millisecond)
	}
	preview := httptest.NewServer(Handler(site))
	defer preview.Close()
	data := regexp.MustCompile(`\.(csv|parquet|arrow|json|atom)$`)
	for _, p := range []string{"/", "/index.html", "/questions/table-growth.html", "/datasets/", "/assets/site.css", "/assets/page.js", "/charts/table-growth.svg", "/charts/table-growth.png",
		"/sql.html", "/data/latest/table-growth.csv", "/data/latest/table-growth.parquet", "/data/latest/table-growth.arrow", "/SHA256SUMS", "/robots.txt", "/favicon.ico", "/missing.html", "/.hidden"} {
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
			t.Errorf("%s: nginx says %s, the preview %s", p, theirs.Status, ours.Status)
		}
		if p == "/.hidden" {
			continue // said by nginx itself
		}
		for _, name := range []string{"Content-Type", "X-Content-Type-Options", "Content-Security-Policy", "Cache-Control"} {
			if name == "Content-Security-Policy" && data.MatchString(p) {
				continue // data need no more than nothing
			}
			if theirs.Header.Get(name) != ours.Header.Get(name) {
				t.Errorf("%s: nginx sends %s %q, the preview %q", p, name, theirs.Header.Get(name), ours.Header.Get(name))
			}
		}
		if data.MatchString(p) && theirs.Header.Get("Access-Control-Allow-Origin") != "*" {
			t.Errorf("%s: other sites may not read it", p)
		}
	}
}
