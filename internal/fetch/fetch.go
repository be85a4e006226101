// Package fetch is polite HTTP for archives of large files: requests are conditional if an earlier answer had validators,
// interrupted transfers resume, connections are few, pauses are as long as the hosts ask for, and the User-Agent says who
// asks. It bounds what a hostile or broken server can do: sizes, time without progress, redirects, disk space.
package fetch

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"sync"
	"time"
)

// Validators of an earlier answer make a request conditional (RFC 9110 section 13). Empty ones are not sent.
type Validators struct {
	ETag         string `json:"etag,omitempty"`
	LastModified string `json:"modified,omitempty"`
}

// Options of a client. The zero value of each field has a default.
type Options struct {
	UserAgent   string        // should hold a contact
	Cache       string        // folder that listings and robots.txt are cached in; empty: in memory
	Stall       time.Duration // in which a transfer must bring Rate bytes for each second; 0: a minute
	Rate        int64         // least bytes a second of a transfer, over Stall; 0: 1000
	Document    time.Duration // that a document which is read into memory may take; 0: two minutes
	Backoff     time.Duration // before the second attempt, doubled before each further one; 0: a second
	Attempts    int           // of a request that fails for a temporary reason; 0: 5
	Connections int           // to one host at the same time; 0: 2
	Budget      int64         // maximum number of bytes to receive in all; 0: no bound
	Reserve     int64         // bytes to leave free on the disk
	Log         *slog.Logger  // nil: nothing is logged
	RootCAs     *x509.CertPool
	Wrap        func(http.RoundTripper) http.RoundTripper // of the transport, for recording; nil: none

	// For tests.
	Now    func() time.Time
	Sleep  func(context.Context, time.Duration) error
	Random func() float64                   // from 0 to 1
	Free   func(dir string) (uint64, error) // bytes on the disk
}

// Client fetches over HTTP, as robots.txt allows. It is safe for concurrent use. It remembers hosts as long as it lives, so a
// run should have one. The zero value does not work; use New.
type Client struct {
	*shared
	permitted bool         // by the operators of the hosts: robots.txt forbids nothing
	follow    *http.Client // with redirects
}

// shared is what a client has in common with the one that Permitted returns.
type shared struct {
	Options
	transport http.RoundTripper
	unasked   *http.Client // for robots.txt itself, and for what is not crawling

	mu       sync.Mutex
	hosts    map[string]*host
	cached   map[string][]byte // if there is no Cache
	received int64
	requests int64
}

// maxDocument is the largest document that is read into memory, in bytes: listings, lists and answers of APIs.
const maxDocument = 32 << 20

// New returns a client.
func New(o Options) *Client {
	if o.Stall <= 0 {
		o.Stall = time.Minute
	}
	if o.Rate <= 0 {
		o.Rate = 1000
	}
	if o.Document <= 0 {
		o.Document = 2 * time.Minute
	}
	if o.Backoff <= 0 {
		o.Backoff = time.Second
	}
	if o.Attempts <= 0 {
		o.Attempts = 5
	}
	if o.Connections <= 0 {
		o.Connections = 2
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Sleep == nil {
		o.Sleep = sleep
	}
	if o.Random == nil {
		o.Random = rand.Float64
	}
	if o.Free == nil {
		o.Free = freeSpace
	}
	dialer := &net.Dialer{Timeout: 30 * time.Second}
	c := &shared{Options: o, hosts: map[string]*host{}, cached: map[string][]byte{}}
	c.transport = &http.Transport{
		Proxy:                  http.ProxyFromEnvironment,
		DialContext:            dialer.DialContext,
		TLSClientConfig:        &tls.Config{RootCAs: o.RootCAs},
		TLSHandshakeTimeout:    30 * time.Second,
		ResponseHeaderTimeout:  o.Stall,
		MaxResponseHeaderBytes: 64 << 10,
		MaxConnsPerHost:        o.Connections,
		IdleConnTimeout:        time.Minute,
		DisableCompression:     true, // raw bytes are archived as the source has them
		ForceAttemptHTTP2:      true,
	}
	if o.Wrap != nil {
		c.transport = o.Wrap(c.transport)
	}
	c.unasked = &http.Client{Transport: c.transport, CheckRedirect: Redirect}
	return c.client(false)
}

// Permitted returns a client that shares everything with c, and that robots.txt forbids nothing: for requests that the host's
// operator has permitted. It keeps to the Crawl-delay.
func (c *Client) Permitted() *Client { return c.client(true) }

func (s *shared) client(permitted bool) *Client {
	c := &Client{shared: s, permitted: permitted}
	c.follow = &http.Client{Transport: s.transport, CheckRedirect: func(req *http.Request, via []*http.Request) error {
		if err := Redirect(req, via); err != nil {
			return err
		}
		return c.Allowed(req.Context(), req.URL)
	}}
	return c
}

func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// Close closes idle connections.
func (c *Client) Close() { c.follow.CloseIdleConnections() }

// Received returns how many bytes of bodies the client has received.
func (c *Client) Received() int64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.received
}

