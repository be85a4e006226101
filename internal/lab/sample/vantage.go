package sample

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/miekg/dns"
)

// vantageFiles are transcripts of the checks of two connections of the model: one that gets IPv6 late and loses large
// packets over it for two years, and one without IPv4 whose network changes its translation prefix.
func vantageFiles() map[string][]byte {
	files := map[string][]byte{}
	for year := firstProbe; year <= lastYear; year++ {
		at := time.Date(year, 1, 1, 0, 0, 0, 0, time.UTC)
		files["home."+at.Format(time.DateOnly)+".jsonl"] = homeChecks(at)
		files["mobile."+at.Format(time.DateOnly)+".jsonl"] = mobileChecks(at)
	}
	return files
}

// check is a line of a transcript.
type check map[string]any

func checkFile(name string, at time.Time, resolvers []string, advertisements bool, checks []check) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	lines := append([]check{{"tidemark_vantage": 1, "run": name + "/" + at.Format("20060102T150405Z"), "vantage": name, "started": at, "resolvers": resolvers,
		"controls": []string{"control.example:443"}, "advertisements": advertisements}}, checks...)
	for _, l := range append(lines, check{"end": true, "events": len(checks)}) {
		if err := e.Encode(l); err != nil {
			panic(err) // plain values always marshal
		}
	}
	return b.Bytes()
}

// asked is a question to a resolver with its answer; records are in zone file format, without owner.
func asked(resolver, purpose, name string, qtype uint16, ms float64, authenticated bool, records ...string) check {
	m := new(dns.Msg)
	m.SetQuestion(name, qtype)
	m.Id, m.Response, m.RecursionAvailable, m.AuthenticatedData = 0, true, true, authenticated
	for _, r := range records {
		rr, err := dns.NewRR(fmt.Sprintf("%s 300 IN %s %s", name, dns.TypeToString[qtype], r))
		if err != nil {
			panic(fmt.Sprintf("sample: record %q: %v", r, err)) // a mistake in this file
		}
		m.Answer = append(m.Answer, rr)
	}
	packed, err := m.Pack()
	if err != nil {
		panic(err) // a mistake in this file
	}
	family := 4
	if strings.HasPrefix(resolver, "[") {
		family = 6
	}
	question := strings.TrimSuffix(name, ".")
	if question == "" {
		question = "."
	}
	return check{"kind": "lookup", "family": family, "purpose": purpose, "resolver": resolver, "name": question, "qtype": dns.TypeToString[qtype], "ms": ms, "result": "ok", "response": packed}
}

func homeChecks(at time.Time) []byte {
	const control, soa = "control.example:443", "a.root-servers.net. nstld.verisign-grs.com. 1 1800 900 604800 86400"
	year := at.Year()
	checks := []check{{"kind": "address", "family": 4, "address": "192.168.1.0/24", "count": 1, "result": "ok"}}
	resolvers := []string{"192.168.1.1:53"}
	has6 := year >= 2022
	if has6 {
		checks = append(checks, check{"kind": "address", "family": 6, "address": "2a0f:1005:7::/48", "count": 2, "result": "ok"})
		resolvers = append(resolvers, "[2a0f:1005:7::1]:53")
	}
	checks = append(checks, check{"kind": "source", "family": 4, "address": "192.168.1.0/24", "result": "ok"})
	if has6 {
		checks = append(checks, check{"kind": "source", "family": 6, "address": "2a0f:1005:7::/48", "result": "ok"})
	} else {
		checks = append(checks, check{"kind": "source", "family": 6, "result": "unreachable", "error": "connect: network is unreachable"})
	}
	for _, r := range resolvers {
		checks = append(checks, asked(r, "a4", "ipv4only.arpa.", dns.TypeA, 4.1, false, "192.0.0.170", "192.0.0.171"), asked(r, "dns64", "ipv4only.arpa.", dns.TypeAAAA, 3.9, false),
			asked(r, "dnssec", ".", dns.TypeSOA, 5.2, year >= 2023, soa), asked(r, "aaaa", control[:15]+".", dns.TypeAAAA, 6, false, "2a0f:1000:1::1"))
	}
	v4, v6 := 18.4-float64(year-2021)*0.7, 21.9-float64(year-2021)*1.4
	if has6 {
		checks = append(checks, check{"kind": "connect", "family": 6, "target": control, "address": "2a0f:1000:1::1", "ms": math.Round(v6*10) / 10, "result": "ok"})
		exchange := check{"kind": "exchange", "family": 6, "target": control, "address": "2a0f:1000:1::1", "sent": 4120, "received": 8400, "mtu": 1500, "ms": 61.5, "result": "ok"}
		if year < 2024 { // a tunnel whose broker drops Packet Too Big messages
			exchange = check{"kind": "exchange", "family": 6, "target": control, "address": "2a0f:1000:1::1", "sent": 4120, "mtu": 1500, "result": "timeout", "error": "read: i/o timeout"}
		}
		if checks = append(checks, exchange); year < 2024 {
			for _, clamp := range []int{1280, 1472, 1480, 1492} {
				tried := check{"kind": "exchange", "family": 6, "target": control, "address": "2a0f:1000:1::1", "sent": 4120, "clamp": clamp, "result": "timeout", "error": "read: i/o timeout"}
				if clamp <= 1480 {
					tried = check{"kind": "exchange", "family": 6, "target": control, "address": "2a0f:1000:1::1", "sent": 4120, "received": 8400, "clamp": clamp, "ms": 64.2, "result": "ok"}
				}
				checks = append(checks, tried)
			}
		}
	} else {
		checks = append(checks, check{"kind": "connect", "family": 6, "target": control, "address": "2a0f:1000:1::1", "result": "unreachable", "error": "connect: network is unreachable"})
	}
	checks = append(checks, check{"kind": "connect", "family": 4, "target": control, "address": "60.0.1.1", "ms": math.Round(v4*10) / 10, "result": "ok"},
		check{"kind": "exchange", "family": 4, "target": control, "address": "60.0.1.1", "sent": 4120, "received": 8400, "mtu": 1500, "ms": 55.3, "result": "ok"})
	return checkFile("sample-home", at, resolvers, false, checks)
}

