package watch_test

import (
	"errors"
	"net/netip"
	"strings"
	"testing"
	"time"

	"tidemark/analysis/watch"
	"tidemark/datasets"
	"tidemark/datasets/table"
	"tidemark/internal/testkit/tables"
)

func day(d int) time.Time { return at(24 * d) }

// file commits rows of a source's file of a day; a damaged one, where damage is said.
func file[Row any](w *world, dataset *table.Dataset[Row], source string, d int, damage string, rows ...Row) {
	w.t.Helper()
	into := w.store.Begin(table.Input{Name: "roas/" + source + "/" + day(d).Format(time.DateOnly) + "/vrps.json"})
	if damage != "" {
		into.Damage(errors.New(damage))
	}
	tables.Write(w.t, into, dataset, table.Key{Day: day(d), Name: source + "." + dataset.Name}, rows...)
	if _, err := into.Commit(); err != nil {
		w.t.Fatal(err)
	}
}

func vrp(d int, prefix string, maxLength, asn uint32, anchor string, expires *time.Time) datasets.ROA {
	return datasets.ROA{FileDate: day(d), Family: 4, Prefix: prefix, PrefixLength: uint32(netip.MustParsePrefix(prefix).Bits()), MaxLength: maxLength, ASN: asn, TrustAnchor: anchor, Expires: expires}
}

// TestExpiring: a payload that is not renewed, and is at last, with a damaged file between; those that are renewed every day, that last
// long, or that do not say, raise nothing.
func TestExpiring(t *testing.T) {
	w := newWorld(t)
	for d := range 6 {
		end := map[int]*time.Time{0: ptr(day(3)), 1: ptr(day(3)), 2: ptr(day(3)), 3: ptr(day(3)), 4: ptr(day(9)), 5: ptr(day(9))}[d]
		damage := ""
		if d == 2 {
			damage = "cut off"
		}
		file(w, datasets.ROAs, "rpki-client", d, damage,
			vrp(d, "192.0.2.0/24", 24, 64500, "ripe", end),
			vrp(d, "192.0.2.0/25", 25, 64500, "ripe", ptr(day(d).Add(20*hours))),
			vrp(d, "192.0.2.128/25", 25, 64500, "ripe", ptr(day(300))),
			vrp(d, "192.0.2.64/26", 26, 64500, "ripe", nil),
			vrp(d, "198.51.100.0/24", 24, 64501, "ripe", ptr(day(2))))
	}
	kinds := []string{"roa-expiring"}
	w.want([]watch.Rule{{Prefixes: []string{"192.0.2.0/24"}, Kinds: kinds}, {ASes: []uint32{64500}, Kinds: kinds}},
		"roa-expiring ROA 192.0.2.0/24-24 AS64500 warning 0<24..72<96",
		"roa-expiring ROA 192.0.2.0/24-24 AS64500 warning 0<24..72<96")
	w.lacks(watch.Rule{Prefixes: []string{"192.0.2.64/26"}, Kinds: kinds}, "no payload of it says when it expires")
	w.lacks(watch.Rule{Prefixes: []string{"203.0.113.0/24"}, Kinds: kinds}, "no payload of it is at hand")
	w.leftOut("rpki-client", "cut off")
}

// lacks says why no kind of a rule can be judged.
func (w *world) lacks(rule watch.Rule, want string) {
	w.t.Helper()
	rule.Name = "x"
	if err := rule.Check(); err != nil {
		w.t.Fatal(err)
	}
	all, _, err := watch.Explain(w.t.Context(), w.store, []watch.Rule{rule})
	if err != nil || !all[0].Mute() || all[0].Kinds[0].Lacks != want {
		w.t.Errorf("the data lack %+v, %v, want %s", all, err, want)
	}
}

// leftOut wants the only day or hour that is left out to name a file and its damage.
func (w *world) leftOut(file, damage string) {
	w.t.Helper()
	_, left, err := watch.Explain(w.t.Context(), w.store, nil)
	if err != nil || len(left) != 1 || !strings.Contains(left[0].Why, file) || !strings.Contains(left[0].Why, damage) {
		w.t.Errorf("left out: %+v, %v", left, err)
	}
}

// TestMissingAnchor: an anchor that is missing for two days is missing once; a day without a file of the source, or with a damaged one,
// says nothing, and neither does a source that never had it.
func TestMissingAnchor(t *testing.T) {
	w := newWorld(t)
	ours := func(d int) datasets.ROA { return vrp(d, "192.0.2.0/24", 24, 64500, "ripe", nil) }
	theirs := func(d int) datasets.ROA { return vrp(d, "203.0.113.0/24", 24, 64501, "apnic", nil) }
	for d := range 8 {
		switch d {
		case 2, 4:
			file(w, datasets.ROAs, "rpki-client", d, "", theirs(d))
		case 3: // no file
		case 6:
			file(w, datasets.ROAs, "rpki-client", d, "cut off", theirs(d))
		default:
			file(w, datasets.ROAs, "rpki-client", d, "", ours(d), theirs(d))
		}
		file(w, datasets.ROAs, "apnic.tal", d, "", theirs(d))
	}
	kinds := []string{"trust-anchor-missing"}
	w.want([]watch.Rule{{Prefixes: []string{"192.0.2.0/24"}, Kinds: kinds}, {ASes: []uint32{64501}, Kinds: kinds}},
		"trust-anchor-missing trust anchor ripe of rpki-client warning 24<48..96<120")
	w.lacks(watch.Rule{Prefixes: []string{"198.51.100.0/24"}, Kinds: kinds}, "no payload of it is at hand that names its trust anchor")
	w.leftOut("rpki-client", "cut off")
}

