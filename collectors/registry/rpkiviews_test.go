package registry_test

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"tidemark/collectors"
	"tidemark/collectors/archive"
	"tidemark/collectors/registry"
	"tidemark/datasets"
	"tidemark/internal/fetch"
	"tidemark/internal/testkit/collect"
	"tidemark/internal/testkit/tables"
)

// rpkiViews returns an archive as RPKIviews publishes them: the tree of a run of rpki-client, whose signature is in the gzip header.
// Before the output lie files that a hostile archive may have.
func rpkiViews(t testing.TB, run string, prefix string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	z.Comment = "untrusted comment: verify with rpkiviews.pub\n" + strings.Repeat("0123456789abcdef", 28)
	out := tar.NewWriter(z)
	add := func(h tar.Header, content string) {
		h.Mode, h.Size = 0o644, int64(len(content))
		if err := out.WriteHeader(&h); err != nil {
			t.Fatal(err)
		}
		if _, err := out.Write([]byte(content)); err != nil {
			t.Fatal(err)
		}
	}
	add(tar.Header{Name: run + "/data/rpki.example/repo/a.roa", Typeflag: tar.TypeReg}, "\x30\x82")
	add(tar.Header{Name: "../../../../etc/rpki-client.txt", Typeflag: tar.TypeReg}, "no")
	add(tar.Header{Name: run + "/data/output/rpki-client.json", Typeflag: tar.TypeSymlink, Linkname: "/etc/passwd"}, "")
	add(tar.Header{Name: run + "/output/not-rpki-client.json", Typeflag: tar.TypeReg}, "{}")
	add(tar.Header{Name: run + "/output/rpki-client.csv", Typeflag: tar.TypeReg}, "ASN,IP Prefix,Max Length,Trust Anchor,Expires\nAS64496,"+prefix+",24,ripe,1704400000\n")
	add(tar.Header{Name: run + "/output/rpki-client.json", Typeflag: tar.TypeReg}, fmt.Sprintf(`{"metadata": {"buildmachine": "josephine", "buildtime": "%s-%s-%sT00:05:07Z", "roas": 1, "aspas": 1},
"roas": [{"asn": 64496, "prefix": %q, "maxLength": 24, "ta": "ripe", "expires": 1704400000}],
"aspas": [{"customer_asid": 64496, "expires": 1704400000, "providers": [64500, 64501]}],
"bgpsec_keys": []}`, run[5:9], run[9:11], run[11:13], prefix))
	if err := out.Close(); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	signed := b.Bytes()
	return slices.Insert(signed, bytes.IndexByte(signed[10:], 0)+10, bytes.Repeat([]byte("\nf00"), 1000)...) // a hash of each 64 kB
}

// TestRPKIviews catches up archives by day over the listings of their folders: of each day the first, of which one file is read.
func TestRPKIviews(t *testing.T) {
	asked := map[string]int{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked[r.URL.Path]++
		index := func(names ...string) {
			w.Header().Set("Content-Type", "text/html")
			fmt.Fprintf(w, "<html><head><title>Index of %s</title></head><body><pre><a href=\"../\">../</a>\n", r.URL.Path)
			for _, name := range names {
				fmt.Fprintf(w, "<a href=%q>%s</a>  04-Jan-2024 00:20  1234\n", name, name)
			}
		}
		switch r.URL.Path {
		case "/rpkidata/2024/01/04/":
			index("SHA256", "SHA256.sig", "rpki-20240104T081000Z.tgz", "rpki-20240104T000507Z.tgz", "rpki-20240105T000000Z.tgz", "/etc/rpki-20240104T000000Z.tgz")
		case "/rpkidata/2024/01/05/":
			index("SHA256")
		case "/rpkidata/2024/01/04/rpki-20240104T000507Z.tgz", "/rpkidata/2024/01/06/rpki-20240106T000507Z.tgz":
			run := strings.TrimSuffix(r.URL.Path[len("/rpkidata/2024/01/04/"):], ".tgz")
			w.Write(rpkiViews(t, run, "192.0.2.0/24"))
		case "/rpkidata/2024/01/06/":
			index("rpki-20240106T000507Z.tgz")
		default:
			http.NotFound(w, r)
		}
	}))
	defer server.Close()
	a := &archive.Archive{Dir: t.TempDir(), Client: fetch.New(fetch.Options{Attempts: 1})}
	daily, _ := collectors.ParseCadence("daily")
	from := collectors.Source{Name: "views", Kind: "roas", Collector: "josephine", Every: daily, Since: time.Date(2024, 1, 3, 0, 0, 0, 0, time.UTC),
		URLs: []string{server.URL + "/rpkidata/{yyyy}/{mm}/{dd}/rpki-{yyyy}{mm}{dd}T*.tgz#rpki-client.json"}, Runtime: collectors.Runtime{Form: collectors.FormOf(registry.ROAs{})}}
	bring := func(day int, want int) {
		t.Helper()
		got, err := collect.All(context.Background(), registry.ROAs{}, from, time.Date(2024, 1, day, 12, 0, 0, 0, time.UTC), a)
		if err != nil || got.New != want {
			t.Errorf("on the %d: %+v, %v; want %d new files", day, got, err, want)
		}
	}
	bring(5, 1)
	bring(5, 0)
	bring(9, 1)
	bring(9, 0)
	// The listing of a day that is two days over and has nothing is not asked for again; one whose file the archive has, neither.
	for path, want := range map[string]int{"/rpkidata/2024/01/03/": 3, "/rpkidata/2024/01/04/": 1, "/rpkidata/2024/01/05/": 3, "/rpkidata/2024/01/06/": 1, "/rpkidata/2024/01/09/": 2} {
		if asked[path] != want {
			t.Errorf("%s was asked for %d times, want %d", path, asked[path], want)
		}
	}
	kept, err := a.List("roas")
	if err != nil || len(kept) != 2 {
		t.Fatalf("%d files, %v", len(kept), err)
	}
	store := tables.Store(t)
	for _, raw := range kept {
		into := store.Begin(raw.Input())
		if err := (registry.ROAs{}).Decode(context.Background(), raw, into); err != nil {
			t.Fatal(err)
		}
		if _, err := into.Commit(); err != nil {
			t.Fatal(err)
		}
	}
	roas, err := store.Manifests(datasets.ROAs.Schema)
	if err != nil || len(roas) != 2 {
		t.Fatalf("%d partitions, %v", len(roas), err)
	}
	rows := tables.Rows(t, store, datasets.ROAs, roas[0])
	if len(rows) != 1 || rows[0].Prefix != "192.0.2.0/24" || rows[0].FileDate.Format(time.DateOnly) != "2024-01-04" || rows[0].Expires == nil {
		t.Errorf("rows %+v", rows)
	}
	aspas, err := store.Manifests(datasets.ASPAs.Schema)
	if err != nil || len(aspas) != 2 || aspas[0].Rows != 2 {
		t.Errorf("ASPAs %v, %v", aspas, err)
	}
}