// Requests returns how many requests the client has made.
func (c *Client) Requests() int64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.requests
}

// spend counts received bytes, and returns how many more the budget allows.
func (c *shared) spend(n int64) (left int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.received += n
	if c.Budget <= 0 {
		return 1 << 62
	}
	return c.Budget - c.received
}

// Read returns a document of at most 32 MB. If it is unchanged the error is ErrNotModified; any other status than 200 is a
// StatusError.
func (c *Client) Read(ctx context.Context, address string, since Validators) (body []byte, now Validators, err error) {
	u, err := url.Parse(address)
	if err == nil {
		err = c.Allowed(ctx, u)
	}
	if err != nil {
		return nil, now, err
	}
	return c.read(ctx, address, since, c.follow)
}

// Notify requests a URL that the user gave to be told of a run. That is not crawling, so robots.txt is not asked.
func (c *Client) Notify(ctx context.Context, address string) error {
	_, _, err := c.read(ctx, address, Validators{}, c.unasked)
	return err
}

// read is Read by an HTTP client, whatever robots.txt says.
func (c *Client) read(ctx context.Context, address string, since Validators, by *http.Client) (body []byte, now Validators, err error) {
	err = c.retry(ctx, address, func() error {
		req, err := c.request(ctx, address, since)
		if err != nil {
			return err
		}
		resp, err := c.once(req, by.Do)
		if err != nil {
			return err
		}
		if err := Status(resp, c.Now()); err != nil {
			return err
		}
		if body, err = io.ReadAll(resp.Body); err != nil {
			return err
		}
		now = validatorsOf(resp)
		return nil
	})
	return body, now, err
}

