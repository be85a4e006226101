package ipv6

import (
	"errors"
	"fmt"
	"net/netip"
	"path/filepath"
	"regexp"
	"time"

	"tidemark/collectors"
)

// Settings are the keys of sources of kind ipv6-probes. Rates are in tests a second: lookups, questions to name servers and
// connections; 0 means a gentle default.
type Settings struct {
	Domains     string   `toml:"domains"`      // file with a domain, or rank,domain, on each line
	List        string   `toml:"list"`         // instead of a file, a list by its name: tranco, umbrella, majestic, crux or tlds
	ListBase    string   `toml:"list_base"`    // where that list is fetched instead of from its publisher
	ListID      string   `toml:"list_id"`      // of the list; empty: from the file's name
	ListDate    string   `toml:"list_date"`    // day of the list, YYYY-MM-DD; empty: from the file's name
	ListTitle   string   `toml:"list_title"`   // by which the site names it; empty: its ID
	ListOwner   string   `toml:"list_owner"`   // who made it
	ListURL     string   `toml:"list_url"`     // where it is published
	Country     string   `toml:"country"`      // that it is about: a code of ISO 3166-1
	Sector      string   `toml:"sector"`       // that it is about: government, universities, banks
	Ranked      bool     `toml:"ranked"`       // a list without ranks is sorted by rank
	Limit       int      `toml:"limit"`        // maximum number of domains, from the top of the list; 0: all
	Panel       int      `toml:"panel"`        // number of domains of each stratum of ranks, the same in each run; 0: none
	Sample      int      `toml:"sample"`       // number of domains of each stratum, drawn anew for each run; 0 with Panel 0: the whole list
	Seed        int64    `toml:"seed"`         // of the draws
	Resolver    string   `toml:"resolver"`     // address and port of a recursive resolver, or "sample" for the sample's own servers
	RootServers []string `toml:"root_servers"` // IPv6 addresses from which delegations are followed; empty: the public root's
	Controls    []string `toml:"controls"`     // host:port pairs known to work over both families: the baseline

	SMTP         bool   `toml:"smtp"`          // connect to port 25 of mail exchangers, read the greeting, say QUIT
	Rate         int    `toml:"rate"`          // maximum, of all tests together
	AddressRate  int    `toml:"address_rate"`  // to an address
	PrefixRate   int    `toml:"prefix_rate"`   // to a /24 or a /48
	OperatorRate int    `toml:"operator_rate"` // to an operator: its name servers, and all servers in their /24s and /48s
	ASRate       int    `toml:"as_rate"`       // to the addresses that an AS originates, as far as a routing table of the last 31 days names it
	OptOut       string `toml:"opt_out"`       // file with the domains, addresses and prefixes to leave alone
	StopFile     string `toml:"stop_file"`     // while it exists no further domain is probed
	VantageASN   uint32 `toml:"vantage_asn"`   // AS that the probe runs in

	roots []netip.Addr // RootServers, parsed by Validate
}

// onSample is the resolver setting that selects the sample's own servers.
const onSample = "sample"

// Validate reports what is wrong with the settings of a source, and makes relative paths start from the source's Base.
func (s *Settings) Validate(from collectors.Source) error {
	if _, err := time.Parse(time.DateOnly, s.ListDate); s.ListDate != "" && err != nil {
		return fmt.Errorf("list_date: invalid day %q (want YYYY-MM-DD)", s.ListDate)
	}
	if err := checkListName(s.List); err != nil {
		return err
	}
	if err := s.checkCampaign(); err != nil {
		return err
	}
	if s.List != "" && s.Domains != "" {
		return errors.New("domains and list exclude each other")
	}
	for _, n := range []struct {
		key   string
		value int
	}{
		{"limit", s.Limit}, {"panel", s.Panel}, {"sample", s.Sample}, {"rate", s.Rate},
		{"address_rate", s.AddressRate}, {"prefix_rate", s.PrefixRate}, {"operator_rate", s.OperatorRate}, {"as_rate", s.ASRate},
	} {
		if n.value < 0 {
			return fmt.Errorf("%s: invalid number %d (want 0 or more)", n.key, n.value)
		}
	}
	s.roots = nil
	for _, text := range s.RootServers {
		a, err := netip.ParseAddr(text)
		if err != nil || !a.Is6() {
			return fmt.Errorf("root_servers: invalid address %q (want an IPv6 address)", text)
		}
		s.roots = append(s.roots, a)
	}
	if s.Resolver != onSample && from.Runtime.Contact == "" {
		return errors.New("probing needs `contact` above the sources, so that whoever is probed can reach you")
	}
	for _, path := range []*string{&s.Domains, &s.OptOut, &s.StopFile} {
		if *path != "" && !filepath.IsAbs(*path) {
			*path = filepath.Join(from.Base, *path)
		}
	}
	return nil
}

var (
	countryCode = regexp.MustCompile(`^[A-Z]{2}$`)
	webURL      = regexp.MustCompile(`^https?://[^\s]+$`)
)

// checkCampaign reports what is wrong with what the settings say of the list.
func (s *Settings) checkCampaign() error {
	if s.Country != "" && !countryCode.MatchString(s.Country) {
		return fmt.Errorf("country: invalid code %q (want two letters of ISO 3166-1, as HU)", s.Country)
	}
	if s.ListURL != "" && !webURL.MatchString(s.ListURL) {
		return fmt.Errorf("list_url: invalid URL %q (want http:// or https://)", s.ListURL)
	}
	for _, text := range []struct{ key, value string }{{"list_title", s.ListTitle}, {"list_owner", s.ListOwner}, {"list_url", s.ListURL}, {"sector", s.Sector}} {
		if len(text.value) > maxListText {
			return fmt.Errorf("%s: %d bytes are too many (want at most %d)", text.key, len(text.value), maxListText)
		}
	}
	return nil
}

// maxListText is the longest title or owner of a list, in bytes.
const maxListText = 200

// Paths returns the files that the source reads.
func (s *Settings) Paths() (files []string) {
	for _, file := range []string{s.Domains, s.OptOut} {
		if file != "" {
			files = append(files, file)
		}
	}
	return files
}

// settingsOf returns the settings of a source with what the program adds to them.
func settingsOf(from collectors.Source) Settings {
	var s Settings
	if own, ok := from.Settings.(*Settings); ok {
		s = *own
	}
	if s.StopFile == "" {
		s.StopFile = from.Runtime.StopFile
	}
	return s
}
