package ipv6

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/miekg/dns"

	"tidemark/collectors/archive"
	"tidemark/collectors/ipv6/delegation"
)

// TestWalked: the exchanges of a domain come out of a transcript as they were, whatever the messages hold.
func TestWalked(t *testing.T) {
	m := new(dns.Msg).SetQuestion("com.", dns.TypeNS)
	m.Response, m.Authoritative, m.Rcode = true, true, dns.RcodeSuccess
	for _, text := range []string{"com. 300 IN NS a.nic.com.", `com. 300 IN TXT "\\027[2J and \\010 a line"`} {
		rr, err := dns.NewRR(text)
		if err != nil {
			t.Fatal(err)
		}
		m.Answer = append(m.Answer, rr)
	}
	m.SetEdns0(1232, false)
	wire, err := m.Pack()
	if err != nil {
		t.Fatal(err)
	}
	transcript := fmt.Sprintf(`{"tidemark_probe":2,"run":"home/20250601T000000Z"}
{"domain":"a.example"}
{"domain":"com","walked":[null,{"at":"2025-06-01T00:00:01Z","server":"2001:db8::1","name":"com","qtype":"NS","response":%q},{"server":"2001:db8::2","host":"a.nic.com","name":"com","qtype":"SOA","tcp":true,"error":"timeout"},{"server":"2001:db8::2","name":"com","qtype":"SOA","response":"AAAA"},{"server":"2001:db8::2","name":"com","qtype":"TXT","left_out":5000}]}
{"end":true,"domains":2}
`, base64.StdEncoding.EncodeToString(wire))
	keep := &archive.Archive{Dir: t.TempDir()}
	raw, _, err := keep.Add(archive.Raw{Kind: "ipv6-probes", Collector: "berlin", Name: "probe.jsonl", Day: time.Date(2025, 6, 1, 0, 0, 0, 0, time.UTC), Fetched: time.Unix(0, 0)}, strings.NewReader(transcript))
	if err != nil {
		t.Fatal(err)
	}
	found, err := ReadWalked(t.Context(), raw, "COM.")
	if err != nil || found == nil {
		t.Fatal(found, err)
	}
	if found.Run != "berlin/20250601T000000Z" || found.Domain != "com" || len(found.Exchanges) != 4 {
		t.Fatalf("%+v", found)
	}
	for i, want := range []string{
		`2001:db8::1  NS NOERROR [qr aa rd] ["com. 300 IN NS a.nic.com." "com. 300 IN TXT \"\\027[2J and \\010 a line\""] true `,
		"2001:db8::2 a.nic.com SOA  [] [] true timeout",
		"2001:db8::2  SOA  [] [] true malformed message: bad header bits: dns: overflow unpacking uint16",
		"2001:db8::2  TXT  [] [] false ",
	} {
		x := found.Exchanges[i]
		got := fmt.Sprintf("%s %s %s %s %v %s %t %s", x.Server, x.Host, x.QType, x.Status, x.Flags, strings.ReplaceAll(fmt.Sprintf("%q", x.Answer), "\\\\", "\\"), x.Whole, x.Error)
		if got != want {
			t.Errorf("exchange %d is\n%s, want\n%s", i, got, want)
		}
	}
	if found, err := ReadWalked(t.Context(), raw, "b.example"); err != nil || found != nil {
		t.Errorf("of a domain that was not probed: %+v, %v", found, err)
	}
	if _, err := ReadWalked(t.Context(), raw, "not a domain"); err == nil {
		t.Error("a name that is none was looked for")
	}
}

// TestMayBe: no line is passed over that a reader of all lines takes for the domain's, however it is written.
func TestMayBe(t *testing.T) {
	for _, line := range []string{
		`{"domain":"com"}`, `{ "domain" : "com" }`, `{"domain":"\u0063om"}`, `{"DOMAIN":"com"}`, `{"dom\u0061in":"com"}`, `{"domain":"net","domain":"com"}`,
		`{"domain":"com","domain":"net"}`, `{"domain":"net"}`, `{"domain":"net","ways":[{"kind":"zone","host":"com"}]}`, `{"domain":"com.net"}`, `{"end":true,"domains":2}`,
		`{"domain":"net","walked":[{"domain":"com"}]}`, `{"domain":"com","rank":"x"}`, `{"domain":5,"x":"com"}`, `{"domain":"com"`, `{}`, ``, `[]`,
	} {
		var all struct {
			domain
			footer
		}
		if err := json.Unmarshal([]byte(line), &all); err == nil && (all.End || all.Domain == "com") && !mayBe([]byte(line), "com") {
			t.Errorf("%s is passed over", line)
		}
	}
	if mayBe([]byte(`{"domain":"net","walked":[{"name":"com"}]}`), "com") {
		t.Error("the line of another domain is parsed")
	}
}

// BenchmarkReadWalked looks for the last domain of a transcript of many with all that was walked, and for a zone that all lines name.
func BenchmarkReadWalked(b *testing.B) {
	const count = 20_000
	var text bytes.Buffer
	z := gzip.NewWriter(&text)
	lines := json.NewEncoder(z)
	lines.Encode(header{Format: format, Run: "home/20250601T000000Z"})
	response := bytes.Repeat([]byte("0123456789abcdef"), 12)
	for i := range count {
		d := domain{Domain: fmt.Sprintf("n%07d.com", i)}
		for n := range 16 {
			d.Walked = append(d.Walked, &delegation.Exchange{QType: "NS", Name: "com", Host: "a.nic.com", Response: append(response[:len(response):len(response)], byte(n), byte(i), byte(i>>8))})
		}
		lines.Encode(d)
	}
	lines.Encode(footer{true, count, ""})
	if err := z.Close(); err != nil {
		b.Fatal(err)
	}
	keep := &archive.Archive{Dir: b.TempDir()}
	raw, _, err := keep.Add(archive.Raw{Kind: "ipv6-probes", Collector: "berlin", Name: "probe.jsonl.gz", Day: time.Date(2025, 6, 1, 0, 0, 0, 0, time.UTC), Fetched: time.Unix(0, 0)}, &text)
	if err != nil {
		b.Fatal(err)
	}
	for _, c := range []struct {
		name string
		has  bool
	}{{fmt.Sprintf("n%07d.com", count-1), true}, {"com", false}} {
		b.Run(c.name, func(b *testing.B) {
			for b.Loop() {
				if found, err := ReadWalked(b.Context(), raw, c.name); err != nil || (found != nil) != c.has {
					b.Fatal(found, err)
				}
			}
			b.ReportMetric(float64(count)*float64(b.N)/b.Elapsed().Seconds(), "lines/s")
		})
	}
}
