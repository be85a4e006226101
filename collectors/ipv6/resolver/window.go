package resolver

import (
	"math"
	"time"
)

// Bounds of the window, and how often it is judged.
const (
	minWindow     = 1
	minFlight     = 16 // transmissions that may always be in flight, so that slow names do not block all others
	initialWindow = 16
	tick          = 4 * time.Millisecond // at most a window's share of this time is sent at once
	epochTime     = 50 * time.Millisecond
	epochSize     = 48 // transmissions with a known outcome
	batch         = 16 // answers of which the shortest round trip counts
	queueTime     = 4 * time.Millisecond

	minRTO     = 100 * time.Millisecond
	initialRTO = time.Second // RFC 6298 section 2.1
)

// window decides how many transmissions may be in flight, as TCP does (RFC 5681): it doubles until the path resists, is
// cut then, and opens slowly from there. Times are since the client's start.
//
// A single slow lookup means little, since recursion takes time. Resistance is a share of lost transmissions above what
// the path loses anyway, or a shortest round trip of several that has grown: then a queue has formed somewhere, even if
// nothing was lost yet. Whether the queue is ours shows when the window is cut: loss and delay that a smaller window
// does not cure belong to the path, and the window opens in spite of them.
type window struct {
	size      float64
	ceiling   float64
	slow      bool    // slow start: doubling, up to threshold
	threshold float64 // 0: none

	initial       time.Duration // wait for an answer while too few have come to know their times
	rtt, variance time.Duration // RFC 6298
	samples       int

	// The current epoch: transmissions since it began, by outcome.
	began          time.Duration
	answered, lost int
	shortest       time.Duration // of the last complete batch of answers
	batchShortest  time.Duration // of the batch being received
	limited        bool          // a lookup waited for the window

	// What the path does by itself: loss follows what is observed, up to what a cut has shown not to be ours.
	delay        time.Duration
	loss, proven float64

	// The last cut, until it is judged.
	cutAt    time.Duration
	settled  time.Duration // when its effect shows
	judging  bool
	cutLoss  float64
	cutDelay time.Duration
	cutRate  float64 // answers per second before it
	cutSize  float64
	cutSlow  bool
}

func newWindow(ceiling int, timeout time.Duration) window {
	// A quarter leaves room for repetitions: a lost datagram alone does not use up the time that an answer has.
	return window{size: min(initialWindow, float64(ceiling)), ceiling: float64(ceiling), slow: true, initial: min(initialRTO, timeout/4)}
}

// flight returns how many transmissions may be in flight.
func (w *window) flight() int { return int(min(w.ceiling, max(minFlight, w.size))) }

// timeout returns how long to wait for the answer to a first transmission (RFC 6298 section 2).
func (w *window) timeout() time.Duration {
	if w.samples < 32 { // too few to know how times vary
		return w.initial
	}
	return max(minRTO, w.rtt+max(minRTO/2, 4*w.variance))
}

// onAnswer records an answer to a transmission; late means that it was counted as lost before.
func (w *window) onAnswer(now, sent time.Duration, late bool) {
	rtt := max(now-sent, time.Microsecond)
	if w.rtt == 0 {
		w.rtt, w.variance = rtt, rtt/2
	} else {
		// RFC 6298's gains are for one or two samples per round trip; here there are as many as the window has.
		n := time.Duration(min(float64(w.samples+1), max(32, w.size)))
		w.variance += ((w.rtt - rtt).Abs() - w.variance) / max(2, n/2)
		w.rtt += (rtt - w.rtt) / n
	}
	w.samples++
	if sent < w.cutAt || now < w.settled {
		return
	}
	if late && w.lost > 0 {
		w.lost--
	}
	if w.batchShortest == 0 || rtt < w.batchShortest {
		w.batchShortest = rtt
	}
	if w.answered++; w.answered%batch == 0 {
		w.shortest, w.batchShortest = w.batchShortest, 0
	}
	w.judge(now)
}

// onLoss records a transmission that was not answered in time.
func (w *window) onLoss(now, sent time.Duration) {
	if sent < w.cutAt || now < w.settled {
		return
	}
	w.lost++
	w.judge(now)
}

// judge ends an epoch with enough outcomes.
func (w *window) judge(now time.Duration) {
	n := w.answered + w.lost
	if n < epochSize || now < w.began+max(epochTime, w.timeout()/2) {
		return
	}
	loss := float64(w.lost) / float64(n)
	rate := float64(w.answered) / (now - w.began).Seconds()
	if w.judging {
		w.judging = false
		w.verdict(loss, rate)
	}
	// More than the path's own loss, and more than chance adds to that.
	expected := max(w.loss, 0.002) * float64(n)
	resists := float64(w.lost) > 1+expected+3*math.Sqrt(expected)
	// If the times of recursion vary, so does the shortest of a few.
	queued := w.delay > 0 && w.shortest > w.delay+w.delay/8+max(queueTime, w.variance/2)
	switch {
	case resists || queued:
		w.cut(now, loss, rate, queued)
	case w.limited && w.slow:
		if w.size *= 2; w.threshold > 0 && w.size >= w.threshold {
			w.size, w.slow = w.threshold, false
		}
	case w.limited:
		w.size += 1 + w.size/16
	}
	w.size = max(min(minWindow, w.ceiling), min(w.size, w.ceiling))
	w.loss += (min(loss, w.proven) - w.loss) / 16
	switch {
	case w.shortest == 0:
	case w.delay == 0:
		w.delay = w.shortest
	case w.shortest < w.delay:
		w.delay -= (w.delay - w.shortest) / 8
	}
	w.began, w.answered, w.lost, w.shortest, w.batchShortest, w.limited = max(now, w.settled), 0, 0, 0, 0, false
}

// verdict judges the last cut. If fewer answers arrived but no less was lost, or they arrived no sooner, the cut did
// not help and is taken back.
func (w *window) verdict(loss, rate float64) {
	if rate > w.cutRate*(1+w.size/w.cutSize)/2 {
		return
	}
	useless := false
	if w.cutDelay == 0 && w.cutLoss < 0.3 && loss > 0.6*w.cutLoss {
		w.proven = max(w.proven, (loss+w.cutLoss)/2)
		w.loss = w.proven
		useless = true
	}
	if w.cutDelay > 0 && w.shortest > 0 && w.shortest-w.delay > (w.cutDelay-w.delay)*9/10 {
		w.delay = min(w.shortest, w.cutDelay)
		useless = true
	}
	if useless {
		w.size, w.slow = max(w.size, w.cutSize), w.cutSlow
	}
}

// cut shrinks the window to what got through, at most seven tenths of it. If nothing did, slow start leads back up to
// half of the old size.
func (w *window) cut(now time.Duration, loss, rate float64, queued bool) {
	w.cutRate, w.cutSize, w.cutSlow = rate, w.size, w.slow
	w.slow, w.threshold = w.answered == 0, max(w.threshold, w.size/2)
	w.size *= min(0.7, 1-loss+w.loss)
	w.cutAt, w.settled, w.judging, w.cutLoss, w.cutDelay = now, now+w.timeout()*3/2, true, loss, 0
	if queued {
		w.settled, w.cutDelay = now+w.rtt, w.shortest
	}
}
