package cli

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"tidemark/collectors"
	"tidemark/internal/config"
	"tidemark/internal/fetch"
	"tidemark/internal/testkit"
	"tidemark/internal/testkit/tables"
	"tidemark/pipeline"
)

// TestRecord: what doctor records of servers can be played back: the same files are due, without a server.
func TestRecord(t *testing.T) {
	host := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		page := func(rows ...string) {
			w.Header().Set("Content-Type", "text/html")
			fmt.Fprintf(w, "<html><head><title>Index of %[1]s</title></head><body><h1>Index of %[1]s</h1><pre>", r.URL.Path)
			for _, name := range rows {
				fmt.Fprintf(w, "<a href=\"%[1]s\">%[1]s</a>  05-Nov-2099 00:10  12M\n", name)
			}
			io.WriteString(w, "</pre></body></html>")
		}
		switch r.URL.Path {
		case "/robots.txt":
			io.WriteString(w, "User-agent: *\nDisallow: /private/\n")
		case "/rrc00/":
			page("2099.10/", "2099.11/")
		case "/rrc00/2099.11/":
			page("bview.20991105.0000.gz", "bview.20991105.0800.gz", "bview.20991106.0000.gz")
		case "/data/rrc-info/data.json":
			io.WriteString(w, `{"data":{"rrcs":[{"name":"RRC00","deactivated_on":""}]}}`)
		default:
			w.Write(make([]byte, 1<<20))
		}
	}))
	defer host.Close()
	folder := t.TempDir()
	path, recording := filepath.Join(folder, "tidemark.toml"), filepath.Join(folder, "recording")
	text := fmt.Sprintf(`contact = "mailto:you@example.net"
[[source]]
name = "ris"
kind = "mrt"
archive = "ris"
collectors = ["all"]
since = "2020-01-01"
base = ["%[1]s"]
list = "%[1]s"
[[source]]
name = "vrps"
kind = "roas"
urls = ["%[1]s/vrps.json"]
`, host.URL)
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	t.Setenv("TIDEMARK_NOW", "2099-11-07T12:00:00Z")
	data := filepath.Join(folder, "data")
	if out, stderr, code := runProgram(t, "doctor", "--online", "--record", recording, "-c", path, "-d", data); code == 1 {
		t.Fatalf("exit code %d\n%s%s", code, out, stderr)
	}
	if entries, _ := os.ReadDir(filepath.Join(data, "archive")); len(entries) != 0 {
		t.Error("recording put files into the archive")
	}
	host.Close()
	planned := plannedBy(t, path, recording, time.Date(2099, 11, 7, 12, 0, 0, 0, time.UTC), time.Date(2099, 11, 1, 0, 0, 0, 0, time.UTC))
	want := []string{host.URL + "/rrc00/2099.11/bview.20991105.0000.gz", host.URL + "/rrc00/2099.11/bview.20991106.0000.gz", host.URL + "/vrps.json"}
	if !slices.Equal(planned, want) {
		t.Errorf("played back, these are due: %q", planned)
	}
	files, _ := filepath.Glob(filepath.Join(recording, "*vrps.json*.http"))
	var cut int64
	for _, file := range files {
		info, err := os.Stat(file)
		if err != nil {
			t.Fatal(err)
		}
		cut = max(cut, info.Size())
	}
	if len(files) != 2 || cut < 64<<10 || cut > 128<<10 {
		t.Errorf("of a file of 1 MiB, HEAD and beginning are recorded as %q, at most %d bytes", files, cut)
	}
}

// plannedBy returns the URLs that are due by a recording at a time, since a day.
func plannedBy(t *testing.T, configuration, recording string, now, since time.Time) (urls []string) {
	t.Helper()
	_, sources, err := config.Load(configuration, Kinds())
	if err != nil {
		t.Fatal(err)
	}
	for i := range sources {
		if !sources[i].Since.IsZero() {
			sources[i].Since = since
		}
	}
	p, err := pipeline.Open(pipeline.Options{Dir: t.TempDir(), Kinds: Kinds(), Sources: sources, Clock: func() time.Time { return now },
		Fetch: fetch.Options{Wrap: fetch.Playback(recording)}})
	if err != nil {
		t.Fatal(err)
	}
	plan, err := p.Plan(t.Context(), true)
	if err != nil {
		t.Fatal(err)
	}
	for _, problem := range plan.Problems {
		t.Errorf("source %s: %v", problem.Where, problem.Err)
	}
	for _, l := range plan.Sources {
		urls = append(urls, l.URLs...)
	}
	return urls
}

