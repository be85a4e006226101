package ipv6

import (
	"context"
	"net/netip"
	"slices"
	"time"

	"github.com/miekg/dns"
	"golang.org/x/sync/errgroup"

	"tidemark/collectors/ipv6/resolver"
	"tidemark/collectors/ipv6/special"
	"tidemark/datasets"
)

// Findings are the results of Once.
type Findings struct {
	Rows     []datasets.IPv6Probe        // grouped by domain, without those of the controls
	Ways     []datasets.DomainDelegation // grouped by domain
	Controls []datasets.IPv6Probe
	DNS64    []netip.Prefix // prefixes of the resolver's DNS64
	Baseline bool           // IPv6 works here: a control was reached over it or, without controls, any host, or there is a route
	Assumed  bool           // the baseline rests on a route alone: nothing answered over IPv6
}

// Once probes a few domains now, at the rates of a run and with its opt-out list. Without controls the baseline is whether any
// of the domains was reached over IPv6; if none was, it is whether the system has a global address and a route. origin returns the AS
// that originates the route to an address, whose rate is limited then; nil: that of no AS is.
func Once(ctx context.Context, settings Settings, agent string, domains []string, origin func(netip.Addr) uint32, n Network) (*Findings, error) {
	out, err := readOptOut(settings.OptOut)
	if err != nil {
		return nil, err
	}
	p, err := newProber(settings, agent, out, n)
	if err != nil {
		return nil, err
	}
	defer p.close()
	if origin != nil {
		p.manners.origin = origin
	}
	p.header = header{Format: format, Resolver: n.Resolver, Started: n.Now().UTC(), Pages: true}
	if err := p.begin(ctx, settings.Controls); err != nil {
		return nil, err
	}
	var visits []*visit
	for _, name := range domains {
		d, err := domainOf(name)
		if err != nil {
			return nil, err
		}
		if !slices.ContainsFunc(visits, func(v *visit) bool { return v.line.Domain == d }) {
			visits = append(visits, p.newVisit(listed{domain: d}))
		}
	}
	if err := p.passes(ctx, visits); err != nil {
		return nil, err
	}
	found := &Findings{DNS64: p.header.DNS64, Baseline: p.header.Baseline && len(settings.Controls) > 0}
	rows := newRows(p.header)
	for _, c := range p.header.Controls {
		found.Controls = append(found.Controls, rows.connect(rows.base, c))
	}
	for _, v := range visits {
		made, _ := rows.domain(&v.line) // a malformed message counts as a failed lookup
		found.Rows = append(found.Rows, made...)
		for _, w := range v.line.Ways {
			found.Ways = append(found.Ways, rows.way(&v.line, w)...)
		}
	}
	for _, r := range found.Rows {
		found.Baseline = found.Baseline || r.Test != "lookup" && r.Family == 6 && (r.ConnectMS != nil || r.AnswerMS != nil)
	}
	if !found.Baseline && len(settings.Controls) == 0 {
		found.Baseline = routed(ctx, n)
		found.Assumed = found.Baseline
	}
	for i := range found.Rows {
		found.Rows[i].BaselineOK = found.Baseline
	}
	return found, nil
}

// routed reports whether the system would send packets to the Internet over IPv6, from a global address. Connecting a UDP
// socket sends nothing.
func routed(ctx context.Context, n Network) bool {
	const rootServer = "[2001:503:ba3e::2:30]:53"
	c, err := n.Dial(ctx, "udp", rootServer)
	if err != nil {
		return false
	}
	defer c.Close()
	from, err := netip.ParseAddrPort(c.LocalAddr().String())
	return err == nil && from.Addr().Is6() && special.Class(from.Addr()) == ""
}

// FirstAnswering returns the first of some resolvers that answers, or the first if none does.
func FirstAnswering(ctx context.Context, resolvers []string) string {
	for _, one := range resolvers {
		client, err := resolver.New(one, resolver.Options{Timeout: 2 * time.Second, Attempts: 2})
		if err != nil {
			continue
		}
		_, err = client.Lookup(ctx, ".", dns.TypeNS)
		client.Close()
		if err == nil {
			return one
		}
	}
	return resolvers[0]
}

// passes visits domains concurrently until no test is to be repeated.
func (p *prober) passes(ctx context.Context, visits []*visit) error {
	for pass := range attempts {
		due := slices.DeleteFunc(slices.Clone(visits), func(v *visit) bool { return !v.due })
		if pass > 0 && len(due) > 0 {
			if err := pause(ctx, p.Retry); err != nil {
				return err
			}
		}
		group, groupCtx := errgroup.WithContext(ctx)
		group.SetLimit(minWorkers)
		for _, v := range due {
			group.Go(func() error { return p.visit(groupCtx, v) })
		}
		if err := group.Wait(); err != nil {
			return err
		}
	}
	return nil
}
