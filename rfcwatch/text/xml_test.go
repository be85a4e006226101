package text

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"tidemark/internal/testkit/fuzz"
)

const smallXML = `<?xml version="1.0" encoding="utf-8"?>
<rfc version="3" number="9999">
<front><title>A Small <br/>Document</title>
<author fullname="Ada Example" initials="A." surname="Example"><organization>Example Org</organization>
<address><postal><street>1 Road</street><city>Oslo</city><country>Norway</country></postal><email>a@example.net</email></address></author>
<abstract pn="section-abstract"><t>It is short.</t></abstract>
<toc><section><name>Table of Contents</name><t><xref derivedContent="1" format="counter" target="section-1"/> <xref derivedContent="7" format="counter" target="section-7"/></t></section></toc>
</front>
<middle><section pn="section-1" numbered="true"><name>Rules</name>
<t>A host <bcp14>MUST NOT</bcp14> send non‑probing packets above 2<sup>62</sup>; see <xref target="RFC8200" section="4.2" sectionFormat="of" derivedContent="RFC8200"/> and
<xref target="app" derivedContent="Appendix A"/> &amp; <eref target="https://example.net/" brackets="angle"/>.</t>
<ul><li>One.</li><li><t>Two:</t><ol><li derivedCounter="1.">deep</li></ol></li></ul>
<dl><dt>Term:</dt><dd>Its meaning.</dd></dl>
<figure pn="figure-1"><name>A Field</name><artset><artwork type="svg"><svg><text>picture</text></svg></artwork><artwork type="ascii-art"><![CDATA[

   +--+
   |  |
]]></artwork></artset></figure>
<table pn="table-1"><thead><tr><th>Value</th><th>Name</th></tr></thead><tbody><tr><td>0</td><td>Provider</td></tr></tbody></table>
</section></middle>
<back><references pn="section-2"><name>References</name><references pn="section-2.1"><name>Normative References</name>
<reference anchor="RFC8200" derivedAnchor="RFC8200" target="https://www.rfc-editor.org/info/rfc8200"><front><title>IPv6</title>
<author initials="S." surname="Deering"/><author initials="R." surname="Hinden" role="editor"/><date month="July" year="2017"/></front>
<seriesInfo name="STD" value="86"/><seriesInfo name="RFC" value="8200"/></reference></references></references>
<section pn="section-appendix.a" numbered="true"><name>More</name><t>Text.</t><unheard>of</unheard></section>
<section pn="section-appendix.b" numbered="false"><name>Author's Address</name><author fullname="Ada Example"><organization>Example Org</organization></author></section>
</back></rfc>`

