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
)

// TestRealServer fetches from nginx, over HTTP/1.1 and HTTP/2, with every request in two going wrong, and falls back to a
// mirror where the first address never has it.
func TestRealServer(t *testing.T) {
	if replica.Nginx() == "" {
		if os.Getenv("CI") != "" {
			t.Fatal("nginx is not installed")
		}
		t.Skip("nginx is not installed")
	}
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
			if err != nil || !bytes.Equal(got, want) || gunzips(bytes.NewReader(got)) != nil {
				t.Errorf("%s%s: %d bytes, %d at the source, %v", base, path, len(got), len(want), err)
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
	if protocols["HTTP/1.1"] == 0 || protocols["HTTP/2.0"] == 0 || resumed == 0 || len(r.Counts().Faults) < 5 {
		t.Errorf("%v, %d resumed, %+v", protocols, resumed, r.Counts())
	}
	if _, err := fetch.New(fetch.Options{Attempts: 2}).File(context.Background(), fetch.File{URLs: []string{r.TLS(replica.RIS) + "/"}, Part: filepath.Join(t.TempDir(), "x")}); err == nil {
		t.Error("a certificate of an unknown authority is accepted")
	}
}
