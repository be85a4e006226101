package registry_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"tidemark/collectors/registry"
	"tidemark/datasets"
	"tidemark/internal/testkit"
	"tidemark/internal/testkit/tables"
)

// transferLines returns the rows of a log, one a line.
func transferLines(rows []datasets.Transfer) (lines []string) {
	for _, r := range rows {
		when, since := "unknown", "unknown"
		if r.Transferred != nil {
			when = r.Transferred.Format(time.RFC3339)
		}
		if r.FromRegistration != nil {
			since = r.FromRegistration.Format(time.DateOnly)
		}
		lines = append(lines, fmt.Sprintf("%s %d %s %s %s %s-%s %.0f %s/%s/%s %s %s/%s/%s", r.Registry, r.Number, when, r.TransferType, r.Resource, r.Start, r.End, r.Size,
			r.From, r.FromCountry, r.FromRegistry, since, r.To, r.ToCountry, r.ToRegistry))
	}
	return lines
}

// TestTransfers reads three real transfers of ARIN.
func TestTransfers(t *testing.T) {
	store, m, err := decode(t, registry.Transfers{}, testkit.Data(t, "rir/nro-transfer-log-v4.sample.json"), time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"arin 1 2012-08-06T17:46:00Z RESOURCE_TRANSFER asn 3943-3943 1 David Meyer/University of Oregon/US/arin 2001-05-18 Cisco Systems, Inc./US/arin",
		"arin 2 2015-06-22T18:23:56Z MERGER_ACQUISITION ipv6 2620:1f:8000::-2620:1f:8000:ffff:ffff:ffff:ffff:ffff 65536 Cloud Floor Corporation/US/arin 2011-04-19 CloudfloorDNS/US/arin",
		"arin 3 2026-04-14T18:59:21Z RESOURCE_TRANSFER ipv4 162.208.48.0-162.208.51.255 1024 Database By Design LLC/US/arin 2013-04-01 The AES Corporation/US/arin",
	}
	if got := transferLines(tables.Rows(t, store, datasets.Transfers, m)); !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if day := m.Day().Format(time.DateOnly); day != "2026-04-15" {
		t.Errorf("the day is %s", day)
	}
}

// TestTransferForms: sets as lists, numbers as text, unknown words and times, and several ranges of one transfer.
func TestTransferForms(t *testing.T) {
	store, m, err := decode(t, registry.Transfers{}, text(t, "transfers.json", `{"version":{"producer":"RIPE NCC","production_date":"2026-07-18"},"transfers":[
		{"ip4nets":[{"start_address":"1.0.0.0","end_address":"1.0.0.0"}],"ip6nets":{"transfer_set":[{"start_address":"2001:db8::8","end_address":"2001:db8::f"}]},
		 "asns":{"transfer_set":[{"start":"AS5","end":"6"}]},"transfer_date":"never","source_rir":"APNIC","recipient_rir":"RIPE NCC"},
		{"ip4nets":{"transfer_set":[{"start_address":"256.0.0.0","end_address":"256.0.0.0"}]}},
		{"ip4nets":{"transfer_set":[{"start_address":"1.0.0.9","end_address":"1.0.0.1"}]}},
		{"asns":{"transfer_set":[{"start":7,"end":7}]},"source_rir":"IANA","transfer_date":"2020-02-29"}]}`), time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"ripencc 1 unknown  ipv4 1.0.0.0-1.0.0.0 1 //apnic unknown //ripencc",
		"ripencc 1 unknown  ipv6 2001:db8::8-2001:db8::f 0 //apnic unknown //ripencc",
		"ripencc 1 unknown  asn 5-6 2 //apnic unknown //ripencc",
		"ripencc 4 2020-02-29T00:00:00Z  asn 7-7 1 // unknown //",
	}
	if got := transferLines(tables.Rows(t, store, datasets.Transfers, m)); !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if m.Seen != 4 || m.Kept != 2 {
		t.Errorf("%d of %d kept", m.Kept, m.Seen)
	}
}

// TestTransferMistakes: a log without a producer or transfers is refused.
func TestTransferMistakes(t *testing.T) {
	for content, want := range map[string]string{
		`{"transfers":[{"asns":[{"start":1,"end":1}]}]}`: "names no producer",
		`{"version":{"producer":"NRO"},"transfers":[]}`:  "not a regional registry",
		`{"version":{"producer":"ARIN"},"transfers":[]}`: "no transfers",
		`{"version":{"producer":"ARIN"},"transfers":{}}`: "is not a list",
		`[]`: "is not an object",
		`{"version":{"producer":"ARIN"},"transfers":[{"asns":[{"start":1,"end":1}]}]}`:          "",
		`{"version":{"producer":"ARIN"},"transfers":[{"asns":[{"start":1,"end":1}]},{"asns":[{`: "", // torn: what came before is kept
	} {
		_, _, err := decode(t, registry.Transfers{}, text(t, "transfers.json", content), day)
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%s: %v, want %q", content, err, want)
		}
	}
}
