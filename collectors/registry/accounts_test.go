package registry_test

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"tidemark/collectors"
	"tidemark/collectors/registry"
	"tidemark/datasets"
	"tidemark/internal/testkit"
	"tidemark/internal/testkit/tables"
)

// account is what became of the entries of a file: rows seen in all partitions, and entries that are noted as not used.
type account struct{ seen, notUsed int64 }

func accountOf(t *testing.T, kind collectors.Kind, path string) (a account) {
	t.Helper()
	manifests, err := tables.Decode(t, tables.Store(t), kind, "", path, day)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range manifests {
		rejected := int64(0)
		for _, n := range m.Rejected {
			rejected += int64(n)
		}
		if m.Seen != m.Kept+rejected {
			t.Errorf("%s: %d seen, %d kept and %d rejected", m.File, m.Seen, m.Kept, rejected)
		}
		a.seen += m.Seen
		for what, n := range m.Noted {
			if strings.HasSuffix(what, "not used") {
				a.notUsed += int64(n)
			}
		}
	}
	return a
}

// TestNothingLost: each entry of a file is a row, rejected with a reason, or noted with its kind. Every kind has a file here
// with entries that are read, entries that are wrong, and entries of sorts that are not read.
func TestNothingLost(t *testing.T) {
	files := map[string][]struct {
		content string
		want    account
	}{
		"roas": {
			{`{"metadata":{"buildtime":"2026-07-18T00:00:00Z"},"roas":[{"asn":1,"prefix":"10.0.0.0/8"},{"asn":-1,"prefix":"10.0.0.0/8"},7,{"asn":1,"prefix":"10.0.0.0/8","expires":"soon"}],
			  "aspas":[{"customer_asid":1,"providers":[2,3]},{"customer":"AS1","providers":[]},{"providers":[1]}],"routerKeys":[{"asn":"AS1","SKI":"00"}],"bgpsec_keys":null,
			  "nonfunc_cas":[{},{}],"signedprefixlists":[{}],"provider_authorizations":{"ipv4":[{}],"ipv6":[{},{}]}}`, account{8, 6}},
			{"ASN,IP Prefix,Max Length,Trust Anchor\nAS1,10.0.0.0/8,8,x\nASX,10.0.0.0/8,8,x\n\"AS1\"x,10.0.0.0/8,8,x\n", account{3, 0}},
		},
		"slurm": {{`{"slurmVersion":2,"validationOutputFilters":{"prefixFilters":[{"asn":1}],"bgpsecFilters":[{},{}],"aspaFilters":[{"customerAsn":1}]},
			  "locallyAddedAssertions":{"prefixAssertions":[{"asn":1,"prefix":"10.0.0.0/8"}],"aspaAssertions":[{"customerAsn":1,"providerAsns":[2,3]}],"futureAssertions":[{}]}}`, account{5, 3}}},
		"as-names":    {{`{"1":"A","2":"B, US","x":"C","1":"D"}`, account{3 + 1, 0}}, {"1 A\n2\tB,US\n\nx\n", account{3, 0}}},
		"as-orgs":     {{orgsOf2012 + "x\nEXO-ARIN|||US|\nUNUSED||||\n", account{5 + 2, 1}}, {orgsAsJSON + "{}\n[]\n" + `{"type":"Organization","organizationId":"UNUSED"}`, account{7, 1}}},
		"irr-routes":  {{"route: 10.0.0.0/8\norigin: AS1\nsource: X\n\nroute: 10.0.0.1/8\n\nroute6: ::/0\n\nperson: x\n\nx\n", account{3, 2}}},
		"delegations": {{"2|iana|20260718|4|19700101|20260718|+0000\niana|*|asn|*|2|summary\niana|ZZ|asn|0|1|19920101|ietf\niana|ZZ|asn|1|1|19920101|arin\nx\n", account{3, 0}}},
		"transfers": {{`{"transfers":[{"asns":{"transfer_set":[{"start":1,"end":2}]}},{},{"type":1},{"asns":[{"start":"3","end":"3"},{"start":9,"end":1}]}],"x":1,
			"version":{"producer":"RIPE NCC","production_date":"20260718"}}`, account{4, 1}}},
		"bogon-list": {{"10.0.0.0/8\n10.0.0.0/8\n10.0.0.1/8\n# no entry\n", account{3, 0}}},
		"special-prefixes": {{"Address Block,Name,RFC,Allocation Date,Termination Date,Source,Destination,Forwardable,Globally Reachable,Reserved-by-Protocol\n" +
			"\"10.0.0.0/8, 11.0.0.0/8, x\",a,[RFC1],1,N/A,True,True,N/A,False,False\nx\n", account{4, 0}}},
		"address-space": {
			{"Prefix,Designation,Date,WHOIS,RDAP,Status [1],Note\n010/8,IANA,1981-09,,,RESERVED,\n300/8,x,,,,RESERVED,\n", account{2, 0}},
			{"<registry><updated>2026-07-18</updated><record><prefix>010/8</prefix><status>RESERVED</status></record><record/></registry>", account{2, 0}},
		},
		"as-numbers": {
			{"Number,Description,WHOIS,RDAP,Reference,Registration Date\n1,Assigned by ARIN,,,,\nx,y,,,,\n0-65535,See Sub-registry 16-bit AS numbers,,,,\n", account{3, 0}},
			{"<registry><updated>2026-07-18</updated><record><number>1</number><description>Assigned by ARIN</description></record><record/></registry>", account{2, 0}},
		},
		"iana-registry": {
			{"Value,Name,Reference\n1,ORIGIN,[RFC4271]\n,,\n", account{2, 0}},
			{"<registry><updated>2026-07-18</updated><record><value>1</value></record><record/></registry>", account{2, 0}},
		},
	}
	kinds := []collectors.Kind{registry.ROAs{}, registry.SLURM{}, registry.ASNames{}, registry.Delegations{}, registry.Transfers{}, registry.BogonList{}, registry.SpecialPrefixes{}, registry.AddressSpace{}, registry.ASNumbers{}, registry.ASOrgs{}, registry.IRRRoutes{}, registry.Assignments{}}
	for _, kind := range kinds {
		if len(files[kind.Name()]) == 0 {
			t.Errorf("no file of kind %s", kind.Name())
		}
		for _, c := range files[kind.Name()] {
			if got := accountOf(t, kind, text(t, "file", c.content)); got != c.want {
				t.Errorf("%s: %+v, want %+v of\n%s", kind.Name(), got, c.want, c.content)
			}
		}
	}
}

