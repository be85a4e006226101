package ipv6_test

import (
	"context"
	"fmt"
	"net"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"tidemark/collectors/ipv6/readiness"
	"tidemark/datasets"
)

// pageCases are web sites, what their zones have, the hosts from which their pages load, and what is to be found: the quality, what
// is left without IPv4, HTTP/3, and the hosts that fail.
var pageCases = []struct{ name, addresses, loads, quality, without, http3, failing string }{
	{"alike", "60.0.0.90 2a0f::90", "https://cdn6.example/a.js https://cdn6.example/b.js", "alike", "whole", "both", ""},
	{"part", "60.0.0.90 2a0f::90", "https://cdn4.example/a.js //cdn6.example/b.js https://closed.example/c.js https://gone.example/d.js https://www.part.example/own.js", "alike", "part", "both", "cdn4.example=no-aaaa,closed.example=refused"},
	{"quic4", "60.0.0.90 2a0f::91", "", "no-http3", "whole", "ipv4", ""},
	{"slow", "60.0.0.90 2a0f::92", "", "slower", "whole", "both", ""},
	{"blackhole", "60.0.0.90 2a0f::93", "", "large-lost", "nothing", "both", ""},
	{"only4", "60.0.0.90", "", "no-ipv6", "nothing", "ipv4", ""},
	{"only6", "2a0f::90", "", "ipv6-only", "whole", "ipv6", ""},
	{"refused", "60.0.0.90 2a0f::81", "", "fails", "nothing", "ipv4", ""},
}

// body is a page of more than a packet that loads from hosts.
func body(loads string) string {
	var b strings.Builder
	b.WriteString("<!DOCTYPE html><title>A page</title><noscript><img src=https://cdn4.example/never.gif></noscript>")
	for _, u := range strings.Fields(loads) {
		fmt.Fprintf(&b, "<script src=%s></script>", u)
	}
	return b.String() + strings.Repeat("<p>The same words over both families.", 60)
}

