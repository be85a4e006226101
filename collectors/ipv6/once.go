package ipv6

import (
	"context"
	"net/netip"

	"tidemark/datasets"
)

// Findings are the results of Once.
type Findings struct {
	Rows     []datasets.IPv6Probe // grouped by domain, without those of the controls
	Controls []datasets.IPv6Probe
	DNS64    []netip.Prefix // prefixes of the resolver's DNS64
	Baseline bool           // IPv6 works here: a control was reached over it or, without controls, any host
}

// Once probes a few domains now, at the rates of a run and with its opt-out list. Without controls the baseline is whether any
// of the domains was reached over IPv6.
func Once(ctx context.Context, settings Settings, agent string, domains []string, n Network) (*Findings, error) {
	out, err := readOptOut(settings.OptOut)
	if err != nil {
		return nil, err
	}
	p, err := newProber(settings, agent, out, n)
	if err != nil {
		return nil, err
	}
	defer p.close()
	p.header = header{Format: format, Resolver: n.Resolver, Started: n.Now().UTC()}
	if err := p.begin(ctx, settings.Controls); err != nil {
		return nil, err
	}
	s := &slice{}
	for _, name := range domains {
		d, err := domainOf(name)
		if err != nil {
			return nil, err
		}
		s.visits = append(s.visits, p.newVisit(listed{domain: d}))
	}
	for due := s.visits; s.passes < attempts && len(due) > 0; due = s.due() {
		if s.passes > 0 {
			if err := pause(ctx, n.Retry); err != nil {
				return nil, err
			}
		}
		if _, err := p.attempt(ctx, due, func(int) {}); err != nil {
			return nil, err
		}
		s.passes++
	}
	found := &Findings{DNS64: p.header.DNS64, Baseline: p.header.Baseline && len(settings.Controls) > 0}
	rows := newRows(p.header)
	for _, c := range p.header.Controls {
		found.Controls = append(found.Controls, rows.connect(rows.base, c))
	}
	for _, v := range s.visits {
		made, _ := rows.domain(&v.line) // a malformed message counts as a failed lookup
		found.Rows = append(found.Rows, made...)
	}
	for _, r := range found.Rows {
		found.Baseline = found.Baseline || r.Test != "lookup" && r.Family == 6 && (r.ConnectMS != nil || r.AnswerMS != nil)
	}
	for i := range found.Rows {
		found.Rows[i].BaselineOK = found.Baseline
	}
	return found, nil
}
