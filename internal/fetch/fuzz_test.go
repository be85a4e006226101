package fetch_test

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tidemark/internal/fault"
	"tidemark/internal/fetch"
	"tidemark/internal/testkit/fuzz"
)

// answers is a transport that gives the same bytes to every request, but robots.txt.
type answers []byte

func (a answers) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.URL.Path == "/robots.txt" {
		a = answers("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")
	}
	return http.ReadResponse(bufio.NewReader(bytes.NewReader(a)), req)
}

// robotsOnly is a transport that gives a text as robots.txt.
type robotsOnly string

func (r robotsOnly) RoundTrip(req *http.Request) (*http.Response, error) {
	return http.ReadResponse(bufio.NewReader(strings.NewReader("HTTP/1.1 200 OK\r\n\r\n"+string(r))), req)
}

// FuzzAnswer: whatever a server says, with and without bytes of an earlier transfer, the outcome is a file as long as it says, or an
// error; and nothing is called unmodified that no one has.
func FuzzAnswer(t *testing.F) {
	f := fuzz.With(t)
	for _, seed := range []string{
		"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nETag: \"v1\"\r\n\r\nhello", "HTTP/1.1 304 Not Modified\r\n\r\n",
		"HTTP/1.1 206 Partial Content\r\nContent-Range: bytes 3-4/5\r\nETag: \"v1\"\r\n\r\nlo", "HTTP/1.1 416 X\r\nContent-Range: bytes */5\r\n\r\n",
		"HTTP/1.1 503 X\r\nRetry-After: 99999999999999\r\n\r\n", "HTTP/1.1 301 X\r\nLocation: file:///etc/passwd\r\n\r\n",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\nx", "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\nx",
	} {
		f.Add([]byte(seed), false)
		f.Add([]byte(seed), true)
	}
	part := filepath.Join(f.TempDir(), "part")
	f.Fuzz(func(t *testing.T, answer []byte, begun bool) {
		o := newClock().options()
		o.Attempts, o.Stall = 2, time.Minute
		o.Wrap = func(http.RoundTripper) http.RoundTripper { return answers(answer) }
		c := fetch.New(o)
		os.Remove(part)
		os.Remove(part + ".json")
		if begun {
			os.WriteFile(part, []byte("hel"), 0o644)
			os.WriteFile(part+".json", []byte(`{"etag":"\"v1\"","url":"http://a.example/x","total":5}`), 0o644)
		}
		got, err := c.File(t.Context(), fetch.File{URLs: []string{"http://a.example/x"}, Part: part, Bytes: 1000, Check: func(r io.Reader) error { return nil }})
		var broken *fault.Error
		if errors.Is(err, fetch.ErrNotModified) || errors.As(err, &broken) {
			t.Fatal(err)
		}
		if err == nil {
			if b, e := os.ReadFile(part); e != nil || int64(len(b)) != got.Bytes || got.Bytes > 1000 {
				t.Errorf("%d bytes of %d, %v", len(b), got.Bytes, e)
			}
		}
		if _, _, err := c.Read(t.Context(), "http://a.example/y", fetch.Validators{}); errors.Is(err, fetch.ErrNotModified) {
			t.Error(err)
		}
	})
}
