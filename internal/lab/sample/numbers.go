package sample

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"strings"
	"time"
)

// numberFiles are IANA's registries of addresses and AS numbers, a list of AS names and one of bogons, in the formats
// of the real ones.
func numberFiles() map[string][]byte {
	last := time.Date(lastYear-1, 12, 31, 12, 0, 0, 0, time.UTC)
	return map[string][]byte{
		"ipv4-address-space.csv":                                 addressSpace4(),
		"ipv6-unicast-address-assignments.csv":                   addressSpace6(),
		"as-numbers.xml":                                         asNumbers(),
		"bgp-parameters.2019-06-01.xml":                          codePoints("2019-06-01", "bgp-parameters", "bgp-parameters-2", "BGP Path Attributes", pathAttributes2019...),
		"bgp-parameters.2022-06-01.xml":                          codePoints("2022-06-01", "bgp-parameters", "bgp-parameters-2", "BGP Path Attributes", pathAttributes2022...),
		"icmpv6-parameters.2019-06-01.xml":                       codePoints("2019-06-01", "icmpv6-parameters", "icmpv6-parameters-5", "IPv6 Neighbor Discovery Option Formats", options2019...),
		"icmpv6-parameters.2022-06-01.xml":                       codePoints("2022-06-01", "icmpv6-parameters", "icmpv6-parameters-5", "IPv6 Neighbor Discovery Option Formats", options2022...),
		"asn." + last.Format("20060102") + ".txt":                asNames(),
		"fullbogons-ipv4." + last.Format(time.DateOnly) + ".txt": bogonList(last, "0.0.0.0/8", "10.0.0.0/8", "61.251.0.0/16", "100.64.0.0/10", "127.0.0.0/8", "240.0.0.0/4"),
		"fullbogons-ipv6." + last.Format(time.DateOnly) + ".txt": bogonList(last, "::/8", "64:ff9b:1::/48", "2001:db8::/32", "fc00::/6"),
	}
}

func csvOf(lines [][]string) []byte {
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	w.WriteAll(lines) // writing to a bytes.Buffer cannot fail
	return b.Bytes()
}

// addressSpace4 returns a registry with every /8 allocated except the reserved ones.
func addressSpace4() []byte {
	lines := [][]string{{"Prefix", "Designation", "Date", "WHOIS", "RDAP", "Status [1]", "Note"}}
	for n := range 256 {
		line := []string{fmt.Sprintf("%03d/8", n), "APNIC", "1993-05", "whois.apnic.net", "https://rdap.apnic.net/", "ALLOCATED", ""}
		switch {
		case n == 0 || n == 10 || n == 127:
			line = []string{line[0], "IANA - set aside", "1981-09", "", "", "RESERVED", "[2]"}
		case n >= 240:
			line = []string{line[0], "Future use", "1981-09", "", "", "RESERVED", "[15]"}
		case n >= 224:
			line = []string{line[0], "Multicast", "1981-09", "", "", "RESERVED", "[14]"}
		}
		lines = append(lines, line)
	}
	return csvOf(lines)
}

func addressSpace6() []byte {
	lines := [][]string{{"Prefix", "Designation", "Date", "WHOIS", "RDAP", "Status", "Note"}}
	for _, l := range []string{"2001:0000::/23 IANA 1999-07-01 ALLOCATED", "2001:0400::/23 ARIN 1999-07-01 ALLOCATED", "2002:0000::/16 6to4 2001-02-01 ALLOCATED",
		"2400:0000::/12 APNIC 2006-10-03 ALLOCATED", "2600:0000::/12 ARIN 2006-10-03 ALLOCATED", "2800:0000::/12 LACNIC 2006-10-03 ALLOCATED",
		"2a00:0000::/12 RIPE-NCC 2006-10-03 ALLOCATED", "2c00:0000::/12 AFRINIC 2006-10-03 ALLOCATED", "3ffe::/16 IANA 2008-04 RESERVED"} {
		f := strings.Fields(l)
		lines = append(lines, []string{f[0], f[1], f[2], "whois.iana.org", "", f[3], ""})
	}
	return csvOf(lines)
}

