// Package vantage tells what the connection that it runs on can do: addresses and routes by family, the resolver, TCP and
// exchanges larger than a packet over each family, the path MTU, DNS64 and NAT64 with their prefixes. A run writes a
// transcript; rows, score and advice are made from that, without a network.
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

// Settings say what a run may touch. The zero value touches nothing but the machine's own tables.
type Settings struct {
	Name           string   // of the connection, as rows carry it
	Resolvers      []string // address:port of recursive resolvers; none: names cannot be looked up
	Controls       []string // host:port of web servers known to work over both families
	Advertisements bool     // ask the routers of each link for their advertisements, which takes CAP_NET_RAW

	Timeout time.Duration // of an exchange; 0: five seconds
}

// defaultTimeout is long enough for a lost packet or two, and for any working path.
const defaultTimeout = 5 * time.Second

// Collector runs the checks; its kind is ipv6-vantage.
type Collector struct{}

// Kind is ipv6-vantage.
func (Collector) Kind() string { return "ipv6-vantage" }

// Due is a run a day. A source with URLs takes transcripts from there instead.
func (Collector) Due(ctx context.Context, from collectors.Source, now time.Time, keep *archive.Archive) ([]collectors.Item, error) {
	if len(from.URLs) > 0 {
		return collectors.URLs{}.Due(ctx, from, now, keep)
	}
	if _, err := SettingsOf(from); err != nil {
		return nil, err
	}
	day := now.UTC().Truncate(24 * time.Hour)
	item := collectors.Item{Source: from.Name, Collector: from.Name, URL: "probe:" + from.Name, Name: "vantage.jsonl", Day: day, Time: day}
	old, err := keep.Get(item.Raw(from))
	if old != nil || err != nil {
		return nil, err
	}
	return []collectors.Item{item}, nil
}

// Fetch runs the checks and keeps the transcript.
func (Collector) Fetch(ctx context.Context, from collectors.Source, item collectors.Item, keep *archive.Archive) (collectors.Fetched, error) {
	if len(from.URLs) > 0 {
		return collectors.URLs{}.Fetch(ctx, from, item, keep)
	}
	var done collectors.Fetched
	s, err := SettingsOf(from)
	if err != nil {
		return done, err
	}
	transcript, err := Run(ctx, s)
	if err != nil {
		return done, err
	}
	raw := item.Raw(from)
	raw.Fetched = time.Now().UTC()
	if _, _, err := keep.Add(raw, bytes.NewReader(transcript)); err != nil {
		return done, err
	}
	done.New++
	return done, nil
}

// SettingsOf reads the settings of a source.
func SettingsOf(from collectors.Source) (Settings, error) {
	s := Settings{Name: from.Name, Controls: from.Probe.Controls, Advertisements: from.Probe.Advertisements}
	var err error
	if s.Resolvers, err = Resolvers(from.Probe.Resolver); err != nil {
		return s, fmt.Errorf("source %s: %w", from.Name, err)
	}
	return s, s.Check()
}

// Check tells what is wrong with the settings.
func (s *Settings) Check() error {
	for _, c := range s.Controls {
		if host, port, err := net.SplitHostPort(c); err != nil || host == "" || port == "" {
			return fmt.Errorf("control %q is no host:port", c)
		}
	}
	return nil
}

// resolvConf is where the system's resolvers stand.
const resolvConf = "/etc/resolv.conf"

// Resolvers reads a list of address:port or addresses, separated by commas or blanks. The word system stands for those of
// the operating system, which are asked on its behalf.
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
			return nil, fmt.Errorf("resolver %q is no address:port", r)
		}
		all = append(all, r)
	}
	return all, nil
}

// hostname names a connection that no configuration names.
func hostname() string {
	name, err := os.Hostname()
	if err != nil {
		return "self"
	}
	return name
}
