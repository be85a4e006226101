package derive

import (
	"cmp"
	"context"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"tidemark/collectors/ipv6/nat64"
	"tidemark/datasets"
	"tidemark/datasets/table"
	"tidemark/internal/netaddr"
)

// DomainAddresses makes domain_addresses: each address that a probe run found, joined with the special-purpose registries,
// the routing table and the AS names at the time of the run.
var DomainAddresses = Derivation{Of: datasets.DomainAddresses.Schema, Plan: planDomainAddresses}

// maxTableAge is how much older than the run the routing table may be.
const maxTableAge = 31 * 24 * time.Hour

// addressSources are what the addresses of a run are joined with.
type addressSources struct {
	run     *table.Manifest
	started time.Time
	special registries
	routes  *table.Manifest // nil if none is recent enough
	names   []*table.Manifest
}

func planDomainAddresses(store *table.Store) ([]Job, error) {
	runs, err := store.Manifests(datasets.IPv6Probes.Schema)
	if err != nil || len(runs) == 0 {
		return nil, err
	}
	special, err := specialRegistries(store)
	if err != nil {
		return nil, err
	}
	tables, err := store.Manifests(datasets.RouteStates.Schema)
	if err != nil {
		return nil, err
	}
	names, err := store.Manifests(datasets.ASNames.Schema)
	if err != nil {
		return nil, err
	}
	var jobs []Job
	for _, m := range runs {
		s := addressSources{run: m, started: m.Day(), names: asOf(names, m.Day())}
		if labels, ok, err := datasets.IPv6Probes.Labels(store, m); err != nil {
			return nil, err
		} else if ok {
			s.started = startOf(labels.RunID, m.Day())
		}
		if len(s.names) == 0 {
			s.names = firstAfter(names, m.Day()) // names change rarely, so a later one is better than none
		}
		for _, registry := range sortedKeys(special) {
			s.special.special = append(s.special.special, asOf(special[registry], m.Day())...)
		}
		if s.routes, err = tableBefore(tables, s.started); err != nil {
			return nil, err
		}
		key := table.Key{Day: m.Day(), Name: m.Name()}
		inputs := append([]table.Input{m.AsInput()}, s.special.inputs()...)
		if s.routes != nil {
			inputs = append(inputs, s.routes.AsInput())
		}
		for _, n := range s.names {
			inputs = append(inputs, n.AsInput())
		}
		jobs = append(jobs, Job{Key: key, Inputs: inputs, Run: func(ctx context.Context, into *table.Commit) error {
			return domainAddresses(ctx, store, &s, into, key)
		}})
	}
	return jobs, nil
}

// startOf returns the start of a run, with which its name ends; otherwise the day.
func startOf(run string, day time.Time) time.Time {
	if t, err := time.Parse("20060102T150405Z", run[strings.LastIndexByte(run, '/')+1:]); err == nil {
		return t
	}
	return day
}

// hourName is the layout of the names of route_states' partitions.
const hourName = "2006-01-02T15"

// hourOf returns the hour of a partition of route_states.
func hourOf(m *table.Manifest) (time.Time, error) {
	hour, err := time.Parse(hourName, m.Name())
	if err != nil {
		return hour, fmt.Errorf("partition %s of route_states is not named after an hour (want for example 2024-01-01T00): %w", m.File, err)
	}
	return hour, nil
}

// tableBefore returns the newest hour of route_states at or before a time, or nil if none is recent enough.
func tableBefore(tables []*table.Manifest, at time.Time) (nearest *table.Manifest, err error) {
	var best time.Time
	for _, m := range tables {
		hour, err := hourOf(m)
		if err != nil {
			return nil, err
		}
		if !hour.After(at) && at.Sub(hour) <= maxTableAge && (nearest == nil || hour.After(best)) {
			nearest, best = m, hour
		}
	}
	return nearest, nil
}

// atHost is an address of a host of a domain.
type atHost struct{ kind, host, address string }

