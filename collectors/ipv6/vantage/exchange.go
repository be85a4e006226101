package vantage

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/netip"
	"strings"
	"syscall"
	"time"

	"tidemark/collectors/ipv6/failure"
	"tidemark/internal/netaddr"
)

// connect opens a TCP connection and closes it.
func (r *runner) connect(ctx context.Context, target string, to netip.AddrPort) event {
	e := event{Kind: "connect", Family: netaddr.Family(to.Addr().Unmap()), Target: target, Address: to.Addr().String(), Result: "ok"}
	start := time.Now()
	c, err := (&net.Dialer{Timeout: r.Timeout}).DialContext(ctx, "tcp", to.String())
	if err != nil {
		e.Result, e.Error = class(err), failure.Text(err)
		return e
	}
	e.MS = milliseconds(time.Since(start))
	c.Close()
	return e
}

// requestSize is the size of a request in bytes: larger than two packets of an Ethernet, smaller than the largest request
// header that web servers accept.
const requestSize = 4000

// maxResponse is how much of a response is read, in bytes: enough to judge the path.
const maxResponse = 64 << 10

// exchange sends a request over several packets and waits for the first bytes of a response and what follows at once. A
// clamp holds the packets of both directions to a size, by the segment size that is offered (RFC 9293 section 3.7.1).
func (r *runner) exchange(ctx context.Context, target string, to netip.AddrPort, size, clamp int, timeout time.Duration) event {
	e := event{Kind: "exchange", Family: netaddr.Family(to.Addr().Unmap()), Target: target, Address: to.Addr().String(), Clamp: clamp, Result: "ok"}
	headers := 60 // of IPv6 and TCP
	if e.Family == 4 {
		headers = 40
	}
	dialer := &net.Dialer{Timeout: timeout}
	if clamp > 0 {
		dialer.Control = func(_, _ string, c syscall.RawConn) error { return clampSegments(c, clamp-headers) }
	}
	start := time.Now()
	raw, err := dialer.DialContext(ctx, "tcp", to.String())
	if err != nil {
		e.Result, e.Error = class(err), failure.Text(err)
		return e
	}
	defer raw.Close()
	raw.SetDeadline(time.Now().Add(timeout))
	stop := context.AfterFunc(ctx, func() { raw.SetDeadline(time.Unix(1, 0)) })
	defer stop()
	host, port, _ := net.SplitHostPort(target)
	c := raw
	if port == "443" {
		// The response is not used, so the server need not prove who it is; an expired certificate says nothing about the path.
		c = tls.Client(raw, &tls.Config{ServerName: host, InsecureSkipVerify: true})
	}
	request := requestOf(host, size)
	e.Sent, err = io.WriteString(c, request)
	if err == nil {
		response := make([]byte, maxResponse)
		for e.Received < maxResponse {
			var n int
			n, err = c.Read(response[e.Received:])
			if e.Received += n; err != nil {
				break
			}
		}
		if e.Received > 0 && (err == io.EOF || class(err) == "refused") {
			err = nil // the server ended it
		}
	}
	if tcp, ok := raw.(*net.TCPConn); ok {
		e.MTU = pathMTU(tcp, e.Family)
	}
	switch {
	case err == io.EOF:
		e.Result, e.Error = "error", "the server closed the connection without a response"
	case err != nil:
		e.Result, e.Error = class(err), failure.Text(err)
	default:
		e.MS = milliseconds(time.Since(start))
	}
	return e
}

// requestOf returns a request of about that many bytes that any web server answers.
func requestOf(host string, size int) string {
	var b strings.Builder
	fmt.Fprintf(&b, "GET / HTTP/1.1\r\nHost: %s\r\nUser-Agent: tidemark\r\nConnection: close\r\n", host)
	for n := 1; b.Len() < size; n++ {
		fmt.Fprintf(&b, "X-Padding-%d: %s\r\n", n, strings.Repeat("x", 900))
	}
	b.WriteString("\r\n")
	return b.String()
}

// plateaus are the common MTUs of links and tunnels, ascending; the first is the minimum of IPv6 (RFC 8200 section 5).
var plateaus = []int{1280, 1360, 1400, 1420, 1452, 1472, 1480, 1492}

// large tries an exchange larger than a packet. If it hangs, it tries smaller and smaller packets to find the largest that
// passes: a path that silently loses large packets is a black hole (RFC 2923, RFC 8899).
func (r *runner) large(ctx context.Context, target string, to netip.AddrPort) (events []event) {
	first := r.exchange(ctx, target, to, requestSize, 0, r.Timeout)
	events = append(events, first)
	if first.Result != "timeout" || ctx.Err() != nil {
		return events
	}
	low, high := 0, len(plateaus) // those below low pass, those from high on do not
	for low < high && ctx.Err() == nil {
		middle := (low + high) / 2
		if low == 0 && high == len(plateaus) {
			middle = 0 // if the least does not pass, none does
		}
		e := r.exchange(ctx, target, to, requestSize, plateaus[middle], r.Timeout/2)
		events = append(events, e)
		switch {
		case e.Result == "ok":
			low = middle + 1
		case middle == 0:
			// Does the server answer at all?
			return append(events, r.exchange(ctx, target, to, 0, 0, r.Timeout/2))
		default:
			high = middle
		}
	}
	return events
}
