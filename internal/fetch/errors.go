package fetch

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"time"
)

var (
	// ErrNotModified says that the source has nothing newer than the validators that were sent.
	ErrNotModified = errors.New("not modified")
	// ErrBudget says that the client has received all that it may. What was begun goes on where it stopped.
	ErrBudget = errors.New("the run's budget of bytes is used up")
	// ErrSpace says that the disk has too little room.
	ErrSpace = errors.New("too little room on the disk")
	// ErrDown says that a host failed so often that it is left alone for a while.
	ErrDown = errors.New("the host is left alone for now")
	// ErrRobots says that robots.txt forbids a URL.
	ErrRobots = errors.New("robots.txt forbids it")
)

// StatusError is an answer with a status that brings nothing.
type StatusError struct {
	URL    string
	Code   int
	Status string
	After  time.Duration // Retry-After; 0: not said
}

func (e *StatusError) Error() string {
	text := fmt.Sprintf("%s: the server answered %s", e.URL, e.Status)
	switch e.Code {
	case http.StatusNotFound, http.StatusGone:
		text += "; check the URL, or the server's listing"
	case http.StatusForbidden, http.StatusUnauthorized:
		text += "; the server wants to know who asks: set contact in the configuration, or ask its operator"
	}
	if e.After > 0 {
		text += fmt.Sprintf(" and wants to be left alone for %s", e.After)
	}
	return text
}

// ContentError is content that is not what the URL should give.
type ContentError struct {
	URL   string
	Err   error
	final bool // asking again does not help
}

func (e *ContentError) Error() string { return fmt.Sprintf("%s: %v", e.URL, e.Err) }
func (e *ContentError) Unwrap() error { return e.Err }

// temporary tells whether a status may pass.
func temporary(code int) bool {
	return slices.Contains([]int{http.StatusRequestTimeout, http.StatusTooManyRequests, http.StatusInternalServerError, http.StatusBadGateway,
		http.StatusServiceUnavailable, http.StatusGatewayTimeout}, code)
}

func statusError(resp *http.Response, now time.Time) error {
	switch resp.StatusCode {
	case http.StatusOK, http.StatusPartialContent:
		return nil
	case http.StatusNotModified:
		return ErrNotModified
	}
	return &StatusError{URL: resp.Request.URL.String(), Code: resp.StatusCode, Status: resp.Status, After: retryAfter(resp.Header.Get("Retry-After"), now)}
}

// retryAfter reads seconds or a date (RFC 9110 section 10.2.3).
func retryAfter(s string, now time.Time) time.Duration {
	if seconds, err := strconv.ParseInt(s, 10, 32); err == nil && seconds >= 0 {
		return time.Duration(seconds) * time.Second
	}
	if at, err := http.ParseTime(s); err == nil && at.After(now) {
		return at.Sub(now)
	}
	return 0
}

// passes tells whether another attempt may help.
func passes(err error) bool {
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
	longestBackoff = time.Minute
	longestAfter   = 5 * time.Minute  // a host that asks for more is not waited for
	restAfterDown  = 10 * time.Minute // before a host is asked again that failed at every attempt
)

// Retried calls f until it succeeds, fails for good, or has had its attempts. Between them it waits: ever longer, by
// chance up to half as long, and at least as long as the server asked for. A ContentError may pass, too.
func (c *Client) Retried(ctx context.Context, address string, f func() error) error {
	for attempt := 1; ; attempt++ {
		err := f()
		if err == nil {
			return nil
		}
		if ctx.Err() != nil {
			return fmt.Errorf("%s: %w", address, context.Cause(ctx))
		}
		if !passes(err) {
			return err
		}
		var status *StatusError
		after := time.Duration(0)
		if errors.As(err, &status) {
			after = status.After
		}
		var content *ContentError
		if attempt >= c.Attempts || after > longestAfter {
			if !errors.As(err, &content) {
				c.rest(address, max(after, restAfterDown), err)
			}
			return fmt.Errorf("%w (after %d attempts)", err, attempt)
		}
		wait := min(c.Backoff<<(attempt-1), longestBackoff)
		wait = max(time.Duration((0.5+c.Random()/2)*float64(wait)), after)
		if err := c.Sleep(ctx, wait); err != nil {
			return err
		}
	}
}
