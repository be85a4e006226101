// Package delegation follows names from the root down over IPv6 alone, as a resolver without IPv4 does, and says at which step
// that fails. What many names have in common, TLDs and the zones of large hosters, is asked for once.
package delegation

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"net/netip"
	"slices"
	"sync"
	"time"

	"github.com/miekg/dns"

	"tidemark/internal/bounded"
)

// Verdict is whether a resolver without IPv4 reaches something.
type Verdict string

// The verdicts.
const (
	Yes     Verdict = "yes"
	No      Verdict = "no"
	Unknown Verdict = "unknown"
)

// Steps at which a delegation fails.
const (
	NoAAAA    = "no-aaaa"    // no name server of the zone has an AAAA record
	NoGlue    = "no-glue"    // name servers inside the zone have one, but the parent has no AAAA glue for them
	NSZone    = "ns-zone"    // the names of the name servers are in zones that cannot be reached
	NoAnswer  = "no-answer"  // no name server answers for the zone over IPv6
	NotTested = "not-tested" // no name server may be asked, or the limits of a domain are used up
	Loop      = "loop"       // aliases or delegations that lead in a circle, or too far
	NoRoot    = "root"       // no root server answers: the fault is likely here
)

// Limits on what a hostile zone can make the walker do.
const (
	maxQueries = 48 // of a domain, to servers of others
	maxFailed  = 12 // of them without an answer, each of which takes seconds
	maxDepth   = 4  // of zones that are needed to find the name servers of another
	maxSteps   = 24 // referrals and aliases to a name
	maxServers = 13 // name servers of a zone
	maxTries   = 4  // servers of a zone that are asked one question, until one answers
)

// Bytes that a walker remembers at most, whatever the length of the list: as much as some thousand domains need.
const (
	maxZones    = 16 << 20
	maxPaths    = 16 << 20
	maxOutcomes = 4 << 20
)

// tooMany says that a domain's budget is used up.
var tooMany = fmt.Sprintf("the domain needs more than %d queries, or %d were not answered", maxQueries, maxFailed)

// ErrSkipped is returned by Network.Ask for a server that must not be asked.
var ErrSkipped = errors.New("the server must not be asked")

// Network is what a walker asks.
type Network struct {
	// Ask puts a question to an address of a name server, without recursion, over UDP or at once over TCP. Its error is ErrSkipped or
	// says what failed.
	Ask func(ctx context.Context, server netip.Addr, host, name string, qtype uint16, tcp bool) (Answer, error)
	// HasAAAA reports whether the recursive resolver finds an AAAA record of a name server.
	HasAAAA func(ctx context.Context, host string) (bool, error)
	// Class says in a word what an error of Ask is.
	Class func(error) string
}

// Walker follows names. It may be used for many at the same time.
type Walker struct {
	net   Network
	roots []netip.Addr
	retry time.Duration // until a failure may be forgotten

	mu    sync.Mutex
	zones *bounded.Cache[string, *zone]
	hosts *bounded.Cache[string, *Path]
	tcp   *bounded.Cache[netip.Addr, outcome] // whoever answers over TCP for one zone does so for others
}

// New returns a walker that begins at the given root servers. A zone that fails is asked again after retry.
func New(n Network, roots []netip.Addr, retry time.Duration) *Walker {
	return &Walker{
		net: n, roots: roots, retry: retry,
		zones: bounded.NewCache[string, *zone](maxZones), hosts: bounded.NewCache[string, *Path](maxPaths), tcp: bounded.NewCache[netip.Addr, outcome](maxOutcomes),
	}
}

// Forget forgets everything, because the network was down.
func (w *Walker) Forget() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.zones.Clear()
	w.hosts.Clear()
	w.tcp.Clear()
}

// server is a name server of a zone at an address.
type server struct {
	host    string
	address netip.Addr
}

// zone is a zone as its parent delegates it. It is not changed once it is in the cache.
type zone struct {
	name    string
	parent  *zone // nil: the root
	names   []string
	glue    map[string][]netip.Addr // by name server
	servers []server                // that may be asked; none: the zone cannot be reached
	failed  Failure
	at      time.Time
	proof   []*Exchange // that it is delegated, and that it fails
}

