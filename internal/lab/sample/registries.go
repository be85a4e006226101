package sample

import (
	"bytes"
	"cmp"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"
)

// specialBlock is a line of the IANA special-purpose registries (RFC 6890, RFC 8190): block, name, reference, month of
// allocation, and the properties source, destination, forwardable, globally reachable and reserved by protocol as T, F
// or N (not applicable).
type specialBlock struct{ block, name, reference, allocated, properties string }

var specialIPv4 = []specialBlock{
	{"0.0.0.0/8", `"This network"`, "[RFC791], Section 3.2", "1981-09", "TFFFT"},
	{"0.0.0.0/32", `"This host on this network"`, "[RFC1122], Section 3.2.1.3", "1981-09", "TFFFT"},
	{"10.0.0.0/8", "Private-Use", "[RFC1918]", "1996-02", "TTTFF"},
	{"100.64.0.0/10", "Shared Address Space", "[RFC6598]", "2012-04", "TTTFF"},
	{"127.0.0.0/8", "Loopback", "[RFC1122], Section 3.2.1.3", "1981-09", "FFFFT"},
	{"169.254.0.0/16", "Link Local", "[RFC3927]", "2005-05", "TTFFT"},
	{"172.16.0.0/12", "Private-Use", "[RFC1918]", "1996-02", "TTTFF"},
	{"192.0.0.0/24 [2]", "IETF Protocol Assignments", "[RFC6890], Section 2.1", "2010-01", "FFFFF"},
	{"192.0.0.0/29", "IPv4 Service Continuity Prefix", "[RFC7335]", "2011-06", "TTTFF"},
	{"192.0.0.8/32", "IPv4 dummy address", "[RFC7600]", "2015-03", "TFFFF"},
	{"192.0.0.9/32", "Port Control Protocol Anycast", "[RFC7723]", "2015-10", "TTTTF"},
	{"192.0.0.10/32", "Traversal Using Relays around NAT Anycast", "[RFC8155]", "2017-02", "TTTTF"},
	{"192.0.0.170/32, 192.0.0.171/32", "NAT64/DNS64 Discovery", "[RFC8880][RFC7050], Section 2.2", "2013-02", "FFFFT"},
	{"192.0.2.0/24", "Documentation (TEST-NET-1)", "[RFC5737]", "2010-01", "FFFFF"},
	{"192.31.196.0/24", "AS112-v4", "[RFC7535]", "2014-12", "TTTTF"},
	{"192.52.193.0/24", "AMT", "[RFC7450]", "2014-12", "TTTTF"},
	{"192.88.99.0/24", "Deprecated (6to4 Relay Anycast)", "[RFC7526]", "2001-06", "NNNNN"},
	{"192.168.0.0/16", "Private-Use", "[RFC1918]", "1996-02", "TTTFF"},
	{"192.175.48.0/24", "Direct Delegation AS112 Service", "[RFC7534]", "1996-01", "TTTTF"},
	{"198.18.0.0/15", "Benchmarking", "[RFC2544]", "1999-03", "TTTFF"},
	{"198.51.100.0/24", "Documentation (TEST-NET-2)", "[RFC5737]", "2010-01", "FFFFF"},
	{"203.0.113.0/24", "Documentation (TEST-NET-3)", "[RFC5737]", "2010-01", "FFFFF"},
	{"240.0.0.0/4", "Reserved", "[RFC1112], Section 4", "1989-08", "FFFFT"},
	{"255.255.255.255/32", "Limited Broadcast", "[RFC8190] [RFC919], Section 7", "1984-10", "FTFFT"},
}

