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
	"os"
	"slices"
	"strings"

	"tidemark/collectors/ipv6/failure"
	"tidemark/collectors/ipv6/readiness"
)

const (
	maxBody     = 500_000   // bytes of a body that are read and compared
	maxPart     = 16_000    // bytes of a body that is not compared
	maxHead     = 256 << 10 // bytes of status line, header fields and chunk framing
	maxHops     = 4         // redirects that are followed
	maxLocation = 2048
)

// url is the part of a URL that the probe uses.
type url struct{ scheme, host, path string }

func (u url) String() string { return u.scheme + "://" + u.host + u.path }

// pageKey is a URL over a family.
type pageKey struct{ url, qtype string }

// get requests a page over an open connection. A failure is recorded in c. Of a page that another address of the host gave
// only the beginning is read.
func (o *over) get(ctx context.Context, conn net.Conn, c *connect, at url) {
	limit := maxBody
	if o.pages[at.String()] != nil {
		limit = maxPart
	}
	page, first, err := o.request(ctx, conn, at, limit)
	c.FirstMS = first
	if err != nil {
		c.Failure, c.Error = "http_error", "HTTP: "+failure.Text(err)
		return
	}
	c.HTTP = page
	if limit == maxBody {
		o.pages[at.String()] = page
	}
}

// request asks for a page when its body has room in memory.
func (p *prober) request(ctx context.Context, conn net.Conn, at url, limit int) (got *page, firstMS *float64, err error) {
	select {
	case p.slots <- struct{}{}:
		defer func() { <-p.slots }()
	case <-ctx.Done():
		return nil, nil, ctx.Err()
	}
	start := p.Now()
	got, err = ask(conn, at, p.agent, limit, func() {
		took := milliseconds(p.Now().Sub(start))
		firstMS = &took
	})
	return got, firstMS, err
}

// ask sends a GET and reads the response, and calls begun at its first byte. The request is the same over both families.
func ask(conn net.Conn, at url, agent string, limit int, begun func()) (*page, error) {
	if _, err := fmt.Fprintf(conn, "GET %s HTTP/1.1\r\nHost: %s\r\nUser-Agent: %s\r\nAccept: */*\r\nAccept-Encoding: identity\r\nConnection: close\r\n\r\n",
		at.path, at.host, agent); err != nil {
		return nil, err
	}
	in := bufio.NewReader(io.LimitReader(conn, maxHead+2*maxBody))
	if _, err := in.Peek(1); err == nil {
		begun()
	}
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
	body, err := io.ReadAll(io.LimitReader(r.Body, int64(limit)))
	slow := len(body) > 0 && errors.Is(err, os.ErrDeadlineExceeded) // it answered, and goes on longer than the probe listens
	if err != nil && !slow {
		return nil, fmt.Errorf("the body broke off after %d bytes: %w", len(body), err)
	}
	sum := sha256.Sum256(body)
	got := &page{
		HTTP3:  offersHTTP3(r.Header.Get("Alt-Svc")),
		Status: r.StatusCode, URL: at.String(), Location: short(r.Header.Get("Location")), Type: short(r.Header.Get("Content-Type")),
		Bytes: len(body), Whole: len(body) < limit && !slow, Part: limit < maxBody || slow, Stalled: slow, SHA256: hex.EncodeToString(sum[:]), words: words(body),
	}
	if got.isHTML() {
		got.origins = scan(at, string(body))
	}
	return got, nil
}

func (p *page) isHTML() bool {
	kind, _, _ := strings.Cut(p.Type, ";")
	return strings.EqualFold(strings.TrimSpace(kind), "text/html")
}

func short(text string) string {
	return strings.ToValidUTF8(text[:min(len(text), maxLocation)], "\ufffd")
}

// follow follows redirects over the same family while they stay within the domain's own web hosts. A redirect to another host,
// or to a page that cannot be had, is recorded as the page.
func (o *over) follow(ctx context.Context, c *connect) error {
	end := *c.HTTP
	for len(end.Hops) < maxHops {
		next, ok := o.redirect(&end)
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
		end = *page
		end.Hops = hops
	}
	c.HTTP = &end
	return nil
}

