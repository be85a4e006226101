package fetch_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"tidemark/internal/fetch"
	"tidemark/internal/testkit/fuzz"
)

// clock is a clock that only sleeping moves.
type clock struct {
	mu     sync.Mutex
	now    time.Time
	slept  []time.Duration
	random float64
}

func (c *clock) options() fetch.Options {
	return fetch.Options{
		Now: func() time.Time { c.mu.Lock(); defer c.mu.Unlock(); return c.now },
		Sleep: func(ctx context.Context, d time.Duration) error {
			c.mu.Lock()
			defer c.mu.Unlock()
			c.now, c.slept = c.now.Add(d), append(c.slept, d)
			return ctx.Err()
		},
		Random: func() float64 { return c.random }, Stall: 200 * time.Millisecond, UserAgent: "tidemark/test (mailto:x@example.net)",
	}
}

func newClock() *clock { return &clock{now: time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC), random: 1} }

var content = func() []byte {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	r := rand.New(rand.NewPCG(1, 2))
	for range 100_000 {
		z.Write([]byte{byte(r.Uint32())})
	}
	z.Close()
	return b.Bytes()
}()

// gunzips is a check.
func gunzips(r io.Reader) error {
	z, err := gzip.NewReader(r)
	if err == nil {
		_, err = io.Copy(io.Discard, z)
	}
	if err != nil {
		return &fetch.Torn{Err: err}
	}
	return nil
}

// server answers the n-th request (from 0) as the handlers say; the last one answers all further ones. It has no robots.txt, and
// does not count who asks for it.
func server(t *testing.T, handlers ...http.HandlerFunc) (base string, asked *[]*http.Request) {
	t.Helper()
	var mu sync.Mutex
	var all []*http.Request
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/robots.txt" {
			w.WriteHeader(http.StatusNotFound)
			return
		}
		mu.Lock()
		all = append(all, r)
		h := handlers[min(len(all), len(handlers))-1]
		mu.Unlock()
		h(w, r)
	}))
	t.Cleanup(s.Close)
	return s.URL, &all
}

func whole(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("ETag", `"v1"`)
	http.ServeContent(w, r, "x.gz", time.Time{}, bytes.NewReader(content))
}

// cut announces the whole and breaks off after n bytes.
func cut(n int) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("ETag", `"v1"`)
		w.Header().Set("Content-Length", fmt.Sprint(len(content)))
		w.Write(content[:n])
		http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	}
}

func status(code int, headers ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		for i := 0; i < len(headers); i += 2 {
			w.Header().Set(headers[i], headers[i+1])
		}
		w.WriteHeader(code)
	}
}

func stalls(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("ETag", `"v1"`)
	w.Header().Set("Content-Length", fmt.Sprint(len(content)))
	w.Write(content[:1000])
	http.NewResponseController(w).Flush()
	<-r.Context().Done()
}

func bytesOf(b []byte) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) { w.Write(b) }
}

func html(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/html")
	io.WriteString(w, "<html>maintenance</html>")
}

