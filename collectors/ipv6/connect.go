package ipv6

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"tidemark/collectors/ipv6/failure"

	"golang.org/x/sync/errgroup"
)

// maxBanner is the longest greeting read, in bytes (RFC 5321 section 4.5.3.1.5).
const maxBanner = 512

// connects makes the connections of a domain that are due, both families concurrently, and compares the pages.
func (p *prober) connects(ctx context.Context, v *visit) error {
	if !slices.ContainsFunc(v.line.Connects, func(c *connect) bool { return c.due(v.pass) }) {
		return nil
	}
	families := map[string]*over{}
	for _, qtype := range qtypes {
		o := &over{prober: p, visit: v, qtype: qtype, dead: map[netip.AddrPort]*connect{}, pages: map[string]*page{}}
		for key, page := range v.pages {
			if key.qtype == qtype {
				o.pages[key.url] = page
			}
		}
		families[qtype] = o
	}
	for _, c := range v.pair() {
		c.pass = v.pass
		if err := families[c.QType].connect(ctx, c); err != nil {
			return err
		}
	}
	group, groupCtx := errgroup.WithContext(ctx)
	for _, o := range families {
		group.Go(func() error { return o.connects(groupCtx) })
	}
	err := group.Wait()
	v.pages = map[pageKey]*page{}
	for qtype, o := range families {
		for url, page := range o.pages {
			v.pages[pageKey{url, qtype}] = page
		}
	}
	if err != nil {
		return err
	}
	return families[qtypes[4]].compare(ctx)
}

// pair returns the first connections of the first web host that has both families, if they are due. They are made one after the
// other, and whether IPv4 or IPv6 begins alternates between domains: neither profits from what the other has warmed up.
func (v *visit) pair() []*connect {
	for _, four := range v.line.Connects {
		if four.QType != "A" || four.Service != "https" && four.Service != "http" || !four.due(v.pass) {
			continue
		}
		for _, six := range v.line.Connects {
			if six.QType == "AAAA" && six.Host == four.Host && six.Service == four.Service && six.due(v.pass) {
				if lot(0, v.line.Domain)%2 == 0 {
					return []*connect{six, four}
				}
				return []*connect{four, six}
			}
		}
	}
	return nil
}

// over is the part of a visit that uses one family.
type over struct {
	*prober
	visit *visit
	qtype string
	dead  map[netip.AddrPort]*connect // to which no connection could be made in this visit
	pages map[string]*page            // by URL
}

// connects makes the family's connections one after the other while there is time. Its error is the context's.
func (o *over) connects(ctx context.Context) error {
	for _, c := range o.visit.line.Connects {
		if c.QType != o.qtype || !c.due(o.visit.pass) {
			continue
		}
		if o.visit.spent.Load() >= int64(maxTime) {
			return nil
		}
		c.pass = o.visit.pass
		if err := o.connect(ctx, c); err != nil {
			return err
		}
	}
	return nil
}

// connect makes a connection and speaks the protocol of its service. Its error is the context's.
func (o *over) connect(ctx context.Context, c *connect) error {
	if c.Service == serviceHTTP3 {
		return o.http3(ctx, c)
	}
	to := netip.AddrPortFrom(c.Address, c.Port)
	if same := o.dead[to]; same != nil { // of another host of the domain
		c.At, c.MS, c.Failure, c.Error, c.round = same.At, same.MS, same.Failure, same.Error, same.round
		c.Attempts++
		return nil
	}
	conn, release, err := o.open(ctx, c)
	if err != nil || conn == nil {
		if err == nil && !c.Connected {
			o.dead[to] = c
		}
		return err
	}
	switch c.Service {
	case "smtp":
		o.greet(conn, c)
	case "http", "https":
		o.get(ctx, conn, c, url{c.Service, c.Host, "/"})
	}
	conn.Close()
	release()
	if e := ctx.Err(); e != nil {
		return e
	}
	if c.HTTP != nil {
		return o.follow(ctx, c)
	}
	return nil
}