// TestLiveRecording plays a recording of examples/live.toml back that somebody made on the Internet. TIDEMARK_RECORDING names its
// folder, TIDEMARK_RECORDED the day, YYYY-MM-DD.
func TestLiveRecording(t *testing.T) {
	recording := os.Getenv("TIDEMARK_RECORDING")
	if recording == "" {
		return // TestRecord plays one of its own back
	}
	day, err := time.Parse(time.DateOnly, os.Getenv("TIDEMARK_RECORDED"))
	if err != nil {
		t.Fatal(err)
	}
	if due := plannedBy(t, filepath.Join(root, "examples/live.toml"), recording, day.Add(23*time.Hour), day.AddDate(0, 0, 1-day.Day())); len(due) == 0 {
		t.Error("nothing is due by the recording")
	}
}

// liveURLs are the addresses that examples/live.toml asks, as they were in use in 2026.
var liveURLs = map[string]string{
	"iana-special":    "https://www.iana.org/assignments/iana-ipv4-special-registry/iana-ipv4-special-registry-1.csv https://www.iana.org/assignments/iana-ipv6-special-registry/iana-ipv6-special-registry-1.csv",
	"iana-space":      "https://www.iana.org/assignments/ipv4-address-space/ipv4-address-space.csv https://www.iana.org/assignments/ipv6-unicast-address-assignments/ipv6-unicast-address-assignments.csv",
	"iana-as-numbers": "https://www.iana.org/assignments/as-numbers/as-numbers.xml",
	"as-names":        "https://ftp.ripe.net/ripe/asnames/asn.txt",
	"fullbogons":      "https://www.team-cymru.org/Services/Bogons/fullbogons-ipv4.txt https://www.team-cymru.org/Services/Bogons/fullbogons-ipv6.txt",
	"delegated":       "https://ftp.afrinic.net/pub/stats/afrinic/delegated-afrinic-extended-latest https://ftp.apnic.net/stats/apnic/delegated-apnic-extended-latest https://ftp.arin.net/pub/stats/arin/delegated-arin-extended-latest https://ftp.lacnic.net/pub/stats/lacnic/delegated-lacnic-extended-latest https://ftp.ripe.net/pub/stats/ripencc/delegated-ripencc-extended-latest",
	"vrps":            "https://console.rpki-client.org/vrps.json",
	"rfc-index":       "https://www.rfc-editor.org/rfc-index.xml",
	"rfc-errata":      "https://www.rfc-editor.org/errata.json",
	"drafts":          "https://datatracker.ietf.org/api/v1/",
	"draft-texts":     "https://www.ietf.org/archive/id/{draft}.txt",
	"texts":           "https://www.rfc-editor.org/rfc/rfc{rfc}.txt https://www.rfc-editor.org/rfc/rfc{rfc}.xml",
	"ris":             "",
	"routeviews":      "",
}

// TestLiveURLs: the sources of examples/live.toml ask these addresses and no others; whoever changes one looks first whether it answers.
func TestLiveURLs(t *testing.T) {
	_, sources, err := config.Load(filepath.Join(root, "examples/live.toml"), Kinds())
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range sources {
		want, known := liveURLs[s.Name]
		if got := strings.Join(s.URLs, " "); !known || got != want {
			t.Errorf("source %s asks\n%s, want\n%s", s.Name, got, want)
		}
	}
	if len(sources) != len(liveURLs) {
		t.Errorf("%d sources, want %d", len(sources), len(liveURLs))
	}
}

