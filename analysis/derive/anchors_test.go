package derive

import (
	"net/netip"
	"strings"
	"testing"
	"time"

	"tidemark/datasets"
	"tidemark/datasets/table"
	"tidemark/internal/testkit/tables"
)

// allAnchors is the scope of payloads that leave nothing open.
var allAnchors = map[string]time.Time{"afrinic": on(2020), "apnic": on(2020), "arin": on(2020), "lacnic": on(2020), "ripencc": on(2020)}

func TestAnchorRegistry(t *testing.T) {
	for name, want := range map[string]string{
		"ripe": "ripencc", "apnic": "apnic", "arin": "arin", "lacnic": "lacnic", "afrinic": "afrinic",
		"RIPE NCC RPKI Root": "ripencc", "APNIC RPKI Root": "apnic", "APNIC from ARIN RPKI Root": "apnic", "AfriNIC RPKI Root": "afrinic",
		"LACNIC RPKI Root": "lacnic", "ARIN RPKI TA": "arin", "Cloudflare - ARIN": "arin",
		"apnic-as0": "", "LACNIC AS0": "", "apnic-testbed": "", "ARIN OTE": "", "": "", "GoRTR": "", "grip": "",
	} {
		if got := anchorRegistry(name); got != want {
			t.Errorf("%q is the trust anchor of %q, want %q", name, got, want)
		}
	}
}

// TestPayloadScope: of each trust anchor the newest payloads count, and nothing is said of the prefixes of an anchor whose
// payloads are missing.
func TestPayloadScope(t *testing.T) {
	store := tables.Store(t)
	put := func(day, name string, rows ...datasets.ROA) {
		t.Helper()
		tables.Commit(t, store, datasets.ROAs, table.Key{Day: date(day), Name: name}, rows...)
	}
	roa := func(anchor, prefix string, asn uint32) datasets.ROA {
		p := netip.MustParsePrefix(prefix)
		return datasets.ROA{Family: 4, Prefix: prefix, PrefixLength: uint32(p.Bits()), MaxLength: uint32(p.Bits()), ASN: asn, TrustAnchor: anchor}
	}
	put("2018-01-31", "one", roa("RIPE NCC RPKI Root", "193.0.0.0/16", 1), roa("RIPE NCC RPKI Root", "1.0.0.0/16", 1))
	put("2024-01-01", "all", roa("ripe", "193.0.0.0/16", 9), roa("apnic", "1.1.0.0/16", 2), roa("arin", "8.0.0.0/16", 3), roa("lacnic", "200.0.0.0/16", 4), roa("afrinic", "196.0.0.0/16", 5))
	put("2024-01-03", "outage", roa("ripe", "193.0.0.0/16", 1), roa("apnic-as0", "1.9.0.0/16", 0))
	files, err := readShelf(store)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		day, prefix   string
		origin        uint32
		registry      string
		state, reason string
	}{
		// One trust anchor of five.
		{"2018-01-31", "193.0.0.0/16", 1, "ripencc", "valid", "193.0.0.0/16-16 AS1"},
		{"2018-01-31", "193.0.0.0/16", 2, "ripencc", "invalid-origin", "193.0.0.0/16-16 AS1"},
		{"2018-01-31", "193.0.1.0/24", 1, "ripencc", "invalid-length", "193.0.0.0/16-16 AS1"},
		{"2018-01-31", "194.0.0.0/16", 1, "ripencc", "not-found", ""},
		{"2018-02-03", "194.0.0.0/16", 1, "ripencc", "not-found", ""},
		{"2018-01-31", "1.1.0.0/16", 2, "apnic", "unknown", "payloads of 2018-01-31, RIPE NCC only; the prefix is APNIC's"},
		{"2018-01-31", "1.0.0.0/16", 1, "apnic", "valid", "1.0.0.0/16-16 AS1"}, // whoever signed it
		{"2018-01-31", "1.0.0.0/16", 2, "apnic", "unknown", "payloads of 2018-01-31, RIPE NCC only; the prefix is APNIC's"},
		{"2018-01-31", "8.8.8.0/24", 15169, "", "unknown", "payloads of 2018-01-31, RIPE NCC only; the registry that delegates the prefix is not known"},
		// The newest file lacks four anchors, which an older one has; RIPE's payloads are those of the newest alone.
		{"2024-01-03", "193.0.0.0/16", 1, "ripencc", "valid", "193.0.0.0/16-16 AS1"},
		{"2024-01-03", "193.0.0.0/16", 9, "ripencc", "invalid-origin", "193.0.0.0/16-16 AS1"},
		{"2024-01-03", "8.0.0.0/16", 7, "arin", "invalid-origin", "8.0.0.0/16-16 AS3"},
		{"2024-01-03", "8.8.8.0/24", 15169, "", "not-found", ""},
		{"2024-01-03", "1.9.0.0/16", 7, "apnic", "invalid-origin", "1.9.0.0/16-16 AS0"},
		// An anchor for AS 0 is not its registry's.
		{"2024-01-06", "1.8.0.0/16", 7, "apnic", "unknown", "payloads of 2024-01-03, RIPE NCC only; the prefix is APNIC's"},
	} {
		using := files.asOf(date(c.day))
		v, err := readValidator(store, using.roas, nil)
		if err != nil {
			t.Fatal(err)
		}
		if state, reason := v.validate(netip.MustParsePrefix(c.prefix), c.origin, c.registry); state != c.state || reason != c.reason {
			t.Errorf("%s AS%d on %s: %s (%s), want %s (%s)", c.prefix, c.origin, c.day, state, reason, c.state, c.reason)
		}
	}
	for day, want := range map[string]string{
		"2020-02-01": "payloads of 2018-01-31 are 731 days older than the table (limit 3 days)",
		"2018-02-04": "payloads of 2018-01-31 are 4 days older than the table (limit 3 days)",
		"2017-01-01": "no payloads of that day or before are available",
	} {
		using := files.asOf(date(day))
		if len(using.roas) > 0 {
			t.Errorf("%s: %d files of payloads are used, want none", day, len(using.roas))
		}
		if got := noPayloads(using.roasOld, date(day)); got != want {
			t.Errorf("%s: %s, want %s", day, got, want)
		}
		if want := len(using.roasOld); len(using.inputs()) != want {
			t.Errorf("%s: %d inputs, want %d", day, len(using.inputs()), want)
		}
	}
	if using := files.asOf(date("2024-01-03")); len(using.inputs()) != 2 {
		t.Errorf("the plan names %d files that may be read, want 2", len(using.inputs()))
	}
}

