package ipv6

import (
	"context"
	"net/netip"
	neturl "net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/net/html"

	"tidemark/internal/bounded"
)

// Limits on the hosts that a page loads from.
const (
	maxScanned      = 64       // hosts of a page that are read
	maxSubresources = 12       // hosts of a front page that are tested
	maxToken        = 1 << 16  // bytes of a tag
	maxShared       = 16 << 20 // bytes of hosts whose results are remembered for other domains
)

// origin is a host from which a page loads something, with the scheme that it uses.
type origin struct {
	Scheme string `json:"scheme"`
	Host   string `json:"host"`
}

// front is the page over IPv6 that the domain shows, and what it loads from elsewhere.
type front struct {
	Service string         `json:"service"`
	Host    string         `json:"host"`  // that was connected to
	Hosts   int            `json:"hosts"` // outside the site, of which at most maxSubresources are tested
	Tested  []*subresource `json:"tested,omitempty"`
}

// subresource is a host from which a page loads something, and its tests: an AAAA lookup and a connection to the first address.
// Only where there is none, or it fails, is IPv4 tried, for whatever works over neither family is not the fault of IPv6.
type subresource struct {
	origin
	Lookups  []*lookup  `json:"lookups"`
	Connects []*connect `json:"connects,omitempty"`
}

// loading are the attributes with URLs that a browser loads with the page, by element.
var loading = map[string][]string{
	"script": {"src"}, "img": {"src", "srcset"}, "iframe": {"src"}, "link": {"href"}, "source": {"src", "srcset"}, "embed": {"src"},
	"object": {"data"}, "video": {"src", "poster"}, "audio": {"src"}, "track": {"src"}, "input": {"src"},
}

// linked are the relations of links that are loaded with the page.
var linked = []string{"stylesheet", "preload", "modulepreload", "icon", "manifest"}

// scan returns the hosts from which a page loads scripts, styles, images, frames and media, in the order of the page, without its
// own. Nothing is executed, so what a script or a style sheet loads in turn is not among them.
func scan(page url, body string) (found []origin) {
	base, err := neturl.Parse(page.String())
	if err != nil {
		return nil
	}
	z := html.NewTokenizer(strings.NewReader(body))
	z.SetMaxBuf(maxToken)
	inert := 0 // depth of elements whose content a browser with scripts does not load
	for len(found) < maxScanned {
		switch z.Next() {
		case html.ErrorToken: // the end, or a tag that is too long
			return found
		case html.EndTagToken:
			if name, _ := z.TagName(); inert > 0 && isInert(string(name)) {
				inert--
			}
		case html.StartTagToken, html.SelfClosingTagToken:
			t := z.Token()
			switch {
			case isInert(t.Data):
				inert++
			case inert > 0:
			case t.Data == "base":
				if to, err := base.Parse(attribute(t, "href")); err == nil {
					base = to
				}
			default:
				for _, ref := range references(t) {
					if o, ok := originOf(base, ref); ok && o.Host != page.host && !slices.Contains(found, o) {
						found = append(found, o)
					}
				}
			}
		}
	}
	return found
}

func isInert(element string) bool { return element == "noscript" || element == "template" }

func attribute(t html.Token, name string) string {
	for _, a := range t.Attr {
		if a.Key == name {
			return strings.TrimSpace(a.Val)
		}
	}
	return ""
}

// references returns the URLs that an element loads.
func references(t html.Token) (refs []string) {
	if t.Data == "link" && !slices.ContainsFunc(strings.Fields(strings.ToLower(attribute(t, "rel"))), func(rel string) bool { return slices.Contains(linked, rel) }) {
		return nil
	}
	for _, name := range loading[t.Data] {
		value := attribute(t, name)
		if name != "srcset" {
			refs = append(refs, value)
			continue
		}
		for one := range strings.SplitSeq(value, ",") {
			if words := strings.Fields(one); len(words) > 0 {
				refs = append(refs, words[0])
			}
		}
	}
	return refs
}

// originOf returns the origin of a reference; ok is false where it is not a host on the usual port of HTTP or HTTPS.
func originOf(base *neturl.URL, ref string) (o origin, ok bool) {
	if ref == "" {
		return o, false
	}
	to, err := base.Parse(ref)
	if err != nil || usualPorts[to.Scheme] == "" || to.Port() != "" && to.Port() != usualPorts[to.Scheme] {
		return o, false
	}
	host, err := domainOf(strings.TrimSuffix(to.Hostname(), "."))
	return origin{to.Scheme, host}, err == nil
}

// usualPorts are the ports of the schemes that the probe speaks.
var usualPorts = map[string]string{"http": "80", "https": "443"}

// frontPage returns the page that the domain shows over IPv6: the first that a host of it gives, if it is the site's own HTML.
func (v *visit) frontPage() (c *connect, from []origin) {
	for _, service := range []string{"https", "http"} {
		for _, c := range v.line.Connects {
			if c.QType != "AAAA" || c.Service != service || c.HTTP == nil || c.HTTP.Part || c.HTTP.Status < 200 || c.HTTP.Status > 299 || !c.HTTP.isHTML() {
				continue
			}
			for _, o := range c.HTTP.origins {
				if !(url{host: o.Host}).within(v.line.Domain) {
					from = append(from, o)
				}
			}
			return c, from
		}
	}
	return nil, nil
}

