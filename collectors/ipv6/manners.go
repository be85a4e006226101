package ipv6

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/netip"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/net/publicsuffix"
	"golang.org/x/time/rate"

	"tidemark/internal/atomicfile"
	"tidemark/internal/bounded"
)

// Default rates in tests a second: of all tests, to an address, to a /24 or /48, to the name servers of an operator, and to the addresses
// that an AS originates.
const (
	defaultRate         = 50
	defaultAddressRate  = 4
	defaultPrefixRate   = 10
	defaultOperatorRate = 20
	defaultASRate       = 20
)

// manners delay or refuse tests that would be a burden to others.
type manners struct {
	all                            *rate.Limiter
	addresses, prefixes, operators buckets
	ases                           buckets
	origin                         func(netip.Addr) uint32 // returns the AS that originates the route to an address, or 0
	busy                           busy
	learnt                         learnt
	out                            optOut
	stopFile                       string
}

func newManners(s Settings, out optOut) *manners {
	perSecond := cmp.Or(s.Rate, defaultRate)
	return &manners{
		all:       rate.NewLimiter(rate.Limit(perSecond), max(1, perSecond/10)),
		addresses: buckets{rate: cmp.Or(s.AddressRate, defaultAddressRate)},
		prefixes:  buckets{rate: cmp.Or(s.PrefixRate, defaultPrefixRate)},
		operators: buckets{rate: cmp.Or(s.OperatorRate, defaultOperatorRate)},
		ases:      buckets{rate: cmp.Or(s.ASRate, defaultASRate)},
		origin:    func(netip.Addr) uint32 { return 0 },
		learnt:    newLearnt(),
		out:       out,
		stopFile:  s.StopFile,
	}
}

// stopped reports whether the stop file exists.
func (m *manners) stopped() bool {
	if m.stopFile == "" {
		return false
	}
	_, err := os.Stat(m.stopFile)
	return !errors.Is(err, fs.ErrNotExist)
}

// visit waits until an address may be tested; operator is that of a name server, or "": then it is the one whose name servers are in the
// same prefix. There is no limit for the AS where no table names it. Nobody else may test the address until release is called.
func (m *manners) visit(ctx context.Context, a netip.Addr, operator string) (release func(), err error) {
	if err := m.busy.acquire(ctx, a); err != nil {
		return nil, err
	}
	release = func() { m.busy.release(a) }
	bits := 24
	if a.Is6() {
		bits = 48
	}
	prefix, _ := a.WithZone("").Prefix(bits) // bits fit the address
	err = m.addresses.wait(ctx, a.String())
	if err == nil {
		err = m.prefixes.wait(ctx, prefix.String())
	}
	if operator = m.learnt.operator(prefix, operator); err == nil && operator != "" {
		err = m.operators.wait(ctx, operator)
	}
	if asn := m.origin(a); err == nil && asn != 0 {
		err = m.ases.wait(ctx, strconv.FormatUint(uint64(asn), 10))
	}
	if err == nil {
		err = m.all.Wait(ctx)
	}
	if err != nil {
		release()
		return nil, err
	}
	return release, nil
}

// learnt holds whose name servers are in which prefixes: other servers in a prefix are taken for the same operator's.
type learnt struct {
	mu  sync.Mutex
	all *bounded.Cache[netip.Prefix, string]
}

// maxLearnt is how many bytes the learnt prefixes take at most, each learntBytes beside the name: some 50,000 prefixes. One that is forgotten
// is learnt again when its name server is asked again.
const (
	maxLearnt   = 8 << 20
	learntBytes = 128
)

func newLearnt() learnt { return learnt{all: bounded.NewCache[netip.Prefix, string](maxLearnt)} }

// operator returns the operator of a server in a prefix: the one that its name shows, which is learnt, or else the one learnt before; "" if
// there is none.
func (l *learnt) operator(prefix netip.Prefix, named string) string {
	l.mu.Lock()
	defer l.mu.Unlock()
	before, known := l.all.Get(prefix)
	switch {
	case named == "":
		return before
	case !known:
		l.all.Set(prefix, named, int64(learntBytes+len(named)))
	}
	return named
}

// operator returns who runs a name server, as far as its name shows: the registered domain.
func operator(host string) string {
	if domain, err := publicsuffix.EffectiveTLDPlusOne(host); err == nil {
		return domain
	}
	return host
}

