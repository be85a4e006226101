package cli

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"tidemark/analysis/operator"
)

// timeLineFlags are the flags of prefix that ask about a time in place of one dump.
type timeLineFlags struct {
	Since string `placeholder:"DAY" help:"Show who announced them from that day or time on, and when that changed."`
	Until string `placeholder:"DAY" help:"Last day, or the time before which, that shows (default: the day of --since)."`
	Paths bool   `help:"With --since: also over which paths, each change of them, and the messages."`
	CSV   bool   `name:"csv" help:"With --since: comma-separated values with a header line."`
	limited
}

// check returns an error for flags that need --since, which is not given.
func (v *timeLineFlags) check() error {
	if v.Paths || v.CSV || v.Limit >= 0 {
		return usageError{errors.New("--paths, --csv and --limit are about the time from --since on")}
	}
	return nil
}

// showTimeLines shows who announced the prefixes, and when.
func (v *prefixVerb) showTimeLines(ctx context.Context, env *environment, prefixes []netip.Prefix) error {
	switch {
	case v.At != "" || v.Origin != 0:
		return usageError{errors.New("--at and --origin are about the dumps of one time, --since and --until about all between two")}
	case v.JSON && v.CSV:
		return usageError{errors.New("--json and --csv exclude each other")}
	}
	since, until, err := window(v.Since, v.Until)
	if err != nil {
		return usageError{err}
	}
	shown := []*operator.TimeLine{}
	for _, p := range prefixes {
		t, err := operator.ReadTimeLine(ctx, env.Store(), p, since, until)
		if err != nil {
			return err
		}
		shown = append(shown, t)
	}
	if v.CSV {
		return v.writeCSV(env.stdout, shown)
	}
	terminal := isTerminal(env.stdout)
	return env.show(v.JSON, shown, func(w io.Writer) {
		for i, t := range shown {
			if i > 0 {
				printf(w, "\n")
			}
			v.write(w, t, terminal)
		}
	})
}

// window returns the times of two flags. A last day is part of it.
func window(from, to string) (since, until time.Time, err error) {
	if from == "" {
		return since, until, errors.New("--until needs --since")
	}
	if since, err = parseTime(from); err != nil {
		return since, until, fmt.Errorf("--since: %w", err)
	}
	if to == "" {
		return since, since.Truncate(24*time.Hour).AddDate(0, 0, 1), nil
	}
	if until, err = parseTime(to); err != nil {
		return since, until, fmt.Errorf("--until: %w", err)
	}
	if _, err := time.Parse(time.DateOnly, to); err == nil {
		until = until.AddDate(0, 0, 1)
	}
	if !until.After(since) {
		return since, until, fmt.Errorf("--until %s is not after --since %s", to, from)
	}
	return since, until, nil
}

const second = "2006-01-02 15:04:05"

// write writes the summary, then what it rests on, then who was seen, then what changed.
func (v *timeLineFlags) write(out io.Writer, t *operator.TimeLine, terminal bool) {
	printf(out, "%s\n", t.Summary())
	block(out, func(w io.Writer) { writeBasis(w, t) })
	block(out, func(w io.Writer) { v.writeLines(w, "origin", t.Origins, t.LaterOrigins, terminal) })
	if !v.Paths {
		return
	}
	block(out, func(w io.Writer) { v.writeLines(w, "upstream", t.Upstreams, t.LaterUpstreams, terminal) })
	block(out, func(w io.Writer) { v.writeMoments(w, t, terminal) })
	block(out, func(w io.Writer) {
		n := v.rows(terminal, len(t.Messages))
		for _, m := range t.Messages[:n] {
			printf(w, "%s\t%s\t%s\t%s\t%s\n", m.Time.Format(second), m.Kind, m.Prefix, m.Session, m.Path)
		}
		writeMore(w, "message", t.Count-n, "message", "messages")
	})
}

// writeMore says how many are left out, if any are.
func writeMore(w io.Writer, what string, n int, one, many string) {
	if n > 0 {
		printf(w, "%s\t%s not shown\n", what, count(int64(n), one+" more is", many+" more are"))
	}
}

func writeBasis(w io.Writer, t *operator.TimeLine) {
	printf(w, "dumps\t%s\n", dumpsText(t.Dumps))
	for _, u := range t.Updates {
		printf(w, "update files\t%s of %s, %s to %s\n", count(int64(u.Files), "file", "files"), u.Collector, u.From.Format(second), u.Until.Format(second))
	}
	if len(t.Updates) == 0 {
		printf(w, "update files\tnone of the time are at hand: what happened between dumps is not known\n")
	}
	for _, g := range t.Gaps {
		printf(w, "gap\t%s to %s without %s\n", g.From.Format(second), g.Until.Format(second), g.Lacks())
	}
	if t.Unread != nil {
		printf(w, "gap\tthere are more messages than are read: those after %s\n", t.Unread.Format(second))
	}
}

