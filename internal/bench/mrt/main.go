// Command mrt makes MRT files of the size that the archives have today, and measures Tidemark beside its peers on them.
//
//	go run ./internal/bench/mrt generate DIR    the files: a RIB of 24 million entries and updates, raw, gz, bz2
//	go run ./internal/bench/mrt run DIR         all programs in turn, medians and ratios as a table
//	go run ./internal/bench/mrt instructions DIR    how many instructions Tidemark takes for an element
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) == 0 {
		return fmt.Errorf("give generate, run or instructions")
	}
	flags := flag.NewFlagSet(args[0], flag.ContinueOnError)
	asn := flags.String("asn", filepath.Join("..", "shared", "data", "asn"), "folder with prefix-origin tables")
	prefixes := flags.Int("prefixes", 0, "generate: use only so many prefixes of each family (0: all)")
	peers := flags.Int("peers", 20, "generate: peers of the collector")
	runs := flags.Int("runs", 5, "run: how often each program runs")
	only := flags.String("only", "", "run, instructions: only rows whose name contains this")
	cache := flags.String("cache", filepath.Join(os.TempDir(), "tidemark-bench"), "run, instructions: where programs are built")
	if err := flags.Parse(args[1:]); err != nil {
		return err
	}
	dir := flags.Arg(0)
	if dir == "" {
		return fmt.Errorf("give the folder of the files")
	}
	switch args[0] {
	case "generate":
		return generate(dir, *asn, *prefixes, *peers)
	case "run":
		return compare(dir, *cache, *runs, *only)
	case "instructions":
		return instructions(dir, *cache, *only)
	case "gobgp": // the processes that run starts
		return countGoBGP(dir)
	case "inflate":
		return inflate(dir)
	}
	return fmt.Errorf("%q is none of generate, run and instructions", args[0])
}
