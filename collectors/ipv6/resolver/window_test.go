package resolver

import (
	"container/heap"
	"math/rand/v2"
	"testing"
	"time"
)

// path is a simulated way to a resolver with as many lookups waiting as the window lets out.
type path struct {
	rate   float64       // answers a second that it can give
	room   int           // that wait for it; what comes on top is lost
	police bool          // it drops what comes too early instead of keeping it waiting
	delay  time.Duration // there and back
	loss   float64       // of what is sent, whatever is sent
	slow   float64       // share of names that take the resolver seconds
	varies time.Duration // recursion takes up to so long more
	down   [2]time.Duration
}

// event is the fate of a transmission: an answer, or the end of patience.
type event struct {
	at, sent time.Duration
	lost     bool
	late     bool // the answer to one that was counted as lost
}

type events []event

func (e events) Len() int           { return len(e) }
func (e events) Less(i, j int) bool { return e[i].at < e[j].at }
func (e events) Swap(i, j int)      { e[i], e[j] = e[j], e[i] }
func (e *events) Push(x any)        { *e = append(*e, x.(event)) }
func (e *events) Pop() any {
	last := (*e)[len(*e)-1]
	*e = (*e)[:len(*e)-1]
	return last
}

// result of a simulation's last part, when the window has found its size.
type result struct {
	answers float64 // a second
	lost    float64 // share of what was sent
	window  float64
}

// simulate runs the window over a path; the first settle of it does not count.
func simulate(p path, settle, length time.Duration, ceiling int) result {
	w := newWindow(ceiling, 5*time.Second)
	chance := rand.New(rand.NewPCG(1, 2))
	var all events
	flight, credit := 0, 1.0
	var free time.Duration // when the server will have answered all that waits
	var sent, lost, answered int
	const step = 100 * time.Microsecond
	for now := time.Duration(0); now < length; now += step {
		for len(all) > 0 && all[0].at <= now {
			e := heap.Pop(&all).(event)
			if !e.late {
				flight--
			}
			if e.lost {
				w.onLoss(now, e.sent)
			} else {
				w.onAnswer(e.at, e.sent, e.late)
				if now > settle {
					answered++
				}
			}
		}
		perSecond := w.size / tick.Seconds()
		credit = min(credit+perSecond*step.Seconds(), max(1, perSecond*tick.Seconds()/4))
		for ; ; credit-- {
			if flight >= w.flight() || credit < 1 {
				w.limited = true
				break
			}
			flight++
			if now > settle {
				sent++
			}
			patience := now + w.timeout()
			begin := max(free, now)
			waiting := float64(begin-now) / float64(time.Second) * p.rate
			dead := now >= p.down[0] && now < p.down[1]
			switch {
			case dead, chance.Float64() < p.loss, waiting >= float64(p.room), p.police && begin > now:
				if now > settle && !dead {
					lost++
				}
				heap.Push(&all, event{at: patience, sent: now, lost: true})
				continue
			}
			free = begin + time.Duration(float64(time.Second)/p.rate)
			answer := free + p.delay
			if p.varies > 0 {
				answer += time.Duration(chance.Float64() * chance.Float64() * float64(p.varies))
			}
			if chance.Float64() < p.slow {
				answer += 10 * time.Second
			}
			if answer > patience {
				heap.Push(&all, event{at: patience, sent: now, lost: true})
			}
			heap.Push(&all, event{at: answer, sent: now, late: answer > patience})
		}
	}
	seconds := (length - settle).Seconds()
	return result{float64(answered) / seconds, float64(lost) / float64(sent), w.size}
}

// TestWindow runs it over paths of all kinds: it must use most of what each carries, and lose little.
func TestWindow(t *testing.T) {
	ms := time.Millisecond
	for _, c := range []struct {
		name    string
		path    path
		least   float64 // answers a second
		most    float64 // share lost by overrunning or on the way
		settle  time.Duration
		ceiling int
	}{
		{"a server on loopback with a small buffer", path{rate: 50000, room: 277, delay: ms / 10}, 40000, 0.001, 2 * time.Second, 4096},
		{"a slower one", path{rate: 10000, room: 277, delay: ms / 5}, 8000, 0.001, 2 * time.Second, 4096},
		{"a far one", path{rate: 20000, room: 500, delay: 100 * ms}, 14000, 0.005, 10 * time.Second, 4096},
		{"one that does little", path{rate: 300, room: 50, delay: ms}, 240, 0.02, 5 * time.Second, 4096},
		{"recursion", path{rate: 20000, room: 277, delay: ms, varies: 400 * ms}, 14000, 0.015, 10 * time.Second, 4096},
		{"recursion with names that are broken", path{rate: 20000, room: 277, delay: ms, varies: 200 * ms, slow: 0.05}, 5000, 0.01, 30 * time.Second, 4096},
		{"a limit that drops", path{rate: 1000, room: 1 << 30, delay: ms, police: true}, 500, 0.3, 10 * time.Second, 4096},
		{"loss of a tenth", path{rate: 20000, room: 277, delay: ms, loss: 0.1}, 15000, 0.11, 10 * time.Second, 4096},
		{"loss of a fifth, far", path{rate: 20000, room: 500, delay: 50 * ms, loss: 0.2}, 15000, 0.22, 15 * time.Second, 4096},
		{"an hour off", path{rate: 20000, room: 277, delay: ms, down: [2]time.Duration{3 * time.Second, 10 * time.Second}}, 15000, 0.01, 15 * time.Second, 4096},
		{"a low ceiling", path{rate: 20000, room: 277, delay: 10 * ms}, 700, 0.001, time.Second, 8},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := simulate(c.path, c.settle, c.settle+5*time.Second, c.ceiling)
			t.Logf("%.0f/s, %.3f %% lost, window %.0f", got.answers, 100*got.lost, got.window)
			if got.answers < c.least {
				t.Errorf("%.0f answers a second, expected %.0f", got.answers, c.least)
			}
			if got.lost > c.most {
				t.Errorf("%.2f %% lost, expected at most %.2f %%", 100*got.lost, 100*c.most)
			}
			if got.window > float64(c.ceiling) {
				t.Errorf("the window is %.0f, the ceiling %d", got.window, c.ceiling)
			}
		})
	}
}