// TestPublished reads files in the forms that are published in 2026, or from a container.
func TestPublished(t *testing.T) {
	for name, c := range map[string]struct {
		kind  collectors.Kind
		day   time.Time
		rows  map[string]int64
		noted int64
	}{
		"live/routinator.111.jsonext.json":     {kind: registry.ROAs{}, day: day, rows: map[string]int64{"roas": 2, "aspas": 8, "router_keys": 2}},
		"live/routinator.111.csvext.csv":       {kind: registry.ROAs{}, day: day, rows: map[string]int64{"roas": 2}},
		"live/stayrtr.test.rpki.json":          {kind: registry.ROAs{}, rows: map[string]int64{"roas": 19, "router_keys": 3}, noted: 4},
		"live/stayrtr.test.rpki.json.xz":       {kind: registry.ROAs{}, rows: map[string]int64{"roas": 19, "router_keys": 3}, noted: 4},
		"live/bgpipe.rpki.json":                {kind: registry.ROAs{}, rows: map[string]int64{"roas": 3, "aspas": 3}},
		"live/ripe-archive-output.sample.json": {kind: registry.ROAs{}, rows: map[string]int64{"roas": 1, "aspas": 6}},
		"live/ripe-archive-roas.sample.csv":    {kind: registry.ROAs{}, day: day, rows: map[string]int64{"roas": 1}},
		"live/ripestat-rpki-roas.sample.json":  {kind: registry.ROAs{}, rows: map[string]int64{"roas": 1}},
		"rir/nro-transfer-log-v4.sample.json":  {kind: registry.Transfers{}, rows: map[string]int64{"transfers": 3}},
		"live/asn-potaroo-2019.head2000.txt":   {kind: registry.ASNames{}, day: day, rows: map[string]int64{"as_names": 2000}},
	} {
		t.Run(name, func(t *testing.T) {
			manifests, err := tables.Decode(t, tables.Store(t), c.kind, "", testkit.Data(t, name), c.day)
			if err != nil {
				t.Fatal(err)
			}
			rows, noted := map[string]int64{}, int64(0)
			for _, m := range manifests {
				rows[m.Dataset] += m.Rows
				if m.Kept != m.Seen {
					t.Errorf("%s: %d of %d kept: %v", m.File, m.Kept, m.Seen, m.Rejected)
				}
				for _, n := range m.Noted {
					noted += int64(n)
				}
			}
			if !maps.Equal(rows, c.rows) || noted != c.noted {
				t.Errorf("rows %v and %d noted, want %v and %d", rows, noted, c.rows, c.noted)
			}
		})
	}
}

