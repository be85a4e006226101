package resolver

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"slices"
	"sync"
	"time"
)

// askAttempts is the number of times the same query is sent to another's server.
const askAttempts = 3

// buffers are for one message each, whatever its length.
var buffers = sync.Pool{New: func() any { return new([1 << 16]byte) }}

// Ask puts one question to an authoritative server, without recursion, over the family of its address: over UDP from a
// port of its own, over TCP if the answer is truncated, and without EDNS if the server does not know it (RFC 6891
// section 7). Neither window nor rate limit applies: the caller decides how politely to treat other people's servers.
func (c *Client) Ask(ctx context.Context, server netip.AddrPort, name string, qtype uint16) (Exchange, error) {
	x := Exchange{Server: server}
	for _, edns := range []bool{true, false} {
		query, err := appendQuery(nil, name, qtype, 0, edns)
		if err != nil {
			return x, err
		}
		id := uint16(newIDs().Uint64())
		binary.BigEndian.PutUint16(query, id)
		if err = c.ask(ctx, "udp", query, &x); err == nil && flags(x.Response)&flagTC != 0 {
			x.TCP = true
			if err = c.ask(ctx, "tcp", query, &x); err != nil {
				err = fmt.Errorf("the answer over UDP is truncated, and over TCP: %w", err)
			}
		}
		if err != nil {
			x.Response = nil
			return x, fmt.Errorf("%s: %w", server, err)
		}
		if rcode := flags(x.Response) & 0xf; rcode != rcodeFormErr && rcode != rcodeNotImp {
			break
		}
	}
	return x, nil
}

// AskTCP puts one question to an authoritative server over TCP, as Ask does.
func (c *Client) AskTCP(ctx context.Context, server netip.AddrPort, name string, qtype uint16) (Exchange, error) {
	x := Exchange{Server: server, TCP: true}
	query, err := appendQuery(nil, name, qtype, 0, true)
	if err != nil {
		return x, err
	}
	binary.BigEndian.PutUint16(query, uint16(newIDs().Uint64()))
	if err := c.ask(ctx, "tcp", query, &x); err != nil {
		return x, fmt.Errorf("%s: %w", server, err)
	}
	return x, nil
}

// ask sends a query over a connection of its own and reads until the answer.
func (c *Client) ask(ctx context.Context, network string, query []byte, x *Exchange) error {
	dialing, cancel := context.WithTimeout(ctx, c.options.Timeout)
	conn, err := c.options.Dial(dialing, network, x.Server.String())
	cancel()
	if err != nil {
		if ctx.Err() == nil && errors.Is(err, context.DeadlineExceeded) {
			err = os.ErrDeadlineExceeded
		}
		return cause(err)
	}
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { conn.Close() })()
	attempts, wait := askAttempts, c.options.Timeout/4
	if network == "tcp" {
		attempts, wait = 1, c.options.Timeout
		query = append(binary.BigEndian.AppendUint16(nil, uint16(len(query))), query...)
	}
	buffer := buffers.Get().(*[1 << 16]byte)
	defer buffers.Put(buffer)
	for n := range attempts {
		if network == "udp" {
			x.Attempts = n + 1
		}
		x.At = c.options.Now()
		conn.SetDeadline(time.Now().Add(wait << n))
		if _, err = conn.Write(query); err == nil {
			x.Response, err = c.answer(conn, network, query, buffer[:])
		}
		if err == nil {
			x.RTT = max(0, c.options.Now().Sub(x.At))
			return nil
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if !errors.Is(err, os.ErrDeadlineExceeded) {
			return cause(err)
		}
	}
	return fmt.Errorf("no answer: %w", os.ErrDeadlineExceeded)
}

// answer reads messages until one answers the query.
func (c *Client) answer(conn net.Conn, network string, query, b []byte) ([]byte, error) {
	for {
		n, sent := 0, query
		var err error
		if network == "tcp" {
			sent = query[2:]
			if _, err = io.ReadFull(conn, b[:2]); err == nil {
				n, err = io.ReadFull(conn, b[:binary.BigEndian.Uint16(b)])
			}
		} else {
			n, err = conn.Read(b)
		}
		if err != nil {
			return nil, err
		}
		if n >= headerSize && b[0] == sent[0] && b[1] == sent[1] && (matches(sent, b[:n]) || unasked(b[:n])) {
			message := slices.Clone(b[:n])
			message[0], message[1] = 0, 0
			return message, nil
		}
		c.mismatched.Add(1)
	}
}

// unasked reports whether a message is how old servers reject EDNS: a header with FORMERR or NOTIMP, and no question.
func unasked(message []byte) bool {
	f := flags(message)
	return len(message) == headerSize && f&flagQR != 0 && (f&0xf == rcodeFormErr || f&0xf == rcodeNotImp) &&
		binary.BigEndian.Uint16(message[4:]) == 0
}