// open is the prober's open; its time counts.
func (o *over) open(ctx context.Context, c *connect) (conn net.Conn, release func(), err error) {
	leave, err := o.manners.visit(ctx, c.Address, "")
	if err != nil {
		return nil, nil, err
	}
	start := time.Now()
	return o.dial(ctx, c, func() {
		o.visit.spent.Add(int64(time.Since(start)))
		leave()
	})
}

// open connects to an address when that is polite, as dial does.
func (p *prober) open(ctx context.Context, c *connect) (conn net.Conn, release func(), err error) {
	leave, err := p.manners.visit(ctx, c.Address, "")
	if err != nil {
		return nil, nil, err
	}
	return p.dial(ctx, c, leave)
}

// patience is how many times the timeout of a connection what is said over it may take: a page, or a greeting, which mail
// servers delay on purpose.
func patience(service string) time.Duration {
	if service == "smtp" {
		return 6
	}
	return 4
}

// dial connects to an address, and makes the TLS handshake if the service needs one. If it returns neither a connection nor
// an error, c says what failed. The caller closes the connection and then calls release, which calls leave.
func (p *prober) dial(ctx context.Context, c *connect, leave func()) (conn net.Conn, release func(), err error) {
	release = leave
	c.begin(p, p.Now().UTC())
	c.Connected, c.Segment, c.FirstMS, c.TLS, c.HTTP, c.Banner = false, 0, nil, nil, nil, ""
	dialing, cancel := context.WithTimeout(ctx, p.Timeout)
	conn, err = p.Dial(dialing, "tcp", netip.AddrPortFrom(c.Address, c.Port).String())
	cancel()
	if err == nil {
		c.Connected, c.MS = true, milliseconds(p.Now().Sub(c.At))
		if p.Segment != nil {
			c.Segment = p.Segment(conn)
		}
		conn.SetDeadline(time.Now().Add(patience(c.Service) * p.Timeout))
		raw := conn // conn is a result, and nil where the handshake fails
		stop := context.AfterFunc(ctx, func() { raw.SetDeadline(time.Unix(1, 0)) })
		release = func() { stop(); leave() }
		if c.Service == "https" {
			conn, err = p.secure(ctx, conn, c)
		}
	} else {
		c.Failure, c.Error = failure.Class(err), failure.Text(err)
	}
	if err != nil {
		if conn != nil {
			conn.Close()
		}
		release()
		return nil, nil, ctx.Err()
	}
	return conn, release, nil
}

// suites are all that this program knows: a server that is as old as that is reached by browsers, too.
var suites = func() (all []uint16) {
	for _, s := range slices.Concat(tls.CipherSuites(), tls.InsecureCipherSuites()) {
		all = append(all, s.ID)
	}
	return all
}()

// secure makes a TLS handshake with the host's name. An invalid certificate is recorded and does not end the connection.
func (p *prober) secure(ctx context.Context, conn net.Conn, c *connect) (net.Conn, error) {
	secured := tls.Client(conn, &tls.Config{
		ServerName: c.Host, InsecureSkipVerify: true, // verified below, where the reason is recorded
		NextProtos: []string{"http/1.1"}, MinVersion: tls.VersionTLS10, CipherSuites: suites, Time: p.Now,
	})
	start := p.Now()
	if err := secured.HandshakeContext(ctx); err != nil {
		c.Failure, c.Error = "tls_error", "TLS: "+failure.Text(err)
		return conn, err
	}
	took := milliseconds(p.Now().Sub(start))
	c.TLS = p.verify(c.Host, secured.ConnectionState())
	c.TLS.MS = &took
	return secured, nil
}

