// Package ipv6 probes domains: it makes lookups through a given resolver, queries their name servers, and connects to all their
// addresses over both families. A probe writes a transcript into the archive; Decode makes rows of it without a network.
package ipv6

import (
	"cmp"
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"time"

	"tidemark/collectors"
	"tidemark/collectors/archive"
)

// Network is what a probe reaches: a resolver, and a way to connect.
type Network struct {
	Resolver string // host:port
	Dial     func(ctx context.Context, network, address string) (net.Conn, error)
	Packets  func(network string) (net.PacketConn, error) // opens a socket for QUIC; nil: HTTP/3 is not tried
	Segment  func(net.Conn) int                           // returns the maximum segment size of a connection, 0 where unknown; nil: it is not asked for
	Now      func() time.Time
	// RootServers are where names are followed from over IPv6; none: they are not.
	RootServers []netip.Addr
	Roots       *x509.CertPool // that certificates are verified with; nil: the system's
	Timeout     time.Duration  // of a connection attempt; the exchange after it may take twice as long
	Retry       time.Duration  // minimum time between two attempts of a test
	Patience    time.Duration  // how long a run waits for a network or resolver that is down, before it leaves the rest to the next run
}

// Real returns the network of this machine.
func Real(resolver string) Network {
	return Network{Resolver: resolver, RootServers: publicRoots, Dial: (&net.Dialer{}).DialContext, Packets: packets, Segment: segment, Now: time.Now, Timeout: 5 * time.Second, Retry: 15 * time.Second, Patience: 5 * time.Minute}
}

// packets opens a UDP socket of a family on any port.
func packets(network string) (net.PacketConn, error) { return net.ListenPacket(network, ":0") }

// Sample is a model Internet that brings its own servers.
type Sample struct {
	Days []time.Time
	Run  func(ctx context.Context, day time.Time, run func(n Network) error) error // starts the servers of a day around run
}

// Probes is the kind of probes of domains.
type Probes struct {
	Sample Sample // for sources whose resolver is "sample"
}

// Name returns ipv6-probes.
func (Probes) Name() string { return "ipv6-probes" }

// Form is lines of JSON.
func (Probes) Form() collectors.Form {
	return collectors.Form{Like: "{", Begins: collectors.Starting("{")}
}

// Settings returns an empty Settings.
func (Probes) Settings() collectors.Settings { return new(Settings) }

// Cadence is daily, except in the sample, which has days of its own.
func (Probes) Cadence(from collectors.Source) collectors.Cadence {
	if from.Date == "" && settingsOf(from).Resolver != onSample {
		return collectors.Daily()
	}
	return collectors.URLs{}.Cadence(from)
}

// Due lists the run that a killed one left unfinished, or else a run for the current period of the source's cadence, which
// is a day if it has none.
func (k Probes) Due(_ context.Context, from collectors.Source, now time.Time, store *archive.Archive) ([]collectors.Item, error) {
	settings := settingsOf(from)
	switch {
	case settings.Domains == "" && settings.List == "" || settings.Resolver == "":
		return nil, fmt.Errorf("source %s: a probe needs resolver, and domains or list", from.Name)
	case settings.Resolver != onSample && len(settings.Controls) == 0:
		return nil, fmt.Errorf("source %s: a probe needs controls: hosts that are known to work over both families, as in controls = [\"www.example.net:443\"]. Without them a broken domain cannot be distinguished from a broken connection here", from.Name)
	}
	day := now.UTC().Truncate(24 * time.Hour)
	if !from.Every.IsZero() {
		day = from.Every.Start(now.UTC()).Truncate(24 * time.Hour)
	}
	days := []time.Time{day}
	if settings.Resolver == onSample {
		days = k.Sample.Days
	} else if _, _, err := net.SplitHostPort(settings.Resolver); err != nil {
		return nil, fmt.Errorf("source %s: invalid resolver %q (want host:port)", from.Name, settings.Resolver)
	} else if left, err := unfinished(from, store); err != nil {
		return nil, err
	} else if !left.IsZero() {
		days = []time.Time{left}
	}
	var due []collectors.Item
	for _, day := range days {
		item := item(from, day)
		old, err := store.Get(item.Raw(from))
		if err != nil {
			return due, err
		}
		if old == nil {
			due = append(due, item)
		}
	}
	return due, nil
}

func item(from collectors.Source, day time.Time) collectors.Item {
	return collectors.Item{Source: from.Name, Collector: from.Name, URL: "probe:" + from.Name, Name: "probe.jsonl.gz", Day: day, Time: day}
}

// unfinished returns the day of the oldest journal of the source, or zero if there is none.
func unfinished(from collectors.Source, store *archive.Archive) (time.Time, error) {
	one := store.Unfinished(item(from, time.Time{}).Raw(from))
	entries, err := os.ReadDir(filepath.Dir(one))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return time.Time{}, err
	}
	for _, e := range entries {
		if day, err := time.Parse(time.DateOnly, strings.TrimSuffix(e.Name(), ".probe.jsonl.gz")); err == nil {
			return day, nil
		}
	}
	return time.Time{}, nil
}

// Fetch probes the source's domains and archives the transcript. A run that is killed, or loses its network or its resolver,
// leaves a journal, with which the next Fetch continues.
func (k Probes) Fetch(ctx context.Context, from collectors.Source, item collectors.Item, store *archive.Archive) (collectors.Fetched, error) {
	var done collectors.Fetched
	run := func(n Network) error {
		if err := probe(ctx, from, item, store, n); err != nil {
			return fmt.Errorf("source %s: %w", from.Name, err)
		}
		done.New++
		return nil
	}
	resolver := settingsOf(from).Resolver
	if resolver == onSample {
		return done, k.Sample.Run(ctx, item.Day, run)
	}
	return done, run(Real(resolver))
}

func probe(ctx context.Context, from collectors.Source, item collectors.Item, store *archive.Archive, n Network) error {
	raw := item.Raw(from)
	path := store.Unfinished(raw)
	j, _, err := openJournal(path)
	if err != nil {
		return err
	}
	defer j.close()
	settings := settingsOf(from)
	fetched := ""
	if settings.List != "" && !j.ended {
		var id, date string
		if fetched, id, date, err = settings.listFile(ctx, raw, store, n.Now().UTC()); err != nil {
			return err
		}
		settings.Domains, settings.ListID, settings.ListDate = fetched, cmp.Or(settings.ListID, id), cmp.Or(settings.ListDate, date)
		from.Settings = &settings
	}
	if !j.ended {
		if err := record(ctx, from, item.Day, j, n); err != nil {
			return err
		}
	}
	whole, out := io.Pipe()
	defer whole.Close()
	go func() { out.CloseWithError(j.transcript(out)) }()
	raw.Fetched = store.Now()
	if _, _, err := store.Add(raw, whole); err != nil {
		return err
	}
	if fetched != "" {
		if err := os.Remove(fetched); err != nil {
			return err
		}
	}
	return os.Remove(path)
}
