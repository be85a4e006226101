package replica

import (
	"context"
	"crypto/tls"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"log"
	"math/rand/v2"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Fault is something that goes wrong with a response.
type Fault string

// The faults. Those that are invisible to a client, like a changed byte in a file without a check sum, are applied only
// to compressed dumps, which have one.
const (
	Stall       Fault = "stall"        // half of the body, then nothing
	Reset       Fault = "reset"        // half of the body, then the connection is reset
	Unavailable Fault = "503"          // with Retry-After: 1
	Trickle     Fault = "trickle"      // the whole body, slowly
	WrongLength Fault = "wrong length" // announces more than it sends
	HTML        Fault = "html"         // a web page with status 200
	Changed     Fault = "changed"      // one byte of the body is changed
	Truncated   Fault = "truncated"    // half of the body, announced as the whole
)

// Faults returns all faults.
var Faults = []Fault{Stall, Reset, Unavailable, Trickle, WrongLength, HTML, Changed, Truncated}

// hidden reports whether a fault shows only if the content has a check sum.
func (f Fault) hidden() bool { return f == Changed || f == Truncated }

// proxy is the server in front of nginx.
type proxy struct {
	replica    *Replica
	plain, tls map[string]string
	servers    []*http.Server
	client     *http.Transport

	mu    sync.Mutex
	share float64
	asked map[string]uint64 // number of requests, by host and path
	log   []Request
}

func startProxy(r *Replica, ca *authority) (*proxy, error) {
	p := &proxy{
		replica: r, plain: map[string]string{}, tls: map[string]string{}, share: r.Faults, asked: map[string]uint64{},
		client: &http.Transport{DisableCompression: true, MaxIdleConnsPerHost: 4},
	}
	for _, host := range Hosts {
		for _, secure := range []bool{false, true} {
			l, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				p.stop()
				return nil, err
			}
			s := &http.Server{
				Handler:  http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) { p.answer(host, w, q) }),
				ErrorLog: log.New(io.Discard, "", 0), // aborted responses are intended
			}
			p.servers = append(p.servers, s)
			if secure {
				p.tls[host] = "https://" + l.Addr().String()
				s.TLSConfig = &tls.Config{Certificates: []tls.Certificate{ca.cert}, NextProtos: []string{"h2", "http/1.1"}}
				go s.ServeTLS(l, "", "")
				continue
			}
			p.plain[host] = "http://" + l.Addr().String()
			go s.Serve(l)
		}
	}
	return p, nil
}

func (p *proxy) stop() error {
	var errs []error
	for _, s := range p.servers {
		errs = append(errs, s.Close())
	}
	p.client.CloseIdleConnections()
	return errors.Join(errs...)
}

// fault returns what goes wrong with a request. It depends only on the seed, the URL and the number of earlier requests
// for it.
func (p *proxy) fault(host, path string) (Fault, *rand.Rand) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.asked[host+path]++
	h := fnv.New64a()
	io.WriteString(h, host+path)
	binary.Write(h, binary.BigEndian, p.asked[host+path])
	chance := rand.New(rand.NewPCG(p.replica.Seed, h.Sum64()))
	if chance.Float64() >= p.share {
		return "", chance
	}
	f := p.replica.Kinds[chance.IntN(len(p.replica.Kinds))]
	if f.hidden() && !dumpName.MatchString(path) {
		f = Reset
	}
	return f, chance
}

