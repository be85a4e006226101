// Package fetch is polite HTTP: one request at a time for each caller, conditional where an earlier answer left
// validators, and with a User-Agent that says who asks.
package fetch

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"
)

// ErrNotModified says that the source has nothing newer than the validators that were sent.
var ErrNotModified = errors.New("not modified")

// Validators of an earlier answer, for a conditional request (RFC 9110 section 13). Empty ones are not sent.
type Validators struct {
	ETag         string
	LastModified string
}

// Client fetches over HTTP. The zero value does not work; use New.
type Client struct {
	UserAgent string
	http      *http.Client
}

// stall is how long a transfer may stand still before it is given up.
const stall = 60 * time.Second

// New makes a client that names itself as userAgent, which should hold a contact.
func New(userAgent string) *Client {
	dialer := &net.Dialer{Timeout: 30 * time.Second}
	return &Client{
		UserAgent: userAgent,
		http: &http.Client{Transport: &http.Transport{
			Proxy:                 http.ProxyFromEnvironment,
			DialContext:           dialer.DialContext,
			TLSHandshakeTimeout:   30 * time.Second,
			ResponseHeaderTimeout: 2 * time.Minute,
			MaxConnsPerHost:       2,
			DisableCompression:    true, // raw bytes are kept as the source has them
			ForceAttemptHTTP2:     true,
		}},
	}
}

// Get asks for a URL. The body must be closed; it fails when the transfer stands still for a minute. An unchanged
// source gives ErrNotModified, any other status than 200 an error that names it.
func (c *Client) Get(ctx context.Context, url string, since Validators) (body io.ReadCloser, now Validators, err error) {
	ctx, cancel := context.WithCancelCause(ctx)
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		cancel(nil)
		return nil, now, err
	}
	req.Header.Set("User-Agent", c.UserAgent)
	if since.ETag != "" {
		req.Header.Set("If-None-Match", since.ETag)
	}
	if since.LastModified != "" {
		req.Header.Set("If-Modified-Since", since.LastModified)
	}
	resp, err := c.http.Do(req)
	if err != nil {
		cancel(nil)
		return nil, now, err
	}
	now = Validators{ETag: resp.Header.Get("ETag"), LastModified: resp.Header.Get("Last-Modified")}
	switch resp.StatusCode {
	case http.StatusOK:
		b := &watched{body: resp.Body, ctx: ctx, cancel: cancel, left: resp.ContentLength}
		b.timer = time.AfterFunc(stall, func() { cancel(fmt.Errorf("no byte for %s", stall)) })
		return b, now, nil
	case http.StatusNotModified:
		err = ErrNotModified
	default:
		err = fmt.Errorf("%s: server answered %s", url, resp.Status)
	}
	resp.Body.Close()
	cancel(nil)
	return nil, now, err
}

// watched is a body that may not stand still, and must be as long as the server said.
type watched struct {
	body   io.ReadCloser
	ctx    context.Context
	cancel context.CancelCauseFunc
	timer  *time.Timer
	left   int64 // bytes still announced; negative: the server did not say
	got    int64
}

func (w *watched) Read(p []byte) (int, error) {
	n, err := w.body.Read(p)
	w.timer.Reset(stall)
	w.got += int64(n)
	if w.left >= 0 {
		w.left -= int64(n)
	}
	if err != nil && err != io.EOF {
		if cause := context.Cause(w.ctx); cause != nil {
			err = cause
		}
		return n, fmt.Errorf("transfer broke after %d bytes: %w", w.got, err)
	}
	return n, err
}

func (w *watched) Close() error {
	w.timer.Stop()
	w.cancel(nil)
	return w.body.Close()
}
