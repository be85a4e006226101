package vantage

import (
	"bytes"
	"context"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/miekg/dns"

	"tidemark/collectors/archive"
	"tidemark/collectors/ipv6/nat64"
	"tidemark/collectors/ipv6/special"
	"tidemark/datasets"
	"tidemark/datasets/table"
)

// Decode turns a transcript into rows.
func (Checks) Decode(_ context.Context, raw archive.Raw, into *table.Commit) error {
	in, err := raw.Open()
	if err != nil {
		return err
	}
	defer in.Close()
	damaged := 0
	h, events, err := readTranscript(in, func(line int, err error) {
		damaged++
		into.Damage(fmt.Errorf("%s: line %d: %w", raw.ID(), line, err))
	})
	if err != nil {
		return fmt.Errorf("%s: %w", raw.ID(), err)
	}
	out, err := datasets.VantageChecks.Create(into, raw.Key(h.Started.UTC().Truncate(24*time.Hour)))
	if err != nil {
		return err
	}
	out.Unit = "line of the transcript"
	out.See(len(events))
	out.Keep(len(events))
	if damaged > 0 {
		out.Note("damaged line", damaged)
	}
	report := reportOf(h, events)
	for _, c := range report.Checks {
		if err := out.Append(datasets.VantageCheck{RunID: report.RunID, RunTime: report.Time, Vantage: report.Vantage, Test: c.Test, Family: c.Family,
			Target: c.Target, Result: c.Result, Value: c.Value, Unit: c.Unit, RFC: c.RFC, Class: c.Class, Detail: c.Detail}); err != nil {
			return err
		}
	}
	return nil
}

// Report is the result of a run, for people.
type Report struct {
	RunID   string    `json:"run_id"`
	Time    time.Time `json:"run_time"`
	Vantage string    `json:"vantage"`
	Score   *int      `json:"score"` // points reached; null where nothing could be tested
	Of      int       `json:"of"`    // points that could be tested; 10 when everything was
	Advice  []string  `json:"advice"`
	Checks  []Check   `json:"checks"`
}

// Check is one row of vantage_checks; the columns are explained there.
type Check struct {
	Test   string   `json:"test"`
	Family uint32   `json:"family"`
	Target string   `json:"target"`
	Result string   `json:"result"`
	Value  *float64 `json:"value"`
	Unit   string   `json:"unit"`
	RFC    string   `json:"rfc"`
	Class  string   `json:"class"`
	Detail string   `json:"detail"`
}

// ReportOf returns the report of a transcript.
func ReportOf(transcript []byte) (*Report, error) {
	h, events, err := readTranscript(bytes.NewReader(transcript), func(int, error) {})
	if err != nil {
		return nil, err
	}
	return reportOf(h, events), nil
}

func reportOf(h header, events []event) *Report {
	d := &decoder{header: h, events: events, prefixes: translators(events)}
	for _, section := range []func(){d.addresses, d.routes, d.selection, d.resolvers, d.translation, d.advertised, d.ipv6Only, d.connections, d.eyeballs, d.races, d.exchanges} {
		section()
	}
	r := &Report{RunID: clean(h.Run), Time: h.Started.UTC(), Vantage: clean(h.Vantage)}
	r.score(d.rows)
	r.Advice = advise(d.rows)
	r.Checks = append(d.rows, r.check())
	return r
}

// decoder turns the events of a run into rows.
type decoder struct {
	header
	events   []event
	prefixes []netip.Prefix
	rows     []Check
}

func (d *decoder) row(test string, family uint32) Check { return Check{Test: test, Family: family} }

// eventsOf returns the events of a kind.
func (d *decoder) eventsOf(kind string) (all []*event) {
	for i := range d.events {
		if d.events[i].Kind == kind {
			all = append(all, &d.events[i])
		}
	}
	return all
}

// setOutcome sets the result and the measured time of an event in its row.
func setOutcome(r *Check, e *event) {
	r.Result, r.Detail = resultOf(e.Result), clean(e.Error)
	if e.Result == "ok" && e.MS >= 0 {
		ms := e.MS
		r.Value, r.Unit = &ms, "ms"
	}
}

// resultOf returns the result of an event if it is a word of the dataset, else error: a transcript may come from anywhere.
func resultOf(s string) string {
	if slices.Contains([]string{"ok", "refused", "timeout", "unreachable"}, s) {
		return s
	}
	return "error"
}

