package ipv6_test

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"tidemark/collectors"
	"tidemark/collectors/archive"
	"tidemark/collectors/ipv6"
	"tidemark/collectors/ipv6/readiness"
	"tidemark/collectors/ipv6/special"
	"tidemark/datasets"
	"tidemark/datasets/table"
)

// root is what stands above the domains: name servers, mail exchangers and the control host.
const root = `@ IN NS ns1.op1.example.
ipv4only.arpa. IN A 192.0.0.170
ipv4only.arpa. IN A 192.0.0.171
control.example. IN A 60.0.0.80
control.example. IN AAAA 2a0f::80
ns1.op1.example. IN A 60.0.0.53
ns1.op1.example. IN AAAA 2a0f::53
ns2.op1.example. IN A 60.0.0.54
ns2.op1.example. IN AAAA 2a0f::54
ns1.four.example. IN A 60.0.0.53
ns1.op-lame.example. IN A 60.0.0.53
ns1.op-lame.example. IN AAAA 2a0f::66
ns1.op-silent.example. IN A 60.0.0.53
ns1.op-silent.example. IN AAAA 2a0e:dead::1
ns1.op-wrongid.example. IN A 60.0.0.53
ns1.op-wrongid.example. IN AAAA 2a0f::67
mx.op1.example. IN A 60.0.0.25
mx.op1.example. IN AAAA 2a0f::25
mx.four.example. IN A 60.0.0.25
mx.op-closed.example. IN A 60.0.0.25
mx.op-closed.example. IN AAAA 2a0f::2525
`

const (
	good   = "@ IN NS ns1.op1.example.\n@ IN NS ns2.op1.example.\n@ IN MX 10 mx.op1.example.\n"
	four   = "@ IN A 60.0.0.80\nwww IN A 60.0.0.80\n"
	six    = "@ IN AAAA 2a0f::80\nwww IN AAAA 2a0f::80\n"
	noMail = "@ IN NS ns1.op1.example.\n@ IN MX 0 .\n"
)

