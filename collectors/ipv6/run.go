package ipv6

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"sync/atomic"
	"time"

	"tidemark/collectors"
	"tidemark/collectors/ipv6/delegation"
	"tidemark/collectors/ipv6/nat64"
	"tidemark/collectors/ipv6/resolver"
)

const (
	attempts = 3  // of a failing test
	webSlots = 64 // bodies that are read at a time
)

// prober runs one probe.
type prober struct {
	Network
	dns     *resolver.Client
	checks  *resolver.Client // for what does not queue behind the tests
	manners *manners
	smtp    bool // port 25 was opted in
	agent   string
	header  header
	log     *slog.Logger
	slots   chan struct{}
	round   atomic.Int64 // of checks that network and resolver work; a test records that in which it began
	idle    idle
	walker  *delegation.Walker
	shared  shared
	asked   atomic.Int64 // questions of the walker to name servers
}

// newProber returns a prober. The caller closes it.
func newProber(settings Settings, agent string, out optOut, n Network) (*prober, error) {
	options := resolver.Options{Timeout: n.Timeout, Attempts: 4, Now: n.Now, Dial: n.Dial}
	client, err := resolver.New(n.Resolver, options)
	if err != nil {
		return nil, err
	}
	options.Sockets = 1
	checks, err := resolver.New(n.Resolver, options)
	if err != nil {
		return nil, err
	}
	if len(settings.roots) > 0 {
		n.RootServers = settings.roots
	}
	p := &prober{
		Network: n, dns: client, checks: checks, manners: newManners(settings, out), smtp: settings.SMTP, agent: cmp.Or(agent, "tidemark"), slots: make(chan struct{}, webSlots),
		shared: newShared(), log: slog.New(slog.DiscardHandler),
	}
	p.walker = p.newWalker(n.RootServers)
	return p, nil
}

func (p *prober) close() {
	p.dns.Close()
	p.checks.Close()
}

// record completes a journal: it begins an empty one and continues any other.
func record(ctx context.Context, from collectors.Source, day time.Time, j *journal, n Network) error {
	settings := settingsOf(from)
	out, err := readOptOut(settings.OptOut)
	if err != nil {
		return err
	}
	p, err := newProber(settings, from.Runtime.UserAgent, out, n)
	if err != nil {
		return err
	}
	defer p.close()
	if from.Runtime.Log != nil {
		p.log = from.Runtime.Log
	}
	if from.Runtime.Origins != nil {
		origin, err := from.Runtime.Origins(day)
		if err != nil {
			p.log.Warn("no routing table can be read; the probe limits no AS", "source", from.Name, "error", err)
		}
		if origin != nil {
			p.manners.origin = origin
		}
	}
	if p.manners.stopped() {
		return fmt.Errorf("the stop file %s exists; remove it to probe again", p.manners.stopFile)
	}
	l, err := openList(settings)
	if err != nil {
		return err
	}
	defer l.close()
	if l.id.Rejected > 0 {
		p.log.Warn("lines of the list are not domains", "source", from.Name, "list", settings.Domains, "lines", l.id.Rejected, "first", l.id.Bad[0])
	}
	h := p.newHeader(from.Name, settings, day, l.id)
	if begun := j.header; begun.Format == format {
		if begun.List.SHA256 != h.List.SHA256 || begun.Sample != h.Sample || begun.Order != h.Order || begun.List.Domains != h.List.Domains {
			p.log.Warn("the list or its sample has changed since the run began; the run ends here", "source", from.Name, "domains", j.domains)
			return j.end("the list or its sample has changed since the run began")
		}
		h = begun
		p.log.Info("continuing a probe run", "source", from.Name, "run", h.Run, "domains", j.domains)
	}
	if err := h.Sample.reduce(l); err != nil {
		return err
	}
	l.shuffle(h.Order)
	p.header = h
	if err := p.begin(ctx, settings.Controls); err != nil {
		return err
	}
	if !p.header.Baseline {
		p.log.Warn("IPv6 does not work here; the run gives no IPv6 verdict", "source", from.Name, "controls", settings.Controls)
	}
	if j.header.Format != format {
		if err := j.begin(p.header); err != nil {
			return err
		}
	}
	return p.all(ctx, l, j, from.Runtime.Progress)
}