// Approximate sizes in memory, in bytes.
const (
	entryBytes    = 512 // of a zone or a path, without its names, addresses and exchanges
	nameBytes     = 80  // of a name or an address
	exchangeBytes = 256 // of an exchange, without its answer
)

// size returns about how many bytes a zone takes. What it shares with others is counted with each.
func (z *zone) size() int64 {
	n := entryBytes + nameBytes*(len(z.names)+len(z.servers)) + len(z.failed.Error)
	for _, all := range z.glue {
		n += nameBytes * (1 + len(all))
	}
	return int64(n) + proofSize(z.proof)
}

// size returns about how many bytes a path takes.
func (p *Path) size() int64 {
	return entryBytes + nameBytes*int64(len(p.Zones)+len(p.addresses)) + int64(len(p.Error)) + proofSize(p.proof)
}

func proofSize(all []*Exchange) (bytes int64) {
	for _, x := range all {
		bytes += exchangeBytes + int64(len(x.Response)+len(x.Error))
	}
	return bytes
}

// Failure is a step that fails: none if Step is empty.
type Failure struct {
	Verdict Verdict `json:"verdict"`
	Step    string  `json:"step,omitempty"`
	Zone    string  `json:"failing_zone,omitempty"` // at which it fails; "." is the root
	Error   string  `json:"why,omitempty"`
}

// Path is what became of following a name.
type Path struct {
	Zones []string `json:"zones,omitempty"` // that were passed, from the root
	Failure
	addresses []netip.Addr
	at        time.Time
	proof     []*Exchange
}

// pass adds a zone, and those above it, to the zones that a path passed, and notes how they are delegated.
func (w *Walk) pass(p *Path, z *zone) {
	if z == nil || slices.Contains(p.Zones, z.name) {
		return
	}
	w.pass(p, z.parent)
	p.Zones = append(p.Zones, z.name)
	w.note(z.proof...)
}

// Walk is the walking of one domain: it counts its queries.
type Walk struct {
	*Walker
	Queries int      // to name servers
	failed  int      // of them, without an answer
	within  []string // zones whose name servers are being looked for
	records []*record
}

// spent reports whether the budget of the domain is used up.
func (w *Walk) spent() bool { return w.Queries >= maxQueries || w.failed >= maxFailed }

// Begin begins the walks of a domain.
func (w *Walker) Begin() *Walk {
	walk := &Walk{Walker: w}
	walk.open()
	return walk
}

// Name follows a name to its AAAA records, through all aliases. Its error is the context's.
func (w *Walk) Name(ctx context.Context, name string) (*Path, error) {
	name = dns.CanonicalName(name)
	w.mu.Lock()
	known, ok := w.hosts.Get(name)
	w.mu.Unlock()
	if ok && (known.Verdict == Yes || time.Since(known.at) < w.retry) {
		w.note(known.proof...)
		return known, nil
	}
	w.open()
	path, err := w.name(ctx, name)
	proof := w.close()
	w.note(proof...)
	if err != nil {
		return nil, err
	}
	path.at, path.proof = time.Now(), proof
	if path.Step != NotTested && (len(w.within) == 0 || path.Step != Loop) { // these depend on who asked
		w.mu.Lock()
		w.hosts.Set(name, path, path.size())
		w.mu.Unlock()
	}
	return path, nil
}