// clean returns foreign text without control characters and at most 300 characters of it.
func clean(s string) string {
	s = strings.ToValidUTF8(strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, s), "")
	if r := []rune(s); len(r) > 300 {
		s = string(r[:300])
	}
	return s
}

func number(n int) *float64 {
	f := float64(n)
	return &f
}

func (d *decoder) add(r Check) { d.rows = append(d.rows, r) }

func (d *decoder) untested(test, why string) {
	r := d.row(test, 0)
	r.Result, r.Detail = "untested", why
	d.add(r)
}

func (d *decoder) addresses() {
	for _, family := range []uint32{4, 6} {
		found := false
		for _, e := range d.eventsOf("address") {
			p, err := netip.ParsePrefix(e.Address)
			if e.Family != family || err != nil {
				continue
			}
			found = true
			r := d.row("address", family)
			r.Result, r.Target, r.Class, r.RFC, r.Value, r.Unit = "ok", p.String(), scopeOf(p.Addr()), "RFC 4291", number(e.Count), ""
			if family == 4 {
				r.RFC = "RFC 6890"
			}
			switch {
			case e.EUI64:
				r.Detail = "the address carries the hardware address of the interface"
			case r.Class == "464xlat":
				r.RFC, r.Detail = "RFC 7335", "IPv4 is translated on this machine (464XLAT, RFC 6877)"
			case r.Class == "shared":
				r.RFC, r.Detail = "RFC 6598", "behind carrier-grade NAT"
			case r.Class == "unique-local":
				r.RFC = "RFC 4193"
			}
			d.add(r)
		}
		if !found {
			r := d.row("address", family)
			r.Result, r.RFC, r.Detail = "absent", "RFC 4291", "no address but those of the loopback and the link"
			if family == 4 {
				r.RFC = "RFC 6890"
			}
			d.add(r)
		}
	}
}

// routes adds whether the system has a route to the Internet: it does if it chooses a source address.
func (d *decoder) routes() {
	for _, e := range d.eventsOf("source") {
		r := d.row("default-route", e.Family)
		setOutcome(&r, e)
		r.RFC, r.Value, r.Unit, r.Target = "RFC 6724", nil, "", clean(e.Address)
		p, err := netip.ParsePrefix(e.Address)
		switch {
		case r.Result == "unreachable":
			r.Result, r.Detail = "absent", "no route leads to the Internet"
		case r.Result == "ok" && err == nil:
			r.Class, r.Detail = scopeOf(p.Addr()), "source address that the system chooses"
		case r.Result == "ok":
			r.Result, r.Detail = "absent", "the system would use an address of the loopback or the link"
		}
		d.add(r)
	}
}

func (d *decoder) resolvers() {
	if len(d.Resolvers) == 0 {
		d.untested("resolver", "no resolver was given")
		return
	}
	purposes := map[string]func(*Check, *event, *dns.Msg){"a4": answers, "aaaa": givesAAAA, "dnssec": validates, "dns64": synthesises}
	for _, e := range d.eventsOf("lookup") {
		describe := purposes[e.Purpose]
		if describe == nil {
			continue
		}
		r := d.row("", e.Family)
		r.Target = clean(e.Resolver)
		setOutcome(&r, e)
		m := e.message()
		if r.Result == "ok" && m == nil {
			r.withoutValue("error", "the response is no DNS message")
		}
		describe(&r, e, m)
		d.add(r)
	}
}

// withoutValue sets a result other than ok of an event that has an answer.
func (r *Check) withoutValue(result, detail string) {
	r.Result, r.Value, r.Unit, r.Detail = result, nil, "", detail
}

// failed reports whether a resolver answered with an error, and says so in the row.
func (r *Check) failed(m *dns.Msg, question string) bool {
	if r.Result != "ok" || m.Rcode == dns.RcodeSuccess || m.Rcode == dns.RcodeNameError {
		return false
	}
	r.Result, r.Detail = "error", "answers "+dns.RcodeToString[m.Rcode]+" to the "+question
	return true
}

