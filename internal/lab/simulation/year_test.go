package simulation

import (
	"bytes"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/klauspost/compress/gzip"

	"tidemark/collectors"
	"tidemark/collectors/archive"
	"tidemark/internal/cli"
	"tidemark/internal/config"
	"tidemark/internal/fetch"
	"tidemark/internal/testkit"
	"tidemark/pipeline"
)

// yearFile is a file that a source of examples/live.toml brings: its size on the Internet of September 2026 or, where nobody wrote that
// down, of the newest copy at hand; how often it changes; and how much of it remains packed.
type yearFile struct {
	url   string
	bytes float64
	every int     // days between changes; 0: it never changes
	real  string  // input of shared/data by which packing is measured
	scale float64 // of the simulated file
}

const (
	mega       = 1e6
	textScale  = 1. / 200
	tableScale = 1. / 10_000
)

// yearSources are the files of each source. The API of the Datatracker is simulated with answers of that size.
var yearSources = map[string][]yearFile{
	"ris":             {{"https://data.ris.ripe.net/rrc00/", 427 * mega, 1, "", tableScale}},
	"routeviews":      {{"https://archive.routeviews.org/route-views.linx/bgpdata/", 100 * mega, 1, "", tableScale}},
	"iana-special":    {{"iana-ipv4-special-registry-1.csv", 2397, 90, "", 1}, {"iana-ipv6-special-registry-1.csv", 2263, 90, "", 1}},
	"iana-space":      {{"ipv4-address-space.csv", 23_065, 90, "iana/ipv4-address-space.csv", 1}, {"ipv6-unicast-address-assignments.csv", 5936, 90, "iana/ipv6-unicast-address-assignments.csv", 1}},
	"iana-as-numbers": {{"as-numbers.xml", 279_078, 30, "iana/as-numbers.xml", 1}},
	"as-names":        {{"asn.txt", 3.6 * mega, 1, "live/asn-potaroo-2019.head2000.txt", textScale}},
	"fullbogons":      {{"fullbogons-ipv4.txt", 46_800, 1, "iana/fullbogons-ipv4.2024-03-10.txt", 0.1}, {"fullbogons-ipv6.txt", 2.4 * mega, 1, "iana/fullbogons-ipv6.2024-03-10.txt.gz", 0.1}},
	"delegated": {
		{"delegated-afrinic-extended-latest", 1.0 * mega, 1, "rir/delegated-afrinic-extended-202401.gz", textScale},
		{"delegated-apnic-extended-latest", 9.2 * mega, 1, "rir/delegated-apnic-20260206.gz", textScale},
		{"delegated-arin-extended-latest", 12.8 * mega, 1, "rir/delegated-apnic-20260206.gz", textScale},
		{"delegated-lacnic-extended-latest", 4.6 * mega, 1, "rir/delegated-afrinic-extended-202401.gz", textScale},
		{"delegated-ripencc-extended-latest", 18.1 * mega, 1, "rir/delegated-apnic-20260206.gz", textScale},
	},
	"vrps":       {{"vrps.json", 105 * mega, 1, "rpki/validator3-roas.201801.json.gz", textScale}},
	"rfc-index":  {{"rfc-index.xml", 13.6 * mega, 1, "rfc/rfc-index.2026-06-12.txt.gz", textScale}},
	"rfc-errata": {{"errata.json", 11_870_507, 3, "rfc/errata.json.gz", textScale}},
	"texts":      {{"/rfc/rfc", 100_000, 0, "live/rfc6052.txt", 1}},
	"drafts":     {{"/api/v1/", 100_000, 7, "", 1}},
}

// yearRetention are rules as examples/live.toml shows them.
func yearRetention() []archive.Retention {
	return []archive.Retention{
		{Kinds: []string{"mrt"}, Age: 90 * 24 * time.Hour},
		{Kinds: []string{"roas", "delegations"}, Age: 400 * 24 * time.Hour},
		{Kinds: []string{"rfc-index"}, Age: 30 * 24 * time.Hour},
	}
}

