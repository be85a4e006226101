package ipv6

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"net"
	"net/netip"
	"os"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/miekg/dns"
	"golang.org/x/sync/errgroup"
	"golang.org/x/time/rate"

	"tidemark/collectors"
)

const (
	lookupTimeout  = 3 * time.Second
	connectTimeout = 5 * time.Second
	attempts       = 3  // of a test that fails; the later ones come after all others
	workers        = 32 // tests under way at once
	defaultRate    = 50 // tests a second
)

// prober runs one probe.
type prober struct {
	Network
	limit *rate.Limiter
	order *rand.Rand
}

// probe runs the tests: all lookups, then those of name servers and mail exchangers, then connections to what they gave.
// A test that failed is tried again after all others of its phase.
func probe(ctx context.Context, from collectors.Source, l list, n Network) (*transcript, error) {
	perSecond := from.Probe.Rate
	if perSecond <= 0 {
		perSecond = defaultRate
	}
	started := n.Now().UTC()
	seed := fnv.New64a()
	fmt.Fprint(seed, from.Name, started.Format(time.DateOnly))
	p := &prober{n, rate.NewLimiter(rate.Limit(perSecond), max(1, perSecond/10)), rand.New(rand.NewPCG(seed.Sum64(), 0))}
	t := &transcript{header: header{
		Format: 1, Run: from.Name + "/" + started.Format("20060102T150405Z"), List: l.id, Resolver: from.Probe.Resolver,
		Seed: seed.Sum64(), Started: started,
	}}
	if err := p.baseline(ctx, from.Probe.Controls, &t.header); err != nil {
		return nil, err
	}
	t.domains = make([]domain, len(l.domains))
	var asked []*lookup
	for i, d := range l.domains {
		t.domains[i] = domain{Rank: d.rank, Domain: d.domain, Lookups: []lookup{
			{Kind: "apex", Host: d.domain, QType: "A"}, {Kind: "apex", Host: d.domain, QType: "AAAA"}, {Kind: "apex", Host: d.domain, QType: "NS"},
			{Kind: "apex", Host: d.domain, QType: "MX"}, {Kind: "www", Host: "www." + d.domain, QType: "A"}, {Kind: "www", Host: "www." + d.domain, QType: "AAAA"},
		}}
		for j := range t.domains[i].Lookups {
			asked = append(asked, &t.domains[i].Lookups[j])
		}
	}
	if err := p.lookups(ctx, asked); err != nil {
		return nil, err
	}
	asked = nil
	for i := range t.domains {
		d := &t.domains[i]
		d.Lookups = append(d.Lookups, hostLookups(d.Lookups)...)
		for j := range d.Lookups[6:] {
			asked = append(asked, &d.Lookups[6+j])
		}
	}
	if err := p.lookups(ctx, asked); err != nil {
		return nil, err
	}
	var made []*connect
	for i := range t.domains {
		d := &t.domains[i]
		d.Connects = connects(d.Lookups)
		for j := range d.Connects {
			made = append(made, &d.Connects[j])
		}
	}
	return t, p.connects(ctx, made)
}

// baseline connects to the controls over both families. Without a control nothing speaks against IPv6 here.
func (p *prober) baseline(ctx context.Context, controls []string, h *header) error {
	h.Baseline = true
	var made []*connect
	var asked []*lookup
	for _, control := range controls {
		host, port, err := net.SplitHostPort(control)
		if err != nil {
			return fmt.Errorf("control %q is no host:port", control)
		}
		number, err := strconv.ParseUint(port, 10, 16)
		if err != nil {
			return fmt.Errorf("control %q is no host:port", control)
		}
		for _, qtype := range []string{"A", "AAAA"} {
			q := &lookup{Kind: "control", Host: host, QType: qtype}
			asked = append(asked, q)
			made = append(made, &connect{Kind: "control", Host: host, QType: qtype, Service: "control", Port: uint32(number)})
		}
	}
	if err := p.lookups(ctx, asked); err != nil {
		return err
	}
	for i, c := range made {
		if found := addresses(asked[i]); len(found) > 0 {
			c.Address = found[0]
		}
	}
	if err := p.connects(ctx, slices.DeleteFunc(slices.Clone(made), func(c *connect) bool { return c.Address == "" })); err != nil {
		return err
	}
	for _, c := range made {
		if c.Address == "" {
			c.Result, c.Error = "error", "the control host has no such address"
		}
		if c.QType == "AAAA" && c.Result != "ok" {
			h.Baseline = false
		}
		h.Controls = append(h.Controls, *c)
	}
	return nil
}