// TestBlocksByAge: what IANA has free in a file of seven years before proves nothing, unless a later file says since when it is
// allocated.
func TestBlocksByAge(t *testing.T) {
	block := func(day, prefix, designation, allocated, status string) datasets.AddressBlock {
		p := netip.MustParsePrefix(prefix)
		b := datasets.AddressBlock{RegistryDate: date(day), Registry: "iana-ipv6-unicast", Family: 6, Prefix: prefix, PrefixLength: uint32(p.Bits()), Designation: designation, Allocated: allocated, Status: status}
		if p.Addr().Is4() {
			b.Registry, b.Family = "iana-ipv4-space", 4
		}
		return b
	}
	const old, later = "2013-02-15", "2025-01-31"
	known := block(old, "2a00::/12", "RIPE NCC", "2006-10-03", "allocated")
	for _, c := range []struct {
		what          string
		blocks        []datasets.AddressBlock
		day, prefix   string
		class, reason string
	}{
		{"fresh", []datasets.AddressBlock{known}, "2013-03-01", "2a10:1900::/32", "unallocated", "outside of what IANA has assigned on 2013-02-15"},
		{"fresh and allocated", []datasets.AddressBlock{known}, "2013-03-01", "2a00:1450::/32", "none", ""},
		{"old but allocated", []datasets.AddressBlock{known}, "2020-02-01", "2a00:1450::/32", "none", ""},
		{"seven years old", []datasets.AddressBlock{known}, "2020-02-01", "2a10:1900::/32", "unknown", "outside of what IANA had assigned on 2013-02-15 [RFC4291], 2542 days before the table (limit 31 days)"},
		{"allocated between", []datasets.AddressBlock{known, block(later, "2a10::/12", "RIPE NCC", "2019-06-05", "allocated")}, "2020-02-01", "2a10:1900::/32", "none", ""},
		{"allocated after the day", []datasets.AddressBlock{known, block(later, "2a10::/12", "RIPE NCC", "2019-06-05", "allocated")}, "2019-06-04", "2a10:1900::/32", "unallocated", "IANA allocated 2a10::/12 on 2019-06-05 only (registry of 2025-01-31)"},
		{"on the very day", []datasets.AddressBlock{known, block(later, "2a10::/12", "RIPE NCC", "2019-06-05", "allocated")}, "2019-06-05", "2a10:1900::/32", "none", ""},
		{"free later too", []datasets.AddressBlock{known, block(later, "2a00::/12", "RIPE NCC", "2006-10-03", "allocated")}, "2020-02-01", "2a20::/32", "unallocated", "and still on 2025-01-31"},
		{"allocated, without a date", []datasets.AddressBlock{known, block(later, "2a10::/12", "RIPE NCC", "", "allocated")}, "2020-02-01", "2a10:1900::/32", "unknown", "2542 days"},
		{"no file before, allocated", []datasets.AddressBlock{block(later, "2a10::/12", "RIPE NCC", "2019-06-05", "allocated")}, "2020-02-01", "2a10:1900::/32", "none", ""},
		{"no file before, allocated after", []datasets.AddressBlock{block(later, "36.0.0.0/8", "APNIC", "2010-10", "allocated")}, "2000-01-11", "36.0.0.0/16", "unknown", "no registry of IANA's address space"},
		{"no file before, reserved since long", []datasets.AddressBlock{block(later, "224.0.0.0/8", "Multicast", "1981-09", "reserved")}, "2000-01-11", "224.1.0.0/16", "unallocated", "reserved since 1981-09"},
		{"no file before, reserved since then", []datasets.AddressBlock{block(later, "3ffe::/16", "IANA", "2008-04", "reserved")}, "2002-07-22", "3ffe:100::/24", "unknown", "no registry of IANA's address space"},
		{"reserved for less than a year", []datasets.AddressBlock{block(old, "3ffe::/16", "IANA", "2008-04", "reserved")}, "2014-01-01", "3ffe:100::/24", "unallocated", "IANA has 3ffe::/16 as reserved on 2013-02-15"},
		{"reserved, too old", []datasets.AddressBlock{block(old, "3ffe::/16", "IANA", "2008-04", "reserved")}, "2014-02-17", "3ffe:100::/24", "unknown", "367 days before the table (limit 366 days)"},
		{"it covers blocks", []datasets.AddressBlock{known}, "2020-02-01", "2000::/3", "none", ""},
	} {
		store := tables.Store(t)
		for _, day := range []string{old, later} {
			for _, family := range []uint32{4, 6} {
				var rows []datasets.AddressBlock
				for _, b := range c.blocks {
					if b.RegistryDate.Equal(date(day)) && b.Family == family {
						rows = append(rows, b)
					}
				}
				if len(rows) > 0 {
					tables.Commit(t, store, datasets.AddressBlocks, table.Key{Day: date(day), Name: rows[0].Registry}, rows...)
				}
			}
		}
		for family, registry := range map[uint32]string{4: "iana-ipv4-special", 6: "iana-ipv6-special"} {
			tables.Commit(t, store, datasets.SpecialPrefixes, table.Key{Day: on(1999), Name: registry}, datasets.SpecialPrefix{RegistryDate: on(1999), Registry: registry, Family: family, Prefix: map[uint32]string{4: "10.0.0.0/8", 6: "fc00::/7"}[family], GloballyReachable: "false"})
		}
		tables.Commit(t, store, datasets.ASBlocks, table.Key{Day: on(1999), Name: "numbers"}, datasets.ASBlock{RegistryDate: on(1999), First: 1, Last: 64495, Status: "assigned"})
		files, err := readShelf(store)
		if err != nil {
			t.Fatal(err)
		}
		using := files.asOf(date(c.day))
		b, err := readBogons(store, &using, date(c.day))
		if err != nil {
			t.Fatal(err)
		}
		if class, reason := b.class(netip.MustParsePrefix(c.prefix), 1, nil); class != c.class || !strings.Contains(reason, c.reason) {
			t.Errorf("%s: %s on %s is %s (%s), want %s (%s)", c.what, c.prefix, c.day, class, reason, c.class, c.reason)
		}
	}
}