// yearModel is the Internet as the year meets it: a transport that answers for every host.
type yearModel struct {
	mu     sync.Mutex
	now    time.Time
	first  time.Time
	ratio  map[string]float64 // of the real inputs
	tables map[string][]byte  // by URL of the collector
	asked  map[string]int     // by host
	odd    []string           // what nobody serves
}

func (m *yearModel) clock() time.Time {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.now
}

// RoundTrip answers a request.
func (m *yearModel) RoundTrip(q *http.Request) (*http.Response, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.asked[q.URL.Host]++
	kind, body := "text/plain", m.body(q.URL.String(), q.URL.Path)
	status := http.StatusOK
	switch {
	case body == nil:
		status = http.StatusNotFound
		m.odd = append(m.odd, q.URL.String())
	case strings.HasSuffix(q.URL.Path, "/"):
		kind = "text/html"
	}
	return &http.Response{StatusCode: status, Status: http.StatusText(status), Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Request: q,
		Header: http.Header{"Content-Type": {kind}}, ContentLength: int64(len(body)), Body: io.NopCloser(bytes.NewReader(body))}, nil
}

func (m *yearModel) body(address, path string) []byte {
	if path == "/robots.txt" {
		return []byte("User-agent: *\nAllow: /\n")
	}
	if strings.HasPrefix(path, "/api/v1/") {
		week := int(m.now.Sub(m.first).Hours()) / 24 / 7
		objects := ""
		if strings.Contains(path, "relateddocument") {
			objects = fmt.Sprintf(`{"relationship":"/api/v1/name/docrelationshipname/refinfo/","source":"/api/v1/doc/document/draft-week-%d/","target":"/api/v1/doc/document/rfc1/"}`, week)
		}
		return []byte(`{"meta":{"next":null},"objects":[` + objects + `]}`)
	}
	for source, files := range yearSources {
		for _, f := range files {
			if table, is := m.tables[f.url]; is {
				if rest, below := strings.CutPrefix(address, f.url); below {
					return m.archive(source, rest, table)
				}
			} else if strings.Contains(address, f.url) {
				return m.text(f, path)
			}
		}
	}
	return nil
}

// archive returns a listing or a table dump of a collector.
func (m *yearModel) archive(source, rest string, table []byte) []byte {
	prefix, ending, hours := "bview.", ".gz", 8
	if source == "routeviews" {
		prefix, ending, hours = "rib.", ".bz2", 2
	}
	if strings.HasSuffix(rest, ending) {
		return table
	}
	var page strings.Builder
	page.WriteString("<html><title>Index of /</title><pre>")
	month, _, _ := strings.Cut(rest, "/")
	for at := m.first.Truncate(24 * time.Hour); at.Before(m.now.Add(-2 * time.Hour)); at = at.Add(time.Duration(hours) * time.Hour) {
		switch {
		case rest == "" && at.Day() == 1 && at.Hour() == 0:
			fmt.Fprintf(&page, "<a href=%q>x</a> 01-Jan-2026 00:00 -\n", at.Format("2006.01/"))
		case at.Format("2006.01") == month:
			fmt.Fprintf(&page, "<a href=%q>x</a> %s %d\n", prefix+at.Format("20060102.1504")+ending, at.Format("02-Jan-2006 15:04"), len(table))
		}
	}
	return []byte(page.String() + "</pre></html>")
}

// text returns a text that is packed as well as its real like: a part is random, the rest is blank.
func (m *yearModel) text(f yearFile, path string) []byte {
	version := uint64(0)
	if f.every > 0 {
		version = uint64(m.now.Sub(m.first).Hours()) / 24 / uint64(f.every)
	}
	size := int(f.bytes * f.scale)
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
	const dense = 0.757 // of what random letters of 64 take packed
	random := rand.New(rand.NewPCG(version, uint64(len(path))))
	body := bytes.Repeat([]byte(" "), size)
	for i := range min(size, int(float64(size)*m.packing(f)/dense)) {
		body[i] = alphabet[random.IntN(64)]
	}
	begin, end := frame(path)
	copy(body, begin)
	copy(body[size-len(end):], end)
	return append(body, '\n')
}

