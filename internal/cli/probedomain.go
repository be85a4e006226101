package cli

import (
	"context"
	"fmt"
	"io"
	"net/netip"
	"os"
	"slices"
	"strings"
	"time"

	"tidemark/analysis/derive"
	"tidemark/collectors/ipv6"
	"tidemark/collectors/ipv6/readiness"
	"tidemark/collectors/ipv6/special"
	"tidemark/datasets"
)

type probeDomainVerb struct {
	Domain   []string `arg:"" help:"Domains, as example.net: their name servers, web servers (apex and www) and mail exchangers are tested."`
	Resolver string   `placeholder:"ADDR" help:"Address of a recursive resolver, with or without :port (default: the first in /etc/resolv.conf that answers)."`
	Control  []string `placeholder:"HOST:PORT" help:"Host known to work over both families, to check that IPv6 works here; may be repeated (default: the domains themselves)."`
	SMTP     bool     `name:"smtp" help:"Also connect to port 25 of the mail exchangers, read the greeting and send QUIT."`
	All      bool     `help:"Show every test, not only those that failed."`
	JSON     bool     `help:"As JSON."`
}

// probed is a domain's part of the report.
type probed struct {
	Domain   string             `json:"domain"`
	Class    string             `json:"class"`
	Way      readiness.Way      `json:"without_ipv4"`
	DNSSEC   string             `json:"dnssec"`
	Services []probedService    `json:"services"`
	Pages    []probedPage       `json:"pages"`
	Remedies []readiness.Remedy `json:"remedies"`
	Tests    []probedTest       `json:"tests"`
}

type probedService struct {
	Service     string `json:"service"`
	Class       string `json:"class"`
	Cause       string `json:"cause,omitempty"`
	Reason      string `json:"reason"`
	Resolvable  string `json:"resolvable,omitempty"`
	FailingStep string `json:"failing_step,omitempty"`
	FailingZone string `json:"failing_zone,omitempty"`
	Addresses6  uint32 `json:"ipv6_addresses"`
	Working6    uint32 `json:"ipv6_working"`
	Addresses4  uint32 `json:"ipv4_addresses"`
	Working4    uint32 `json:"ipv4_working"`
	Certificate bool   `json:"certificates_ok"`
}

// probedPage is a web host's page over both families.
type probedPage struct {
	URL          string      `json:"url"`
	Quality      string      `json:"quality"`
	Differs      string      `json:"differs,omitempty"`
	WithoutIPv4  string      `json:"without_ipv4,omitempty"`
	Hosts        *int64      `json:"page_hosts,omitempty"`
	HostsWorking *int64      `json:"page_hosts_ipv6,omitempty"`
	Failing      string      `json:"hosts_failing,omitempty"`
	IPv4         pageTimings `json:"ipv4"`
	IPv6         pageTimings `json:"ipv6"`
	Eyeballs     string      `json:"eyeballs,omitempty"`
	EyeballsV3   string      `json:"eyeballs_v3,omitempty"`
	HTTP3        string      `json:"http3"`
	Large        string      `json:"large_answer,omitempty"`
}

type pageTimings struct {
	Connect   *float64 `json:"connect_ms"`
	TLS       *float64 `json:"tls_ms"`
	FirstByte *float64 `json:"first_byte_ms"`
	Segment   *int64   `json:"max_segment"`
	Bytes     *int64   `json:"bytes"`
}

func pageOf(p datasets.DomainPage) probedPage {
	return probedPage{
		p.Service + "://" + p.Host + "/", p.Quality, p.Differs, p.WithoutIPv4, p.PageHosts, p.HostsWorking, p.Failing,
		pageTimings{p.Connect4, p.TLS4, p.FirstByte4, p.Segment4, p.Bytes4}, pageTimings{p.Connect6, p.TLS6, p.FirstByte6, p.Segment6, p.Bytes6},
		p.Eyeballs, p.EyeballsV3, p.HTTP3, p.Large,
	}
}

type probedTest struct {
	Test        string   `json:"test"`
	Kind        string   `json:"host_kind"`
	Host        string   `json:"host"`
	QType       string   `json:"qtype"`
	Target      string   `json:"target,omitempty"`
	Address     string   `json:"address,omitempty"`
	Service     string   `json:"service,omitempty"`
	Result      string   `json:"result"`
	RCode       string   `json:"rcode,omitempty"`
	ConnectMS   *float64 `json:"connect_ms,omitempty"`
	TLS         string   `json:"tls_version,omitempty"`
	Certificate string   `json:"certificate_error,omitempty"`
	Status      *int64   `json:"http_status,omitempty"`
	URL         string   `json:"http_url,omitempty"`
	Similarity  *float64 `json:"body_similarity,omitempty"`
	Banner      string   `json:"banner,omitempty"`
	Attempts    uint32   `json:"attempts"`
	Error       string   `json:"error,omitempty"`
}

