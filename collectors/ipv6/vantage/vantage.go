// Package vantage measures what its own connection can do: addresses and routes by family, the resolver, TCP and exchanges
// larger than a packet over each family, the path MTU, DNS64 and NAT64 with their prefixes. A run writes a transcript, from
// which rows, score and advice follow without a network.
package vantage

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"os"
	"strings"
	"time"

	"github.com/miekg/dns"

	"tidemark/collectors"
	"tidemark/collectors/archive"
)

// Settings are the keys of sources of kind ipv6-vantage.
type Settings struct {
	Resolver       string   `toml:"resolver"`       // addresses of recursive resolvers, as Resolvers reads them
	Controls       []string `toml:"controls"`       // host:port of web servers known to work over both families
	Advertisements bool     `toml:"advertisements"` // ask the routers of each link for their advertisements
	DHCP           bool     `toml:"dhcp"`           // ask the DHCPv4 servers of each link for option 108 (RFC 8925)
}

// Validate accepts all settings: Due reports what is wrong with them, so that one such source does not stop the others.
func (*Settings) Validate(collectors.Source) error { return nil }

// Options are what a run may contact. With the zero value it only reads the machine's own tables.
type Options struct {
	Name           string   // of the connection, as rows carry it
	Resolvers      []string // address:port of recursive resolvers; none: names cannot be looked up
	Controls       []string // host:port of web servers known to work over both families
	Advertisements bool     // ask the routers of each link for their advertisements, which takes CAP_NET_RAW
	DHCP           bool     // ask the DHCPv4 servers of each link for option 108, which takes CAP_NET_BIND_SERVICE and CAP_NET_RAW

	Timeout time.Duration // of an exchange; 0: five seconds
}

// defaultTimeout is long enough for a lost packet or two, and for any working path.
const defaultTimeout = 5 * time.Second

// Checks is the kind of checks of a connection.
type Checks struct{ collectors.URLs }

// Name returns ipv6-vantage.
func (Checks) Name() string { return "ipv6-vantage" }

// Form is JSON.
func (Checks) Form() collectors.Form {
	return collectors.Form{Bytes: 64 << 20, Inflated: 64 << 20, Like: "{", Begins: collectors.Starting("{")}
}

// Settings returns an empty Settings.
func (Checks) Settings() collectors.Settings { return new(Settings) }

// Due returns one run a day. A source with URLs fetches transcripts from there instead.
func (k Checks) Due(ctx context.Context, from collectors.Source, now time.Time, store *archive.Archive) ([]collectors.Item, error) {
	if len(from.URLs) > 0 {
		return k.URLs.Due(ctx, from, now, store)
	}
	if _, err := OptionsOf(from); err != nil {
		return nil, err
	}
	day := now.UTC().Truncate(24 * time.Hour)
	item := collectors.Item{Source: from.Name, Collector: from.Name, URL: "probe:" + from.Name, Name: "vantage.jsonl", Day: day, Time: day}
	old, err := store.Get(item.Raw(from))
	if old != nil || err != nil {
		return nil, err
	}
	return []collectors.Item{item}, nil
}

// Fetch runs the checks and adds the transcript to the archive.
func (k Checks) Fetch(ctx context.Context, from collectors.Source, item collectors.Item, store *archive.Archive) (collectors.Fetched, error) {
	if len(from.URLs) > 0 {
		return k.URLs.Fetch(ctx, from, item, store)
	}
	var done collectors.Fetched
	options, err := OptionsOf(from)
	if err != nil {
		return done, err
	}
	transcript, err := Run(ctx, options)
	if err != nil {
		return done, err
	}
	raw := item.Raw(from)
	raw.Fetched = store.Now()
	if _, _, err := store.Add(raw, bytes.NewReader(transcript)); err != nil {
		return done, err
	}
	done.New++
	return done, nil
}

// OptionsOf returns the options that the settings of a source give.
func OptionsOf(from collectors.Source) (Options, error) {
	o := Options{Name: from.Name}
	var err error
	if s, ok := from.Settings.(*Settings); ok {
		o.Controls, o.Advertisements, o.DHCP = s.Controls, s.Advertisements, s.DHCP
		if o.Resolvers, err = Resolvers(s.Resolver); err != nil {
			return o, fmt.Errorf("source %s: %w", from.Name, err)
		}
	}
	return o, o.Check()
}

// Check reports what is wrong with the options.
func (o *Options) Check() error {
	for _, c := range o.Controls {
		if host, port, err := net.SplitHostPort(c); err != nil || host == "" || port == "" {
			return fmt.Errorf("invalid control %q (want host:port)", c)
		}
	}
	return nil
}

// resolvConf is the file that lists the system's resolvers.
const resolvConf = "/etc/resolv.conf"

// Resolvers parses a list of addresses, with or without port, separated by commas or blanks. The word system means the
// resolvers of the operating system.
func Resolvers(list string) (all []string, err error) {
	for _, r := range strings.FieldsFunc(list, func(c rune) bool { return c == ',' || c == ' ' }) {
		if r == "system" {
			conf, err := dns.ClientConfigFromFile(resolvConf)
			if err != nil {
				return nil, fmt.Errorf("reading the system's resolvers: %w; name one as address:port", err)
			}
			for _, server := range conf.Servers {
				all = append(all, net.JoinHostPort(server, conf.Port))
			}
			continue
		}
		if net.ParseIP(r) != nil {
			r = net.JoinHostPort(r, "53")
		}
		host, port, err := net.SplitHostPort(r)
		if err != nil || net.ParseIP(strings.Split(host, "%")[0]) == nil || port == "" {
			return nil, fmt.Errorf("invalid resolver %q (want address:port)", r)
		}
		all = append(all, r)
	}
	return all, nil
}

// hostname returns the name of a connection that has none in the configuration.
func hostname() string {
	name, err := os.Hostname()
	if err != nil {
		return "self"
	}
	return name
}
