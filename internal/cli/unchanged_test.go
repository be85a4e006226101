package cli

import (
	"crypto/sha256"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"tidemark/collectors"
	"tidemark/pipeline"
)

// TestServedAgain plays a month of www.rfc-editor.org, which answers conditional requests with 200 and gives weak ETags alone: nothing is
// decoded without new bytes, and nothing is kept twice. On the eleventh day an erratum comes; a mirror answers on some days.
func TestServedAgain(t *testing.T) {
	t.Parallel()
	erratum := func(n int) string {
		return fmt.Sprintf(`{"errata_id":"%d","doc-id":"RFC6052","errata_status_code":"Verified","errata_type_code":"Technical","section":"2.2","orig_text":%q,"correct_text":"b","notes":"","submit_date":"2020-01-0%d","submitter_name":"N","verifier_name":null,"update_date":"2020-01-02 00:00:00"}`,
			n, strings.Repeat("text ", 1000), n)
	}
	var mu sync.Mutex
	errata, down := "["+erratum(1)+"]", false
	asked := map[string]int{}
	host := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		asked[r.URL.Path]++
		body := ""
		switch r.URL.Path {
		case "/errata.json", "/mirror/errata.json":
			body = errata
		case "/rfc/rfc6052.txt", "/rfc/rfc6146.txt":
			body = "1.  Rules\n\n   You MUST number " + r.URL.Path + ".\n"
		}
		if body == "" || down && r.URL.Path == "/errata.json" {
			w.WriteHeader(http.StatusNotFound)
			return
		}
		w.Header().Set("Content-Type", "text/plain;charset=utf-8")
		w.Header().Set("ETag", fmt.Sprintf(`W/"%x"`, sha256.Sum256([]byte(body))))
		fmt.Fprint(w, body)
	}))
	defer host.Close()
	now := time.Date(2026, 11, 1, 6, 0, 0, 0, time.UTC)
	p, err := pipeline.Open(pipeline.Options{Dir: t.TempDir(), Kinds: Kinds(), Clock: func() time.Time { return now }, Sources: []collectors.Source{
		{Name: "texts", Kind: "rfc-texts", URLs: []string{host.URL + "/rfc/rfc{rfc}.txt"}, Runtime: collectors.Runtime{Watch: collectors.Watch{RFCs: []int{6052, 6146}}}},
		{Name: "errata", Kind: "rfc-errata", Every: collectors.Daily(), URLs: []string{host.URL + "/errata.json"}, Mirrors: []string{host.URL + "/mirror/errata.json"}},
	}})
	if err != nil {
		t.Fatal(err)
	}
	const days = 30
	for n := range days {
		mu.Lock()
		if n == 10 {
			errata = "[" + erratum(1) + "," + erratum(2) + "]"
		}
		down = n%3 == 2
		mu.Unlock()
		s, ctx, err := p.Begin(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		collected, err := s.Collect(ctx)
		if err != nil {
			t.Fatal(err)
		}
		decoded, err := s.Decode(ctx)
		if err != nil {
			t.Fatal(err)
		}
		if report, err := s.End(ctx); err != nil || len(report.Problems) > 0 {
			t.Fatalf("day %d: %v, %+v", n, err, report.Problems)
		}
		fresh := 0
		for _, r := range collected.Sources {
			fresh += r.New
		}
		want := map[int]int{0: 3, 10: 1}[n]
		if fresh != want || decoded.Files != want {
			t.Errorf("day %d: %d files are new and %d were decoded, want %d", n, fresh, decoded.Files, want)
		}
		now = now.AddDate(0, 0, 1)
	}
	status, err := p.Status(t.Context())
	if err != nil || status.Archive.Files != 4 {
		t.Errorf("the archive has %+v: %v", status.Archive, err)
	}
	if asked["/rfc/rfc6052.txt"] != 1 || asked["/errata.json"] != days || asked["/mirror/errata.json"] != days/3 {
		t.Errorf("asked for %v", asked)
	}
	plan, err := p.Plan(t.Context(), false)
	if err != nil || plan.Year.DiskBytes == nil || *plan.Year.Requests != 2 { // robots.txt, and errata.json
		t.Errorf("a year needs %+v: %v", plan.Year, err)
	}
	if plan.ThisRun.Files != 1 {
		t.Errorf("the next run would bring %d files, want errata.json alone", plan.ThisRun.Files)
	}
}
