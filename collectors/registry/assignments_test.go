package registry_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"tidemark/collectors/registry"
	"tidemark/datasets"
	"tidemark/internal/testkit"
	"tidemark/internal/testkit/tables"
)

const pathAttributes = `<?xml version='1.0' encoding='UTF-8'?>
<registry xmlns="http://www.iana.org/assignments" id="bgp-parameters">
<title>Border Gateway Protocol (BGP) Parameters</title>
<updated>2022-06-01</updated>
<registry id="bgp-parameters-2">
<title>BGP Path
 Attributes</title>
<xref type="rfc" data="rfc4271"/>
<record><value>1</value><name>ORIGIN</name><xref type="rfc" data="rfc4271"/></record>
<record date="2022-04-01" updated="2022-05-01"><value>35</value><name>Only to Customer (OTC)</name><xref type="rfc" data="rfc9234"/><xref type="note" data="1"/><file type="template">x</file></record>
<record><value>20</value><name>Connector Attribute (deprecated)</name><xref type="rfc" data="rfc6037"/><xref type="draft" data="draft-a"/><xref type="person" data="A_Person"/><xref type="text">the IESG</xref></record>
<record><value>42-127</value><name>Unassigned</name></record>
<record><value>255</value><name>Reserved for development</name><xref type="rfc" data="rfc2042"/></record>
</registry>
<registry id="dns-parameters-4">
<title>Resource Record (RR) TYPEs</title>
<record date="2015-02"><type>AAAA</type><value>28</value><description>IP6 Address</description></record>
</registry>
</registry>`

// TestAssignments reads both forms, with lists, references of all sorts and states.
func TestAssignments(t *testing.T) {
	for _, c := range []struct{ name, content, want string }{
		{"bgp-parameters.2022-06-01.xml", pathAttributes, `2022-06-01 bgp-parameters bgp-parameters-2 "BGP Path Attributes" 1 "ORIGIN" "" assigned "" [RFC4271] [4271]
2022-06-01 bgp-parameters bgp-parameters-2 "BGP Path Attributes" 35 "Only to Customer (OTC)" "" assigned "2022-04-01" [RFC9234] [9234]
2022-06-01 bgp-parameters bgp-parameters-2 "BGP Path Attributes" 20 "Connector Attribute (deprecated)" "" deprecated "" [RFC6037][draft-a][A_Person][the IESG] [6037]
2022-06-01 bgp-parameters bgp-parameters-2 "BGP Path Attributes" 42-127 "Unassigned" "" unassigned ""  []
2022-06-01 bgp-parameters bgp-parameters-2 "BGP Path Attributes" 255 "Reserved for development" "" reserved "" [RFC2042] [2042]
2022-06-01 bgp-parameters dns-parameters-4 "Resource Record (RR) TYPEs" 28 "AAAA" "description: IP6 Address" assigned "2015-02"  []`},
		{"protocol-numbers-1.2022-06-01.csv", "Decimal,Keyword,Protocol,IPv6 Extension Header,Reference\n0,HOPOPT,IPv6 Hop-by-Hop Option,Y,[RFC8200]\n41,IPv6,IPv6 encapsulation,,\"[RFC2473][RFC 4213, Section 3][Jon_Postel]\"\n",
			`2022-06-01 protocol-numbers protocol-numbers-1 "" 0 "HOPOPT" "protocol: IPv6 Hop-by-Hop Option; ipv6 extension header: Y" assigned "" [RFC8200] [8200]
2022-06-01 protocol-numbers protocol-numbers-1 "" 41 "IPv6" "protocol: IPv6 encapsulation" assigned "" [RFC2473][RFC 4213, Section 3][Jon_Postel] [2473 4213]`},
	} {
		store, m, err := decode(t, registry.Assignments{}, text(t, c.name, c.content), time.Time{})
		if err != nil {
			t.Fatal(err)
		}
		var lines []string
		for _, r := range tables.Rows(t, store, datasets.Assignments, m) {
			lines = append(lines, fmt.Sprintf("%s %s %s %q %s %q %q %s %q %s %v", r.RegistryDate.Format(time.DateOnly), r.Registry, r.List, r.Title, r.Value, r.Name, r.Description, r.State, r.Registered, r.Reference, r.RFCs))
		}
		if got := strings.Join(lines, "\n"); got != c.want {
			t.Errorf("%s:\n%s\nwant\n%s", c.name, got, c.want)
		}
	}
	for name, content := range map[string]string{"a web page": "<!DOCTYPE html><html>", "no references": "Value,Name\n1,x\n", "no entry": "<registry><updated>2022-06-01</updated></registry>",
		"too deep": strings.Repeat("<registry>", 17)} {
		if _, _, err := decode(t, registry.Assignments{}, text(t, "x.2022-06-01.xml", content), time.Time{}); err == nil {
			t.Errorf("%s is accepted", name)
		}
	}
}

// TestRealRegistry reads a registry of IANA as it was published.
func TestRealRegistry(t *testing.T) {
	store, m, err := decode(t, registry.Assignments{}, testkit.Data(t, "iana/as-numbers.xml"), time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	lists := map[string]int{}
	rfcs := map[uint32]int{}
	for _, r := range tables.Rows(t, store, datasets.Assignments, m) {
		lists[r.Title]++
		for _, n := range r.RFCs {
			rfcs[n]++
		}
	}
	if m.Day().Format(time.DateOnly) != "2013-06-11" || lists["16-bit Autonomous System Numbers"] == 0 || lists["32-bit Autonomous System Numbers"] == 0 || len(lists) != 2 || rfcs[6793]+rfcs[4893] == 0 {
		t.Errorf("of %s, %v, references to %v", m.Day(), lists, rfcs)
	}
}
