package ipv6

import (
	"cmp"
	"context"
	"fmt"
	"net/netip"
	"strings"
	"time"

	"tidemark/collectors/archive"
	"tidemark/collectors/ipv6/delegation"
	"tidemark/collectors/ipv6/special"
	"tidemark/datasets"
	"tidemark/datasets/table"
	"tidemark/internal/netaddr"
)

// Decode turns a transcript into rows: one for each record of a lookup, or for the lookup if it has none, one for each
// address of a name server, and one for each connection; and one row for the run. A run is named after the vantage under which its file
// is archived, so that those of another installation are distinguished from one's own.
func (Probes) Decode(_ context.Context, raw archive.Raw, into *table.Commit) error {
	in, err := raw.Open()
	if err != nil {
		return err
	}
	defer in.Close()
	var out *table.Writer[datasets.IPv6Probe]
	var followed *table.Writer[datasets.DomainDelegation]
	var runs *table.Writer[datasets.IPv6Run]
	var rows rowMaker
	var run runRow
	stopped, err := readTranscript(in, func(h header) error {
		h.Run = runName(raw.Collector, h)
		rows, run = newRows(h), newRun(h)
		if out, err = datasets.IPv6Probes.Create(into, raw.Key(h.Started.UTC().Truncate(24*time.Hour))); err != nil {
			return err
		}
		if followed, err = datasets.DomainDelegations.Create(into, raw.Key(h.Started.UTC().Truncate(24*time.Hour))); err != nil {
			return err
		}
		if runs, err = datasets.IPv6Runs.Create(into, raw.Key(h.Started.UTC().Truncate(24*time.Hour))); err != nil {
			return err
		}
		out.Unit, followed.Unit, runs.Unit = "test", "name", "run"
		out.See(len(h.Controls))
		out.Keep(len(h.Controls))
		for _, c := range h.Controls {
			if err := out.Append(rows.connect(rows.base, c)); err != nil {
				return err
			}
		}
		return nil
	}, nil, func(line int, d *domain) error {
		run.add(d)
		out.See(d.tests())
		made, bad := rows.domain(d)
		for _, err := range bad {
			out.Reject("malformed DNS message", 1)
			into.Damage(fmt.Errorf("%s: line %d: %w", raw.ID(), line, err))
		}
		out.Keep(d.tests() - len(bad))
		followed.See(len(d.Ways))
		followed.Keep(len(d.Ways))
		for _, w := range d.Ways {
			if err := followed.Append(rows.way(d, w)...); err != nil {
				return err
			}
		}
		return out.Append(made...)
	}, func(line int, err error) {
		into.Damage(fmt.Errorf("%s: line %d: %w", raw.ID(), line, err))
	})
	if err == nil {
		run.row.Stopped = stopped
		runs.See(1)
		runs.Keep(1)
		err = runs.Append(run.row)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", raw.ID(), err)
	}
	return nil
}

// tests returns the number of tests in a domain's line; a domain that was skipped counts as one.
func (d *domain) tests() int {
	if d.Skipped != "" {
		return 1
	}
	n := len(d.Lookups) + len(d.Authority) + len(d.Connects)
	if d.Front != nil {
		for _, s := range d.Front.Tested {
			n += len(s.Lookups) + len(s.Connects)
		}
	}
	return n
}

// rowMaker makes the rows of a run.
type rowMaker struct {
	base  datasets.IPv6Probe
	dns64 []netip.Prefix
	pages bool // what pages load from, and HTTP/3, were tested
}

func newRows(h header) rowMaker {
	r := rowMaker{dns64: h.DNS64, pages: h.Pages, base: datasets.IPv6Probe{
		RunID: h.Run, VantageASN: h.VantageASN, ListID: h.List.ID, SampleSeed: h.Sample.Seed, Resolver: h.Resolver, BaselineOK: h.Baseline,
	}}
	if day, err := time.Parse(time.DateOnly, h.List.Date); err == nil {
		r.base.ListDate = &day
	}
	return r
}

