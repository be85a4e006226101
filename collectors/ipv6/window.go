package ipv6

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"
)

// Bounds of the window by the rate: how many domains are probed at a time, and how many may be begun and not written.
const (
	perTest    = 25 // approximate number of tests of a domain
	busyFor    = 30 // seconds that a domain is probed, with many failures
	slowFor    = 90 // seconds until a domain with failures is done
	minWorkers = 32
	maxWorkers = 1024
	minAhead   = 512
	maxAhead   = 16384
)

// maxHeld is how many bytes the domains that are begun and not written hold at most, about; then no other begins.
var maxHeld int64 = 256 << 20

// window is the part of a list that is being probed. It rolls: a domain begins when a worker is free, failing tests are
// repeated when their time has come, and nobody waits for a slow domain. A domain is written when it is done, or, where a test of it
// failed, after a check has shown that network and resolver worked all the while.
type window struct {
	*prober
	list    *list
	journal *journal
	tell    func(done, total int)

	workers, ahead, batch int
	next                  int      // place in the list of the domain that may begin next
	done                  int      // domains that no pass follows for, as far as is known
	running               int      // visits under way
	waiting               []*visit // for their next pass, by its time
	doubtful              []*visit // done, with failures that a check has to confirm
	sound                 []*visit // done, and to be written
	held                  int64    // bytes of visits that are begun and not written
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

// all probes the domains of the list that the journal does not have.
func (p *prober) all(ctx context.Context, l *list, j *journal, progress func(done, total int)) error {
	perSecond := int(p.manners.all.Limit())
	w := &window{
		prober: p, list: l, journal: j, tell: progress, done: j.domains,
		workers: min(max(perSecond*busyFor/perTest, minWorkers), maxWorkers), batch: min(max(perSecond*20/perTest, 20), 1000),
		ahead: min(max(perSecond*slowFor/perTest, minAhead), maxAhead),
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
	if err := errors.Join(err, w.write()); err != nil {
		return err
	}
	p.log.Info("the probe run ended", "run", p.header.Run, "domains", j.domains, "idle_seconds", p.idle.seconds(), "delegation_queries", p.asked.Load())
	if w.stopped {
		p.log.Info("the probe run was stopped", "by", p.manners.stopFile, "domains", j.domains)
		return j.end("the stop file was there")
	}
	return j.end("")
}

// run handles one event after the other until all domains are done, and known to be right.
func (w *window) run(ctx context.Context) error {
	second := time.NewTicker(time.Second) // what a killed run loses
	defer second.Stop()
	for {
		if err := w.start(ctx); err != nil {
			return err
		}
		if w.running+len(w.waiting)+len(w.doubtful) == 0 && (w.stopped || w.next == len(w.list.entries)) {
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
			if w.end(o.visit); len(w.sound) < w.batch {
				continue
			}
		case gone := <-w.checked:
			if err := w.judge(gone); err != nil {
				return err
			}
			continue
		case <-second.C:
		case <-wake:
			continue
		case <-ctx.Done():
			return ctx.Err()
		}
		if err := w.write(); err != nil {
			return err
		}
	}
}

// start begins the visits that may begin: those whose tests are to be repeated first.
func (w *window) start(ctx context.Context) error {
	for w.gone == nil && w.running < w.workers {
		if w.stopped = w.stopped || w.manners.stopped(); w.stopped {
			w.doubtful = append(w.doubtful, w.waiting...)
			w.waiting = nil
			return nil
		}
		if len(w.waiting) > 0 && !time.Now().Before(w.waiting[0].again) {
			v := w.waiting[0]
			w.waiting = w.waiting[1:]
			w.begin(ctx, v)
			continue
		}
		for w.journal.has(w.next) {
			w.next++
		}
		begun := w.running + len(w.waiting) + len(w.doubtful) + len(w.sound)
		if w.next == len(w.list.entries) || begun >= w.ahead || w.held >= maxHeld {
			return nil
		}
		d, err := w.list.read(w.next)
		if err != nil {
			return err
		}
		v := w.newVisit(d)
		v.place = w.next
		w.next++
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
	before := v.bytes
	v.bytes = v.size()
	w.held += v.bytes - before
	failed := v.failed()
	w.doubt = w.doubt || failed
	switch {
	case v.due && !w.stopped:
		w.wait(v, w.Retry)
		return
	case failed:
		w.doubtful = append(w.doubtful, v)
	default:
		w.sound = append(w.sound, v)
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

// write writes the domains that are known to be right.
func (w *window) write() error {
	if err := w.journal.add(w.sound); err != nil {
		return err
	}
	for _, v := range w.sound {
		w.held -= v.bytes
	}
	w.sound = nil
	return nil
}

// check begins a check where domains wait for it, and, while something is gone, when all visits under way have ended.
func (w *window) check(ctx context.Context) {
	needed := len(w.doubtful) >= w.batch || len(w.doubtful) > 0 && w.running+len(w.waiting) == 0 ||
		w.doubt && time.Since(w.began) >= 2*w.Timeout // soon, or an outage passes unseen
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
		w.confirm()
	case gone == nil:
		w.walker.Forget()
		w.shared.forget()
		for _, v := range w.waiting { // each has its turn
			v.forget(w.good - 1)
		}
		w.doubtful = slices.DeleteFunc(w.doubtful, func(v *visit) bool {
			v.forget(w.good - 1)
			if v.due {
				w.wait(v, 0)
			}
			return v.due
		})
		w.confirm()
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

// confirm counts the check that ended as good: what had failed before it began is right.
func (w *window) confirm() {
	w.good = w.round.Load()
	w.doubtful = slices.DeleteFunc(w.doubtful, func(v *visit) bool {
		right := v.ended < w.good
		if right {
			w.sound = append(w.sound, v)
		}
		return right
	})
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
