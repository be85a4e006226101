package cli

import (
	"bufio"
	"fmt"
	"io"
	"net/netip"
	"os"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"tidemark/analysis/derive"
	"tidemark/collectors"
	"tidemark/collectors/ipv6"
	"tidemark/collectors/ipv6/readiness"
	"tidemark/datasets"
)

type probeDomainVerb struct {
	Domain   []string `arg:"" help:"Domains, as example.net: their name servers, web servers (apex and www) and mail exchangers are tested."`
	Resolver string   `placeholder:"ADDR" help:"Recursive resolver, address with or without :port (default: the first of this machine, from /etc/resolv.conf)."`
	Control  []string `placeholder:"HOST:PORT" help:"Hosts that work over both families, by which IPv6 here is judged; may be repeated (default: what the domains themselves show)."`
	SMTP     bool     `name:"smtp" help:"Connect to port 25 of the mail exchangers too, read the greeting and say QUIT."`
	All      bool     `help:"Show every test, not only those that failed."`
	JSON     bool     `help:"As JSON."`
}

// Help shows examples.
func (probeDomainVerb) Help() string {
	return "Packets go to the resolver, to the domain's name servers and to the addresses of its hosts, and to nobody else. Nothing is kept.\n\n" +
		examples("tidemark probe example.net", "tidemark probe --smtp --all example.net example.org",
			"tidemark probe --resolver 127.0.0.1 --control www.example.com:443 --json example.net")
}

// probed is a domain's part of the report.
type probed struct {
	Domain   string             `json:"domain"`
	Class    string             `json:"class"`
	Services []probedService    `json:"services"`
	Remedies []readiness.Remedy `json:"remedies"`
	Tests    []probedTest       `json:"tests"`
}

type probedService struct {
	Service     string `json:"service"`
	Class       string `json:"class"`
	Cause       string `json:"cause,omitempty"`
	Reason      string `json:"reason"`
	Addresses6  uint32 `json:"ipv6_addresses"`
	Working6    uint32 `json:"ipv6_working"`
	Addresses4  uint32 `json:"ipv4_addresses"`
	Working4    uint32 `json:"ipv4_working"`
	Certificate bool   `json:"certificates_ok"`
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
	DNS64    []netip.Prefix `json:"dns64"`
	Registry string         `json:"special_registry_date,omitempty"`
	Domains  []*probed      `json:"domains"`
}

// Run probes the domains and explains what it found.
func (v *probeDomainVerb) Run(env *environment) error {
	resolver, err := resolverAddress(v.Resolver)
	if err != nil {
		return usageError{err}
	}
	network := ipv6.Real(resolver)
	network.Retry = 2 * time.Second // a person waits
	found, err := ipv6.Once(env.ctx, collectors.Probe{Controls: v.Control, Mail: v.SMTP, Agent: env.userAgent()}, v.Domain, network)
	if err != nil {
		return err
	}
	judge, registry, err := derive.NewestJudge(env.store)
	if err != nil {
		return err
	}
	if judge == nil { // no registry is at hand: the formats of the RFCs tell most of it
		judge = &readiness.Judge{HaveRegistry: true, Special: func(a netip.Addr) bool { return ipv6.SpecialClass(a) != "" }}
	}
	report := &probeReport{Resolver: resolver, Baseline: found.Baseline, DNS64: append([]netip.Prefix{}, found.DNS64...), Registry: registry, Domains: []*probed{}}
	for rows := found.Rows; len(rows) > 0; {
		n := slices.IndexFunc(rows, func(r datasets.IPv6Probe) bool { return r.Domain != rows[0].Domain })
		if n < 0 {
			n = len(rows)
		}
		report.Domains = append(report.Domains, probedOf(rows[:n], judge))
		rows = rows[n:]
	}
	if v.JSON {
		return writeJSON(env.stdout, report)
	}
	_, err = io.WriteString(env.stdout, report.text(v.All))
	return err
}

