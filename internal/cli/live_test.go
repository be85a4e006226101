package cli

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"tidemark/datasets/table"
	"tidemark/internal/testkit"
)

// liveInput is a file of shared/data/live: what the program reads of it, or where else a test meets it.
type liveInput struct {
	kind     string // of import; empty: it is not a source's file
	accounts string // the manifests: dataset seen/kept, with what is rejected or noted
	query    string // and what it answers, as CSV without its titles
	answer   string
	test     string // otherwise: the file of the test that reads it
}

var liveInputs = map[string]liveInput{
	"routinator.111.jsonext.json": {kind: "roas", accounts: "aspas 2/2; roas 2/2; router_keys 2/2", // exceptions of the operator have no trust anchor
		query: "SELECT prefix, max_length, asn, trust_anchor FROM roas", answer: "12.34.56.0/24,24,1234,\n12.34.56.0/24,24,1234,\n"},
	"routinator.111.csvext.csv": {kind: "roas", accounts: "roas 2/2",
		query: "SELECT prefix, asn, expires FROM roas", answer: "12.34.56.0/24,1234,\n12.34.56.0/24,1234,\n"},
	"stayrtr.test.rpki.json": {kind: "roas", accounts: `roas 19/19, noted entry of "provider_authorizations" not used 4; router_keys 3/3`,
		query: "SELECT prefix, asn, trust_anchor, expires FROM roas WHERE asn = 30999", answer: "2001:4248::/32,30999,afrinic,2027-11-29T20:29:04Z\n"},
	"stayrtr.test.rpki.json.xz": {kind: "roas", accounts: `roas 19/19, noted entry of "provider_authorizations" not used 4; router_keys 3/3`,
		query: "SELECT count(*), count(expires), count(DISTINCT trust_anchor) FROM roas", answer: "19,19,5\n"},
	"bgpipe.rpki.json": {kind: "roas", accounts: "aspas 3/3; roas 3/3",
		query: "SELECT customer_asn, provider_asn FROM aspas ORDER BY ALL", answer: "65010,65001\n65020,65010\n65099,65030\n"},
	"ripe-archive-output.sample.json": {kind: "roas", accounts: "aspas 2/2; roas 1/1",
		query: "SELECT customer_asn, count(*), min(trust_anchor) FROM aspas GROUP BY 1 ORDER BY 1", answer: "553,5,ripencc\n1199,1,ripencc\n"},
	"ripe-archive-roas.sample.csv": {kind: "roas", accounts: "roas 1/1",
		query: "SELECT prefix, max_length, asn, expires FROM roas", answer: "2001:7fb:fd03::/48,48,196615,2022-07-01T00:00:00Z\n"},
	"ripestat-rpki-roas.sample.json": {kind: "roas", accounts: "roas 1/1",
		query: "SELECT prefix, max_length, asn, trust_anchor FROM roas", answer: "1.0.0.0/24,24,13335,apnic\n"},
	"google-adoption.sample.js": {kind: "google-ipv6", accounts: "external_series 3/3", // months from 0, as JavaScript counts them
		query:  "SELECT time, value FROM external_series WHERE category = 'all IPv6' ORDER BY 1",
		answer: "2008-09-04,0.138095\n2008-09-05,0.14\n2026-09-20,48.2\n"},
	"asn-potaroo-2019.head2000.txt": {kind: "as-names", accounts: "as_names 2000/2000",
		query: "SELECT asn, name, country FROM as_names WHERE asn IN (1, 13, 1251) ORDER BY 1", answer: "1,\"LVLT-1 - Level 3 Communications, Inc.\",US\n13,\"DNIC-AS-00013 - Headquarters, USAISC\",US\n1251,FUNDAÇÃO DE AMPARO À PESQUISA DO ESTADO SÃO PAULO,BR\n"},
	"rfc6052.txt": {kind: "rfc-texts", accounts: "rfc_paragraphs 128/128; rfc_references 11/11; rfc_sections 31/31; rfc_statements 27/27; rfc_texts 1/1",
		query: "SELECT count(*) FROM rfc_paragraphs WHERE text LIKE '%64:ff9b::/96%'", answer: "3\n"},

	"tranco-head10k.csv.zip":                {test: "collectors/ipv6/lists_test.go"},
	"majestic.sample.csv":                   {test: "collectors/ipv6/lists_test.go"},
	"crux.sample.csv":                       {test: "collectors/ipv6/lists_test.go"},
	"ris-listings/rrc00/index.html":         {test: "collectors/routes/live_test.go"},
	"ris-listings/rrc00/2001.01/index.html": {test: "collectors/routes/live_test.go"},
	"ris-listings/rrc00/2022.11/index.html": {test: "collectors/routes/live_test.go"},
	"rv-listing/index.html":                 {test: "collectors/routes/live_test.go"},
	"routeviews-robots.txt":                 {test: "collectors/routes/live_test.go"},
	"rfc-editor-r2-standin.py":              {test: "internal/lab/simulation/standin_test.go"},
	"r2.toml":                               {test: "internal/lab/simulation/standin_test.go"},
	"datatracker-standin.py":                {test: "internal/lab/simulation/standin_test.go"},
	"dt.toml":                               {test: "internal/lab/simulation/standin_test.go"},
	"archive-standin.py":                    {test: "internal/lab/simulation/standin_test.go"},
	"rv.toml":                               {test: "internal/lab/simulation/standin_test.go"},
	"README.md":                             {test: "internal/cli/live_test.go"},
}

