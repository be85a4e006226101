package ipv6

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	neturl "net/url"
	"slices"
	"strings"
	"time"

	"github.com/quic-go/quic-go"
	"github.com/quic-go/quic-go/http3"

	"tidemark/collectors/ipv6/failure"
)

const (
	serviceHTTP3 = "http3"
	noError      = 0x100 // H3_NO_ERROR (RFC 9114 section 8.1)
)

// offersHTTP3 reports whether an Alt-Svc field offers HTTP/3 on the usual port of the same host (RFC 7838 section 3, RFC 9114
// section 3.1.1).
func offersHTTP3(field string) bool {
	for one := range strings.SplitSeq(field, ",") {
		value, _, _ := strings.Cut(one, ";")
		if protocol, authority, _ := strings.Cut(strings.TrimSpace(value), "="); protocol == "h3" && strings.Trim(authority, `"`) == ":443" {
			return true
		}
	}
	return false
}

// offersHTTP3 reports whether a host says that it speaks HTTP/3: in its HTTPS record (RFC 9460), or with a page.
func (d *domain) offersHTTP3(host string) bool {
	for _, q := range d.Lookups {
		if q.Host == host && q.QType == "HTTPS" && q.read != nil && slices.ContainsFunc(q.read.bindings, func(b binding) bool {
			return b.target == host && slices.Contains(b.alpn, "h3")
		}) {
			return true
		}
	}
	return slices.ContainsFunc(d.Connects, func(c *connect) bool {
		if c.HTTP == nil || !c.HTTP.HTTP3 {
			return false
		}
		at, err := neturl.Parse(c.HTTP.URL)
		return err == nil && at.Scheme == "https" && at.Hostname() == host
	})
}

// addHTTP3 adds a connection over each family to the first address that serves HTTPS for a host that offers HTTP/3.
func (v *visit) addHTTP3() {
	for _, c := range slices.Clone(v.line.Connects) {
		if c.Service != "https" || !c.Connected || !v.line.offersHTTP3(c.Host) {
			continue
		}
		if !slices.ContainsFunc(v.line.Connects, func(old *connect) bool {
			return old.Service == serviceHTTP3 && old.Host == c.Host && old.QType == c.QType
		}) {
			v.line.Connects = append(v.line.Connects, &connect{Kind: c.Kind, Host: c.Host, QType: c.QType, Service: serviceHTTP3, Address: c.Address, Port: c.Port})
		}
	}
}

// http3 opens a QUIC connection and requests the page over it. Its error is the context's.
func (o *over) http3(ctx context.Context, c *connect) error {
	leave, err := o.manners.visit(ctx, c.Address, "")
	if err != nil {
		return err
	}
	defer leave()
	start := time.Now()
	defer func() { o.visit.spent.Add(int64(time.Since(start))) }()
	c.begin(o.prober, o.Now().UTC())
	c.Connected, c.TLS, c.HTTP = false, nil, nil
	socket, err := o.Packets(map[string]string{"A": "udp4", "AAAA": "udp6"}[c.QType])
	if err != nil {
		c.Failure, c.Error = failure.Class(err), failure.Text(err)
		return nil
	}
	defer socket.Close()
	limited, cancel := context.WithTimeout(ctx, 2*o.Timeout)
	defer cancel()
	if err := o.request3(limited, socket, c); err != nil && ctx.Err() == nil {
		c.Failure, c.Error = failure.Class(err), "QUIC: "+failure.Text(err)
		if c.Connected {
			c.Failure, c.Error = "http_error", "HTTP/3: "+failure.Text(err)
		}
	}
	return ctx.Err()
}

func (o *over) request3(ctx context.Context, socket net.PacketConn, c *connect) error {
	to := net.UDPAddrFromAddrPort(netip.AddrPortFrom(c.Address, c.Port))
	conn, err := quic.Dial(ctx, socket, to, &tls.Config{
		ServerName: c.Host, InsecureSkipVerify: true, // verified below, where the reason is recorded
		NextProtos: []string{http3.NextProtoH3}, Time: o.Now,
	}, &quic.Config{HandshakeIdleTimeout: o.Timeout, MaxIdleTimeout: 2 * o.Timeout})
	if err != nil {
		return err
	}
	defer conn.CloseWithError(noError, "")
	c.Connected, c.MS = true, milliseconds(o.Now().Sub(c.At))
	c.TLS = o.verify(c.Host, conn.ConnectionState().TLS)
	transport := &http3.Transport{MaxResponseHeaderBytes: maxHead}
	defer transport.Close()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, "https://"+c.Host+"/", nil)
	if err != nil {
		return err
	}
	r.Header.Set("User-Agent", o.agent)
	answer, err := transport.NewClientConn(conn).RoundTrip(r)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(io.LimitReader(answer.Body, maxPart))
	if err != nil {
		return fmt.Errorf("the body broke off after %d bytes: %w", len(body), err)
	}
	c.HTTP = &page{Status: answer.StatusCode, URL: r.URL.String(), Bytes: len(body), Whole: len(body) < maxPart, Part: true}
	return nil
}