// TestASPAs: an ASPA comes, changes, is missing with its trust anchor, which says nothing, goes, and comes and goes again. Two validators
// that show the same days apart are one.
func TestASPAs(t *testing.T) {
	w := newWorld(t)
	aspa := func(d int, customer uint32, anchor string, providers ...uint32) (rows []datasets.ASPA) {
		for _, p := range providers {
			rows = append(rows, datasets.ASPA{FileDate: day(d), Customer: customer, Provider: p, TrustAnchor: anchor})
		}
		return rows
	}
	for d, providers := range [][]uint32{nil, {1, 2}, {1, 2}, {1, 3}, {}, {1, 3}, {9}, nil, {1, 3}} {
		other := aspa(d, 64999, "ripe", 7)
		if d == 4 {
			other = aspa(d, 64999, "apnic", 7)
		}
		damage := ""
		if d == 6 {
			damage = "cut off"
		}
		file(w, datasets.ASPAs, "a", d, damage, append(other, aspa(d, 64500, "ripe", providers...)...)...)
	}
	file(w, datasets.ASPAs, "b", 1, "", aspa(1, 64999, "ripe", 7)...)
	file(w, datasets.ASPAs, "b", 2, "", append(aspa(2, 64999, "ripe", 7), aspa(2, 64500, "ripe", 1, 2)...)...)
	kinds := []string{"aspa-created", "aspa-changed", "aspa-gone"}
	w.want([]watch.Rule{{ASes: []uint32{64500}, Kinds: kinds}},
		"aspa-created ASPA AS64500 info 0<24..24<24",
		"aspa-changed ASPA AS64500 warning 48<72..72<72",
		"aspa-gone ASPA AS64500 warning 120<168..168<168",
		"aspa-created ASPA AS64500 info 168<192..192<192")
	w.want([]watch.Rule{{ASes: []uint32{64500}, ASPA: []uint32{2, 1}, Kinds: []string{"aspa-violates-rule"}}},
		"aspa-violates-rule ASPA AS64500 warning ?<0..0<24",
		"aspa-violates-rule ASPA AS64500 warning 48<72..192<?")
	w.leftOut("a", "cut off")
}

// TestExpectedROAs: a route without a ROA, of which nothing is known for an hour, and payloads that authorise too much.
func TestExpectedROAs(t *testing.T) {
	w := newWorld(t)
	for hour, state := range []string{"valid", "not-found", "unknown", "not-found", "valid", "not-found"} {
		r := route("192.0.2.0/24", 64500, 10)
		r.ROVState = state
		w.hour(at(hour), "a", r)
	}
	for d, longest := range []uint32{24, 28, 28, 24, 28} {
		damage := ""
		if d == 2 {
			damage = "cut off"
		}
		file(w, datasets.ROAs, "a", d, damage, vrp(d, "192.0.2.0/24", longest, 64500, "ripe", nil), vrp(d, "192.0.2.0/24", 32, 0, "ripe", nil), vrp(d, "203.0.113.0/24", 32, 64500, "ripe", nil))
	}
	w.want([]watch.Rule{{Prefixes: []string{"192.0.2.0/24"}, ROA: true, MaxLength: watch.Lengths{IPv4: 25}, Kinds: []string{"roa-violates-rule", "max-length-violates-rule"}}},
		"roa-violates-rule 192.0.2.0/24 AS64500 warning 0<1..3<4",
		"roa-violates-rule 192.0.2.0/24 AS64500 warning 4<5..5<?",
		"max-length-violates-rule ROA 192.0.2.0/24-28 AS64500 warning 0<24..24<72",
		"max-length-violates-rule ROA 192.0.2.0/24-28 AS64500 warning 72<96..96<?")
}

// TestChangesOfDamagedFiles: what a damaged file of payloads lacks did not go.
func TestChangesOfDamagedFiles(t *testing.T) {
	w := newWorld(t)
	ours := func(d int) datasets.ROA { return vrp(d, "192.0.2.0/24", 24, 64500, "ripe", nil) }
	theirs := func(d int) datasets.ROA { return vrp(d, "203.0.113.0/24", 24, 64501, "ripe", nil) }
	file(w, datasets.ROAs, "a", 0, "", ours(0), theirs(0))
	file(w, datasets.ROAs, "a", 1, "cut off", theirs(1))
	file(w, datasets.ROAs, "a", 2, "", ours(2), theirs(2))
	w.derive()
	w.want([]watch.Rule{{ASes: []uint32{64500}}})
}