// probeReport is all that is shown.
type probeReport struct {
	Resolver string         `json:"resolver"`
	Baseline bool           `json:"baseline_ok"`
	Assumed  bool           `json:"baseline_assumed"`
	DNS64    []netip.Prefix `json:"dns64"`
	Registry string         `json:"special_registry_date,omitempty"`
	Domains  []*probed      `json:"domains"`
}

// Run probes the domains and explains what it found.
func (v *probeDomainVerb) Run(ctx context.Context, env *environment) error {
	resolvers, err := resolverAddresses(v.Resolver)
	if err != nil {
		return usageError{err}
	}
	resolver := resolvers[0]
	if len(resolvers) > 1 {
		resolver = ipv6.FirstAnswering(ctx, resolvers)
	}
	network := ipv6.Real(resolver)
	network.Retry = 2 * time.Second // a person waits
	var origin func(netip.Addr) uint32
	if len(v.Domain) > 1 { // they may share a hoster; one alone is a few tests, which need not wait until a routing table is read
		if origin, err = env.Origins(env.Clock()); err != nil {
			env.log.Warn("no routing table can be read; the probe limits no AS", "error", err)
		}
	}
	found, err := ipv6.Once(ctx, ipv6.Settings{Controls: v.Control, SMTP: v.SMTP}, env.Fetch.UserAgent, v.Domain, origin, network)
	if err != nil {
		return err
	}
	judge, registry, err := derive.NewestJudge(env.Store())
	if err != nil {
		return err
	}
	if judge == nil { // no registry is at hand: the formats of the RFCs tell most of it
		judge = &readiness.Judge{HaveRegistry: true, Special: func(a netip.Addr) bool { return special.Class(a) != "" }}
	}
	report := &probeReport{Resolver: resolver, Baseline: found.Baseline, Assumed: found.Assumed, DNS64: append([]netip.Prefix{}, found.DNS64...), Registry: registry, Domains: []*probed{}}
	for rows := found.Rows; len(rows) > 0; {
		n := slices.IndexFunc(rows, func(r datasets.IPv6Probe) bool { return r.Domain != rows[0].Domain })
		if n < 0 {
			n = len(rows)
		}
		ways := slices.DeleteFunc(slices.Clone(found.Ways), func(d datasets.DomainDelegation) bool { return d.Domain != rows[0].Domain })
		report.Domains = append(report.Domains, probedOf(rows[:n], ways, judge))
		rows = rows[n:]
	}
	return env.show(v.JSON, report, func(w io.Writer) { report.write(w, v.All) })
}

func probedOf(rows []datasets.IPv6Probe, ways []datasets.DomainDelegation, judge *readiness.Judge) *probed {
	p := &probed{Domain: rows[0].Domain, Pages: []probedPage{}, Remedies: []readiness.Remedy{}}
	for _, r := range judge.Verdicts(rows, ways) {
		if r.Service == readiness.Domain {
			p.Class, p.Way, p.DNSSEC = string(r.Class), r.Way, r.DNSSEC
			continue
		}
		p.Services = append(p.Services, probedService{string(r.Service), string(r.Class), r.Cause, r.Reason, r.Way.Resolvable, r.Way.Step, r.Way.Zone, r.Addresses6, r.Working6, r.Addresses4, r.Working4, r.Certificates})
	}
	for _, page := range judge.Pages(rows) {
		p.Pages = append(p.Pages, pageOf(page))
	}
	p.Remedies = append(p.Remedies, judge.Remedies(rows, ways)...)
	for _, r := range rows {
		p.Tests = append(p.Tests, probedTest{
			r.Test, r.HostKind, r.Host, r.QType, r.Target, r.Address, r.Service, r.Result, r.RCode, r.ConnectMS, r.TLSVersion, r.CertificateError,
			r.HTTPStatus, r.HTTPURL, r.BodySimilarity, r.Banner, r.Attempts, r.Error,
		})
	}
	return p
}

// write writes the report for a person; with all, every test.
func (r *probeReport) write(w io.Writer, all bool) {
	if !r.Baseline {
		printf(w, "IPv6 does not work from here, so nothing is said about what the domains' IPv6 addresses do; `tidemark probe self` tells why.\n\n")
	}
	if r.Assumed {
		printf(w, "Nothing answered over IPv6, though this machine has an IPv6 address and a route. To be sure that the fault is not here, name a host that works: --control HOST:PORT.\n\n")
	}
	for _, p := range r.DNS64 {
		printf(w, "The resolver makes AAAA records of its own under %s (DNS64, RFC 6147). They say nothing of a domain and do not count.\n\n", p)
	}
	for i, d := range r.Domains {
		if i > 0 {
			printf(w, "\n")
		}
		d.write(w, all)
	}
}

