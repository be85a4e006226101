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

// Sample runs a probe against the sample's own servers for each of its days.
type Sample func(ctx context.Context, run func(day time.Time, n Network) error) error

// Collector probes domains; its kind is ipv6-probes.
type Collector struct{ sample Sample }

// New makes the collector. sample stands behind sources whose resolver is "sample".
func New(sample Sample) Collector { return Collector{sample} }

// Kind is ipv6-probes.
func (Collector) Kind() string { return "ipv6-probes" }

// Fetch probes the source's domains once a day and keeps the transcript. A run that is cut off leaves none.
func (c Collector) Fetch(ctx context.Context, from collectors.Source, day time.Time, keep *collectors.Archive) (collectors.Fetched, error) {
	var done collectors.Fetched
	if from.Probe.Domains == "" || from.Probe.Resolver == "" {
		return done, fmt.Errorf("source %s: a probe needs domains and resolver", from.Name)
	}
	run := func(day time.Time, n Network) error {
		raw := collectors.Raw{Kind: from.Kind, Collector: from.Name, Name: "probe.jsonl", URL: "probe:" + from.Name, Day: day}
		old, err := keep.Get(raw)
		if err != nil {
			return err
		}
		if old != nil {
			done.Unchanged++
			return nil
		}
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
		raw.Fetched = time.Now().UTC()
		if _, _, err := keep.Add(raw, &b); err != nil {
			return err
		}
		done.New++
		return nil
	}
	if from.Probe.Resolver == "sample" {
		return done, c.sample(ctx, run)
	}
	if _, _, err := net.SplitHostPort(from.Probe.Resolver); err != nil {
		return done, fmt.Errorf("source %s: resolver %q is no host:port", from.Name, from.Probe.Resolver)
	}
	dialer := &net.Dialer{Timeout: connectTimeout}
	return done, run(day, Network{Resolver: from.Probe.Resolver, Dial: dialer.DialContext, Now: time.Now})
}
