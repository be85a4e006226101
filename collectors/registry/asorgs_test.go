package registry_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"tidemark/collectors"
	"tidemark/collectors/registry"
	"tidemark/datasets"
	"tidemark/internal/testkit/tables"
)

// The same ASes in the forms that CAIDA published from 2009, from 2018 and, as JSON, from 2020 on.
const (
	orgsOf2012 = "# format: aut|changed|name|org_id|source\n64496|20120224|EXAMPLE-1|EXO-ARIN|ARIN\n64497||EXAMPLE-2|EXO-ARIN|ARIN\n64498|20110101|ALONE|@aut-64498-JPNIC|JPNIC\n" +
		"# format: org_id|changed|name|country|source\nEXO-ARIN|20120130|Example  Organisation, Inc.|US|ARIN\n@aut-64498-JPNIC||Caf\xe9|JP|JPNIC\n"
	orgsOf2021 = "# name: AS Org\n# format:org_id|changed|org_name|country|source\n@aut-64498-JPNIC||Café|JP|JPNIC\nEXO-ARIN|20120130|Example Organisation, Inc.|US|ARIN\n" +
		"# format:aut|changed|aut_name|org_id|opaque_id|source\n64496|20120224|EXAMPLE-1|EXO-ARIN|e5e3b9c1_ARIN|ARIN\n64497||EXAMPLE-2|EXO-ARIN|e5e3b9c1_ARIN|ARIN\n64498|20110101|ALONE|@aut-64498-JPNIC||JPNIC\n"
	orgsAsJSON = `{"changed":"20120130","country":"US","name":"Example Organisation, Inc.","organizationId":"EXO-ARIN","source":"ARIN","type":"Organization"}
{"country":"JP","name":"Café","organizationId":"@aut-64498-JPNIC","source":"JPNIC","type":"Organization"}
{"asn":"64496","changed":"20120224","name":"EXAMPLE-1","opaqueId":"e5e3b9c1_ARIN","organizationId":"EXO-ARIN","source":"ARIN","type":"ASN"}
{"asn":"64497","name":"EXAMPLE-2","opaqueId":"e5e3b9c1_ARIN","organizationId":"EXO-ARIN","source":"ARIN","type":"ASN"}
{"asn":"64498","changed":"20110101","name":"ALONE","organizationId":"@aut-64498-JPNIC","source":"JPNIC","type":"ASN"}
`
)

// orgLines returns rows as text, one a line.
func orgLines(rows []datasets.ASOrg) (lines []string) {
	for _, r := range rows {
		changed := "unknown"
		if r.Changed != nil {
			changed = r.Changed.Format(time.DateOnly)
		}
		lines = append(lines, fmt.Sprintf("%s %d %s %q %s %s %s", r.FileDate.Format(time.DateOnly), r.ASN, r.OrgID, r.OrgName, r.Country, r.Source, changed))
	}
	return lines
}

// TestASOrgForms: the three forms give the same rows, on the day in the file's name.
func TestASOrgForms(t *testing.T) {
	want := []string{
		`2026-04-01 64496 EXO-ARIN "Example Organisation, Inc." US ARIN 2012-02-24`,
		`2026-04-01 64497 EXO-ARIN "Example Organisation, Inc." US ARIN unknown`,
		`2026-04-01 64498 @aut-64498-JPNIC "Café" JP JPNIC 2011-01-01`,
	}
	for name, content := range map[string]string{"20260401.as-org2info.txt": orgsOf2021, "20260401.as-org2info.jsonl": orgsAsJSON, "20260401.as-org2info.2012.txt": orgsOf2012} {
		store, m, err := decode(t, registry.ASOrgs{}, text(t, name, content), time.Time{})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if got := orgLines(tables.Rows(t, store, datasets.ASOrgs, m)); !slices.Equal(got, want) {
			t.Errorf("%s: got\n%s\nwant\n%s", name, strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
		wantCounts(t, m, 5, 5)
	}
}

// TestASOrgCadence: a URL with a month in it gives one file a month unless the source says otherwise; local files are asked for at every run.
func TestASOrgCadence(t *testing.T) {
	for url, want := range map[string]collectors.Cadence{"https://example.net/{yyyy}{mm}01.as-org2info.jsonl.gz": collectors.Monthly(), "file:*.txt.gz": {}} {
		if got := (registry.ASOrgs{}).Cadence(collectors.Source{URLs: []string{url}}); got != want {
			t.Errorf("%s: %v, want %v", url, got, want)
		}
	}
}

// TestASOrgMistakes: what is wrong costs its line alone, and ASes never share an organisation that is not named.
func TestASOrgMistakes(t *testing.T) {
	store, m, err := decode(t, registry.ASOrgs{}, text(t, "x.jsonl", orgsAsJSON+`{"asn":"64496","organizationId":"OTHER","type":"ASN"}
{"asn":"64499","organizationId":" ","type":"ASN"}
{"asn":"64500","organizationId":"GONE","source":"RIPE","type":"ASN"}
{"asn":"-1","organizationId":"EXO-ARIN","type":"ASN"}
{"organizationId":"EXO-ARIN","name":"Twice","type":"Organization"}
{"organizationId":"UNUSED","country":"Nowhere","type":"Organization"}
{"type":"Person"}
{"asn":
`), day)
	if err != nil {
		t.Fatal(err)
	}
	wantCounts(t, m, 12, 6)
	wantRejected(t, m, "malformed line", 3)
	wantRejected(t, m, "second entry of an AS", 1)
	wantRejected(t, m, "second entry of an organisation", 1)
	wantRejected(t, m, "AS without an organisation", 1)
	if n := m.Noted["organisation without an AS, not used"]; n != 1 {
		t.Errorf("%d organisations without an AS are noted, want 1", n)
	}
	rows := tables.Rows(t, store, datasets.ASOrgs, m)
	if last := rows[len(rows)-1]; last.ASN != 64500 || last.OrgID != "GONE" || last.OrgName != "" || last.Country != "" {
		t.Errorf("an AS whose organisation the file lacks: %+v", last)
	}
	for content, want := range map[string]string{
		"# format:org_id|changed|org_name|country|source\nX||Y|US|ARIN\n":   "names the organisation of no AS",
		"64496|20120224|EXAMPLE-1|EXO-ARIN|ARIN\n":                          "names the organisation of no AS", // of no known section
		"# format:aut|colour|org_id\n64496|blue|X\n":                        "names the organisation of no AS",
		orgsAsJSON + `{"type":"ASN","asn":"` + strings.Repeat("1", 100<<10): "line 6: the line is longer than 65536 bytes",
	} {
		if _, _, err := decode(t, registry.ASOrgs{}, text(t, "x.txt", content), day); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.80q: %v, want %q", content, err, want)
		}
	}
}
