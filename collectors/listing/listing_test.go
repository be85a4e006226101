package listing

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"path"
	"strings"
	"sync/atomic"
	"testing"
	"tidemark/internal/fetch"
	"tidemark/internal/testkit/fuzz"
	"time"
)

// show serves a page and crawls it.
func show(t testing.TB, kind, text string) ([]Link, error) {
	t.Helper()
	asked := 0
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		if q.URL.Path == "/robots.txt" {
			http.NotFound(w, q)
			return
		}
		asked++
		w.Header().Set("Content-Type", kind)
		io.WriteString(w, text)
	}))
	defer s.Close()
	c := fetch.New(fetch.Options{Stall: 2 * time.Second})
	defer c.Close()
	links, _, err := Crawl(context.Background(), c, s.URL+"/rrc00/2024.01/", fetch.Validators{})
	if asked != 1 {
		t.Errorf("the page was requested %d times: %v", asked, err)
	}
	return links, err
}

const apacheTable = `<!DOCTYPE HTML PUBLIC "-//W3C//DTD HTML 3.2 Final//EN">
<html><head><title>Index of /rrc00/2024.01</title></head><body><h1>Index of /rrc00/2024.01</h1><table>
<tr><th><a href="?C=N;O=D">Name</a></th><th><a href="?C=M;O=A">Last modified</a></th></tr>
<tr><td valign="top"><img src="/icons/back.gif"></td><td><a href="/rrc00/">Parent Directory</a></td><td>&nbsp;</td><td align="right">  - </td><td>&nbsp;</td></tr>
<tr><td valign="top"><img src="x.gif"></td><td><a href="updates.20240101.0000.bz2">updates.20240101.0000..&gt;</a></td><td align="right">2024-01-01 00:15  </td><td align="right">1.5M</td><td>&nbsp;</td></tr>
<tr><td valign="top"><img src="x.gif"></td><td><a href="rib.20240101.0000.bz2">rib.20240101.0000.bz2</a></td><td align="right">2024-01-01 00:08  </td><td align="right"> 92M</td><td>&nbsp;</td></tr>
</table></body></html>`

const nginxPre = "<html>\r\n<head><title>Index of /rrc00/2024.01/</title></head>\r\n<body>\r\n<h1>Index of /rrc00/2024.01/</h1><hr><pre><a href=\"../\">../</a>\r\n" +
	"<a href=\"bview.20240101.0000.gz\">bview.20240101.0000.gz</a>                             01-Jan-2024 00:11           405921536\r\n" +
	"<a href=\"updates.20240101.0000.gz\">updates.20240101.0000.gz</a>                           01-Jan-2024 00:06                  2M\r\n</pre><hr></body>\r\n</html>\r\n"

const apachePre = `<html><head><title>Index of /rrc00/2024.01</title></head><body><h1>Index of /rrc00/2024.01</h1>
<pre><img src="/icons/blank.gif" alt="Icon "> <a href="?C=N;O=D">Name</a> <hr><img src="/icons/back.gif"> <a href="/rrc00/">Parent Directory</a>      -
<img src="x.gif"> <a href="bview.20240101.0000.gz">bview.20240101.0000.gz</a>  01-Jan-2024 00:04  8.1M  
</pre></body></html>`

// TestListings reads the forms that both archives have had.
func TestListings(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"Apache's table":      {apacheTable, "[{updates.20240101.0000.bz2 2024-01-01 00:15 1.5M 1572864} {rib.20240101.0000.bz2 2024-01-01 00:08 92M 96468992}]"},
		"nginx":               {nginxPre, "[{bview.20240101.0000.gz 01-Jan-2024 00:11 405921536 405921536} {updates.20240101.0000.gz 01-Jan-2024 00:06 2M 2097152}]"},
		"Apache's older form": {apachePre, "[{bview.20240101.0000.gz 01-Jan-2024 00:04 8.1M 8493465}]"},
		"months":              {`<h1>Index of /</h1><a href="2024.01/">2024.01/</a> 01-Jan-2024 -`, "[{2024.01/ 01-Jan-2024 - 0}]"},
		"absolute":            {`<h1>Index of /</h1><a href="/rrc00/2024.01/x.gz">x</a>`, "[{x.gz  0}]"},
		"another server":      {`<h1>Index of /</h1><a href="https://evil.example/rrc00/2024.01/bview.20240101.0000.gz">x</a>`, "[]"},
		"another, no scheme":  {`<h1>Index of /</h1><a href="//evil.example/rrc00/2024.01/bview.20240101.0000.gz">x</a>`, "[]"},
		"with a password":     {`<h1>Index of /</h1><a href="http://a:b@127.0.0.1/rrc00/2024.01/x.gz">x</a>`, "[]"},
		"up":                  {`<h1>Index of /</h1><a href="../../etc/bview.20240101.0000.gz">x</a><a href="../2023.12/bview.20231201.0000.gz">x</a>`, "[]"},
		"hidden ways up":      {`<h1>Index of /</h1><a href="%2e%2e%2fx.gz">x</a><a href="..%2fx.gz">x</a><a href="a%2f..%2f..%2fx">x</a><a href="x%00.gz">x</a>`, "[]"},
		"script":              {`<h1>Index of /</h1><a href="javascript:alert(1)">x</a><a href="file:///etc/passwd">x</a><a href="">x</a><a href="#a">x</a>`, "[]"},
		"an absurd size":      {`<h1>Index of /</h1><a href="x.gz">x</a> 01-Jan-2024 00:04 999999T`, "[]"},
		"another absurd size": {`<h1>Index of /</h1><a href="x.gz">x</a> 01-Jan-2024 00:04 1e300`, "[]"},
		"a negative size":     {`<h1>Index of /</h1><a href="x.gz">x</a> -5M`, "[{x.gz -5M 0}]"},
		"an endless line":     {`<h1>Index of /</h1><a href="x.gz">x</a> ` + strings.Repeat("9", 5000), "[{x.gz " + strings.Repeat("9", 200) + " 0}]"},
	} {
		links, err := show(t, "text/html", c.text)
		if name == "an endless line" {
			if err != nil || len(links) != 0 {
				t.Errorf("%s: %v, %v", name, links, err)
			}
			continue
		}
		if got := fmt.Sprint(links); err != nil || got != c.want {
			t.Errorf("%s: %s, %v", name, got, err)
		}
	}
}

