package main

// probeVerb probes on the spot, without the schedule.
type probeVerb struct {
	Self probeSelfVerb `cmd:"" help:"Show what this connection can do: IPv6, resolver, path MTU, DNS64 and NAT64, with a score and advice."`
}
