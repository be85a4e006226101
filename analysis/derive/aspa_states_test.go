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

// sent returns entries of peer 192.0.2.1, AS 3320, from pairs of prefix and path.
func sent(pairs ...[2]string) (entries []PathEntry) {
	for _, p := range pairs {
		entries = append(entries, PathEntry{Prefix: netip.MustParsePrefix(p[0]), OriginASN: 64512, PeerAddress: "192.0.2.1", PeerASN: 3320, Path: p[1]})
	}
	return entries
}

// putASPAs commits ASPAs as pairs of customer and provider.
func putASPAs(t *testing.T, store *table.Store, day, name, anchor string, pairs ...[2]uint32) {
	t.Helper()
	var rows []datasets.ASPA
	for _, p := range pairs {
		rows = append(rows, datasets.ASPA{FileDate: date(day), Customer: p[0], Provider: p[1], TrustAnchor: anchor})
	}
	tables.Commit(t, store, datasets.ASPAs, table.Key{Day: date(day), Name: name}, rows...)
}

// TestASPAStates verifies the paths of two dumps, one of which is no longer in the archive.
func TestASPAStates(t *testing.T) {
	store := tables.Store(t)
	putDump(t, store, "a")
	putDump(t, store, "b")
	putASPAs(t, store, "2019-12-31", "vrps", "ripe", [2]uint32{64512, 10}, [2]uint32{20, 0})
	dumps := pathDumps{"raw/2020-01-01/a": sent(
		[2]string{"20.1.0.0/16", "3320 10 64512"}, // climbs, then descends over a link that nobody attests: valid downstream
		[2]string{"20.1.0.0/16", "3320 10 64512 64512"},
		[2]string{"20.2.0.0/16", "3320 20 64512"},     // unknown: 3320 may be a customer of 20
		[2]string{"10.0.0.0/8", "20 30 64512"},        // invalid: 20 has no providers
		[2]string{"10.0.0.0/8", "3320 10 64512"},      // and valid by another path
		[2]string{"11.0.0.0/8", "3320 {64512,64513}"}, // invalid
	)}
	if _, err := Run(context.Background(), store, []Derivation{ASPAStates(dumps)}); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, r := range derivedRows(t, store, datasets.ASPAStates) {
		got = append(got, fmt.Sprintf("%s %s %q %d=%d+%d (%d) %q %s %s", r.Prefix, r.State, r.Hop, r.Paths, r.ValidPaths, r.InvalidPaths, r.UpstreamInvalid, r.InvalidPath, r.SeenBy, r.ASPADate))
	}
	want := []string{
		`10.0.0.0/8 invalid "64512>30 20>30" 2=1+1 (1) "20 30 64512" a/192.0.2.1/AS3320 2019-12-31`,
		`11.0.0.0/8 invalid "AS_SET" 1=0+1 (1) "3320 {64512,64513}" a/192.0.2.1/AS3320 2019-12-31`,
		`20.1.0.0/16 valid "" 2=2+0 (0) ""  2019-12-31`,
		`20.2.0.0/16 unknown "" 1=0+0 (1) ""  2019-12-31`,
	}
	if !slices.Equal(got, want) {
		t.Errorf("states:\n%q\nwant\n%q", got, want)
	}
	got = nil
	for _, r := range derivedRows(t, store, datasets.ASPAStats) {
		got = append(got, fmt.Sprintf("%s AS%d %s %s %d", r.Collector, r.VantageASN, r.Procedure, r.State, r.Paths))
	}
	want = []string{"a AS0 downstream unknown 1", "a AS0 downstream valid 3", "a AS0 downstream invalid 2", "a AS0 upstream unknown 3", "a AS0 upstream valid 0", "a AS0 upstream invalid 3"}
	if !slices.Equal(got, want) {
		t.Errorf("counts: %q, want %q", got, want)
	}
	got = nil
	for _, r := range derivedRows(t, store, datasets.ASPAHops) {
		got = append(got, fmt.Sprintf("AS%d after AS%d %d %s", r.ASN, r.BeforeASN, r.Paths, r.Attested))
	}
	want = []string{"AS10 after AS3320 3 none", "AS20 after AS3320 1 not-provider", "AS30 after AS20 1 none", "AS64512 after AS10 3 provider", "AS64512 after AS20 1 not-provider", "AS64512 after AS30 1 not-provider"}
	if !slices.Equal(got, want) {
		t.Errorf("hops: %q, want %q", got, want)
	}
	m, err := store.Manifests(datasets.ASPAStates.Schema)
	if err != nil || len(m) != 1 || m[0].Noted["dump no longer in the archive"] != 1 {
		t.Errorf("manifests %v, %v", m, err)
	}
}

// derivedRows returns the rows of a dataset.
func derivedRows[Row any](t *testing.T, store *table.Store, of *table.Dataset[Row]) (rows []Row) {
	t.Helper()
	manifests, err := store.Manifests(of.Schema)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range manifests {
		rows = append(rows, tables.Rows(t, store, of, m)...)
	}
	return rows
}

// TestOldASPAs: ASPAs of a later day, or more than three days old, judge nothing.
func TestOldASPAs(t *testing.T) {
	for day, jobs := range map[string]int{"2019-12-28": 0, "2019-12-29": 1, "2020-01-01": 1, "2020-01-02": 0} {
		store := tables.Store(t)
		putDump(t, store, "a")
		putASPAs(t, store, day, "vrps", "ripe", [2]uint32{64512, 10})
		planned, err := ASPAStates(pathDumps{"raw/2020-01-01/a": {}}).Plan(store)
		if err != nil || len(planned) != jobs {
			t.Errorf("ASPAs of %s: %d jobs, want %d: %v", day, len(planned), jobs, err)
		}
	}
}

// TestProviders: of each trust anchor the newest ASPAs count, and local exceptions remove and add some.
func TestProviders(t *testing.T) {
	store := tables.Store(t)
	putASPAs(t, store, "2024-01-01", "all", "ripe", [2]uint32{1, 10}, [2]uint32{9, 10})
	putASPAs(t, store, "2024-01-01", "other", "apnic", [2]uint32{2, 10})
	putASPAs(t, store, "2024-01-02", "ripe", "ripe", [2]uint32{1, 20}, [2]uint32{3, 30})
	putASPAs(t, store, "2024-01-02", "ripe-again", "ripe", [2]uint32{1, 21})
	as := func(n int64) *int64 { return &n }
	exceptions := tables.Commit(t, store, datasets.LocalExceptions, table.Key{Day: date("2024-01-01"), Name: "slurm"},
		datasets.LocalException{Object: "aspa", Action: "filter", ASN: as(3)}, datasets.LocalException{Object: "aspa", Action: "assert", ASN: as(3), Provider: as(31)},
		datasets.LocalException{Object: "roa", Action: "filter", ASN: as(1)})
	files, err := store.Manifests(datasets.ASPAs.Schema)
	if err != nil {
		t.Fatal(err)
	}
	p, used, err := readProviders(store, files, []*table.Manifest{exceptions})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := fmt.Sprintf("%v %s", p, days(used)), "map[1:[20 21] 2:[10] 3:[31]] 2024-01-01,2024-01-02"; got != want {
		t.Errorf("providers %s, want %s", got, want)
	}
}