func (d *probed) write(w io.Writer, all bool) {
	printf(w, "%s: %s\n\n", d.Domain, d.Class)
	for _, name := range []string{"dns", "mail", "web", "http", "https"} {
		for _, s := range d.Services {
			if s.Service == name {
				printf(w, "  %s\t%s\t%s\n", name, s.Class, s.Reason)
			}
		}
	}
	if d.Way.Resolvable != "" {
		printf(w, "\n  found by a resolver without IPv4: %s%s\n  DNSSEC: %s\n", d.Way.Resolvable, because(d.Way.Reason), d.DNSSEC)
	}
	for _, p := range d.Pages {
		p.write(w)
	}
	if len(d.Remedies) > 0 {
		printf(w, "\nWhat to do\n")
	}
	for _, m := range d.Remedies {
		printf(w, "  - %s: %s\n    %s\n", m.Where, m.Problem, m.Fix)
	}
	if all {
		printf(w, "\nTests\n")
		for _, t := range d.Tests {
			t.write(w)
		}
	}
}

// pageQualities are the words of domain_pages for a person.
var pageQualities = map[string]string{
	"alike": "as good over IPv6 as over IPv4", "slower": "slower over IPv6: a client that tries both families uses IPv4", "no-http3": "HTTP/3 over IPv4 only",
	"differs": "differs between the families", "large-lost": "large answers are lost over IPv6", "fails": "works over IPv4 only", "no-ipv6": "without IPv6",
	"ipv6-only": "over IPv6 only", "unknown": "not comparable",
}

// withoutIPv4 are the words for what a browser without IPv4 shows.
var withoutIPv4 = map[string]string{
	"whole": "complete", "part": "without what comes from hosts that have IPv4 only", "nothing": "nothing", "unknown": "unknown",
}

func (p *probedPage) write(w io.Writer) {
	printf(w, "\n  %s: %s", p.URL, pageQualities[p.Quality])
	if p.Quality == "differs" {
		printf(w, " (%s)", strings.ReplaceAll(p.Differs, ",", ", "))
	}
	printf(w, "\n")
	for _, f := range []struct {
		name string
		pageTimings
	}{{"IPv4", p.IPv4}, {"IPv6", p.IPv6}} {
		if f.Connect != nil {
			printf(w, "    %s\tconnection %s\tTLS %s\tfirst byte %s\n", f.name, inMS(f.Connect), inMS(f.TLS), inMS(f.FirstByte))
		}
	}
	if p.HTTP3 != "unknown" && p.HTTP3 != "not-offered" {
		printf(w, "    HTTP/3\t%s\n", map[string]string{"both": "over both families", "ipv4": "over IPv4 only", "ipv6": "over IPv6 only", "neither": "offered, but works over neither family"}[p.HTTP3])
	}
	if p.Hosts != nil && p.HostsWorking != nil {
		printf(w, "    loads from\t%d other hosts, of which %d work over IPv6\n", *p.Hosts, *p.HostsWorking)
	}
	if p.WithoutIPv4 != "" {
		printf(w, "    without IPv4\t%s\n", withoutIPv4[p.WithoutIPv4])
	}
}

// inMS writes a time; a dash where there is none.
func inMS(ms *float64) string {
	if ms == nil {
		return "–"
	}
	return fmt.Sprintf("%.0f ms", *ms)
}

// because returns a reason in parentheses; empty without one.
func because(reason string) string {
	if reason == "" {
		return ""
	}
	return " (" + reason + ")"
}

func (t *probedTest) write(w io.Writer) {
	var more []string
	for _, text := range []string{t.Target, t.RCode, t.TLS, t.Certificate, t.URL, t.Banner, t.Error} {
		if text != "" && text != "NOERROR" {
			more = append(more, text)
		}
	}
	if t.Status != nil {
		more = append(more, fmt.Sprintf("status %d", *t.Status))
	}
	if t.ConnectMS != nil {
		more = append(more, fmt.Sprintf("%.0f ms", *t.ConnectMS))
	}
	what := t.Service
	if t.Test == "lookup" {
		what = t.QType
	}
	printf(w, "  %s\t%s\t%s\t%s\t%s\n", t.Result, t.Host, what, t.Address, strings.Join(more, ", "))
}

// resolverConfig names this machine's resolvers.
const resolverConfig = "/etc/resolv.conf"

// resolverAddresses returns the named resolver, with port 53 unless another is given, or those of this machine.
func resolverAddresses(named string) ([]string, error) {
	names := []string{named}
	if named == "" {
		b, err := os.ReadFile(resolverConfig)
		if err != nil {
			return nil, fmt.Errorf("this machine names no resolver (%w); give one: --resolver ADDR", err)
		}
		names = nil
		for line := range strings.Lines(string(b)) {
			if words := strings.Fields(line); len(words) > 1 && words[0] == "nameserver" {
				names = append(names, words[1])
			}
		}
		if len(names) == 0 {
			return nil, fmt.Errorf("%s names no resolver; give one: --resolver ADDR", resolverConfig)
		}
	}
	for i, name := range names {
		if a, err := netip.ParseAddr(strings.Trim(name, "[]")); err == nil {
			names[i] = netip.AddrPortFrom(a, 53).String()
		} else if _, err := netip.ParseAddrPort(name); err != nil {
			return nil, fmt.Errorf("resolver %q is neither an address nor address:port", name)
		}
	}
	return names, nil
}
