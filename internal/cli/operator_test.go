package cli

import (
	"bytes"
	"regexp"
	"strings"
	"testing"

	"tidemark/analysis/operator"
)

var blanks = regexp.MustCompile(`[ \t]+`)

// TestRegistriesOfRoutes: as and prefix name the organisation and the route objects where there are files of them, and else say nothing.
func TestRegistriesOfRoutes(t *testing.T) {
	route := operator.Route{Prefix: "192.0.2.0/24", Origin: "64496", Verdict: "global", ROV: "valid", ROADate: "2025-01-01", Bogon: "none"}
	as := &operator.AS{ASN: 64496, Routes: []operator.Route{route}, Tally: operator.Tally{ROV: map[string]int64{"valid": 1}}}
	prefix := &operator.Prefix{Prefix: "192.0.2.0/24", Announced: true, Routes: []operator.Route{route}}
	shown := func() string {
		var out bytes.Buffer
		writeAS(&out, as, 1)
		writePrefix(&out, prefix)
		return blanks.ReplaceAllString(out.String(), " ")
	}
	if text := shown(); strings.Contains(text, "IRR") || strings.Contains(text, "rganisation") {
		t.Errorf("without files:\n%s", text)
	}
	dumps := []operator.IRRDump{{Source: "RADB", Family: 4, Date: "2025-01-01"}, {Source: "RIPE", Family: 4, Date: "2025-01-02"}, {Source: "RIPE", Family: 6, Date: "2025-01-02"}}
	as.Operator = &operator.Organisation{Date: "2025-01-01", ID: "X-RIPE", Name: "Example", Country: "NL", Others: []operator.Sibling{{ASN: 64497, Name: "TWO"}}, Total: 2}
	as.IRR, as.IRRDumps, as.Routes[0].IRR = map[string]int64{"matching": 1}, dumps, "matching"
	prefix.IRRDumps = dumps[:2]
	if text := shown(); !strings.Contains(text, "\nIRR object none has it or covers it\nIRR dumps RADB of 2025-01-01, RIPE of 2025-01-02\n") {
		t.Errorf("without an object:\n%s", text)
	}
	prefix.Routes[0].IRR = "matching"
	prefix.IRRObjects = []operator.IRRObject{{Prefix: "192.0.2.0/24", Origin: "64496", Source: "RIPE", MntBy: "A-MNT", Modified: "2019-02-05", Agreement: "announced origin"}, {Prefix: "192.0.0.0/16", Origin: "1", Source: "RADB", Agreement: "another origin"}}
	prefix.IRRTotal = 3
	text := shown()
	for _, want := range []string{
		"\norganisation Example (X-RIPE), NL.\norganisation Same organisation by CAIDA's as2org of 2025-01-01: AS64497 (TWO), and 1 more.\n",
		"\nIRR matching 1 (dumps of RADB of 2025-01-01, RIPE of 2025-01-02)\n",
		"ROV valid, IRR matching no bogon",
		"ROV valid (payloads of 2025-01-01, trust anchors not named), IRR matching ",
		"\nIRR object 192.0.2.0/24 AS64496 RIPE (A-MNT) announced origin (changed 2019-02-05)\nIRR object 192.0.0.0/16 AS1 RADB another origin\nIRR object 1 more\nIRR dumps RADB of",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is missing from\n%s", want, text)
		}
	}
}