// cases are domains, what stands in their zones, and their classes: web, dns, mail, each with its cause.
var cases = []struct{ name, zone, web, dns, mail string }{
	{"ready", good + four + six + "@ IN HTTPS 1 . alpn=h2 ipv6hint=2a0f::80\n", "ready", "ready", "ready"},
	{"alias", good + four + six[:strings.Index(six, "www")] + "", "partial host-without-aaaa", "ready", "ready"},
	{"chain", good + "@ IN A 60.0.0.80\n@ IN AAAA 2a0f::80\nwww IN CNAME a\na IN CNAME www.ready.example.\n", "ready", "ready", "ready"},
	{"partial", good + four + six + "@ IN AAAA 2a0f::81\n", "partial some-fail", "ready", "ready"},
	{"closed", good + four + "@ IN AAAA 2a0f::81\n", "broken refused", "ready", "ready"},
	{"hang", good + four + "@ IN AAAA 2a0e:dead::1\n", "broken timeout", "ready", "ready"},
	{"mute", good + four + "@ IN AAAA 2a0f::70\n", "broken http-error", "ready", "ready"},
	{"linklocal", good + four + "@ IN AAAA fe80::1\n", "invalid-aaaa special-aaaa", "ready", "ready"},
	{"ula", good + four + "@ IN AAAA fd00::1\n", "invalid-aaaa special-aaaa", "ready", "ready"},
	{"mapped", good + four + "@ IN AAAA ::ffff:60.0.0.80\n", "invalid-aaaa special-aaaa", "ready", "ready"},
	{"documentation", good + four + "@ IN AAAA 2001:db8::80\n", "invalid-aaaa special-aaaa", "ready", "ready"},
	{"translated", good + four + "@ IN AAAA 64:ff9b::3c00:50\n", "invalid-aaaa special-aaaa", "ready", "ready"},
	{"none", "@ IN NS ns1.four.example.\n@ IN MX 10 mx.four.example.\n" + four, "none no-aaaa", "none no-aaaa", "none no-aaaa"},
	{"plain", good + four, "none no-aaaa", "ready", "ready"},
	{"v6only", good + six, "v6-only", "ready", "ready"},
	{"nullmx", noMail + four + six, "ready", "ready", "n/a null-mx"},
	{"noaddress", noMail, "n/a no-host", "ready", "n/a null-mx"},
	{"loop", good + "@ IN A 60.0.0.80\n@ IN AAAA 2a0f::80\nwww IN CNAME a.www\na.www IN CNAME www\n", "unknown lookup-failed", "ready", "ready"},
	{"expired", good + four + six, "ready", "ready", "ready"},
	{"expired6", good + four + six, "partial differs", "ready", "ready"},
	{"differs", good + four + six, "partial differs", "ready", "ready"},
	{"status6", good + four + six, "partial differs", "ready", "ready"},
	{"redirect", good + four + six, "ready", "ready", "ready"},
	{"lame", "@ IN NS ns1.op-lame.example.\n@ IN MX 10 mx.op-closed.example.\n" + four + six, "ready", "broken lame", "broken refused"},
	{"silent", "@ IN NS ns1.op-silent.example.\n@ IN MX 0 .\n" + four + six, "ready", "broken timeout", "n/a null-mx"},
	{"wrongid", "@ IN NS ns1.op-wrongid.example.\n@ IN MX 0 .\n" + four + six, "ready", "broken timeout", "n/a null-mx"},
	{"nons6", "@ IN NS ns1.op1.example.\n@ IN NS ns1.four.example.\n@ IN MX 10 mx.op1.example.\n@ IN MX 20 mx.four.example.\n" + four + six, "ready", "partial host-without-aaaa", "partial host-without-aaaa"},
	{"large", good + four + six + largeMX(), "ready", "ready", "partial host-without-aaaa"},
	{"servfail", "", "unknown lookup-failed", "unknown lookup-failed", "unknown lookup-failed"},
	{"missing", "", "n/a nxdomain", "n/a nxdomain", "n/a nxdomain"},
}

// largeMX makes an answer that fits no datagram of 1232 bytes.
func largeMX() string {
	var b strings.Builder
	for i := range 15 {
		name := fmt.Sprintf("%02d-%s", i, strings.Repeat("m", 60))
		fmt.Fprintf(&b, "@ IN MX 20 %s\n%[1]s IN A 60.0.0.25\n", name)
	}
	return b.String()
}