// name follows a name that is not known.
func (w *Walk) name(ctx context.Context, name string) (*Path, error) {
	path := &Path{Failure: Failure{Verdict: Yes}}
	at := name
	for range maxSteps {
		z, m, f, err := w.follow(ctx, at, dns.TypeAAAA, path)
		if err != nil {
			return nil, err
		}
		if f.Step != "" {
			path.Failure = f
			return path, nil
		}
		next := ""
		for _, rr := range m.Answer {
			switch rr := rr.(type) {
			case *dns.AAAA:
				if dns.CanonicalName(rr.Hdr.Name) == at {
					if a, ok := netip.AddrFromSlice(rr.AAAA.To16()); ok {
						path.addresses = append(path.addresses, a)
					}
				}
			case *dns.CNAME:
				if dns.CanonicalName(rr.Hdr.Name) == at {
					next = dns.CanonicalName(rr.Target)
				}
			}
		}
		if next == "" {
			return path, nil
		}
		if at = next; at == name {
			path.Failure = Failure{No, Loop, z.name, "the aliases lead in a circle"}
			return path, nil
		}
	}
	path.Failure = Failure{No, Loop, at, "the aliases lead too far"}
	return path, nil
}

// follow follows referrals until a server answers a question with authority, and returns the zone that it belongs to.
func (w *Walk) follow(ctx context.Context, name string, qtype uint16, path *Path) (*zone, *dns.Msg, Failure, error) {
	z := w.nearest(name)
	for range maxSteps {
		w.pass(path, z)
		if z.failed.Step != "" {
			return z, nil, z.failed, nil
		}
		w.open()
		m, f, err := w.ask(ctx, z, name, qtype)
		asked := w.close()
		if f.Step == NoAnswer {
			w.fail(z, f, asked)
		}
		if err != nil || f.Step != "" {
			w.note(asked...)
			return z, nil, f, err
		}
		cut := referral(m, z.name, name)
		if cut == "" {
			w.note(asked...)
			return z, m, Failure{}, nil
		}
		if z, err = w.delegated(ctx, z, cut, m); err != nil {
			return z, nil, Failure{}, err
		}
	}
	return z, nil, Failure{No, Loop, z.name, "too many referrals"}, nil
}

// nearest returns the deepest zone around a name that is known, or the root. One that failed a while ago is not known any more.
func (w *Walk) nearest(name string) *zone {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, i := range dns.Split(name) {
		if z, ok := w.zones.Get(name[i:]); ok && (z.failed.Step == "" || time.Since(z.at) < w.retry) {
			return z
		}
	}
	root := &zone{name: "."}
	for _, a := range w.roots {
		root.servers = append(root.servers, server{"", a})
	}
	return root
}

// fail remembers that no server of a zone answers.
func (w *Walk) fail(z *zone, f Failure, asked []*Exchange) {
	failed := *z
	failed.failed, failed.at, failed.proof = f, time.Now(), slices.Concat(z.proof, asked)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.zones.Set(z.name, &failed, failed.size())
}

// ask asks the servers of a zone until one of them answers for it: with authority, or with a referral below it.
func (w *Walk) ask(ctx context.Context, z *zone, name string, qtype uint16) (*dns.Msg, Failure, error) {
	h := fnv.New32a()
	h.Write([]byte(name))
	start := int(h.Sum32() % uint32(max(1, len(z.servers)))) // spreads names over the servers
	last, skipped := "", 0
	for i := range min(len(z.servers), maxTries) {
		s := z.servers[(start+i)%len(z.servers)]
		if w.spent() {
			return nil, Failure{Unknown, NotTested, z.name, tooMany}, nil
		}
		w.Queries++
		m, err := w.exchange(ctx, s, name, qtype)
		if ctx.Err() != nil {
			return nil, Failure{}, ctx.Err()
		}
		switch {
		case errors.Is(err, ErrSkipped):
			skipped++
		case err != nil:
			w.failed++
			last = err.Error()
		case m.Authoritative && (m.Rcode == dns.RcodeSuccess || m.Rcode == dns.RcodeNameError) || m.Rcode == dns.RcodeSuccess && referral(m, z.name, name) != "":
			return m, Failure{}, nil
		default:
			last = fmt.Sprintf("%s answers for %s with %s, neither with authority nor with a referral", s.address, plain(z.name), dns.RcodeToString[m.Rcode])
		}
	}
	switch {
	case z.parent == nil:
		return nil, Failure{Unknown, NoRoot, ".", last}, nil
	case skipped == min(len(z.servers), maxTries):
		return nil, Failure{Unknown, NotTested, z.name, "no name server may be asked"}, nil
	}
	return nil, Failure{No, NoAnswer, z.name, last}, nil
}

