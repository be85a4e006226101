// Tidemark measures how the Internet evolves: its routing table, its IPv6, its standards. See README.md for its use and
// ARCHITECTURE.md for its parts.
package main

import (
	"context"
	"os"
	"os/signal"
	"runtime"
	"runtime/debug"
	"syscall"

	"tidemark/internal/cli"
	"tidemark/internal/machine"
)

func main() {
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(heapGoal(runtime.GOMAXPROCS(0), machine.Memory()))
	}
	ctx, cancel := context.WithCancelCause(context.Background())
	go stop(cancel)
	os.Exit(cli.Main(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}

// stop cancels at the first signal. The second ends the process.
func stop(cancel context.CancelCauseFunc) {
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	s := <-signals
	signal.Reset(os.Interrupt, syscall.SIGTERM)
	cancel(cli.Stopped(s.(syscall.Signal)))
}
