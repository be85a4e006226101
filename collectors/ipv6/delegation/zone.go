package delegation

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/miekg/dns"
)

// Zone is how a zone is delegated and served over IPv6.
type Zone struct {
	Path
	Servers []Server
}

// Server is a name server that the parent names, at one of its addresses, or why it has none.
type Server struct {
	Host    string     `json:"host"`
	Address netip.Addr `json:"address,omitzero"` // invalid: none was found
	Glue    bool       `json:"glue,omitempty"`   // the parent has the address
	Result  string     `json:"result"`           // ok, a class of failure, lame or skipped; without an address no-aaaa, no-glue, ns-zone or unknown
	TCP     string     `json:"tcp,omitempty"`    // the same over TCP; empty: it was not asked, since it does not answer over UDP
	Error   string     `json:"error,omitempty"`
	Zone    string     `json:"zone,omitempty"` // where the way to the name server ends, for ns-zone
}

// outcome is what a server answered: "ok", or what failed.
type outcome struct{ result, text string }

// Zone follows a name to the zone of that name, and asks every name server to which the parent delegates it. known returns what
// an address answered for the zone when it was asked before. Its error is the context's.
func (w *Walk) Zone(ctx context.Context, name string, known func(netip.Addr) (result, text string, ok bool)) (*Zone, error) {
	name = dns.CanonicalName(name)
	found := &Zone{Path: Path{Failure: Failure{Verdict: Yes}}}
	z, err := w.parent(ctx, name, found)
	if err != nil || found.Step != "" {
		return found, err
	}
	w.open()
	for _, host := range z.names {
		servers, err := w.locate(ctx, z, host)
		if err != nil {
			return nil, err
		}
		for _, s := range servers {
			if s.Address.IsValid() {
				if err := w.serves(ctx, z, &s, known); err != nil {
					return nil, err
				}
			}
			found.Servers = append(found.Servers, s)
		}
	}
	served := w.close()
	w.note(served...)
	z.proof = slices.Concat(z.proof, served)
	if name != "." { // which was passed
		found.Zones = append(found.Zones, name)
	}
	found.Failure = judge(name, found.Servers)
	z.servers = nil
	for _, s := range found.Servers {
		if s.Result == "ok" {
			z.servers = append(z.servers, server{s.Host, s.Address})
		}
	}
	if z.at = time.Now(); len(z.servers) == 0 {
		z.failed = found.Failure
	}
	w.cache(z)
	return found, nil
}

// parent follows a zone's name to the servers that delegate it, and returns the zone as they have it. Where they serve the
// zone as well, they answer with its own name servers.
func (w *Walk) parent(ctx context.Context, name string, found *Zone) (*zone, error) {
	z := w.nearest(parentOf(name))
	for range maxSteps {
		w.pass(&found.Path, z)
		if z.failed.Step != "" {
			found.Failure = z.failed
			return nil, nil
		}
		w.open()
		m, f, err := w.ask(ctx, z, name, dns.TypeNS)
		asked := w.close()
		if f.Step == NoAnswer {
			w.fail(z, f, asked)
		}
		if err != nil || f.Step != "" {
			w.note(asked...)
			found.Failure = f
			return nil, err
		}
		cut := referral(m, z.name, name)
		if cut == "" || cut == name {
			own := newZone(z, name, m)
			own.proof = asked
			w.note(asked...)
			if len(own.names) == 0 {
				found.Failure = Failure{No, NoAnswer, z.name, "its servers know of no delegation of " + plain(name)}
			}
			return own, nil
		}
		if z, err = w.delegated(ctx, z, cut, m); err != nil {
			return nil, err
		}
	}
	found.Failure = Failure{No, Loop, z.name, "too many referrals"}
	return nil, nil
}

// plain returns a name as people write it: without the final dot, but for the root.
func plain(name string) string {
	if len(name) > 1 {
		name = strings.TrimSuffix(name, ".")
	}
	return name
}

func parentOf(name string) string {
	if next, end := dns.NextLabel(name, 0); !end {
		return name[next:]
	}
	return "."
}