func dumpsText(dumps []operator.Hour) string {
	if len(dumps) == 0 {
		return "none of the time are at hand"
	}
	first, last := dumps[0], dumps[len(dumps)-1]
	return fmt.Sprintf("%s with dumps, from %s (%s) to %s (%s)", count(int64(len(dumps)), "hour", "hours"), first.Time.Format(second), strings.Join(first.Collectors, ", "), last.Time.Format(second), strings.Join(last.Collectors, ", "))
}

func (v *timeLineFlags) writeLines(w io.Writer, what string, lines []operator.Line, more int, terminal bool) {
	if len(lines) == 0 {
		printf(w, "%s\tnone is known\n", what)
	}
	n := v.rows(terminal, len(lines))
	for _, l := range lines[:n] {
		for _, i := range l.Intervals {
			printf(w, "%s\t%s %s%s\t%s\t%s\t%s\n", what, l.Prefix, l.Origin(), parenthesis(l.Name), i.Began(), i.Over(), i.Reach())
		}
		for _, s := range l.ROV {
			printf(w, "  ROV\t%s%s\t%s to %s\n", s.State, parenthesis(s.Reason), s.From.Format(second), s.Last.Format(second))
		}
		if l.Witnesses > 0 {
			others := ""
			if n := l.Witnesses - len(l.SeenBy); n > 0 {
				others = fmt.Sprintf(" and %d more", n)
			}
			printf(w, "  seen by\t%s%s\n", strings.Join(l.SeenBy, ", "), others)
		}
	}
	writeMore(w, what, more+len(lines)-n, what, what+"s")
}

// writeMoments writes the paths of each time at which they changed.
func (v *timeLineFlags) writeMoments(w io.Writer, t *operator.TimeLine, terminal bool) {
	n := v.rows(terminal, len(t.Moments))
	for _, m := range t.Moments[:n] {
		at := m.Time.Format(second)
		if len(m.Paths) == 0 {
			printf(w, "paths\t%s\tnone is known any longer\n", at)
		}
		for _, p := range m.Paths {
			printf(w, "paths\t%s\t%s\t%s\t%s\n", at, p.Prefix, count(int64(p.Peers), "peer", "peers"), p.Path)
		}
		if m.Others > 0 {
			printf(w, "paths\t%s\t%s\n", at, count(int64(m.Others), "other path", "other paths"))
		}
	}
	writeMore(w, "paths", t.Later+len(t.Moments)-n, "change", "changes")
}

// writeCSV writes a row for each interval of an origin; with --paths, for each path of a moment.
func (v *timeLineFlags) writeCSV(to io.Writer, lines []*operator.TimeLine) error {
	out := csv.NewWriter(to)
	if v.Paths {
		out.Write([]string{"time", "dump", "prefix", "as_path", "peers"}) // a csv.Writer keeps its error for Error
	} else {
		out.Write([]string{"prefix", "origin", "name", "not_before", "seen_from", "last_seen", "gone_by", "peak_full_feed_peers", "peak_full_feed_total", "witnesses"})
	}
	for _, t := range lines {
		if v.Paths {
			for _, m := range t.Moments[:v.rows(false, len(t.Moments))] {
				for _, p := range m.Paths {
					out.Write([]string{m.Time.Format(time.RFC3339), strconv.FormatBool(m.Dump), p.Prefix, p.Path, strconv.Itoa(p.Peers)})
				}
			}
			continue
		}
		for _, l := range t.Origins[:v.rows(false, len(t.Origins))] {
			for _, i := range l.Intervals {
				out.Write([]string{l.Prefix, l.AS, l.Name, timeOrEmpty(i.NotBefore), timeOrEmpty(&i.From), timeOrEmpty(&i.Last), timeOrEmpty(i.GoneBy), numberOrEmpty(i.Feeds), numberOrEmpty(i.FeedsOf), strconv.Itoa(l.Witnesses)})
			}
		}
	}
	out.Flush()
	return out.Error()
}

func timeOrEmpty(t *time.Time) string {
	if t == nil {
		return ""
	}
	return t.Format(time.RFC3339)
}

func numberOrEmpty(n *int64) string {
	if n == nil {
		return ""
	}
	return strconv.FormatInt(*n, 10)
}
