package delegation

import (
	"bytes"
	"context"
	"fmt"
	"net/netip"
	"slices"
	"time"

	"github.com/miekg/dns"
)

// Limits on what is kept of the exchanges of a domain.
const (
	maxExchanges = 64   // of a walk
	maxMessage   = 4096 // bytes of an answer
)

// Exchange is a question to a name server and its answer. `dig +norecurse @SERVER NAME TYPE` asks the same.
type Exchange struct {
	At       time.Time  `json:"at"`
	Server   netip.Addr `json:"server"`
	Host     string     `json:"host,omitempty"` // name of the server; empty: a root server
	Name     string     `json:"name"`
	QType    string     `json:"qtype"`
	TCP      bool       `json:"tcp,omitempty"`      // the answer over UDP was truncated
	Response []byte     `json:"response,omitempty"` // in wire format, as received except that its ID is 0
	LeftOut  int        `json:"left_out,omitempty"` // bytes of an answer that is too long to be kept
	Error    string     `json:"error,omitempty"`
}

// Answer is what Network.Ask received.
type Answer struct {
	At       time.Time // when the query was sent; zero: it was not
	TCP      bool      // it was repeated over TCP
	Response []byte
}

// record is the exchanges that something rests on, in order.
type record struct{ all []*Exchange }

func (r *record) add(all ...*Exchange) {
	for _, x := range all {
		if len(r.all) < maxExchanges && !slices.ContainsFunc(r.all, x.Same) {
			r.all = append(r.all, x)
		}
	}
}

// Same reports whether two exchanges are the same question with the same answer, at whatever time.
func (x *Exchange) Same(o *Exchange) bool {
	return x == o || x.Server == o.Server && x.Name == o.Name && x.QType == o.QType && x.Error == o.Error && bytes.Equal(x.Response, o.Response)
}

// open begins a record of its own for the exchanges until it is closed.
func (w *Walk) open() *record {
	r := new(record)
	w.records = append(w.records, r)
	return r
}

// close ends the record that was opened last.
func (w *Walk) close() []*Exchange {
	last := len(w.records) - 1
	r := w.records[last]
	w.records = w.records[:last]
	return r.all
}

// note adds exchanges to the record that was opened last.
func (w *Walk) note(all ...*Exchange) { w.records[len(w.records)-1].add(all...) }

// Exchanges returns the exchanges that the verdicts of the walk rest on, in order, also those that were made for another domain before.
func (w *Walk) Exchanges() []*Exchange { return w.records[0].all }

// exchange asks a name server, and notes the exchange.
func (w *Walk) exchange(ctx context.Context, s server, name string, qtype uint16) (*dns.Msg, error) {
	answer, err := w.net.Ask(ctx, s.address, s.host, name, qtype, false)
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	m := new(dns.Msg)
	if err == nil {
		if err = m.Unpack(answer.Response); err != nil {
			err = fmt.Errorf("malformed message: %w", err)
		}
	}
	if answer.At.IsZero() { // nothing was sent
		return nil, err
	}
	x := &Exchange{At: answer.At, Server: s.address, Host: plain(s.host), Name: plain(name), QType: dns.TypeToString[qtype], TCP: answer.TCP, Response: answer.Response}
	if len(x.Response) > maxMessage {
		x.Response, x.LeftOut = nil, len(x.Response)
	}
	if err != nil {
		x.Error = err.Error()
	}
	w.note(x)
	return m, err
}
