package fetch

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"net/url"
	"strings"
)

// authorized is a transport that adds credentials to the requests of some origins, and of no others: a redirect leaves them behind.
type authorized struct {
	http.RoundTripper
	headers map[string]string // by origin
}

// Credentials returns the Wrap of Options for a text that has origins, each with user:password or a token, such as
// "https://a.example=user:password https://b.example=token"; nil where it has none. No error repeats them.
func Credentials(text string) (wrap func(http.RoundTripper) http.RoundTripper, err error) {
	headers := map[string]string{}
	for i, one := range strings.Fields(text) {
		origin, value, is := strings.Cut(one, "=")
		u, err := url.Parse(origin)
		if !is || value == "" || err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || u.User != nil || strings.Trim(u.Path, "/") != "" {
			return nil, fmt.Errorf("part %d is not an origin with credentials (want for example https://a.example=user:password or https://a.example=token)", i+1)
		}
		if strings.Contains(value, ":") {
			value = "Basic " + base64.StdEncoding.EncodeToString([]byte(value))
		} else {
			value = "Bearer " + value
		}
		headers[u.Scheme+"://"+u.Host] = value
	}
	if len(headers) == 0 {
		return nil, nil
	}
	return func(next http.RoundTripper) http.RoundTripper { return authorized{next, headers} }, nil
}

// RoundTrip adds the credentials of the request's origin.
func (a authorized) RoundTrip(r *http.Request) (*http.Response, error) {
	if value := a.headers[r.URL.Scheme+"://"+r.URL.Host]; value != "" && r.Header.Get("Authorization") == "" {
		r = r.Clone(r.Context())
		r.Header.Set("Authorization", value)
	}
	return a.RoundTripper.RoundTrip(r)
}
