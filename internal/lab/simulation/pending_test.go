package simulation

import (
	"html"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"tidemark/internal/lab/replica"
	"tidemark/internal/testkit"
)

// TestPending runs the default watch list on the replica's Datatracker, which knows of drafts only what they cite. The pages of RFC 6052
// and 6146 have the drafts that would change them, with their state and their sentences; before the texts are there, it is unknown.
func TestPending(t *testing.T) {
	testkit.Need(t, "nginx")
	s := &simulation{T: t, clock: time.Date(2026, 9, 1, 6, 0, 0, 0, time.UTC), codes: map[string]int{}}
	r, err := replica.Start(replica.Options{Dir: t.TempDir(), Now: s.now})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	s.config = filepath.Join(t.TempDir(), "tidemark.toml")
	config := "[fetch]\nbackoff = \"1ms\"\nreserve = \"1kB\"\n[[source]]\nname = \"index\"\nkind = \"rfc-index\"\ndate = \"2026-08-20\"\nurls = [\"file:" + testkit.Data(t, "rfc/rfc-index.excerpt.xml") + "\"]\n" +
		"[[source]]\nname = \"drafts\"\nkind = \"datatracker\"\nurls = [\"" + r.URL(replica.Datatracker) + "/api/v1/\"]\n" +
		"[[source]]\nname = \"draft-texts\"\nkind = \"rfc-texts\"\nurls = [\"" + r.URL(replica.IETF) + "/archive/id/{draft}.txt\"]\n"
	if err := os.WriteFile(s.config, []byte(config), 0o644); err != nil {
		t.Fatal(err)
	}
	data := t.TempDir()
	pending := func(rfc string) string {
		t.Helper()
		page, err := os.ReadFile(filepath.Join(data, "site/rfc/"+rfc+".html"))
		if err != nil {
			t.Fatal(err)
		}
		section := regexp.MustCompile(`(?s)<section aria-labelledby="pending-h">.*?</section>`).FindString(string(page))
		return strings.Join(strings.Fields(html.UnescapeString(regexp.MustCompile(`<[^>]*>`).ReplaceAllString(section, ""))), " ")
	}
	s.must(data, "run")
	if got := pending("6052"); !strings.Contains(got, "No active draft is known to change this document.") || !strings.Contains(got, "The headers of 2 could not be read, so it is unknown") {
		t.Errorf("RFC 6052 without texts: %s", got)
	}
	if got := pending("6146"); !strings.Contains(got, "draft-ietf-v6ops-rfc6146-bis-09 may change this document") || !strings.Contains(got, "Its text is not at hand, so what would change is unknown.") {
		t.Errorf("RFC 6146 without texts: %s", got)
	}
	s.set(s.now().Add(24 * time.Hour))
	s.must(data, "run")
	for rfc, wants := range map[string][]string{
		"6052": {"draft-ietf-v6ops-nat64-wkp-1918-08 would update this document", "(active, group v6ops, dated 23 July 2026, expires 24 January 2027)", "the header of revision 08 says so",
			"Old text, Section 3, RFC6052 Update The Well-Known Prefix MUST NOT be used to represent non-global IPv4 addresses", "New text, Section 3, RFC6052 Update The Well-Known Prefix MAY be used to represent the non-global IPv4 addresses listed in [RFC1918] and [RFC6598].",
			"Every header was read"},
		"6146": {"draft-ietf-v6ops-rfc6146-bis-09 would obsolete this document", "(active, IESG: lc, group v6ops, dated 1 July 2026, expires 2 January 2027)"},
		"6598": {"No active draft is known to change this document. As of 1 September 2026, 1 active draft cites this document"},
	} {
		got := pending(rfc)
		for _, want := range wants {
			if !strings.Contains(got, want) {
				t.Errorf("the page of RFC %s lacks %q:\n%s", rfc, want, got)
			}
		}
		t.Logf("RFC %s: %s", rfc, got)
	}
	rows := s.must(data, "sql", "--csv", "SELECT draft, revision, rfc, relation, known_by, header_revision, dated, wg, state, iesg_state, first_seen, last_seen FROM intended_relations ORDER BY ALL")
	t.Log(rows)
	for _, want := range []string{"draft-ietf-v6ops-nat64-wkp-1918,08,6052,updates,header,08,2026-07-23,v6ops,active,,2026-09-01,2026-09-01", "draft-ietf-v6ops-rfc6146-bis,09,6146,obsoletes,header,09,2026-07-01,v6ops,active,lc,2026-09-01,2026-09-01"} {
		if !strings.Contains(rows, want) {
			t.Errorf("intended_relations lacks %s", want)
		}
	}
	if log := s.must(data, "rfc", "log", "6146"); !strings.Contains(log, "draft-intends") {
		t.Errorf("rfc log:\n%s", log)
	}
	asked := 0
	for _, q := range r.Requests() {
		if q.Host == replica.IETF && strings.HasSuffix(q.Path, ".txt") && !strings.Contains(q.Path, "robots") {
			asked++
		}
	}
	s.set(s.now().Add(24 * time.Hour))
	s.must(data, "run")
	for _, q := range r.Requests() {
		if q.Host == replica.IETF && strings.HasSuffix(q.Path, ".txt") && !strings.Contains(q.Path, "robots") {
			asked--
		}
	}
	if asked != 0 {
		t.Error("a text was fetched again")
	}
}
