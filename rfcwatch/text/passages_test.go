package text

import (
	"fmt"
	"os"
	"strings"
	"testing"
)

// TestPassages has the ways in which drafts say what they change: quotations between rulers, in blocks of their own and on the line of
// the mark, and sentences.
func TestPassages(t *testing.T) {
	for _, c := range []struct{ draft, want string }{
		{"Abstract\n\n   This updates RFC 6052.\n\n1.  Introduction\n\n   RFC 6052 forbids it.\n\n   This document removes the rule of [RFC6052].\n\n   It updates RFC 60521.\n",
			"1  This document removes the rule of [RFC6052]."},
		{"4.  RFC6052 Update\n\n   OLD TEXT:\n\n   ===\n\n   It MUST NOT be used.\n\n   They MUST drop it.\n\n   ===\n\n   NEW TEXT:\n\n   ===\n\n   It MAY be used.\n\n   ===\n\n   Noted elsewhere.\n",
			"4 OLD It MUST NOT be used. | 4 OLD They MUST drop it. | 4 NEW It MAY be used."},
		{"2.1.  Rules\n\n   In Section 3 of [RFC6052]:\n\n   OLD:\n\n      One.\n\n      Two.\n\n   NEW:\n\n      Three.\n\n   And so on.\n", "2.1 OLD One. | 2.1 OLD Two. | 2.1 NEW Three."},
		{"2.  Rules of RFC 6052\n\n   OLD:  One.\n\n   NEW\n\n   Two.\n", "2 OLD One. | 2 NEW Two."},
		{"2.  Rules of RFC 6145\n\n   OLD:\n\n   One.\n\n   NEW:\n\n   Two.\n", ""},
		{"2.  Rules\n\n   A translator (RFC 6052) SHOULD count.\n\n3.  References\n\n   [RFC6052]  A. One, \"It MUST be updated\", RFC 6052.\n\n4.  Security Considerations\n\n   See RFC 6052, which changes nothing.\n", "2  A translator (RFC 6052) SHOULD count."},
		{"2.  Rules of RFC 6145\n\n   Section 1 of RFC 6052 says:\n\n   OLD:\n\n   One [RFC6145].\n\n   NEW:\n\n   Two.\n\n   So does RFC 6145:\n\n   OLD:\n\n   Three.\n", "2 OLD One [RFC6145]. | 2 NEW Two."},
		{"2.  RFC 6052\n\n   OLD:\n\n   One.\n\n3.  Others\n\n   Two.\n", "2 OLD One."},
		{"2.  Quotations of RFC 6052\n\n   OLD:\n", ""},
		{"", ""},
	} {
		var got []string
		for _, p := range Passages(Paragraphs(c.draft), 6052) {
			got = append(got, fmt.Sprint(p.Section, " ", p.Quote, " ", p.Text))
		}
		if all := strings.Join(got, " | "); all != c.want {
			t.Errorf("%s\n%s, want\n%s", c.draft, all, c.want)
		}
	}
}

// TestQuoted reads the texts of the replica: which RFC they quote, and not which others they name beside.
func TestQuoted(t *testing.T) {
	for name, want := range map[string]string{"draft-ietf-v6ops-nat64-wkp-1918-08": "[6052]", "draft-ietf-v6ops-rfc6146-bis-09": "[6146]"} {
		content, err := os.ReadFile("../../internal/lab/replica/drafts/" + name + ".txt")
		if err != nil {
			t.Fatal(err)
		}
		if got := fmt.Sprint(Quoted(Paragraphs(string(content)))); got != want {
			t.Errorf("%s quotes %s, want %s", name, got, want)
		}
	}
}
