package registry_test

import (
	"testing"

	"tidemark/collectors"
	"tidemark/collectors/registry"
	"tidemark/internal/testkit/fuzz"
	"tidemark/internal/testkit/tables"
)

// FuzzRegistries: no bytes make a collector panic, or commit counts that do not add up.
func FuzzRegistries(t *testing.F) {
	f := fuzz.With(t)
	kinds := []collectors.Kind{registry.AddressSpace{}, registry.ASNumbers{}, registry.ASNames{}, registry.BogonList{}, registry.Delegations{}, registry.SLURM{}, registry.Transfers{}, registry.ASOrgs{}, registry.IRRRoutes{}, registry.Assignments{}}
	for _, seed := range []string{
		"Prefix,Designation,Date,WHOIS,RDAP,Status [1],Note\n000/8,IANA,1981-09,,,RESERVED,[2]\n\"2001:0000::/23\",IANA,1999-07-01,w,,ALLOCATED,\"a\nb\"\n",
		"<registry><updated>2013-05-20</updated><record date=\"1999-07-01\"><prefix>001/8</prefix><status>ALLOCATED</status><xref type=\"rfc\" data=\"rfc6890\"/></record></registry>",
		"<registry><registry><record><number>64496-64511</number><description>Reserved</description></record></registry></registry>",
		"<registry id=\"a\"><registry id=\"a-1\"><title>T</title><record date=\"2020-01\"><value>1</value><name>N</name><xref type=\"rfc\" data=\"rfc1\"/></record></registry></registry>", "Value,Name,Reference\n1,N,[RFC1]\n",
		"Number,Description,WHOIS,RDAP,Reference,Registration Date\n1-6,Assigned by ARIN,,,,\n", "3333 RIPE-NCC-AS RIPE NCC, NL\n1 x\n", "{\"1\": \"LVLT-1, US\", \"2\": 3}",
		`{"slurmVersion":1,"validationOutputFilters":{"prefixFilters":[{"prefix":"192.0.2.0/24","asn":64496,"comment":"x"}],"bgpsecFilters":[]},"locallyAddedAssertions":{"prefixAssertions":[{"asn":64496,"prefix":"198.51.100.0/24","maxPrefixLength":24}],"bgpsecAssertions":[]}}`,
		`{"slurmVersion":2,"validationOutputFilters":{"prefixFilters":[{}],"aspaFilters":[{"customerAsid":1}]},"locallyAddedAssertions":{"prefixAssertions":[{"asn":-1,"prefix":"::/0","maxPrefixLength":129}]}}`,
		"# last updated 1710089701 (Sun)\n10.0.0.0/8\n::/8\n", "2|nro|20260101|1|19830101|20260101|+0000\niana|ZZ|asn|0|1||reserved|ietf|iana\n",
		`{"version":{"producer":"ARIN"},"transfers":[{"ip4nets":[{"start_address":"010.000.000.000","end_address":"10.0.0.255"}],"ip6nets":{"transfer_set":[{"start_address":"2001:db8::","end_address":"2001:db8::1"}]}}]}`,
		orgsOf2012, orgsOf2021, orgsAsJSON, "# format:org_id|name\n|\nX|Y\n# format:aut|org_id\n1|X\n1\n", "{\"type\":\"ASN\",\"asn\":\"1\",\"organizationId\":\"X\"}\n{\n",
		"route: 192.0.2.0/24\norigin: AS1 # x\n+\nmnt-by: A,\n B\nsource: X\n\nroute6: ::/0\nmnt-by\n%\n", "\r\n \n+route\n\npoem: x\n\nroute:\n\x00\n",
	} {
		for which := range kinds {
			f.Add(seed, uint8(which))
		}
	}
	store := tables.Store(f)
	f.Fuzz(func(t *testing.T, content string, which uint8) {
		tables.Try(t, store, kinds[int(which)%len(kinds)], "x", content, day)
	})
}
