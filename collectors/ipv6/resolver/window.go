package resolver

import (
	"math"
	"time"
)

// Bounds of the window, and when it is judged.
const (
	windowFloor = 4
	windowStart = 16
	tick        = 10 * time.Millisecond // the window is also what may be sent in this time
	epochTime   = 50 * time.Millisecond
	epochSize   = 32 // transmissions whose fate is known
	queueTime   = 5 * time.Millisecond

	minRTO     = 100 * time.Millisecond
	initialRTO = time.Second // RFC 6298 section 2.1
)

// window decides how many transmissions may be in flight, as TCP does (RFC 5681): it doubles until the path resists, is cut
// then, and opens slowly from there. Times are since the client's start.
//
// A lookup that takes long says little: recursion does. Resistance is a share of lost transmissions above what the path
// loses anyway, or a shortest round trip, of all in an epoch, that has become longer: then a queue stands somewhere, even
// where nothing was lost yet. Whether it is ours is seen by cutting: loss and delay that a smaller window does not mend are
// the path's own, and the window opens in spite of them.
type window struct {
	size      float64
	ceiling   float64
	slow      bool    // slow start: doubling, up to threshold
	threshold float64 // 0: none

	rtt, variance time.Duration // RFC 6298; 0 before the first answer

	// The epoch under way: transmissions since it began, by fate.
	began          time.Duration
	answered, lost int
	shortest       time.Duration
	limited        bool // somebody waited for the window

	// What the path does without our doing.
	delay time.Duration
	loss  float64

	// The last cut, until it was judged.
	cutAt    time.Duration
	judging  bool
	cutLoss  float64
	cutDelay time.Duration
}

func newWindow(ceiling int) window {
	return window{size: min(windowStart, float64(ceiling)), ceiling: float64(ceiling), slow: true}
}

// timeout is how long a first transmission's answer is waited for (RFC 6298 section 2).
func (w *window) timeout() time.Duration {
	if w.rtt == 0 {
		return initialRTO
	}
	return max(minRTO, w.rtt+4*w.variance)
}

// onAnswer takes note of an answer to a transmission; late says that it was counted as lost before.
func (w *window) onAnswer(now, sent time.Duration, late bool) {
	rtt := max(now-sent, time.Microsecond)
	if w.rtt == 0 {
		w.rtt, w.variance = rtt, rtt/2
	} else {
		// RFC 6298's gains are for a sample or two a round trip; here are as many as the window has.
		gain := time.Duration(max(1, w.size/8))
		w.variance += ((w.rtt - rtt).Abs() - w.variance) / (4 * gain)
		w.rtt += (rtt - w.rtt) / (8 * gain)
	}
	if sent < w.cutAt {
		return
	}
	if late && w.lost > 0 {
		w.lost--
	}
	if w.answered++; w.shortest == 0 || rtt < w.shortest {
		w.shortest = rtt
	}
	w.judge(now)
}

// onLoss takes note of a transmission that was not answered in time.
func (w *window) onLoss(now, sent time.Duration) {
	if sent < w.cutAt {
		return
	}
	w.lost++
	w.judge(now)
}

// judge ends an epoch that has told enough.
func (w *window) judge(now time.Duration) {
	if w.judging && now < w.cutAt+w.timeout() {
		return // losses since the cut are not known yet
	}
	n := w.answered + w.lost
	if n < epochSize || now < w.began+epochTime {
		return
	}
	loss := float64(w.lost) / float64(n)
	if w.judging {
		w.judging = false
		if w.cutLoss < 0.5 && loss > 0.75*w.cutLoss {
			w.loss = max(w.loss, min(loss, w.cutLoss))
		}
		if w.cutDelay > 0 && w.shortest-w.delay > (w.cutDelay-w.delay)*9/10 {
			w.delay = min(w.shortest, w.cutDelay)
		}
	}
	chance := max(w.loss, 0.01)
	resists := loss > w.loss+0.02+2*math.Sqrt(chance*(1-chance)/float64(n))
	queued := w.answered > 0 && w.delay > 0 && w.shortest > 2*w.delay+queueTime
	switch {
	case resists || queued:
		w.cut(now, loss, queued)
	case w.limited && w.slow:
		if w.size *= 2; w.threshold > 0 && w.size >= w.threshold {
			w.size, w.slow = w.threshold, false
		}
	case w.limited:
		w.size += 1 + w.size/32
	}
	w.size = max(min(windowFloor, w.ceiling), min(w.size, w.ceiling))
	if loss < w.loss {
		w.loss -= (w.loss - loss) / 16
	}
	switch {
	case w.answered == 0:
	case w.delay == 0:
		w.delay = w.shortest
	case w.shortest < w.delay:
		w.delay -= (w.delay - w.shortest) / 8
	}
	w.began, w.answered, w.lost, w.shortest, w.limited = now, 0, 0, 0, false
}

// cut makes the window smaller: to what got through, at most seven tenths. When nothing did, the way up is taken in slow
// start to half of where it was.
func (w *window) cut(now time.Duration, loss float64, queued bool) {
	w.slow, w.threshold = w.answered == 0, max(w.threshold, w.size/2)
	w.size *= min(0.7, 1-loss+w.loss)
	w.cutAt, w.judging, w.cutLoss, w.cutDelay = now, true, loss, 0
	if queued {
		w.cutDelay = w.shortest
	}
}
