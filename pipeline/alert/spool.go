package alert

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"tidemark/internal/atomicfile"
	"tidemark/internal/redact"
)

const (
	maxWaiting  = 10_000 // messages that wait for a sink, and as many that it refused
	maxAttempts = 3      // of a message in one Deliver
	refused     = "refused"
)

// Patience says how long Deliver tries.
type Patience struct {
	Pause time.Duration // before the second attempt, doubled before each further one
	Sink  time.Duration // for all messages of one sink
}

// Usual is the patience of a run.
var Usual = Patience{Pause: time.Second, Sink: 2 * time.Minute}

// Failure is a sink that did not accept all.
type Failure struct {
	Sink string
	Err  error
}

func (b *Book) queue(sink string) string { return filepath.Join(b.dir, "spool", sink) }

// fill writes what is outgoing into the spool, a file a message. What a killed process has written before is written again under the
// same name; nothing of it is sent before all is written.
func (b *Book) fill() error {
	if len(b.state.Outgoing) == 0 {
		return nil
	}
	for _, o := range b.state.Outgoing {
		text, err := json.Marshal(o.Message)
		if err != nil {
			return err
		}
		if err := os.MkdirAll(b.queue(o.Sink), 0o755); err != nil {
			return err
		}
		if err := atomicfile.Write(filepath.Join(b.queue(o.Sink), fmt.Sprintf("%016d.json", o.Number)), text); err != nil {
			return err
		}
	}
	if err := atomicfile.SyncDir(filepath.Join(b.dir, "spool")); err != nil {
		return err
	}
	b.state.Outgoing = nil
	return b.save()
}

// Deliver sends what waits, to each sink in the order of the messages and to several sinks at once. What a sink does not accept waits for
// the next time.
func (b *Book) Deliver(ctx context.Context, sinks map[string]Sink, patience Patience) (failures []Failure) {
	if err := b.fill(); err != nil {
		return []Failure{{"spool", err}}
	}
	var mu sync.Mutex
	var all sync.WaitGroup
	for name, sink := range sinks {
		all.Go(func() {
			ctx, cancel := context.WithTimeout(ctx, patience.Sink)
			defer cancel()
			if err := b.deliver(ctx, name, sink, patience.Pause); err != nil {
				mu.Lock()
				defer mu.Unlock()
				failures = append(failures, Failure{name, err})
			}
		})
	}
	all.Wait()
	abandoned, err := os.ReadDir(filepath.Join(b.dir, "spool"))
	if err == nil {
		for _, e := range abandoned {
			if _, known := sinks[e.Name()]; !known {
				if waiting, err := waiting(b.queue(e.Name())); err == nil && len(waiting) > 0 {
					failures = append(failures, Failure{e.Name(), fmt.Errorf("%d messages wait for a sink that is not configured; configure it, or remove %s", len(waiting), b.queue(e.Name()))})
				}
			}
		}
	}
	slices.SortFunc(failures, func(x, y Failure) int { return strings.Compare(x.Sink, y.Sink) })
	return failures
}

// waiting returns the files of a queue in their order.
func waiting(queue string) ([]string, error) {
	files, err := filepath.Glob(filepath.Join(queue, "[0-9]*.json"))
	slices.Sort(files)
	return files, err
}

func (b *Book) deliver(ctx context.Context, name string, sink Sink, pause time.Duration) error {
	files, err := b.bounded(name)
	if err != nil {
		return err
	}
	for i, file := range files {
		err := b.sendFile(ctx, name, sink, file, pause)
		if err != nil {
			return fmt.Errorf("%w; %d messages wait for the next run", err, len(files)-i)
		}
	}
	if r, is := sink.(Refresher); is {
		if open := b.open(name); len(open) > 0 {
			return attempt(ctx, pause, func() error { return r.Refresh(ctx, open) })
		}
	}
	return nil
}

// bounded returns what waits for a sink. Of more than maxWaiting messages the oldest are removed.
func (b *Book) bounded(name string) ([]string, error) {
	files, err := waiting(b.queue(name))
	if extra := len(files) - maxWaiting; err == nil && extra > 0 {
		b.log.Error("the oldest messages for a sink are removed, as more than 10000 wait", "sink", name, "removed", extra)
		for _, file := range files[:extra] {
			if err := os.Remove(file); err != nil {
				return nil, err
			}
		}
		files = files[extra:]
	}
	return files, err
}

// sendFile sends a message of the spool and removes it. One that will never be accepted is set aside.
func (b *Book) sendFile(ctx context.Context, name string, sink Sink, file string, pause time.Duration) error {
	text, err := atomicfile.Read(file)
	if err != nil {
		return err
	}
	var m Message
	err = json.Unmarshal(text, &m)
	if err != nil {
		err = &Refused{fmt.Errorf("damaged: %w", err)}
	} else {
		err = attempt(ctx, pause, func() error { return sink.Send(ctx, m) })
	}
	var no *Refused
	switch {
	case errors.As(err, &no):
		b.log.Error("a message was refused; it is set aside", "sink", name, "message", m.ID, "in", filepath.Join("state", "spool", name, refused), "error", redact.Text(err.Error()))
		return b.setAside(file)
	case err != nil:
		return err
	}
	if err := os.Remove(file); err != nil {
		return err
	}
	b.log.Info("told", "sink", name, "event", m.Event, "alert", m.Alert.ID)
	return atomicfile.SyncDir(filepath.Dir(file))
}

func (b *Book) setAside(file string) error {
	folder := filepath.Join(filepath.Dir(file), refused)
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	if err := os.Rename(file, filepath.Join(folder, filepath.Base(file))); err != nil {
		return err
	}
	before, err := waiting(folder)
	for _, old := range before[:max(0, len(before)-maxWaiting)] {
		os.Remove(old)
	}
	return errors.Join(err, atomicfile.SyncDir(folder), atomicfile.SyncDir(filepath.Dir(file)))
}

// attempt tries several times, unless the sink wants to be left alone for longer than ctx lasts, or refuses.
func attempt(ctx context.Context, pause time.Duration, send func() error) error {
	for left := maxAttempts - 1; ; left-- {
		err := send()
		var no *Refused
		if err == nil || left == 0 || errors.As(err, &no) || ctx.Err() != nil {
			return err
		}
		wait := pause
		var later *Later
		if errors.As(err, &later) {
			wait = max(wait, later.After)
		}
		if end, is := ctx.Deadline(); is && time.Now().Add(wait).After(end) {
			return err
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(wait):
		}
		pause *= 2
	}
}
