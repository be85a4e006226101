package cli

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"tidemark/collectors"
	"tidemark/collectors/archive"
	"tidemark/collectors/ipv6/vantage"
	"tidemark/pipeline"
)

type probeSelfVerb struct {
	Source         string   `placeholder:"NAME" help:"Source of kind ipv6-vantage in the configuration that says what to test with (default: the first, if no other flag is given)."`
	Resolver       string   `placeholder:"ADDR" help:"Recursive resolvers, comma-separated addresses with or without :port; system: those of this machine."`
	Control        []string `placeholder:"HOST:PORT" help:"Web server known to work over both families; may be repeated."`
	Advertisements bool     `help:"Solicit advertisements from the routers of each link (PREF64); needs root or CAP_NET_RAW."`
	Keep           bool     `help:"Add the transcript to the archive and decode it into vantage_checks."`
	JSON           bool     `help:"As JSON."`
}

// Run tests the connection.
func (v *probeSelfVerb) Run(ctx context.Context, env *environment) error {
	settings, err := v.settings(env)
	if err != nil {
		return usageError{err}
	}
	started := time.Now().UTC()
	transcript, err := vantage.Run(ctx, settings)
	if err != nil {
		return err
	}
	report, err := vantage.ReportOf(transcript)
	if err != nil {
		return err
	}
	if v.Keep {
		if err := env.keepVantage(ctx, transcript, report, started); err != nil {
			return err
		}
	}
	if err := env.show(v.JSON, report, func(w io.Writer) { writeVantage(w, report) }); !isBrokenPipe(err) {
		return err
	}
	return nil
}

func (v *probeSelfVerb) settings(env *environment) (vantage.Options, error) {
	var s vantage.Options
	given := v.Resolver != "" || len(v.Control) > 0
	i := slices.IndexFunc(env.Sources, func(s collectors.Source) bool {
		return s.Kind == vantage.Checks{}.Name() && len(s.URLs) == 0 && (v.Source == "" || s.Name == v.Source)
	})
	switch {
	case v.Source != "" && i < 0:
		return s, fmt.Errorf("no source of kind %s is called %q", vantage.Checks{}.Name(), v.Source)
	case i >= 0 && (v.Source != "" || !given):
		var err error
		if s, err = vantage.OptionsOf(env.Sources[i]); err != nil {
			return s, err
		}
	}
	if v.Resolver != "" {
		var err error
		if s.Resolvers, err = vantage.Resolvers(v.Resolver); err != nil {
			return s, err
		}
	}
	if len(v.Control) > 0 {
		s.Controls = v.Control
	}
	s.Advertisements = s.Advertisements || v.Advertisements
	return s, s.Check()
}

// keepVantage adds the transcript to the archive and the datasets. A day may have several.
func (env *environment) keepVantage(ctx context.Context, transcript []byte, report *vantage.Report, fetched time.Time) error {
	raw := archive.Raw{Kind: vantage.Checks{}.Name(), Collector: report.Vantage, Name: "vantage." + report.Time.Format("20060102T150405Z") + ".jsonl",
		URL: "probe:" + report.Vantage, Day: report.Time.Truncate(24 * time.Hour), Fetched: fetched}
	return env.session(ctx, env.Begin, func(ctx context.Context, s *pipeline.Session) error {
		_, err := s.Add(ctx, raw, bytes.NewReader(transcript))
		return err
	})
}

// testName returns a test's name for a person.
func testName(test string) string {
	if name := map[string]string{
		"address": "address", "default-route": "route to the Internet", "resolver": "resolver answers", "resolver-aaaa": "resolver gives AAAA", "dnssec": "resolver validates",
		"dns64": "resolver synthesises", "nat64-prefix": "prefix for translation", "nat64-name": "name of the translator", "pref64": "advertised prefix",
		"nat64": "IPv4 through NAT64", "connect": "connection", "happy-eyeballs": "lost by preferring IPv6", "large-exchange": "large exchange", "path-mtu": "path MTU", "score": "score",
	}[test]; name != "" {
		return name
	}
	return test
}

// writeVantage writes the report for a person.
func writeVantage(w io.Writer, r *vantage.Report) {
	switch {
	case r.Score == nil:
		printf(w, "%s: nothing could be tested\n\n", r.Vantage)
	case r.Of < 10:
		printf(w, "%s: score %d of %d; 10 when everything can be tested\n\n", r.Vantage, *r.Score, r.Of)
	default:
		printf(w, "%s: score %d of 10\n\n", r.Vantage, *r.Score)
	}
	for _, c := range r.Checks {
		if c.Test != "score" {
			writeCheck(w, c)
		}
	}
	if len(r.Advice) > 0 {
		printf(w, "\nWhat to do\n")
	}
	for _, a := range r.Advice {
		printf(w, "  - %s\n", a)
	}
}

func writeCheck(w io.Writer, c vantage.Check) {
	family, value := "", ""
	if c.Family > 0 {
		family = "IPv" + strconv.Itoa(int(c.Family))
	}
	if c.Value != nil {
		value = strings.TrimSpace(strconv.FormatFloat(*c.Value, 'f', -1, 64) + " " + c.Unit)
	}
	text := strings.Join(slices.DeleteFunc([]string{value, c.Class, c.Detail, c.RFC}, func(s string) bool { return s == "" }), ", ")
	printf(w, "%s\t%s\t%s\t%s\t%s\n", c.Result, testName(c.Test), family, c.Target, text)
}
