package text

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"tidemark/internal/testkit"
)

func TestStatedSection(t *testing.T) {
	for stated, want := range map[string]string{"3.1": "3.1", "Appendix B.": "B", "2.1, ID 1081": "2.1", "GLOBAL": "", "Section 4.2.1 and 5": "4.2.1", "A.2": "A.2",
		"99": "99", "": "", "Throughout": "", "§7": "7", "Abstract": "", "Table 3": ""} {
		if got := StatedSection(stated); got != want {
			t.Errorf("%q: %q, want %q", stated, got, want)
		}
	}
}

func TestLocate(t *testing.T) {
	text := Paragraphs("1.  One\n\n   The prefix is short.\n\n2.  Two\n\n   The prefix is short.\n\n   A host may send many packets to\n   the router of its own link.\n\n2.1.  Three\n\n   It ends.\n")
	for _, c := range []struct{ quotation, section, want string }{
		{"A host may send many packets\r\n to the router of its own link.", "", "2..2 1.00"},
		{"A host may send some packets to the router of its own link.", "", "2..2 0.73"},
		{"The prefix is short.", "", "0..0 0.50"},
		{"The prefix is short.", "2", "1..1 1.00"},
		{"prefix is short. A host may send", "7", "1..2 1.00"},
		{"It ends", "2", "3..3 1.00"},
		{"Nothing of this is in it at all", "1", "none"},
		{"", "1", "none"},
		{"--- ...", "", "none"},
	} {
		got := "none"
		if p, ok := NewLocator(text).Find(c.quotation, c.section); ok {
			got = fmt.Sprintf("%d..%d %.2f", p.First, p.Last, p.Confidence)
		}
		if got != c.want {
			t.Errorf("%q in %q: %s, want %s", c.quotation, c.section, got, c.want)
		}
	}
}

// TestLocateErrata places the errata of every RFC whose text is at hand.
func TestLocateErrata(t *testing.T) {
	read := map[string]readErratum{}
	for _, r := range readErrata {
		read[fmt.Sprint(r.id)] = r
	}
	var errata []struct {
		ID       any    `json:"errata_id"`
		Document string `json:"doc-id"`
		Status   string `json:"errata_status_code"`
		Section  any    `json:"section"`
		Original string `json:"orig_text"`
	}
	if err := json.Unmarshal(readGzip(t, testkit.Data(t, "rfc/errata.json.gz")), &errata); err != nil {
		t.Fatal(err)
	}
	locators := map[string]*Locator{}
	for name, content := range archived(t, "rfc/rfc-txt.tar.gz") {
		if len(content) < 200000 { // the rest takes seconds
			locators[strings.ToUpper(name)] = NewLocator(Paragraphs(content))
		}
	}
	all, placed, sure, agreeing, stated := 0, 0, 0, 0, 0
	for _, e := range errata {
		l := locators[e.Document]
		if l == nil {
			continue
		}
		all++
		section := StatedSection(fmt.Sprint(e.Section))
		p, ok := l.Find(e.Original, section)
		if r, was := read[fmt.Sprint(e.ID)]; was {
			delete(read, fmt.Sprint(e.ID))
			if ok != (r.begins != "") || ok && (l.paragraphs[p.First].Section != r.section || !strings.HasPrefix(fold(l.paragraphs[p.First].Text), r.begins)) {
				t.Errorf("%v of %s: placed %v in %+v, want section %q, %q", e.ID, e.Document, ok, l.paragraphs[p.First], r.section, r.begins)
			}
		}
		if !ok {
			t.Logf("%v of %s, section %v: not placed", e.ID, e.Document, e.Section)
			continue
		}
		placed++
		if p.Confidence > 0.9 {
			sure++
		}
		if section != "" {
			stated++
			if here := l.paragraphs[p.First].Section; here == section || strings.HasPrefix(here, section+".") {
				agreeing++
			}
		}
	}
	if len(read) > 0 {
		t.Errorf("%d of the errata that were read were not looked for", len(read))
	}
	t.Logf("%d of %d errata placed, %d with a confidence above 0.9; %d of %d in the section that they state", placed, all, sure, agreeing, stated)
	if all < 300 || 100*placed < 85*all || 100*agreeing < 85*stated {
		t.Errorf("%d of %d errata placed, %d of %d in the section that they state", placed, all, agreeing, stated)
	}
}