// TestFile: what goes wrong on the way is mended or said.
func TestFile(t *testing.T) {
	changed := bytes.Clone(content)
	changed[5000] ^= 1
	for _, c := range []struct {
		name     string
		handlers []http.HandlerFunc
		requests int
		fails    string // in the error; empty: the content is there
	}{
		{"whole", []http.HandlerFunc{whole}, 1, ""},
		{"broken off, gone on with", []http.HandlerFunc{cut(3000), cut(0), whole}, 3, ""},
		{"stalled, gone on with", []http.HandlerFunc{stalls, whole}, 2, ""},
		{"busy", []http.HandlerFunc{status(503, "Retry-After", "7"), status(429), whole}, 3, ""},
		{"busy for longer than is waited for", []http.HandlerFunc{status(503, "Retry-After", "86400")}, 1, "wants to be left alone for 24h0m0s"},
		{"never well", []http.HandlerFunc{status(500)}, 5, "500 Internal Server Error"},
		{"missing", []http.HandlerFunc{status(404)}, 1, "404 Not Found; check the URL"},
		{"forbidden", []http.HandlerFunc{status(403)}, 1, "set contact in the configuration"},
		{"a page once", []http.HandlerFunc{html, whole}, 2, ""},
		{"a page always", []http.HandlerFunc{html}, 5, "a web page in place of the file"},
		{"a changed byte once", []http.HandlerFunc{bytesOf(changed), whole}, 2, ""},
		{"cut, and announced so, once", []http.HandlerFunc{bytesOf(content[:4000]), whole}, 2, ""},
		{"a range that was not asked for", []http.HandlerFunc{cut(3000), func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Range", fmt.Sprintf("bytes 0-%d/%d", len(content)-1, len(content)))
			w.WriteHeader(206)
			w.Write(content)
		}, whole}, 3, ""},
		{"no such range", []http.HandlerFunc{cut(3000), status(416), whole}, 3, ""},
		{"too much", []http.HandlerFunc{func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Length", "300000")
			w.Write(make([]byte, 300_000))
		}}, 1, "more than the maximum of 200000"},
		{"too much, not announced", []http.HandlerFunc{func(w http.ResponseWriter, r *http.Request) {
			for range 400 {
				w.Write(make([]byte, 1000))
				http.NewResponseController(w).Flush()
			}
		}}, 1, "more than the maximum of 200000 bytes"},
		{"another site", []http.HandlerFunc{status(302, "Location", "http://192.0.2.1/x.gz")}, 1, "another site; if that is right"},
		{"in circles", []http.HandlerFunc{status(302, "Location", "/x.gz")}, 6, "more than 5 redirects"},
	} {
		t.Run(c.name, func(t *testing.T) {
			base, asked := server(t, c.handlers...)
			client := fetch.New(newClock().options())
			defer client.Close()
			part := filepath.Join(t.TempDir(), "parts", "x")
			got, err := client.File(context.Background(), fetch.File{URLs: []string{base + "/x.gz"}, Part: part, Bytes: 200_000, Check: gunzips})
			if len(*asked) != c.requests {
				t.Errorf("%d requests, not %d", len(*asked), c.requests)
			}
			if c.fails != "" {
				if err == nil || !strings.Contains(err.Error(), c.fails) || !strings.Contains(err.Error(), base) {
					t.Error(err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			b, err := os.ReadFile(part)
			sum := sha256.Sum256(content)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(b, content) {
				t.Errorf("%d bytes arrived that are not the %d sent", len(b), len(content))
			}
			if want := hex.EncodeToString(sum[:]); got.SHA256 != want || got.Bytes != int64(len(content)) {
				t.Errorf("%d bytes of SHA-256 %s, want %d of %s", got.Bytes, got.SHA256, len(content), want)
			}
			if agent := (*asked)[0].UserAgent(); !strings.Contains(agent, "mailto:") {
				t.Error(agent)
			}
		})
	}
}

// TestTornAtTheSource: damage that always comes the same is the source's own, unless the listing speaks against it.
func TestTornAtTheSource(t *testing.T) {
	torn := content[:20_000]
	modified := "Sun, 31 Dec 2023 12:00:00 GMT" // half a day ago: it may still be written
	base, asked := server(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Last-Modified", modified)
		w.Write(torn)
	})
	client := fetch.New(newClock().options())
	f := fetch.File{URLs: []string{base + "/x.gz"}, Part: filepath.Join(t.TempDir(), "x"), Check: gunzips}
	if _, err := client.File(context.Background(), f); err == nil || len(*asked) != 5 {
		t.Errorf("%v, %d requests", err, len(*asked))
	}
	modified, *asked = "Sat, 30 Dec 2023 12:00:00 GMT", nil
	if got, err := client.File(context.Background(), f); err != nil || got.Bytes != 20_000 || len(*asked) != 3 {
		t.Errorf("%+v, %v, %d requests", got, err, len(*asked))
	}
	f.About = 100_000
	if _, err := client.File(context.Background(), f); err == nil || !strings.Contains(err.Error(), "damaged or cut off") {
		t.Error(err)
	}
}

// TestResumed: a later run goes on where an earlier one was cut off, unless the file has changed since.
func TestResumed(t *testing.T) {
	for _, c := range []struct {
		name  string
		then  http.HandlerFunc
		bytes int // that the second run receives
	}{
		{"the same", whole, len(content) - 3000},
		{"changed", func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("ETag", `"v2"`)
			http.ServeContent(w, r, "x.gz", time.Time{}, bytes.NewReader(content))
		}, len(content)},
		{"without ranges", bytesOf(content), len(content)},
	} {
		base, asked := server(t, cut(3000), c.then)
		o := newClock().options()
		o.Attempts = 1
		f := fetch.File{URLs: []string{base + "/x.gz"}, Part: filepath.Join(t.TempDir(), "x"), Check: gunzips}
		if _, err := fetch.New(o).File(context.Background(), f); err == nil || !strings.Contains(err.Error(), "broke after 3000 bytes") {
			t.Fatal(err)
		}
		again := fetch.New(o)
		got, err := again.File(context.Background(), f)
		b, _ := os.ReadFile(f.Part)
		if err != nil || got.Bytes != int64(len(content)) || again.Received() != int64(c.bytes) {
			t.Errorf("%s: %+v, %v, %d received", c.name, got, err, again.Received())
		}
		if !bytes.Equal(b, content) {
			t.Errorf("%s: %d bytes arrived that are not the %d sent", c.name, len(b), len(content))
		}
		if r := (*asked)[1]; r.Header.Get("Range") != "bytes=3000-" || r.Header.Get("If-Range") != `"v1"` {
			t.Errorf("%s: %v", c.name, r.Header)
		}
	}
}

