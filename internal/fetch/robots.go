package fetch

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/temoto/robotstxt"
)

// agent is the name of Tidemark in robots.txt.
const agent = "tidemark"

const (
	robotsAge = 24 * time.Hour   // before it is fetched again (RFC 9309 section 2.4)
	maxDelay  = 10 * time.Minute // maximum Crawl-delay that is honoured
	maxRobots = 500 << 10        // RFC 9309 section 2.5
)

// Allowed returns an error if robots.txt forbids the URL; it also makes the client keep to the host's Crawl-delay. If robots.txt
// can neither be read nor is known from before, everything is forbidden (RFC 9309 section 2.3.1.4).
func (c *Client) Allowed(ctx context.Context, u *url.URL) error {
	group, err := c.robots(ctx, u)
	if c.permitted {
		return ctx.Err()
	}
	if err != nil {
		return err
	}
	path := u.EscapedPath()
	if path == "" {
		path = "/"
	}
	if u.RawQuery != "" {
		path += "?" + u.RawQuery
	}
	if path != robotsPath && !group.Test(path) {
		return fmt.Errorf("%s: %w: ask the host's operator, and write his permission into robots of the source; or name a mirror", u, ErrRobots)
	}
	return nil
}

const robotsPath = "/robots.txt"

func (c *Client) robots(ctx context.Context, u *url.URL) (*robotstxt.Group, error) {
	c.mu.Lock()
	h := c.host(hostOf(u))
	group := h.robots
	c.mu.Unlock()
	if group != nil {
		return group, nil
	}
	body, err := c.cachedBy(ctx, hostOf(u)+robotsPath, robotsAge, func(ctx context.Context, address string, since Validators) ([]byte, Validators, error) {
		return c.read(ctx, address, since, c.unasked)
	})
	var status *StatusError
	if errors.As(err, &status) && status.Code >= 400 && status.Code < 500 && status.Code != http.StatusTooManyRequests {
		body, err = nil, nil // without a robots.txt everything is allowed
	}
	if err != nil {
		return nil, fmt.Errorf("robots.txt must be read first: %w", err)
	}
	group = parseRobots(body)
	c.mu.Lock()
	defer c.mu.Unlock()
	h.robots, h.delay = group, min(max(group.CrawlDelay, 0), maxDelay)
	h.next = c.Now().Add(h.delay)
	return group, nil
}

func parseRobots(body []byte) *robotstxt.Group {
	data, err := robotstxt.FromBytes(body[:min(len(body), maxRobots)])
	if err != nil { // a file that cannot be parsed forbids nothing
		data = &robotstxt.RobotsData{}
	}
	return data.FindGroup(agent)
}

// document is a cached small document.
type document struct {
	Validators
	Asked time.Time `json:"asked"`
	Code  int       `json:"code"` // 200, or a status that says that it does not exist
	Body  []byte    `json:"body"`
}

// Cached returns a small document that seldom changes: the cached copy if it was requested within age, or else the answer to a
// conditional request. If that fails, an older copy is returned.
func (c *Client) Cached(ctx context.Context, address string, age time.Duration) ([]byte, error) {
	return c.cachedBy(ctx, address, age, c.Read)
}

type reader func(ctx context.Context, address string, since Validators) ([]byte, Validators, error)

func (c *Client) cachedBy(ctx context.Context, address string, age time.Duration, read reader) ([]byte, error) {
	var d document
	known := c.Load(address, &d)
	now := c.Now()
	if gone := known && d.Code != http.StatusOK; !known || now.Sub(d.Asked) >= age || d.Asked.After(now) {
		since := d.Validators
		if gone {
			since = Validators{}
		}
		body, validators, err := read(ctx, address, since)
		var status *StatusError
		switch {
		case errors.Is(err, ErrNotModified):
			d.Asked = now
		case err == nil:
			d = document{validators, now, http.StatusOK, body}
		case errors.As(err, &status) && status.Code >= 400 && !temporary(status.Code):
			d = document{Asked: now, Code: status.Code}
		case known && ctx.Err() == nil:
			c.Log.Warn("using an older copy", "url", address, "of", d.Asked, "error", err)
		default:
			return nil, err
		}
		if err := c.Store(address, d); err != nil {
			return nil, err
		}
	}
	if d.Code != http.StatusOK {
		return nil, &StatusError{URL: address, Code: d.Code}
	}
	return d.Body, nil
}
