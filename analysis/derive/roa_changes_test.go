package derive

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"tidemark/datasets"
	"tidemark/datasets/table"
	"tidemark/internal/testkit/tables"
)

// putROAs commits payloads of a trust anchor, each as prefix, maximum length and AS.
func putROAs(t *testing.T, store *table.Store, day, name, anchor string, payloads ...string) {
	t.Helper()
	var rows []datasets.ROA
	for _, text := range payloads {
		r := datasets.ROA{FileDate: date(day), Family: 4, TrustAnchor: anchor}
		if _, err := fmt.Sscan(text, &r.Prefix, &r.MaxLength, &r.ASN); err != nil {
			t.Fatal(err)
		}
		r.PrefixLength = uint32(netip.MustParsePrefix(r.Prefix).Bits())
		rows = append(rows, r)
	}
	// What is before a slash in the name is the collector.
	raw := "roas/undated/" + name
	if strings.Contains(name, "/") {
		collector, file, _ := strings.Cut(name, "/")
		raw = "roas/" + collector + "/undated/" + file
	}
	into := store.Begin(table.Input{Name: raw})
	tables.Write(t, into, datasets.ROAs, table.Key{Day: date(day), Name: strings.ReplaceAll(name, "/", ".")}, rows...)
	if _, err := into.Commit(); err != nil {
		t.Fatal(err)
	}
}

// TestROAChangesOfSources: validators that take turns, and never agree on every payload, make no changes of their own. What changed
// is found by each, and one whose last day is long ago is compared with that day.
func TestROAChangesOfSources(t *testing.T) {
	store := tables.Store(t)
	const both, onlyA, onlyB = "193.0.0.0/16 16 1", "193.1.0.0/16 16 1", "193.2.0.0/16 16 1"
	putROAs(t, store, "2024-01-01", "a/1", "ripe", both, onlyA)
	putROAs(t, store, "2024-01-02", "b/2", "ripe", both, onlyB)
	putROAs(t, store, "2024-01-03", "a/3", "ripe", both, onlyA)
	putROAs(t, store, "2024-01-04", "b/4", "ripe", onlyB)
	putROAs(t, store, "2024-01-05", "a/5", "ripe", onlyA)
	putROAs(t, store, "2024-01-05", "b/5", "ripe", onlyB)
	putROAs(t, store, "2024-06-01", "a/6", "ripe", both, onlyA)
	if _, err := Run(context.Background(), store, []Derivation{ROAChanges}); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, r := range derivedRows(t, store, datasets.ROAChanges) {
		if r.Event != "first" {
			got = append(got, fmt.Sprintf("%s %s %s %s %s", r.FileDate.Format("01-02"), r.PreviousDate.Format("01-02"), r.Source, r.Event, r.Prefix))
		}
	}
	want := []string{"01-04 01-02 b gone 193.0.0.0/16", "01-05 01-03 a gone 193.0.0.0/16", "06-01 01-05 a created 193.0.0.0/16"}
	if !slices.Equal(got, want) {
		t.Errorf("changes:\n%q\nwant\n%q", got, want)
	}
}

// TestROAChanges compares days: a trust anchor that is missing for a day ends nothing, and one payload may take another's place.
func TestROAChanges(t *testing.T) {
	store := tables.Store(t)
	putROAs(t, store, "2024-01-01", "ripe", "ripe", "193.0.0.0/16 16 1", "193.1.0.0/16 16 1", "193.2.0.0/16 16 1", "193.3.0.0/16 16 1", "193.3.0.0/16 16 2")
	putROAs(t, store, "2024-01-01", "apnic", "apnic", "1.0.0.0/8 8 9")
	putROAs(t, store, "2024-01-02", "apnic", "apnic", "1.0.0.0/8 8 9", "1.0.0.0/8 8 10")
	// RIPE's is missing on the 2nd; another validator names it differently on the 5th, and a file repeats a payload.
	putROAs(t, store, "2024-01-05", "ripe", "RIPE NCC RPKI Root", "193.0.0.0/16 24 1", "193.1.0.0/16 16 7", "193.3.0.0/16 16 3", "193.3.0.0/16 16 4", "193.4.0.0/16 16 1")
	putROAs(t, store, "2024-01-05", "again", "ripe", "193.4.0.0/16 16 1")
	putROAs(t, store, "2024-03-01", "apnic", "apnic", "1.0.0.0/8 8 10")
	if _, err := Run(context.Background(), store, []Derivation{ROAChanges}); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, r := range derivedRows(t, store, datasets.ROAChanges) {
		before := "never"
		if r.PreviousDate != nil {
			before = r.PreviousDate.Format("01-02")
		}
		text := fmt.Sprintf("%s %s %s %s/%s %s-%d AS%d", r.FileDate.Format("01-02"), before, r.TrustAnchor, r.Event, r.Change, r.Prefix, r.MaxLength, r.ASN)
		if r.OtherASN != nil {
			text += fmt.Sprintf(" (-%d AS%d)", *r.OtherMaxLength, *r.OtherASN)
		}
		got = append(got, text)
	}
	want := []string{
		"01-01 never apnic first/first 1.0.0.0/8-8 AS9",
		"01-01 never ripencc first/first 193.0.0.0/16-16 AS1",
		"01-01 never ripencc first/first 193.1.0.0/16-16 AS1",
		"01-01 never ripencc first/first 193.2.0.0/16-16 AS1",
		"01-01 never ripencc first/first 193.3.0.0/16-16 AS1",
		"01-01 never ripencc first/first 193.3.0.0/16-16 AS2",
		"01-02 01-01 apnic created/created 1.0.0.0/8-8 AS10",
		"01-05 01-01 ripencc gone/max-length 193.0.0.0/16-16 AS1 (-24 AS1)",
		"01-05 01-01 ripencc created/max-length 193.0.0.0/16-24 AS1 (-16 AS1)",
		"01-05 01-01 ripencc gone/asn 193.1.0.0/16-16 AS1 (-16 AS7)",
		"01-05 01-01 ripencc created/asn 193.1.0.0/16-16 AS7 (-16 AS1)",
		"01-05 01-01 ripencc gone/gone 193.2.0.0/16-16 AS1",
		"01-05 01-01 ripencc gone/gone 193.3.0.0/16-16 AS1",
		"01-05 01-01 ripencc gone/gone 193.3.0.0/16-16 AS2",
		"01-05 01-01 ripencc created/created 193.3.0.0/16-16 AS3",
		"01-05 01-01 ripencc created/created 193.3.0.0/16-16 AS4",
		"01-05 01-01 ripencc created/created 193.4.0.0/16-16 AS1",
		"03-01 never apnic first/first 1.0.0.0/8-8 AS10",
	}
	if !slices.Equal(got, want) {
		t.Errorf("changes:\n%q\nwant\n%q", got, want)
	}
}
