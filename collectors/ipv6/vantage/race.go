package vantage

import (
	"context"
	"net/netip"
	"time"
)

// race connects to a control as a client does: to the address that this machine prefers and, once that failed or attemptDelay has passed,
// to the other one as well (RFC 8305 section 5). The event has the family that won, and the time from the first attempt on.
func (r *runner) race(ctx context.Context, target string, v6, v4 netip.AddrPort) event {
	first, other := v6, v4
	if r.prefersIPv4 {
		first, other = v4, v6
	}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	ended := make(chan event, 2)
	try := func(to netip.AddrPort) { ended <- r.connect(ctx, target, to) }
	start := time.Now()
	go try(first)
	wait := time.NewTimer(attemptDelay * time.Millisecond)
	defer wait.Stop()
	for open, second := 1, false; ; {
		select {
		case <-wait.C:
		case e := <-ended:
			open--
			e.Kind = "race"
			if e.Result == "ok" {
				e.MS = milliseconds(time.Since(start))
				return e
			}
			if second && open == 0 {
				return e
			}
		}
		if !second {
			second = true
			open++
			go try(other)
		}
	}
}