// RoundTrip makes the client a transport for crawlers: it obeys robots.txt, retries temporary failures, and reads the body
// into memory. A response that is not retried is returned whatever its status.
func (c *Client) RoundTrip(req *http.Request) (resp *http.Response, err error) {
	ctx := req.Context()
	if err := c.Allowed(ctx, req.URL); err != nil {
		return nil, err
	}
	err = c.retry(ctx, req.URL.String(), func() error {
		again := req.Clone(ctx)
		again.Header.Set("User-Agent", c.UserAgent)
		resp, err = c.once(again, c.transport.RoundTrip)
		if err != nil {
			return err
		}
		if temporary(resp.StatusCode) {
			return Status(resp, c.Now())
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return resp, nil
}

// Head is what the header of an answer tells.
type Head struct {
	Date     time.Time // the server's clock; zero: not stated
	Modified time.Time // when the document last changed; zero: not stated
	Status   int
	Bytes    int64 // of the whole document; -1: not stated
}

// Head requests only the header of a URL. No status is an error.
func (c *Client) Head(ctx context.Context, address string) (h Head, err error) {
	req, err := c.request(ctx, address, Validators{})
	if err == nil {
		err = c.Allowed(ctx, req.URL)
	}
	if err != nil {
		return h, err
	}
	req.Method = http.MethodHead
	resp, err := c.once(req, c.follow.Do)
	if err != nil {
		return h, err
	}
	h.Date, _ = http.ParseTime(resp.Header.Get("Date"))
	h.Modified, _ = http.ParseTime(resp.Header.Get("Last-Modified"))
	h.Status, h.Bytes = resp.StatusCode, resp.ContentLength
	return h, nil
}

func (c *Client) request(ctx context.Context, address string, since Validators) (*http.Request, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, err
	}
	req.Header.Set("User-Agent", c.UserAgent)
	if since.ETag != "" {
		req.Header.Set("If-None-Match", since.ETag)
	}
	if since.LastModified != "" {
		req.Header.Set("If-Modified-Since", since.LastModified)
	}
	return req, nil
}

func validatorsOf(resp *http.Response) Validators {
	return Validators{ETag: resp.Header.Get("ETag"), LastModified: resp.Header.Get("Last-Modified")}
}

// once makes one request when it is the host's turn, and reads the body into memory.
func (c *Client) once(req *http.Request, do func(*http.Request) (*http.Response, error)) (*http.Response, error) {
	leave, err := c.enter(req.Context(), req.URL)
	if err != nil {
		return nil, err
	}
	defer leave()
	limited, stop := context.WithTimeoutCause(req.Context(), c.Document, fmt.Errorf("%w: the document took more than %s", errStall, c.Document))
	defer stop()
	ctx, cancel := context.WithCancelCause(limited)
	defer cancel(nil)
	resp, err := do(req.WithContext(ctx))
	if err != nil {
		return nil, withCause(ctx, err)
	}
	body := c.watch(ctx, cancel, resp.Body)
	defer body.Close()
	b, err := io.ReadAll(io.LimitReader(body, maxDocument+1))
	c.spend(int64(len(b)))
	switch {
	case err != nil:
		return nil, fmt.Errorf("%s: %w", req.URL, err)
	case len(b) > maxDocument:
		return nil, &ContentError{URL: req.URL.String(), Err: fmt.Errorf("the document is longer than %d bytes", maxDocument), final: true}
	}
	resp.Body = io.NopCloser(bytes.NewReader(b))
	return resp, nil
}

// withCause adds why the context was cancelled.
func withCause(ctx context.Context, err error) error {
	if cause := context.Cause(ctx); cause != nil && !errors.Is(err, cause) {
		return fmt.Errorf("%w: %w", cause, err)
	}
	return err
}

// errStall says that a transfer made no progress, or too little.
var errStall = errors.New("the transfer makes too little progress")

// watched is a body that cancels its request if it makes too little progress. No single byte counts as progress: a server that
// sends one now and then would hold the transfer for ever.
type watched struct {
	body  io.ReadCloser
	ctx   context.Context
	stall time.Duration
	least int64 // bytes that stall must bring
	timer *time.Timer
	got   int64
	next  int64 // what got must reach before the timer ends
}

// least returns how many bytes a transfer must bring within Stall.
func (c *shared) least() int64 { return max(1, int64(float64(c.Rate)*c.Stall.Seconds())) }

func (c *Client) watch(ctx context.Context, cancel context.CancelCauseFunc, body io.ReadCloser) *watched {
	least := c.least()
	w := &watched{body: body, ctx: ctx, stall: c.Stall, least: least, next: least}
	w.timer = time.AfterFunc(c.Stall, func() { cancel(fmt.Errorf("%w: less than %d bytes in %s", errStall, least, c.Stall)) })
	return w
}

func (w *watched) Read(p []byte) (int, error) {
	n, err := w.body.Read(p)
	if w.got += int64(n); w.got >= w.next {
		w.next = w.got + w.least
		w.timer.Reset(w.stall)
	}
	if err != nil && err != io.EOF {
		return n, fmt.Errorf("the transfer broke after %d bytes: %w", w.got, withCause(w.ctx, err))
	}
	return n, err
}

func (w *watched) Close() error {
	w.timer.Stop()
	return w.body.Close()
}

// hostOf returns scheme and host, with the port if the URL has one.
func hostOf(u *url.URL) string { return u.Scheme + "://" + u.Host }
