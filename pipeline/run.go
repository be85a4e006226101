package pipeline

import (
	"context"
	"errors"
	"maps"
	"strings"
	"time"

	"tidemark/collectors"
	"tidemark/internal/fault"
	"tidemark/internal/redact"
	"tidemark/pipeline/doctor"
	"tidemark/pipeline/journal"
)

// RunReport is what Run did.
type RunReport struct {
	Report
	Run *journal.Run
}

// Run collects, decodes, answers and publishes, as far as there is something to do, and records it. Alerts that it raises are
// problems. It is for a session of BeginMirrored.
func (s *Session) Run(ctx context.Context) (RunReport, error) {
	run := &journal.Run{Start: s.now().UTC().Truncate(time.Second), Program: s.store.Program, Seconds: map[string]float64{}}
	if err := s.Journal().Begin(run); err != nil {
		s.warnJournal(err)
	}
	s.ping(ctx, "/start")
	r := runner{session: s, run: run}
	err := fault.Caught(func() error { return r.all(ctx) })
	var f *fault.Error
	if errors.As(err, &f) {
		s.log.Error("the run ends", "error", err, "stack", string(f.Stack))
	}
	run.Outcome = r.outcome()
	switch {
	case err != nil && ctx.Err() != nil:
		run.Outcome = journal.Stopped
	case err != nil:
		run.Outcome, run.Error = journal.Failed, redact.Text(err.Error())
	}
	s.record(ctx, run, err != nil)
	return RunReport{Report{r.problems}, run}, s.step(r.problems, err)
}

// record tells journal, metrics and ping how a run ended. That they cannot be told is not a reason to fail.
func (s *Session) record(ctx context.Context, run *journal.Run, stopped bool) {
	if stopped {
		if err := s.Journal().Keep(run); err != nil {
			s.warnJournal(err)
		}
	}
	if err := s.Journal().End(run); err != nil {
		s.warnJournal(err)
	}
	if err := s.writeMetrics(run); err != nil {
		s.log.Warn("the metrics file", "error", err)
	}
	if !run.Well() || len(run.Alerts) > 0 {
		s.ping(ctx, "/fail")
	} else {
		s.ping(ctx, "")
	}
}

func (s *Session) warnJournal(err error) { s.log.Warn("the journal of runs", "error", err) }

// steps say what a run does once its files are decoded.
type steps struct {
	postponed bool // what is new waits for the next publication
	analyse   bool // make derived datasets and answers, and look for alerts in them
	clear     bool // raw bytes; not before derivations that may need them have run
	render    rendering
}

type rendering int

const (
	never    rendering = iota
	eventful           // if the run has something to tell
	always
)

// decide returns the steps of a run. changed says whether something is new since the last publication, which was at last;
// every is how often something is published, zero: whenever something is new.
func decide(changed bool, last time.Time, every collectors.Cadence, now time.Time) steps {
	scheduled := !every.IsZero()
	postponed := changed && scheduled && !last.IsZero() && every.Next(last).After(now)
	s := steps{postponed: postponed, analyse: changed && !postponed, clear: !postponed}
	switch {
	case s.analyse:
		s.render = always
	case !scheduled:
		s.render = eventful
	}
	return s
}

// renders reports whether a run renders that had nothing to tell so far, or had.
func (s steps) renders(quiet bool) bool { return s.render == always || s.render == eventful && !quiet }

// runner is a Run under way.
type runner struct {
	session  *Session
	run      *journal.Run
	problems []Problem
	before   fingerprints // once what is due was collected; zero: all is looked at
	last     completion
	decoded  bool // whether the archive was looked through for files to decode
	cleared  bool // and for files to clear away
	left     int  // files that were not decoded and are to be tried again
}

// outcome returns how the run ended if nothing stops it any more.
func (r *runner) outcome() string {
	if len(r.problems) > 0 {
		return journal.Partly
	}
	return journal.Done
}

// timed runs a part and records how long it took.
func (r *runner) timed(part string, f func() error) error {
	begun := time.Now()
	err := f()
	r.run.Seconds[part] = time.Since(begun).Seconds()
	return err
}

// all runs the parts. A problem in one part does not keep the next from working on what is there.
func (r *runner) all(ctx context.Context) error {
	s, run := r.session, r.run
	if err := s.checkClock(); err != nil {
		return err
	}
	if err := r.timed("collect", func() error { return r.collect(ctx) }); err != nil {
		return err
	}
	if err := s.verifyShare(ctx); err != nil {
		return err
	}
	if err := r.timed("decode", func() error { return r.decode(ctx) }); err != nil {
		return err
	}
	every := s.options.PublishEvery
	do := decide(run.Decoded > 0 || r.before.Published == "" || r.before.Published != r.last.Published, r.last.At, every, s.now())
	if do.postponed {
		s.log.Info("what is new is answered and published later", "at", every.Next(r.last.At))
	}
	if do.analyse {
		if err := r.timed("analyse", func() error { return r.analyse(ctx) }); err != nil {
			return err
		}
	}
	if do.clear {
		if err := r.clear(ctx); err != nil {
			return err
		}
	}
	if err := r.raise(do.analyse); err != nil {
		return err
	}
	watched := s.watched(ctx)
	if err := r.timed("tell", func() error { return r.tell(ctx, do.analyse, watched) }); err != nil {
		return err
	}
	return r.publish(ctx, do, watched)
}

