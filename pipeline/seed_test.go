package pipeline_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tidemark/analysis"
	"tidemark/analysis/derive"
	"tidemark/analysis/engine"
	"tidemark/collectors/archive"
	"tidemark/datasets"
	"tidemark/datasets/table"
	"tidemark/internal/fetch"
	"tidemark/internal/testkit/tables"
	"tidemark/pipeline"
)

// installation opens a pipeline that asks whether probes from different places agree.
func installation(t *testing.T, publisher string) *pipeline.Pipeline {
	t.Helper()
	var questions []*analysis.Question
	for _, q := range analysis.Questions() {
		if q.Slug == "ipv6-vantages" {
			questions = append(questions, q)
		}
	}
	o := pipeline.Options{
		Dir: t.TempDir(), Questions: questions, Fetch: fetch.Options{Backoff: time.Millisecond, Attempts: 2},
		Derivations: func(*archive.Archive) []derive.Derivation {
			return []derive.Derivation{derive.DomainReadiness, derive.Aggregation}
		},
		Clock: func() time.Time { return time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC) },
	}
	o.Site.Publish.Publisher = publisher
	p, err := pipeline.Open(o)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// during runs a step in a session.
func during(t *testing.T, p *pipeline.Pipeline, step func(context.Context, *pipeline.Session) error) {
	t.Helper()
	s, ctx, err := p.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	err = step(ctx, s)
	if r, e := s.End(ctx); err != nil || e != nil || len(r.Problems) > 0 {
		t.Fatal(err, e, r.Problems)
	}
}

// publish analyses and renders, and returns the address of a server of the site.
func publish(t *testing.T, p *pipeline.Pipeline) string {
	t.Helper()
	during(t, p, func(ctx context.Context, s *pipeline.Session) error {
		if _, err := s.Analyse(ctx); err != nil {
			return err
		}
		_, err := s.Render(ctx)
		return err
	})
	server := httptest.NewServer(http.FileServer(http.Dir(p.SiteDir())))
	t.Cleanup(server.Close)
	return server.URL
}

// probe commits a run of the source "domains" in which works.example is ready and far.example is if reached.
func probe(t *testing.T, p *pipeline.Pipeline, at time.Time, reached bool) {
	t.Helper()
	run := "domains/" + at.Format(time.RFC3339)
	status := int64(200)
	var rows []datasets.IPv6Probe
	for _, domain := range []string{"far.example", "works.example"} {
		row := datasets.IPv6Probe{RunID: run, StartedAt: at, ListID: "list", Refreshed: true, Domain: domain, HostKind: "apex", Host: domain, BaselineOK: true}
		for _, found := range [][2]string{{"A", "60.9.16.1"}, {"AAAA", "2a0f:10f8::1"}} {
			lookup := row
			lookup.Test, lookup.QType, lookup.RCode, lookup.Result, lookup.Address = "lookup", found[0], "NOERROR", "ok", found[1]
			rows = append(rows, lookup)
			for _, port := range []uint32{80, 443} {
				connect := row
				connect.Test, connect.QType, connect.Address, connect.Port, connect.Service = "connect", found[0], found[1], port, map[uint32]string{80: "http", 443: "https"}[port]
				connect.Family, connect.Result, connect.TLSOK, connect.HTTPStatus = 4, "ok", port == 443, &status
				if found[0] == "AAAA" {
					connect.Family = 6
					if domain == "far.example" && !reached {
						connect.Result, connect.TLSOK, connect.HTTPStatus = "timeout", false, nil
					}
				}
				rows = append(rows, connect)
			}
		}
	}
	key := table.Key{Day: at.Truncate(24 * time.Hour), Name: "domains.run"}
	tables.Commit(t, p.Store(), datasets.IPv6Probes, key, rows...)
	special := table.Key{Day: at.Truncate(24 * time.Hour), Name: "iana"}
	tables.Commit(t, p.Store(), datasets.SpecialPrefixes, special, datasets.SpecialPrefix{RegistryDate: special.Day, Registry: "iana-ipv6-special", Family: 6, Prefix: "2001:db8::/32", PrefixLength: 32, GloballyReachable: "false"})
}