// answers describes whether a resolver answers at all.
func answers(r *Check, e *event, m *dns.Msg) {
	r.Test, r.RFC = "resolver", "RFC 1035"
	if e.Family == 6 {
		r.RFC = "RFC 3901"
	}
	if r.Result != "ok" {
		return
	}
	if r.Detail = "answers " + probeName + " with " + joined(e.answers()); len(e.answers()) == 0 {
		r.Detail = "answers, but does not know " + probeName + ": " + dns.RcodeToString[m.Rcode]
	}
}

// joined returns the texts in order, since that of an answer is chance.
func joined[T fmt.Stringer](all []T) string {
	var texts []string
	for _, one := range all {
		texts = append(texts, one.String())
	}
	slices.Sort(texts)
	return strings.Join(texts, " and ")
}

// givesAAAA describes whether a resolver gives the AAAA records of a control, which has some that are public.
func givesAAAA(r *Check, e *event, m *dns.Msg) {
	r.Test, r.RFC = "resolver-aaaa", "RFC 3596"
	if r.Result != "ok" || r.failed(m, "AAAA of "+clean(e.Name)) {
		return
	}
	switch class := forged(e.answers()); {
	case len(e.answers()) == 0:
		r.Result, r.Detail = "absent", "gives no AAAA of "+clean(e.Name)
	case class != "":
		r.Result, r.Detail = "error", "gives an AAAA of "+clean(e.Name)+" that is not a public address ("+class+")"
	default:
		r.Detail = "gives the AAAA of " + clean(e.Name)
	}
}

// forged returns the class of an answer whose addresses are none of IPv6 at all, as some filters give; empty: it has others.
func forged(all []netip.Addr) (class string) {
	for _, a := range all {
		if class = special.Class(a); !slices.Contains([]string{"v4-mapped", "v4-compatible", "unspecified"}, class) {
			return ""
		}
	}
	return class
}

// validates describes whether a resolver validates with DNSSEC.
func validates(r *Check, _ *event, m *dns.Msg) {
	r.Test, r.RFC = "dnssec", "RFC 4035"
	switch {
	case r.Result != "ok" || r.failed(m, "SOA of the root"):
	case !m.AuthenticatedData:
		r.withoutValue("absent", "does not say that it validated the root's SOA (AD bit)")
	default:
		r.Detail = "validates: the root's SOA is authenticated"
	}
}

// synthesises describes whether a resolver is a DNS64.
func synthesises(r *Check, e *event, m *dns.Msg) {
	r.Test, r.RFC = "dns64", "RFC 7050"
	switch found := nat64.Discover(e.answers()); {
	case r.Result != "ok" || r.failed(m, "AAAA of "+probeName):
	case len(found) > 0:
		r.Detail = "synthesises AAAA records under " + joined(found)
		if m.AuthenticatedData {
			r.Detail += ", signed"
		}
	case len(e.answers()) > 0:
		r.withoutValue("error", "gives AAAA of "+probeName+" that embed neither 192.0.0.170 nor 192.0.0.171 where RFC 6052 has them")
	default:
		r.withoutValue("absent", "no AAAA of "+probeName+": the resolver does not synthesise")
	}
}

// onlyAdvertised is the detail of a prefix that no resolver uses (RFC 9872 recommends that).
const onlyAdvertised = "advertised by a router; the resolver does not synthesise"

// translation adds each translation prefix with the kind that it is of, and what was reached through it.
func (d *decoder) translation() {
	for _, p := range d.prefixes {
		class := nat64.ClassOf(p)
		r := d.row("nat64-prefix", 6)
		r.Target, r.Result, r.Value, r.Unit, r.Class, r.RFC = p.String(), "ok", number(p.Bits()), "bits", class.Name, fmt.Sprintf("RFC %d", class.RFC)
		switch class.Name {
		case "well-known":
			r.Detail = "the well-known prefix: only global IPv4 addresses may be reached through it (RFC 6052 section 3.1)"
		case "local-use":
			r.Detail = "a prefix out of 64:ff9b:1::/48, for translation inside a network"
		default:
			r.Detail = "a prefix of the network’s own, of scope " + scopeOf(p.Addr())
		}
		if !slices.Contains(prefixesOf(d.events), p) {
			r.Detail = onlyAdvertised
		}
		d.add(r)
	}
	for _, e := range d.eventsOf("lookup") {
		if e.Purpose != "name" {
			continue
		}
		r := d.row("nat64-name", 6)
		setOutcome(&r, e)
		r.Target, r.RFC = clean(e.Prefix), "RFC 7050"
		if r.Result == "ok" {
			var names []string
			if m := e.message(); m != nil {
				for _, rr := range m.Answer {
					// A DNS64 that answers by itself names 192.0.0.170 (RFC 8880), not the translator.
					if ptr, ok := rr.(*dns.PTR); ok && !strings.EqualFold(ptr.Ptr, probeName+".") {
						names = append(names, clean(ptr.Ptr))
					}
				}
			}
			if r.Detail = strings.Join(names, " "); len(names) == 0 {
				r.Result, r.Value, r.Unit, r.Detail = "absent", nil, "", "the translator has no name, so its prefix cannot be validated (section 3.1)"
			}
		}
		d.add(r)
	}
	for _, e := range d.eventsOf("connect") {
		if e.Prefix == "" {
			continue
		}
		r := d.row("nat64", 6)
		setOutcome(&r, e)
		r.Target, r.RFC = clean(e.Target), "RFC 6146"
		r.Detail = strings.TrimSpace("IPv4 through " + clean(e.Prefix) + " " + r.Detail)
		if p, err := netip.ParsePrefix(e.Prefix); err == nil {
			r.Class = nat64.ClassOf(p).Name
		}
		d.add(r)
	}
}

