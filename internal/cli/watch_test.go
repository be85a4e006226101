package cli

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"tidemark/analysis/watch"
	"tidemark/datasets/table"
)

var update = flag.Bool("update", false, "write the golden files anew")

const watchRules = `
[[watch.rule]]
name = "holders"
prefixes = ["60.33.16.0/20", "61.250.16.0/20"]
origins = [41231, 262474]
upstreams = [3601, 3602, 3603, 3605]
kinds = ["more-specific", "origin-violates-rule", "upstream-violates-rule", "new-bogon"]

[[watch.rule]]
name = "lost"
prefixes = ["60.35.48.0/20"]
visibility = {ipv4 = 0.9}
kinds = ["lost-visibility"]
severity = {lost-visibility = "warning"}
`

// testWatch runs the verbs over the sample's store with the days around its incidents: what they print, and that nothing else of the
// sample is alarming.
func testWatch(t *testing.T, data string) {
	rules := filepath.Join(t.TempDir(), "rules.toml")
	if err := os.WriteFile(rules, []byte(watchRules), 0o644); err != nil {
		t.Fatal(err)
	}
	for name, args := range map[string][]string{"check": {"check"}, "learn": {"learn", "AS41063"}, "alerts": {"--since", "2025-01-02"}} {
		out, errs, code := runProgram(t, append([]string{"watch", "--config", rules, "--data", data}, args...)...)
		if code != 0 || errs != "" {
			t.Errorf("watch %v: %d\n%s", args, code, errs)
		}
		golden := filepath.Join("testdata", "watch", name+".golden")
		if *update {
			if err := os.WriteFile(golden, []byte(out), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if want, err := os.ReadFile(golden); err != nil || string(want) != out {
			t.Errorf("watch %v (%v) prints\n%s\nwant\n%s", args, err, out, want)
		}
	}
	out, _, code := runProgram(t, "watch", "--config", rules, "--data", data, "--open", "--json")
	var open []watch.Alert
	if err := json.Unmarshal([]byte(out), &open); err != nil || code != 0 || len(open) != 0 {
		t.Errorf("%d alerts are open after the sample's last day: %s, %v", len(open), out, err)
	}
	documents := filepath.Join(t.TempDir(), "documents.toml")
	if err := os.WriteFile(documents, []byte("[[watch.rule]]\nname = 'standards'\nrfcs = [6052]\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	for want, args := range map[string][]string{
		`no dataset is there on which these rules could be judged: "standards"`: {"check", "--config", documents},
		"the configuration has no [[watch.rule]]":                               {"check"},
		`invalid AS number "x"`:                                                 {"learn", "x"},
	} {
		if _, errs, code := runProgram(t, append([]string{"watch", "--data", data}, args...)...); code != exitUsage || !strings.Contains(errs, want) {
			t.Errorf("watch %v: %d, %s, want %s", args, code, errs, want)
		}
	}
	everything := watch.Rule{Name: "all", Prefixes: []string{"60.0.0.0/8", "61.0.0.0/8", "2a0f::/16"}, MoreSpecifics: watch.Lengths{IPv4: 32, IPv6: 128},
		Kinds: []string{"new-origin", "more-specific", "lost-visibility", "route-leak", "new-bogon"}}
	if err := everything.Check(); err != nil {
		t.Fatal(err)
	}
	found, err := watch.Find(t.Context(), &table.Store{Dir: filepath.Join(data, "datasets")}, []watch.Rule{everything})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	lastDay := time.Date(2025, 1, 2, 0, 0, 0, 0, time.UTC)
	for _, a := range found.Alerts {
		if a.SeenFrom.Equal(lastDay) && a.GoneBy != nil {
			got = append(got, a.Kind+" "+a.Subject)
		} else if a.Kind != "new-bogon" { // the model announces some all the years
			t.Errorf("false alarm: %+v", a)
		}
	}
	slices.Sort(got)
	t.Logf("%d routes were judged, %d alerts on the day of the incidents, no false alarm", found.Routes, len(got))
	if want := []string{"lost-visibility 60.35.48.0/20", "new-bogon 61.250.16.0/24 AS41770", "new-bogon 61.250.17.0/24 AS41770", "new-bogon 61.6.96.0/20 AS262694",
		"new-origin 60.33.16.0/20 AS41238", "new-origin 60.36.64.0/20 AS41259"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}