// TestRegistryOf: the delegation files say whose a prefix is, else IANA's blocks do, also those of a later file.
func TestRegistryOf(t *testing.T) {
	store := tables.Store(t)
	tables.Commit(t, store, datasets.Delegations, table.Key{Day: on(2019), Name: "apnic"},
		datasets.Delegation{FileDate: on(2019), Registry: "apnic", Type: "ipv4", Start: "193.1.0.0", Value: 65536, Status: "allocated"})
	block := func(year int, prefix, designation, allocated, status string) datasets.AddressBlock {
		return datasets.AddressBlock{RegistryDate: on(year), Registry: "iana-ipv4-space", Family: 4, Prefix: prefix, Designation: designation, Allocated: allocated, Status: status}
	}
	tables.Commit(t, store, datasets.AddressBlocks, table.Key{Day: on(2013), Name: "space"},
		block(2013, "193.0.0.0/8", "RIPE NCC", "1993-05", "allocated"), block(2013, "8.0.0.0/8", "Level 3 Communications, Inc.", "1992-12", "legacy"), block(2013, "9.0.0.0/8", "IBM", "1992-08", "legacy"))
	tables.Commit(t, store, datasets.AddressBlocks, table.Key{Day: on(2025), Name: "space"},
		block(2025, "8.0.0.0/8", "Administered by ARIN", "1992-12", "legacy"), block(2025, "9.0.0.0/8", "IBM", "1992-08", "legacy"))
	files, err := readShelf(store)
	if err != nil {
		t.Fatal(err)
	}
	using := files.asOf(on(2020))
	b, err := readBogons(store, &using, on(2020))
	if err != nil {
		t.Fatal(err)
	}
	for prefix, want := range map[string]string{"193.1.1.0/24": "apnic", "193.2.0.0/16": "ripencc", "8.8.8.0/24": "arin", "9.0.0.0/16": "", "100.0.0.0/16": ""} {
		if got := b.registryOf(netip.MustParsePrefix(prefix)); got != want {
			t.Errorf("%s is of %q, want %q", prefix, got, want)
		}
	}
}

// TestIANAsFileDelegatesNothing: IANA's own file names the registry in charge of a range, and hides none of the delegations in it.
func TestIANAsFileDelegatesNothing(t *testing.T) {
	store := tables.Store(t)
	of := func(registry, start string, value int64, status string) datasets.Delegation {
		return datasets.Delegation{FileDate: on(2020), Registry: registry, Type: "ipv4", Start: start, Value: value, Status: status}
	}
	m := tables.Commit(t, store, datasets.Delegations, table.Key{Day: on(2020), Name: "x"},
		of("iana", "8.0.0.0", 1<<24, "arin"), of("iana", "240.0.0.0", 1<<28, "ietf"), of("arin", "8.0.0.0", 1<<16, "assigned"))
	d, err := readDelegated(store, []*table.Manifest{m})
	if err != nil {
		t.Fatal(err)
	}
	for prefix, want := range map[string]string{"8.0.1.0/24": "arin assigned", "8.8.8.0/24": "", "240.0.0.0/8": ""} {
		got := ""
		if r := d.find(netip.MustParsePrefix(prefix)); r != nil {
			got = r.holder
		}
		if got != want {
			t.Errorf("%s is delegated as %q, want %q", prefix, got, want)
		}
	}
}
