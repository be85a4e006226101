// Package ipv6 probes domains: real lookups through a given resolver, and TCP connections to what they gave, over both
// families. A probe writes a transcript into the archive; rows are made from that, without a network.
package ipv6

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"time"

	"tidemark/collectors"
)

// Network is what a probe reaches: a resolver, and a way to connect.
type Network struct {
	Resolver string // host:port
	Dial     func(ctx context.Context, network, address string) (net.Conn, error)
	Now      func() time.Time
}

// Sample is a model Internet that brings its own servers.
type Sample struct {
	Days []time.Time
	Run  func(ctx context.Context, day time.Time, run func(n Network) error) error // starts the servers of a day around run
}

// Collector probes domains; its kind is ipv6-probes.
type Collector struct{ sample Sample }

// New makes the collector. sample stands behind sources whose resolver is "sample".
func New(sample Sample) Collector { return Collector{sample} }

// Kind is ipv6-probes.
func (Collector) Kind() string { return "ipv6-probes" }

// Due is a probe run a day.
func (c Collector) Due(_ context.Context, from collectors.Source, now time.Time, keep *collectors.Archive) ([]collectors.Item, error) {
	if from.Probe.Domains == "" || from.Probe.Resolver == "" {
		return nil, fmt.Errorf("source %s: a probe needs domains and resolver", from.Name)
	}
	days := []time.Time{now.UTC().Truncate(24 * time.Hour)}
	if from.Probe.Resolver == "sample" {
		days = c.sample.Days
	} else if _, _, err := net.SplitHostPort(from.Probe.Resolver); err != nil {
		return nil, fmt.Errorf("source %s: resolver %q is no host:port", from.Name, from.Probe.Resolver)
	}
	var due []collectors.Item
	for _, day := range days {
		item := collectors.Item{Source: from.Name, Collector: from.Name, URL: "probe:" + from.Name, Name: "probe.jsonl", Day: day, Time: day}
		old, err := keep.Get(item.Raw(from))
		if err != nil {
			return due, err
		}
		if old == nil {
			due = append(due, item)
		}
	}
	return due, nil
}

// Fetch probes the source's domains and keeps the transcript. A run that is cut off leaves none.
func (c Collector) Fetch(ctx context.Context, from collectors.Source, item collectors.Item, keep *collectors.Archive) (collectors.Fetched, error) {
	var done collectors.Fetched
	run := func(n Network) error {
		list, err := readList(from.Probe.Domains, from.Probe.Limit)
		if err != nil {
			return err
		}
		transcript, err := probe(ctx, from, list, n)
		if err != nil {
			return err
		}
		var b bytes.Buffer
		if err := transcript.write(&b); err != nil {
			return err
		}
		raw := item.Raw(from)
		raw.Fetched = time.Now().UTC()
		if _, _, err := keep.Add(raw, &b); err != nil {
			return err
		}
		done.New++
		return nil
	}
	if from.Probe.Resolver == "sample" {
		return done, c.sample.Run(ctx, item.Day, run)
	}
	dialer := &net.Dialer{Timeout: connectTimeout}
	return done, run(Network{Resolver: from.Probe.Resolver, Dial: dialer.DialContext, Now: time.Now})
}
