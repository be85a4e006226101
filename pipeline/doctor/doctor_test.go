package doctor_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"tidemark/internal/fetch"
	"tidemark/pipeline/doctor"
)

// TestOnline: each host is looked up and asked for a header, nothing else; its clock is compared with ours.
func TestOnline(t *testing.T) {
	now := time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)
	var mu sync.Mutex
	var methods []string
	host := func(date time.Time, status int) string {
		s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			mu.Lock()
			methods = append(methods, r.Method)
			mu.Unlock()
			w.Header().Set("Date", date.Format(http.TimeFormat))
			w.WriteHeader(status)
		}))
		t.Cleanup(s.Close)
		return strings.Replace(s.URL, "127.0.0.1", "localhost", 1) + "/"
	}
	gone := httptest.NewServer(http.NotFoundHandler())
	gone.Close()
	p := doctor.Patient{Client: fetch.New(fetch.Options{}), Now: now, Hosts: []string{
		host(now.Add(time.Minute), 200), host(now.Add(-time.Hour), 200), host(now, 403), gone.URL + "/"}}
	found := doctor.Online(context.Background(), p)
	if found[0].Item != "IPv6" {
		t.Errorf("the first finding is %+v", found[0])
	}
	var got []string
	for _, f := range found[1:] {
		item, _, _ := strings.Cut(f.Item, " ")
		if strings.HasPrefix(item, "localhost:") || strings.HasPrefix(item, "127.0.0.1:") {
			item = "host"
		}
		got = append(got, item+" "+f.State)
		if f.State != doctor.OK && f.Remedy == "" {
			t.Errorf("%+v has no remedy", f)
		}
	}
	const want = "DNS ok, host ok, clock ok, DNS ok, host ok, clock warning, DNS ok, host ok, clock ok, DNS ok, host bad"
	if strings.Join(got, ", ") != want {
		t.Errorf("found %s\nwant  %s", strings.Join(got, ", "), want)
	}
	if strings.Join(methods, " ") != "GET HEAD GET HEAD GET HEAD" { // GET is for robots.txt
		t.Errorf("the hosts were asked by %v", methods)
	}
}

// TestClock: a clock before the program's own build, or before the newest file, is wrong.
func TestClock(t *testing.T) {
	now := time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)
	for _, c := range []struct {
		built, newest time.Time
		state, text   string
	}{
		{now.AddDate(0, -1, 0), now.Add(time.Minute), doctor.OK, "plausible"},
		{now.AddDate(0, 1, 0), time.Time{}, doctor.Bad, "when the program was built"},
		{time.Time{}, now.Add(time.Hour), doctor.Bad, "when the newest file was fetched"},
	} {
		for _, f := range doctor.Local(doctor.Patient{Data: t.TempDir(), Now: now, Built: c.built, Newest: c.newest}) {
			if f.Item == "clock" && (f.State != c.state || !strings.Contains(f.Text, c.text)) {
				t.Errorf("built %s, newest %s: %+v", c.built, c.newest, f)
			}
		}
	}
}
