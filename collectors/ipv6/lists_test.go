package ipv6

import (
	"archive/zip"
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tidemark/collectors"
	"tidemark/collectors/archive"
	"tidemark/internal/fetch"
	"tidemark/internal/testkit"
)

// TestListForms reads lists in the forms of their publishers.
func TestListForms(t *testing.T) {
	for name, want := range map[string]struct {
		domains int
		first   string
		rank    uint32
	}{
		"tranco-head10k.csv.zip": {10_000, "google.com", 0},
		"majestic.sample.csv":    {2, "google.com", 1},
		"crux.sample.csv":        {2, "www.google.com", 1000},
	} {
		l, err := openList(Settings{Domains: testkit.Data(t, "live/"+name)})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		d, err := l.read(0)
		if err != nil || len(l.entries) != want.domains || d.domain != want.first || d.rank != want.rank || l.id.Rejected > 0 {
			t.Errorf("%s: %d domains, the first %+v, %d rejected, %v; want %+v", name, len(l.entries), d, l.id.Rejected, err, want)
		}
		l.close()
	}
	for name, want := range map[string]int{"dotgov.current-federal.2026-08-22.csv.gz": 1300, "dotgov.current-full.2026-08-22.csv.gz": 12_000, "govt-urls-full.2023-02-22.csv.gz": 8000} {
		l, err := openList(Settings{Domains: testkit.Data(t, "domains/"+name)})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if len(l.entries) < want || l.id.Date == "" {
			t.Errorf("%s of %s: %d domains, want %d or more", name, l.id.Date, len(l.entries), want)
		}
		l.close()
	}
	for content, want := range map[string]int{
		"1,google.com\r\n2,example.org\r\n": 2, "domain\nexample.com\n": 1, "rank,domain,categories\n7,example.com,x\n": 1,
		"# Version 2026112800, Last Updated Sat Nov 28 07:07:01 2026 UTC\nAAA\nXN--VERMGENSBERATUNG-PWB\n": 2,
		strings.Repeat("example.com\n", 9) + "x\n":                                                         1,
	} {
		path := filepath.Join(t.TempDir(), "list.csv")
		if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
		l, err := openList(Settings{Domains: path})
		if err != nil || len(l.entries) != want {
			t.Errorf("%q: %v", content, err)
			continue
		}
		l.close()
	}
}

// TestNoLists: what is not a list of domains is refused, with its first lines.
func TestNoLists(t *testing.T) {
	for content, want := range map[string]string{
		"com\norg\nexample.com\n": "2 of 3 lines are not domains, more than a tenth", "1,2,3\n": "no title line names them", "1.5\n": "a number for its last label",
		"\x04\x22\x4d\x18lz4": "this is lz4", strings.Repeat("example.com\n", 8) + "x\n": "1 of 9 lines",
		"rank,domain\n1,example.com\n2\n": "fewer than the title line",
	} {
		path := filepath.Join(t.TempDir(), "list.csv")
		if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
		l, err := openList(Settings{Domains: path})
		if err == nil {
			l.close()
		}
		if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "list.csv") {
			t.Errorf("%.20q: error %v, want %s", content, err, want)
		}
	}
}

// TestPublishedLists fetches each list by its name, once a run, with its ID and its day.
func TestPublishedLists(t *testing.T) {
	var z bytes.Buffer
	w := zip.NewWriter(&z)
	f, err := w.Create("top-1m.csv")
	if err != nil {
		t.Fatal(err)
	}
	io.WriteString(f, "1,example.com\n")
	w.Close()
	pages := map[string]string{
		"/daily_list_id?subdomains=false&date=2026-11-27": "LYVX4\n", "/download_daily/LYVX4": z.String(), "/top-1m-2026-11-27.csv.zip": z.String(),
		"/majestic_million.csv": "GlobalRank,TldRank,Domain\n1,1,example.com\n", "/202610.csv.gz": "origin,rank\nhttps://example.com,1000\n",
		"/tlds-alpha-by-domain.txt": "# Version 2026112600, Last Updated Thu Nov 26 06:00:00 2026 UTC\nCOM\n",
	}
	requests := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		page, known := pages[r.URL.RequestURI()]
		if !known {
			http.NotFound(w, r)
			return
		}
		requests++
		w.Header().Set("Last-Modified", "Thu, 26 Nov 2026 06:00:00 GMT")
		io.WriteString(w, page)
	}))
	defer server.Close()
	store := &archive.Archive{Dir: t.TempDir(), Client: fetch.New(fetch.Options{Attempts: 1})}
	on := time.Date(2026, 11, 28, 7, 0, 0, 0, time.UTC)
	for name, want := range map[string]struct{ id, date string }{
		"tranco": {"tranco-LYVX4", "2026-11-27"}, "umbrella": {"umbrella", "2026-11-27"}, "majestic": {"majestic", "2026-11-26"}, "crux": {"crux-202610", "2026-10-01"},
		"tlds": {"tlds", "2026-11-26"},
	} {
		s := &Settings{List: name, ListBase: server.URL}
		raw := item(collectors.Source{Name: name, Kind: "ipv6-probes"}, on.Truncate(24*time.Hour)).Raw(collectors.Source{Kind: "ipv6-probes"})
		before := 0
		for range 2 {
			file, id, date, err := s.listFile(t.Context(), raw, store, on)
			if err != nil || id != want.id || date != want.date {
				t.Errorf("%s: %s of %s, %v, want %+v", name, id, date, err, want)
				continue
			}
			if before == requests {
				continue
			}
			before = requests
			l, err := openList(Settings{Domains: file, ListID: id, ListDate: date})
			if err != nil {
				t.Errorf("%s: %v", name, err)
				continue
			}
			if d, err := l.read(0); err != nil || !strings.HasSuffix(d.domain, "com") {
				t.Errorf("%s: %+v, %v", name, d, err)
			}
			l.close()
		}
		if requests != before {
			t.Errorf("%s is fetched twice in a run", name)
		}
	}
	for name, want := range map[string]string{"alexa": "unknown list", "radar": "holders of an account"} {
		if err := (&Settings{List: name}).Validate(collectors.Source{}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v", name, err)
		}
	}
}