// TestRPKIObjects: what the forms call differently is the same in the tables.
func TestRPKIObjects(t *testing.T) {
	store := tables.Store(t)
	content := `{"metadata":{"generated":1789533333},"roas":[{"asn":"AS1","prefix":"10.0.0.0/8","maxLength":9,"source":[{"type":"roa","tal":"ripe","chainValidity":{"notBefore":"2026-01-01T00:00:00Z","notAfter":"2026-12-01T00:00:00Z"}}]}],
		"aspas":[{"customer_asid":1,"expires":1827568318,"providers":[3,2],"ta":"apnic"}],"routerKeys":[{"asn":"AS5","SKI":"5D4250E2D81D4448D8A29EFCE91D29FF075EC9E2","routerPublicKey":"AA","ta":"arin"}]}`
	manifests, err := tables.Decode(t, store, registry.ROAs{}, "", text(t, "vrps.json", content), time.Time{})
	if err != nil || len(manifests) != 3 {
		t.Fatalf("%d partitions, %v", len(manifests), err)
	}
	at := time.Date(2026, 9, 16, 0, 0, 0, 0, time.UTC)
	expires := time.Unix(1827568318, 0).UTC()
	roa := tables.Rows(t, store, datasets.ROAs, manifests[0])
	if len(roa) != 1 || roa[0].TrustAnchor != "ripe" || roa[0].Expires == nil || roa[0].Expires.Format(time.DateOnly) != "2026-12-01" || !roa[0].FileDate.Equal(at) {
		t.Errorf("payloads %+v", roa)
	}
	aspas := tables.Rows(t, store, datasets.ASPAs, manifests[1])
	providers := []uint32{}
	for _, row := range aspas {
		providers = append(providers, row.Provider)
		if row.Customer != 1 || row.TrustAnchor != "apnic" || row.Expires == nil || !row.Expires.Equal(expires) {
			t.Errorf("ASPA %+v", row)
		}
	}
	if !slices.Equal(providers, []uint32{3, 2}) {
		t.Errorf("providers %v", providers)
	}
	keys := tables.Rows(t, store, datasets.RouterKeys, manifests[2])
	want := datasets.RouterKey{FileDate: at, ASN: 5, SKI: "5d4250e2d81d4448d8a29efce91d29ff075ec9e2", Key: "AA", TrustAnchor: "arin"}
	if len(keys) != 1 || keys[0] != want {
		t.Errorf("router keys %+v, want %+v", keys, want)
	}
	store = tables.Store(t)
	manifests, err = tables.Decode(t, store, registry.ROAs{}, "", text(t, "roas.csv", "URI,ASN,IP Prefix,Max Length,Not Before,Not After\nrsync://x/y.roa,AS1,10.0.0.0/8,9,2026-01-01 00:00:00,2026-12-01 00:00:00\n"), day)
	if err != nil {
		t.Fatal(err)
	}
	roa = tables.Rows(t, store, datasets.ROAs, manifests[0])
	if len(roa) != 1 || roa[0].MaxLength != 9 || roa[0].Expires == nil || roa[0].Expires.Format(time.DateOnly) != "2026-12-01" {
		t.Errorf("payloads %+v", roa)
	}
}

// TestIANADelegations reads IANA's own file, which has the holder in the place of the status. One record is damaged.
func TestIANADelegations(t *testing.T) {
	_, m, err := decode(t, registry.Delegations{}, testkit.Data(t, "rir/delegated-iana-2019-09.gz"), time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	wantCounts(t, m, 2531, 2530)
}