// liveExamples are the addresses of the sources that examples/live.toml has as comments.
var liveExamples = map[string]string{
	"iana-registries":   "https://www.iana.org/assignments/bgp-parameters/bgp-parameters.xml https://www.iana.org/assignments/bgp-well-known-communities/bgp-well-known-communities.xml https://www.iana.org/assignments/capability-codes/capability-codes.xml https://www.iana.org/assignments/address-family-numbers/address-family-numbers.xml https://www.iana.org/assignments/safi-namespace/safi-namespace.xml https://www.iana.org/assignments/rpki/rpki.xml https://www.iana.org/assignments/mrt/mrt.xml https://www.iana.org/assignments/protocol-numbers/protocol-numbers.xml https://www.iana.org/assignments/icmpv6-parameters/icmpv6-parameters.xml https://www.iana.org/assignments/dns-parameters/dns-parameters.xml",
	"rpkiviews":         "https://josephine.sobornost.net/rpkidata/{yyyy}/{mm}/{dd}/rpki-{yyyy}{mm}{dd}T*.tgz#rpki-client.json",
	"transfers-afrinic": "https://ftp.afrinic.net/stats/afrinic/transfers/transfers_latest.json",
	"transfers-apnic":   "https://ftp.apnic.net/stats/apnic/transfers/transfers_latest.json",
	"transfers-arin":    "https://ftp.arin.net/pub/stats/arin/transfers/transfers_latest.json",
	"transfers-lacnic":  "https://ftp.lacnic.net/pub/stats/lacnic/transfers/transfers_latest.json",
	"transfers-ripencc": "https://ftp.ripe.net/pub/stats/ripencc/transfers/transfers_latest.json",
	"riswhois":          "https://www.ris.ripe.net/dumps/riswhoisdump.IPv4.gz https://www.ris.ripe.net/dumps/riswhoisdump.IPv6.gz",
	"bgproutes":         "https://mrt.bgproutes.io/bgp/64496_192.0.2.1/{yyyy}/{mm}/{dd}/rib.{unix}.mrt.bz2",
	"as2org":            "https://publicdata.caida.org/datasets/as-organizations/{yyyy}{mm}01.as-org2info.jsonl.gz",
	"irr-ripe":          "https://ftp.ripe.net/ripe/dbase/split/ripe.db.route.gz https://ftp.ripe.net/ripe/dbase/split/ripe.db.route6.gz",
	"irr-apnic":         "https://ftp.apnic.net/apnic/whois/apnic.db.route.gz https://ftp.apnic.net/apnic/whois/apnic.db.route6.gz",
	"irr-arin":          "https://ftp.arin.net/pub/rr/arin.db.gz",
	"irr-lacnic":        "https://ftp.lacnic.net/lacnic/irr/lacnic.db.gz",
	"irr-radb":          "file:radb.db.gz",
	"slurm":             "file:slurm.json",
	"vrps-ripencc":      "https://ftp.ripe.net/rpki/ripencc.tal/{yyyy}/{mm}/{dd}/output.json.xz",
	"google-ipv6":       "https://www.google.com/intl/en_ALL/ipv6/statistics/data/adoption.js https://www.google.com/intl/en_ALL/ipv6/statistics/data/worldmap.js",
	"apnic-ipv6":        "https://data1.labs.apnic.net/v6stats/v6region/XA.json https://data1.labs.apnic.net/v6stats/v6economy/FR.json",
	"ipv6-users":        "file:ipv6-users.csv",
	"milestones":        "https://datatracker.ietf.org/api/v1/",
	"probes":            "https://tranco-list.eu",
	"here":              "",
}

var commentedKey = regexp.MustCompile(`^#([a-z_]+ += .*|\[\[source\]\])$`)

// TestLiveExamples: whoever takes the # from a source of examples/live.toml has one that works, with the address that is known to be
// in use. Of a probe the list by its name is taken, not the file.
func TestLiveExamples(t *testing.T) {
	live, err := os.ReadFile(filepath.Join(root, "examples/live.toml"))
	if err != nil {
		t.Fatal(err)
	}
	text, inSource := "contact = \"mailto:you@example.net\"\n", false
	for line := range strings.Lines(string(live)) {
		line = strings.TrimRight(line, "\n")
		inSource = line == "#[[source]]" || inSource && strings.HasPrefix(strings.TrimSpace(line), "#")
		if inSource && commentedKey.MatchString(line) && !strings.HasPrefix(line, "#domains") {
			text += line[1:] + "\n"
		}
	}
	path := filepath.Join(t.TempDir(), "tidemark.toml")
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	_, sources, err := config.Load(path, Kinds())
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	for _, s := range sources {
		want, known := liveExamples[s.Name]
		if got := strings.Join(s.Addresses(), " "); !known || got != want {
			t.Errorf("source %s asks\n%s, want\n%s", s.Name, got, want)
		}
	}
	if len(sources) != len(liveExamples) {
		t.Errorf("%d sources, want %d", len(sources), len(liveExamples))
	}
}