// internet starts the replica with all cases.
func internet(t *testing.T) *replica {
	r := newReplica(t)
	r.zone(".", root)
	var names []string
	for _, c := range cases {
		switch c.name {
		case "missing":
		case "servfail":
			r.zones["servfail.example"] = "no-such-file"
		default:
			r.zone(c.name+".example", c.zone)
		}
		if c.name != "expired6" {
			names = append(names, c.name+".example", "www."+c.name+".example")
		}
	}
	r.nsd("nsd", r.zones, "60.0.0.53", "60.0.0.54", "2a0f::53", "2a0f::54")
	r.nsd("nsd-lame", nil, "2a0f::66")
	r.wrongID("2a0f::67")
	r.unbound("")
	names = slices.DeleteFunc(names, func(n string) bool { return strings.HasSuffix(n, "expired.example") })
	valid := r.certificate("valid", time.Now().Add(time.Hour), append(names, "expired6.example", "www.expired6.example", "control.example")...)
	old := r.certificate("old", time.Now().Add(-24*time.Hour), "expired.example", "www.expired.example", "expired6.example", "www.expired6.example")
	const v4, v6 = "60.0.0.80", "[2a0f::80]"
	var b strings.Builder
	server := func(cert, listen, options, names, say string) {
		b.WriteString("server {\n")
		for _, l := range strings.Fields(listen) {
			fmt.Fprintf(&b, "listen %s:80 %s;\nlisten %s:443 ssl %s;\n", l, options, l, options)
		}
		fmt.Fprintf(&b, "server_name %s;\nssl_certificate %s.pem;\nssl_certificate_key %s.key;\n%s\n}\n", names, cert, cert, say)
	}
	page := func(words string) string {
		return "location / { return 200 \"<html><title>$host</title><p>" + words + "</p>\"; }"
	}
	two := func(name string) string { return name + ".example www." + name + ".example" }
	server(valid, v4+" "+v6, "default_server", "_", page("One page for both families, of ten words in all."))
	server(old, v4+" "+v6, "", two("expired"), page("An old one."))
	server(valid, v4, "", two("expired6"), page("Old over IPv6 only."))
	server(old, v6, "", two("expired6"), page("Old over IPv6 only."))
	server(valid, v4, "", two("differs"), page("The right page with all that is to be said about the subject."))
	server(valid, v6, "", two("differs"), page("Welcome to nginx, which works but must still be configured by somebody."))
	server(valid, v4, "", two("status6"), page("Here it is."))
	server(valid, v6, "", two("status6"), "location / { return 404 \"Nothing\"; }")
	server(valid, v4+" "+v6, "", "redirect.example", "location / { return 301 https://www.redirect.example/home; }")
	server(valid, v4+" "+v6, "", "www.redirect.example", "if ($scheme = http) { return 302 https://$host$request_uri; } location = / { return 307 /home; } "+page("At home."))
	r.nginx(b.String())
	for _, port := range []string{"80", "443"} { // takes connections and says nothing
		l, err := net.Listen("tcp", "[2a0f::70]:"+port)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { l.Close() })
	}
	r.postfix("60.0.0.25", "2a0f::25")
	eventually(t, "nginx answers", func() bool {
		c, err := net.Dial("tcp", "60.0.0.80:80")
		if err == nil {
			c.Close()
		}
		return err == nil
	})
	return r
}

func (r *replica) network() ipv6.Network {
	n := ipv6.Real(r.resolver)
	n.RootServers = []netip.Addr{netip.MustParseAddr("2a0f::53")}
	n.Roots, n.Timeout, n.Retry, n.Patience = r.roots, time.Second, 0, 3*time.Second
	return n
}

// source probes the domains of a list without much waiting.
func (r *replica) source(domains ...string) collectors.Source {
	list := file(r.t, filepath.Join(r.dir, "tranco_ABCDE.2025-06-01.csv"), strings.Join(domains, "\n")+"\n")
	return collectors.Source{Name: "replica", Kind: "ipv6-probes", Settings: &ipv6.Settings{
		Domains: list, Ranked: true, Resolver: r.resolver, Controls: []string{"control.example:443"}, SMTP: true,
		Rate: 20000, AddressRate: 20000, PrefixRate: 20000, OperatorRate: 20000,
	}}
}

// settings returns the settings of a source, to change them.
func settings(from collectors.Source) *ipv6.Settings { return from.Settings.(*ipv6.Settings) }

var today = time.Date(2025, 6, 1, 0, 0, 0, 0, time.UTC)

// probeRows runs a probe into an archive and decodes it.
func (r *replica) probeRows(from collectors.Source, n ipv6.Network) (rows []datasets.IPv6Probe, m *table.Manifest) {
	r.t.Helper()
	keep := &archive.Archive{Dir: r.t.TempDir()}
	if err := ipv6.Probe(context.Background(), from, today, keep, n); err != nil {
		r.t.Fatal(err)
	}
	return r.decoded(keep)
}

func (r *replica) decoded(keep *archive.Archive) (rows []datasets.IPv6Probe, m *table.Manifest) {
	r.t.Helper()
	raws, err := keep.List("ipv6-probes")
	if err != nil || len(raws) != 1 {
		r.t.Fatal(raws, err)
	}
	rows, m, err = decode(r.t, ipv6.Probes{}, raws[0])
	if err != nil || len(m.Damage) > 0 {
		r.t.Fatal(err, m.Damage)
	}
	return rows, m
}