// TestLiveInputs imports each small input of the real Internet of 2026: its rows, and what is noted, are those that its README asks
// for. A file that the table does not know fails.
func TestLiveInputs(t *testing.T) {
	folder := testkit.Data(t, "live")
	met := map[string]bool{}
	err := filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		name, err := filepath.Rel(folder, path)
		name = filepath.ToSlash(name)
		met[name] = true
		want, known := liveInputs[name]
		switch {
		case !known:
			t.Errorf("%s: no test reads it; add it to liveInputs", name)
		case want.test != "":
			if source, err := os.ReadFile(filepath.Join(root, want.test)); err != nil || !strings.Contains(string(source), name) {
				t.Errorf("%s: %s does not name it: %v", name, want.test, err)
			}
		default:
			t.Run(name, func(t *testing.T) { want.check(t, path) })
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for name := range liveInputs {
		if !met[name] {
			t.Errorf("%s is not there any more", name)
		}
	}
}

func (want liveInput) check(t *testing.T, path string) {
	data := t.TempDir()
	if out, stderr, code := runProgram(t, "import", "-d", data, want.kind, path, "--date", "2026-09-17"); code != 0 {
		t.Fatalf("exit code %d\n%s%s", code, out, stderr)
	}
	if got := accountsIn(t, data); got != want.accounts {
		t.Errorf("%s, want %s", got, want.accounts)
	}
	out, stderr, code := runProgram(t, "sql", "-d", data, "--csv", want.query)
	if _, rows, _ := strings.Cut(out, "\n"); code != 0 || rows != want.answer {
		t.Errorf("%s answers %q, want %q\n%s", want.query, rows, want.answer, stderr)
	}
}

// accountsIn sums up the manifests of a data folder, by dataset: entries seen and kept, and what became of others.
func accountsIn(t *testing.T, data string) string {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(data, "datasets", "*", "v*", "year=*", "month=*", "day=*", "_*.json"))
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, path := range paths {
		var m table.Manifest
		b, err := os.ReadFile(path)
		if err == nil {
			err = json.Unmarshal(b, &m)
		}
		if err != nil {
			t.Fatal(err)
		}
		account := fmt.Sprintf("%s %d/%d", m.Dataset, m.Seen, m.Kept)
		for _, reason := range slices.Sorted(maps.Keys(m.Rejected)) {
			account += fmt.Sprintf(", rejected %s %d", reason, m.Rejected[reason])
		}
		for _, what := range slices.Sorted(maps.Keys(m.Noted)) {
			account += fmt.Sprintf(", noted %s %d", what, m.Noted[what])
		}
		all = append(all, account)
	}
	slices.Sort(all)
	return strings.Join(all, "; ")
}