// TestLiveForms decodes a file of the form that each source of examples/live.toml has: real ones, or where the size forbids it the
// first lines as they were quoted in 2026.
func TestLiveForms(t *testing.T) {
	_, sources, err := config.Load(filepath.Join(root, "examples/live.toml"), Kinds())
	if err != nil {
		t.Fatal(err)
	}
	quoted := func(name, content string) string {
		file := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(file, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
		return file
	}
	forms := map[string]string{
		"iana-special":    testkit.File(t, "registry/iana-ipv4-special-registry-1.csv"),
		"iana-space":      testkit.Data(t, "iana/ipv4-address-space.csv"),
		"iana-as-numbers": testkit.Data(t, "iana/as-numbers.xml"),
		"iana-registries": testkit.Data(t, "iana/as-numbers.xml"), // the schema is that of all registries
		"as-names":        quoted("asn.txt", "1 LVLT-1, US\n2 UDEL-DCN, US\n3 MIT-GATEWAYS, US\n"),
		"fullbogons":      testkit.Data(t, "iana/fullbogons-ipv4.2024-03-10.txt"),
		"delegated":       testkit.File(t, "registry/delegated-afrinic-extended-20180126"),
		"vrps":            testkit.Data(t, "live/bgpipe.rpki.json"),
		"rfc-index":       testkit.File(t, "rfc/rfc-index.xml"),
		"rfc-errata":      testkit.Data(t, "rfc/errata.json.gz"),
		"draft-texts":     filepath.Join(root, "internal/lab/replica/drafts/draft-ietf-v6ops-nat64-wkp-1918-08.txt"),
		"texts":           testkit.Data(t, "live/rfc6052.txt"),
		"drafts":          quoted("datatracker.json", `{"meta":{"limit":200,"next":null,"offset":0,"previous":null,"total_count":1},"objects":[{"id":1,"originaltargetaliasname":null,"relationship":"/api/v1/name/docrelationshipname/refnorm/","resource_uri":"/api/v1/doc/relateddocument/1/","source":"/api/v1/doc/document/draft-ietf-v6ops-nat64-wkp-1918/","target":"/api/v1/doc/document/rfc6052/"}]}`),
		"ris":             testkit.File(t, "mrt/ris-2000.rib.gz"),
		"routeviews":      testkit.File(t, "mrt/routeviews-2014.rib.bz2"),
		"transfers-arin":  testkit.Data(t, "rir/nro-transfer-log-v4.sample.json"),
		"riswhois":        quoted("riswhoisdump.IPv4", "% route data\n\n13335\t1.0.0.0/24\t351\n"),
		"vrps-ripencc":    testkit.Data(t, "live/stayrtr.test.rpki.json.xz"),
		"google-ipv6":     testkit.Data(t, "live/google-adoption.sample.js"),
	}
	sources = append(sources, collectors.Source{Name: "riswhois", Kind: "prefix-origins"}, collectors.Source{Name: "vrps-ripencc", Kind: "roas"}, collectors.Source{Name: "transfers-arin", Kind: "transfers"},
		collectors.Source{Name: "google-ipv6", Kind: "google-ipv6"}, collectors.Source{Name: "iana-registries", Kind: "iana-registry"})
	for _, s := range sources {
		at := slices.IndexFunc(Kinds(), func(k collectors.Kind) bool { return k.Name() == s.Kind })
		day := time.Date(2026, 9, 17, 0, 0, 0, 0, time.UTC)
		if s.Kind == "mrt" {
			day = time.Time{}
		}
		made, err := tables.Decode(t, tables.Store(t), Kinds()[at], "", forms[s.Name], day)
		rows := int64(0)
		for _, m := range made {
			rows += m.Rows
		}
		if err != nil || rows == 0 {
			t.Errorf("source %s: %d rows: %v", s.Name, rows, err)
		}
	}
}