// frame returns how a file begins and ends, so that it is taken for one of its kind.
func frame(path string) (begin, end string) {
	switch {
	case strings.HasSuffix(path, ".xml"):
		return "<index>", "</index>"
	case strings.HasSuffix(path, "/errata.json"):
		return `["`, `"]`
	case strings.HasSuffix(path, ".json"):
		return `{"all":"`, `"}`
	case strings.Contains(path, "special-registry"):
		return "Address Block,Name\n", ""
	case strings.HasSuffix(path, ".csv"):
		return "Prefix,Designation\n", ""
	case strings.Contains(path, "fullbogons"):
		return "192.0.2.0/24\n", ""
	case strings.Contains(path, "delegated"):
		return "2|registry|20260101|1|20260101|20260101|+0000\n", ""
	case strings.HasSuffix(path, "/asn.txt"):
		return "1 ", ""
	}
	return "", ""
}

// packing returns how much of a file remains on the disk.
func (m *yearModel) packing(f yearFile) float64 {
	if f.real == "" {
		return 1
	}
	return m.ratio[f.real]
}

// measure packs the real inputs as the archive does.
func (m *yearModel) measure(t *testing.T) {
	store := &archive.Archive{Dir: t.TempDir()}
	for _, files := range yearSources {
		for _, f := range files {
			if f.real == "" || m.ratio[f.real] > 0 {
				continue
			}
			path := testkit.Data(t, f.real)
			if strings.HasSuffix(path, ".gz") {
				path = inflatedFile(t, path)
			}
			raw := archive.Raw{Kind: "delegations", Name: filepath.Base(path), Day: m.first}
			if _, err := store.AddFile(t.Context(), path, raw, 1<<30); err != nil {
				t.Fatal(err)
			}
			kept, err := store.Get(raw)
			if err != nil || kept == nil {
				t.Fatal(kept, err)
			}
			_, held := kept.Held()
			m.ratio[f.real] = float64(held) / float64(kept.Bytes)
			t.Logf("%s: %d bytes take %d on the disk (%.1f %%)", f.real, kept.Bytes, held, 100*m.ratio[f.real])
		}
	}
}

func inflatedFile(t *testing.T, path string) string {
	t.Helper()
	in, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	z, err := gzip.NewReader(in)
	if err != nil {
		t.Fatal(err)
	}
	whole, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(t.TempDir(), strings.TrimSuffix(filepath.Base(path), ".gz"))
	if err := os.WriteFile(out, whole, 0o644); err != nil {
		t.Fatal(err)
	}
	return out
}

// heldOn is the slow twin of what plan says: the bytes of a source that lie on the disk so many days after the first, file by file.
func (m *yearModel) heldOn(source string, kind string, days int, retention []archive.Retention) (bytes float64) {
	keep := math.MaxInt
	for _, rule := range retention {
		for _, k := range rule.Kinds {
			if k == kind && rule.Age > 0 {
				keep = int(rule.Age.Hours() / 24)
			}
		}
	}
	for _, f := range yearSources[source] {
		n := 1.0
		if source == "texts" {
			n = 20 + 3 // three of them in XML, too
		}
		for day := range days + 1 {
			if new := day == 0 || f.every > 0 && day%f.every == 0; new && days-day <= keep {
				bytes += n * f.bytes * m.packing(f)
			}
		}
	}
	return bytes
}

