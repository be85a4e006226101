package report

import (
	"encoding/binary"
	"math/rand/v2"
	"net/netip"
	"slices"
	"testing"
	"time"

	"tidemark/datasets"
	"tidemark/datasets/table"
	"tidemark/internal/testkit/tables"
)

// TestNewcomers: new prefixes and new space are counted by the age of their delegation on the day of the table.
func TestNewcomers(t *testing.T) {
	store := tables.Store(t)
	january := func(year int) time.Time { return time.Date(year, 1, 1, 0, 0, 0, 0, time.UTC) }
	dump := func(year int, prefixes ...string) {
		into := store.Begin(table.Input{Name: "raw/" + january(year).Format("2006")})
		key := table.Key{Day: january(year), Name: "rrc00"}
		var routes []datasets.Route
		var stats []datasets.TableStat
		for _, text := range prefixes {
			p := netip.MustParsePrefix(text)
			r := datasets.Route{Collector: "rrc00", DumpTime: january(year), Family: 4, Prefix: text, PrefixLength: uint32(p.Bits()), OriginASN: 64500}
			for _, other := range prefixes {
				if o := netip.MustParsePrefix(other); o.Bits() < p.Bits() && o.Contains(p.Addr()) {
					r.CoveringPrefix = other
				}
			}
			routes = append(routes, r)
		}
		stats = append(stats, datasets.TableStat{Collector: "rrc00", DumpTime: january(year), Family: 4, Source: "rib", Metric: "prefixes", Value: float64(len(prefixes))})
		tables.Write(t, into, datasets.Routes, key, routes...)
		tables.Write(t, into, datasets.TableStats, key, stats...)
		if _, err := into.Commit(); err != nil {
			t.Fatal(err)
		}
	}
	dump(2024, "10.0.0.0/16", "10.5.0.0/24")
	// New: a more specific of old space, a block that covers some, one of two delegations, one of none, one dated after the table.
	dump(2025, "10.0.0.0/16", "10.0.1.0/24", "10.5.0.0/16", "10.8.0.0/15", "10.20.0.0/24", "10.30.0.0/24")
	into := store.Begin(table.Input{Name: "raw/delegations"})
	day := func(year int, month time.Month, day int) *time.Time {
		at := time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
		return &at
	}
	var rows []datasets.Delegation
	for _, d := range []struct {
		start string
		size  int64
		date  *time.Time
	}{
		{"10.0.0.0", 65536, day(1995, 1, 1)}, {"10.5.0.0", 65536, day(2024, 1, 2)}, {"10.8.0.0", 65536, day(2024, 1, 1)},
		{"10.9.0.0", 65536, day(2010, 1, 1)}, {"10.30.0.0", 256, day(2025, 1, 2)}, {"10.31.0.0", 256, nil},
	} {
		rows = append(rows, datasets.Delegation{FileDate: *day(2024, 12, 30), Registry: "arin", Type: "ipv4", Start: d.start, Value: d.size, Date: d.date, Status: "allocated"})
	}
	tables.Write(t, into, datasets.Delegations, table.Key{Day: *day(2024, 12, 30), Name: "arin"}, rows...)
	if _, err := into.Commit(); err != nil {
		t.Fatal(err)
	}
	r, err := Make(t.Context(), store, 2024)
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, s := range r.Sections {
		if s.Slug != "newcomers" {
			continue
		}
		for _, row := range s.Years[0].Rows {
			got[row.Label] = "unknown"
			if v := row.Values[2]; v != nil {
				got[row.Label] = printed(*v, 0)
			}
		}
		for _, row := range s.Years[1].Rows {
			if row.Values[2] != nil || row.Need == "" {
				t.Errorf("IPv6, of which there is no table: %s is %v, need %q", row.Label, row.Values[2], row.Need)
			}
		}
		if want := "Of the IPv4 prefixes of 1 January 2025 that were not in the table of 1 January 2024, 33.3 % are of space delegated in the year before. The age of 2 of the 5 is unknown: this share leaves them out."; s.Text != want {
			t.Errorf("text %q, want %q", s.Text, want)
		}
	}
	for label, want := range map[string]string{
		"New prefixes": "5", "New prefixes, delegated under 1 year before": "1", "New prefixes, delegated 1 to 2 years before": "1",
		"New prefixes, delegated 2 to 5 years before": "0", "New prefixes, delegated 10 to 20 years before": "0", "New prefixes, delegated 20 years before and more": "1",
		"New prefixes, day of the delegation unknown": "2",
		"New space": "196,864", "New space, delegated under 1 year before": "65,280", "New space, delegated 1 to 2 years before": "65,536",
		"New space, delegated 10 to 20 years before": "65,536", "New space, delegated 20 years before and more": "0", "New space, day of the delegation unknown": "512",
	} {
		if got[label] != want {
			t.Errorf("%s: %q, want %q", label, got[label], want)
		}
	}
}

// TestNewSpace compares the ranges with a table of single addresses.
func TestNewSpace(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	const size = 64
	ranges := func() (all []stretch) {
		for range random.IntN(6) {
			from := random.Uint64N(size)
			all = append(all, stretch{from, from + 1 + random.Uint64N(size-from)})
		}
		return all
	}
	for range 2000 {
		now, before := ranges(), ranges()
		want, ages := make([]uint64, unknownAge+1), make([]uint64, unknownAge+1)
		var delegated []delegatedStretch
		for at := random.Uint64N(8); at < size; at += random.Uint64N(8) {
			to := at + 1 + random.Uint64N(8)
			delegated = append(delegated, delegatedStretch{stretch{at, to}, random.IntN(unknownAge)})
			at = to
		}
		in := func(all []stretch, at uint64) bool {
			for _, s := range all {
				if s.from <= at && at < s.to {
					return true
				}
			}
			return false
		}
		for at := range uint64(size) {
			if !in(now, at) || in(before, at) {
				continue
			}
			age := unknownAge
			for _, d := range delegated {
				if d.from <= at && at < d.to {
					age = d.age
				}
			}
			want[age]++
			ages[ageAt(delegated, at)]++
		}
		n := &newcomers{spans: make([]uint64, unknownAge+1)}
		for _, s := range without(union(now), union(before)) {
			n.addSpan(delegated, s)
		}
		if !slices.Equal(n.spans, want) || !slices.Equal(ages, want) {
			t.Fatalf("%v without %v: %v by range and %v by address, want %v", now, before, n.spans, ages, want)
		}
	}
}

// TestStretchOf: IPv6 is counted in /64s.
func TestStretchOf(t *testing.T) {
	for text, size := range map[string]uint64{"192.0.2.0/24": 256, "0.0.0.0/0": 1 << 32, "2001:db8::/32": 1 << 32, "2001:db8::/64": 1, "2001:db8::/128": 1} {
		p := netip.MustParsePrefix(text)
		s := stretchOf(p)
		first := p.Addr().As16()
		if p.Addr().Is6() && s.from != binary.BigEndian.Uint64(first[:8]) || s.to-s.from != size {
			t.Errorf("%s: %v, want %d", text, s, size)
		}
	}
}