// locate finds the addresses of a name server of a zone: in the parent's glue, or by following its name. A name server inside
// the zone has no others.
func (w *Walk) locate(ctx context.Context, z *zone, host string) (all []Server, err error) {
	for _, a := range z.glue[host] {
		all = append(all, Server{Host: host, Address: a, Glue: true})
	}
	if len(all) > 0 {
		return all, nil
	}
	one := Server{Host: host, Result: NoAAAA}
	if dns.IsSubDomain(z.name, host) {
		has, err := w.net.HasAAAA(ctx, host)
		switch {
		case ctx.Err() != nil:
			return nil, ctx.Err()
		case err != nil:
			one.Result, one.Error = string(Unknown), err.Error()
		case has:
			one.Result, one.Error = NoGlue, "the servers of "+plain(z.parent.name)+" have no AAAA glue for it"
		}
		return []Server{one}, nil
	}
	if slices.Contains(w.within, z.name) || len(w.within) >= maxDepth {
		one.Result, one.Zone, one.Error = NSZone, z.name, "the name servers of its zone are in a zone that needs it"
		return []Server{one}, nil
	}
	w.within = append(w.within, z.name)
	path, err := w.Name(ctx, host)
	w.within = w.within[:len(w.within)-1]
	switch {
	case err != nil:
		return nil, err
	case path.Verdict == Unknown:
		one.Result, one.Zone, one.Error = string(Unknown), path.Zone, path.Error
	case path.Verdict == No:
		one.Result, one.Zone, one.Error = NSZone, path.Zone, fmt.Sprintf("%s: %s", path.Step, path.Error)
	}
	for _, a := range path.addresses[:min(len(path.addresses), maxTries)] {
		all = append(all, Server{Host: host, Address: a})
	}
	if len(all) == 0 {
		all = []Server{one}
	}
	return all, nil
}

// serves asks a name server for the zone's SOA, over UDP and TCP.
func (w *Walk) serves(ctx context.Context, z *zone, s *Server, known func(netip.Addr) (result, text string, ok bool)) error {
	if result, text, ok := known(s.Address); ok {
		s.Result, s.Error = result, text
	} else {
		if w.spent() {
			s.Result, s.Error = string(Unknown), tooMany
			return nil
		}
		w.Queries++
		m, err := w.exchange(ctx, server{s.Host, s.Address}, z.name, dns.TypeSOA)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		s.Result, s.Error = "ok", ""
		switch {
		case err != nil:
			w.failed++
			o := w.outcome(err)
			s.Result, s.Error = o.result, o.text
		case m.Rcode != dns.RcodeSuccess || !m.Authoritative || len(m.Answer) == 0:
			s.Result, s.Error = "lame", "it does not answer for the zone: "+dns.RcodeToString[m.Rcode]
		}
	}
	if s.Result != "ok" {
		return nil
	}
	w.mu.Lock()
	over, ok := w.tcp.Get(s.Address)
	w.mu.Unlock()
	if !ok {
		w.Queries++
		_, err := w.net.Ask(ctx, s.Address, s.Host, z.name, dns.TypeSOA, true) // no verdict rests on it
		if ctx.Err() != nil {
			return ctx.Err()
		}
		over = w.outcome(err)
		w.mu.Lock()
		w.tcp.Set(s.Address, over, int64(nameBytes+len(over.text)))
		w.mu.Unlock()
	}
	s.TCP = over.result
	if s.Error == "" && over.text != "" {
		s.Error = "over TCP: " + over.text
	}
	return nil
}

func (w *Walk) outcome(err error) outcome {
	switch {
	case err == nil:
		return outcome{result: "ok"}
	case errors.Is(err, ErrSkipped):
		return outcome{"skipped", err.Error()}
	}
	return outcome{w.net.Class(err), err.Error()}
}

// judge returns whether one of a zone's servers answers for it over IPv6, and if none does, the step that fails: the one that
// comes first on the way of a resolver, where servers fail at several.
func judge(zone string, servers []Server) Failure {
	by := map[string]*Server{}
	for i := range servers {
		s := &servers[i]
		if s.Result == "ok" {
			return Failure{Verdict: Yes}
		}
		step := s.Result
		if s.Address.IsValid() && step != "skipped" && step != string(Unknown) {
			step = NoAnswer
		}
		if by[step] == nil {
			by[step] = s
		}
	}
	for _, unknown := range []string{"skipped", string(Unknown)} {
		if s := by[unknown]; s != nil {
			return Failure{Unknown, NotTested, zone, s.Error}
		}
	}
	for _, step := range []string{NoAnswer, NSZone, NoGlue} {
		if s := by[step]; s != nil {
			f := Failure{No, step, zone, plain(s.Host) + ": " + s.Error}
			if step == NSZone {
				f.Zone = s.Zone
			}
			return f
		}
	}
	return Failure{No, NoAAAA, zone, "no name server has an AAAA record"}
}