// TestYear lives with the whole of examples/live.toml at real sizes, as smaller files in their proportions: what plan and status say after
// six weeks is what the archive of a year holds by its notes, and by a calculation file by file. -args -days 365 lives a whole
// year, which takes some minutes.
func TestYear(t *testing.T) {
	days := 60
	if *simulated > 0 {
		days = *simulated
	}
	const measured = 42 // days after which plan is asked
	testkit.Need(t, "bzip2")
	m := &yearModel{first: time.Date(2026, 1, 1, 6, 0, 0, 0, time.UTC), ratio: map[string]float64{}, tables: map[string][]byte{}, asked: map[string]int{}}
	m.measure(t)
	m.makeTables(t)
	file, sources, err := config.Load(filepath.Join("../../..", "examples/live.toml"), cli.Kinds())
	if err != nil {
		t.Fatal(err)
	}
	// The simulated answers have no active draft whose text would be fetched.
	sources = slices.DeleteFunc(sources, func(s collectors.Source) bool { return s.Name == "draft-texts" })
	dir := t.TempDir()
	open := func() *pipeline.Pipeline {
		p, err := pipeline.Open(pipeline.Options{Dir: dir, Kinds: cli.Kinds(), Sources: sources, Clock: m.clock, Retention: yearRetention(), Fetch: fetch.Options{
			Now: m.clock, Wrap: func(http.RoundTripper) http.RoundTripper { return m }, Backoff: time.Millisecond, Connections: file.Fetch.Connections}})
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	files := &archive.Archive{Dir: filepath.Join(dir, "archive")}
	var plan *pipeline.Plan
	for day := range days + 1 {
		m.mu.Lock()
		m.now = m.first.AddDate(0, 0, day)
		m.mu.Unlock()
		if day == 2 {
			clear(m.asked)
		}
		p := open()
		s, ctx, err := p.Begin(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.Collect(ctx); err != nil {
			t.Fatal(err)
		}
		if report, err := s.End(ctx); err != nil || len(report.Problems) > 0 {
			t.Fatalf("day %d: %v %+v", day, err, report.Problems)
		}
		if day%7 == 0 || day == days {
			clearExpired(t, files, m.clock())
		}
		if day == measured {
			if plan, err = p.Plan(t.Context(), false); err != nil {
				t.Fatal(err)
			}
			m.checkRequests(t, plan, measured-1)
		}
	}
	m.checkHeld(t, files, sources, days)
	m.checkPlan(t, plan, sources, measured)
	status, err := open().Status(t.Context())
	if err != nil || status.Need.DiskBytes == nil {
		t.Fatalf("%+v: %v", status, err)
	}
	if len(m.odd) > 0 {
		t.Errorf("nobody serves %q", m.odd)
	}
	t.Logf("plan after %d days, MRT at 1:10,000, large texts at 1:200: %+v", measured, plan.Year)
}

// makeTables makes the one table dump of each collector, whole files of their formats with a content that does not matter here.
func (m *yearModel) makeTables(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	content := func(size float64) []byte {
		b := make([]byte, int(size))
		for i := range b {
			b[i] = byte(random.Uint32())
		}
		b[4] = 0 // the type of an MRT record is below 256
		return b
	}
	for _, name := range []string{"ris", "routeviews"} {
		f := yearSources[name][0]
		plain := content(f.bytes * f.scale)
		var out bytes.Buffer
		if name == "ris" {
			z := gzip.NewWriter(&out)
			z.Write(plain)
			if err := z.Close(); err != nil {
				t.Fatal(err)
			}
		} else {
			c := exec.Command("bzip2", "-c")
			c.Stdin, c.Stdout = bytes.NewReader(plain), &out
			if err := c.Run(); err != nil {
				t.Fatal(err)
			}
		}
		m.tables[f.url] = out.Bytes()
	}
}

// clearExpired clears as a run does that has decoded everything.
func clearExpired(t *testing.T, files *archive.Archive, now time.Time) {
	t.Helper()
	for _, rule := range yearRetention() {
		expired, _, err := files.Expired(rule, now, func(archive.Raw) bool { return false })
		if err != nil {
			t.Fatal(err)
		}
		for _, raw := range expired {
			if err := files.Clear(raw); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// scaleOf returns the scale of a source's files, by weight.
func scaleOf(source string) float64 {
	real, simulated := 0.0, 0.0
	for _, f := range yearSources[source] {
		real, simulated = real+f.bytes, simulated+f.bytes*f.scale
	}
	return simulated / real
}

func near(got, want, tolerance float64) bool { return math.Abs(got-want) <= tolerance*want+1 }

// checkHeld compares the archive with the calculation.
func (m *yearModel) checkHeld(t *testing.T, files *archive.Archive, sources []collectors.Source, days int) {
	kept, err := files.List("")
	if err != nil {
		t.Fatal(err)
	}
	all := 0.0
	for _, s := range sources {
		got := 0.0
		for _, raw := range kept {
			if raw.Source == s.Name && !raw.Cleared {
				_, held := raw.Held()
				got += float64(held)
			}
		}
		got /= scaleOf(s.Name)
		all += got
		if want := m.heldOn(s.Name, s.Kind, days, yearRetention()); s.Name != "drafts" && !near(got, want, 0.1) {
			t.Errorf("after %d days, %s takes %.4g bytes on the disk at real size, want %.4g", days, s.Name, got, want)
		}
	}
	t.Logf("after %d days the archive takes %.4g bytes at real size", days, all)
}

// checkPlan compares what plan says of a year with the calculation.
func (m *yearModel) checkPlan(t *testing.T, plan *pipeline.Plan, sources []collectors.Source, measured int) {
	allPlanned, allWanted, aDay := 0.0, 0.0, 0.0
	for i, s := range sources {
		if s.Name == "drafts" {
			continue
		}
		want := 0.0
		for day := range 366 {
			want = max(want, m.heldOn(s.Name, s.Kind, measured+day, yearRetention()))
		}
		n := plan.Sources[i].Need
		if n.DiskBytes == nil {
			t.Errorf("%s: no need: %+v", s.Name, n)
			continue
		}
		got := *n.DiskBytes / scaleOf(s.Name)
		// A source that changes every 90 days tells little in six weeks.
		if weight := want / 1e9; !near(got, want, 0.1) && weight > 0.01 {
			t.Errorf("%s takes %.4g bytes by plan, want %.4g", s.Name, got, want)
		}
		allPlanned, allWanted, aDay = allPlanned+got, allWanted+want, aDay+*n.BytesADay/scaleOf(s.Name)
		t.Logf("%-16s %8.3g MB a day, %8.4g GB within a year by plan, %8.4g GB by calculation", s.Name, *n.BytesADay/scaleOf(s.Name)/1e6, got/1e9, want/1e9)
	}
	t.Logf("all: %.4g MB a day, %.4g GB by plan, %.4g GB by calculation", aDay/1e6, allPlanned/1e9, allWanted/1e9)
	if !near(allPlanned, allWanted, 0.05) {
		t.Errorf("all take %.4g bytes by plan, want %.4g", allPlanned, allWanted)
	}
}

// checkRequests compares what plan says of requests with those that came, over some days.
func (m *yearModel) checkRequests(t *testing.T, plan *pipeline.Plan, days int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, h := range plan.Hosts {
		came := float64(m.asked[h.Host]) / float64(days)
		if came < h.Requests*0.97 || came > h.Requests*1.1+0.2 {
			t.Errorf("%s is asked %.3g times a day, by plan %.3g times", h.Host, came, h.Requests)
		}
		t.Logf("%-26s %6.3g requests a day by plan, %6.3g came", h.Host, h.Requests, came)
		delete(m.asked, h.Host)
	}
	for host, n := range m.asked {
		t.Errorf("%s is asked %d times, and plan does not name it", host, n)
	}
}
