package cli

// probeVerb probes on the spot, without the schedule.
type probeVerb struct {
	Domain    probeDomainVerb    `cmd:"" default:"withargs" name:"domain" help:"Test how ready domains are for IPv6, and say what to fix; probe DOMAIN… is short for it."`
	Exchanges probeExchangesVerb `cmd:"" help:"Show the questions to name servers on which the verdicts of a kept run on a domain rest, with their answers, as dig does."`
	Self      probeSelfVerb      `cmd:"" help:"Show what this connection can do: IPv6, resolver, path MTU, DNS64 and NAT64, with a score and advice."`
	Page      probePageVerb      `cmd:"" help:"Write a page on which a browser tests its own connection against three hosts of yours."`
}
