package registry_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tidemark/collectors"
	"tidemark/collectors/registry"
	"tidemark/datasets"
	"tidemark/datasets/table"
	"tidemark/internal/testkit"
	"tidemark/internal/testkit/fuzz"
	"tidemark/internal/testkit/tables"
)

// decode decodes a file into a new store and returns the manifest of its one partition.
func decode(t testing.TB, c collectors.Kind, path string, day time.Time) (*table.Store, *table.Manifest, error) {
	t.Helper()
	store := tables.Store(t)
	manifests, err := tables.Decode(t, store, c, "", path, day)
	if err != nil {
		return store, nil, err
	}
	return store, manifests[0], nil
}

// text returns the path of a new file with the content.
func text(t testing.TB, name, content string) string {
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// wantCounts checks how many records were read and how many of them gave rows.
func wantCounts(t testing.TB, m *table.Manifest, seen, kept int64) {
	t.Helper()
	if m.Seen != seen {
		t.Errorf("%d records seen, want %d", m.Seen, seen)
	}
	if m.Kept != kept {
		t.Errorf("%d records kept, want %d; rejected %v", m.Kept, kept, m.Rejected)
	}
}

// wantRejected checks how many records were rejected for a reason.
func wantRejected(t testing.TB, m *table.Manifest, reason string, want int64) {
	t.Helper()
	if got := m.Rejected[reason]; int64(got) != want {
		t.Errorf("%d rejected as %q, want %d; all: %v", got, reason, want, m.Rejected)
	}
}

var day = time.Date(2026, 7, 18, 0, 0, 0, 0, time.UTC)

func TestSpecialPrefixes(t *testing.T) {
	store, m, err := decode(t, registry.SpecialPrefixes{}, testkit.Data(t, "iana/iana-ipv6-special-registry-1.csv"), day)
	if err != nil {
		t.Fatal(err)
	}
	reachable := map[string]string{}
	for _, row := range tables.Rows(t, store, datasets.SpecialPrefixes, m) {
		reachable[row.Prefix] = row.GloballyReachable + " " + row.Reference
	}
	for prefix, want := range map[string]string{
		"64:ff9b::/96": "true [RFC6052]", "64:ff9b:1::/48": "false [RFC8215]", "fe80::/10": "false [RFC4291]", "2001:db8::/32": "false [RFC3849]",
	} {
		if reachable[prefix] != want {
			t.Errorf("%s is %q, want %q", prefix, reachable[prefix], want)
		}
	}
	store, m, err = decode(t, registry.SpecialPrefixes{}, testkit.Data(t, "iana/iana-ipv4-special-registry-1.csv"), day)
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, row := range tables.Rows(t, store, datasets.SpecialPrefixes, m) {
		switch row.Prefix {
		case "192.0.0.170/32", "192.0.0.171/32", "100.64.0.0/10", "127.0.0.0/8":
			found++
			if row.GloballyReachable != "false" {
				t.Errorf("%s is globally reachable: %s", row.Prefix, row.GloballyReachable)
			}
		}
	}
	if found != 4 {
		t.Errorf("%d of 4 blocks found", found)
	}
	if len(m.Rejected) > 0 {
		t.Errorf("rejected %v", m.Rejected)
	}
}

// TestDelegations reads real files, whose summary lines agree with their records.
func TestDelegations(t *testing.T) {
	for name, want := range map[string]string{
		"delegated-ripencc-20140701.gz": "2014-06-30", "delegated-apnic-20210715.gz": "2021-07-14", "delegated-lacnic-extended-202401.gz": "2024-01-04",
		"delegated-afrinic-20140701.gz": "2014-06-30",
	} {
		_, m, err := decode(t, registry.Delegations{}, testkit.Data(t, "rir/"+name), time.Time{})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if m.Rows == 0 {
			t.Errorf("%s: no rows", name)
		}
		if m.Kept != m.Seen {
			t.Errorf("%s: %d of %d records kept", name, m.Kept, m.Seen)
		}
		if len(m.Damage) > 0 {
			t.Errorf("%s: damage %q", name, m.Damage)
		}
		if got := m.Day().Format(time.DateOnly); got != want {
			t.Errorf("%s: day %s, want %s", name, got, want)
		}
	}
}

// TestDamagedDelegations reads a real file whose end was written twice, a few octets apart.
func TestDamagedDelegations(t *testing.T) {
	_, m, err := decode(t, registry.Delegations{}, testkit.Data(t, "rir/delegated-apnic-20260206.gz"), time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	wantCounts(t, m, 84_144, 84_142)
	if len(m.Damage) != 3 {
		t.Fatalf("%d damaged places, want 3: %q", len(m.Damage), m.Damage)
	}
	if want := "16699 ipv6 records, the file has 16711"; !strings.Contains(m.Damage[2], want) {
		t.Errorf("damage %q, want %q", m.Damage[2], want)
	}
}

func TestROAs(t *testing.T) {
	for name, want := range map[string]int64{
		"validator3-roas.201801.json.gz": 31_898, "tabi-roa.csv.gz": 15_969, "gortr-test.rpki.json": 2,
	} {
		_, m, err := decode(t, registry.ROAs{}, testkit.Data(t, "rpki/"+name), day)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if m.Seen != want {
			t.Errorf("%s: %d payloads (%d rejected %v %v), want %d", name, m.Seen, m.Seen-m.Kept, m.Rejected, m.Damage, want)
		}
	}
}

func TestDays(t *testing.T) {
	json := `{"roas":[{"prefix":"10.0.0.0/8","maxLength":8,"asn":"AS1","ta":"x"}]%s}`
	for _, c := range []struct{ name, content, want string }{
		{"vrps.json", strings.Replace(json, "%s", `,"metadata":{"buildtime":"2023-07-27T18:56:02Z"}`, 1), "2023-07-27"},
		{"vrps.json", strings.Replace(json, "%s", `,"metadata":{"generated":1577865600}`, 1), "2020-01-01"},
		{"vrps-20190203.json", strings.Replace(json, "%s", "", 1), "2019-02-03"},
		{"vrps.201902.json", strings.Replace(json, "%s", "", 1), "2019-02-28"},
		{"vrps.json", strings.Replace(json, "%s", "", 1), ""},
	} {
		_, m, err := decode(t, registry.ROAs{}, text(t, c.name, c.content), time.Time{})
		switch {
		case c.want == "" && (err == nil || !strings.Contains(err.Error(), "--date")):
			t.Errorf("%s without a day: %v", c.name, err)
		case c.want != "" && (err != nil || m.Day().Format(time.DateOnly) != c.want):
			t.Errorf("%s: %v %v, want %s", c.name, m, err, c.want)
		}
	}
}

func TestWrongFiles(t *testing.T) {
	all := []collectors.Kind{registry.SpecialPrefixes{}, registry.Delegations{}, registry.ROAs{}}
	for _, c := range all {
		for _, content := range []string{"", "   \n", "<!DOCTYPE html><title>503</title>", "\x00\x01\x02", "{", "a,b,c", "{\"roas\": 5}", "2|x"} {
			_, _, err := decode(t, c, text(t, "file", content), day)
			if err == nil || !strings.Contains(err.Error(), "file") {
				t.Errorf("%s accepts %q: %v", c.Name(), content, err)
			}
		}
	}
}

func TestRejectedLines(t *testing.T) {
	_, m, err := decode(t, registry.Delegations{}, text(t, "d", "2|arin|20200101|3|19700101|20200101|+0000\narin|*|ipv4|*|9|summary\n# c\n"+
		"arin|US|ipv4|1.0.0.0|256|20000101|allocated\narin|US|ipv4|1.0.0|256|20000101|allocated\narin|US|ipv6|2001::|129|20000101|allocated\nx\n"+
		"arin|US|asn|1|1||assigned|h\n"), time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	wantCounts(t, m, 5, 2)
	wantRejected(t, m, "malformed record", 3)
	if got := m.Noted["damaged places"]; got != 4 {
		t.Errorf("%d damaged places, want 4", got)
	}
}

func FuzzDecode(t *testing.F) {
	f := fuzz.With(t)
	f.Add([]byte("2|arin|20200101|3|19700101|20200101|+0000\narin|US|ipv4|1.0.0.0|256|20000101|allocated\n"), uint8(0))
	f.Add([]byte(`{"metadata":{"generated":1},"roas":[{"prefix":"10.0.0.0/8","maxLength":8,"asn":1}]}`), uint8(1))
	f.Add([]byte("ASN,IP Prefix,Max Length,Trust Anchor\nAS1,10.0.0.0/8,8,x\n"), uint8(1))
	f.Add([]byte("Address Block,Name,RFC,Allocation Date,Termination Date,Source,Destination,Forwardable,Globally Reachable,Reserved-by-Protocol\n10.0.0.0/8,\"a\nb\",[RFC1],1,N/A,True,True [1],N/A,False,False\n"), uint8(2))
	f.Add([]byte("ASN,IP Prefix,Max Length,Trust Anchor\n\"AS1\"x,10.0.0.0/8,8,x\n"), uint8(1))
	f.Add([]byte("Address Block,Name,RFC,Allocation Date,Termination Date,Source,Destination,Forwardable,Globally Reachable,Reserved-by-Protocol\n\"10.0.0.0/8\"x,b\n"), uint8(2))
	all := []collectors.Kind{registry.Delegations{}, registry.ROAs{}, registry.SpecialPrefixes{}}
	store := tables.Store(f)
	f.Fuzz(func(t *testing.T, b []byte, which uint8) {
		tables.Try(t, store, all[int(which)%len(all)], "f", string(b), day)
	})
}

// TestAddressSpace reads IANA's registries of address space as CSV and XML, which agree.
func TestAddressSpace(t *testing.T) {
	read := func(name string, day time.Time) (map[string]datasets.AddressBlock, string) {
		store, m, err := decode(t, registry.AddressSpace{}, testkit.Data(t, name), day)
		if err != nil {
			t.Fatal(err)
		}
		wantCounts(t, m, m.Rows, m.Rows)
		all := map[string]datasets.AddressBlock{}
		for _, row := range tables.Rows(t, store, datasets.AddressBlocks, m) {
			all[row.Prefix] = row
		}
		return all, m.Day().Format(time.DateOnly)
	}
	csv, _ := read("iana/ipv4-address-space.csv", day)
	xml, stated := read("iana/ipv4-address-space.xml", time.Time{})
	if want := "2013-05-20"; stated != want {
		t.Errorf("the XML form is of %s, want %s", stated, want)
	}
	if len(csv) != 256 {
		t.Errorf("%d blocks of the CSV form, want 256", len(csv))
	}
	if len(xml) != 256 {
		t.Errorf("%d blocks of the XML form, want 256", len(xml))
	}
	for prefix, want := range map[string]string{"1.0.0.0/8": "APNIC 2010-01 allocated", "240.0.0.0/8": "Future use 1981-09 reserved", "100.0.0.0/8": "ARIN 2010-11 allocated"} {
		for form, all := range map[string]map[string]datasets.AddressBlock{"CSV": csv, "XML": xml} {
			b := all[prefix]
			if got := b.Designation + " " + b.Allocated + " " + b.Status; got != want {
				t.Errorf("%s of the %s form: %s, want %s", prefix, form, got, want)
			}
			if b.Family != 4 {
				t.Errorf("%s of the %s form: family %d", prefix, form, b.Family)
			}
			if b.PrefixLength != 8 {
				t.Errorf("%s of the %s form: prefix length %d", prefix, form, b.PrefixLength)
			}
		}
	}
	xml, stated = read("iana/ipv6-unicast-address-assignments.xml", time.Time{})
	if want := "2013-02-15"; stated != want {
		t.Errorf("the XML form is of %s, want %s", stated, want)
	}
	b := xml["2c00::/12"]
	if got, want := strings.Join([]string{b.Registry, b.Designation, b.Allocated, b.Status}, " "), "iana-ipv6-unicast AFRINIC 2006-10-03 allocated"; got != want {
		t.Errorf("2c00::/12 is %s, want %s", got, want)
	}
	csv, _ = read("iana/ipv6-unicast-address-assignments.csv", day)
	b = csv["2c00::/12"]
	if got, want := b.Designation+" "+b.Status, "AFRINIC allocated"; got != want {
		t.Errorf("2c00::/12 is %s, want %s", got, want)
	}
}

func TestASNumbers(t *testing.T) {
	store, m, err := decode(t, registry.ASNumbers{}, testkit.Data(t, "iana/as-numbers.xml"), time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	blocks := tables.Rows(t, store, datasets.ASBlocks, m)
	find := func(asn uint32) string {
		for _, row := range blocks {
			if row.First <= asn && asn <= row.Last {
				return row.Status + ": " + row.Description
			}
		}
		return ""
	}
	for asn, want := range map[uint32]string{
		7: "assigned: Assigned by RIPE NCC", 112: "assigned: Assigned by ARIN", 62000: "unallocated: Reserved by the IANA", 64512: "reserved: Reserved for Private Use",
		300000: "unallocated: Unallocated", 327700: "assigned: Assigned by AFRINIC", 4200000000: "reserved: Reserved for Private Use", 4294967295: "reserved: Reserved",
	} {
		if got := find(asn); !strings.HasPrefix(got, want) {
			t.Errorf("AS%d is %q, want %q", asn, got, want)
		}
	}
	if got, want := m.Day().Format(time.DateOnly), "2013-06-11"; got != want {
		t.Errorf("day %s, want %s", got, want)
	}
	wantRejected(t, m, "pointer to the other table", 1)
	path := text(t, "as-numbers-2.csv", "Number,Description,WHOIS,RDAP,Reference,Registration Date\n0-65535,See Sub-registry 16-bit AS numbers,,,,\n131072-132095,Assigned by APNIC,whois.apnic.net,,,2009-09-01\nx,Broken,,,,\n")
	_, m, err = decode(t, registry.ASNumbers{}, path, day)
	if err != nil {
		t.Fatal(err)
	}
	wantCounts(t, m, 3, 1)
	wantRejected(t, m, "malformed range", 1)
}

func TestASNames(t *testing.T) {
	path := text(t, "asn.20260101.txt", "3333 RIPE-NCC-AS Reseaux IP Europeens Network Coordination Centre (RIPE NCC), NL\n1 LVLT-1, US\nrubbish\n1 Twice, US\n64496 </script>=cmd()\n")
	store, m, err := decode(t, registry.ASNames{}, path, time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, row := range tables.Rows(t, store, datasets.ASNames, m) {
		got = append(got, row.Name+"|"+row.Country)
	}
	want := "LVLT-1|US; RIPE-NCC-AS Reseaux IP Europeens Network Coordination Centre (RIPE NCC)|NL; </script>=cmd()|"
	if strings.Join(got, "; ") != want {
		t.Errorf("names %q, want %q", got, want)
	}
	wantCounts(t, m, 5, 3)
	wantRejected(t, m, "malformed line", 1)
	wantRejected(t, m, "second name of an AS", 1)
	_, m, err = decode(t, registry.ASNames{}, testkit.Data(t, "asn/pyasn/asnames.json.gz"), day)
	if err != nil {
		t.Fatal(err)
	}
	if m.Rows != 77586 {
		t.Errorf("%d names, want 77586", m.Rows)
	}
}

func TestBogonList(t *testing.T) {
	_, m, err := decode(t, registry.BogonList{}, testkit.Data(t, "iana/fullbogons-ipv6.2024-03-10.txt.gz"), time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	if m.Rows != 143544 {
		t.Errorf("%d prefixes, want 143544", m.Rows)
	}
	if got, want := m.Day().Format(time.DateOnly), "2024-03-10"; got != want {
		t.Errorf("day %s, want %s", got, want)
	}
	_, m, err = decode(t, registry.BogonList{}, text(t, "x.txt", "# last updated 1710089701 (Sun)\n10.0.0.0/8\n10.0.0.1/8\n10.0.0.0/8\n::/8\n"), time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	wantCounts(t, m, 4, 2)
	wantRejected(t, m, "malformed prefix", 1)
	wantRejected(t, m, "listed before", 1)
}

// TestOtherFiles decodes files of no kind: each decoder refuses them and names the file.
func TestOtherFiles(t *testing.T) {
	for name, content := range map[string]string{"empty": "", "page": "<!DOCTYPE html><html></html>", "rubbish": "\x00\x01\x02", "unended": "<registry><record><prefix>1/8", "csv": "a,b\n1,2\n"} {
		path := text(t, name+".20260101", content)
		for _, c := range []collectors.Kind{registry.AddressSpace{}, registry.ASNumbers{}, registry.ASNames{}, registry.BogonList{}, registry.ASOrgs{}, registry.IRRRoutes{}} {
			if _, m, err := decode(t, c, path, day); err == nil || !strings.Contains(err.Error(), name) {
				t.Errorf("%s accepts %s: %+v, %v", c.Name(), name, m, err)
			}
		}
	}
}
