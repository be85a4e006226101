package ipv6

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"
)

// Bounds of the window by the rate: how many domains are probed at a time, and how far the newest may be ahead of the oldest
// that is not written, which a slow one holds up.
const (
	perTest    = 25 // approximate number of tests of a domain
	busyFor    = 30 // seconds that a domain is probed, with many failures
	slowFor    = 90 // seconds until a domain with failures is done
	minWorkers = 32
	maxWorkers = 1024
	minAhead   = 512
	maxAhead   = 16384
)

// window is the part of a list that is being probed. It rolls: a domain begins when a worker is free, failing tests are
// repeated when their time has come, and nobody waits for a slow domain. Domains are written in the order of the list, in
// batches that depend on nothing else, and only after a check has shown that network and resolver worked all the while.
type window struct {
	*prober
	list    *list
	journal *journal
	tell    func(done, total int)

	workers, ahead, batch int
	visits                []*visit // begun and not written, in the order of the list
	written, next         int      // domains of the list
	done                  int      // domains that no pass follows for, as far as is known
	running               int
	waiting               []*visit // for their next pass, by its time
	stopped               bool

	ended    chan outcome
	checked  chan error
	checking bool
	began    time.Time // of the last check
	doubt    bool      // a test failed since
	good     int64     // the last check that found all well; a check has the number of the round that it begins
	gone     error     // what the last check found; nil: all is well
	waited   time.Duration
	pause    time.Duration // until the next check while something is gone
}

type outcome struct {
	visit *visit
	err   error
}

// all probes the list from where the journal ends.
func (p *prober) all(ctx context.Context, l *list, j *journal, progress func(done, total int)) error {
	perSecond := int(p.manners.all.Limit())
	batch := batchSize(perSecond, len(l.entries))
	w := &window{
		prober: p, list: l, journal: j, tell: progress, written: j.domains, next: j.domains, done: j.domains,
		workers: min(max(perSecond*busyFor/perTest, minWorkers), maxWorkers), batch: batch,
		ahead: min(max(perSecond*slowFor/perTest, minAhead), maxAhead, max(len(l.entries)/2, 3*batch)), // of a short list a killed run loses a part, too
		began: time.Now(), ended: make(chan outcome), checked: make(chan error, 1),
	}
	if w.tell == nil {
		w.tell = func(int, int) {}
	}
	w.tell(w.done, len(l.entries))
	ctx, cancel := context.WithCancel(ctx)
	err := w.run(ctx)
	cancel()
	for ; w.running > 0; w.running-- {
		<-w.ended
	}
	if err != nil {
		return err
	}
	p.log.Info("the probe run ended", "run", p.header.Run, "domains", j.domains, "idle_seconds", p.idle.seconds(), "delegation_queries", p.asked.Load())
	if w.stopped {
		p.log.Info("the probe run was stopped", "by", p.manners.stopFile, "domains", j.domains)
		return j.end("the stop file was there")
	}
	return j.end("")
}

// batchSize returns the number of domains that are written together: few enough that a killed run loses little.
func batchSize(perSecond, domains int) int {
	return min(max(perSecond*20/perTest, 20), max(domains/20, 40), 1000)
}

