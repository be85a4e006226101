package fetch

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

var (
	// ErrNotModified says that the source has nothing newer than what the validators name.
	ErrNotModified = errors.New("not modified")
	// ErrBudget says that the client has received as much as it may. Transfers resume where they stopped.
	ErrBudget = errors.New("the run's budget of bytes is used up")
	// ErrBegun says that a transfer was cut off which made progress: the next one resumes there.
	ErrBegun = errors.New("the transfer resumes where it was cut off")
	// ErrSpace says that the disk has too little free space.
	ErrSpace = errors.New("too little free space on the disk")
	// ErrDown says that a host failed so often that it is not contacted for a while.
	ErrDown = errors.New("the host is left alone for now")
	// ErrRobots says that robots.txt forbids a URL.
	ErrRobots = errors.New("robots.txt forbids it")
)

// StatusError is an answer with an error status.
type StatusError struct {
	URL   string
	Code  int
	After time.Duration // Retry-After; 0: not stated
}

func (e *StatusError) Error() string {
	// The reason phrase of the server is not shown: whoever writes it could steer the terminal.
	text := strings.TrimSpace(fmt.Sprintf("%s: the server answered %d %s", e.URL, e.Code, http.StatusText(e.Code)))
	switch e.Code {
	case http.StatusNotFound, http.StatusGone:
		text += "; check the URL, or the server's listing"
	case http.StatusNotModified:
		text += " to a request without a condition; the server, or a cache before it, is broken"
	case http.StatusForbidden, http.StatusUnauthorized:
		text += "; the server may want to know who asks: set contact in the configuration, or write to its operator"
	}
	if e.After > 0 {
		text += fmt.Sprintf(" and wants to be left alone for %s", e.After)
	}
	return text
}

// ContentError says that the content is not what the URL should give.
type ContentError struct {
	URL   string
	Err   error
	final bool // another attempt does not help
}

func (e *ContentError) Error() string { return fmt.Sprintf("%s: %v", e.URL, e.Err) }
func (e *ContentError) Unwrap() error { return e.Err }

// temporary reports whether a later request may be answered with another status.
func temporary(code int) bool {
	return slices.Contains([]int{http.StatusRequestTimeout, http.StatusTooManyRequests, http.StatusInternalServerError, http.StatusBadGateway,
		http.StatusServiceUnavailable, http.StatusGatewayTimeout}, code)
}

// Status returns a StatusError if an answer has an error status, and ErrNotModified if it is a 304 to a request with a condition.
func Status(resp *http.Response, now time.Time) error {
	switch resp.StatusCode {
	case http.StatusOK, http.StatusPartialContent:
		return nil
	case http.StatusNotModified:
		if conditional(resp.Request) {
			return ErrNotModified
		}
	}
	return &StatusError{URL: resp.Request.URL.String(), Code: resp.StatusCode, After: retryAfter(resp.Header.Get("Retry-After"), now)}
}

// conditional reports whether a request allows the answer 304.
func conditional(req *http.Request) bool {
	return req.Header.Get("If-None-Match") != "" || req.Header.Get("If-Modified-Since") != ""
}

// maxStated is the longest Retry-After that is told apart from longer ones.
const maxStated = 10 * 365 * 24 * time.Hour

// retryAfter parses seconds or a date (RFC 9110 section 10.2.3); 0 if it is neither.
func retryAfter(s string, now time.Time) time.Duration {
	seconds, err := strconv.ParseInt(s, 10, 64)
	if err == nil || errors.Is(err, strconv.ErrRange) {
		return time.Duration(min(max(seconds, 0), int64(maxStated/time.Second))) * time.Second
	}
	if at, err := http.ParseTime(s); err == nil && at.After(now) {
		return min(at.Sub(now), maxStated)
	}
	return 0
}

// retryable reports whether another attempt may help.
func retryable(err error) bool {
	var status *StatusError
	var content *ContentError
	var certificate *tls.CertificateVerificationError
	var redirect *RedirectError
	switch {
	case errors.As(err, &status):
		return temporary(status.Code)
	case errors.As(err, &content):
		return !content.final
	case errors.As(err, &certificate), errors.As(err, &redirect):
		return false
	}
	return !slices.ContainsFunc([]error{ErrNotModified, ErrBudget, ErrSpace, ErrDown, ErrRobots, errDisk}, func(final error) bool { return errors.Is(err, final) })
}

const (
	maxBackoff    = time.Minute
	maxAfter      = 5 * time.Minute  // if a host asks for more, nobody waits for it
	restAfterDown = 10 * time.Minute // before a host that failed at every attempt is contacted again
)

// retry calls f until it succeeds, fails for good, or has used up its attempts. It waits between them: twice as long each
// time, with jitter, and at least as long as the server asked for. A ContentError is retried, too.
func (c *Client) retry(ctx context.Context, address string, f func() error) error {
	for attempt := 1; ; attempt++ {
		err := f()
		if err == nil {
			return nil
		}
		if ctx.Err() != nil {
			return fmt.Errorf("%s: %w", address, context.Cause(ctx))
		}
		if !retryable(err) {
			return err
		}
		var status *StatusError
		after := time.Duration(0)
		if errors.As(err, &status) {
			after = status.After
		}
		var content *ContentError
		if attempt >= c.Attempts || after > maxAfter {
			if !errors.As(err, &content) {
				c.rest(address, after, err)
			}
			return fmt.Errorf("%w (after %d attempts)", err, attempt)
		}
		wait := min(c.Backoff<<(attempt-1), maxBackoff)
		wait = max(time.Duration((0.5+c.Random()/2)*float64(wait)), after)
		if err := c.Sleep(ctx, wait); err != nil {
			return err
		}
	}
}
