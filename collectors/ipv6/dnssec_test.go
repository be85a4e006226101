package ipv6_test

import (
	"crypto"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/miekg/dns"

	"tidemark/collectors/ipv6/readiness"
	"tidemark/datasets"
)

// signed returns a zone's records with signatures that end at a time, and the zone's DS record.
func signed(t *testing.T, zone, records string, until time.Time) (text, ds string) {
	t.Helper()
	key := &dns.DNSKEY{Hdr: dns.RR_Header{Name: zone, Rrtype: dns.TypeDNSKEY, Class: dns.ClassINET, Ttl: 300}, Flags: 257, Protocol: 3, Algorithm: dns.ECDSAP256SHA256}
	private, err := key.Generate(256)
	if err != nil {
		t.Fatal(err)
	}
	sets := map[string][]dns.RR{key.Hdr.Name + "DNSKEY": {key}}
	types := map[string][]uint16{zone: {dns.TypeDNSKEY}}
	add := func(rr dns.RR) {
		h := rr.Header()
		id := h.Name + dns.TypeToString[h.Rrtype]
		if len(sets[id]) == 0 {
			types[h.Name] = append(types[h.Name], h.Rrtype)
		}
		sets[id] = append(sets[id], rr)
	}
	p := dns.NewZoneParser(strings.NewReader("$TTL 300\n@ IN SOA ns hostmaster 1 3600 600 86400 60\n"+records), zone, "")
	for rr, ok := p.Next(); ok; rr, ok = p.Next() {
		add(rr)
	}
	if err := p.Err(); err != nil {
		t.Fatal(err)
	}
	var names []string // the zone and names right below it, whose canonical order is that of their first labels
	for name := range types {
		if name != zone {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	names = slices.Insert(names, 0, zone)
	for i, name := range names {
		bits := append(types[name], dns.TypeRRSIG, dns.TypeNSEC)
		slices.Sort(bits)
		add(&dns.NSEC{Hdr: dns.RR_Header{Name: name, Rrtype: dns.TypeNSEC, Class: dns.ClassINET, Ttl: 60}, NextDomain: names[(i+1)%len(names)], TypeBitMap: bits})
	}
	var b strings.Builder
	for _, set := range sets {
		sig := &dns.RRSIG{Hdr: dns.RR_Header{Name: set[0].Header().Name, Rrtype: dns.TypeRRSIG, Class: dns.ClassINET, Ttl: set[0].Header().Ttl}, Algorithm: key.Algorithm,
			SignerName: zone, KeyTag: key.KeyTag(), Inception: uint32(until.Add(-48 * time.Hour).Unix()), Expiration: uint32(until.Unix())}
		if err := sig.Sign(private.(crypto.Signer), set); err != nil {
			t.Fatal(err)
		}
		for _, rr := range append(set, sig) {
			b.WriteString(rr.String() + "\n")
		}
	}
	return b.String(), key.ToDS(dns.SHA256).String()
}

// TestDNSSEC: a zone is secure, insecure, signed without the resolver knowing it, or bogus, which shows by answers that come only
// without validation. The resolver gives no reason (RFC 8914).
func TestDNSSEC(t *testing.T) {
	if !inNamespace(t, "nsd", "unbound") {
		return
	}
	r := newReplica(t)
	above, anchors := root, ""
	for _, c := range []struct {
		name   string
		until  time.Duration
		anchor bool
	}{{"secure.example", time.Hour, true}, {"bogus.example", -240 * time.Hour, true}, {"signed.example", time.Hour, false}} {
		text, ds := signed(t, c.name+".", good+four+six, time.Now().Add(c.until))
		file(t, r.dir+"/zone."+c.name, text)
		r.zones[c.name] = "zone." + c.name
		above += ds + "\n"
		if c.anchor {
			anchors += "  trust-anchor: \"" + strings.ReplaceAll(ds, "\t", " ") + "\"\n"
		}
	}
	r.zone("insecure.example", good+four+six)
	r.zone(".", above)
	r.nsd("nsd", r.zones, "60.0.0.53", "60.0.0.54", "2a0f::53", "2a0f::54")
	r.unbound(anchors)
	n := r.network()
	from := r.source("secure.example", "bogus.example", "signed.example", "insecure.example")
	settings(from).Controls, settings(from).SMTP = []string{"[2a0f::53]:53", "60.0.0.53:53"}, false
	rows, _ := r.probeRows(from, n)
	judge := &readiness.Judge{HaveRegistry: true, Special: reserved}
	for domain, want := range map[string]string{"secure.example": "secure", "bogus.example": "bogus", "signed.example": "signed", "insecure.example": "insecure"} {
		mine := slices.DeleteFunc(slices.Clone(rows), func(p datasets.IPv6Probe) bool { return p.Domain != domain })
		if got := judge.Verdicts(mine, nil)[0].DNSSEC; got != want {
			t.Errorf("%s is %s, want %s", domain, got, want)
			for _, p := range mine {
				if p.Test == "lookup" {
					t.Logf("%s %s %s %s %v %s", p.HostKind, p.QType, p.Result, p.RCode, p.AuthenticatedData, p.Error)
				}
			}
		}
		told := slices.ContainsFunc(judge.Remedies(mine, nil), func(m readiness.Remedy) bool { return strings.Contains(m.Problem, "DNSSEC") })
		if told != (want == "bogus") {
			t.Errorf("%s: a remedy for its signatures: %v", domain, told)
		}
	}
}