// TestCameWhole: what came whole before the program ended is not sent again, unless the file has changed since.
func TestCameWhole(t *testing.T) {
	for _, c := range []struct {
		name  string
		then  http.HandlerFunc
		bytes int
	}{
		{"the same", whole, 0},
		{"changed", func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("ETag", `"v2"`)
			http.ServeContent(w, r, "x.gz", time.Time{}, bytes.NewReader(content))
		}, len(content)},
	} {
		base, asked := server(t, whole, c.then)
		f := fetch.File{URLs: []string{base + "/x.gz"}, Part: filepath.Join(t.TempDir(), "x"), Check: gunzips}
		first, err := fetch.New(newClock().options()).File(context.Background(), f)
		if err != nil {
			t.Fatal(err)
		}
		again := fetch.New(newClock().options())
		got, err := again.File(context.Background(), f)
		if err != nil || got.SHA256 != first.SHA256 || again.Received() != int64(c.bytes) {
			t.Errorf("%s: %+v, %v, %d received", c.name, got, err, again.Received())
		}
		if r := (*asked)[1]; r.Header.Get("Range") != "" || r.Header.Get("If-None-Match") != `"v1"` {
			t.Errorf("%s: %v", c.name, r.Header)
		}
		f.RemoveNote()
		if entries, _ := os.ReadDir(filepath.Dir(f.Part)); len(entries) != 1 {
			t.Errorf("%s: %d files are left", c.name, len(entries))
		}
	}
}

// TestMirror: where the first address fails, the next is asked.
func TestMirror(t *testing.T) {
	bad, _ := server(t, status(404))
	good, _ := server(t, whole)
	f := fetch.File{URLs: []string{bad + "/x", good + "/x"}, Part: filepath.Join(t.TempDir(), "x"), Check: gunzips}
	if got, err := fetch.New(newClock().options()).File(context.Background(), f); err != nil || got.URL != good+"/x" {
		t.Errorf("%+v, %v", got, err)
	}
}

// TestConditional: what has not changed is not sent.
func TestConditional(t *testing.T) {
	base, _ := server(t, whole)
	client := fetch.New(newClock().options())
	_, now, err := client.Read(context.Background(), base, fetch.Validators{})
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := client.Read(context.Background(), base, now); !errors.Is(err, fetch.ErrNotModified) {
		t.Error(err)
	}
	if _, err := client.File(context.Background(), fetch.File{URLs: []string{base}, Part: filepath.Join(t.TempDir(), "x"), Since: now, SinceURL: base}); !errors.Is(err, fetch.ErrNotModified) {
		t.Error(err)
	}
}

