package fetch

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httputil"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
)

// maxRecorded is how much of a body is recorded, in bytes: a whole listing or page of an API, the beginning of a file.
const maxRecorded = 256 << 10

// Fields that a recorded answer has besides those of the server.
const (
	recordedURL    = "X-Recorded-Url"
	recordedMethod = "X-Recorded-Method"
	recordedLength = "X-Recorded-Length" // Content-Length of the server, where the recorded body is cut
)

// Recorder writes the answers to a client's requests into a folder, which Playback reads: a file for each, as HTTP/1.1 has them on the
// wire.
type Recorder struct {
	Dir string

	mu     sync.Mutex
	errors []error
}

// Err returns what could not be recorded.
func (r *Recorder) Err() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	return errors.Join(r.errors...)
}

// Wrap is a Wrap of Options.
func (r *Recorder) Wrap(transport http.RoundTripper) http.RoundTripper {
	return roundTripper(func(req *http.Request) (*http.Response, error) {
		resp, err := transport.RoundTrip(req)
		if err == nil {
			resp.Body = &recorded{ReadCloser: resp.Body, by: r, resp: resp}
		}
		return resp, err
	})
}

type roundTripper func(*http.Request) (*http.Response, error)

// RoundTrip calls the function.
func (f roundTripper) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }

// recorded is a body of which the beginning is kept until it is closed.
type recorded struct {
	io.ReadCloser
	by    *Recorder
	resp  *http.Response
	start bytes.Buffer
	once  sync.Once
}

func (b *recorded) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	b.start.Write(p[:min(n, max(0, maxRecorded-b.start.Len()))])
	return n, err
}

func (b *recorded) Close() error {
	b.once.Do(func() {
		if err := b.by.write(b.resp, b.start.Bytes()); err != nil {
			b.by.mu.Lock()
			b.by.errors = append(b.by.errors, err)
			b.by.mu.Unlock()
		}
	})
	return b.ReadCloser.Close()
}

func (r *Recorder) write(resp *http.Response, start []byte) error {
	copied := *resp
	copied.Proto, copied.ProtoMajor, copied.ProtoMinor = "HTTP/1.1", 1, 1
	copied.Header = resp.Header.Clone()
	copied.Header.Del("Set-Cookie")
	copied.Header.Set(recordedURL, resp.Request.URL.Redacted())
	copied.Header.Set(recordedMethod, resp.Request.Method)
	if resp.ContentLength >= 0 {
		copied.Header.Set(recordedLength, strconv.FormatInt(resp.ContentLength, 10))
	}
	copied.TransferEncoding, copied.ContentLength = nil, int64(len(start))
	copied.Body = io.NopCloser(bytes.NewReader(start))
	copied.Request = nil
	b, err := httputil.DumpResponse(&copied, true)
	if err != nil {
		return err
	}
	return errors.Join(os.MkdirAll(r.Dir, 0o755), os.WriteFile(filepath.Join(r.Dir, recordName(resp.Request)), b, 0o644))
}

// recordName returns the name of the file of a request: host, what is readable of the path, and a hash of method and URL.
func recordName(req *http.Request) string {
	address := req.URL.Redacted()
	sum := sha256.Sum256([]byte(req.Method + " " + address))
	readable := strings.Map(func(c rune) rune {
		if c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '.' || c == '-' {
			return c
		}
		return '_'
	}, req.URL.Host+req.URL.Path)
	return fmt.Sprintf("%.100s-%s.http", readable, hex.EncodeToString(sum[:4]))
}

// Playback is a Wrap of Options for the folder of a Recorder: the client meets the recorded answers and no server. What was not
// recorded is not found.
func Playback(dir string) func(http.RoundTripper) http.RoundTripper {
	return func(http.RoundTripper) http.RoundTripper {
		return roundTripper(func(req *http.Request) (*http.Response, error) {
			b, err := os.ReadFile(filepath.Join(dir, recordName(req)))
			if errors.Is(err, os.ErrNotExist) {
				b, err = []byte("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"), nil
			}
			if err != nil {
				return nil, err
			}
			resp, err := http.ReadResponse(bufio.NewReader(bytes.NewReader(b)), req)
			if err == nil && req.Method == http.MethodHead { // whose answer has no body to be cut
				if n, e := strconv.ParseInt(resp.Header.Get(recordedLength), 10, 64); e == nil {
					resp.ContentLength = n
				}
			}
			return resp, err
		})
	}
}

// Beginning reads at most n bytes of a document, and then ends the transfer.
func (c *Client) Beginning(ctx context.Context, address string, n int64) ([]byte, error) {
	req, err := c.request(ctx, address, Validators{})
	if err == nil {
		err = c.Allowed(ctx, req.URL)
	}
	if err != nil {
		return nil, err
	}
	leave, err := c.enter(ctx, req.URL)
	if err != nil {
		return nil, err
	}
	defer leave()
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	resp, err := c.follow.Do(req.WithContext(ctx))
	if err != nil {
		return nil, withCause(ctx, err)
	}
	body := c.watch(ctx, cancel, resp.Body)
	defer body.Close()
	if err := Status(resp, c.Now()); err != nil {
		return nil, err
	}
	b, err := io.ReadAll(io.LimitReader(body, n))
	c.spend(int64(len(b)))
	return b, err
}