func domainAddresses(ctx context.Context, store *table.Store, s *addressSources, into *table.Commit, key table.Key) error {
	special, err := readBogons(store, &s.special, s.run.Day())
	if err != nil {
		return err
	}
	out, err := datasets.DomainAddresses.Create(into, key)
	if err != nil {
		return err
	}
	out.Unit = "probe row"
	var rows []datasets.DomainAddress
	var domain []datasets.IPv6Probe
	flush := func() {
		if len(domain) > 0 {
			out.Keep(len(domain))
			rows = append(rows, addressesOf(domain, special)...)
		}
		domain = domain[:0]
	}
	for p, err := range datasets.IPv6Probes.Scan(store.Path(s.run)) {
		if err != nil {
			return err
		}
		out.See(1)
		if len(domain) > 0 && p.Domain != domain[0].Domain {
			flush()
		}
		domain = append(domain, p)
	}
	flush()
	if err := ctx.Err(); err != nil {
		return err
	}
	routes, err := readRoutesTo(store, s.routes, rows)
	if err != nil {
		return err
	}
	asNames := map[uint32]string{}
	for n, err := range datasets.ASNames.Scan(paths(store, s.names)...) {
		if err != nil {
			return err
		}
		asNames[n.ASN] = n.Name
	}
	for i := range rows {
		r := &rows[i]
		r.RunTime, r.SpecialDate, r.NamesDate = s.started, days(s.special.special), days(s.names)
		routes.fill(r)
		r.ASName = asNames[r.OriginASN]
	}
	return out.Append(rows...)
}

// addressesOf returns the addresses of a domain's hosts, ordered by kind of host, host and address.
func addressesOf(probes []datasets.IPv6Probe, special *bogons) (rows []datasets.DomainAddress) {
	at := map[atHost]int{}
	for _, p := range probes {
		if p.Test != "lookup" || p.Address == "" || p.QType != "A" && p.QType != "AAAA" || p.HostKind == "control" || p.HostKind == "subresource" {
			continue
		}
		a, err := netip.ParseAddr(p.Address)
		if err != nil {
			continue
		}
		k := atHost{p.HostKind, p.Host, p.Address}
		if _, known := at[k]; known {
			continue
		}
		at[k] = len(rows)
		row := datasets.DomainAddress{RunID: p.RunID, ListID: p.ListID, Rank: p.Rank, Stratum: p.Stratum, Domain: p.Domain, HostKind: p.HostKind, Host: p.Host,
			Family: netaddr.Family(a), Address: p.Address, Standing: "global"}
		switch {
		case p.ThroughDNS64:
			row.Standing = "dns64"
		case !special.have[row.Family]:
			row.Standing = "unknown"
		case special.isSpecial(a):
			row.Standing = "special"
		}
		if block, ok := special.special.Lookup(a); ok {
			row.SpecialBlock = fmt.Sprintf("%s %s %s", block.Prefix, strings.Trim(block.Name, `"`), block.Reference)
		}
		if e, ok := nat64.Find(a); ok {
			row.EmbeddedIPv4, row.EmbeddedForm = e.IPv4.String(), e.Form
		}
		rows = append(rows, row)
	}
	type offer struct{ kind, host, service string }
	works := map[offer]bool{}
	for _, p := range probes {
		if p.Test != "lookup" && p.Result == "ok" {
			works[offer{p.HostKind, p.Host, p.Service}] = true
		}
	}
	failing := map[int][]string{}
	for _, p := range probes {
		if p.Test != "connect" && p.Test != "authority" || p.Result == "skipped" || p.Service == "http3" || !works[offer{p.HostKind, p.Host, p.Service}] {
			continue
		}
		i, known := at[atHost{p.HostKind, p.Host, p.Address}]
		if !known {
			continue
		}
		rows[i].Tests++
		if p.Result != "ok" {
			failing[i] = append(failing[i], p.Service+"="+p.Result)
		}
	}
	for i, all := range failing {
		slices.Sort(all)
		rows[i].Failing = strings.Join(slices.Compact(all), ",")
	}
	slices.SortStableFunc(rows, func(a, b datasets.DomainAddress) int {
		return cmp.Or(cmp.Compare(a.HostKind, b.HostKind), cmp.Compare(a.Host, b.Host), cmp.Compare(a.Family, b.Family), compareAddresses(a.Address, b.Address))
	})
	return rows
}

