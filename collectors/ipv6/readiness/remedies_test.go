package readiness

import (
	"net/netip"
	"strings"
	"testing"
	"time"

	"tidemark/datasets"
)

// TestTLSRemedies: what to do about a handshake depends on how it failed.
func TestTLSRemedies(t *testing.T) {
	for why, want := range map[string]string{
		"TLS: read: i/o timeout": "Packet Too Big", "TLS: read: connection reset by peer": "closes the connection", "TLS: EOF": "closes the connection",
		"TLS: remote error: tls: unrecognized name": "does not know the host", "TLS: tls: first record does not look like a TLS handshake": "does not speak TLS",
		"TLS: remote error: tls: handshake failure": "Apply the server's TLS settings",
	} {
		rows := probed(t, "apex A ok 60.0.0.1", "apex AAAA ok 2a0f::1", "https apex 60.0.0.1 ok 200", "https apex 2a0f::1 tls_error")
		rows[3].Error = why
		got := testJudge().Remedies(rows, nil)
		if len(got) != 1 || !strings.Contains(got[0].Fix, want) {
			t.Errorf("%s: %+v, want %q", why, got, want)
		}
		for i := range rows {
			rows[i].BaselineOK = false
		}
		if got := testJudge().Remedies(rows, nil); len(got) != 0 {
			t.Errorf("%s, without IPv6 here: %+v", why, got)
		}
	}
}

