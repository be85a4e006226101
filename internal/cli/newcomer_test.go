package cli

import (
	"bytes"
	"context"
	"encoding/csv"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"tidemark/internal/fetch"
	"tidemark/pipeline"
	"tidemark/pipeline/doctor"
)

// recording has an answer of each server that examples/live.toml asks, of 17 September 2026, as doctor --online --record writes them. Its
// MANIFEST says what is real.
const recording = "testdata/recording"

// newcomer is somebody who copied examples/live.toml, in front of the recording.
type newcomer struct {
	*environment
	log  bytes.Buffer
	site string
}

// copies returns a newcomer who replaces parts of the file.
func copies(t *testing.T, clock func() time.Time, replaced ...string) *newcomer {
	t.Helper()
	live, err := os.ReadFile(filepath.Join(root, "examples/live.toml"))
	if err != nil {
		t.Fatal(err)
	}
	text := strings.NewReplacer(replaced...).Replace(string(live))
	for i := 0; i < len(replaced); i += 2 {
		if !strings.Contains(string(live), replaced[i]) {
			t.Fatalf("examples/live.toml has no %q", replaced[i])
		}
	}
	var c cli
	c.Config, c.Data = filepath.Join(t.TempDir(), "tidemark.toml"), t.TempDir()
	if err := os.WriteFile(c.Config, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	s, err := readSettings(&c, clock)
	if err != nil {
		t.Fatal(err)
	}
	n := new(newcomer)
	s.Log = slog.New(slog.NewTextHandler(&n.log, &slog.HandlerOptions{Level: slog.LevelWarn}))
	s.Fetch.Wrap = fetch.Playback(recording)
	s.Fetch.Sleep = func(context.Context, time.Duration) error { return nil }
	p, err := pipeline.Open(s.Options)
	if err != nil {
		t.Fatal(err)
	}
	n.environment = &environment{settings: s, Pipeline: p, log: s.Log, out: io.Discard, err: io.Discard}
	n.site = p.SiteDir()
	return n
}

// run is tidemark run; it returns the exit code.
func (n *newcomer) run(t *testing.T) int {
	t.Helper()
	n.log.Reset()
	return exitCode(runVerb{}.Run(t.Context(), n.environment))
}

// permitted is what a newcomer writes who asked the operator of RouteViews, and who watches one RFC.
var permitted = []string{
	`archive = "routeviews"`, "archive = \"routeviews\"\nrobots = \"ignored by permission of help@example.net, 2026-09-16\"",
	"#[watch]\n#rfcs = [6052, 8215, ", "[watch]\nrfcs = [6052] #",
}

// TestNewcomer runs a copy of examples/live.toml on two days in front of the recording, from the collectors to the pages. As it stands the run
// ends with problems, because RouteViews' robots.txt forbids everything and the recording has one text of an RFC; with the operator's
// permission and one watched RFC it ends without.
func TestNewcomer(t *testing.T) {
	for _, c := range []struct {
		name     string
		replaced []string
		code     int
		problems []string // sources
	}{
		{"as it stands", nil, exitPartly, []string{"routeviews", "texts"}},
		{"permitted", permitted, 0, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			now := time.Date(2026, 9, 17, 12, 0, 0, 0, time.UTC)
			n := copies(t, func() time.Time { return now }, c.replaced...)
			for range 2 { // on the second day the texts of the drafts that are known since the first, and the site again
				if code := n.run(t); code != c.code {
					t.Errorf("exit code %d, want %d\n%s", code, c.code, n.log.String())
				}
				for _, s := range n.Sources {
					if failed := strings.Contains(n.log.String(), `msg="source `+s.Name+`"`); failed != slices.Contains(c.problems, s.Name) {
						t.Errorf("source %s: failed %v\n%s", s.Name, failed, n.log.String())
					}
				}
				now = now.Add(24 * time.Hour)
			}
			for page, wants := range map[string][]string{
				"index.html":                       {"2026-09-17"},
				"status.html":                      {"2026-09-17"},
				"q/table-growth/index.html":        {"17 September 2026", "rrc00"},
				"q/rov-states/index.html":          {"2026-09-17"},
				"q/rfc-pending-changes/index.html": {"On 17 September 2026, 2 active drafts would obsolete or update a watched RFC."},
				"rfc/6052.html":                    {"draft-ietf-v6ops-nat64-wkp-1918-08", "would update this document", "https://errata.rfc-editor.org/eid"},
				"datasets/roas.html":               {"console.rpki-client.org"},
				"datasets/delegations.html":        {"delegated-lacnic-extended-latest"},
			} {
				b, err := os.ReadFile(filepath.Join(n.site, filepath.FromSlash(page)))
				for _, want := range wants {
					if err != nil || !strings.Contains(string(b), want) {
						t.Errorf("%s lacks %q: %v", page, want, err)
					}
				}
			}
		})
	}
}