func (d *decoder) advertised() {
	if !d.Asked {
		return
	}
	found := false
	for _, e := range d.eventsOf("advertisement") {
		r := d.row("pref64", 6)
		r.Target, r.RFC = clean(e.Interface), "RFC 8781"
		if e.Result != "ok" {
			found = true
			r.Result, r.Detail = "error", "advertisements cannot be read: "+clean(e.Error)
			d.add(r)
			continue
		}
		prefixes, err := parseAdvertisement(e.Packet)
		if err != nil {
			found = true
			r.Result, r.Detail = "error", err.Error()
			d.add(r)
		}
		for _, p := range prefixes {
			found = true
			r := d.row("pref64", 6)
			r.Target, r.Result, r.RFC, r.Class, r.Value, r.Unit = p.Prefix.String(), "ok", "RFC 8781", nat64.ClassOf(p.Prefix).Name, number(p.Prefix.Bits()), "bits"
			r.Detail = fmt.Sprintf("advertised on %s for %s", clean(e.Interface), p.Lifetime)
			switch {
			case p.Lifetime == 0:
				r.Result, r.Detail = "withdrawn", fmt.Sprintf("withdrawn on %s: advertised with lifetime 0 (section 4.1)", clean(e.Interface))
			case p.Lifetime < min(routerLifetime(e.Packet), maxLifetime):
				r.Detail += fmt.Sprintf(", %s %s (section 4.1)", shorterThanRouter, routerLifetime(e.Packet))
			}
			d.add(r)
		}
	}
	if !found {
		r := d.row("pref64", 6)
		r.Result, r.RFC, r.Detail = "absent", "RFC 8781", "no router advertises a prefix for translation"
		d.add(r)
	}
}

// native returns the connections that were made without a translator.
func (d *decoder) native() (all []*event) {
	for _, e := range d.eventsOf("connect") {
		if e.Prefix == "" {
			all = append(all, e)
		}
	}
	return all
}

func (d *decoder) connections() {
	if len(d.Controls) == 0 {
		d.untested("connect", "no control host was given")
		return
	}
	for _, control := range d.Controls {
		for _, family := range []uint32{6, 4} {
			r := d.row("connect", family)
			r.Target, r.RFC = control, "RFC 9293"
			i := slices.IndexFunc(d.native(), func(e *event) bool { return e.Target == control && e.Family == family })
			if i < 0 {
				r.Result, r.Detail = "untested", "the control has no address of this family"
				if family == 6 && d.dualStack(control) {
					r.Class, r.Detail = withoutAAAA, "the resolver gives no AAAA record of the control, which has both families"
				}
			} else {
				setOutcome(&r, d.native()[i])
				r.Detail = strings.TrimSpace(clean(d.native()[i].Address) + " " + r.Detail)
			}
			d.add(r)
		}
	}
}

// withoutAAAA is the class of a connection to a control that was not made because no resolver gave a public AAAA of it.
const withoutAAAA = "no-aaaa"

