package rislive

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"hash/maphash"
	"net/http"
	"net/url"
	"sync"
	"time"

	"github.com/coder/websocket"
	"golang.org/x/time/rate"

	"tidemark/internal/fetch"
	"tidemark/internal/reconnect"
)

// maxFrame is the largest message of the server, in bytes once it is inflated. The largest BGP message (RFC 8654) has 131,070 digits, and
// its prefixes as text are five times as long.
const maxFrame = 1 << 20

// Client listens to RIS Live. Its memory is bounded by maxFrame and remembered.
type Client struct {
	options   Options
	userAgent string
	report    func(error)
	http      *http.Client
	accepted  *rate.Limiter
	timing    timing
	seen      recent

	mu     sync.Mutex
	counts Counts
	lost   loss // since it was last reported
}

// Counts say what became of the messages of collectors: Messages = Read + Rejected + Dropped + Repeated.
type Counts struct {
	Connections   int64     `json:"connections"`     // that were made
	Subscriptions int       `json:"subscriptions"`   // that the server acknowledged on the newest connection
	Messages      int64     `json:"messages"`        // that were received
	Read          int64     `json:"read"`            // and delivered
	Rejected      int64     `json:"rejected"`        // could not be read
	Dropped       int64     `json:"dropped"`         // beyond the rate
	Repeated      int64     `json:"repeated"`        // matched several subscriptions
	Newest        time.Time `json:"newest,omitzero"` // when a collector received the newest that was delivered; zero: none was
}

// loss is what was not delivered.
type loss struct {
	dropped, rejected int64
	last              error // why the last one was rejected
}

// timing is how long things may take.
type timing struct {
	dial    time.Duration // until the server has accepted a connection
	message time.Duration // from a message's first octet to its last
	write   time.Duration
	ping    time.Duration // between two pings, and between two reports
	pong    time.Duration // until a ping is answered
	backoff time.Duration // before the second attempt to connect, doubled before each further one
	most    time.Duration // before any attempt
	respite time.Duration // the longest that a server may ask for
	settled time.Duration // after which a connection counts as a success
}

var usual = timing{
	dial: 30 * time.Second, message: 30 * time.Second, write: 30 * time.Second, ping: 30 * time.Second, pong: 30 * time.Second,
	backoff: time.Second, most: 5 * time.Minute, respite: time.Hour, settled: time.Minute,
}

// New returns a client with valid options. The server sees who asks in userAgent. What goes wrong and does not end Listen is passed to
// report, which may be called at any time by any goroutine.
func New(o Options, userAgent string, report func(error)) (*Client, error) {
	if err := o.Validate(); err != nil {
		return nil, err
	}
	if len(o.Subscriptions) == 0 {
		return nil, errors.New("subscription: there is none; watch prefixes or ASes, or name a subscription")
	}
	transport := &http.Transport{Proxy: http.ProxyFromEnvironment, MaxResponseHeaderBytes: 64 << 10}
	return &Client{
		options: o, userAgent: userAgent, report: report, timing: usual, seen: newRecent(),
		http: &http.Client{Transport: transport, CheckRedirect: fetch.Redirect}, accepted: rate.NewLimiter(rate.Limit(o.Rate), o.Rate),
	}, nil
}

// Counts returns what was counted so far.
func (c *Client) Counts() Counts {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.counts
}

// Listen passes messages to deliver, in the order of the stream, until the context ends, and connects again whenever the connection is
// lost. What was sent meanwhile is missing. An error of deliver ends it and is returned. The server closes the connection of a
// client that is slow, so deliver should return within a second.
func (c *Client) Listen(ctx context.Context, deliver func(Message) error) error {
	defer c.http.CloseIdleConnections()
	return reconnect.Run(ctx, c.timing.settled, func() error { return c.session(ctx, deliver) }, func(failures int, err error) time.Duration {
		wait := c.wait(failures, err)
		c.report(fmt.Errorf("%s: %w; what is sent in the next %s is missing", c.options.URL, err, wait))
		return wait
	})
}

// wait returns how long to wait after some failures, the last of which is err.
func (c *Client) wait(failures int, err error) time.Duration {
	wait := reconnect.Backoff(c.timing.backoff, c.timing.most, failures)
	var status *fetch.StatusError
	if errors.As(err, &status) {
		wait = max(wait, min(status.After, c.timing.respite))
	}
	return wait
}

// session listens on one connection.
func (c *Client) session(ctx context.Context, deliver func(Message) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	conn, err := c.dial(ctx)
	if err != nil {
		cancel(nil)
		return err
	}
	var pings sync.WaitGroup
	defer pings.Wait()
	defer conn.CloseNow()
	defer cancel(nil)
	defer c.reportLoss()
	pings.Go(func() { c.ping(ctx, conn, cancel) })
	if err := c.subscribe(ctx, conn); err != nil {
		return err
	}
	tooSlow := time.AfterFunc(time.Hour, func() { cancel(fmt.Errorf("a message took longer than %s", c.timing.message)) })
	defer tooSlow.Stop()
	var buffer bytes.Buffer
	for {
		tooSlow.Stop()
		_, message, err := conn.Reader(ctx)
		if err == nil {
			tooSlow.Reset(c.timing.message)
			buffer.Reset()
			_, err = buffer.ReadFrom(message)
		}
		if err != nil {
			if ctx.Err() != nil {
				return context.Cause(ctx)
			}
			return fmt.Errorf("the connection is lost: %w", err)
		}
		tooSlow.Stop()
		if err := c.read(buffer.Bytes(), deliver); err != nil {
			return err
		}
	}
}