// redirect returns the URL within the site that a page redirects to; ok reports whether there is one.
func (o *over) redirect(p *page) (next url, ok bool) {
	next, ok = p.target()
	return next, ok && next.within(o.visit.line.Domain)
}

func (u url) within(domain string) bool { return u.host == domain || u.host == "www."+domain }

// target returns the URL that a page redirects to; ok reports whether there is one.
func (p *page) target() (next url, ok bool) {
	if p.Status < 300 || p.Status > 399 || p.Location == "" || len(p.Location) == maxLocation {
		return next, false
	}
	base, err := neturl.Parse(p.URL)
	if err != nil {
		return next, false
	}
	to, err := base.Parse(p.Location)
	if err != nil || to.User != nil || to.Opaque != "" {
		return next, false
	}
	next = url{strings.ToLower(to.Scheme), strings.ToLower(strings.TrimSuffix(to.Hostname(), ".")), to.RequestURI()}
	port := usualPorts[next.scheme]
	if port == "" || to.Port() != "" && to.Port() != port || strings.ContainsAny(next.path, " \r\n") || !strings.HasPrefix(next.path, "/") {
		return next, false
	}
	return next, true
}

// away returns the host outside a domain's site to which a page redirects; empty: it does not.
func (p *page) away(domain string) string {
	if p == nil {
		return ""
	}
	next, ok := p.target()
	if !ok || next.within(domain) {
		return ""
	}
	host, err := domainOf(next.host)
	if err != nil {
		return ""
	}
	return host
}

// fetch returns a page from the first address of its host that serves it, or nil if none does. Its error is the context's.
func (o *over) fetch(ctx context.Context, at url) (*page, error) {
	for _, known := range o.visit.line.Connects {
		if known.Host != at.host || known.Service != at.scheme || known.QType != o.qtype || known.Failure != "" {
			continue
		}
		c := &connect{Kind: known.Kind, Host: at.host, QType: o.qtype, Service: at.scheme, Address: known.Address, Port: known.Port}
		conn, release, err := o.open(ctx, c)
		if err != nil {
			return nil, err
		}
		if conn == nil {
			continue
		}
		o.get(ctx, conn, c, at)
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

// compare sets the similarity of each host's pages over the two families. Where they differ, the page is requested once
// more over this family, IPv4: one that changes with each request differs from itself as well. Its error is the context's.
func (o *over) compare(ctx context.Context) error {
	for _, six := range o.visit.line.Connects {
		if six.QType != "AAAA" || six.HTTP == nil || six.HTTP.Part {
			continue
		}
		i := slices.IndexFunc(o.visit.line.Connects, func(c *connect) bool {
			return c.QType == "A" && c.HTTP != nil && !c.HTTP.Part && c.Host == six.Host && c.Service == six.Service
		})
		if i < 0 {
			continue
		}
		four := o.visit.line.Connects[i]
		share := similarity(four.HTTP, six.HTTP)
		four.HTTP.Similarity, six.HTTP.Similarity = &share, &share
		if share < readiness.MinSimilarity && four.HTTP.Status == six.HTTP.Status && four.HTTP.Steady == nil {
			if err := o.repeat(ctx, four); err != nil {
				return err
			}
		}
		six.HTTP.Steady = four.HTTP.Steady
	}
	return nil
}

// repeat requests a connection's page again and sets how much of it is the same.
func (o *over) repeat(ctx context.Context, c *connect) error {
	base, err := neturl.Parse(c.HTTP.URL)
	if err != nil {
		return nil
	}
	known := o.pages
	o.pages = map[string]*page{}
	again, err := o.fetch(ctx, url{base.Scheme, base.Host, base.RequestURI()})
	o.pages = known
	if again != nil {
		share := similarity(c.HTTP, again)
		c.HTTP.Steady = &share
	}
	return err
}
