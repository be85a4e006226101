package derive

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
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
	tables.Commit(t, store, datasets.ROAs, table.Key{Day: date(day), Name: name}, rows...)
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
