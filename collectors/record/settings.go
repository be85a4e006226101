package record

import (
	"errors"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/dustin/go-humanize"

	"tidemark/collectors/bgp"
	"tidemark/collectors/rislive"
	"tidemark/collectors/routeviews"
	"tidemark/internal/suggest"
)

// Settings are the table [record] of the configuration.
type Settings struct {
	Collector  string   `toml:"collector"`   // name of this route collector, under which its files are kept
	ASN        uint32   `toml:"as"`          // of the collector
	RouterID   string   `toml:"router_id"`   // BGP identifier: an IPv4 address
	Listen     []string `toml:"listen"`      // addresses with ports for passive peers, for example "0.0.0.0:179"; empty: none
	Families   []string `toml:"families"`    // offered to peers; empty: ipv4-unicast and ipv6-unicast
	Rotate     string   `toml:"rotate"`      // how long a file of updates is; empty: 5m
	Dump       string   `toml:"dump"`        // how often the table is dumped; empty: 8h
	Sync       string   `toml:"sync"`        // how often what was received is synced to the disk; empty: 1s
	PeerMemory string   `toml:"peer_memory"` // that the routes of a peer may take, for example 2GB; empty: 2GB
	Peers      []Peer   `toml:"peer"`
	BMP        BMP      `toml:"bmp"`

	RISLive    *rislive.Options    `toml:"ris_live"`   // nil: it is not listened to
	RouteViews *routeviews.Options `toml:"routeviews"` // live stream; nil: it is not listened to

	id          netip.Addr
	families    []bgp.Family
	rotate      time.Duration
	dump        time.Duration
	sync        time.Duration
	peerMemory  int
	bmpRouters  []netip.Prefix
	base        string
	listenAddrs []netip.AddrPort
}

// Peer is a table [[record.peer]].
type Peer struct {
	Address      string `toml:"address"` // with a port if it is not 179
	ASN          uint32 `toml:"as"`
	Local        string `toml:"local"`         // address to connect from; empty: any
	Passive      bool   `toml:"passive"`       // wait for the peer to connect
	PasswordEnv  string `toml:"password_env"`  // variable of the environment with the password of TCP MD5 signatures (RFC 2385, which RFC 5925 obsoletes)
	PasswordFile string `toml:"password_file"` // likewise a file, whose first line is the password

	address netip.AddrPort
	local   netip.Addr
}

// BMP is the table [record.bmp].
type BMP struct {
	Listen  string   `toml:"listen"`  // address with port, for example "[::1]:11019"; empty: no BMP
	Routers []string `toml:"routers"` // addresses or prefixes that may connect
}

// Configured reports whether there is such a table.
func (s *Settings) Configured() bool {
	return s.Collector != "" || s.ASN != 0 || s.Sessions() || s.RISLive != nil || s.RouteViews != nil
}

// Sessions reports whether there are BGP sessions or BMP routers to record.
func (s *Settings) Sessions() bool { return len(s.Peers) > 0 || s.BMP.Listen != "" }

// Watch has prefixes, with all inside them, and what ASes originate recorded of RouteViews' stream and of RIS Live, unless the settings say
// what to ask that for.
func (s *Settings) Watch(prefixes []netip.Prefix, ases []uint32) {
	if s.RouteViews != nil {
		s.RouteViews.Prefixes, s.RouteViews.ASes = prefixes, ases
	}
	if s.RISLive != nil && len(s.RISLive.Subscriptions) == 0 {
		s.RISLive.Subscriptions = rislive.Watching(prefixes, ases)
	}
}