// verify returns the outcome of a handshake, with whether the certificate is valid for the host (RFC 5280, RFC 9525).
func (p *prober) verify(host string, state tls.ConnectionState) *secured {
	leaf := state.PeerCertificates[0] // without one, the handshake fails
	s := &secured{Version: tls.VersionName(state.Version), Expires: leaf.NotAfter.UTC()}
	between := x509.NewCertPool()
	for _, c := range state.PeerCertificates[1:] {
		between.AddCert(c)
	}
	_, err := leaf.Verify(x509.VerifyOptions{DNSName: host, Roots: p.Roots, Intermediates: between, CurrentTime: p.Now()})
	var name x509.HostnameError
	var authority x509.UnknownAuthorityError
	var invalid x509.CertificateInvalidError
	switch {
	case err == nil:
	case errors.As(err, &name):
		s.Certificate = "wrong-name"
	case errors.As(err, &authority):
		s.Certificate = "unknown-authority"
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		s.Certificate = "expired"
		if p.Now().Before(leaf.NotBefore) {
			s.Certificate = "not-yet-valid"
		}
	default:
		s.Certificate = "other"
	}
	return s
}

// greet reads a mail server's greeting and sends QUIT (RFC 5321 sections 3.1 and 4.1.1.10).
func (p *prober) greet(conn net.Conn, c *connect) {
	in := bufio.NewReader(io.LimitReader(conn, 64<<10))
	code := ""
	for first := true; ; first = false {
		line, err := in.ReadString('\n')
		if err != nil {
			c.Failure, c.Error = "smtp_error", "no greeting: "+failure.Text(err)
			return
		}
		line = strings.TrimRight(line, "\r\n")
		if first {
			c.Banner, code = strings.ToValidUTF8(line[:min(len(line), maxBanner)], "\ufffd"), line[:min(len(line), 3)]
		}
		if len(line) < 4 || line[3] != '-' {
			break
		}
	}
	if _, err := io.WriteString(conn, "QUIT\r\n"); err == nil {
		in.ReadString('\n') // the reply does not matter, but closing before it would look like a fault
	}
	if code != "220" {
		c.Failure, c.Error = "smtp_error", "the greeting is "+strconv.Quote(c.Banner)
	}
}

// parseControls parses the hosts of the baseline into a test for each family.
func parseControls(hosts []string) (made controls, err error) {
	for _, control := range hosts {
		host, port, err := net.SplitHostPort(control)
		number, bad := strconv.ParseUint(port, 10, 16)
		if err != nil || bad != nil || number == 0 {
			return nil, fmt.Errorf("invalid control %q (want host:port)", control)
		}
		for _, family := range []int{4, 6} {
			made = append(made, &connect{Kind: "control", Host: host, QType: qtypes[family], Service: "control", Port: uint16(number)})
		}
	}
	return made, nil
}

// connectControls looks up the controls and connects to them, up to three times. They are few, and it does not queue behind the
// tests of the run: it would outlast what it is to find. Its error is the context's.
func (p *prober) connectControls(ctx context.Context, all controls) error {
	group, ctx := errgroup.WithContext(ctx)
	for _, c := range all {
		group.Go(func() error {
			for range attempts {
				if err := p.connectControl(ctx, c); err != nil || c.Failure == "" {
					return err
				}
			}
			return nil
		})
	}
	return group.Wait()
}

func (p *prober) connectControl(ctx context.Context, c *connect) error {
	if a, err := netip.ParseAddr(c.Host); err == nil {
		if a.Is4() != (c.QType == "A") {
			c.begin(p, p.Now().UTC())
			c.Failure, c.Error = "no-data", "the control is an address of the other family"
			return nil
		}
		c.Address = a
	} else {
		q := &lookup{Kind: "control", Host: c.Host, QType: c.QType}
		if err := p.ask(ctx, p.checks, q); err != nil {
			return err
		}
		if q.read == nil || len(q.read.addresses) == 0 {
			c.begin(p, q.At)
			c.Failure, c.Error = "no-data", fmt.Sprintf("the lookup of %s %s gave no address", c.Host, c.QType)
			if q.Failure != "" {
				c.Failure, c.Error = q.Failure, fmt.Sprintf("the lookup of %s %s failed: %s", c.Host, c.QType, q.Error)
			}
			return nil
		}
		c.Address = q.read.addresses[0]
	}
	conn, release, err := p.dial(ctx, c, func() {})
	if conn != nil {
		conn.Close()
		release()
	}
	return err
}
