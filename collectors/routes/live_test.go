package routes

import (
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"tidemark/collectors"
	"tidemark/collectors/archive"
	"tidemark/internal/testkit"
)

// TestLiveListings reads the archives' own listings: every dump of them is due, with its size. A robots.txt that forbids everything
// is obeyed.
func TestLiveListings(t *testing.T) {
	page := func(name string) string {
		b, err := os.ReadFile(testkit.Data(t, "live/"+name))
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	months := func(month string) string {
		return `<html><title>Index of /</title><pre><a href="` + month + `/">` + month + `/</a> 01-Oct-2022 00:00 -</pre></html>`
	}
	for _, c := range []struct {
		archive, collector, since, until string
		pages                            map[string]string
		want                             []string
		bytes                            int64 // of the last
	}{
		{"ris", "rrc00", "2022-11-01", "2022-11-30", map[string]string{"/rrc00/": page("ris-listings/rrc00/index.html"), "/rrc00/2022.11/": page("ris-listings/rrc00/2022.11/index.html")},
			[]string{"bview.20221102.0000.gz", "bview.20221102.0800.gz", "updates.20221128.2215.gz", "updates.20221128.2220.gz"}, 64 << 20 / 10},
		{"ris", "rrc00", "2001-01-01", "2001-01-31", map[string]string{"/rrc00/": page("ris-listings/rrc00/index.html"), "/rrc00/2001.01/": page("ris-listings/rrc00/2001.01/index.html")},
			[]string{"bview.20010101.0609.gz", "bview.20010101.1410.gz", "updates.20010131.2236.gz", "updates.20010131.2251.gz"}, 97 << 10},
		{"routeviews", "route-views.bdix", "2022-10-01", "2022-10-31", map[string]string{"/route-views.bdix/bgpdata/": months("2022.10"), "/route-views.bdix/bgpdata/2022.10/UPDATES/": page("rv-listing/index.html")},
			[]string{"updates.20221001.0000.bz2", "updates.20221001.0015.bz2", "updates.20221026.1545.bz2", "updates.20221026.1600.bz2"}, 14},
		{"routeviews", "route-views.bdix", "2022-10-01", "2022-10-31", map[string]string{"/robots.txt": page("routeviews-robots.txt")}, nil, 0},
	} {
		host := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
			body, is := c.pages[q.URL.Path]
			if !is {
				http.NotFound(w, q)
				return
			}
			if strings.HasSuffix(q.URL.Path, "/") {
				w.Header().Set("Content-Type", "text/html")
			}
			w.Write([]byte(body))
		}))
		from := collectors.Source{Name: "x", Kind: "mrt", Every: cadence(t, "hourly"), Settings: &Settings{Archive: c.archive, Base: []string{host.URL},
			Collectors: []string{c.collector}, Files: []string{"rib", "updates"}, Until: c.until}}
		var err error
		if from.Since, err = time.Parse(time.DateOnly, c.since); err != nil {
			t.Fatal(err)
		}
		due, err := MRT{}.Due(t.Context(), from, time.Date(2026, 11, 28, 0, 0, 0, 0, time.UTC), &archive.Archive{Dir: t.TempDir(), Client: patient(t, "")})
		host.Close()
		var names []string
		for _, item := range due {
			names = append(names, item.Name)
		}
		switch {
		case c.want == nil:
			if err == nil || !strings.Contains(err.Error(), "robots.txt forbids it") {
				t.Errorf("%s: %v", c.pages["/robots.txt"], err)
			}
		case !slices.Equal(names, c.want) || due[len(due)-1].Bytes/1000 != c.bytes/1000:
			t.Errorf("%s %s: %q, the last %+v: %v", c.collector, c.since, names, due, err)
		}
	}
}