func (r *runner) collect(ctx context.Context) error {
	collected, err := r.session.collect(ctx, nil)
	for _, s := range collected.Sources {
		if s.New+s.Failed+s.Left > 0 {
			r.run.Sources = append(r.run.Sources, s)
		}
	}
	r.problems = append(r.problems, collected.Problems...)
	return err
}

// decode decodes what is due, unless the archive and the datasets are as the last run left them.
func (r *runner) decode(ctx context.Context) (err error) {
	s := r.session
	r.last = s.completion()
	r.look()
	if r.before.Published == "" || r.before.Published != r.last.Published {
		if err := s.comparePartitions(); err != nil { // before anything is made of them
			return err
		}
		if s.aside {
			r.look()
		}
	}
	if r.before.Decoded != "" && r.before.Decoded == r.last.Decoded {
		return nil
	}
	decoded, err := s.decode(ctx)
	r.decoded, r.left = true, decoded.Left
	r.run.Decoded = decoded.Files
	r.problems = append(r.problems, decoded.Problems...)
	return err
}

// look takes the fingerprints of what is there.
func (r *runner) look() {
	var err error
	if r.before, err = r.session.fingerprints(); err != nil {
		r.session.log.Debug("all is looked at", "because", err)
	}
}

// clear clears raw bytes away, unless the last run knew that there would be none to clear yet.
func (r *runner) clear(ctx context.Context) error {
	s := r.session
	if next := r.last.Clear; !r.decoded && next != nil && (next.IsZero() || s.now().Before(*next)) {
		return nil
	}
	cleared, err := s.clear(ctx)
	r.cleared, r.run.Cleared, r.last.Clear = true, cleared.Files, &cleared.Next
	return err
}

func (r *runner) analyse(ctx context.Context) error {
	analysed, err := r.session.analyse(ctx, nil)
	r.run.Derived, r.run.Answers = analysed.Partitions, len(analysed.Answers)
	r.problems = append(r.problems, analysed.Problems...)
	return err
}

func (r *runner) raise(data bool) (err error) {
	if r.run.Alerts, err = r.session.raise(data); err != nil {
		return err
	}
	for _, a := range r.run.Alerts {
		r.session.log.Error(a.Text, "alert", a.Kind)
		r.problems = append(r.problems, Problem{What: "alert", Where: a.ID, Err: errors.New(a.Text)})
	}
	return nil
}

// tell tells the sinks, before the site is rendered, which has feeds of what was told.
func (r *runner) tell(ctx context.Context, data bool, watched watched) error {
	told, problems, err := r.session.announce(ctx, data, watched)
	r.run.Told = told
	r.problems = append(r.problems, problems...)
	return err
}

// publish renders if there is a reason to. The site tells of the run as it is before rendering, and only then the journal
// does, so that a run whose rendering fails is not recorded as done; meanwhile the record of the running run has it.
func (r *runner) publish(ctx context.Context, do steps, watched watched) error {
	s, run := r.session, r.run
	run.Outcome = r.outcome()
	told := *run
	told.Seconds = maps.Clone(run.Seconds)
	if do.renders(run.Quiet()) {
		if err := s.Journal().Update(&told); err != nil {
			return err
		}
		err := r.timed("render", func() error {
			rendered, err := s.render(ctx, &told, watched)
			run.Published = rendered.Changed
			return err
		})
		if err != nil {
			return err
		}
	}
	if err := s.Journal().Keep(&told); err != nil {
		return err
	}
	if run.Quiet() {
		s.log.Info("nothing was due")
	}
	return r.complete(do)
}

// complete records what is done, unless all was done before.
func (r *runner) complete(do steps) error {
	s, published := r.session, do.analyse || r.run.Published > 0
	if !published && !r.decoded && !r.cleared {
		return nil
	}
	now, err := s.fingerprints()
	if err != nil {
		return err
	}
	c := r.last
	if !r.cleared && r.decoded {
		c.Clear = nil // there may be other files now
	}
	if published {
		c.At, c.Published = s.now().UTC(), now.Published
	}
	if c.Decoded = now.Decoded; r.left > 0 || s.aside {
		c.Decoded = ""
	}
	return s.setCompletion(c)
}

const maxPing = 10 * time.Second

// ping tells the configured URL how the run goes, also when ctx has ended.
func (s *Session) ping(ctx context.Context, how string) {
	if s.options.Ping == "" {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), maxPing)
	defer cancel()
	if err := s.Client().Notify(ctx, s.options.Ping+how); err != nil {
		s.log.Warn("the ping failed", "error", strings.ReplaceAll(err.Error(), s.options.Ping, "its address")) // whoever knows it can ping
	}
}

// writeMetrics writes the metrics file, if one is configured.
func (s *Session) writeMetrics(last *journal.Run) error {
	path := s.options.Metrics
	if path == "" {
		return nil
	}
	active, err := s.Journal().Active()
	if err != nil {
		return err
	}
	disk, err := doctor.DiskOf(s.options.Dir)
	if err != nil {
		s.log.Debug("disk", "error", err)
	}
	return journal.Metrics{Last: last, Sources: s.options.Sources, State: s.sourcesState(), Active: active, Disk: disk, Now: s.now()}.Write(path)
}