// hostLookups are the address lookups of the name servers and mail exchangers that were found, in the order of their
// names.
func hostLookups(done []lookup) (more []lookup) {
	for _, q := range done {
		var kind string
		var hosts []string
		switch q.QType {
		case "NS":
			kind, hosts = "ns", targets(&q)
		case "MX":
			kind, hosts = "mx", targets(&q)
		}
		slices.Sort(hosts)
		for _, host := range slices.Compact(hosts) {
			more = append(more, lookup{Kind: kind, Host: host, QType: "A"}, lookup{Kind: kind, Host: host, QType: "AAAA"})
		}
	}
	return more
}

var services = map[string][]struct {
	name string
	port uint32
}{
	"apex": {{"http", 80}, {"https", 443}},
	"www":  {{"http", 80}, {"https", 443}},
	"ns":   {{"dns", 53}},
}

// connects are the connections to make: to each address of web hosts and name servers. Port 25 is left alone.
func connects(done []lookup) (all []connect) {
	for i := range done {
		q := &done[i]
		for _, address := range addresses(q) {
			for _, s := range services[q.Kind] {
				all = append(all, connect{Kind: q.Kind, Host: q.Host, QType: q.QType, Service: s.name, Address: address, Port: s.port})
			}
		}
	}
	return all
}

// response unpacks a lookup's message; nil where there is none.
func (q *lookup) response() *dns.Msg {
	m := new(dns.Msg)
	if len(q.Response) == 0 || m.Unpack(q.Response) != nil {
		return nil
	}
	return m
}

// addresses are the distinct addresses that a lookup gave, in the order of the answer.
func addresses(q *lookup) (all []string) {
	m := q.response()
	if m == nil {
		return nil
	}
	for _, rr := range m.Answer {
		var a net.IP
		switch rr := rr.(type) {
		case *dns.A:
			a = rr.A
		case *dns.AAAA:
			a = rr.AAAA
		}
		want := map[string]int{"A": 4, "AAAA": 16}[q.QType]
		if want == 4 {
			a = a.To4()
		} else if a != nil {
			a = a.To16()
		}
		if address, ok := netip.AddrFromSlice(a); ok && len(a) == want && !slices.Contains(all, address.String()) {
			all = append(all, address.String())
		}
	}
	return all
}

// targets are the hosts of an NS or MX answer; a null MX (RFC 7505) has none.
func targets(q *lookup) (hosts []string) {
	m := q.response()
	if m == nil {
		return nil
	}
	for _, rr := range m.Answer {
		name := ""
		switch rr := rr.(type) {
		case *dns.NS:
			name = rr.Ns
		case *dns.MX:
			name = rr.Mx
		}
		if name = strings.ToLower(strings.TrimSuffix(name, ".")); name != "" {
			hosts = append(hosts, name)
		}
	}
	return hosts
}

func (p *prober) lookups(ctx context.Context, all []*lookup) error {
	return passes(ctx, p, all, p.lookup, func(q *lookup) bool { return q.Failure != "" })
}

func (p *prober) connects(ctx context.Context, all []*connect) error {
	// One connection for an address and port, whatever the hosts that have it; one at a time for an address.
	byAddress := map[string][]*connect{}
	var addresses []string
	for _, c := range all {
		if byAddress[c.Address] == nil {
			addresses = append(addresses, c.Address)
		}
		byAddress[c.Address] = append(byAddress[c.Address], c)
	}
	type target struct{ all []*connect }
	var targets []*target
	for _, a := range addresses {
		targets = append(targets, &target{byAddress[a]})
	}
	return passes(ctx, p, targets, func(ctx context.Context, t *target) {
		made := map[uint32]*connect{}
		for _, c := range t.all {
			if same := made[c.Port]; same != nil {
				c.At, c.MS, c.Attempts, c.Result, c.Error = same.At, same.MS, same.Attempts, same.Result, same.Error
				continue
			}
			if c.Result != "ok" {
				p.connect(ctx, c)
			}
			made[c.Port] = c
		}
	}, func(t *target) bool {
		return slices.ContainsFunc(t.all, func(c *connect) bool { return c.Result != "ok" })
	})
}