func (p *proxy) answer(host string, w http.ResponseWriter, q *http.Request) {
	path := q.URL.RequestURI()
	done := Request{
		Host: host, Path: path, Protocol: q.Proto, Range: q.Header.Get("Range") != "",
		Conditional: q.Header.Get("If-None-Match") != "" || q.Header.Get("If-Modified-Since") != "",
	}
	defer func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.log = append(p.log, done)
	}()
	if err := p.replica.advance(); err != nil {
		done.Status = http.StatusInternalServerError
		http.Error(w, err.Error(), done.Status)
		return
	}
	var chance *rand.Rand
	done.Fault, chance = p.fault(host, path)
	switch done.Fault {
	case Unavailable:
		done.Status = http.StatusServiceUnavailable
		w.Header().Set("Retry-After", "1")
		http.Error(w, "busy", done.Status)
		return
	case HTML:
		done.Status = http.StatusOK
		w.Header().Set("Content-Type", "text/html")
		n, _ := io.WriteString(w, "<!DOCTYPE html>\n<html><head><title>Please wait</title></head><body>The archive is under maintenance.</body></html>\n")
		done.Bytes = int64(n)
		return
	}
	resp, err := p.ask(q.Context(), host, path, q)
	if err != nil {
		done.Status = http.StatusBadGateway
		http.Error(w, err.Error(), done.Status)
		return
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		done.Status = http.StatusBadGateway
		http.Error(w, err.Error(), done.Status)
		return
	}
	done.Status = resp.StatusCode
	for _, name := range []string{"Content-Type", "Etag", "Last-Modified", "Accept-Ranges", "Content-Range", "Location"} {
		if v := resp.Header.Get(name); v != "" {
			w.Header().Set(name, v)
		}
	}
	if len(body) == 0 { // nothing can go wrong
		done.Fault = ""
		w.WriteHeader(resp.StatusCode)
		return
	}
	n, err := p.send(w, q, resp.StatusCode, body, done.Fault, chance)
	done.Bytes = n
	done.Whole = n == int64(len(body)) && err == nil && (done.Fault == "" || done.Fault == Trickle)
	if errors.Is(err, errAbort) {
		p.abort(w)
	}
}

// ask forwards the request to nginx.
func (p *proxy) ask(ctx context.Context, host, path string, q *http.Request) (*http.Response, error) {
	on, err := http.NewRequestWithContext(ctx, q.Method, fmt.Sprintf("http://127.0.0.1:%d%s", p.replica.nginx.plain[host], path), nil)
	if err != nil {
		return nil, err
	}
	for _, name := range []string{"If-None-Match", "If-Modified-Since", "If-Range", "Range"} {
		if v := q.Header.Get(name); v != "" {
			on.Header.Set(name, v)
		}
	}
	return p.client.RoundTrip(on)
}

var errAbort = errors.New("the answer is broken off")

// send sends the body with its fault.
func (p *proxy) send(w http.ResponseWriter, q *http.Request, status int, body []byte, fault Fault, chance *rand.Rand) (int64, error) {
	announced, sent := len(body), body
	switch fault {
	case Changed:
		sent = append([]byte(nil), body...)
		sent[chance.IntN(len(sent))] ^= 1 << chance.IntN(8)
	case Truncated:
		sent = body[:len(body)/2]
		announced = len(sent)
		if status == http.StatusPartialContent {
			w.Header().Set("Content-Range", cutRange(w.Header().Get("Content-Range"), len(sent)))
		}
	case WrongLength:
		announced += 1 + chance.IntN(1000)
	case Stall, Reset:
		sent = body[:len(body)/2]
	}
	w.Header().Set("Content-Length", strconv.Itoa(announced))
	w.WriteHeader(status)
	step := len(sent)
	if fault == Trickle {
		step = max(1, len(sent)/20)
	}
	total := int64(0)
	for len(sent) > 0 {
		n, err := w.Write(sent[:min(step, len(sent))])
		total += int64(n)
		if err != nil {
			return total, err
		}
		sent = sent[n:]
		if fault == Trickle {
			http.NewResponseController(w).Flush()
			time.Sleep(10 * time.Millisecond)
		}
	}
	http.NewResponseController(w).Flush()
	switch fault {
	case Stall:
		select {
		case <-q.Context().Done():
		case <-time.After(p.replica.Stall):
		}
		return total, errAbort
	case Reset, WrongLength:
		return total, errAbort
	}
	return total, nil
}

// cutRange shortens a Content-Range to n bytes.
func cutRange(s string, n int) string {
	unit, rest, _ := strings.Cut(s, " ")
	span, whole, _ := strings.Cut(rest, "/")
	from, _, _ := strings.Cut(span, "-")
	start, err := strconv.ParseInt(from, 10, 64)
	if err != nil {
		return s
	}
	return fmt.Sprintf("%s %d-%d/%s", unit, start, start+int64(n)-1, whole)
}

// abort resets the connection, or the stream in HTTP/2.
func (p *proxy) abort(w http.ResponseWriter) {
	if conn, _, err := http.NewResponseController(w).Hijack(); err == nil {
		if tcp, is := conn.(*net.TCPConn); is {
			tcp.SetLinger(0)
		}
		conn.Close()
		return
	}
	panic(http.ErrAbortHandler)
}