// classes are the classes of a domain's services with their causes.
func classes(rows []datasets.IPv6Probe, domain string) map[string]string {
	judge := &readiness.Judge{HaveRegistry: true, Special: reserved}
	mine := slices.DeleteFunc(slices.Clone(rows), func(p datasets.IPv6Probe) bool { return p.Domain != domain })
	found := map[string]string{}
	if len(mine) == 0 {
		return found
	}
	for _, v := range judge.Verdicts(mine, nil) {
		found[string(v.Service)] = strings.TrimSpace(string(v.Class) + " " + v.Cause)
	}
	return found
}

// TestRealServers reaches every class with NSD, unbound, nginx and Postfix, and compares with dig and curl.
func TestRealServers(t *testing.T) {
	if !inNamespace(t, "nsd", "unbound", "nginx", "postfix", "dig", "curl") {
		return
	}
	started := time.Now()
	r := internet(t)
	t.Logf("servers after %v", time.Since(started))
	var domains []string
	for _, c := range cases {
		domains = append(domains, c.name+".example")
	}
	from := r.source(domains...)
	rows, _ := r.probeRows(from, r.network())
	check := func(rows []datasets.IPv6Probe, name, web, dns, mail string) {
		t.Helper()
		got := classes(rows, name+".example")
		for service, want := range map[string]string{"web": web, "dns": dns, "mail": mail} {
			if got[service] != want {
				t.Errorf("%s: %s is %q, want %q", name, service, got[service], want)
			}
		}
	}
	for _, c := range cases {
		check(rows, c.name, c.web, c.dns, c.mail)
	}
	has := func(what string, is func(datasets.IPv6Probe) bool) {
		t.Helper()
		if !slices.ContainsFunc(rows, is) {
			t.Errorf("no row: %s", what)
		}
	}
	has("list, rank and day", func(p datasets.IPv6Probe) bool {
		return p.Domain == "alias.example" && p.ListID == "tranco-ABCDE" && p.Rank == 2 && p.Stratum == "1k" && p.ListDate != nil && p.ListDate.Equal(today) && p.Refreshed
	})
	has("truncated", func(p datasets.IPv6Probe) bool {
		return p.Domain == "large.example" && p.QType == "MX" && p.OverTCP && p.Result == "ok"
	})
	has("the chain", func(p datasets.IPv6Probe) bool {
		return p.Host == "www.chain.example" && p.QType == "AAAA" && p.CNAMEChain == "a.chain.example www.ready.example"
	})
	has("a hint", func(p datasets.IPv6Probe) bool {
		return p.QType == "HTTPS" && p.Target == "ready.example" && p.Address == "2a0f::80"
	})
	has("Postfix's greeting", func(p datasets.IPv6Probe) bool {
		return p.Family == 6 && p.Banner == "220 mx.op1.example ESMTP Postfix"
	})
	has("authority", func(p datasets.IPv6Probe) bool {
		return p.Test == "authority" && p.Family == 6 && p.Authoritative && p.Result == "ok" && p.RCode == "NOERROR"
	})
	has("a redirect followed over IPv6", func(p datasets.IPv6Probe) bool {
		return p.Host == "redirect.example" && p.Service == "http" && p.Family == 6 && p.Redirects == 1 && p.HTTPURL == "https://www.redirect.example/home" && *p.HTTPStatus == 200
	})
	has("an expired certificate", func(p datasets.IPv6Probe) bool {
		return p.Host == "expired.example" && p.CertificateError == "expired" && !p.TLSOK && *p.HTTPStatus == 200
	})
	has("a good certificate", func(p datasets.IPv6Probe) bool {
		return p.Host == "ready.example" && p.TLSOK && p.TLSVersion == "TLS 1.3"
	})
	has("attempts", func(p datasets.IPv6Probe) bool {
		return p.Host == "hang.example" && p.Result == "timeout" && p.Attempts == 3
	})
	t.Logf("probed after %v", time.Since(started))
	sameAsDig(t, rows)
	sameAsCurl(t, rows)
	t.Logf("compared after %v", time.Since(started))

	// The same over a resolver with DNS64: what it made counts for nothing, and what the domain has itself stays.
	r.stops["unbound"]()
	r.unbound("  module-config: \"dns64 iterator\"\n  dns64-prefix: 64:ff9b::/96")
	rows, _ = r.probeRows(r.source("none.example", "ready.example", "linklocal.example"), r.network())
	check(rows, "none", "unknown dns64", "unknown dns64", "unknown dns64")
	check(rows, "ready", "ready", "ready", "ready")
	check(rows, "linklocal", "invalid-aaaa special-aaaa", "ready", "ready")
}