// passes runs a test on all, then again on those that failed, at most attempts times.
func passes[T any](ctx context.Context, p *prober, all []T, test func(context.Context, T), failed func(T) bool) error {
	due := slices.Clone(all)
	for range attempts {
		p.order.Shuffle(len(due), func(i, j int) { due[i], due[j] = due[j], due[i] })
		group, groupCtx := errgroup.WithContext(ctx)
		group.SetLimit(workers)
		for _, t := range due {
			group.Go(func() error {
				if err := p.limit.Wait(groupCtx); err != nil {
					return err
				}
				test(groupCtx, t)
				return groupCtx.Err()
			})
		}
		if err := group.Wait(); err != nil {
			return err
		}
		due = slices.DeleteFunc(due, func(t T) bool { return !failed(t) })
	}
	return nil
}

// clients keep no state but their settings.
var (
	udp = &dns.Client{Net: "udp", Timeout: lookupTimeout, UDPSize: 1232}
	tcp = &dns.Client{Net: "tcp", Timeout: lookupTimeout}
)

func (p *prober) lookup(ctx context.Context, q *lookup) {
	question := new(dns.Msg)
	question.SetQuestion(dns.Fqdn(q.Host), dns.StringToType[q.QType])
	question.SetEdns0(1232, false)
	question.AuthenticatedData = true // asks for the AD bit without signatures (RFC 6840 section 5.7)
	q.At = p.Now().UTC()
	q.Attempts++
	q.Failure, q.Error, q.Response = "", "", nil
	answer, _, err := udp.ExchangeContext(ctx, question, p.Resolver)
	if err == nil && answer.Truncated {
		answer, _, err = tcp.ExchangeContext(ctx, question, p.Resolver)
	}
	if err == nil {
		answer.Id = 0 // chance, and of no meaning
		q.Response, err = answer.Pack()
	}
	if err != nil {
		q.Failure, q.Error = failure(err), describe(err)
		return
	}
	if answer.Rcode != dns.RcodeSuccess && answer.Rcode != dns.RcodeNameError {
		q.Failure = "error"
		if answer.Rcode == dns.RcodeRefused {
			q.Failure = "refused"
		}
		q.Error = "the resolver answered " + dns.RcodeToString[answer.Rcode]
	}
}

func (p *prober) connect(ctx context.Context, c *connect) {
	c.At = p.Now().UTC()
	c.Attempts++
	c.Result, c.Error, c.MS = "ok", "", 0
	ctx, cancel := context.WithTimeout(ctx, connectTimeout)
	defer cancel()
	conn, err := p.Dial(ctx, "tcp", net.JoinHostPort(c.Address, strconv.Itoa(int(c.Port))))
	if err != nil {
		c.Result, c.Error = failure(err), describe(err)
		return
	}
	c.MS = float64(p.Now().Sub(c.At).Microseconds()) / 1000
	conn.Close()
}

// failure classes an error of a lookup or a connection.
func failure(err error) string {
	var timeout net.Error
	switch {
	case errors.Is(err, syscall.ECONNREFUSED), errors.Is(err, syscall.ECONNRESET):
		return "refused"
	case errors.Is(err, syscall.ENETUNREACH), errors.Is(err, syscall.EHOSTUNREACH), errors.Is(err, syscall.EADDRNOTAVAIL):
		return "unreachable"
	case errors.Is(err, os.ErrDeadlineExceeded), errors.Is(err, context.DeadlineExceeded), errors.As(err, &timeout) && timeout.Timeout():
		return "timeout"
	}
	return "error"
}

// describe is the error without the local port, which is chance.
func describe(err error) string {
	var op *net.OpError
	if errors.As(err, &op) && op.Err != nil {
		return op.Op + ": " + op.Err.Error()
	}
	return err.Error()
}
