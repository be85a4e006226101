package mirror

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/minio/minio-go/v7/pkg/signer"

	"tidemark/internal/testkit/s3"
)

func TestMain(m *testing.M) {
	os.Setenv("AWS_ACCESS_KEY_ID", "test")
	os.Setenv("AWS_SECRET_ACCESS_KEY", "testsecret")
	os.Setenv("GS_ACCESS_KEY_ID", "GOOGTEST")
	os.Setenv("GS_SECRET_ACCESS_KEY", "googsecret")
	os.Exit(m.Run())
}

// s3Server is an S3 server whose bucket has the copy.
type s3Server struct {
	dir  string // of the bucket, as files
	addr string
}

// startS3 starts a real S3 server on loopback.
func startS3(t *testing.T) *s3Server {
	t.Helper()
	s := s3.Start(t)
	return &s3Server{s.Dir, s.Addr}
}

func (s *s3Server) address() string { return "s3://bucket/copy?endpoint=http://" + s.addr }

// fault decides what the proxy does with a request: "" lets it pass.
type fault func(n int, r *http.Request) string

// proxy forwards requests to a server and injects faults.
type proxy struct {
	addr  string
	mu    sync.Mutex
	n     int
	last  http.Header // of the last change
	log   []string    // method and path of what passed and changed something
	fault fault
	after func() // called when a change has passed, one at a time
}

func (s *s3Server) behind(t *testing.T, f fault) *proxy {
	p := &proxy{fault: f}
	target := &url.URL{Scheme: "http", Host: s.addr}
	pass := &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(target)
			r.Out.Host = r.In.Host // is signed
		},
		ErrorHandler: func(w http.ResponseWriter, _ *http.Request, _ error) { panic(http.ErrAbortHandler) },
	}
	server := &http.Server{ErrorLog: nil, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p.mu.Lock()
		p.n++
		what := ""
		if p.fault != nil {
			what = p.fault(p.n, r)
		}
		p.mu.Unlock()
		switch what {
		case "503":
			w.Header().Set("Content-Type", "application/xml")
			w.WriteHeader(http.StatusServiceUnavailable)
			io.WriteString(w, "<Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message></Error>")
			return
		case "reset":
			panic(http.ErrAbortHandler)
		case "stall":
			select {
			case <-r.Context().Done():
			case <-time.After(20 * time.Second):
			}
			panic(http.ErrAbortHandler)
		case "torn": // half of the body goes through, and then the line is cut
			r.Body = io.NopCloser(io.MultiReader(io.LimitReader(r.Body, r.ContentLength/2), cut{}))
		case "half": // half of the answer comes, and then the line is cut
			w = &halfWriter{ResponseWriter: w}
		}
		if r.Method == http.MethodGet || r.Method == http.MethodHead {
			pass.ServeHTTP(w, r)
			return
		}
		p.mu.Lock()
		defer p.mu.Unlock()
		pass.ServeHTTP(w, r)
		p.last = r.Header
		p.log = append(p.log, r.Method+" "+strings.TrimPrefix(r.URL.Path, "/bucket/copy/"))
		if p.after != nil {
			p.after()
		}
	})}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p.addr = l.Addr().String()
	go server.Serve(l)
	t.Cleanup(func() { server.Close() })
	return p
}

func (p *proxy) address() string { return "s3://bucket/copy?endpoint=http://" + p.addr }

type cut struct{}

func (cut) Read([]byte) (int, error) { return 0, fmt.Errorf("cut") }

type halfWriter struct {
	http.ResponseWriter
	n int
}

func (h *halfWriter) Write(p []byte) (int, error) {
	if h.n += len(p); h.n > 10 {
		h.ResponseWriter.Write(p[:len(p)/2])
		panic(http.ErrAbortHandler)
	}
	return h.ResponseWriter.Write(p)
}

// startGoogle starts an S3 server behind a proxy that has the differences of Google's dialect.
func startGoogle(t *testing.T) string {
	t.Helper()
	target := &url.URL{Scheme: "http", Host: startS3(t).addr}
	pass := &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(target)
			h := r.Out.Header
			if h.Get("X-Goog-If-Generation-Match") == "0" {
				h.Set("If-None-Match", "*")
			}
			for name, values := range h {
				if rest, is := strings.CutPrefix(name, "X-Goog-"); is {
					delete(h, name)
					h["X-Amz-"+rest] = values
				}
			}
			h.Del("X-Amz-If-Generation-Match")
			h.Del("Authorization")
			h.Set("Host", target.Host)
			r.Out.Host = target.Host
			r.Out = signer.SignV4(*r.Out, "test", "testsecret", "", "us-east-1")
		},
		ModifyResponse: func(r *http.Response) error {
			for name, values := range r.Header {
				if rest, is := strings.CutPrefix(name, "X-Amz-"); is {
					delete(r.Header, name)
					r.Header["X-Goog-"+rest] = values
				}
			}
			return nil
		},
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for name := range r.Header {
			if strings.HasPrefix(name, "X-Amz-") {
				t.Errorf("%s %s has the header %s, which Google refuses beside its own", r.Method, r.URL, name)
			}
		}
		if r.Method == http.MethodPut && r.Header.Get("If-None-Match") != "" {
			t.Errorf("%s %s has the header If-None-Match, which Google ignores there", r.Method, r.URL)
		}
		if a := r.Header.Get("Authorization"); !strings.HasPrefix(a, "GOOG4-HMAC-SHA256 Credential=GOOGTEST/") {
			t.Errorf("%s %s has the authorization %q", r.Method, r.URL, a)
		}
		pass.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	t.Setenv("STORAGE_EMULATOR_HOST", strings.TrimPrefix(server.URL, "http://"))
	return "gs://bucket/copy"
}

// stores are the kinds of storage that a copy can be in.
var stores = []struct {
	name  string
	start func(t *testing.T) (address string)
}{
	{"file", func(t *testing.T) string { return "file://" + filepath.ToSlash(t.TempDir()) + "/copy" }},
	{"s3", func(t *testing.T) string { return startS3(t).address() }},
	{"gs", startGoogle},
}

func openTree(t *testing.T, tree Tree, address string) *Mirror {
	t.Helper()
	m, err := Open(context.Background(), tree, address, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(m.Close)
	return m
}
