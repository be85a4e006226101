package ipv6

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"

	"github.com/miekg/dns"
)

// answer is the content of a response to a question.
type answer struct {
	rcode     string
	aa, ad    bool
	ttl       *int64       // the smallest of its records
	chain     []string     // targets of the CNAMEs, in order
	loop      bool         // the CNAMEs form a loop
	addresses []netip.Addr // of the name at the end of the chain, in the order of the answer
	targets   []string     // of NS and MX, sorted
	bindings  []binding    // of HTTPS
	nullMX    bool         // RFC 7505
	soa       bool
	ds        bool
	extended  string // what went wrong by the first extended error (RFC 8914); empty: none
}

// binding is an HTTPS record (RFC 9460).
type binding struct {
	target string
	alpn   []string
	hints  []netip.Addr
}

// errQuestion is returned for a response to another question.
var errQuestion = errors.New("the response is to another question")

// readAnswer reads a response to a question for a host's records. Records of names that are not part of
// the CNAME chain are ignored.
func readAnswer(host, qtype string, response []byte) (*answer, error) {
	m := new(dns.Msg)
	if err := m.Unpack(response); err != nil {
		return nil, fmt.Errorf("malformed message: %w", err)
	}
	want := dns.StringToType[qtype]
	if len(m.Question) > 1 || len(m.Question) == 1 && (m.Question[0].Qtype != want || bare(m.Question[0].Name) != bare(host)) {
		return nil, errQuestion
	}
	a := &answer{rcode: dns.RcodeToString[m.Rcode], aa: m.Authoritative, ad: m.AuthenticatedData}
	switch {
	case m.Rcode == dns.RcodeBadVers: // 16 is BADSIG in TSIG only (RFC 6895 section 2.3)
		a.rcode = "BADVERS"
	case a.rcode == "":
		a.rcode = fmt.Sprint("RCODE", m.Rcode)
	}
	if opt := m.IsEdns0(); opt != nil {
		for _, o := range opt.Option {
			if e, is := o.(*dns.EDNS0_EDE); is && a.extended == "" {
				a.extended = dns.ExtendedErrorCodeToString[e.InfoCode]
			}
		}
	}
	name := bare(host)
	passed := map[string]bool{name: true}
	for next := a.alias(m, name); next != "" && want != dns.TypeCNAME; next = a.alias(m, name) {
		a.chain = append(a.chain, next)
		if passed[next] {
			a.loop = true
			return a, nil
		}
		passed[next] = true
		name = next
	}
	for _, rr := range m.Answer {
		h := rr.Header()
		owner := bare(h.Name)
		if h.Rrtype == want && owner == name || h.Rrtype == dns.TypeCNAME && passed[owner] {
			if ttl := int64(h.Ttl); a.ttl == nil || ttl < *a.ttl {
				a.ttl = &ttl
			}
		}
		if h.Rrtype == want && owner == name {
			a.add(rr, name)
		}
	}
	slices.Sort(a.targets)
	a.targets = slices.Compact(a.targets)
	return a, nil
}

func bare(name string) string { return strings.ToLower(strings.TrimSuffix(name, ".")) }

// alias returns the target of the name's CNAME, or "" if it has none.
func (a *answer) alias(m *dns.Msg, name string) string {
	for _, rr := range m.Answer {
		if c, is := rr.(*dns.CNAME); is && bare(c.Hdr.Name) == name {
			return bare(c.Target)
		}
	}
	return ""
}

// add adds the content of a record.
func (a *answer) add(rr dns.RR, owner string) {
	switch rr := rr.(type) {
	case *dns.A:
		a.addresses = appendAddress(a.addresses, rr.A.To4())
	case *dns.AAAA:
		a.addresses = appendAddress(a.addresses, rr.AAAA.To16())
	case *dns.NS:
		a.targets = append(a.targets, bare(rr.Ns))
	case *dns.MX:
		if rr.Mx == "." {
			a.nullMX = true
			return
		}
		a.targets = append(a.targets, bare(rr.Mx))
	case *dns.SOA:
		a.soa = true
	case *dns.DS:
		a.ds = true
	case *dns.HTTPS:
		b := binding{target: bare(rr.Target)}
		if b.target == "" {
			b.target = owner
		}
		for _, v := range rr.Value {
			switch v := v.(type) {
			case *dns.SVCBAlpn:
				b.alpn = v.Alpn
			case *dns.SVCBIPv4Hint:
				for _, hint := range v.Hint {
					b.hints = appendAddress(b.hints, hint.To4())
				}
			case *dns.SVCBIPv6Hint:
				for _, hint := range v.Hint {
					b.hints = appendAddress(b.hints, hint.To16())
				}
			}
		}
		a.bindings = append(a.bindings, b)
	}
}

// appendAddress appends an address unless it is already there. An IPv4-mapped one in an AAAA stays an IPv6 address.
func appendAddress(all []netip.Addr, ip net.IP) []netip.Addr {
	if a, ok := netip.AddrFromSlice(ip); ok && !slices.Contains(all, a) {
		return append(all, a)
	}
	return all
}

// result returns the result of a lookup, as the dataset names it.
func (a *answer) result() string {
	switch {
	case a.rcode == "REFUSED":
		return "refused"
	case a.rcode != "NOERROR" && a.rcode != "NXDOMAIN" || a.loop:
		return "error"
	case a.rcode == "NXDOMAIN":
		return "nxdomain"
	case a.nullMX && len(a.targets) == 0:
		return "null-mx"
	case len(a.addresses) > 0 || len(a.targets) > 0 || len(a.bindings) > 0 || a.ds:
		return "ok"
	}
	return "no-data"
}

// wrong returns why the answer is not a result, or "" if it is.
func (a *answer) wrong() string {
	switch {
	case a.loop:
		return "the CNAMEs lead in a circle"
	case a.rcode != "NOERROR" && a.rcode != "NXDOMAIN":
		if a.extended != "" {
			return "the resolver answered " + a.rcode + ": " + a.extended
		}
		return "the resolver answered " + a.rcode
	}
	return ""
}

// authoritative reports whether a name server answered for the zone: with authority, and with the SOA that was asked for.
// A server that does not is lame, and why says so.
func (a *answer) authoritative() (ok bool, why string) {
	switch {
	case a.rcode != "NOERROR":
		return false, "the name server answered " + a.rcode
	case !a.aa:
		return false, "the name server answered without authority"
	case !a.soa:
		return false, "the name server does not have the zone's SOA"
	}
	return true, ""
}