// TestBudget: a transfer is cut at the budget, and later runs go on.
func TestBudget(t *testing.T) {
	base, _ := server(t, whole)
	f := fetch.File{URLs: []string{base}, Part: filepath.Join(t.TempDir(), "x"), Check: gunzips}
	runs := 0
	for ; runs < 10; runs++ {
		o := newClock().options()
		o.Budget = 40_000
		client := fetch.New(o)
		_, err := client.File(context.Background(), f)
		if err == nil {
			break
		}
		if !errors.Is(err, fetch.ErrBudget) || !strings.Contains(err.Error(), "the next run resumes") {
			t.Fatal(err)
		}
		if _, err := client.File(context.Background(), f); !errors.Is(err, fetch.ErrBudget) {
			t.Fatal(err)
		}
	}
	if b, _ := os.ReadFile(f.Part); !bytes.Equal(b, content) {
		t.Errorf("%d bytes arrived that are not the %d sent", len(b), len(content))
	}
	if runs == 0 || runs > 3 {
		t.Errorf("it took %d runs", runs)
	}
}

// TestSpace: a disk that is too full is not filled further.
func TestSpace(t *testing.T) {
	base, _ := server(t, whole)
	o := newClock().options()
	o.Reserve = 1000
	free := uint64(len(content)) + 999
	o.Free = func(string) (uint64, error) { return free, nil }
	f := fetch.File{URLs: []string{base}, Part: filepath.Join(t.TempDir(), "x")}
	if _, err := fetch.New(o).File(context.Background(), f); !errors.Is(err, fetch.ErrSpace) || !strings.Contains(err.Error(), "free some space") {
		t.Error(err)
	}
	free++
	if _, err := fetch.New(o).File(context.Background(), f); err != nil {
		t.Error(err)
	}
}

// TestBackoff: waits grow, chance shortens them by up to half, and the server's word goes before.
func TestBackoff(t *testing.T) {
	for _, c := range []struct {
		random  float64
		headers []string
		want    string
	}{
		{1, nil, "[1s 2s 4s 8s]"}, {0, nil, "[500ms 1s 2s 4s]"}, {1, []string{"Retry-After", "5"}, "[5s 5s 5s 8s]"},
		{1, []string{"Retry-After", "Mon, 01 Jan 2024 00:00:03 GMT"}, "[3s 2s 4s 8s]"},
	} {
		base, _ := server(t, status(503, c.headers...))
		clock := newClock()
		clock.random = c.random
		client := fetch.New(clock.options())
		_, _, err := client.Read(context.Background(), base, fetch.Validators{})
		if got := fmt.Sprint(clock.slept); err == nil || got != c.want {
			t.Errorf("%+v: %s, %v", c, got, err)
		}
		// A host that failed at every attempt is left alone for a while.
		if _, _, err := client.Read(context.Background(), base, fetch.Validators{}); !errors.Is(err, fetch.ErrDown) {
			t.Error(err)
		}
		clock.now = clock.now.Add(time.Hour)
		if _, _, err := client.Read(context.Background(), base, fetch.Validators{}); errors.Is(err, fetch.ErrDown) {
			t.Error(err)
		}
	}
}

// TestRobots: what robots.txt forbids is not crawled, its delay is kept, and a day later it is asked for conditionally.
func TestRobots(t *testing.T) {
	mux := http.NewServeMux()
	asked := map[string]int{}
	mux.HandleFunc("/robots.txt", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("ETag", `"r"`)
		if r.Header.Get("If-None-Match") != "" {
			asked["conditional"]++
		}
		asked["robots"]++
		http.ServeContent(w, r, "robots.txt", time.Time{}, strings.NewReader("User-agent: *\nDisallow: /\n\nUser-agent: Tidemark\nCrawl-delay: 3\nDisallow: /private/\n"))
	})
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) { asked[r.URL.Path]++; io.WriteString(w, "ok") })
	s := httptest.NewServer(mux)
	defer s.Close()
	clock := newClock()
	o := clock.options()
	o.Cache = t.TempDir()
	get := func(client *fetch.Client, path string) error {
		u, _ := url.Parse(s.URL + path)
		resp, err := client.RoundTrip(&http.Request{Method: http.MethodGet, URL: u, Header: http.Header{}})
		if err == nil {
			resp.Body.Close()
		}
		return err
	}
	client := fetch.New(o)
	if err := get(client, "/private/x"); !errors.Is(err, fetch.ErrRobots) {
		t.Error(err)
	}
	for range 3 {
		if err := get(client, "/public"); err != nil {
			t.Error(err)
		}
	}
	if got := fmt.Sprint(clock.slept); got != "[3s 3s 3s]" || asked["robots"] != 1 || asked["/private/x"] != 0 {
		t.Errorf("%s %v", got, asked)
	}
	get(fetch.New(o), "/public")
	if asked["robots"] != 1 {
		t.Error("robots.txt was asked for again within a day")
	}
	clock.now = clock.now.Add(25 * time.Hour)
	get(fetch.New(o), "/public")
	if asked["conditional"] != 1 {
		t.Error(asked)
	}
}

