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
	t.Logf("%d of %d errata placed, %d with a confidence above 0.9; %d of %d in the section that they state", placed, all, sure, agreeing, stated)
	if all < 300 || 100*placed < 85*all || 100*agreeing < 85*stated {
		t.Errorf("%d of %d errata placed, %d of %d in the section that they state", placed, all, agreeing, stated)
	}
}
