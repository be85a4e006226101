// Package replica publishes the public archives on loopback: RouteViews and RIS with their listings, and the files of
// the RFC Editor, the Datatracker, IANA, the RIRs and RPKI, under their real paths. nginx serves the files, so that
// validators, ranges and HTTP/2 are real; a proxy in front of it makes faults from a seed. Dumps appear as a clock
// advances, so that years can be simulated. It is for tests and demonstrations; nothing leaves the machine.
package replica

import (
	"crypto/x509"
	"errors"
	"fmt"
	"io/fs"
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
	IETF          = "www.ietf.org"
	IANA          = "www.iana.org"
	RIPE          = "ftp.ripe.net"
	AFRINIC       = "ftp.afrinic.net"
	APNIC         = "ftp.apnic.net"
	LACNIC        = "ftp.lacnic.net"
	RPKI          = "console.rpki-client.org"
	Cymru         = "www.team-cymru.org"
)

// Hosts returns all of them.
var Hosts = []string{RouteViews, RouteViewsAPI, RIS, RIPEstat, RISWhois, RFCEditor, Datatracker, IETF, IANA, RIPE, AFRINIC, APNIC, LACNIC, RPKI, Cymru}

// Options say what is published, and how unreliably.
type Options struct {
	Dir    string           // where the files are published; created if necessary
	Shared string           // folder of real inputs (shared/data); empty: generated files only
	Now    func() time.Time // files appear when their time has come; default: time.Now
	From   time.Time        // time of the first generated dump; zero: none are generated
	Hours  []int            // hours of the day at which each collector dumps its table; default: 0 and 12
	Update bool             // a file of updates per day is generated too

	Faults float64       // share of requests that go wrong, from 0 to 1
	Kinds  []Fault       // the faults to make; default: all
	Seed   uint64        // of the faults: the same requests meet the same faults
	Stall  time.Duration // how long a stalled transfer pauses before it is reset; default: a minute
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
	upTo   time.Time // files that had appeared by then are published
	world  []publication
	listed map[string]*listing // by folder
	closed bool
}

// Start publishes the files that have appeared by now, and serves them.
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
	// route-views2 had no folder of its own before 9 July 2026; its old address still leads there.
	if err := os.Symlink("route-views2/bgpdata", filepath.Join(r.root(RouteViews), "bgpdata")); err != nil && !errors.Is(err, fs.ErrExist) {
		return nil, err
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

// Close stops the servers.
func (r *Replica) Close() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return nil
	}
	r.closed = true
	return errors.Join(r.proxy.stop(), r.nginx.stop())
}

// root returns the folder of a host's files.
func (r *Replica) root(host string) string { return filepath.Join(r.Dir, "www", host) }

// URL returns the base of a host behind the faulty proxy, over HTTP/1.1, without a final slash.
func (r *Replica) URL(host string) string { return r.proxy.plain[host] }

// TLS returns the same over TLS, with HTTP/2 if the client supports it.
func (r *Replica) TLS(host string) string { return r.proxy.tls[host] }

// Mirror returns the base of a host as nginx serves it, without faults and counting; over TLS and HTTP/2 if secure is
// set.
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

// Request is a request that the proxy answered.
type Request struct {
	Host, Path  string // path with the query
	Conditional bool   // If-None-Match or If-Modified-Since
	Range       bool
	Status      int   // that of nginx or of the fault
	Bytes       int64 // of the body, as far as it was sent
	Whole       bool  // the body was sent unchanged
	Fault       Fault // empty: none
	Protocol    string
}

// Requests returns all since the start or the last Reset, in the order in which they ended.
func (r *Replica) Requests() []Request {
	r.proxy.mu.Lock()
	defer r.proxy.mu.Unlock()
	return slices.Clone(r.proxy.log)
}

// Reset forgets the requests so far; it does not change which faults follow.
func (r *Replica) Reset() {
	r.proxy.mu.Lock()
	defer r.proxy.mu.Unlock()
	r.proxy.log = nil
}

// Counts are numbers of requests by outcome.
type Counts struct {
	Full        int // 200 to a request without conditions
	Changed     int // 200 to a conditional request
	NotModified int
	Partial     int // 206
	Failed      int // any other status
	Faults      map[Fault]int
	Bytes       int64
}

// Counts returns the counts of the requests since the start or the last Reset.
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

// Twice returns the files that were sent whole more than once, each with the number of times: there should be none.
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

// Dumps returns the paths, with their hosts, of all table dumps and update files published by now.
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
