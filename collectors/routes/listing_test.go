package routes

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"tidemark/collectors/listing"
	"tidemark/internal/fetch"
	"tidemark/internal/testkit/fuzz"
)

func gz(t testing.TB, text string) string {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	io.WriteString(z, text)
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// TestDumps: only dumps of the folder's month count.
func TestDumps(t *testing.T) {
	var links []listing.Link
	for _, name := range []string{"bview.20240131.1600.gz", "bview.20240101.0000.gz", "bview.20240101.0000.gz", "bview.20240201.0000.gz", "bview.20231231.0000.gz",
		"bview.20240199.0000.gz", "bview.20240101.2500.gz", "latest-bview.gz", "bview.20240101.0000.gz.asc", "rib.20240101.0000.bz2"} {
		links = append(links, listing.Link{Name: name})
	}
	if got := fmt.Sprint(layouts["ris"].dumps(links, "x", newYear, slog.New(slog.DiscardHandler))); got != "[{bview.20240101.0000.gz  0} {bview.20240131.1600.gz  0}]" {
		t.Error(got)
	}
}

// TestCollectorLists reads the lists of both archives.
func TestCollectorLists(t *testing.T) {
	at, _ := url.Parse("https://api.routeviews.org/collector/")
	ris := `{"data":{"rrcs":[{"name":"RRC00","deactivated_on":""},{"name":"RRC02","deactivated_on":"2008-10"},{"name":"../x","deactivated_on":null},{"name":"RRC26"}]}}`
	if names, next, err := risNames([]byte(ris), at, newYear, slog.New(slog.DiscardHandler)); fmt.Sprint(names) != "[rrc00 rrc26]" || next != "" || err != nil {
		t.Error(names, next, err)
	}
	if names, _, _ := risNames([]byte(ris), at, newYear.AddDate(-20, 0, 0), slog.New(slog.DiscardHandler)); fmt.Sprint(names) != "[rrc00 rrc02 rrc26]" {
		t.Error(names)
	}
	page := `{"count":3,"next":"/collector/?page=2","results":[{"name":"route-views","removed":null},{"name":"route-views2","removed":null},{"name":"route-views.old","removed":"2010-01-01T00:00:00Z"}]}`
	if names, next, err := routeViewsNames([]byte(page), at, newYear, slog.New(slog.DiscardHandler)); fmt.Sprint(names) != "[route-views2]" || next != "https://api.routeviews.org/collector/?page=2" || err != nil {
		t.Error(names, next, err)
	}
	if _, _, err := routeViewsNames([]byte(`{"next":"https://evil.example/","results":[]}`), at, newYear, slog.New(slog.DiscardHandler)); err == nil {
		t.Error("a list that leads to another server is followed")
	}
}

// TestEndlessList: a list whose pages have no end is given up.
func TestEndlessList(t *testing.T) {
	n := 0
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		n++
		fmt.Fprintf(w, `{"next":"/collector/?page=%d","results":[{"name":"c%d"}]}`, n, n)
	}))
	defer s.Close()
	c := fetch.New(fetch.Options{Attempts: 1})
	defer c.Close()
	from := sourceOf("routeviews", s.URL)
	if _, err := findCollectors(context.Background(), from, layouts["routeviews"], c); err == nil || !strings.Contains(err.Error(), "has more than") {
		t.Error(err)
	}
}

// TestSettled: the listing of a month is final if it was requested after the month, by a clock that was not ahead.
func TestSettled(t *testing.T) {
	month, now := time.Date(2026, 10, 1, 0, 0, 0, 0, time.UTC), time.Date(2026, 11, 25, 0, 0, 0, 0, time.UTC)
	for at, want := range map[time.Time]bool{
		{}: false, month.AddDate(0, 0, 20): false, month.AddDate(0, 1, listingDays): false, month.AddDate(0, 1, listingDays).Add(time.Second): true,
		now: true, now.Add(time.Second): false, now.AddDate(73, 0, 0): false,
	} {
		if got := (&page{At: at}).settled(month, now); got != want {
			t.Errorf("requested at %s: %v, want %v", at, got, want)
		}
	}
}

// FuzzCollectorLists: whatever a list holds, a name that is taken can stand in a path.
func FuzzCollectorLists(t *testing.F) {
	f := fuzz.With(t)
	f.Add(`{"data":{"rrcs":[{"name":"RRC00","deactivated_on":"2008-10"}]}}`)
	f.Add(`{"next":"//x/","results":[{"name":"route-views2","removed":"x"}]}`)
	f.Add(`{"next":"\u0000","results":[{"name":".."}],"data":[]}`)
	f.Fuzz(func(t *testing.T, text string) {
		at, _ := url.Parse("https://api.routeviews.org/collector/")
		for _, names := range []func([]byte, *url.URL, time.Time, *slog.Logger) ([]string, string, error){risNames, routeViewsNames} {
			all, next, err := names([]byte(text), at, newYear, slog.New(slog.DiscardHandler))
			if err != nil {
				continue
			}
			for _, name := range all {
				if strings.Contains(name, "/") || strings.HasPrefix(name, ".") || name == "" {
					t.Fatalf("%q", name)
				}
			}
			if next != "" && !strings.HasPrefix(next, "https://api.routeviews.org") && !strings.HasPrefix(next, "http://api.routeviews.org") {
				if u, err := url.Parse(next); err != nil || u.Host != at.Host {
					t.Fatalf("%q", next)
				}
			}
		}
	})
}
