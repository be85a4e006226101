package ipv6

import (
	"encoding/base64"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/miekg/dns"

	"tidemark/collectors/archive"
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