// TestPages probes Caddy and nginx: each quality of a page, HTTP/3 over each family, and the hosts that pages load from.
func TestPages(t *testing.T) {
	if !inNamespace(t, "nsd", "unbound", "nginx", "caddy", "ip6tables", "curl", "gtlsclient") {
		return
	}
	r := newReplica(t)
	zone := root + "cdn4.example. IN A 60.0.0.90\ncdn6.example. IN A 60.0.0.90\ncdn6.example. IN AAAA 2a0f::90\nclosed.example. IN A 60.0.0.90\nclosed.example. IN AAAA 2a0f::81\n"
	names := []string{"localhost", "control.example", "cdn4.example", "cdn6.example", "closed.example"}
	var domains []string
	var sites, nginx strings.Builder
	for _, c := range pageCases {
		name := c.name + ".example"
		domains = append(domains, name)
		names = append(names, name, "www."+name)
		for _, a := range strings.Fields(c.addresses) {
			kind := "A"
			if strings.Contains(a, ":") {
				kind = "AAAA"
			}
			zone += fmt.Sprintf("%s. IN %s %s\n", name, kind, a)
		}
		fmt.Fprintf(&sites, "https://%s {\n bind 60.0.0.90 2a0f::90 2a0f::92 2a0f::93\n import all\n respond `%s`\n}\n", name, body(c.loads))
	}
	cert := r.certificate("all", time.Now().Add(time.Hour), names...)
	fmt.Fprintf(&sites, "https://cdn4.example, https://cdn6.example, https://closed.example, https://control.example {\n bind 60.0.0.90 2a0f::90\n import all\n respond ok\n}\n")
	caddyfile := file(t, filepath.Join(r.dir, "Caddyfile"), fmt.Sprintf("{\n auto_https off\n admin off\n}\n(all) {\n tls %s.pem %[1]s.key\n header Content-Type text/html\n}\n%s", cert, sites.String()))
	fmt.Fprintf(&nginx, "server { listen [2a0f::91]:443 ssl; server_name quic4.example; ssl_certificate %s.pem; ssl_certificate_key %[1]s.key; location / { return 200 '%s'; } }", cert, body(""))
	r.zone(".", strings.ReplaceAll(zone, "control.example. IN A 60.0.0.80\ncontrol.example. IN AAAA 2a0f::80\n", "control.example. IN A 60.0.0.90\ncontrol.example. IN AAAA 2a0f::90\n"))
	r.stops["nsd"] = r.nsd("nsd", r.zones, "60.0.0.53", "2a0f::53")
	r.unbound("")
	r.nginx(nginx.String())
	run(t, "sh", "-c", "HOME="+r.dir+" exec caddy run --config "+caddyfile+" --adapter caddyfile")
	sh(t, "sysctl -qw net.ipv4.tcp_mtu_probing=0; ip6tables -A INPUT -s 2a0f::93 -m length --length 1281:65535 -j DROP")
	eventually(t, "Caddy answers", func() bool {
		c, err := net.Dial("tcp", "60.0.0.90:443")
		if err == nil {
			c.Close()
		}
		return err == nil
	})
	n := r.network()
	n.Dial = func(ctx context.Context, network, address string) (net.Conn, error) {
		if strings.HasPrefix(address, "[2a0f::92]") {
			time.Sleep(400 * time.Millisecond)
		}
		return (&net.Dialer{}).DialContext(ctx, network, address)
	}
	from := r.source(domains...)
	settings(from).SMTP = false
	rows, _ := r.probeRows(from, n)
	sameAsNGTCP2(t, rows)
	judge := &readiness.Judge{HaveRegistry: true, Special: reserved}
	for _, c := range pageCases {
		mine := slices.DeleteFunc(slices.Clone(rows), func(p datasets.IPv6Probe) bool { return p.Domain != c.name+".example" })
		pages := judge.Pages(mine)
		if len(pages) == 0 {
			t.Errorf("%s: no page", c.name)
			continue
		}
		p := pages[0]
		if p.Quality != c.quality || p.WithoutIPv4 != c.without || p.HTTP3 != c.http3 || p.Failing != c.failing {
			t.Errorf("%s: %s, without IPv4 %s, HTTP/3 %s, failing %q; want %s, %s, %s, %q", c.name, p.Quality, p.WithoutIPv4, p.HTTP3, p.Failing, c.quality, c.without, c.http3, c.failing)
			for _, r := range mine {
				if r.Test == "connect" || r.HostKind == "subresource" {
					t.Logf("%s %s %s %s %s %s", r.Host, r.HostKind, r.Service, r.Address, r.Result, r.Error)
				}
			}
		}
	}
}

// statusLine is the status in the log of ngtcp2's client, which has nghttp3 for HTTP/3.
var statusLine = regexp.MustCompile(`\[:status: (\d+)\]`)

// sameAsNGTCP2 compares every page over HTTP/3 with that of ngtcp2's client, which is asked of every address that HTTPS was tested at: where
// the probe found no HTTP/3, it finds none. To an address it sends localhost for the server name, so the certificate has that name too.
func sameAsNGTCP2(t *testing.T, rows []datasets.IPv6Probe) {
	t.Helper()
	asked, over := map[string]bool{}, [2]int{}
	for _, p := range rows {
		if p.Test != "connect" || p.Service != "https" && p.Service != "http3" || p.Domain == "" || p.HostKind == "subresource" || asked[p.Host+" "+p.Address] {
			continue
		}
		asked[p.Host+" "+p.Address] = true
		want := "none"
		for _, o := range rows {
			if o.Test == "connect" && o.Service == "http3" && o.Host == p.Host && o.Address == p.Address && o.Result == "ok" && o.HTTPStatus != nil {
				want = fmt.Sprint(*o.HTTPStatus)
			}
		}
		out, _ := exec.Command("gtlsclient", "--no-quic-dump", "--no-http-dump", "--exit-on-all-streams-close", "--handshake-timeout=1s", "--timeout=2s", p.Address, "443", "https://"+p.Host+"/").CombinedOutput()
		got := "none"
		if m := statusLine.FindSubmatch(out); m != nil {
			got = string(m[1])
			over[p.Family/6]++
		}
		if got != want {
			t.Errorf("%s at %s: HTTP/3 %s, ngtcp2: %s\n%s", p.Host, p.Address, want, got, out)
		}
	}
	if over[0] < 3 || over[1] < 3 {
		t.Errorf("only %d pages over IPv4 and %d over IPv6 to compare", over[0], over[1])
	}
}
