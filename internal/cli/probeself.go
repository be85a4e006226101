package cli

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/netip"
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
	DHCP           bool     `name:"dhcp" help:"Ask the DHCPv4 servers of each link whether hosts may do without IPv4 (option 108); takes up no offer, needs root or CAP_NET_RAW and CAP_NET_BIND_SERVICE."`
	ASN            bool     `name:"asn" help:"Name the ASes that originate this connection's addresses, by the newest dumps in the data folder."`
	JSON           bool     `help:"As JSON."`
}

// ownOrigin is who originates the addresses of this connection in a family.
type ownOrigin struct {
	Address string `json:"address"` // cut to /24 or /48
	Prefix  string `json:"prefix"`  // the most specific one that covers it; empty: the dumps have none
	Origin  string `json:"origin"`
	Name    string `json:"name,omitempty"`
	Time    string `json:"time"` // of the dumps
}

// selfReport is the report with what the data folder knows of the connection.
type selfReport struct {
	*vantage.Report
	Origins []ownOrigin `json:"origins,omitempty"`
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
	shown := selfReport{Report: report}
	if v.ASN {
		if shown.Origins, err = env.ownOrigins(ctx, report); err != nil {
			return err
		}
	}
	if err := env.show(v.JSON, shown, func(w io.Writer) {
		writeVantage(w, report)
		writeOrigins(w, shown.Origins)
	}); !isBrokenPipe(err) {
		return err
	}
	return nil
}

// ownOrigins returns the origins of the global source addresses. A private one is behind a NAT, and its AS is not known from here.
func (env *environment) ownOrigins(ctx context.Context, report *vantage.Report) (all []ownOrigin, err error) {
	view, err := env.view(ctx, "")
	if err != nil {
		return nil, err
	}
	defer view.Close()
	for _, c := range report.Checks {
		own, err := netip.ParsePrefix(c.Target)
		if c.Test != "default-route" || c.Result != "ok" || c.Class != "global" || err != nil {
			continue
		}
		found, err := view.Prefix(ctx, own, 0)
		if err != nil {
			return nil, err
		}
		o := ownOrigin{Address: own.String(), Time: found.Time}
		if routes := slices.Concat(found.Routes, found.Covering); len(routes) > 0 {
			o.Prefix, o.Origin, o.Name = routes[0].Prefix, routes[0].Origin, routes[0].Name
		}
		all = append(all, o)
	}
	return all, nil
}

// writeOrigins writes the origins for a person.
func writeOrigins(w io.Writer, all []ownOrigin) {
	for i, o := range all {
		if i == 0 {
			printf(w, "\nOrigin of this connection's addresses\n")
		}
		if o.Prefix == "" {
			printf(w, "  - %s: no prefix of the dumps of %s covers it\n", o.Address, o.Time)
		} else {
			printf(w, "  - %s: %s of AS%s%s, in the dumps of %s\n", o.Address, o.Prefix, o.Origin, parenthesis(o.Name), o.Time)
		}
	}
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
	s.Advertisements, s.DHCP = s.Advertisements || v.Advertisements, s.DHCP || v.DHCP
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
		"nat64": "IPv4 through NAT64", "connect": "connection", "happy-eyeballs": "lost by preferring IPv6", "dual-stack": "choice of a client", "address-selection": "family tried first", "ipv6-only-preferred": "network may do without IPv4", "ula-preference": "own unique-local prefix", "large-exchange": "large exchange", "path-mtu": "path MTU", "score": "score",
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