// subresources tests the hosts from which the front page loads something. Its error is the context's.
func (p *prober) subresources(ctx context.Context, v *visit) error {
	c, from := v.frontPage()
	if c == nil {
		v.line.Front = nil
		return nil
	}
	v.line.Front = &front{Service: c.Service, Host: c.Host, Hosts: len(from)}
	for _, o := range from[:min(len(from), maxSubresources)] {
		if v.spent.Load() >= int64(maxTime) {
			return nil
		}
		start := time.Now()
		s, err := p.shared.test(ctx, p, o, v.pass)
		if err != nil {
			return err
		}
		v.spent.Add(int64(time.Since(start)))
		v.line.Front.Tested = append(v.line.Front.Tested, s)
	}
	return nil
}

// shared has the results of hosts that many pages load from: each is tested once a run.
type shared struct {
	mu    sync.Mutex
	hosts *bounded.Cache[origin, *sharedHost]
}

func newShared() shared { return shared{hosts: bounded.NewCache[origin, *sharedHost](maxShared)} }

type sharedHost struct {
	turn   chan struct{} // holds a token while somebody tests the host
	result subresource
	pass   int // the last in which it was tested
}

// forget forgets all results, because the network was down.
func (s *shared) forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.hosts.Clear()
}

// test returns the tests of a host as of a pass of some domain. They are made unless another domain has come as far.
func (s *shared) test(ctx context.Context, p *prober, o origin, pass int) (*subresource, error) {
	s.mu.Lock()
	h, ok := s.hosts.Get(o)
	if !ok {
		h = &sharedHost{turn: make(chan struct{}, 1), result: subresource{origin: o}}
		s.hosts.Set(o, h, h.result.size())
	}
	s.mu.Unlock()
	select {
	case h.turn <- struct{}{}:
		defer func() { <-h.turn }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	if h.pass < pass {
		if err := h.result.test(ctx, p, pass); err != nil {
			return nil, err
		}
		h.pass = pass
		s.mu.Lock()
		if now, ok := s.hosts.Get(o); ok && now == h { // it was not forgotten meanwhile
			s.hosts.Set(o, h, h.result.size())
		}
		s.mu.Unlock()
	}
	return h.result.clone(), nil
}

// size returns about how many bytes a host takes with its tests.
func (s *subresource) size() int64 {
	n := testBytes * (1 + len(s.Lookups) + len(s.Connects))
	for _, q := range s.Lookups {
		n += 2 * len(q.Response) // it is held as read, too
	}
	return int64(n)
}

func (s *subresource) clone() *subresource {
	c := &subresource{origin: s.origin}
	for _, q := range s.Lookups {
		one := *q
		c.Lookups = append(c.Lookups, &one)
	}
	for _, k := range s.Connects {
		one := *k
		c.Connects = append(c.Connects, &one)
	}
	return c
}

// test makes the tests that are due in a pass. Its error is the context's.
func (s *subresource) test(ctx context.Context, p *prober, pass int) error {
	six, err := s.reach(ctx, p, "AAAA", true, pass)
	if err != nil || six {
		return err
	}
	_, err = s.reach(ctx, p, "A", len(s.Connects) > 0, pass)
	return err
}

// reach looks the host up, connects to its first address where that is asked for, and reports whether both succeeded.
func (s *subresource) reach(ctx context.Context, p *prober, qtype string, connecting bool, pass int) (ok bool, err error) {
	i := slices.IndexFunc(s.Lookups, func(q *lookup) bool { return q.QType == qtype })
	if i < 0 {
		i = len(s.Lookups)
		s.Lookups = append(s.Lookups, &lookup{Kind: "subresource", Host: s.Host, QType: qtype})
	}
	q := s.Lookups[i]
	if q.due(pass) {
		q.pass = pass
		if err := p.lookup(ctx, q); err != nil {
			return false, err
		}
	}
	if q.read == nil || q.Failure != "" {
		return false, nil
	}
	addresses := slices.DeleteFunc(slices.SortedFunc(slices.Values(q.read.addresses), netip.Addr.Compare), func(a netip.Addr) bool {
		return qtype == "AAAA" && throughDNS64(a, p.header.DNS64, nil)
	})
	if len(addresses) == 0 || !connecting {
		return len(addresses) > 0, nil
	}
	i = slices.IndexFunc(s.Connects, func(c *connect) bool { return c.QType == qtype })
	if i < 0 {
		i = len(s.Connects)
		port := map[string]uint16{"http": 80, "https": 443}[s.Scheme]
		c := &connect{Kind: "subresource", Host: s.Host, QType: qtype, Service: s.Scheme, Address: addresses[0], Port: port}
		p.shun(&c.try, spot{q, addresses[0]})
		s.Connects = append(s.Connects, c)
	}
	c := s.Connects[i]
	if c.due(pass) {
		c.pass = pass
		conn, release, err := p.open(ctx, c)
		if err != nil {
			return false, err
		}
		if conn != nil {
			conn.Close()
			release()
		}
	}
	return c.Failure == "", nil
}