// buckets are token buckets by name. Full ones are forgotten, so that their number is bounded by the rate.
type buckets struct {
	rate int

	mu    sync.Mutex
	all   map[string]*rate.Limiter
	sweep int // size at which full ones are forgotten next
}

const minSweep = 1024

func (b *buckets) wait(ctx context.Context, name string) error {
	b.mu.Lock()
	l := b.all[name]
	if l == nil {
		if len(b.all) >= max(b.sweep, minSweep) {
			now := time.Now()
			for n, l := range b.all {
				if l.TokensAt(now) >= float64(l.Burst()) {
					delete(b.all, n)
				}
			}
			b.sweep = 2 * len(b.all)
		}
		if b.all == nil {
			b.all = map[string]*rate.Limiter{}
		}
		l = rate.NewLimiter(rate.Limit(b.rate), max(1, b.rate/2))
		b.all[name] = l
	}
	r := l.Reserve() // under the lock, so that a bucket in use is never full
	b.mu.Unlock()
	return pause(ctx, r.Delay())
}

// pause waits for d. It returns the context's error if the context ends first.
func pause(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return ctx.Err()
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// busy holds the addresses that are being tested.
type busy struct {
	mu  sync.Mutex
	all map[netip.Addr]*line
}

// line is the queue for an address; turn holds a token while nobody tests the address.
type line struct {
	turn chan struct{}
	n    int // in the queue, including the one that tests
}

func (b *busy) acquire(ctx context.Context, a netip.Addr) error {
	b.mu.Lock()
	l := b.all[a]
	if l == nil {
		if b.all == nil {
			b.all = map[netip.Addr]*line{}
		}
		l = &line{turn: make(chan struct{}, 1)}
		l.turn <- struct{}{}
		b.all[a] = l
	}
	l.n++
	b.mu.Unlock()
	select {
	case <-l.turn:
		return nil
	case <-ctx.Done():
		b.mu.Lock()
		b.gone(a, l)
		b.mu.Unlock()
		return ctx.Err()
	}
}

func (b *busy) release(a netip.Addr) {
	b.mu.Lock()
	defer b.mu.Unlock()
	l := b.all[a]
	l.turn <- struct{}{}
	b.gone(a, l)
}

func (b *busy) gone(a netip.Addr, l *line) {
	if l.n--; l.n == 0 {
		delete(b.all, a)
	}
}

// optOut holds the names and addresses that must not be probed.
type optOut struct {
	domains  map[string]bool // with all names below them
	prefixes []netip.Prefix
}

// readOptOut reads a file with a domain, an address or a prefix on each line; a domain includes all names below it. Lines that
// begin with # are ignored. Any other line is an error, so that nobody is probed who asked not to be.
func readOptOut(path string) (optOut, error) {
	o := optOut{domains: map[string]bool{}}
	if path == "" {
		return o, nil
	}
	f, err := atomicfile.Open(path)
	if err != nil {
		return o, err
	}
	defer f.Close()
	in := bufio.NewScanner(f)
	for n := 1; in.Scan(); n++ {
		text, _, _ := strings.Cut(in.Text(), "#")
		if text = strings.TrimSpace(text); text == "" {
			continue
		}
		if p, err := netip.ParsePrefix(text); err == nil {
			o.prefixes = append(o.prefixes, p.Masked())
			continue
		}
		if a, err := netip.ParseAddr(text); err == nil {
			o.prefixes = append(o.prefixes, netip.PrefixFrom(a, a.BitLen()))
			continue
		}
		name, err := domainOf(strings.TrimPrefix(strings.TrimPrefix(text, "*"), "."))
		if err != nil {
			return o, fmt.Errorf("%s: line %d: %q is not a domain, address or prefix", path, n, text)
		}
		o.domains[name] = true
	}
	return o, in.Err()
}

// host reports whether a name must not be probed.
func (o *optOut) host(name string) bool {
	for ; name != ""; _, name, _ = strings.Cut(name, ".") {
		if o.domains[name] {
			return true
		}
	}
	return false
}

func (o *optOut) address(a netip.Addr) bool {
	for _, p := range o.prefixes {
		if p.Contains(a) {
			return true
		}
	}
	return false
}
