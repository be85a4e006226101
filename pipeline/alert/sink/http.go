package sink

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"tidemark"
	"tidemark/internal/legible"
	"tidemark/pipeline/alert"
)

// endpoint is an address that messages are posted to. Where it is, also on loopback or in a private network, is the operator's choice;
// redirects, which are the server's, are not followed.
type endpoint struct {
	url, token Secret
	base       string
	ca         authorities
}

// Bounds of an answer.
const (
	maxAnswer     = 64 << 10 // bytes read
	maxShown      = 200      // bytes of an error that are repeated
	maxRetryAfter = time.Hour
)

func (s Settings) endpoint() (endpoint, error) {
	if s.URL == "" {
		return endpoint{}, errors.New("url is missing")
	}
	if !s.URL.named() {
		if _, err := address(string(s.URL)); err != nil {
			return endpoint{}, err
		}
	}
	return endpoint{s.URL, s.Token, s.Base, s.authorities()}, s.Token.check("token")
}

// address parses an address of HTTP. Errors do not repeat it, as it may be secret.
func address(text string) (*url.URL, error) {
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" {
		return nil, errors.New("url: invalid address (want https://… or http://…)")
	}
	return u, nil
}

// post sends a body, to path below the address.
func (e endpoint) post(ctx context.Context, path string, header http.Header, body []byte) error {
	text, err := e.url.value(e.base)
	if err != nil {
		return err
	}
	u, err := address(text)
	if err != nil {
		return err
	}
	if path != "" {
		u = u.JoinPath(path)
	}
	config, err := e.ca.config("") // of the address
	if err != nil {
		return err
	}
	client := &http.Client{
		Transport:     &http.Transport{Proxy: http.ProxyFromEnvironment, TLSClientConfig: config, DisableKeepAlives: true, ForceAttemptHTTP2: true, MaxResponseHeaderBytes: maxAnswer},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, u.String(), bytes.NewReader(body))
	if err != nil {
		return errors.New("url: invalid address")
	}
	req.Header = header
	req.Header.Set("User-Agent", tidemark.Program)
	if e.token != "" {
		token, err := e.token.value(e.base)
		if err != nil {
			return err
		}
		req.Header.Set("Authorization", "Bearer "+token)
	}
	resp, err := client.Do(req)
	if err != nil {
		var of *url.Error
		if errors.As(err, &of) {
			err = of.Err // without the address
		}
		return fmt.Errorf("%s: %w", u.Host, err)
	}
	defer resp.Body.Close()
	answer, _ := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	return statusError(resp, answer, u.Host)
}

// statusError returns what an answer means for the message.
func statusError(resp *http.Response, answer []byte, host string) error {
	if resp.StatusCode/100 == 2 {
		return nil
	}
	said := strings.ToValidUTF8(string(answer[:min(len(answer), maxShown)]), "")
	err := fmt.Errorf("%s answered %d: %s", host, resp.StatusCode, legible.Line(said))
	switch resp.StatusCode {
	case http.StatusBadRequest, http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType, http.StatusUnprocessableEntity:
		return &alert.Refused{Err: err}
	case http.StatusTooManyRequests, http.StatusServiceUnavailable:
		return &alert.Later{After: retryAfter(resp.Header.Get("Retry-After"), time.Now()), Err: err}
	}
	if resp.StatusCode/100 == 3 {
		return fmt.Errorf("%s answered %d: redirects are not followed; configure the address it leads to", host, resp.StatusCode)
	}
	return err
}

// retryAfter reads seconds or a date (RFC 9110, section 10.2.3).
func retryAfter(text string, now time.Time) time.Duration {
	if seconds, err := strconv.ParseInt(text, 10, 32); err == nil {
		return min(max(0, time.Duration(seconds)*time.Second), maxRetryAfter)
	}
	if at, err := http.ParseTime(text); err == nil {
		return min(max(0, at.Sub(now)), maxRetryAfter)
	}
	return 0
}
