package ipv6

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	neturl "net/url"
	"slices"
	"strings"

	"tidemark/collectors/ipv6/failure"
)

const (
	maxBody     = 500_000   // bytes of a body that are read and compared
	maxHead     = 256 << 10 // bytes of status line, header fields and chunk framing
	maxHops     = 4         // redirects that are followed
	maxLocation = 2048
)

// url is the part of a URL that the probe uses.
type url struct{ scheme, host, path string }

func (u url) String() string { return u.scheme + "://" + u.host + u.path }

// pageKey is a URL over a family.
type pageKey struct{ url, qtype string }

// get requests a page over an open connection. A failure is recorded in c.
func (o *over) get(conn net.Conn, c *connect, at url) {
	page, err := ask(conn, at, o.agent)
	if err != nil {
		c.Failure, c.Error = "http_error", "HTTP: "+failure.Text(err)
		return
	}
	c.HTTP = page
	o.pages[at.String()] = page
}

// ask sends a GET and reads the response. The request is the same over both families.
func ask(conn net.Conn, at url, agent string) (*page, error) {
	if _, err := fmt.Fprintf(conn, "GET %s HTTP/1.1\r\nHost: %s\r\nUser-Agent: %s\r\nAccept: */*\r\nAccept-Encoding: identity\r\nConnection: close\r\n\r\n",
		at.path, at.host, agent); err != nil {
		return nil, err
	}
	in := bufio.NewReader(io.LimitReader(conn, maxHead+2*maxBody))
	var r *http.Response
	for range 5 { // informational responses may come first (RFC 9110 section 15.2)
		var err error
		if r, err = http.ReadResponse(in, &http.Request{Method: http.MethodGet}); err != nil {
			return nil, err
		}
		if r.StatusCode >= 200 {
			break
		}
	}
	if r.StatusCode < 200 {
		return nil, errors.New("more than 4 informational responses (RFC 9110 section 15.2)")
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, maxBody))
	if err != nil {
		return nil, fmt.Errorf("the body broke off after %d bytes: %w", len(body), err)
	}
	sum := sha256.Sum256(body)
	return &page{
		Status: r.StatusCode, URL: at.String(), Location: short(r.Header.Get("Location")), Type: short(r.Header.Get("Content-Type")),
		Bytes: len(body), Whole: len(body) < maxBody, SHA256: hex.EncodeToString(sum[:]), words: words(body),
	}, nil
}

func short(text string) string {
	return strings.ToValidUTF8(text[:min(len(text), maxLocation)], "\ufffd")
}

// follow follows redirects over the same family while they stay within the domain's own web hosts. A redirect to another host,
// or to a page that cannot be had, is recorded as the page.
func (o *over) follow(ctx context.Context, c *connect) error {
	at := url{c.Service, c.Host, "/"}
	end := *c.HTTP
	for len(end.Hops) < maxHops {
		next, ok := o.redirect(at, &end)
		if !ok {
			break
		}
		hops := append(slices.Clone(end.Hops), hop{end.URL, end.Status})
		if slices.ContainsFunc(hops, func(h hop) bool { return h.URL == next.String() }) {
			break // a loop
		}
		page := o.pages[next.String()]
		if page == nil {
			var err error
			if page, err = o.fetch(ctx, next); err != nil {
				return err
			}
			if page == nil {
				break
			}
		}
		end, at = *page, next
		end.Hops = hops
	}
	c.HTTP = &end
	return nil
}

// redirect returns the URL within the site that a page redirects to; ok reports whether there is one.
func (o *over) redirect(at url, p *page) (next url, ok bool) {
	if p.Status < 300 || p.Status > 399 || p.Location == "" || len(p.Location) == maxLocation {
		return next, false
	}
	base, err := neturl.Parse(at.String())
	if err != nil {
		return next, false
	}
	to, err := base.Parse(p.Location)
	if err != nil || to.User != nil || to.Opaque != "" {
		return next, false
	}
	next = url{strings.ToLower(to.Scheme), strings.ToLower(strings.TrimSuffix(to.Hostname(), ".")), to.RequestURI()}
	port := map[string]string{"http": "80", "https": "443"}[next.scheme]
	if port == "" || to.Port() != "" && to.Port() != port || strings.ContainsAny(next.path, " \r\n") || !strings.HasPrefix(next.path, "/") {
		return next, false
	}
	return next, next.host == o.visit.line.Domain || next.host == "www."+o.visit.line.Domain
}

// fetch returns a page from the first address of its host that serves it, or nil if none does. Its error is the context's.
func (o *over) fetch(ctx context.Context, at url) (*page, error) {
	for _, known := range o.visit.line.Connects {
		if known.Host != at.host || known.Service != at.scheme || known.QType != o.qtype || known.Failure != "" {
			continue
		}
		c := &connect{Kind: known.Kind, Host: at.host, QType: o.qtype, Service: at.scheme, Address: known.Address, Port: known.Port}
		if o.shuns(c.Host, c.Address) != "" {
			continue
		}
		conn, release, err := o.open(ctx, c)
		if err != nil {
			return nil, err
		}
		if conn == nil {
			continue
		}
		o.get(conn, c, at)
		conn.Close()
		release()
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if c.HTTP != nil {
			return c.HTTP, nil
		}
	}
	return nil, nil
}

// compare sets the similarity of each host's pages over the two families.
func (v *visit) compare() {
	for _, six := range v.line.Connects {
		if six.QType != "AAAA" || six.HTTP == nil {
			continue
		}
		for _, four := range v.line.Connects {
			if four.QType == "A" && four.HTTP != nil && four.Host == six.Host && four.Service == six.Service {
				share := similarity(four.HTTP, six.HTTP)
				four.HTTP.Similarity, six.HTTP.Similarity = &share, &share
			}
		}
	}
}