// TestNewcomerAsksDoctor: doctor --online says of each source of examples/live.toml what a run would bring, or why not, and keeps nothing.
func TestNewcomerAsksDoctor(t *testing.T) {
	now := time.Date(2026, 9, 17, 12, 0, 0, 0, time.UTC)
	wants := map[string]string{
		"ris":             "ok: a run would bring 1 file, 8.0 kB; https://data.ris.ripe.net/rrc00/2026.09/bview.20260917.0000.gz answered 200, 8.0 kB",
		"routeviews":      "bad: robots.txt forbids it: ask the host's operator",
		"iana-special":    "ok: a run would bring 2 files; https://www.iana.org/assignments/iana-ipv6-special-registry/iana-ipv6-special-registry-1.csv answered 200, 2.3 kB, of 2026-09-17",
		"iana-space":      "ok: a run would bring 2 files; https://www.iana.org/assignments/ipv6-unicast-address-assignments/ipv6-unicast-address-assignments.csv answered 200, 5.9 kB, of 2026-09-17",
		"iana-as-numbers": "ok: a run would bring 1 file; https://www.iana.org/assignments/as-numbers/as-numbers.xml answered 200, 2.9 kB, of 2026-09-17",
		"as-names":        "ok: a run would bring 1 file; https://ftp.ripe.net/ripe/asnames/asn.txt answered 200, 47 B, of 2026-09-17",
		"fullbogons":      "ok: a run would bring 2 files; https://www.team-cymru.org/Services/Bogons/fullbogons-ipv6.txt answered 200, 78 B, of 2026-09-17",
		"delegated":       "ok: a run would bring 5 files; https://ftp.ripe.net/pub/stats/ripencc/delegated-ripencc-extended-latest answered 200, 225 B, of 2026-09-17",
		"vrps":            "ok: a run would bring 1 file; https://console.rpki-client.org/vrps.json answered 200, 550 B, of 2026-09-17",
		"rfc-index":       "ok: a run would bring 1 file; https://www.rfc-editor.org/rfc-index.xml answered 200, 10 kB, of 2026-09-17",
		"rfc-errata":      "ok: a run would bring 1 file; https://www.rfc-editor.org/errata.json answered 200, 5.6 kB, of 2026-09-17",
		"drafts":          "ok: a run would bring 1 file; https://datatracker.ietf.org/api/v1/ answered 200",
		"draft-texts":     "ok: a run would bring 0 files",
		"texts":           "bad: a run would bring 23 files; https://www.rfc-editor.org/rfc/rfc9872.xml: the server answered 404 Not Found",
	}
	check := func(n *newcomer, wants map[string]string) {
		t.Helper()
		found, err := n.Examine(t.Context())
		if err != nil || len(found) != len(n.Sources) || len(found) != len(liveURLs) {
			t.Fatalf("%d findings of %d sources, %v", len(found), len(n.Sources), err)
		}
		for _, f := range found {
			name := strings.TrimPrefix(f.Item, "source ")
			state, text, _ := strings.Cut(wants[name], ": ")
			if f.State != state || !strings.Contains(f.Text, text) || (f.State == doctor.OK) == (f.Remedy != "") {
				t.Errorf("%s is %s: %s: %s, want %s", f.Item, f.State, f.Text, f.Remedy, wants[name])
			}
		}
		if kept, _ := os.ReadDir(filepath.Join(n.Dir, "archive")); len(kept) > 0 {
			t.Error("doctor put files into the archive")
		}
	}
	check(copies(t, func() time.Time { return now }), wants)
	wants["routeviews"] = "ok: a run would bring 1 file, 3.4 kB, by permission of help@example.net, 2026-09-16; https://archive.routeviews.org/route-views.linx/bgpdata/2026.09/RIBS/rib.20260917.0000.bz2 answered 200"
	wants["texts"] = "ok: a run would bring 1 file; https://www.rfc-editor.org/rfc/rfc6052.txt answered 200, 42 kB, of 2026-09-17"
	check(copies(t, func() time.Time { return now }, permitted...), wants)
}

// TestRecordingManifest: every answer of the recording is in its MANIFEST with its day and licence, is small, and is found by its URL.
func TestRecordingManifest(t *testing.T) {
	f, err := os.Open(filepath.Join(recording, "MANIFEST.tsv"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r := csv.NewReader(f)
	r.Comma, r.LazyQuotes = '\t', true
	rows, err := r.ReadAll()
	if err != nil || len(rows) == 0 {
		t.Fatal(err)
	}
	listed := map[string]bool{}
	for _, row := range rows[1:] {
		name, method, address := row[0], row[1], row[2]
		listed[name] = true
		b, err := os.ReadFile(filepath.Join(recording, name))
		if err != nil || len(b) > 64<<10 || !strings.Contains(string(b), fmt.Sprintf("X-Recorded-Method: %s\r\nX-Recorded-Url: %s\r\n", method, address)) {
			t.Errorf("%s: %d bytes are not the answer to %s %s: %v", name, len(b), method, address, err)
		}
		if slices.Contains(row, "") {
			t.Errorf("%s lacks its day, what its body is or its licence", name)
		}
	}
	files, err := filepath.Glob(filepath.Join(recording, "*.http"))
	if err != nil || len(files) != len(listed) {
		t.Errorf("%d answers, %d in the MANIFEST, %v", len(files), len(listed), err)
	}
}