func compareAddresses(a, b string) int {
	x, _ := netip.ParseAddr(a) // rows hold nothing else
	y, _ := netip.ParseAddr(b)
	return x.Compare(y)
}

// routesTo holds the longest routes of a table to each address. The table is streamed past the addresses instead of being
// held: it has a million routes, and a run some thousand addresses.
type routesTo struct {
	at        *time.Time
	addresses []netip.Addr // ascending, distinct
	longest   [][]datasets.RouteState
}

var routesToColumns = []string{"time", "family", "prefix", "prefix_length", "origin_asn", "origin_set", "left_out", "visibility", "verdict", "bogon_class", "rov_state"}

func readRoutesTo(store *table.Store, m *table.Manifest, rows []datasets.DomainAddress) (*routesTo, error) {
	t := &routesTo{}
	if m == nil {
		return t, nil
	}
	hour, err := hourOf(m)
	if err != nil {
		return nil, err
	}
	t.at = &hour
	for _, r := range rows {
		a, err := netip.ParseAddr(r.Address)
		if err != nil {
			return nil, err
		}
		t.addresses = append(t.addresses, a)
	}
	slices.SortFunc(t.addresses, netip.Addr.Compare)
	t.addresses = slices.Compact(t.addresses)
	t.longest = make([][]datasets.RouteState, len(t.addresses))
	for r, err := range datasets.RouteStates.ScanColumns(routesToColumns, store.Path(m)) {
		if err != nil {
			return nil, err
		}
		if r.LeftOut != "" {
			continue
		}
		p, err := netip.ParsePrefix(r.Prefix)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", m.File, err)
		}
		t.add(p, r)
	}
	return t, nil
}

// add adds a route to each address in it for which there is no longer one.
func (t *routesTo) add(p netip.Prefix, r datasets.RouteState) {
	i, _ := slices.BinarySearchFunc(t.addresses, p.Addr(), netip.Addr.Compare)
	for ; i < len(t.addresses) && p.Contains(t.addresses[i]); i++ {
		switch held := t.longest[i]; {
		case len(held) == 0 || held[0].PrefixLength < r.PrefixLength:
			t.longest[i] = []datasets.RouteState{r}
		case held[0].PrefixLength == r.PrefixLength:
			t.longest[i] = append(held, r)
		}
	}
}

// fill sets the columns of a row that the table decides.
func (t *routesTo) fill(row *datasets.DomainAddress) {
	if row.RouteTime = t.at; t.at == nil {
		row.Routed = "unknown"
		return
	}
	a, _ := netip.ParseAddr(row.Address) // parsed before
	i, found := slices.BinarySearchFunc(t.addresses, a, netip.Addr.Compare)
	if !found || len(t.longest[i]) == 0 {
		row.Routed = "no"
		return
	}
	row.Routed = "yes"
	best := t.longest[i][0]
	var origins []string
	for _, r := range t.longest[i] {
		text := r.OriginSet
		if text == "" {
			text = fmt.Sprint(r.OriginASN)
		}
		origins = append(origins, text)
		if c := cmp.Or(compareShares(r.Visibility, best.Visibility), cmp.Compare(best.OriginASN, r.OriginASN)); c > 0 {
			best = r
		}
	}
	slices.SortFunc(origins, func(a, b string) int { return cmp.Or(cmp.Compare(len(a), len(b)), cmp.Compare(a, b)) })
	row.Prefix, row.OriginASN, row.Origins = best.Prefix, best.OriginASN, strings.Join(origins, ",")
	row.Visibility, row.Verdict, row.BogonClass, row.ROVState = best.Visibility, best.Verdict, best.BogonClass, best.ROVState
}

// compareShares compares shares; an unknown one is less than any other.
func compareShares(a, b *float64) int {
	switch {
	case a != nil && b != nil:
		return cmp.Compare(*a, *b)
	case a != nil:
		return 1
	case b != nil:
		return -1
	}
	return 0
}