// referral returns the zone that an answer of a server of a zone refers to on the way to a name; empty: it is not a referral.
func referral(m *dns.Msg, zone, name string) string {
	if m.Authoritative || len(m.Answer) > 0 {
		return ""
	}
	for _, rr := range m.Ns {
		if owner := dns.CanonicalName(rr.Header().Name); rr.Header().Rrtype == dns.TypeNS && owner != zone && dns.IsSubDomain(zone, owner) && dns.IsSubDomain(owner, name) {
			return owner
		}
	}
	return ""
}

// newZone returns a zone as a message of its parent's servers has it: its name servers, and those of their AAAA records for
// which the parent may speak.
func newZone(parent *zone, name string, m *dns.Msg) *zone {
	z := &zone{name: name, parent: parent, glue: map[string][]netip.Addr{}, at: time.Now()}
	for _, rr := range slices.Concat(m.Answer, m.Ns) {
		ns, is := rr.(*dns.NS)
		if !is || dns.CanonicalName(ns.Hdr.Name) != name {
			continue
		}
		if host := dns.CanonicalName(ns.Ns); !slices.Contains(z.names, host) && len(z.names) < maxServers {
			z.names = append(z.names, host)
		}
	}
	slices.Sort(z.names)
	for _, rr := range m.Extra {
		if glue, is := rr.(*dns.AAAA); is {
			host := dns.CanonicalName(glue.Hdr.Name)
			a, ok := netip.AddrFromSlice(glue.AAAA.To16())
			if ok && slices.Contains(z.names, host) && dns.IsSubDomain(parent.name, host) && len(z.glue[host]) < maxTries {
				z.glue[host] = append(z.glue[host], a)
			}
		}
	}
	return z
}

// delegated returns the zone that a referral leads to, with servers that may be asked.
func (w *Walk) delegated(ctx context.Context, parent *zone, name string, m *dns.Msg) (*zone, error) {
	w.mu.Lock()
	known, ok := w.zones.Get(name)
	w.mu.Unlock()
	if ok && (known.failed.Step == "" || time.Since(known.at) < w.retry) {
		return known, nil
	}
	w.open()
	z, err := w.delegation(ctx, parent, name, m)
	z.proof = w.close()
	w.note(z.proof...)
	if err == nil {
		w.cache(z)
	}
	return z, err
}

// delegation returns a zone to which a message refers. Its parent is asked for it by its own name, so that the answer is the same whichever
// name led there.
func (w *Walk) delegation(ctx context.Context, parent *zone, name string, m *dns.Msg) (*zone, error) {
	own, f, err := w.ask(ctx, parent, name, dns.TypeNS)
	if err != nil {
		return newZone(parent, name, m), err
	}
	if f.Step == "" {
		m = own
	}
	z := newZone(parent, name, m)
	for _, host := range z.names {
		for _, a := range z.glue[host] {
			z.servers = append(z.servers, server{host, a})
		}
	}
	if len(z.servers) == 0 {
		err = w.find(ctx, z)
	}
	return z, err
}

// cache remembers a zone, unless what failed depends on who asked.
func (w *Walk) cache(z *zone) {
	if z.failed.Step == NotTested || z.failed.Step == Loop {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.zones.Set(z.name, z, z.size())
}

// find finds servers of a zone without glue: the name servers outside it, until two are found.
func (w *Walk) find(ctx context.Context, z *zone) error {
	var found []Server
	for _, host := range z.names {
		s, err := w.locate(ctx, z, host)
		if err != nil {
			return err
		}
		for _, one := range s {
			if one.Address.IsValid() {
				z.servers = append(z.servers, server{host, one.Address})
			}
		}
		if found = append(found, s...); len(z.servers) >= 2 {
			return nil
		}
	}
	if len(z.servers) == 0 {
		z.failed = judge(z.name, found)
	}
	return nil
}