func mobileChecks(at time.Time) []byte {
	const control, resolver = "control.example:443", "[2a0f:1008:53::1]:53"
	year := at.Year()
	// The prefix with the addresses of 192.0.0.170 and 192.0.0.171 and of the control under it, and the name that the network
	// gives to its translator.
	prefix, first, second, through := "64:ff9b::/96", "64:ff9b::c000:aa", "64:ff9b::c000:ab", "64:ff9b::3c00:101"
	var name []string
	switch {
	case year >= 2025:
		prefix, first, second, through = "2a0f:1008:6464::/64", "2a0f:1008:6464:0:c0:0:aa00:0", "2a0f:1008:6464:0:c0:0:ab00:0", "2a0f:1008:6464:0:3c:1:100:0"
		name = []string{"nat64.mobile.example."}
	case year >= 2023:
		prefix, first, second, through = "64:ff9b:1::/96", "64:ff9b:1::c000:aa", "64:ff9b:1::c000:ab", "64:ff9b:1::3c00:101"
	}
	checks := []check{
		{"kind": "address", "family": 4, "address": "192.0.0.0/24", "count": 1, "result": "ok"}, // a CLAT (RFC 7335)
		{"kind": "address", "family": 6, "address": "2a0f:1008:100::/48", "count": 1, "result": "ok"},
		{"kind": "source", "family": 4, "address": "192.0.0.0/24", "result": "ok"}, {"kind": "source", "family": 6, "address": "2a0f:1008:100::/48", "result": "ok"},
	}
	if year >= 2024 { // RFC 8781: 64:ff9b:1::/96, and a year later the /64, for half an hour
		option := []byte{38, 2, 0x07, 0x08, 0, 0x64, 0xff, 0x9b, 0, 1, 0, 0, 0, 0, 0, 0}
		if year >= 2025 {
			option = []byte{38, 2, 0x07, 0x09, 0x2a, 0x0f, 0x10, 0x08, 0x64, 0x64, 0, 0, 0, 0, 0, 0}
		}
		checks = append(checks, check{"kind": "advertisement", "family": 6, "result": "ok", "interface": "wwan0", "packet": append([]byte{134, 0, 0, 0, 64, 0, 7, 8, 0, 0, 0, 0, 0, 0, 0, 0}, option...)})
	}
	checks = append(checks, asked(resolver, "a4", "ipv4only.arpa.", dns.TypeA, 31, false, "192.0.0.170", "192.0.0.171"), asked(resolver, "dns64", "ipv4only.arpa.", dns.TypeAAAA, 29.5, false, first, second),
		asked(resolver, "dnssec", ".", dns.TypeSOA, 30.1, false), asked(resolver, "aaaa", "control.example.", dns.TypeAAAA, 33, false, "2a0f:1000:1::1"))
	reverse, err := dns.ReverseAddr(first)
	if err != nil {
		panic(err) // a mistake above
	}
	named := asked(resolver, "name", reverse, dns.TypePTR, 32, false, name...)
	named["prefix"] = prefix
	translated := check{"kind": "connect", "family": 6, "target": control, "address": through, "prefix": prefix, "ms": 58.7, "result": "ok"}
	if year == 2023 { // the resolver was renumbered before the translator
		translated = check{"kind": "connect", "family": 6, "target": control, "address": through, "prefix": prefix, "result": "timeout", "error": "dial: i/o timeout"}
	}
	checks = append(checks, named,
		check{"kind": "connect", "family": 6, "target": control, "address": "2a0f:1000:1::1", "ms": 47.2, "result": "ok"},
		check{"kind": "exchange", "family": 6, "target": control, "address": "2a0f:1000:1::1", "sent": 4120, "received": 8400, "mtu": 1500, "ms": 160.4, "result": "ok"},
		check{"kind": "connect", "family": 4, "target": control, "address": "60.0.1.1", "ms": 61.3, "result": "ok"},
		check{"kind": "exchange", "family": 4, "target": control, "address": "60.0.1.1", "sent": 4120, "received": 8400, "mtu": 1472, "ms": 188.9, "result": "ok"}, translated)
	return checkFile("sample-mobile", at, []string{resolver}, true, checks)
}