func asNumbers() []byte {
	var b strings.Builder
	b.WriteString("<?xml version='1.0' encoding='UTF-8'?>\n<registry xmlns=\"http://www.iana.org/assignments\" id=\"as-numbers\">\n<updated>2015-12-01</updated>\n")
	for i, table := range [][]string{
		{"0|Reserved", "1-23455|Assigned by ARIN", "23456|AS_TRANS", "23457-64495|Assigned by RIPE NCC", "64496-64511|Reserved for use in documentation and sample code", "64512-65534|Reserved for Private Use", "65535|Reserved"},
		{"0-65535|See 16-bit registry", "65536-65551|Reserved for use in documentation and sample code", "65552-131071|Reserved", "131072-399999|Assigned by the registries", "400000-4199999999|Unallocated", "4200000000-4294967294|Reserved for Private Use", "4294967295|Reserved"},
	} {
		fmt.Fprintf(&b, "<registry id=\"as-numbers-%d\">\n", i+1)
		for _, r := range table {
			number, description, _ := strings.Cut(r, "|")
			fmt.Fprintf(&b, "<record>\n<number>%s</number>\n<description>%s</description>\n</record>\n", number, description)
		}
		b.WriteString("</registry>\n")
	}
	b.WriteString("</registry>\n")
	return []byte(b.String())
}

// Entries of IANA's registries on two days: value, name, RFCs, and the month of the registration.
var (
	pathAttributes2019 = []string{"1|ORIGIN|4271|", "2|AS_PATH|4271|", "14|MP_REACH_NLRI|4760|", "20|Connector Attribute|6037|", "30|Pilot||", "32|LARGE_COMMUNITY|8092|2017-02", "35-127|Unassigned||"}
	pathAttributes2022 = []string{"1|ORIGIN|4271|", "2|AS_PATH|4271|", "14|MP_REACH_NLRI|4760 7606|", "20|Connector Attribute (deprecated)|6037|", "32|LARGE_COMMUNITY|8092|2017-02", "35|Only to Customer (OTC)|9234|2022-05", "36-127|Unassigned||"}
	options2019        = []string{"3|Prefix Information|4861|", "25|Recursive DNS Server Option|8106|2017-03"}
	options2022        = append(options2019, "38|PREF64 option|8781|2020-04")
)

// codePoints returns a registry of IANA with one list.
func codePoints(updated, registry, list, title string, entries ...string) []byte {
	var b strings.Builder
	fmt.Fprintf(&b, "<?xml version='1.0' encoding='UTF-8'?>\n<registry xmlns=\"http://www.iana.org/assignments\" id=%q>\n<updated>%s</updated>\n<registry id=%q>\n<title>%s</title>\n", registry, updated, list, title)
	for _, entry := range entries {
		f := strings.Split(entry, "|")
		date := ""
		if f[3] != "" {
			date = fmt.Sprintf(" date=%q", f[3])
		}
		fmt.Fprintf(&b, "<record%s>\n<value>%s</value>\n<name>%s</name>\n", date, f[0], f[1])
		for _, rfc := range strings.Fields(f[2]) {
			fmt.Fprintf(&b, "<xref type=\"rfc\" data=\"rfc%s\"/>\n", rfc)
		}
		b.WriteString("</record>\n")
	}
	b.WriteString("</registry>\n</registry>\n")
	return []byte(b.String())
}

// asNames returns the names of the model's networks; one is as hostile as a registrant can make it.
func asNames() []byte {
	var b strings.Builder
	for i, n := range networks() {
		fmt.Fprintf(&b, "%d MODEL-%03d Model Network %d, %s\n", n.asn, i, i, countryOf(i))
	}
	fmt.Fprintf(&b, "%d =cmd()</script><b>Leaking & Sons, NL\n", selfFeeder)
	for i, asn := range transits {
		fmt.Fprintf(&b, "%d TRANSIT-%d Model Transit %d, US\n", asn, i+1, i+1)
	}
	return []byte(b.String())
}

func bogonList(at time.Time, prefixes ...string) []byte {
	return fmt.Appendf(nil, "# last updated %d (%s)\n%s\n", at.Unix(), at.Format("Mon Jan 2 15:04:05 2006 GMT"), strings.Join(prefixes, "\n"))
}