// TestRobotsOfAll: robots.txt binds every kind of request, redirects too, and its delay lies between all of them; who has the
// operator's permission keeps the delay alone.
func TestRobotsOfAll(t *testing.T) {
	var asked []string
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked = append(asked, r.URL.Path)
		switch r.URL.Path {
		case "/robots.txt":
			io.WriteString(w, "User-agent: *\nCrawl-delay: 7\nDisallow: /api/\n")
		case "/moved":
			http.Redirect(w, r, "/api/x", http.StatusFound)
		default:
			io.WriteString(w, "ok")
		}
	}))
	defer s.Close()
	clock := newClock()
	client := fetch.New(clock.options())
	ctx := context.Background()
	requests := func(client *fetch.Client) (errs []error) {
		_, _, read := client.Read(ctx, s.URL+"/api/x", fetch.Validators{})
		_, cached := client.Cached(ctx, s.URL+"/api/x", time.Hour)
		_, head := client.Head(ctx, s.URL+"/api/x")
		_, file := client.File(ctx, fetch.File{URLs: []string{s.URL + "/api/x"}, Part: filepath.Join(t.TempDir(), "x")})
		_, _, moved := client.Read(ctx, s.URL+"/moved", fetch.Validators{})
		return []error{read, cached, head, file, moved}
	}
	for i, err := range requests(client) {
		if !errors.Is(err, fetch.ErrRobots) {
			t.Errorf("request %d: %v", i, err)
		}
	}
	if !slices.Equal(asked, []string{"/robots.txt", "/moved"}) {
		t.Errorf("asked for %q", asked)
	}
	asked, clock.slept = nil, nil
	if err := errors.Join(requests(client.Permitted())...); err != nil {
		t.Error(err)
	}
	if len(asked) != 6 || len(clock.slept) != 5 || clock.slept[4] != 7*time.Second {
		t.Errorf("with permission: asked for %q, slept %v", asked, clock.slept)
	}
}

// TestRespite: what Retry-After asks for holds for later runs as well, however long, but a week at most.
func TestRespite(t *testing.T) {
	for after, rest := range map[string]time.Duration{
		"7200": 2 * time.Hour, "315360000": 7 * 24 * time.Hour, "99999999999999": 7 * 24 * time.Hour, "99999999999999999999999": 7 * 24 * time.Hour,
		"Tue, 02 Jan 2024 00:00:00 GMT": 24 * time.Hour,
	} {
		base, asked := server(t, status(503, "Retry-After", after), status(200))
		clock := newClock()
		o := clock.options()
		o.Cache = t.TempDir()
		get := func() error {
			_, _, err := fetch.New(o).Read(context.Background(), base, fetch.Validators{})
			return err
		}
		if err := get(); err == nil || len(*asked) != 1 {
			t.Errorf("%s: %v after %d requests", after, err, len(*asked))
		}
		clock.now = clock.now.Add(rest - time.Minute)
		if err := get(); !errors.Is(err, fetch.ErrDown) || len(*asked) != 1 {
			t.Errorf("%s: a later run: %v after %d requests", after, err, len(*asked))
		}
		clock.now = clock.now.Add(-365 * 24 * time.Hour) // the first run's clock was wrong
		if err := get(); err != nil {
			t.Errorf("%s: with another clock: %v", after, err)
		}
	}
}

// TestRobotsUnknown: where robots.txt cannot be read nothing is crawled; where there is none everything may be.
func TestRobotsUnknown(t *testing.T) {
	for code, allowed := range map[int]bool{404: true, 403: true, 500: false} {
		s := httptest.NewServer(status(code))
		defer s.Close()
		u, _ := url.Parse(s.URL + "/x")
		if err := fetch.New(newClock().options()).Allowed(context.Background(), u); (err == nil) != allowed {
			t.Errorf("%d: %v", code, err)
		}
	}
}