// sameAsDig compares every A and AAAA that was found with what dig gets from the resolver.
func sameAsDig(t *testing.T, rows []datasets.IPv6Probe) {
	found := map[[2]string][]string{}
	for _, p := range rows {
		if p.Test == "lookup" && (p.QType == "A" || p.QType == "AAAA") && p.Domain != "" && (p.Result == "ok" || p.Result == "no-data" || p.Result == "nxdomain") {
			key := [2]string{p.Host, p.QType}
			if found[key] == nil {
				found[key] = []string{}
			}
			if p.Address != "" && !slices.Contains(found[key], p.Address) {
				found[key] = append(found[key], p.Address)
			}
		}
	}
	if len(found) < 50 {
		t.Errorf("only %d lookups to compare", len(found))
	}
	for key, addresses := range found {
		out, err := exec.Command("dig", "@127.0.0.1", "+short", key[0], key[1]).Output()
		if err != nil {
			t.Fatal(err)
		}
		var want []string
		for _, line := range strings.Fields(string(out)) {
			if !strings.HasSuffix(line, ".") { // a CNAME
				want = append(want, line)
			}
		}
		slices.Sort(want)
		slices.Sort(addresses)
		if !slices.Equal(want, addresses) {
			t.Errorf("%s: %v, dig: %v", key, addresses, want)
		}
	}
}

// sameAsCurl compares every connection to a web server with curl's.
func sameAsCurl(t *testing.T, rows []datasets.IPv6Probe) {
	n := 0
	var group errgroup.Group
	group.SetLimit(8)
	for _, p := range rows {
		if p.Test != "connect" || p.Service != "http" && p.Service != "https" || p.Result == "skipped" || p.Result == "ok" && p.HTTPStatus == nil || p.Result == "timeout" || p.Domain == "" {
			continue
		}
		n++
		address := p.Address
		if p.Family == 6 {
			address = "[" + address + "]"
		}
		args := []string{fmt.Sprintf("-%d", p.Family), "-sgkL", "-o", os.DevNull, "-m", "2", "-w", "%{http_code} %{url_effective}"}
		for _, host := range []string{p.Domain, "www." + p.Domain} {
			for _, port := range []string{"80", "443"} {
				args = append(args, "--resolve", host+":"+port+":"+address)
			}
		}
		group.Go(func() error {
			out, err := exec.Command("curl", append(args, p.Service+"://"+p.Host+"/")...).Output()
			got := string(out)
			switch {
			case p.Result == "ok" && (err != nil || got != fmt.Sprintf("%d %s", *p.HTTPStatus, p.HTTPURL)):
				t.Errorf("%s %s %s: %d %s, curl: %s (%v)", p.Host, p.Service, p.Address, *p.HTTPStatus, p.HTTPURL, got, err)
			case p.Result != "ok" && err == nil:
				t.Errorf("%s %s %s: %s, curl: %s", p.Host, p.Service, p.Address, p.Result, got)
			}
			return nil
		})
	}
	group.Wait()
	if n < 60 {
		t.Errorf("only %d connections to compare", n)
	}
}

// reserved goes by the formats of the RFCs; derive's own tests go by the registry.
func reserved(a netip.Addr) bool { return special.Class(a) != "" }
