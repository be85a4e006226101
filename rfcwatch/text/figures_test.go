package text

import (
	"slices"
	"strings"
	"testing"
)

// TestStaggered keeps the lines of what is set by its indentation, and folds lists and what requires something.
func TestStaggered(t *testing.T) {
	archive := archived(t, "rfc/rfc-txt.tar.gz")
	figureOf := func(document, begins string) *Paragraph {
		for _, p := range Paragraphs(archive[document]) {
			if strings.HasPrefix(p.Text, begins) {
				return &p
			}
		}
		t.Errorf("%s: no paragraph begins with %q", document, begins)
		return nil
	}
	for document, c := range map[string]struct{ begins, line string }{
		"rfc826":  {"Ethernet transmission layer", "                     fields ether_typ$<protocol>."}, // with tabs
		"rfc1918": {"10.0.0.0", "172.16.0.0      -   172.31.255.255  (172.16/12 prefix)"},
		"rfc8416": {"{\n  \"slurmVersion\": 1,\n  \"validationOutputFilters\": {\n    \"prefixFilters\": [],", `    "bgpsecFilters": []`},
		"rfc8446": {"struct {\n    VariantTag type;", "        case apple:  V1;"},
	} {
		if p := figureOf(document, c.begins); p != nil && (!p.Figure || !slices.Contains(strings.Split(p.Text, "\n"), c.line)) {
			t.Errorf("%s, figure %v:\n%s", document, p.Figure, p.Text)
		}
	}
	for document, begins := range map[string]string{"rfc3513": "- Removed the ABNF Description", "rfc826": "An Ethernet Address Resolution Protocol"} {
		if p := figureOf(document, begins); p != nil && p.Figure {
			t.Errorf("%s: %s is a figure", document, p.Text)
		}
	}
}