// newHeader returns the header of a run that begins now.
func (p *prober) newHeader(source string, settings Settings, day time.Time, list listID) header {
	started := p.Now().UTC()
	h := header{
		Format: format, Run: source + "/" + started.Format("20060102T150405Z"), VantageASN: settings.VantageASN, List: list,
		Resolver: settings.Resolver, Agent: p.agent, SMTP: p.smtp, Started: started, Pages: true,
		Order:  uint64(seedOf("order", source, day.Format(time.DateOnly))),
		Sample: draw{Panel: settings.Panel, Fresh: settings.Sample, PanelSeed: settings.Seed},
	}
	if h.Sample.Fresh > 0 {
		h.Sample.Seed = seedOf("sample", fmt.Sprint(settings.Seed), day.Format(time.DateOnly))
	}
	return h
}

// errGone is returned when the network or the resolver does not answer.
var errGone = errors.New("gone")

// begin checks that the resolver and the network work, connects to the controls, and finds the prefixes of the resolver's DNS64.
func (p *prober) begin(ctx context.Context, hosts []string) error {
	made, err := parseControls(hosts)
	if err != nil {
		return err
	}
	p.header.Controls = made
	if err := p.connectControls(ctx, p.header.Controls); err != nil {
		return err
	}
	p.header.Baseline = p.header.Controls.reached(6)
	p.header.DNS64, err = p.findDNS64(ctx)
	if err != nil {
		return fmt.Errorf("the resolver %s does not answer: %w", p.Resolver, err)
	}
	if len(hosts) > 0 && !p.header.Controls.reached(6) && !p.header.Controls.reached(4) {
		return fmt.Errorf("no control host can be reached over IPv4 or IPv6 (%s): there is no network here, or they are down", p.header.Controls[0].Error)
	}
	return nil
}

// controls are the hosts of the baseline, a test for each family, as one round found them.
type controls []*connect

// missing returns an error naming what worked when the run began and no longer does, or nil.
func (p *prober) missing(ctx context.Context) error {
	if len(p.header.Controls) == 0 {
		if _, err := p.findDNS64(ctx); err != nil {
			return fmt.Errorf("%w: the resolver %s does not answer: %v", errGone, p.Resolver, err)
		}
		return nil
	}
	before := [2]bool{p.header.Controls.reached(4), p.header.Controls.reached(6)}
	var now controls
	for _, c := range p.header.Controls {
		now = append(now, &connect{Kind: c.Kind, Host: c.Host, QType: c.QType, Service: c.Service, Port: c.Port})
	}
	if err := p.connectControls(ctx, now); err != nil {
		return err
	}
	for i, family := range []int{4, 6} {
		if before[i] && !now.reached(family) {
			return fmt.Errorf("%w: no control host can be reached over IPv%d any more (%s)", errGone, family, now.whyNot(family))
		}
	}
	return nil
}

// reached reports whether a control was reached over a family. It is true if there are no controls.
func (cs controls) reached(family int) bool {
	for _, c := range cs {
		if c.QType == qtypes[family] && c.Failure == "" {
			return true
		}
	}
	return len(cs) == 0
}

func (cs controls) whyNot(family int) string {
	for _, c := range cs {
		if c.QType == qtypes[family] && c.Error != "" {
			return c.Error
		}
	}
	return "no control has an address"
}

// qtypes are the address records of the families.
var qtypes = map[int]string{4: "A", 6: "AAAA"}

// ipv4Only is the name of RFC 7050, which has only A records.
const ipv4Only = "ipv4only.arpa"

// findDNS64 returns the prefixes of the resolver's DNS64. It fails only if the resolver does not answer.
func (p *prober) findDNS64(ctx context.Context) ([]netip.Prefix, error) {
	q := &lookup{Kind: "control", Host: ipv4Only, QType: "AAAA"}
	if err := p.ask(ctx, p.checks, q); err != nil {
		return nil, err
	}
	if q.read == nil {
		return nil, errors.New(q.Error)
	}
	return nat64.Discover(q.read.addresses), nil
}