// domain returns the rows of a domain, and an error for each message that cannot be read.
func (r rowMaker) domain(d *domain) (rows []datasets.IPv6Probe, bad []error) {
	base := r.base
	base.Rank, base.Stratum, base.Panel, base.Refreshed, base.Domain, base.BaselineOK = d.Rank, stratum(d.Rank), d.Panel, d.Refreshed, d.Domain, d.Baseline
	if d.Skipped != "" {
		base.HostKind, base.Host, base.Test, base.Result, base.Error = "apex", d.Domain, "lookup", "skipped", d.Skipped
		return []datasets.IPv6Probe{base}, nil
	}
	v4 := map[string]*answer{} // of hosts
	for _, q := range d.Lookups {
		if len(q.Response) == 0 {
			continue
		}
		var err error
		if q.read, err = readAnswer(q.Host, q.QType, q.Response); err != nil {
			bad = append(bad, fmt.Errorf("%s %s: %w", q.Host, q.QType, err))
			continue
		}
		if q.QType == "A" {
			v4[q.Host] = q.read
		}
	}
	made := map[string]bool{} // AAAA records synthesized by the resolver, by host
	for _, q := range d.Lookups {
		if len(q.Response) > 0 && q.read == nil {
			continue
		}
		found := r.lookup(base, q, v4[q.Host])
		for _, row := range found {
			if row.ThroughDNS64 {
				made[row.Host+" "+row.Address] = true
			}
		}
		rows = append(rows, found...)
	}
	for _, q := range d.Authority {
		row := r.authority(base, q)
		row.ThroughDNS64 = made[row.Host+" "+row.Address]
		rows = append(rows, row)
	}
	for _, c := range d.Connects {
		row := r.connect(base, c)
		row.ThroughDNS64 = made[row.Host+" "+row.Address]
		if r.pages && c.HTTP != nil && c.Service == "https" {
			row.HTTP3Offered = map[bool]string{true: "yes", false: "no"}[d.offersHTTP3(c.Host)]
		}
		if f := d.Front; f != nil && c.QType == "AAAA" && c.Service == f.Service && c.Host == f.Host {
			n := int64(f.Hosts)
			row.PageHosts = &n
		}
		rows = append(rows, row)
	}
	if d.Front != nil {
		for _, s := range d.Front.Tested {
			found, wrong := r.subresource(base, s)
			rows, bad = append(rows, found...), append(bad, wrong...)
		}
	}
	return rows, bad
}

// subresource returns the rows of a host from which the front page loads something.
func (r rowMaker) subresource(base datasets.IPv6Probe, s *subresource) (rows []datasets.IPv6Probe, bad []error) {
	for _, q := range s.Lookups {
		if len(q.Response) > 0 {
			var err error
			if q.read, err = readAnswer(q.Host, q.QType, q.Response); err != nil {
				bad = append(bad, fmt.Errorf("%s %s: %w", q.Host, q.QType, err))
				continue
			}
		}
		rows = append(rows, r.lookup(base, q, nil)...)
	}
	for _, c := range s.Connects {
		rows = append(rows, r.connect(base, c))
	}
	return rows, bad
}

// way returns the rows of a name that was followed: one for each address of a zone's name servers, at least one.
func (r rowMaker) way(d *domain, w *way) (rows []datasets.DomainDelegation) {
	zones := make([]string, len(w.Zones))
	for i, z := range w.Zones {
		zones[i] = named(z)
	}
	row := datasets.DomainDelegation{
		RunID: r.base.RunID, StartedAt: w.At, ListID: r.base.ListID, Domain: d.Domain, Kind: w.Kind, Host: w.Host, Zones: strings.Join(zones, " "),
		Resolvable: string(cmp.Or(w.Verdict, delegation.Unknown)), Step: w.Step, Reason: w.Path.Error, Attempts: w.Attempts,
	}
	if w.Zone != "" {
		row.Zone = named(w.Zone)
	}
	for _, s := range w.Servers {
		one := row
		one.NameServer, one.Glue, one.Result, one.TCPResult, one.Error = bare(s.Host), s.Glue, s.Result, s.TCP, s.Error
		if s.Address.IsValid() {
			one.Address = s.Address.String()
		}
		rows = append(rows, one)
	}
	if len(rows) == 0 {
		rows = append(rows, row)
	}
	return rows
}

// named returns the name of a zone as the datasets write it: the root is a dot.
func named(zone string) string { return cmp.Or(bare(zone), ".") }

// setAddress fills in an address and what follows from its format.
func setAddress(row *datasets.IPv6Probe, a netip.Addr) {
	if !a.IsValid() {
		return
	}
	row.Address, row.Family, row.SpecialClass, row.EmbeddedIPv4 = a.String(), netaddr.Family(a), special.Class(a), embeddedIPv4(a)
}