// dualStack reports whether a control is a name whose A record was found: a control has both families by definition, so it is
// the resolver that lacks the AAAA.
func (d *decoder) dualStack(control string) bool {
	return slices.ContainsFunc(d.eventsOf("lookup"), func(e *event) bool {
		return e.Purpose == "control" && e.Target == control && e.QType == "A" && len(e.answers()) > 0
	})
}

// attemptDelay is how long a client waits for IPv6 before it tries IPv4 as well (RFC 8305 section 8).
const attemptDelay = 250

// eyeballs adds the delay that a client which prefers IPv6 would see at each control: a model of latency, not a test.
func (d *decoder) eyeballs() {
	for _, control := range d.Controls {
		var by [2]*event // of IPv4 and IPv6
		for _, e := range d.native() {
			if e.Target == control && (e.Family == 4 || e.Family == 6) {
				by[e.Family/6] = e
			}
		}
		v4, v6 := by[0], by[1]
		if v4 == nil || v6 == nil || v4.Result != "ok" && v6.Result != "ok" {
			continue
		}
		r := d.row("happy-eyeballs", 0)
		r.Target, r.RFC, r.Unit, r.Result = control, "RFC 8305", "ms", "ok"
		var lost float64
		switch {
		case v4.Result != "ok":
			r.Detail = "IPv6 is the only way"
		case v6.Result == "ok" && v6.MS <= attemptDelay+v4.MS:
			lost, r.Detail = max(0, v6.MS-v4.MS), "IPv6 wins"
		case v6.Result == "ok" || v6.Result == "timeout":
			lost, r.Detail = attemptDelay, "IPv4 wins after the wait for IPv6"
		default:
			r.Detail = "IPv4 wins at once: IPv6 is " + resultOf(v6.Result)
		}
		lost = float64(int64(lost*1000+0.5)) / 1000
		r.Value = &lost
		d.add(r)
	}
}

// minLarge is the size in bytes above which a response needs several packets on every link.
const minLarge = 1500

// exchanges adds for each control and family whether large packets pass, and the path MTU.
func (d *decoder) exchanges() {
	for _, control := range d.Controls {
		for _, family := range []uint32{6, 4} {
			var tries []*event
			for _, e := range d.eventsOf("exchange") {
				if e.Target == control && e.Family == family {
					tries = append(tries, e)
				}
			}
			if len(tries) == 0 {
				continue
			}
			r, mtu := d.row("large-exchange", family), d.row("path-mtu", family)
			r.Target, mtu.Target, mtu.Unit = control, control, "bytes"
			r.RFC, mtu.RFC = "RFC 8200", "RFC 8201"
			if family == 4 {
				r.RFC, mtu.RFC = "RFC 791", "RFC 1191"
			}
			first := tries[0]
			setOutcome(&r, first)
			passed, answers := 0, false
			for _, e := range tries[1:] {
				if e.Result == "ok" && e.Clamp > 0 {
					passed = max(passed, e.Clamp)
				}
				answers = answers || e.Result == "ok" && e.Clamp == 0
			}
			switch {
			case first.Result == "ok":
				r.Detail = fmt.Sprintf("%d bytes there and %d back", first.Sent, first.Received)
				if first.Received <= minLarge {
					r.withoutValue("untested", r.Detail+": the response fits a packet, so the way back was not tested")
				}
				mtu.Result, mtu.Value = "ok", number(first.MTU)
				if most := max(first.Sent, first.Received); first.MTU > most {
					mtu.Value, mtu.Detail = number(most), "at least: the link would take more than was sent"
				}
				if first.MTU <= 0 {
					mtu.Result, mtu.Value, mtu.Unit, mtu.Detail = "untested", nil, "", "this system does not tell"
				}
			case passed > 0:
				r.Result, r.Detail = "black-hole", fmt.Sprintf("packets over %d bytes are lost without an ICMP message that says so", passed)
				mtu.Result, mtu.Value, mtu.Detail = "black-hole", number(passed), "the largest size that passed"
			case answers:
				r.Result, r.Detail = "black-hole", "no exchange of more than one packet passes, at no size"
				mtu.Result, mtu.Unit = "black-hole", ""
			default:
				r.Detail = strings.TrimSpace(r.Detail + "; the control does not answer a web request, which tells nothing of the path")
				mtu.Result, mtu.Unit = "untested", ""
				if r.Result == "timeout" {
					r.Result = "untested"
				}
			}
			d.add(r)
			d.add(mtu)
		}
	}
}