func probedOf(rows []datasets.IPv6Probe, judge *readiness.Judge) *probed {
	p := &probed{Domain: rows[0].Domain, Remedies: []readiness.Remedy{}}
	for _, r := range judge.Verdicts(rows) {
		if r.Service == readiness.Domain {
			p.Class = string(r.Class)
			continue
		}
		p.Services = append(p.Services, probedService{string(r.Service), string(r.Class), r.Cause, r.Reason, r.Addresses6, r.Working6, r.Addresses4, r.Working4, r.Certificates})
	}
	p.Remedies = append(p.Remedies, judge.Remedies(rows)...)
	for _, r := range rows {
		p.Tests = append(p.Tests, probedTest{
			r.Test, r.HostKind, r.Host, r.QType, r.Target, r.Address, r.Service, r.Result, r.RCode, r.ConnectMS, r.TLSVersion, r.CertificateError,
			r.HTTPStatus, r.HTTPURL, r.BodySimilarity, r.Banner, r.Attempts, r.Error,
		})
	}
	return p
}

// text is the report as a person reads it.
func (r *probeReport) text(all bool) string {
	var b strings.Builder
	if !r.Baseline {
		b.WriteString("IPv6 does not work from here, so nothing is said about what the domains' IPv6 addresses do; `tidemark probe self` tells why.\n\n")
	}
	for _, p := range r.DNS64 {
		fmt.Fprintf(&b, "The resolver makes AAAA records of its own under %s (DNS64, RFC 6147). They say nothing of a domain and do not count.\n\n", p)
	}
	for i, d := range r.Domains {
		if i > 0 {
			b.WriteString("\n")
		}
		fmt.Fprintf(&b, "%s: %s\n\n", plain(d.Domain), d.Class)
		w := tabwriter.NewWriter(&b, 0, 8, 2, ' ', 0)
		for _, name := range []string{"dns", "mail", "web", "http", "https"} {
			for _, s := range d.Services {
				if s.Service == name {
					fmt.Fprintf(w, "  %s\t%s\t%s\n", name, s.Class, plain(s.Reason))
				}
			}
		}
		w.Flush() // into memory
		if len(d.Remedies) > 0 {
			b.WriteString("\nWhat to do\n")
		}
		for _, m := range d.Remedies {
			fmt.Fprintf(&b, "  - %s: %s\n    %s\n", plain(m.Where), plain(m.Problem), plain(m.Fix))
		}
		if all {
			b.WriteString("\nTests\n")
			d.tests(&b)
		}
	}
	return b.String()
}

// tests lists every test of the domain.
func (d *probed) tests(out io.Writer) {
	w := tabwriter.NewWriter(out, 0, 8, 2, ' ', 0)
	for _, t := range d.Tests {
		var more []string
		for _, text := range []string{t.Target, t.RCode, t.TLS, t.Certificate, t.URL, t.Banner, t.Error} {
			if text != "" && text != "NOERROR" {
				more = append(more, plain(text))
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
		fmt.Fprintf(w, "  %s\t%s\t%s\t%s\t%s\n", t.Result, plain(t.Host), what, t.Address, strings.Join(more, ", "))
	}
	w.Flush() // into a strings.Builder
}

// resolverConfig is where this machine's resolvers stand.
const resolverConfig = "/etc/resolv.conf"

// resolverAddress is the resolver that was named, with port 53 where none is, or this machine's first.
func resolverAddress(named string) (string, error) {
	if named == "" {
		f, err := os.Open(resolverConfig)
		if err != nil {
			return "", fmt.Errorf("this machine names no resolver (%w); give one: --resolver ADDR", err)
		}
		defer f.Close()
		in := bufio.NewScanner(f)
		for in.Scan() {
			if words := strings.Fields(in.Text()); len(words) > 1 && words[0] == "nameserver" {
				named = words[1]
				break
			}
		}
		if named == "" {
			return "", fmt.Errorf("%s names no resolver; give one: --resolver ADDR", resolverConfig)
		}
	}
	if a, err := netip.ParseAddr(strings.Trim(named, "[]")); err == nil {
		return netip.AddrPortFrom(a, 53).String(), nil
	}
	if _, err := netip.ParseAddrPort(named); err != nil {
		return "", fmt.Errorf("resolver %q is neither an address nor address:port", named)
	}
	return named, nil
}
