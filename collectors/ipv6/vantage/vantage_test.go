package vantage

import (
	"context"
	"crypto"
	"fmt"
	"os"
	"strings"
	"testing"
	"tidemark/internal/testkit"
	"time"

	"github.com/miekg/dns"
)

func runAll(t *testing.T, s Options) *Report {
	t.Helper()
	transcript, err := Run(context.Background(), s)
	if err != nil {
		t.Fatal(err)
	}
	r, err := ReportOf(transcript)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// TestTranslation asks unbound with its dns64 module, one for each prefix, over NSD with ipv4only.arpa.
func TestTranslation(t *testing.T) {
	need(t, "unbound", "nsd")
	below := testkit.FreePort(t)
	authority(t, "127.0.0.1", "127.0.0.1", "::1", below, zone)
	port := web(t)
	control := fmt.Sprintf("control.example:%d", port)
	for _, c := range []struct {
		prefix, class, rfc string
		bits               float64
	}{
		{"64:ff9b::/96", "well-known", "RFC 6052", 96},
		{"64:ff9b:1::/96", "local-use", "RFC 8215", 96},
		{"64:ff9b:1:fffe::/64", "local-use", "RFC 8215", 64},
		{"2001:db8:64::/96", "network-specific", "RFC 6052", 96},
		{"2001:db8:64:300::/64", "network-specific", "RFC 6052", 64},
		{"2001:db8:64:300::/56", "network-specific", "RFC 6052", 56},
		{"2001:db8:64::/48", "network-specific", "RFC 6052", 48},
		{"2001:db8:6400::/40", "network-specific", "RFC 6052", 40},
		{"2001:db8::/32", "network-specific", "RFC 6052", 32},
		{"", "", "", 0},
	} {
		t.Run(strings.ReplaceAll(c.prefix, "/", "_"), func(t *testing.T) {
			at := testkit.FreePort(t)
			more := "  module-config: \"iterator\"\n"
			if c.prefix != "" {
				more = fmt.Sprintf("  module-config: \"dns64 iterator\"\n  dns64-prefix: %s\n  local-data-ptr: \"64:ff9b::c000:aa nat64.example\"\n", c.prefix)
			}
			resolver(t, at, below, []string{"127.0.0.1", "::1"}, more)
			v4, v6 := fmt.Sprintf("127.0.0.1:%d", at), fmt.Sprintf("[::1]:%d", at)
			answering(t, v4)
			r := runAll(t, Options{Name: "here", Resolvers: []string{v4, v6}, Controls: []string{control}, Timeout: 2 * time.Second})
			for _, resolver := range []string{v4, v6} {
				if got := find(t, r, "resolver", 0, resolver); got.Result != "ok" || got.Detail != "answers ipv4only.arpa with 192.0.0.170 and 192.0.0.171" {
					t.Errorf("resolver: %+v", got)
				}
				if got := find(t, r, "resolver-aaaa", 0, resolver); got.Result != "ok" {
					t.Errorf("AAAA: %+v", got)
				}
				if got := find(t, r, "dnssec", 0, resolver); got.Result != "absent" {
					t.Errorf("validation: %+v", got)
				}
				want := map[bool]string{true: "ok", false: "absent"}[c.prefix != ""]
				if got := find(t, r, "dns64", 0, resolver); got.Result != want || !strings.Contains(got.Detail, c.prefix) {
					t.Errorf("dns64: %+v", got)
				}
			}
			for _, family := range []uint32{4, 6} {
				if got := find(t, r, "connect", family, control); got.Result != "ok" || got.Value == nil {
					t.Errorf("connect: %+v", got)
				}
				if got := find(t, r, "large-exchange", family, control); got.Result != "ok" {
					t.Errorf("large exchange: %+v", got)
				}
				if got := find(t, r, "path-mtu", family, control); got.Result != "ok" || *got.Value < 4000 {
					t.Errorf("path MTU: %+v", got)
				}
			}
			if c.prefix == "" {
				return
			}
			if got := find(t, r, "nat64-prefix", 6, ""); got.Target != c.prefix || got.Class != c.class || got.RFC != c.rfc || *got.Value != c.bits {
				t.Errorf("prefix: %+v", got)
			}
			name := find(t, r, "nat64-name", 6, c.prefix)
			if want := map[bool]string{true: "nat64.example.", false: ""}[c.prefix == "64:ff9b::/96"]; want != "" && name.Detail != want || (name.Result == "ok") != (want != "") {
				t.Errorf("name: %+v", name)
			}
			if got := having(r.Checks, "nat64", 6); len(got) > 0 { // the control is on the loopback
				t.Errorf("through it: %+v", got)
			}
			if all := strings.Join(r.Advice, "\n"); !strings.Contains(all, "under "+c.prefix+" ("+c.rfc+")") {
				t.Errorf("advice: %s", all)
			}
		})
	}
}

// TestValidation: a resolver that trusts a signed root says so by the AD bit.
func TestValidation(t *testing.T) {
	need(t, "unbound", "nsd")
	key := &dns.DNSKEY{Hdr: dns.RR_Header{Name: ".", Rrtype: dns.TypeDNSKEY, Class: dns.ClassINET, Ttl: 300}, Flags: 257, Protocol: 3, Algorithm: dns.ECDSAP256SHA256}
	private, err := key.Generate(256)
	if err != nil {
		t.Fatal(err)
	}
	text := fmt.Sprintf(zone, "127.0.0.1", "::1") + key.String() + "\n"
	sets := map[string][]dns.RR{}
	parser := dns.NewZoneParser(strings.NewReader(text), ".", "")
	for rr, ok := parser.Next(); ok; rr, ok = parser.Next() {
		name := rr.Header().Name + dns.TypeToString[rr.Header().Rrtype]
		sets[name] = append(sets[name], rr)
	}
	for _, set := range sets {
		signature := &dns.RRSIG{Hdr: dns.RR_Header{Ttl: 300}, Algorithm: key.Algorithm, KeyTag: key.KeyTag(), SignerName: ".",
			Inception: uint32(time.Now().Add(-time.Hour).Unix()), Expiration: uint32(time.Now().Add(time.Hour).Unix())}
		if err := signature.Sign(private.(crypto.Signer), set); err != nil {
			t.Fatal(err)
		}
		text += signature.String() + "\n"
	}
	below, at := testkit.FreePort(t), testkit.FreePort(t)
	authority(t, "127.0.0.1", "", "", below, strings.ReplaceAll(text, "%", "%%")+"; %s %s\n")
	resolver(t, at, below, []string{"127.0.0.1"}, "  module-config: \"validator iterator\"\n  trust-anchor: \""+key.String()+"\"\n")
	address := fmt.Sprintf("127.0.0.1:%d", at)
	answering(t, address)
	if got := find(t, runAll(t, Options{Resolvers: []string{address}, Timeout: 2 * time.Second}), "dnssec", 4, address); got.Result != "ok" {
		t.Errorf("%+v", got)
	}
}

// TestNothingGiven: without settings nothing is tried, and that is said.
func TestNothingGiven(t *testing.T) {
	r := runAll(t, Options{Name: "here"})
	for _, test := range []string{"resolver", "connect", "score"} {
		if c := find(t, r, test, 0, ""); c.Result != "untested" {
			t.Errorf("%s: %+v", test, c)
		}
	}
	if r.Of != 1 || r.Score == nil {
		t.Errorf("score %v of %d", r.Score, r.Of)
	}
}

// TestDead: what does not answer is a result, not an error, and takes no longer than it may.
func TestDead(t *testing.T) {
	dead := testkit.FreePort(t)
	began := time.Now()
	r := runAll(t, Options{Name: "here", Resolvers: []string{fmt.Sprintf("127.0.0.1:%d", dead)}, Controls: []string{fmt.Sprintf("127.0.0.1:%d", dead), fmt.Sprintf("[::1]:%d", dead), "no.example:80"}, Timeout: time.Second})
	if c := find(t, r, "resolver", 4, ""); c.Result != "refused" {
		t.Errorf("%+v", c)
	}
	for _, family := range []uint32{4, 6} {
		refused := 0
		for _, c := range having(r.Checks, "connect", family) {
			if c.Result == "refused" {
				refused++
			} else if c.Result != "untested" {
				t.Errorf("%+v", c)
			}
		}
		if refused != 1 {
			t.Errorf("%d connections over IPv%d were refused", refused, family)
		}
	}
	if time.Since(began) > 20*time.Second {
		t.Errorf("it took %v", time.Since(began))
	}
	if *r.Score > 1 || !strings.Contains(strings.Join(r.Advice, "\n"), "No resolver answers") {
		t.Errorf("score %d, %q", *r.Score, r.Advice)
	}
}

// TestSilent: a server that takes the request and says nothing is not a black hole.
func TestSilent(t *testing.T) {
	port := silent(t)
	r := runAll(t, Options{Name: "here", Controls: []string{fmt.Sprintf("[::1]:%d", port)}, Timeout: 400 * time.Millisecond})
	if c := find(t, r, "large-exchange", 6, ""); c.Result != "untested" {
		t.Errorf("%+v", c)
	}
	if c := find(t, r, "connect", 6, ""); c.Result != "ok" {
		t.Errorf("%+v", c)
	}
}

func TestResolvers(t *testing.T) {
	for list, want := range map[string]string{
		"127.0.0.1": "127.0.0.1:53", "::1": "[::1]:53", "127.0.0.1:5353,[::1]:54": "127.0.0.1:5353 [::1]:54", "": "", "fe80::1%eth0": "",
		"dns.example": "", "127.0.0.1:": "", "1.2.3": "",
	} {
		got, err := Resolvers(list)
		if strings.Join(got, " ") != want || (err == nil) != (want != "" || list == "") {
			t.Errorf("%q: %q, %v", list, got, err)
		}
	}
	if _, err := os.Stat(resolvConf); err == nil {
		if got, err := Resolvers("system"); err != nil || len(got) == 0 {
			t.Errorf("system: %q, %v", got, err)
		}
	}
	for _, c := range []string{"www.example", ":80", "www.example:"} {
		if err := (&Options{Controls: []string{c}}).Check(); err == nil {
			t.Errorf("control %q was taken", c)
		}
	}
}
