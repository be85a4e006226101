package fetch

import (
	"context"
	"fmt"
	"net/url"
	"time"

	"github.com/temoto/robotstxt"
)

// host is what a client remembers of a host.
type host struct {
	slots  chan struct{}
	delay  time.Duration // between the starts of two requests, as robots.txt asks for
	next   time.Time     // no request starts earlier
	rests  time.Time     // the host is not contacted until then
	why    error
	robots *robotstxt.Group // nil: not fetched yet
}

func (c *Client) host(name string) *host {
	h := c.hosts[name]
	if h == nil {
		h = &host{slots: make(chan struct{}, c.Connections)}
		c.hosts[name] = h
	}
	return h
}

// enter waits until the host may be sent a request. leave lets the next one in.
func (c *Client) enter(ctx context.Context, u *url.URL) (leave func(), err error) {
	c.mu.Lock()
	h := c.host(hostOf(u))
	c.mu.Unlock()
	select {
	case h.slots <- struct{}{}:
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
	leave = func() { <-h.slots }
	c.mu.Lock()
	now := c.Now()
	if now.Before(h.rests) {
		defer c.mu.Unlock()
		leave()
		return nil, fmt.Errorf("%s: %w until %s: %w", u, ErrDown, h.rests.UTC().Format(time.RFC3339), h.why)
	}
	start := now
	if h.next.After(now) {
		start = h.next
	}
	h.next = start.Add(h.delay)
	c.mu.Unlock()
	if wait := start.Sub(now); wait > 0 {
		if err := c.Sleep(ctx, wait); err != nil {
			leave()
			return nil, err
		}
	}
	return leave, nil
}

// rest stops requests to the host for a while.
func (c *Client) rest(address string, d time.Duration, why error) {
	u, err := url.Parse(address)
	if err != nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	h := c.host(hostOf(u))
	h.rests, h.why = c.Now().Add(d), why
}
