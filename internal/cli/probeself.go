package cli

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"tidemark/collectors"
	"tidemark/collectors/archive"
	"tidemark/collectors/ipv6/vantage"
)

type probeSelfVerb struct {
	Source         string   `placeholder:"NAME" help:"Source of kind ipv6-vantage in the configuration that says what to test with (default: the first, where no other flag is given)."`
	Resolver       string   `placeholder:"ADDR" help:"Recursive resolvers, comma-separated addresses with or without :port; system: those of this machine."`
	Control        []string `placeholder:"HOST:PORT" help:"Web servers that work over both families; may be repeated."`
	Advertisements bool     `help:"Ask the routers of each link for their advertisements (PREF64); needs root or CAP_NET_RAW."`
	Keep           bool     `help:"Keep the transcript in the archive and decode it into vantage_checks."`
	JSON           bool     `help:"As JSON."`
}

// Help shows examples.
func (probeSelfVerb) Help() string {
	return "Without a flag and without a source in the configuration nothing is sent: only the machine’s own addresses and routes are looked at.\n\n" +
		examples("tidemark probe self", "tidemark probe self --resolver system --control www.example.net:443",
			"tidemark probe self --resolver ::1,127.0.0.1 --control www.example.net:80 --json", "tidemark probe self --config tidemark.toml --source here --keep")
}

// Run tests the connection.
func (v *probeSelfVerb) Run(env *environment) error {
	settings, err := v.settings(env)
	if err != nil {
		return usageError{err}
	}
	started := time.Now().UTC()
	transcript, err := vantage.Run(env.ctx, settings)
	if err != nil {
		return err
	}
	report, err := vantage.ReportOf(transcript)
	if err != nil {
		return err
	}
	if v.Keep {
		if err := env.locked(func() error { return env.keepVantage(transcript, report, started) }); err != nil {
			return err
		}
	}
	if v.JSON {
		return writeJSON(env.stdout, report)
	}
	return writeVantage(env.stdout, report)
}

func (v *probeSelfVerb) settings(env *environment) (vantage.Options, error) {
	var s vantage.Options
	given := v.Resolver != "" || len(v.Control) > 0
	i := slices.IndexFunc(env.sources, func(s collectors.Source) bool {
		return s.Kind == vantage.Checks{}.Name() && len(s.URLs) == 0 && (v.Source == "" || s.Name == v.Source)
	})
	switch {
	case v.Source != "" && i < 0:
		return s, fmt.Errorf("no source of kind %s is called %q", vantage.Checks{}.Name(), v.Source)
	case i >= 0 && (v.Source != "" || !given):
		var err error
		if s, err = vantage.OptionsOf(env.sources[i]); err != nil {
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

// keepVantage takes the transcript into the archive and the datasets. A day may have several.
func (env *environment) keepVantage(transcript []byte, report *vantage.Report, fetched time.Time) error {
	raw := archive.Raw{Kind: vantage.Checks{}.Name(), Collector: report.Vantage, Name: "vantage." + report.Time.Format("20060102T150405Z") + ".jsonl",
		URL: "probe:" + report.Vantage, Day: report.Time.Truncate(24 * time.Hour), Fetched: fetched}
	if _, _, err := env.archive.Add(raw, bytes.NewReader(transcript)); err != nil {
		return err
	}
	_, err := env.decode()
	return err
}

// testNames are the tests as a person reads them.
var testNames = map[string]string{
	"address": "address", "default-route": "route to the Internet", "resolver": "resolver answers", "resolver-aaaa": "resolver gives AAAA", "dnssec": "resolver validates",
	"dns64": "resolver synthesises", "nat64-prefix": "prefix for translation", "nat64-name": "name of the translator", "pref64": "advertised prefix",
	"nat64": "IPv4 through NAT64", "connect": "connection", "happy-eyeballs": "lost by preferring IPv6", "large-exchange": "large exchange", "path-mtu": "path MTU", "score": "score",
}

// writeVantage shows the report to a person.
func writeVantage(out io.Writer, r *vantage.Report) error {
	var b strings.Builder
	switch {
	case r.Score == nil:
		fmt.Fprintf(&b, "%s: nothing could be tested\n\n", plain(r.Vantage))
	case r.Of < 10:
		fmt.Fprintf(&b, "%s: score %d of %d; 10 when everything can be tested\n\n", plain(r.Vantage), *r.Score, r.Of)
	default:
		fmt.Fprintf(&b, "%s: score %d of 10\n\n", plain(r.Vantage), *r.Score)
	}
	w := tabwriter.NewWriter(&b, 0, 8, 2, ' ', 0)
	for _, c := range r.Checks {
		if c.Test == "score" {
			continue
		}
		family := ""
		if c.Family > 0 {
			family = "IPv" + strconv.Itoa(int(c.Family))
		}
		name := testNames[c.Test]
		if name == "" {
			name = c.Test
		}
		value := ""
		if c.Value != nil {
			value = strings.TrimSpace(strconv.FormatFloat(*c.Value, 'f', -1, 64) + " " + c.Unit)
		}
		text := strings.Join(slices.DeleteFunc([]string{value, c.Class, plain(c.Detail), c.RFC}, func(s string) bool { return s == "" }), ", ")
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", c.Result, name, family, plain(c.Target), text)
	}
	w.Flush() // into memory
	if len(r.Advice) > 0 {
		b.WriteString("\nWhat to do\n")
	}
	for _, a := range r.Advice {
		b.WriteString("  - " + plain(a) + "\n")
	}
	_, err := io.WriteString(out, b.String())
	if isBrokenPipe(err) {
		return nil
	}
	return err
}