// run handles one event after the other until the list is written.
func (w *window) run(ctx context.Context) error {
	for {
		if err := w.write(); err != nil { // what is written makes room for what begins
			return err
		}
		if err := w.start(ctx); err != nil {
			return err
		}
		if len(w.visits) == 0 && (w.stopped || w.next == len(w.list.entries)) {
			return nil
		}
		w.check(ctx)
		var wake <-chan time.Time
		if len(w.waiting) > 0 && w.gone == nil && w.running < w.workers {
			wake = time.After(max(0, time.Until(w.waiting[0].again)))
		}
		select {
		case o := <-w.ended:
			if w.running--; o.err != nil {
				return o.err
			}
			w.end(o.visit)
		case gone := <-w.checked:
			if err := w.judge(gone); err != nil {
				return err
			}
		case <-wake:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// start begins the visits that may begin: those whose tests are to be repeated first.
func (w *window) start(ctx context.Context) error {
	for w.gone == nil && w.running < w.workers {
		if w.stopped = w.stopped || w.manners.stopped(); w.stopped {
			for _, v := range w.waiting {
				v.done = true
			}
			w.waiting = nil
			return nil
		}
		if len(w.waiting) > 0 && !time.Now().Before(w.waiting[0].again) {
			v := w.waiting[0]
			w.waiting = w.waiting[1:]
			w.begin(ctx, v)
			continue
		}
		if w.next == len(w.list.entries) || w.next-w.written >= w.ahead {
			return nil
		}
		d, err := w.list.read(w.next)
		if err != nil {
			return err
		}
		v := w.newVisit(d)
		w.next++
		w.visits = append(w.visits, v)
		w.begin(ctx, v)
	}
	return nil
}

func (w *window) begin(ctx context.Context, v *visit) {
	w.running++
	go func() {
		var err error
		if v.due {
			err = w.visit(ctx, v)
		}
		w.ended <- outcome{v, err}
	}()
}

// end takes back a visit after a pass.
func (w *window) end(v *visit) {
	v.ended = w.round.Load()
	w.doubt = w.doubt || v.failed()
	if v.done = !v.due || w.stopped; !v.done {
		w.wait(v, w.Retry)
		return
	}
	w.done = min(w.done+1, len(w.list.entries)) // what is forgotten is done twice
	w.tell(w.done, len(w.list.entries))
}

// wait puts a visit among those that wait.
func (w *window) wait(v *visit, d time.Duration) {
	v.again = time.Now().Add(d)
	i, _ := slices.BinarySearchFunc(w.waiting, v.again, func(o *visit, t time.Time) int {
		if o.again.After(t) {
			return 1
		}
		return -1
	})
	w.waiting = slices.Insert(w.waiting, i, v)
}

// ready returns the number of visits that are to be written next, and whether each of them is done, and known to be right.
func (w *window) ready() (n int, done, right bool) {
	n = min(w.batch, len(w.visits))
	if n < w.batch && w.next < len(w.list.entries) && !w.stopped {
		return n, false, false
	}
	right = true
	for _, v := range w.visits[:n] {
		if !v.done {
			return n, false, false // a visit under way is not looked into
		}
		right = right && (w.good > v.ended || !v.failed())
	}
	return n, true, right
}

// write writes what is ready.
func (w *window) write() error {
	for {
		n, done, right := w.ready()
		if n == 0 || !done || !right {
			return nil
		}
		lines := make([]*domain, n)
		for i, v := range w.visits[:n] {
			lines[i] = &v.line
		}
		if err := w.journal.add(lines); err != nil {
			return err
		}
		w.visits = slices.Delete(w.visits, 0, n)
		w.written += n
	}
}

// check begins a check where a batch waits for it, and, while something is gone, when all visits under way have ended.
func (w *window) check(ctx context.Context) {
	n, done, right := w.ready()
	needed := n > 0 && done && !right || w.doubt && time.Since(w.began) >= 2*w.Timeout // soon, or an outage passes unseen
	if w.checking || w.gone == nil && !needed || w.gone != nil && w.running > 0 {
		return
	}
	w.checking, w.began, w.doubt = true, time.Now(), false
	wait := time.Duration(0)
	if w.gone != nil {
		wait = w.pause
		w.pause = min(2*w.pause, 30*time.Second)
	}
	w.round.Add(1)
	go func() {
		err := pause(ctx, wait)
		start := time.Now()
		if err == nil {
			err = w.missing(ctx)
		}
		if took := time.Since(start); err == nil && took > w.Timeout { // it outlasted what it was to find
			err = fmt.Errorf("%w: network and resolver answered only after %v", errGone, took.Round(time.Millisecond))
		}
		w.checked <- err
	}()
}

// judge draws the conclusions of a check. While something is gone nothing begins; once it is back, the failures since the last
// good check are forgotten.
func (w *window) judge(gone error) error {
	w.checking = false
	before := w.gone
	w.gone = gone
	switch {
	case gone == nil && before == nil:
		w.good = w.round.Load()
	case gone == nil:
		w.walker.Forget()
		w.shared.forget()
		for _, v := range w.visits {
			if v.forget(w.good - 1); v.due && v.done { // one that waits has its turn
				v.done = false
				w.wait(v, 0)
			}
		}
		w.good = w.round.Load()
	case before == nil:
		w.waited, w.pause = 0, min(time.Second, w.Patience)
		w.log.Warn("the probe waits until network and resolver work again", "because", gone)
	default:
		w.waited += w.pause
	}
	if w.waited >= w.Patience && gone != nil {
		return fmt.Errorf("%w; the results so far are kept, and the next run continues from there", gone)
	}
	return nil
}

// idle counts the seconds in which no test began.
type idle struct {
	mu    sync.Mutex
	last  int64 // second in which a test began
	total int64
}

func (i *idle) test() {
	now := time.Now().Unix()
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.last > 0 && now > i.last+1 {
		i.total += now - i.last - 1
	}
	i.last = max(i.last, now)
}

func (i *idle) seconds() int64 {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.total
}
