package replica_test

import (
	"bytes"
	"crypto/tls"
	"errors"
	"io"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/gzip"

	"tidemark/internal/lab/replica"
	"tidemark/internal/testkit"
)

var from = time.Date(2024, 1, 30, 0, 0, 0, 0, time.UTC)

func start(t *testing.T, o replica.Options) *replica.Replica {
	t.Helper()
	testkit.Need(t, "nginx")
	o.Dir = t.TempDir()
	r, err := replica.Start(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close() })
	return r
}

func get(t *testing.T, client *http.Client, url string, headers ...string) (*http.Response, []byte, error) {
	t.Helper()
	q, err := http.NewRequest(http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(headers); i += 2 {
		q.Header.Set(headers[i], headers[i+1])
	}
	resp, err := client.Do(q)
	if err != nil {
		return nil, nil, err
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	return resp, b, err
}

// TestArchives: files appear as the clock goes on, listings name them, validators and ranges hold, over HTTP/1.1 and 2.
func TestArchives(t *testing.T) {
	now := from.Add(12 * time.Hour)
	r := start(t, replica.Options{From: from, Now: func() time.Time { return now }, Update: true, Robots: "User-agent: *\nCrawl-delay: 1\n"})
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: r.CA}, ForceAttemptHTTP2: true, DisableCompression: true}}
	listing := "/route-views2/bgpdata/2024.01/RIBS/"
	resp, page, err := get(t, client, r.URL(replica.RouteViews)+listing)
	if err != nil || resp.StatusCode != 200 || !strings.Contains(string(page), `<a href="rib.20240130.0000.bz2">rib.20240130.0000.bz2</a>`) || strings.Contains(string(page), "0130.1200") {
		t.Fatalf("%v %v %s", resp, err, page)
	}
	now = now.Add(time.Hour)
	for _, base := range []string{r.URL(replica.RouteViews), r.TLS(replica.RouteViews), r.Mirror(replica.RouteViews, false), r.Mirror(replica.RouteViews, true)} {
		later, page, err := get(t, client, base+listing, "If-None-Match", resp.Header.Get("Etag"))
		if err != nil || later.StatusCode != 200 || !strings.Contains(string(page), "rib.20240130.1200.bz2") {
			t.Fatalf("%v %v %s", later, err, page)
		}
		if https := strings.HasPrefix(base, "https"); https != (later.ProtoMajor == 2) {
			t.Errorf("%s over %s", base, later.Proto)
		}
		same, _, err := get(t, client, base+listing, "If-None-Match", later.Header.Get("Etag"))
		if err != nil || same.StatusCode != 304 {
			t.Errorf("%v %v", same, err)
		}
	}
	whole, dump, err := get(t, client, r.TLS(replica.RIS)+"/rrc00/2024.01/bview.20240130.1200.gz")
	if err != nil || whole.StatusCode != 200 {
		t.Fatal(whole, err)
	}
	z, err := gzip.NewReader(bytes.NewReader(dump))
	if err != nil {
		t.Fatal(err)
	}
	if b, err := io.ReadAll(z); err != nil || len(b) < 1000 {
		t.Fatal(len(b), err)
	}
	part, rest, err := get(t, client, r.URL(replica.RIS)+"/rrc00/2024.01/bview.20240130.1200.gz", "Range", "bytes=100-", "If-Range", whole.Header.Get("Etag"))
	if err != nil || part.StatusCode != 206 {
		t.Error(part, err)
	}
	if !bytes.Equal(rest, dump[100:]) {
		t.Errorf("the rest of %d bytes is not that of the %d of the dump", len(rest), len(dump))
	}
	for _, url := range []string{
		r.URL(replica.RIS) + "/rrc03/2024.01/", r.URL(replica.RIS) + "/rrc00/", r.URL(replica.RouteViews) + "/route-views.linx/bgpdata/2024.01/UPDATES/",
		r.URL(replica.RIPEstat) + "/data/rrc-info/data.json", r.URL(replica.RouteViewsAPI) + "/collector/", r.URL(replica.RIS) + "/robots.txt",
		r.URL(replica.Datatracker) + "/api/v1/doc/state/?limit=500", r.URL(replica.IETF) + "/archive/id/draft-ietf-v6ops-nat64-wkp-1918-08.txt", r.URL(replica.Datatracker) + "/api/v1/doc/document/?name=x",
	} {
		if resp, _, err := get(t, client, url); err != nil || resp.StatusCode != 200 {
			t.Error(url, resp, err)
		}
	}
	if c := r.Counts(); c.Partial != 1 || c.NotModified != 2 || c.Changed != 2 || c.Failed != 0 {
		t.Errorf("%+v", c)
	}
	if n := len(r.Dumps()); n != 4*3 {
		t.Errorf("%d dumps: %v", n, r.Dumps())
	}
}

