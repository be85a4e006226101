package resolver

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"sync"
	"time"
)

// admission decides when transmissions may be sent: as many in flight as the window allows, paced, below the rate
// limit, retransmissions first, and with a bounded number of lookups under way.
type admission struct {
	clock func() time.Duration

	mu         sync.Mutex
	window     window
	inFlight   int     // transmissions neither answered nor lost
	lookups    int     // lookups that have sent something and have not ended
	maxLookups int     // maximum of lookups
	rate       float64 // maximum per second; 0: none
	credit     float64 // transmissions that may be sent now
	credited   time.Duration
	again      queue // lookups waiting to retransmit
	fresh      queue // lookups that have not sent anything yet
	pacer      *time.Timer
	stopped    bool

	heard    time.Duration // time of the last answer
	unheard  int           // transmissions lost since then
	counters Stats
}

func (a *admission) init(o Options, clock func() time.Duration) {
	a.clock, a.window, a.maxLookups, a.rate, a.credit = clock, newWindow(o.MaxInFlight, o.Timeout), o.MaxInFlight, o.Rate, 1
	a.pacer = time.AfterFunc(time.Hour, func() {
		a.mu.Lock()
		a.next()
		a.mu.Unlock()
	})
}

// waiter is a call's entry in a queue.
type waiter struct {
	call           *call
	in             *queue
	before, behind *waiter
}

// queue is first in, first out; a waiter that gives up leaves from any position.
type queue struct{ first, last *waiter }

func (q *queue) push(w *waiter) {
	w.in, w.before, w.behind = q, q.last, nil
	if q.last != nil {
		q.last.behind = w
	} else {
		q.first = w
	}
	q.last = w
}

func (w *waiter) leave() {
	q := w.in
	if w.before != nil {
		w.before.behind = w.behind
	} else {
		q.first = w.behind
	}
	if w.behind != nil {
		w.behind.before = w.before
	} else {
		q.last = w.before
	}
	w.in, w.before, w.behind = nil, nil, nil
}

// next admits whatever may be sent. The caller holds the lock.
func (a *admission) next() {
	for !a.stopped {
		w := a.again.first
		if w == nil && a.lookups < a.maxLookups {
			w = a.fresh.first
		}
		if w == nil {
			return
		}
		if a.inFlight >= a.window.flight() {
			a.window.limited = true
			return
		}
		if wait := a.pace(); wait > 0 {
			a.pacer.Reset(max(wait, tick/4)) // the credit does not grow faster
			return
		}
		if w.in == &a.fresh {
			a.lookups++
		}
		w.leave()
		a.inFlight++
		w.call.granted <- struct{}{}
	}
}

// pace uses up credit for one transmission, or returns how long until there is some.
func (a *admission) pace() time.Duration {
	perSecond := a.window.size / tick.Seconds()
	ceiling := a.rate > 0 && a.rate < perSecond
	if ceiling {
		perSecond = a.rate
	}
	now := a.clock()
	a.credit = min(a.credit+perSecond*(now-a.credited).Seconds(), max(1, perSecond*tick.Seconds()/4))
	a.credited = now
	if a.credit < 1 {
		a.window.limited = a.window.limited || !ceiling
		return time.Duration((1 - a.credit) / perSecond * float64(time.Second))
	}
	a.credit--
	return 0
}

// admit waits until the call may send; answered reports that the answer to an earlier transmission arrived meanwhile.
// If the resolver has stopped answering, it returns an error.
func (c *Client) admit(ctx context.Context, k *call, again bool) (answered bool, err error) {
	since := c.now()
	c.mu.Lock()
	if again {
		c.again.push(&k.waiter)
	} else {
		c.fresh.push(&k.waiter)
	}
	c.next()
	c.mu.Unlock()
	select {
	case <-k.granted:
		return false, nil
	default:
	}
	for wait := c.options.Timeout; ; {
		k.timer.Reset(wait)
		select {
		case <-k.granted:
			k.timer.Stop()
			return false, nil
		case <-k.done:
			answered = true
		case <-ctx.Done():
			err = ctx.Err()
		case <-c.closed:
			err = net.ErrClosed
		case <-k.timer.C:
			var silence time.Duration
			if silence, err = c.silence(since); err == nil {
				wait = max(time.Millisecond, c.options.Timeout-silence)
				continue
			}
		}
		k.timer.Stop()
		c.mu.Lock()
		defer c.mu.Unlock()
		if k.in != nil {
			k.leave()
			return answered, err
		}
		<-k.granted // it was admitted at this very moment
		c.inFlight--
		if !again {
			c.lookups--
		}
		c.next()
		return answered, err
	}
}

// silence returns for how long the resolver has answered nothing, counted from since at the earliest; it is an error if
// that is too long and enough transmissions were lost meanwhile.
func (c *Client) silence(since time.Duration) (time.Duration, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	silence := c.now() - max(since, c.heard)
	if silence < c.options.Timeout || c.unheard < 4 {
		return min(silence, c.options.Timeout), nil
	}
	var last error = os.ErrDeadlineExceeded
	if t := c.trouble.Load(); t != nil && t.at >= c.heard {
		last = t.err
	}
	return 0, fmt.Errorf("it answers nobody: %w", last)
}

// waits returns how long to wait for the answer to the nth transmission before the next.
func (c *Client) waits(n int) time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.window.timeout() << n
}

// missed records that the call's nth transmission was not answered in time.
func (c *Client) missed(k *call, n int) {
	s := &k.sent[n]
	s.lost = true
	c.mu.Lock()
	c.inFlight--
	c.unheard++
	c.counters.Lost++
	c.window.onLoss(c.now(), s.at)
	c.next()
	c.mu.Unlock()
}

// release ends the UDP part of a lookup: its transmissions are forgotten and accounted for.
func (c *Client) release(k *call) {
	for i := range k.sent {
		if s := k.sent[i].socket; s != nil {
			s.forget(k.sent[i].id, k)
		}
	}
	if len(k.sent) == 0 {
		return
	}
	answered := k.taken.Load() && k.response != nil
	c.mu.Lock()
	defer c.mu.Unlock()
	c.lookups--
	c.counters.Sent += uint64(len(k.sent))
	c.counters.Retransmitted += uint64(len(k.sent) - 1)
	for i := range k.sent {
		if !k.sent[i].lost {
			c.inFlight--
		}
	}
	if answered {
		s := &k.sent[k.n]
		if s.lost {
			c.counters.Lost--
		}
		c.heard, c.unheard = max(c.heard, k.at), 0
		c.window.onAnswer(k.at, s.at, s.lost)
	}
	c.next()
}

// end counts a lookup that has ended.
func (c *Client) end(x Exchange, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if x.TCP {
		c.counters.OverTCP++
	}
	switch {
	case err == nil:
		c.counters.Answered++
	case errors.Is(err, os.ErrDeadlineExceeded):
		c.counters.Timeouts++
		fallthrough
	default:
		c.counters.Failed++
	}
}

func (a *admission) stop() {
	a.mu.Lock()
	a.stopped = true
	a.pacer.Stop()
	a.mu.Unlock()
}

// Stats returns the counts so far. Transmissions are counted when their lookup ends.
func (c *Client) Stats() Stats {
	c.mu.Lock()
	defer c.mu.Unlock()
	s := c.counters
	s.Mismatched, s.Refused = c.mismatched.Load(), c.refusals.Load()
	s.InFlight, s.Window, s.RTT = c.lookups, c.window.size, c.window.rtt
	return s
}