// asked returns the rows of a query as text.
func asked(t *testing.T, p *pipeline.Pipeline, query string) string {
	t.Helper()
	e, err := engine.Open(p.Store(), datasets.All(), engine.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	r, err := e.Query(t.Context(), query)
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprint(r.Rows)
}

// answer returns the rows of the only answer, as the site has them.
func answer(t *testing.T, p *pipeline.Pipeline) string {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(p.SiteDir(), "data", "latest", "ipv6-vantages.csv"))
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

// TestSeededFromTwo: a newcomer starts from two sites whose sources have the same name. Each stays a place of its own, and what is broken
// from one of them only is said.
func TestSeededFromTwo(t *testing.T) {
	at := time.Date(2026, 11, 20, 6, 0, 0, 0, time.UTC)
	oslo, bergen, newcomer := installation(t, "Oslo"), installation(t, "Bergen"), installation(t, "Newcomer")
	probe(t, oslo, at, true)
	probe(t, bergen, at.Add(time.Hour), false)
	dump := table.Key{Day: at.Truncate(24 * time.Hour), Name: "rrc00.bview"}
	tables.Commit(t, oslo.Store(), datasets.Routes, dump,
		datasets.Route{Collector: "rrc00", DumpTime: at, Family: 4, Prefix: "192.0.2.0/25", PrefixLength: 25, OriginASN: 64496},
		datasets.Route{Collector: "rrc00", DumpTime: at, Family: 4, Prefix: "192.0.2.128/25", PrefixLength: 25, OriginASN: 64496})
	for known, url := range map[string]string{"oslo": publish(t, oslo), "bergen": publish(t, bergen)} {
		during(t, newcomer, func(ctx context.Context, s *pipeline.Session) error {
			_, err := s.Seed(ctx, pipeline.SeedOptions{URL: url, Known: known})
			return err
		})
	}
	mirror := publish(t, newcomer)
	rows := answer(t, newcomer)
	for _, want := range []string{"domains@oslo", "domains@bergen", "far.example"} {
		if !strings.Contains(rows, want) {
			t.Errorf("the answer lacks %s:\n%s", want, rows)
		}
	}
	const aggregated = "SELECT collector, announced, aggregated FROM aggregation ORDER BY ALL"
	if got, want := asked(t, newcomer, aggregated), asked(t, oslo, aggregated); got != want || want == "[]" {
		t.Errorf("the newcomer has %s, the publisher %s", got, want)
	}
	m, err := newcomer.Store().Manifest(datasets.Aggregations.Schema, dump)
	if err != nil || m == nil || m.MeasuredBy == nil || m.MeasuredBy.Name != "Oslo" {
		t.Errorf("the derived partition was made again: %+v, %v", m, err)
	}

	// A mirror gives the same.
	second := installation(t, "Second")
	during(t, second, func(ctx context.Context, s *pipeline.Session) error {
		_, err := s.Seed(ctx, pipeline.SeedOptions{URL: mirror})
		return err
	})
	publish(t, second)
	if got := answer(t, second); got != rows {
		t.Errorf("through the mirror:\n%s\ndirectly:\n%s", got, rows)
	}
	for page, want := range map[string]string{"datasets/ipv6_probes.html": "through " + mirror + "/", "q/ipv6-vantages/index.html": "names of its vantages end with @bergen"} {
		content, err := os.ReadFile(filepath.Join(second.SiteDir(), filepath.FromSlash(page)))
		if err != nil || !strings.Contains(string(content), "Measured by") || !strings.Contains(string(content), ">Bergen<") || !strings.Contains(string(content), want) {
			t.Errorf("%s does not say who measured it: %v", page, err)
		}
	}

	// A rebuild leaves it alone, and an own observation of the same key takes the place of what was derived of another.
	during(t, second, func(ctx context.Context, s *pipeline.Session) error {
		r, err := s.Rebuild(ctx)
		if err == nil && (r.Changed != 0 || r.Kept == 0) {
			t.Errorf("the rebuild: %+v", r)
		}
		return err
	})
	if got := answer(t, second); got != rows {
		t.Errorf("after a rebuild:\n%s", got)
	}
	tables.Commit(t, second.Store(), datasets.Routes, dump, datasets.Route{Collector: "rrc00", DumpTime: at, Family: 4, Prefix: "198.51.100.0/24", PrefixLength: 24, OriginASN: 64497})
	during(t, second, func(ctx context.Context, s *pipeline.Session) error {
		_, err := s.Analyse(ctx)
		return err
	})
	if m, err = second.Store().Manifest(datasets.Aggregations.Schema, dump); err != nil || m == nil || m.MeasuredBy != nil {
		t.Errorf("the derived partition is still another's: %+v, %v", m, err)
	}
}

// TestUnseed: what a publisher measured is removed, what was derived of it is made anew, and what others measured stays.
func TestUnseed(t *testing.T) {
	at := time.Date(2026, 11, 20, 6, 0, 0, 0, time.UTC)
	alone, both := installation(t, "Alone"), installation(t, "Both")
	urls := map[string]string{}
	for _, known := range []string{"oslo", "bergen"} {
		publisher := installation(t, known)
		probe(t, publisher, at, known == "oslo")
		urls[known] = publish(t, publisher)
	}
	for _, p := range []*pipeline.Pipeline{alone, both} {
		for _, known := range []string{"bergen", "oslo"} {
			if p == alone && known == "oslo" {
				continue
			}
			during(t, p, func(ctx context.Context, s *pipeline.Session) error {
				_, err := s.Seed(ctx, pipeline.SeedOptions{URL: urls[known], Known: known, Datasets: []string{"ipv6_probes", "special_prefixes"}})
				return err
			})
		}
		publish(t, p)
	}
	held := func(p *pipeline.Pipeline) string {
		status, err := p.Status(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		var all []string
		for _, by := range status.Seeded {
			all = append(all, fmt.Sprint(by.Known, " ", by.Partitions))
		}
		return strings.Join(all, ", ")
	}
	before := held(both)
	unseed := func(publisher string, dryRun bool) (removed int, err error) {
		s, ctx, e := both.Begin(t.Context())
		if e != nil {
			t.Fatal(e)
		}
		of, err := s.Unseed(ctx, publisher, dryRun)
		if _, e := s.End(ctx); e != nil && err == nil {
			t.Fatal(e)
		}
		return of.Partitions, err
	}
	if n, err := unseed("oslo", true); n == 0 || err != nil || held(both) != before {
		t.Errorf("a dry run: %d, %v, and then %s in place of %s", n, err, held(both), before)
	}
	if _, err := unseed("https://elsewhere.example/", false); err == nil || !strings.Contains(err.Error(), "want one of "+min(urls["oslo"], urls["bergen"])) {
		t.Errorf("an unknown publisher: %v", err)
	}
	if n, err := unseed(urls["oslo"]+"/index.html", false); n == 0 || err != nil || strings.Contains(held(both), "oslo") || !strings.Contains(held(both), "bergen") {
		t.Errorf("%d removed, %v, and then %s", n, err, held(both))
	}
	publish(t, both)
	const derived = "SELECT * FROM domain_readiness ORDER BY ALL"
	if got, want := asked(t, both, derived), asked(t, alone, derived); got != want || strings.Contains(got, "oslo") || !strings.Contains(got, "bergen") {
		t.Errorf("derived is\n%s\nand of the other publisher alone\n%s", got, want)
	}
	if got, want := answer(t, both), answer(t, alone); got != want {
		t.Errorf("the answer is\n%s\nand of the other publisher alone\n%s", got, want)
	}
}