var specialIPv6 = []specialBlock{
	{"::1/128", "Loopback Address", "[RFC4291]", "2006-02", "FFFFT"},
	{"::/128", "Unspecified Address", "[RFC4291]", "2006-02", "TFFFT"},
	{"::ffff:0:0/96", "IPv4-mapped Address", "[RFC4291]", "2006-02", "FFFFT"},
	{"64:ff9b::/96", "IPv4-IPv6 Translat.", "[RFC6052]", "2010-10", "TTTTF"},
	{"64:ff9b:1::/48", "IPv4-IPv6 Translat.", "[RFC8215]", "2017-06", "TTTFF"},
	{"100::/64", "Discard-Only Address Block", "[RFC6666]", "2012-06", "TTTFF"},
	{"2001::/23", "IETF Protocol Assignments", "[RFC2928]", "2000-09", "FFFFF"},
	{"2001::/32", "TEREDO", "[RFC4380] [RFC8190]", "2006-01", "TTTNF"},
	{"2001:1::1/128", "Port Control Protocol Anycast", "[RFC7723]", "2015-10", "TTTTF"},
	{"2001:1::2/128", "Traversal Using Relays around NAT Anycast", "[RFC8155]", "2017-02", "TTTTF"},
	{"2001:2::/48", "Benchmarking", "[RFC5180][RFC Errata 1752]", "2008-04", "TTTFF"},
	{"2001:3::/32", "AMT", "[RFC7450]", "2014-12", "TTTTF"},
	{"2001:4:112::/48", "AS112-v6", "[RFC7535]", "2014-12", "TTTTF"},
	{"2001:10::/28", "Deprecated (previously ORCHID)", "[RFC4843]", "2007-03", "NNNNN"},
	{"2001:20::/28", "ORCHIDv2", "[RFC7343]", "2014-07", "TTTTF"},
	{"2001:db8::/32", "Documentation", "[RFC3849]", "2004-07", "FFFFF"},
	{"2002::/16 [3]", "6to4", "[RFC3056]", "2001-02", "TTTNF"},
	{"2620:4f:8000::/48", "Direct Delegation AS112 Service", "[RFC7534]", "2011-05", "TTTTF"},
	{"fc00::/7", "Unique-Local", "[RFC4193] [RFC8190]", "2005-10", "TTTFF"},
	{"fe80::/10", "Link-Local Unicast", "[RFC4291]", "2006-02", "TTFFT"},
}

// registryFiles are the special-purpose registries and the delegation statistics of the five regional registries.
func registryFiles() map[string][]byte {
	files := map[string][]byte{
		"iana-ipv4-special-registry-1.csv": specialCSV(specialIPv4),
		"iana-ipv6-special-registry-1.csv": specialCSV(specialIPv6),
	}
	for name, content := range numberFiles() {
		files[name] = content
	}
	for name, content := range transferLogs() {
		files[name] = content
	}
	for name, content := range routeObjects() {
		files[name] = content
	}
	files[fmt.Sprintf("as-org2info.%d1201.txt", lastYear-1)] = organisations()
	for _, year := range []int{firstYear, 2021, lastYear - 1, lastYear} {
		for name, content := range delegations(year) {
			files[name] = content
		}
	}
	return files
}

func specialCSV(blocks []specialBlock) []byte {
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	w.Write([]string{"Address Block", "Name", "RFC", "Allocation Date", "Termination Date", "Source", "Destination", "Forwardable", "Globally Reachable", "Reserved-by-Protocol"})
	for _, s := range blocks {
		line := []string{s.block, s.name, s.reference, s.allocated, "N/A"}
		for _, p := range s.properties {
			line = append(line, map[rune]string{'T': "True", 'F': "False", 'N': "N/A"}[p])
		}
		w.Write(line)
	}
	w.Flush()
	return b.Bytes()
}

// registries are the regional ones of the model, with the name in their transfer logs and the codes under which their networks are
// registered; EU is one of those that are not a country's.
var registries = []struct {
	key, name string
	codes     []string
}{
	{"afrinic", "AFRINIC", []string{"ZA", "NG", "KE", "EG"}},
	{"apnic", "APNIC", []string{"JP", "AU", "IN", "CN", "SG"}},
	{"arin", "ARIN", []string{"US", "US", "US", "CA"}},
	{"lacnic", "LACNIC", []string{"BR", "BR", "AR", "CL"}},
	{"ripencc", "RIPE NCC", []string{"NL", "DE", "FR", "GB", "PL", "EU"}},
}

// countryOf returns the code under which network i is registered.
func countryOf(i int) string {
	codes := registries[i%5].codes
	return codes[i/5%len(codes)]
}