// readErratum is where a reader of the text finds what an erratum quotes: the section, and how the first paragraph of the place begins;
// empty: nowhere.
type readErratum struct {
	id                        int
	document, section, begins string
}

// readErrata has every fourth erratum of the texts of at most 120,000 bytes, in the order of the numbers as texts, and 7909.
var readErrata = []readErratum{
	{1419, "RFC1918", "3", `An enterprise that decides to`},
	{1577, "RFC4632", "3.1", `For example, the legacy "Class`},
	{1752, "RFC5180", "8", `The IANA has allocated 2001:0200::/48`},
	{1917, "RFC4360", "6", `If a route has a`},
	{2093, "RFC5735", "A", `Address blocks that were reserved`},
	{2498, "RFC5952", "6", `The situation is not much`},
	{2702, "RFC4291", "2.3", `For example, the following are`},
	{2955, "RFC4632", "6.1", `10.24.0.0 -- 10.24.7.0__ __10.32.0.0 -`},
	{3015, "RFC2026", "10.3.1", `5. The contribuitor, the organization`},
	{3061, "RFC6145", "5.1.1", `Fragment Offset: Copied from the`},
	{3142, "RFC4966", "2.1", `Unless UDP encapsulation is used`},
	{3205, "RFC6487", "5", `An RPKI CA MUST include`},
	{3238, "RFC6487", "6.3", `ExtendedKeyUsage The CA MAY honor`},
	{3485, "RFC4632", "2", `What is now known as`},
	{38, "RFC4632", "2", `3. Eventual exhaustion of the`},
	{3873, "RFC6890", "2.2.3", `+----------------------+---------------------+ | Attribute | Value`},
	{3884, "RFC5952", "4.2.2", `The symbol "::" MUST NOT`},
	{3921, "RFC6890", "2.2.3", `+----------------------+----------------+ | Attribute | Value`},
	{4090, "RFC6145", "6", `1. In the IPv4-to-IPv6 direction:`},
	{4193, "RFC4724", "4.2", `When the Restarting Speaker restarts,`},
	{4358, "RFC7233", "4.1", `The 206 (Partial Content) status`},
	{4472, "RFC7233", "2.1", `o The first and last`},
	{455, "RFC2373", "", `[TRAN] Gilligan, R., and E.`},
	{4616, "RFC7234", "5.2.2.5", `The "public" response directive indicates`},
	{4665, "RFC7233", "", ``},
	{4707, "RFC7233", "C", `The following core rules are`},
	{4756, "RFC6146", "3.5.3", `If the NAT64 filters on`},
	{493, "RFC2119", "2", `This phrase, or the phrase`},
	{496, "RFC2119", "6", `Imperatives of the type defined`},
	{498, "RFC2119", "4", `This phrase, or the phrase`},
	{500, "RFC2119", "3", `This word, or the adjective`},
	{5101, "RFC2119", "5", `This word, or the adjective`},
	{5170, "RFC8200", "4.5", `A Fragment Offset containing the`},
	{5187, "RFC6487", "7.1", `encompass Given two IP address`},
	{5196, "RFC6480", "6", `3. For each manifest, verify`},
	{523, "RFC2026", "9.1", `This variance procedure is for`},
	{5259, "RFC8200", "B", `- Updated the Fragmentation header`},
	{5415, "RFC6052", "2.2", `Bits 64 to 71 of`},
	{5547, "RFC6052", "3.1", `The Well-Known Prefix MUST NOT`},
	{5620, "RFC7233", "4.2", `other-content-range = other-range-unit SP other-range-resp`},
	{5736, "RFC7854", "4.2", `0 1 2 3 0`},
	{5847, "RFC6333", "5.3", `However, as not all service`},
	{5941, "RFC7606", "7.16", `An UPDATE message with a`},
	{6184, "RFC791", "3.2", `The More Fragments flag bit`},
	{6272, "RFC5952", "", ``},
	{6404, "RFC6890", "2.2.2", `+----------------------+----------------------------+ | Attribute | Value`},
	{6596, "RFC4291", "2.2", `2. Due to some methods`},
	{6661, "RFC2026", "8", `For IETF and Working Group`},
	{6709, "RFC4862", "", `This document specifies the steps`},
	{6854, "RFC6487", "4.8.1", `The Basic Constraints extension field`},
	{7909, "RFC826", "", `Ethernet transmission layer (not necessarily`},
}
