package ipv6

import (
	"context"
	"fmt"
	"net/netip"
	"strings"
	"time"

	"github.com/miekg/dns"

	"tidemark/collectors"
	"tidemark/datasets"
	"tidemark/datasets/table"
)

// Decode turns a transcript into rows: one for each address that a lookup gave, or for the lookup that gave none, and
// one for each connection.
func (Collector) Decode(_ context.Context, raw collectors.Raw, into *table.Commit) error {
	in, err := raw.Open()
	if err != nil {
		return err
	}
	defer in.Close()
	var out *table.Writer[datasets.IPv6Probe]
	var base datasets.IPv6Probe
	err = readTranscript(in, func(h header) error {
		base = datasets.IPv6Probe{RunID: h.Run, ListID: h.List, Resolver: h.Resolver, BaselineOK: h.Baseline}
		if out, err = datasets.IPv6Probes.Create(into, raw.Key(h.Started.UTC().Truncate(24*time.Hour))); err != nil {
			return err
		}
		out.Unit = "test"
		return nil
	}, func(line int, d *domain) error {
		out.See(len(d.Lookups) + len(d.Connects))
		row := base
		row.Rank, row.Domain = d.Rank, d.Domain
		for i := range d.Lookups {
			rows, err := lookupRows(row, &d.Lookups[i])
			if err != nil {
				out.Reject("malformed DNS message", 1)
				into.Damage(fmt.Errorf("%s: line %d: %s %s: %w", raw.ID(), line, d.Lookups[i].Host, d.Lookups[i].QType, err))
				continue
			}
			out.Keep(1)
			if err := out.Append(rows...); err != nil {
				return err
			}
		}
		for _, c := range d.Connects {
			out.Keep(1)
			if err := out.Append(connectRow(row, c)); err != nil {
				return err
			}
		}
		return nil
	}, func(line int, err error) {
		into.Damage(fmt.Errorf("%s: line %d: %w", raw.ID(), line, err))
	})
	if err != nil {
		return fmt.Errorf("%s: %w", raw.ID(), err)
	}
	return nil
}

func lookupRows(row datasets.IPv6Probe, q *lookup) ([]datasets.IPv6Probe, error) {
	row.StartedAt, row.HostKind, row.Host, row.Test, row.QType, row.Attempts, row.Error = q.At, q.Kind, q.Host, "lookup", q.QType, q.Attempts, q.Error
	switch q.QType {
	case "A":
		row.Family = 4
	case "AAAA":
		row.Family = 6
	}
	if len(q.Response) == 0 {
		row.Result = q.Failure
		return []datasets.IPv6Probe{row}, nil
	}
	m := new(dns.Msg)
	if err := m.Unpack(q.Response); err != nil {
		return nil, err
	}
	row.RCode, row.AuthenticatedData = dns.RcodeToString[m.Rcode], m.AuthenticatedData
	var chain []string
	nullMX := false
	for _, rr := range m.Answer {
		if ttl := int64(rr.Header().Ttl); row.TTL == nil || ttl < *row.TTL {
			row.TTL = &ttl
		}
		switch rr := rr.(type) {
		case *dns.CNAME:
			chain = append(chain, strings.ToLower(strings.TrimSuffix(rr.Target, ".")))
		case *dns.MX:
			nullMX = rr.Mx == "."
		}
	}
	row.CNAMEChain = strings.Join(chain, " ")
	found := addresses(q)
	switch {
	case q.Failure != "":
		row.Result = q.Failure
	case m.Rcode == dns.RcodeNameError:
		row.Result = "nxdomain"
	case nullMX:
		row.Result = "null-mx"
	case len(found) > 0 || len(targets(q)) > 0:
		row.Result = "ok"
	default:
		row.Result = "no-data"
	}
	if len(found) == 0 {
		return []datasets.IPv6Probe{row}, nil
	}
	rows := make([]datasets.IPv6Probe, len(found))
	for i, address := range found {
		rows[i] = row
		rows[i].Address = address
	}
	return rows, nil
}

func connectRow(row datasets.IPv6Probe, c connect) datasets.IPv6Probe {
	row.StartedAt, row.HostKind, row.Host, row.Test, row.QType = c.At, c.Kind, c.Host, "connect", c.QType
	row.Address, row.Service, row.Port, row.Result, row.Attempts, row.Error = c.Address, c.Service, c.Port, c.Result, c.Attempts, c.Error
	row.Family = 4
	if a, err := netip.ParseAddr(c.Address); err == nil && a.Is6() {
		row.Family = 6
	}
	if c.Result == "ok" {
		row.ConnectMS = &c.MS
	}
	return row
}