// delegations returns the extended statistics of the end of the previous year: every network has its blocks from the
// registry of its number, and each registry keeps some space available.
func delegations(year int) map[string][]byte {
	files := map[string][]byte{}
	day := time.Date(year-1, 12, 31, 0, 0, 0, 0, time.UTC).Format("20060102")
	for r, registry := range registries {
		name := registry.key
		counts := map[string]int{}
		var lines []string
		add := func(kind, country, start string, value int, since, status, holder string) {
			counts[kind]++
			lines = append(lines, fmt.Sprintf("%s|%s|%s|%s|%d|%s|%s|%s", name, country, kind, start, value, since, status, holder))
		}
		for i, n := range networks() {
			if i%5 != r || n.founded > year {
				continue
			}
			since := fmt.Sprintf("%d0601", n.founded-1)
			holder, country := fmt.Sprintf("model-%03d", i), countryOf(i)
			add("asn", country, fmt.Sprint(n.asn), 1, since, "assigned", holder)
			add("ipv4", country, block4(i).Addr().String(), 4096, since, "allocated", holder)
			if n.v6Since <= year {
				add("ipv6", country, block6(i).Addr().String(), 32, fmt.Sprintf("%d0301", n.v6Since-1), "allocated", holder)
			}
		}
		add("ipv4", "", fmt.Sprintf("62.%d.0.0", r), 65536-4096*(year-firstYear), "", "available", "")
		add("ipv6", "", fmt.Sprintf("2a0f:%x::", 0xf000+r<<8), 24, "", "available", "")
		if r == 4 {
			add("ipv4", "", "61.250.0.0", 65536, "", "reserved", "")
		}
		var b strings.Builder
		fmt.Fprintf(&b, "2.3|%s|%s|%d|19830101|%s|+0000\n", name, day, len(lines), day)
		for _, kind := range []string{"asn", "ipv4", "ipv6"} {
			fmt.Fprintf(&b, "%s|*|%s|*|%d|summary\n", name, kind, counts[kind])
		}
		b.WriteString(strings.Join(lines, "\n") + "\n")
		files[fmt.Sprintf("delegated-%s-extended-%s", name, day)] = []byte(b.String())
	}
	return files
}

// payloads returns the validated ROA payloads of a year in rpki-client's format.
func payloads(year int) []byte {
	type roa struct {
		ASN       uint32 `json:"asn"`
		Prefix    string `json:"prefix"`
		MaxLength int    `json:"maxLength"`
		TA        string `json:"ta"`
	}
	var all []roa
	for i, n := range networks() {
		if year < n.roaSince || year < n.founded {
			continue
		}
		ta := []string{"afrinic", "apnic", "arin", "lacnic", "ripe"}[i%5]
		asn, most := n.asn, 24
		switch {
		case i%23 == 4: // the ROA still names the previous holder's AS
			asn = n.asn + 1
		case i%11 == 6: // the ROA does not cover the more specifics
			most = 20
		}
		all = append(all, roa{asn, block4(i).String(), most, ta})
		if year >= n.v6Since {
			all = append(all, roa{n.asn, block6(i).String(), 48, ta})
		}
	}
	file := map[string]any{"metadata": map[string]any{"buildtime": fmt.Sprintf("%d-01-01T00:00:00Z", year), "roas": len(all)}, "roas": all}
	if objects := aspas(year); len(objects) > 0 {
		file["aspas"] = objects
	}
	b, err := json.MarshalIndent(file, "", "\t")
	if err != nil {
		panic(err) // plain values always marshal
	}
	return append(b, '\n')
}

// firstASPAs is the first year with ASPAs.
const firstASPAs = 2023

// aspa is an ASPA in rpki-client's format.
type aspa struct {
	Customer  uint32   `json:"customer_asid"`
	Expires   int64    `json:"expires"`
	Providers []uint32 `json:"providers"`
}

// aspas returns the ASPAs of a year: more networks have one each year, and some forget their second upstream. Three of the transit ASes
// state that they have no providers.
func aspas(year int) (all []aspa) {
	if year < firstASPAs {
		return nil
	}
	expires := time.Date(year, 1, 8, 0, 0, 0, 0, time.UTC).Unix()
	for _, asn := range transits[:3] {
		all = append(all, aspa{asn, expires, []uint32{0}})
	}
	for i, n := range networks() {
		if n.founded > year || lot(i, 9) > 0.05*float64(year-firstASPAs+1) {
			continue
		}
		providers := slices.Sorted(slices.Values(n.upstreams))
		if i%4 == 1 {
			providers = n.upstreams[:1]
		}
		all = append(all, aspa{n.asn, expires, providers})
	}
	slices.SortFunc(all, func(a, b aspa) int { return cmp.Compare(a.Customer, b.Customer) })
	return all
}
