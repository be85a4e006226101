package resolver

import (
	"bytes"
	"encoding/binary"
	"errors"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/miekg/dns"

	"tidemark/internal/testkit/fuzz"
)

var names = []string{
	"example", "Example.", "www.example.com", ".", "", "..", "a..b", ".a", `a\.b.example`, `a\046b.example`, `a\300.b`, `a\04`, `a\`, `\\.example`,
	`\000.example`, strings.Repeat("a", 63) + ".example", strings.Repeat("a", 64) + ".example",
	strings.Repeat(strings.Repeat("a", 63)+".", 3) + strings.Repeat("b", 61) + ".", // 255 octets
	strings.Repeat(strings.Repeat("a", 63)+".", 3) + strings.Repeat("b", 62) + ".",
	"xn--bcher-kva.example", "bücher.example", "a b.example",
}

// FuzzName compares with miekg/dns what is made of names.
func FuzzName(t *testing.F) {
	f := fuzz.With(t)
	for _, name := range names {
		f.Add(name)
	}
	f.Fuzz(func(t *testing.T, name string) {
		got, err := appendName(nil, name)
		if err != nil && !errors.Is(err, ErrName) {
			t.Fatalf("the error is %v", err)
		}
		want := make([]byte, 1024)
		undotted := strings.TrimSuffix(name, ".")
		bare := strings.TrimRight(undotted, `\`)
		if bare != "" && bare != undotted && bare[len(bare)-1] >= utf8.RuneSelf {
			return // miekg/dns counts the bytes of the rune before the last backslashes as further ones
		}
		n, other := dns.PackDomainName(dns.Fqdn(name), want, 0, nil, false)
		_, valid := dns.IsDomainName(name)
		if err == nil && (other != nil || !valid || !bytes.Equal(got, want[:n])) {
			t.Errorf("%q gives %x, miekg/dns says %x, %v", name, got, want[:n], other)
		}
		if err != nil && other == nil && valid && n <= maxName && name != "" && !strings.Contains(name, `\`) {
			t.Errorf("%q is refused: %v", name, err)
		}
	})
}

func TestQuery(t *testing.T) {
	b, err := appendQuery(nil, `a\.b.Example`, dns.TypeHTTPS, flagRD|flagAD, true)
	if err != nil {
		t.Fatal(err)
	}
	want := new(dns.Msg)
	want.SetQuestion(`a\.b.Example.`, dns.TypeHTTPS)
	want.Id, want.AuthenticatedData = 0, true
	want.SetEdns0(1232, false)
	if p := pack(want); !bytes.Equal(b, p) {
		t.Errorf("the query is\n%x, expected\n%x", b, p)
	}
	if len(b) > maxQuery {
		t.Errorf("the query has %d octets", len(b))
	}
}

// FuzzMatches: whatever matches is a response to the question, whole or truncated; a reply that miekg/dns makes matches.
func FuzzMatches(t *testing.F) {
	f := fuzz.With(t)
	q := new(dns.Msg)
	q.SetQuestion("www.example.", dns.TypeAAAA)
	whole := pack(reply(q))
	f.Add("www.example", uint16(dns.TypeAAAA), whole)
	f.Add("WWW.example", uint16(dns.TypeAAAA), whole)
	f.Add("www.example", uint16(dns.TypeA), whole)
	f.Add("ww.example", uint16(dns.TypeAAAA), whole)
	f.Add("www.example", uint16(dns.TypeAAAA), whole[:len(whole)-3])
	f.Add("www.example", uint16(dns.TypeAAAA), whole[:14])
	f.Add("www.example", uint16(dns.TypeAAAA), pack(q))
	cut := bytes.Clone(whole[:len(whole)-3])
	cut[2] |= flagTC >> 8
	f.Add("www.example", uint16(dns.TypeAAAA), cut)
	f.Fuzz(func(t *testing.T, name string, qtype uint16, message []byte) {
		query, err := appendQuery(nil, name, qtype, flagRD, true)
		if err != nil {
			return
		}
		q := new(dns.Msg)
		if err := q.Unpack(query); err != nil {
			t.Fatalf("miekg/dns cannot read the query for %q: %v", name, err)
		}
		r := new(dns.Msg)
		r.SetReply(q)
		if !matches(query, pack(r)) {
			t.Fatalf("the reply to %q does not match", name)
		}
		if !matches(query, message) {
			return
		}
		if len(message) < headerSize || message[2]>>7 != 1 || message[2]>>3&0xf != 0 || binary.BigEndian.Uint16(message[4:]) != 1 {
			t.Fatalf("%x is not a response with one question", message)
		}
		got, end, err := dns.UnpackDomainName(message, headerSize)
		if err != nil || end+4 > len(message) || !strings.EqualFold(got, q.Question[0].Name) ||
			binary.BigEndian.Uint16(message[end:]) != qtype || binary.BigEndian.Uint16(message[end+2:]) != dns.ClassINET {
			t.Fatalf("%x answers another question than %q: %q, %v", message, name, got, err)
		}
	})
}
