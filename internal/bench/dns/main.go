// Command dns measures lookups of generated names at nsd, and at unbound in front of it, on loopback: Tidemark's
// resolver client beside dnsperf and a plain miekg/dns client.
//
//	go run ./internal/bench/dns run     all programs in turn, medians as a table
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) == 0 {
		return fmt.Errorf("give run")
	}
	flags := flag.NewFlagSet(args[0], flag.ContinueOnError)
	names := flags.Int("names", 100_000, "names to look up")
	most := flags.Int("most", 1_000_000, "run: names of the longest list, for the memory")
	runs := flags.Int("runs", 3, "run: how often each program runs")
	only := flags.String("only", "", "run: only rows whose name contains this")
	server := flags.String("server", "", "lookup, plain: the resolver's address and port")
	workers := flags.Int("workers", 2000, "lookup, plain: goroutines")
	if err := flags.Parse(args[1:]); err != nil {
		return err
	}
	switch args[0] {
	case "run":
		return compare(*names, *most, *runs, *only)
	case "lookup": // the processes that run starts
		return report(lookup(*server, *names, *workers))
	case "plain":
		return report(plain(*server, *names, *workers))
	}
	return fmt.Errorf("%q is not run", args[0])
}

// report writes a client's counts for the process that started this one.
func report(c counted, err error) error {
	if err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(c)
}