// TestShared: the real inputs stand under the paths of their sources.
func TestShared(t *testing.T) {
	shared := testkit.Data(t, "")
	r := start(t, replica.Options{Shared: shared, Now: func() time.Time { return from }})
	for host, path := range map[string]string{
		replica.IANA: "/assignments/iana-ipv4-special-registry/iana-ipv4-special-registry-1.csv", replica.AFRINIC: "/pub/stats/afrinic/delegated-afrinic-extended-latest",
		replica.RIPE: "/pub/stats/ripencc/delegated-ripencc-extended-latest", replica.RPKI: "/vrps.json", replica.RFCEditor: "/errata.json",
		replica.RISWhois: "/dumps/riswhoisdump.IPv4.gz", replica.Cymru: "/Services/Bogons/fullbogons-ipv6.txt", replica.RIS: "/rrc00/2000.01/bview.20000111.0032.gz",
		replica.APNIC: "/stats/apnic/delegated-apnic-extended-latest", replica.LACNIC: "/pub/stats/lacnic/delegated-lacnic-extended-latest",
	} {
		if resp, b, err := get(t, http.DefaultClient, r.URL(host)+path); err != nil || resp.StatusCode != 200 {
			t.Error(host, path, resp, err)
		} else if len(b) == 0 {
			t.Errorf("%s%s is empty", host, path)
		}
	}
	// The newest of those that there were by then.
	_, b, err := get(t, http.DefaultClient, r.URL(replica.RFCEditor)+"/rfc-index.txt")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Contains(b, []byte("9234")) {
		t.Error("the index is older than that of 2022-05-22: it lacks RFC 9234")
	}
	if bytes.Contains(b, []byte("\n9685 ")) {
		t.Error("the index is younger than that of 2022-05-22: it has RFC 9685")
	}
}

// TestFaults: each fault is what it says, and a seed always gives the same.
func TestFaults(t *testing.T) {
	now := from.Add(12 * time.Hour)
	outcome := func(kinds ...replica.Fault) (all []string) {
		r := start(t, replica.Options{From: from, Now: func() time.Time { return now }, Faults: 0.5, Kinds: kinds, Seed: 7, Stall: 50 * time.Millisecond})
		url := "/rrc00/2024.01/bview.20240130.0000.gz"
		_, whole, err := get(t, http.DefaultClient, r.Mirror(replica.RIS, false)+url)
		if err != nil {
			t.Fatal(err)
		}
		for range 12 {
			resp, b, err := get(t, &http.Client{Transport: &http.Transport{}}, r.URL(replica.RIS)+url)
			switch {
			case errors.Is(err, io.ErrUnexpectedEOF) || err != nil && strings.Contains(err.Error(), "reset"):
				all = append(all, "broken off")
			case err != nil:
				t.Fatal(err)
			case resp.StatusCode != 200:
				all = append(all, resp.Status)
			case bytes.HasPrefix(b, []byte("<!DOCTYPE")):
				all = append(all, "html")
			case len(b) < len(whole):
				all = append(all, "short")
			case !bytes.Equal(b, whole):
				all = append(all, "changed")
			default:
				all = append(all, "whole")
			}
		}
		if n := r.Counts().Faults; len(kinds) == 1 && n[kinds[0]] == 0 {
			t.Errorf("no %s among 12", kinds[0])
		}
		return all
	}
	for fault, want := range map[replica.Fault]string{
		replica.Stall: "broken off", replica.Reset: "broken off", replica.Unavailable: "503 Service Unavailable", replica.Trickle: "whole",
		replica.WrongLength: "broken off", replica.HTML: "html", replica.Changed: "changed", replica.Truncated: "short",
	} {
		got := outcome(fault)
		if !strings.Contains(strings.Join(got, " "), want) {
			t.Errorf("%s: %v", fault, got)
		}
	}
	if a, b := outcome(replica.Faults...), outcome(replica.Faults...); !reflect.DeepEqual(a, b) {
		t.Errorf("one seed, two outcomes:\n%v\n%v", a, b)
	}
}