// lookup returns the rows of a question to the resolver.
func (r rowMaker) lookup(row datasets.IPv6Probe, q *lookup, v4 *answer) (rows []datasets.IPv6Probe) {
	row.StartedAt, row.HostKind, row.Host, row.Test, row.QType, row.Attempts, row.Error = q.At, q.Kind, q.Host, "lookup", q.QType, q.Attempts, q.Error
	row.Result = q.Failure
	switch q.QType {
	case "A":
		row.Family = 4
	case "AAAA":
		row.Family = 6
	}
	a := q.read
	if a == nil {
		return []datasets.IPv6Probe{row}
	}
	ms := q.MS
	row.RCode, row.Authoritative, row.AuthenticatedData, row.OverTCP, row.AnswerMS, row.TTL = a.rcode, a.aa, a.ad, q.TCP, &ms, a.ttl
	row.CNAMEChain = strings.Join(a.chain, " ")
	if row.Result == "" {
		row.Result = a.result()
	}
	add := func(target string, address netip.Addr) {
		one := row
		one.Target = target
		setAddress(&one, address)
		one.ThroughDNS64 = q.QType == "AAAA" && throughDNS64(address, r.dns64, v4)
		rows = append(rows, one)
	}
	if row.Result == "ok" {
		for _, address := range a.addresses {
			add("", address)
		}
		for _, target := range a.targets {
			add(target, netip.Addr{})
		}
		for _, b := range a.bindings {
			for _, hint := range b.hints {
				add(b.target, hint)
			}
			if len(b.hints) == 0 {
				add(b.target, netip.Addr{})
			}
		}
	}
	if len(rows) == 0 {
		rows = append(rows, row)
	}
	return rows
}

// authority returns the row of a question to a name server.
func (r rowMaker) authority(row datasets.IPv6Probe, q *authority) datasets.IPv6Probe {
	row.StartedAt, row.HostKind, row.Host, row.Test, row.QType = q.At, "ns", q.Host, "authority", "SOA"
	row.Service, row.Port, row.Attempts, row.OverTCP = "dns", 53, q.Attempts, q.TCP
	row.Result, row.Error = q.Failure, q.Error
	setAddress(&row, q.Address)
	zone := cmp.Or(q.Zone, row.Domain)
	if a, err := readAnswer(zone, "SOA", q.Response); err == nil {
		ms := q.MS
		row.RCode, row.Authoritative, row.AuthenticatedData, row.AnswerMS, row.TTL = a.rcode, a.aa, a.ad, &ms, a.ttl
	}
	if len(q.Response) > 0 {
		row.Result, row.Error = judgeAuthority(zone, q.Response)
	}
	if row.Result == "" {
		row.Result = "ok"
	}
	return row
}

// connect returns the row of a connection.
func (r rowMaker) connect(row datasets.IPv6Probe, c *connect) datasets.IPv6Probe {
	row.StartedAt, row.HostKind, row.Host, row.Test, row.QType = c.At, c.Kind, c.Host, "connect", c.QType
	row.Service, row.Port, row.Attempts, row.Error, row.Banner = c.Service, uint32(c.Port), c.Attempts, c.Error, c.Banner
	row.Family = map[string]uint32{"A": 4, "AAAA": 6}[c.QType]
	setAddress(&row, c.Address)
	if row.Result = c.Failure; row.Result == "" {
		row.Result = "ok"
	}
	if c.Connected {
		ms := c.MS
		row.ConnectMS, row.FirstByteMS = &ms, c.FirstMS
	}
	if c.Segment > 0 {
		size := int64(c.Segment)
		row.Segment = &size
	}
	if t := c.TLS; t != nil {
		expires := t.Expires.UTC()
		row.TLSMS = t.MS
		row.TLSOK, row.TLSVersion, row.CertificateError, row.CertificateExpires = t.Certificate == "", t.Version, t.Certificate, &expires
	}
	if p := c.HTTP; p != nil {
		status, size := int64(p.Status), int64(p.Bytes)
		row.HTTPStatus, row.HTTPURL, row.Redirects, row.HTTPBytes, row.BodySimilarity = &status, p.URL, uint32(len(p.Hops)), &size, p.Similarity
		row.BodySteady, row.HTTPStalled, row.Target = p.Steady, p.Stalled, p.away(row.Domain)
	}
	return row
}