// TestNoListings: a page that is not a listing is an error that says so.
func TestNoListings(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ kind, text string }{
		"a page": {"text/html", "<html><title>Maintenance</title>Come back later</html>"},
		"empty":  {"text/html", ""},
		"JSON":   {"application/json", `{"a": "Index of"}`},
	} {
		if links, err := show(t, c.kind, c.text); !errors.Is(err, ErrNotListing) {
			t.Errorf("%s: %v, %v", name, links, err)
		}
	}
	var many strings.Builder
	many.WriteString("<h1>Index of /</h1>")
	for i := range maxLinks + 5000 {
		fmt.Fprintf(&many, "<a href=\"f%d\">x</a>\n", i)
	}
	if links, err := show(t, "text/html", many.String()); err != nil || len(links) != maxLinks {
		t.Errorf("%d links, %v", len(links), err)
	}
	if _, err := show(t, "text/html", strings.Repeat("<h1>Index of</h1>\n", 3<<20)); err == nil || !strings.Contains(err.Error(), "longer than") {
		t.Error(err)
	}
}

// FuzzListing: whatever a page holds, a link that is taken is a name in its folder.
func FuzzListing(t *testing.F) {
	f := fuzz.With(t)
	for _, seed := range []string{apacheTable, nginxPre, apachePre, `<h1>Index of /</h1><a href="%2e%2e/x">`, "<h1>Index of</h1><td><a href=a><td>b<td>1e99K", "<h1>Index of</h1><a href='http://[::1'>", "\x00\xff<a href", "<h1>Index of /</h1>" + strings.Repeat("<div>", 600)} {
		f.Add(seed)
	}
	var page atomic.Value // one server and one client for all inputs: there are many
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		if q.URL.Path == "/robots.txt" {
			http.NotFound(w, q)
			return
		}
		w.Header().Set("Content-Type", "text/html")
		io.WriteString(w, page.Load().(string))
	}))
	defer s.Close()
	c := fetch.New(fetch.Options{Attempts: 1, Stall: 2 * time.Second})
	defer c.Close()
	f.Fuzz(func(t *testing.T, text string) {
		page.Store(text)
		links, _, err := Crawl(context.Background(), c, s.URL+"/rrc00/2024.01/", fetch.Validators{})
		var content *fetch.ContentError
		if err != nil && !errors.As(err, &content) {
			t.Fatal(err)
		}
		for _, l := range links {
			name := strings.TrimSuffix(l.Name, "/")
			if name == "" || name == ".." || strings.ContainsAny(name, "/\\\x00") || path.Base(name) != name || l.Bytes < 0 || l.Bytes > maxListedSize || len(l.Listed) > maxListed {
				t.Fatalf("%+v", l)
			}
		}
	})
}

// TestHostileListings: a page that cannot be parsed, and "not modified" without a condition, are errors of their source.
func TestHostileListings(t *testing.T) {
	_, err := show(t, "text/html", "<h1>Index of /</h1>"+strings.Repeat("<div>", 600))
	var content *fetch.ContentError
	if !errors.As(err, &content) || !strings.Contains(err.Error(), "cannot be read as a listing") {
		t.Errorf("600 open elements: %v", err)
	}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) { w.WriteHeader(http.StatusNotModified) }))
	defer s.Close()
	client := fetch.New(fetch.Options{Attempts: 1}).Permitted()
	_, _, err = Crawl(context.Background(), client, s.URL+"/rrc00/2024.01/", fetch.Validators{})
	var status *fetch.StatusError
	if errors.Is(err, fetch.ErrNotModified) || !errors.As(err, &status) || status.Code != http.StatusNotModified {
		t.Errorf("not modified: %v", err)
	}
}