// TestRemedies has a step for each way to fail, and words that must be in its problem and its remedy.
func TestRemedies(t *testing.T) {
	status := func(n int64) *int64 { return &n }
	share := 0.4
	expired := time.Date(2025, 3, 1, 0, 0, 0, 0, time.UTC)
	judge := &Judge{Special: netip.Addr.IsLinkLocalUnicast}
	lookup := func(kind, host, qtype, result, address string) datasets.IPv6Probe {
		return datasets.IPv6Probe{Test: "lookup", Domain: "d.example", HostKind: kind, Host: host, QType: qtype, Result: result, Address: address}
	}
	connect := func(service string, port, family uint32, address, result string) datasets.IPv6Probe {
		kind := map[string]string{"smtp": "mx"}[service]
		if kind == "" {
			kind = "apex"
		}
		return datasets.IPv6Probe{Test: "connect", Domain: "d.example", HostKind: kind, Host: "d.example", QType: map[uint32]string{4: "A", 6: "AAAA"}[family],
			Service: service, Port: port, Family: family, Address: address, Result: result, Error: "why"}
	}
	for name, c := range map[string]struct {
		rows []datasets.IPv6Probe
		want []string // problem | fix, words of each; none: nothing to do
	}{
		"all is well":    {[]datasets.IPv6Probe{lookup("apex", "d.example", "AAAA", "ok", "2a0f::1"), connect("https", 443, 6, "2a0f::1", "ok")}, nil},
		"no AAAA":        {[]datasets.IPv6Probe{lookup("apex", "d.example", "A", "ok", "60.0.0.1"), lookup("apex", "d.example", "AAAA", "no-data", "")}, []string{"no AAAA record|publish an AAAA"}},
		"server no AAAA": {[]datasets.IPv6Probe{lookup("ns", "ns.example", "A", "ok", "60.0.0.1"), lookup("ns", "ns.example", "AAAA", "no-data", "")}, []string{"no AAAA record|glue"}},
		"no address":     {[]datasets.IPv6Probe{lookup("www", "www.d.example", "A", "no-data", ""), lookup("www", "www.d.example", "AAAA", "no-data", "")}, nil},
		"link-local":     {[]datasets.IPv6Probe{lookup("apex", "d.example", "AAAA", "ok", "fe80::1")}, []string{"fe80::1|global address"}},
		"SERVFAIL":       {[]datasets.IPv6Probe{{Test: "lookup", HostKind: "apex", Host: "d.example", QType: "AAAA", Result: "error", Error: "the resolver answered SERVFAIL"}}, []string{"SERVFAIL|dig +cd"}},
		"circle":         {[]datasets.IPv6Probe{{Test: "lookup", HostKind: "www", Host: "w.example", QType: "A", Result: "error", CNAMEChain: "a.example w.example", Error: "the CNAMEs lead in a circle"}}, []string{"circle|a.example"}},
		"no such domain": {[]datasets.IPv6Probe{lookup("apex", "d.example", "A", "nxdomain", "")}, []string{"does not exist|registration"}},
		"refused":        {[]datasets.IPv6Probe{connect("https", 443, 6, "2a0f::1", "refused"), connect("https", 443, 4, "60.0.0.1", "ok")}, []string{"refused|listen [::]:443"}},
		"not offered":    {[]datasets.IPv6Probe{connect("http", 80, 6, "2a0f::1", "refused"), connect("http", 80, 4, "60.0.0.1", "refused")}, nil},
		"filtered":       {[]datasets.IPv6Probe{connect("https", 443, 6, "2a0f::1", "timeout"), connect("https", 443, 4, "60.0.0.1", "ok")}, []string{"no connection|port 443 for IPv6"}},
		"no route":       {[]datasets.IPv6Probe{connect("https", 443, 6, "2a0f::1", "unreachable"), connect("https", 443, 4, "60.0.0.1", "ok")}, []string{"no connection|announced"}},
		"TLS":            {[]datasets.IPv6Probe{connect("https", 443, 6, "2a0f::1", "tls_error"), connect("https", 443, 4, "60.0.0.1", "ok")}, []string{"why|TLS settings"}},
		"no page":        {[]datasets.IPv6Probe{connect("https", 443, 6, "2a0f::1", "http_error"), connect("https", 443, 4, "60.0.0.1", "ok")}, []string{"why|Packet Too Big"}},
		"IPv4 refuses":   {[]datasets.IPv6Probe{connect("https", 443, 6, "2a0f::1", "ok"), connect("https", 443, 4, "60.0.0.1", "refused")}, []string{"refused|this IPv4 address"}},
		"nobody offers":  {[]datasets.IPv6Probe{connect("https", 443, 6, "2a0f::1", "refused"), connect("https", 443, 4, "60.0.0.1", "refused")}, nil},
		"no greeting":    {[]datasets.IPv6Probe{connect("smtp", 25, 6, "2a0f::1", "smtp_error"), connect("smtp", 25, 4, "60.0.0.1", "ok")}, []string{"why|220"}},
		"expired": {[]datasets.IPv6Probe{{Test: "connect", HostKind: "apex", Host: "d.example", Family: 6, Result: "ok", CertificateError: "expired", CertificateExpires: &expired}},
			[]string{"expired since 2025-03-01|Renew"}},
		"status": {[]datasets.IPv6Probe{
			{Test: "connect", HostKind: "apex", Host: "d.example", Service: "http", Family: 4, Result: "ok", HTTPStatus: status(200)},
			{Test: "connect", HostKind: "apex", Host: "d.example", Service: "http", Family: 6, Result: "ok", HTTPStatus: status(404)},
		}, []string{"status 404 over IPv6 and with 200|virtual host"}},
		"another page": {[]datasets.IPv6Probe{
			{Test: "connect", HostKind: "apex", Host: "d.example", Service: "http", Family: 4, Result: "ok", HTTPStatus: status(200), BodySimilarity: &share},
			{Test: "connect", HostKind: "apex", Host: "d.example", Service: "http", Family: 6, Result: "ok", HTTPStatus: status(200), BodySimilarity: &share},
		}, []string{"only 40 %|same site"}},
		"lame":       {[]datasets.IPv6Probe{{Test: "authority", Domain: "d.example", HostKind: "ns", Host: "ns.example", Address: "2a0f::1", Family: 6, Result: "lame", Error: "the name server answered REFUSED"}}, []string{"REFUSED|Load the zone"}},
		"deaf":       {[]datasets.IPv6Probe{{Test: "authority", Host: "ns.example", Address: "2a0f::1", Family: 6, Result: "timeout"}}, []string{"does not answer|port 53 for IPv6"}},
		"not served": {[]datasets.IPv6Probe{{Test: "authority", Host: "ns.example", Address: "2a0f::1", Family: 6, Result: "refused"}}, []string{"port 53|listen"}},
		"DNS64":      {[]datasets.IPv6Probe{{Test: "lookup", HostKind: "apex", Host: "d.example", QType: "AAAA", Result: "ok", Address: "64:ff9b::1", ThroughDNS64: true}}, []string{"DNS64|--resolver"}},
		"opted out":  {[]datasets.IPv6Probe{{Test: "lookup", Domain: "d.example", HostKind: "apex", Result: "skipped", Error: "the domain is on the opt-out list"}}, []string{"opt-out list|Remove it from the opt-out list"}},
	} {
		for i := range c.rows {
			c.rows[i].BaselineOK = true
		}
		got := judge.Remedies(c.rows, nil)
		if len(got) != len(c.want) {
			t.Errorf("%s: %+v, want %q", name, got, c.want)
			continue
		}
		for i, want := range c.want {
			problem, fix, _ := strings.Cut(want, "|")
			if !strings.Contains(got[i].Problem, problem) {
				t.Errorf("%s: problem %q, want %q in it", name, got[i].Problem, problem)
			}
			if !strings.Contains(got[i].Fix, fix) {
				t.Errorf("%s: fix %q, want %q in it", name, got[i].Fix, fix)
			}
			if got[i].Where == "" {
				t.Errorf("%s: %+v names no place", name, got[i])
			}
		}
	}
}