// dial connects.
func (c *Client) dial(ctx context.Context) (*websocket.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, c.timing.dial)
	defer cancel()
	conn, response, err := websocket.Dial(ctx, withClient(c.options.URL), &websocket.DialOptions{
		HTTPClient: c.http, HTTPHeader: http.Header{"User-Agent": {c.userAgent}}, CompressionMode: websocket.CompressionContextTakeover,
	})
	if err != nil {
		if response != nil && response.StatusCode >= http.StatusMultipleChoices {
			return nil, fetch.Status(response, time.Now())
		}
		return nil, err
	}
	conn.SetReadLimit(maxFrame)
	c.mu.Lock()
	c.counts.Connections++
	c.counts.Subscriptions = 0
	c.mu.Unlock()
	return conn, nil
}

// withClient returns the URL with the name by which RIS Live asks its clients to tell themselves apart.
func withClient(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.Query().Has("client") {
		return address
	}
	query := u.Query()
	query.Set("client", "tidemark")
	u.RawQuery = query.Encode()
	return u.String()
}

// subscribe asks for all subscriptions.
func (c *Client) subscribe(ctx context.Context, conn *websocket.Conn) error {
	ctx, cancel := context.WithTimeout(ctx, c.timing.write)
	defer cancel()
	for _, s := range c.options.Subscriptions {
		text, err := json.Marshal(s.request())
		if err == nil {
			err = conn.Write(ctx, websocket.MessageText, text)
		}
		if err != nil {
			return fmt.Errorf("asking for a subscription: %w", err)
		}
	}
	return nil
}

// ping asks from time to time whether the server is there, and ends the connection if it is not.
func (c *Client) ping(ctx context.Context, conn *websocket.Conn, cancel context.CancelCauseFunc) {
	ticker := time.NewTicker(c.timing.ping)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		c.reportLoss()
		answered, stop := context.WithTimeout(ctx, c.timing.pong)
		err := conn.Ping(answered)
		stop()
		if err != nil {
			cancel(fmt.Errorf("no answer to a ping within %s", c.timing.pong))
			return
		}
	}
}

// read delivers what a message of the server says.
func (c *Client) read(text []byte, deliver func(Message) error) error {
	f, err := parseFrame(text)
	switch f.Type {
	case typeAcknowledged:
		c.count(func() { c.counts.Subscriptions++ })
		return nil
	case typePong:
		return nil
	case typeError:
		c.report(fmt.Errorf("%s: the server reports %.300q", c.options.URL, f.Data.Message))
		return nil
	}
	var all []Message
	switch {
	case f.Data.ID != "" && c.seen.has(text):
		c.count(func() { c.counts.Messages++; c.counts.Repeated++ })
		return nil
	case !c.accepted.Allow():
		c.count(func() { c.counts.Messages++; c.counts.Dropped++; c.lost.dropped++ })
		return nil
	case err == nil && f.Type != typeMessage:
		err = fmt.Errorf("unknown type %.40q", f.Type)
	case err == nil:
		all, err = f.messages()
	}
	if err != nil {
		err = fmt.Errorf("message %.80q: %w", f.Data.ID, err)
		c.count(func() { c.counts.Messages++; c.counts.Rejected++; c.lost.rejected++; c.lost.last = err })
		return nil
	}
	for i := range all {
		if err := deliver(all[i]); err != nil {
			return &reconnect.FinalError{Err: err}
		}
	}
	c.count(func() { c.counts.Messages++; c.counts.Read++; c.counts.Newest = all[0].Time })
	return nil
}

// count changes the counts.
func (c *Client) count(change func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	change()
}

// reportLoss reports what was not delivered since the last report.
func (c *Client) reportLoss() {
	c.mu.Lock()
	lost := c.lost
	c.lost = loss{}
	c.mu.Unlock()
	if lost.dropped > 0 {
		c.report(fmt.Errorf("%s: %d messages beyond %d a second were dropped; narrow the subscriptions, or raise rate", c.options.URL, lost.dropped, c.options.Rate))
	}
	if lost.rejected > 0 {
		c.report(fmt.Errorf("%s: %d messages could not be read; the last: %w", c.options.URL, lost.rejected, lost.last))
	}
}

// remembered is the number of messages among which a repeated one is found.
const remembered = 4096

// recent are hashes of the newest messages.
type recent struct {
	seed   maphash.Seed
	hashes map[uint64]bool
	ring   [remembered]uint64
	next   int
}

func newRecent() recent { return recent{seed: maphash.MakeSeed(), hashes: map[uint64]bool{}} }

// has reports whether a message is among the newest ones, and adds it. A message has an identity, so two that are the same are one.
func (r *recent) has(text []byte) bool {
	hash := maphash.Bytes(r.seed, text)
	if r.hashes[hash] {
		return true
	}
	delete(r.hashes, r.ring[r.next])
	r.hashes[hash], r.ring[r.next] = true, hash
	r.next = (r.next + 1) % remembered
	return false
}