// collectorName is what can be a folder everywhere and is part of names of partitions.
var collectorName = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,39}$`)

// maxFamilies is how many address families one OPEN message has room for.
const maxFamilies = 20

// Check reads the settings and reports what is wrong with them. Relative paths start from the folder base.
func (s *Settings) Check(base string) (err error) {
	s.base = base
	if !s.Configured() {
		return nil
	}
	if !s.Sessions() && s.RISLive == nil && s.RouteViews == nil {
		return errors.New("record: nothing to record; want a [[record.peer]], [record.bmp], [record.ris_live] or [record.routeviews]")
	}
	for _, check := range []func() error{s.checkCollector, s.checkTimes, s.checkMemory, s.checkFamilies, s.checkSpeaker, s.checkPeers, s.checkBMP, s.checkRISLive, s.checkRouteViews} {
		if err := check(); err != nil {
			return err
		}
	}
	return nil
}

func (s *Settings) checkCollector() error {
	switch {
	case !s.Sessions():
		return nil
	case !collectorName.MatchString(s.Collector):
		return fmt.Errorf("record.collector: invalid name %q (want small letters, digits and hyphens, at most 40)", s.Collector)
	case s.Collector == liveCollector || s.Collector == routeViewsCollector:
		return fmt.Errorf("record.collector: %s is the collector of what a public stream sends; want another name", s.Collector)
	}
	return nil
}

func (s *Settings) checkRISLive() error {
	if s.RISLive == nil {
		return nil
	}
	if err := s.RISLive.Validate(); err != nil {
		return fmt.Errorf("record.ris_live.%w", err)
	}
	if len(s.RISLive.Subscriptions) == 0 {
		return errors.New("record.ris_live: nothing to ask for; want prefixes or ases in [watch] or a [[watch.rule]], or a [[record.ris_live.subscription]]")
	}
	return nil
}

func (s *Settings) checkRouteViews() error {
	if s.RouteViews == nil {
		return nil
	}
	if err := s.RouteViews.Validate(); err != nil {
		return fmt.Errorf("record.routeviews: %w", err)
	}
	return nil
}

const day = 24 * time.Hour

func (s *Settings) checkTimes() (err error) {
	for _, t := range []struct {
		key, text, standard string
		into                *time.Duration
	}{{"rotate", s.Rotate, "5m", &s.rotate}, {"dump", s.Dump, "8h", &s.dump}, {"sync", s.Sync, "1s", &s.sync}} {
		if t.text == "" {
			t.text = t.standard
		}
		if *t.into, err = time.ParseDuration(t.text); err != nil || *t.into <= 0 {
			return fmt.Errorf("record.%s: invalid duration %q (want for example %s)", t.key, t.text, t.standard)
		}
	}
	if s.rotate%time.Minute != 0 || time.Hour%s.rotate != 0 {
		return fmt.Errorf("record.rotate: %s does not divide an hour (want for example 5m or 15m)", s.rotate)
	}
	if s.dump%s.rotate != 0 || day%s.dump != 0 {
		return fmt.Errorf("record.dump: %s does not divide a day, or is not a multiple of record.rotate, %s (want for example 2h or 8h)", s.dump, s.rotate)
	}
	if s.sync > time.Minute {
		return fmt.Errorf("record.sync: %s is longer than a minute, which a kill would lose (want for example 1s)", s.Sync)
	}
	return nil
}

func (s *Settings) checkMemory() error {
	text := s.PeerMemory
	if text == "" {
		text = "2GB"
	}
	n, err := humanize.ParseBytes(text)
	if err != nil || n < 1<<20 || n > 1<<40 {
		return fmt.Errorf("record.peer_memory: invalid size %q (want for example 2GB)", text)
	}
	s.peerMemory = int(n)
	return nil
}

func (s *Settings) checkFamilies() error {
	names := s.Families
	if len(names) == 0 {
		names = []string{"ipv4-unicast", "ipv6-unicast"}
	}
	s.families = nil
	for _, name := range names {
		f, known := bgp.FamilyNamed(name)
		if !known {
			return fmt.Errorf("record.families: unknown family %q%s", name, suggest.Near(name, bgp.FamilyNames()))
		}
		s.families = append(s.families, f)
	}
	if len(names) > maxFamilies {
		return fmt.Errorf("record.families: %d families do not fit into an OPEN message (want at most %d)", len(names), maxFamilies)
	}
	return nil
}

// checkSpeaker reads what BGP sessions need.
func (s *Settings) checkSpeaker() (err error) {
	s.id = netip.IPv4Unspecified()
	if len(s.Peers) == 0 {
		return nil
	}
	if s.ASN == 0 {
		return errors.New("record.as: sessions need the AS number of the collector")
	}
	if s.id, err = netip.ParseAddr(s.RouterID); err != nil || !s.id.Is4() || s.id.IsUnspecified() {
		return fmt.Errorf("record.router_id: invalid identifier %q (want an IPv4 address of this machine, for example 192.0.2.1)", s.RouterID)
	}
	s.listenAddrs = nil
	for _, text := range s.Listen {
		address, err := netip.ParseAddrPort(text)
		if err != nil {
			return fmt.Errorf("record.listen: invalid address %q (want for example 0.0.0.0:179 or [::]:179)", text)
		}
		s.listenAddrs = append(s.listenAddrs, address)
	}
	return nil
}

func (s *Settings) checkPeers() error {
	for i := range s.Peers {
		p := &s.Peers[i]
		if err := p.check(); err != nil {
			return fmt.Errorf("record.peer number %d: %w", i+1, err)
		}
		if p.Passive && len(s.Listen) == 0 {
			return fmt.Errorf("record.peer %s: passive, and record.listen names no address to wait at", p.Address)
		}
		if slices.ContainsFunc(s.Peers[:i], func(other Peer) bool { return other.address.Addr() == p.address.Addr() }) {
			return fmt.Errorf("record.peer %s: there are two of this address", p.Address)
		}
	}
	return nil
}

const bgpPort = 179 // RFC 4271 section 8.2.1

func (p *Peer) check() (err error) {
	if address, e := netip.ParseAddr(p.Address); e == nil {
		p.address = netip.AddrPortFrom(address.Unmap(), bgpPort)
	} else if p.address, err = netip.ParseAddrPort(p.Address); err != nil {
		return fmt.Errorf("invalid address %q (want for example 192.0.2.1 or [2001:db8::1]:1179)", p.Address)
	}
	if p.ASN == 0 {
		return errors.New("it needs the AS number (as) that the peer must have")
	}
	if p.Local != "" {
		if p.local, err = netip.ParseAddr(p.Local); err != nil || p.local.Is4() != p.address.Addr().Is4() {
			return fmt.Errorf("local: invalid address %q (want one of the family of %s)", p.Local, p.Address)
		}
	}
	if p.PasswordEnv != "" && p.PasswordFile != "" {
		return errors.New("password_env and password_file: want one of them")
	}
	return nil
}

// maxPassword is the longest key of TCP MD5 signatures that Linux accepts, in bytes.
const maxPassword = 80

// password returns the peer's password; empty if it has none.
func (p *Peer) password(base string) (password string, err error) {
	switch {
	case p.PasswordEnv != "":
		password = os.Getenv(p.PasswordEnv)
	case p.PasswordFile != "":
		b, err := os.ReadFile(below(base, p.PasswordFile))
		if err != nil {
			return "", err
		}
		password, _, _ = strings.Cut(string(b), "\n")
	default:
		return "", nil
	}
	if password == "" || len(password) > maxPassword {
		return "", fmt.Errorf("record.peer %s: the password has %d bytes (want 1 to %d in %s%s)", p.Address, len(password), maxPassword, p.PasswordEnv, p.PasswordFile)
	}
	return password, nil
}

func below(base, file string) string {
	if filepath.IsAbs(file) {
		return file
	}
	return filepath.Join(base, file)
}

// Files returns the files that recording reads.
func (s *Settings) Files() (files []string) {
	for _, p := range s.Peers {
		if p.PasswordFile != "" {
			files = append(files, below(s.base, p.PasswordFile))
		}
	}
	return files
}

func (s *Settings) checkBMP() error {
	if s.BMP.Listen == "" {
		return nil
	}
	if _, err := netip.ParseAddrPort(s.BMP.Listen); err != nil {
		return fmt.Errorf("record.bmp.listen: invalid address %q (want for example 192.0.2.1:11019)", s.BMP.Listen)
	}
	if len(s.BMP.Routers) == 0 {
		return errors.New("record.bmp.routers: want the addresses of the routers that may connect")
	}
	s.bmpRouters = nil
	for _, text := range s.BMP.Routers {
		prefix, err := netip.ParsePrefix(text)
		if address, e := netip.ParseAddr(text); e == nil {
			prefix, err = netip.PrefixFrom(address, address.BitLen()), nil
		}
		if err != nil {
			return fmt.Errorf("record.bmp.routers: invalid address %q (want for example 192.0.2.7 or 2001:db8::/64)", text)
		}
		s.bmpRouters = append(s.bmpRouters, prefix)
	}
	return nil
}