// TestNoRobots: that a host has no robots.txt is known to the processes of a day, and asked anew after it (RFC 9309 section 2.4).
func TestNoRobots(t *testing.T) {
	for _, code := range []int{404, 410, 403} {
		asked := 0
		s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			asked++
			w.WriteHeader(code)
		}))
		defer s.Close()
		u, _ := url.Parse(s.URL + "/x")
		clock := newClock()
		options := clock.options()
		options.Cache = t.TempDir()
		for _, c := range []struct {
			later time.Duration
			asked int
		}{{0, 1}, {23 * time.Hour, 1}, {time.Hour, 2}, {time.Hour, 2}} {
			clock.now = clock.now.Add(c.later)
			if err := fetch.New(options).Allowed(t.Context(), u); err != nil || asked != c.asked {
				t.Errorf("%d: robots.txt was asked for %d times, want %d: %v", code, asked, c.asked, err)
			}
		}
	}
}

// TestConnections: no more requests at once than are allowed to a host.
func TestConnections(t *testing.T) {
	var mu sync.Mutex
	now, most := 0, 0
	base, _ := server(t, func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		now++
		most = max(most, now)
		mu.Unlock()
		time.Sleep(20 * time.Millisecond)
		mu.Lock()
		now--
		mu.Unlock()
		io.WriteString(w, "ok")
	})
	client := fetch.New(fetch.Options{})
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() { client.Read(context.Background(), base, fetch.Validators{}) })
	}
	wg.Wait()
	if most != 2 {
		t.Errorf("%d at once", most)
	}
}

// TestProxy: the environment's proxy is used.
func TestProxy(t *testing.T) {
	if os.Getenv("TIDEMARK_TEST_PROXY") == "" {
		// The environment is read once a process, so the test is run in one of its own.
		proxied := make(chan string, 1)
		s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/robots.txt" {
				w.WriteHeader(http.StatusNotFound)
				return
			}
			select {
			case proxied <- r.URL.String():
			default:
			}
			io.WriteString(w, "ok")
		}))
		defer s.Close()
		c := testCommand(t, "TestProxy", "TIDEMARK_TEST_PROXY=1", "HTTP_PROXY="+s.URL, "http_proxy="+s.URL, "NO_PROXY=", "no_proxy=")
		if out, err := c.CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		if got := <-proxied; got != "http://archive.example.net/x" {
			t.Error(got)
		}
		return
	}
	if _, _, err := fetch.New(fetch.Options{}).Read(context.Background(), "http://archive.example.net/x", fetch.Validators{}); err != nil {
		t.Fatal(err)
	}
}

// TestCancelled: a run that is ended keeps what is there, and says why it ended.
func TestCancelled(t *testing.T) {
	base, _ := server(t, stalls)
	o := newClock().options()
	o.Stall = time.Minute
	ctx, cancel := context.WithTimeout(context.Background(), 100*time.Millisecond)
	defer cancel()
	f := fetch.File{URLs: []string{base}, Part: filepath.Join(t.TempDir(), "x"), Check: gunzips}
	if _, err := fetch.New(o).File(ctx, f); !errors.Is(err, context.DeadlineExceeded) {
		t.Error(err)
	}
	if b, err := os.ReadFile(f.Part); err != nil || len(b) != 1000 {
		t.Error(len(b), err)
	}
}

// FuzzRobots: no robots.txt breaks the parser.
func FuzzRobots(t *testing.F) {
	f := fuzz.With(t)
	f.Add("User-agent: *\nDisallow: /\nCrawl-delay: 1e9\n")
	f.Add("User-agent: tidemark\nAllow: /*.gz$\nDisallow: /a*b*c*d*e\n")
	f.Add("Disallow: /x\n\xff\x00User-agent")
	u, _ := url.Parse("http://a.example/rrc00/2024.01/")
	f.Fuzz(func(t *testing.T, text string) {
		o := newClock().options()
		o.Wrap = func(http.RoundTripper) http.RoundTripper { return robotsOnly(text) }
		client := fetch.New(o)
		if err := client.Allowed(context.Background(), u); err != nil && !errors.Is(err, fetch.ErrRobots) {
			t.Error(err)
		}
	})
}
