package fetch

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"sync"
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
	recall sync.Once        // of what earlier runs were asked for
}

// respite is what a host asked for with Retry-After, as it is kept for later runs.
type respite struct {
	Until time.Time `json:"until"`
	Why   string    `json:"why"`
}

// maxRest is how long a host is left alone at most: whoever asks for more is asked again after a week whether he still means it.
const maxRest = 7 * 24 * time.Hour

func respiteKey(host string) string { return "respite " + host }

// remember sets what an earlier run was asked for. A time that is too far ahead comes from a clock that was wrong.
func (c *shared) remember(h *host, name string) {
	var r respite
	if !c.Load(respiteKey(name), &r) || r.Until.After(c.Now().Add(maxRest)) {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	h.rests, h.why = r.Until, errors.New(r.Why)
}

func (c *shared) host(name string) *host {
	h := c.hosts[name]
	if h == nil {
		h = &host{slots: make(chan struct{}, c.Connections)}
		c.hosts[name] = h
	}
	return h
}

// enter waits until the host may be sent a request. leave lets the next one in.
func (c *shared) enter(ctx context.Context, u *url.URL) (leave func(), err error) {
	c.mu.Lock()
	h := c.host(hostOf(u))
	c.mu.Unlock()
	h.recall.Do(func() { c.remember(h, hostOf(u)) })
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
	c.requests++
	c.mu.Unlock()
	if wait := start.Sub(now); wait > 0 {
		if err := c.Sleep(ctx, wait); err != nil {
			leave()
			return nil, err
		}
	}
	return leave, nil
}

// rest stops requests to the host for a while after its last failure; asked is what its Retry-After wants, which later runs keep to
// as well.
func (c *shared) rest(address string, asked time.Duration, why error) {
	u, err := url.Parse(address)
	if err != nil {
		return
	}
	until := c.Now().Add(min(max(asked, restAfterDown), maxRest))
	if asked > 0 {
		if err := c.Store(respiteKey(hostOf(u)), respite{until, why.Error()}); err != nil {
			c.Log.Warn("the next run will not know how long the host wants to be left alone", "host", u.Host, "error", err)
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	h := c.host(hostOf(u))
	h.rests, h.why = until, why
}
