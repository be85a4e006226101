package replica

import (
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// TestListingsAreReal makes the archives' own pages from their rows: the replica's layouts are theirs.
func TestListingsAreReal(t *testing.T) {
	at := func(s string) time.Time {
		for _, layout := range []string{"2006-01-02 15:04", "02-Jan-2006 15:04"} {
			if t, err := time.Parse(layout, s); err == nil {
				return t
			}
		}
		t.Fatal(s)
		return time.Time{}
	}
	row := regexp.MustCompile(`<a href="([a-z]+\.\d{8}\.\d{4}\.\w+)">[^<]*</a>(?:</td><td align="right">)?\s*(\d{4}-\d\d-\d\d \d\d:\d\d|\d\d-\w{3}-\d{4} \d\d:\d\d)(?:\s*</td><td align="right">)?\s*([0-9.]+)([KMG]?)`)
	for file, page := range map[string]struct {
		folder string
		make   func(*listing) string
	}{
		"routeviews-2022.html": {"/route-views.bdix/bgpdata/2022.10/UPDATES", func(l *listing) string { return l.apacheTable(true) }},
		"ris-2022.html":        {"/rrc00/2022.11", func(l *listing) string { return l.apacheTable(false) }},
		"ris-2001.html":        {"/rrc00/2001.01", (*listing).nginx},
	} {
		real, err := os.ReadFile("testdata/" + file)
		if err != nil {
			t.Fatal(err)
		}
		l := &listing{folder: page.folder}
		for _, m := range row.FindAllStringSubmatch(string(real), -1) {
			size, err := strconv.ParseFloat(m[3], 64)
			if err != nil {
				t.Fatal(err)
			}
			size *= map[string]float64{"": 1, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30}[m[4]]
			l.files = append(l.files, listedFile{m[1], at(m[2]), int64(size + 0.5)})
		}
		if got := page.make(l); got != string(real) || len(l.files) == 0 {
			got, want := strings.Split(got, "\n"), strings.Split(string(real), "\n")
			for i := range min(len(got), len(want)) {
				if got[i] != want[i] {
					t.Errorf("%s, line %d:\n%q, want\n%q", file, i+1, got[i], want[i])
				}
			}
			t.Errorf("%s: %d rows, %d lines, want %d", file, len(l.files), len(got), len(want))
		}
	}
}

// invented are the answers that no real one stands behind, as files of the replica. The list must not grow: a new answer is made from
// a recording (tidemark doctor --online --record).
//
// Of the generated dumps names and times are the archives' own; that rrc03 has Apache's preformatted listing is invented too.
var invented = []string{
	"api.routeviews.org/collector/index.json",
	"datatracker.ietf.org/api/v1/doc/document/limit=500&type=draft&states__type=draft&states__slug=active&group__acronym=v6ops.json", // form and names are real
	"datatracker.ietf.org/api/v1/doc/relateddocument/limit=500&target__name=rfc6052&source__type=draft&source__states__type=draft&source__states__slug=active.json",
	"datatracker.ietf.org/api/v1/doc/relateddocument/limit=500&target__name=rfc6146&source__type=draft&source__states__type=draft&source__states__slug=active.json",
	"datatracker.ietf.org/api/v1/doc/relateddocument/limit=500&target__name=rfc6147&source__type=draft&source__states__type=draft&source__states__slug=active.json",
	"datatracker.ietf.org/api/v1/doc/relateddocument/limit=500&target__name=rfc6598&source__type=draft&source__states__type=draft&source__states__slug=active.json",
	"datatracker.ietf.org/api/v1/doc/relateddocument/limit=500&target__name=rfc6877&source__type=draft&source__states__type=draft&source__states__slug=active.json",
	"datatracker.ietf.org/api/v1/doc/relateddocument/limit=500&target__name=rfc6890&source__type=draft&source__states__type=draft&source__states__slug=active.json",
	"datatracker.ietf.org/api/v1/doc/relateddocument/limit=500&target__name=rfc7050&source__type=draft&source__states__type=draft&source__states__slug=active.json",
	"datatracker.ietf.org/api/v1/doc/relateddocument/limit=500&target__name=rfc8215&source__type=draft&source__states__type=draft&source__states__slug=active.json",
	"datatracker.ietf.org/api/v1/doc/relateddocument/limit=500&target__name=rfc8781&source__type=draft&source__states__type=draft&source__states__slug=active.json",
	"datatracker.ietf.org/api/v1/doc/state/limit=500.json",
	"datatracker.ietf.org/api/v1/index.json",
	"stat.ripe.net/data/rrc-info/data.json",
	"www.ietf.org/archive/id/draft-ietf-v6ops-nat64-wkp-1918-08.txt", // the number of the revision
	"www.ietf.org/archive/id/draft-ietf-v6ops-rfc6146-bis-09.txt",    // all but the header
}

// TestInvented: the replica invents nothing beyond the list.
func TestInvented(t *testing.T) {
	all, err := (&Replica{}).publications()
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, p := range all {
		got = append(got, p.host+p.path)
	}
	slices.Sort(got)
	if !slices.Equal(got, invented) {
		t.Errorf("the replica invents\n%s", strings.Join(got, "\n"))
	}
}