func TestParseXML(t *testing.T) {
	d, number, err := ParseXML([]byte(smallXML))
	if err != nil || number != 9999 {
		t.Fatal(number, err)
	}
	var got []string
	for _, p := range d.Paragraphs {
		got = append(got, fmt.Sprintf("%s|%s|%v|%s", p.Section, p.Heading, p.Figure, p.Text))
	}
	want := []string{
		"||false|A Small Document",
		"|Abstract|false|It is short.",
		"1|Rules|false|A host MUST NOT send non-probing packets above 2^62; see Section 4.2 of [RFC8200] and Appendix A & <https://example.net/>.",
		"1|Rules|false|* One.",
		"1|Rules|false|* Two:",
		"1|Rules|false|1. deep",
		"1|Rules|false|Term: Its meaning.",
		"1|Rules|true|+--+\n|  |",
		"1|Rules|false|Figure 1: A Field",
		"1|Rules|true|| Value | Name |\n| 0 | Provider |",
		"1|Rules|false|Table 1",
		`2.1|Normative References|false|[RFC8200] Deering, S. and R. Hinden, Ed., "IPv6", STD 86, RFC 8200, July 2017, <https://www.rfc-editor.org/info/rfc8200>.`,
		"A|More|false|Text.",
		"A|More|false|of",
		"|Author's Address|false|Ada Example Example Org",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if r := d.References; len(r) != 1 || r[0].Kind != "normative" || !slices.Equal(r[0].RFCs, []uint32{8200}) || r[0].Title != "IPv6" {
		t.Errorf("references %+v", r)
	}
	if a := d.Authors; len(a) != 1 || a[0] != (Author{"Ada Example", "Example Org", "NO"}) {
		t.Errorf("authors %+v", a)
	}
	if d.Lines-d.Understood != 2 || d.Listed != 2 || d.Found != 1 {
		t.Errorf("%d of %d lines understood, %d of %d sections found; want 2 lines less, 1 of 2", d.Understood, d.Lines, d.Found, d.Listed)
	}
}

// TestHostileXML parses what no published XML has.
func TestHostileXML(t *testing.T) {
	for _, c := range []struct{ name, document, want string }{
		{"entities", `<!DOCTYPE rfc [<!ENTITY a "b">]><rfc version="3" number="1">&a;</rfc>`, "declarations of entities"},
		{"an external entity", `<!DOCTYPE rfc [<!ENTITY a SYSTEM "file:///etc/passwd">]><rfc version="3" number="1">&a;</rfc>`, "declarations of entities"},
		{"an unknown entity", `<rfc version="3" number="1">&nbsp;</rfc>`, "entity"},
		{"depth", `<rfc version="3" number="1">` + strings.Repeat("<t>", 1000), "100 within each other"},
		{"many elements", `<rfc version="3" number="1">` + strings.Repeat("<t/>", 300_000), "more than 200000 elements"},
		{"another encoding", `<?xml version="1.0" encoding="UTF-16"?><rfc version="3" number="1"/>`, "encoding"},
		{"cut short", smallXML[:len(smallXML)/2], "unexpected EOF"},
		{"nothing", "", "no element"},
		{"version 2", `<rfc number="1"/>`, "version 3"},
		{"another document", `<feed version="3" number="1"/>`, "version 3"},
	} {
		if _, _, err := ParseXML([]byte(c.document)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want an error with %q", c.name, err, c.want)
		}
	}
	// What is missing is missing.
	if d, _, err := ParseXML([]byte(`<rfc version="3" number="1"><front/><middle><table/><dl><dd/></dl><xref/><section/><ul><li/></ul></middle><back><reference/></back></rfc>`)); err != nil || len(d.Authors) > 0 {
		t.Errorf("%+v, %v", d, err)
	}
}

func FuzzXML(t *testing.F) {
	f := fuzz.With(t)
	f.Add([]byte(smallXML))
	f.Fuzz(func(t *testing.T, content []byte) {
		d, _, err := ParseXML(content)
		if err == nil && d.Understood > d.Lines {
			t.Errorf("%d of %d lines", d.Understood, d.Lines)
		}
	})
}

// brokenWord is where the plain text breaks a line behind a hyphen or a slash, and what it draws beside a quotation.
var brokenWord = regexp.MustCompile(`([-/]) | \|`)

// TestXMLAndText compares what the XML of each RFC says with what its plain text does. The sections, references but for their titles, and nearly
// all statements are the same; what differs is listed.
func TestXMLAndText(t *testing.T) {
	texts := archived(t, "rfc/rfc-txt.tar.gz")
	parts := map[string]func(*Document) []string{
		"section": func(d *Document) (all []string) {
			for _, s := range d.Sections {
				all = append(all, s.Number+" "+s.Heading)
			}
			return all
		},
		"reference": func(d *Document) (all []string) {
			for _, r := range d.References {
				all = append(all, fmt.Sprint(r.Label, " ", r.Kind, " ", r.Section, " ", r.RFCs, " ", r.Draft))
			}
			return all
		},
		"author": func(d *Document) (all []string) {
			for _, a := range d.Authors {
				all = append(all, fmt.Sprintf("%s, %s, %s", a.Name, a.Organization, a.Country))
			}
			return all
		},
		"statement": func(d *Document) (all []string) {
			for _, p := range d.Paragraphs {
				for _, s := range Statements(p) {
					all = append(all, s.Strength+": "+brokenWord.ReplaceAllString(s.Text, "$1"))
				}
			}
			return all
		},
	}
	counts, differ := map[string]int{}, map[string][]string{}
	documents := 0
	for name, content := range archived(t, "rfc/rfc-xml.tar.gz") {
		fromXML, _, err := ParseXML([]byte(content))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		fromText := Parse(texts[name])
		documents++
		if fromXML.Listed != fromXML.Found || 100*fromXML.Understood < 99*fromXML.Lines {
			t.Errorf("%s: %d of %d sections found, %d of %d lines understood", name, fromXML.Found, fromXML.Listed, fromXML.Understood, fromXML.Lines)
		}
		for part, list := range parts {
			of, in := list(&fromXML), list(&fromText)
			counts[part] += len(of)
			slices.Sort(of)
			slices.Sort(in)
			for _, s := range without(of, in) {
				differ[part] = append(differ[part], name+" XML: "+s)
			}
			for _, s := range without(in, of) {
				differ[part] = append(differ[part], name+" text: "+s)
			}
		}
	}
	if documents != 31 {
		t.Errorf("%d documents, want 31", documents)
	}
	// The text of RFC 8671 has addresses whose second line is a country. The statements differ by quotation marks around code, spaces in URIs, and
	// lists whose items the text has in one paragraph.
	for part, want := range map[string]int{"section": 0, "reference": 0, "author": 4, "statement": 13} {
		slices.SortFunc(differ[part], cmp.Compare[string])
		if len(differ[part]) != want {
			t.Errorf("%s: %d differ of %d, want %d:\n%s", part, len(differ[part]), counts[part], want, strings.Join(differ[part], "\n"))
		}
	}
	t.Logf("%v in the XML of %d documents", counts, documents)
}

// without returns the elements of a that b has not, both sorted.
func without(a, b []string) (left []string) {
	for _, s := range a {
		for len(b) > 0 && b[0] < s {
			b = b[1:]
		}
		if len(b) > 0 && b[0] == s {
			b = b[1:]
			continue
		}
		left = append(left, s)
	}
	return left
}
