package fetch_test

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"tidemark/internal/fetch"
	"tidemark/internal/lab/replica"
	"tidemark/internal/testkit"
)

// TestRealServer fetches from nginx, over HTTP/1.1 and HTTP/2, with every request in two going wrong, and falls back to a
// mirror where the first address never has it.
func TestRealServer(t *testing.T) {
	testkit.Need(t, "nginx")
	day := time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)
	r, err := replica.Start(replica.Options{Dir: t.TempDir(), From: day, Hours: []int{0, 1, 2, 3, 4, 5}, Now: func() time.Time { return day.Add(6 * time.Hour) }, Faults: 0.5, Seed: 11, Stall: time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	o := newClock().options()
	o.RootCAs, o.Attempts = r.CA, 20
	for _, base := range []string{r.URL(replica.RIS), r.TLS(replica.RIS)} {
		client := fetch.New(o)
		for hour := range 6 {
			path := day.Add(time.Duration(hour)*time.Hour).Format("/rrc00/2006.01/bview.20060102.1504") + ".gz"
			f := fetch.File{URLs: []string{base + path}, Part: filepath.Join(t.TempDir(), "x"), Check: gunzips}
			if hour == 5 { // a name that only the mirror has
				f.URLs = []string{base + "/elsewhere" + path, r.Mirror(replica.RIS, true) + path}
			}
			if _, err := client.File(context.Background(), f); err != nil {
				t.Fatal(err)
			}
			got, err := os.ReadFile(f.Part)
			if err != nil {
				t.Fatal(err)
			}
			want, _, err := client.Read(context.Background(), r.Mirror(replica.RIS, false)+path, fetch.Validators{})
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(got, want) {
				t.Errorf("%s%s: the %d bytes differ from the %d at the source", base, path, len(got), len(want))
			}
			if err := gunzips(bytes.NewReader(got)); err != nil {
				t.Errorf("%s%s: %v", base, path, err)
			}
		}
		client.Close()
	}
	protocols, resumed := map[string]int{}, 0
	for _, q := range r.Requests() {
		protocols[q.Protocol]++
		if q.Range {
			resumed++
		}
	}
	for _, protocol := range []string{"HTTP/1.1", "HTTP/2.0"} {
		if protocols[protocol] == 0 {
			t.Errorf("no request over %s: %v", protocol, protocols)
		}
	}
	if resumed == 0 {
		t.Error("no transfer was resumed")
	}
	if faults := r.Counts().Faults; len(faults) < 5 {
		t.Errorf("%d kinds of faults, want at least 5: %v", len(faults), faults)
	}
	if _, err := fetch.New(fetch.Options{Attempts: 2}).File(context.Background(), fetch.File{URLs: []string{r.TLS(replica.RIS) + "/"}, Part: filepath.Join(t.TempDir(), "x")}); err == nil {
		t.Error("a certificate of an unknown authority is accepted")
	}
}
