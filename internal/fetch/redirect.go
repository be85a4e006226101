package fetch

import (
	"fmt"
	"net/http"

	"golang.org/x/net/publicsuffix"
)

// maxRedirects is how many redirects of one request are followed.
const maxRedirects = 5

// RedirectError says that a redirect is not followed.
type RedirectError struct{ From, To, Why string }

func (e *RedirectError) Error() string {
	return fmt.Sprintf("%s: redirected to %s, %s; if that is right, put the new address into the configuration", e.From, e.To, e.Why)
}

// Redirect allows a few redirects that stay on the site and keep TLS. It is a CheckRedirect of http.Client.
func Redirect(req *http.Request, via []*http.Request) error {
	first := via[0].URL
	refuse := func(why string) error {
		return &RedirectError{first.String(), req.URL.String(), why}
	}
	switch {
	case len(via) > maxRedirects:
		return refuse(fmt.Sprintf("the last of more than %d redirects", maxRedirects))
	case req.URL.Scheme != "https" && req.URL.Scheme != first.Scheme:
		return refuse("without TLS")
	case req.URL.Host == first.Host:
		return nil
	}
	from, err := publicsuffix.EffectiveTLDPlusOne(first.Hostname())
	if err == nil {
		if to, err := publicsuffix.EffectiveTLDPlusOne(req.URL.Hostname()); err == nil && to == from {
			return nil
		}
	}
	return refuse("another site")
}
