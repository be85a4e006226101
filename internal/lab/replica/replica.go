// Package replica lays the public archives out on loopback: RouteViews and RIS with their listings, and what the RFC
// Editor, the Datatracker, IANA, the RIRs and RPKI publish, under the paths that they have there. nginx serves the files,
// so that validators, ranges and HTTP/2 are real; a proxy before it makes faults by a seed. Dumps appear as a clock goes
// on, so that years can be played through. It is for tests and demonstrations, and nothing of it leaves the machine.
package replica

import (
	"crypto/x509"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"
)

// The hosts that are replicated.
const (
	RouteViews    = "archive.routeviews.org"
	RouteViewsAPI = "api.routeviews.org"
	RIS           = "data.ris.ripe.net"
	RIPEstat      = "stat.ripe.net"
	RISWhois      = "www.ris.ripe.net"
	RFCEditor     = "www.rfc-editor.org"
	Datatracker   = "datatracker.ietf.org"
	IANA          = "www.iana.org"
	RIPE          = "ftp.ripe.net"
	AFRINIC       = "ftp.afrinic.net"
	APNIC         = "ftp.apnic.net"
	LACNIC        = "ftp.lacnic.net"
	RPKI          = "console.rpki-client.org"
	Cymru         = "www.team-cymru.org"
)

// Hosts are all of them.
var Hosts = []string{RouteViews, RouteViewsAPI, RIS, RIPEstat, RISWhois, RFCEditor, Datatracker, IANA, RIPE, AFRINIC, APNIC, LACNIC, RPKI, Cymru}

// Options say what there is, and how badly it is served.
type Options struct {
	Dir    string           // where the files are laid out; made if need be
	Shared string           // folder of real inputs (shared/data); empty: only what is generated
	Now    func() time.Time // files appear when their time has come; nil: time.Now
	From   time.Time        // the first generated dump; zero: none are generated
	Hours  []int            // of the day, at which each collector dumps its table; nil: 0 and 12
	Update bool             // a file of updates a day is generated too

	Faults float64       // share of the requests that go wrong, from 0 to 1
	Kinds  []Fault       // that are made; nil: all
	Seed   uint64        // of the faults: the same requests meet the same
	Stall  time.Duration // how long a stalled transfer stands still before it is reset; 0: a minute
	Robots string        // robots.txt of RouteViews and RIS; empty: none
}

// Replica is a running replica.
type Replica struct {
	Options
	CA     *x509.CertPool // signs the TLS servers' certificates
	CAFile string         // the same as PEM

	proxy  *proxy
	nginx  *nginx
	mu     sync.Mutex
	upTo   time.Time // files that appeared by then are laid out
	world  []publication
	listed map[string]*listing // by folder
	closed bool
}

// Start lays the files out that there are by now, and serves them.
func Start(o Options) (*Replica, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Hours == nil {
		o.Hours = []int{0, 12}
	}
	if o.Kinds == nil {
		o.Kinds = Faults
	}
	if o.Stall == 0 {
		o.Stall = time.Minute
	}
	dir, err := filepath.Abs(o.Dir)
	if err != nil {
		return nil, err
	}
	o.Dir = dir
	r := &Replica{Options: o, listed: map[string]*listing{}}
	for _, host := range Hosts {
		if err := os.MkdirAll(r.root(host), 0o755); err != nil {
			return nil, err
		}
	}
	if r.world, err = r.publications(); err != nil {
		return nil, err
	}
	if err := r.advance(); err != nil {
		return nil, err
	}
	ca, err := newAuthority(filepath.Join(dir, "tls"))
	if err != nil {
		return nil, err
	}
	r.CA, r.CAFile = ca.pool, ca.file
	if r.nginx, err = startNginx(dir, r.root, ca); err != nil {
		return nil, err
	}
	if r.proxy, err = startProxy(r, ca); err != nil {
		r.nginx.stop()
		return nil, err
	}
	return r, nil
}

// Close ends the servers.
func (r *Replica) Close() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return nil
	}
	r.closed = true
	return errors.Join(r.proxy.stop(), r.nginx.stop())
}

// root is the folder of a host's files.
func (r *Replica) root(host string) string { return filepath.Join(r.Dir, "www", host) }

// URL is the base of a host behind the faulty proxy, over HTTP/1.1, without a slash at the end.
func (r *Replica) URL(host string) string { return r.proxy.plain[host] }

// TLS is the same over TLS, with HTTP/2 where the client has it.
func (r *Replica) TLS(host string) string { return r.proxy.tls[host] }

// Mirror is the base of a host as nginx serves it, without faults and counting; over TLS and HTTP/2 where secure is set.
func (r *Replica) Mirror(host string, secure bool) string {
	if secure {
		return fmt.Sprintf("https://127.0.0.1:%d", r.nginx.tls[host])
	}
	return fmt.Sprintf("http://127.0.0.1:%d", r.nginx.plain[host])
}

// SetFaults changes the share of requests that go wrong from now on.
func (r *Replica) SetFaults(share float64) {
	r.proxy.mu.Lock()
	defer r.proxy.mu.Unlock()
	r.proxy.share = share
}

// Request is one that the proxy answered.
type Request struct {
	Host, Path  string // path with the question
	Conditional bool   // If-None-Match or If-Modified-Since
	Range       bool
	Status      int   // as nginx or the fault has it
	Bytes       int64 // of the body, as far as it was sent
	Whole       bool  // the body was sent as nginx has it
	Fault       Fault // empty: none
	Protocol    string
}

// Requests are all since the start or the last Reset, in the order of their ends.
func (r *Replica) Requests() []Request {
	r.proxy.mu.Lock()
	defer r.proxy.mu.Unlock()
	return slices.Clone(r.proxy.log)
}

// Reset forgets the requests so far; it does not change which faults come.
func (r *Replica) Reset() {
	r.proxy.mu.Lock()
	defer r.proxy.mu.Unlock()
	r.proxy.log = nil
}

// Counts are requests by what became of them.
type Counts struct {
	Full        int // 200 to a request without conditions
	Changed     int // 200 to a conditional request
	NotModified int
	Partial     int // 206
	Failed      int // any other status
	Faults      map[Fault]int
	Bytes       int64
}

// Counts counts the requests since the start or the last Reset.
func (r *Replica) Counts() Counts {
	c := Counts{Faults: map[Fault]int{}}
	for _, q := range r.Requests() {
		switch {
		case q.Status == http.StatusOK && q.Conditional:
			c.Changed++
		case q.Status == http.StatusOK:
			c.Full++
		case q.Status == http.StatusNotModified:
			c.NotModified++
		case q.Status == http.StatusPartialContent:
			c.Partial++
		default:
			c.Failed++
		}
		if q.Fault != "" {
			c.Faults[q.Fault]++
		}
		c.Bytes += q.Bytes
	}
	return c
}

// Twice are the files that were sent whole more than once, each with the number of times: none should be.
func (r *Replica) Twice() map[string]int {
	sent := map[string]int{}
	for _, q := range r.Requests() {
		if q.Whole && q.Status == http.StatusOK && dumpName.MatchString(q.Path) {
			sent[q.Host+q.Path]++
		}
	}
	maps.DeleteFunc(sent, func(_ string, n int) bool { return n < 2 })
	return sent
}

// Dumps are the paths of all table dumps and update files that there are by now, with their hosts.
func (r *Replica) Dumps() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	var all []string
	for _, p := range r.world {
		if dumpName.MatchString(p.path) && !p.at.After(r.upTo) {
			all = append(all, p.host+p.path)
		}
	}
	return all
}
