package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"strings"
	"time"

	"tidemark/analysis/operator"
)

// showTimeLines shows who announced the prefixes, and when.
func (v *prefixVerb) showTimeLines(ctx context.Context, env *environment, prefixes []netip.Prefix) error {
	if v.At != "" || v.Origin != 0 {
		return usageError{errors.New("--at and --origin are about the dumps of one time, --since and --until about all between two")}
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
	return env.show(v.JSON, shown, func(w io.Writer) {
		for i, t := range shown {
			if i > 0 {
				printf(w, "\n")
			}
			writeTimeLine(w, t)
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
		return since, since.Truncate(24 * time.Hour).AddDate(0, 0, 1), nil
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

// writeTimeLine writes what a time line rests on, then who was seen, then what changed.
func writeTimeLine(out io.Writer, t *operator.TimeLine) {
	printf(out, "%s from %s until %s UTC\n", t.Prefix, t.Since.Format(second), t.Until.Format(second))
	block(out, func(w io.Writer) {
		printf(w, "dumps\t%s\n", dumpsText(t.Dumps))
		for _, u := range t.Updates {
			printf(w, "update files\t%s of %s, beginning between %s and %s\n", count(int64(u.Files), "file", "files"), u.Collector, u.First.Format(second), u.Last.Format(second))
		}
		if len(t.Updates) == 0 {
			printf(w, "update files\tnone of the time are at hand: what happened between dumps is not known\n")
		}
		for _, g := range t.Gaps {
			printf(w, "gap\t%s to %s without a dump\n", g.From.Format(second), g.Until.Format(second))
		}
	})
	block(out, func(w io.Writer) { writeLines(w, "origin", t.Origins) })
	block(out, func(w io.Writer) { writeLines(w, "upstream", t.Upstreams) })
	block(out, func(w io.Writer) { writeMoments(w, t) })
	block(out, func(w io.Writer) {
		for _, m := range t.Messages {
			printf(w, "%s\t%s\t%s\t%s\t%s\n", m.Time.Format(second), m.Kind, m.Prefix, m.Session, m.Path)
		}
	})
	if more := t.Count - len(t.Messages); more > 0 {
		printf(out, "%s\n", count(int64(more), "message more", "messages more"))
	}
	if t.Unread != nil {
		printf(out, "there are more messages than are read: those after %s\n", t.Unread.Format(second))
	}
}

func dumpsText(dumps []operator.Hour) string {
	if len(dumps) == 0 {
		return "none of the time are at hand"
	}
	first, last := dumps[0], dumps[len(dumps)-1]
	return fmt.Sprintf("%s with dumps, from %s (%s) to %s (%s)", count(int64(len(dumps)), "hour", "hours"), first.Time.Format(second), strings.Join(first.Collectors, ", "), last.Time.Format(second), strings.Join(last.Collectors, ", "))
}

func writeLines(w io.Writer, what string, lines []operator.Line) {
	if len(lines) == 0 {
		printf(w, "%s\tnone is known\n", what)
	}
	for _, l := range lines {
		for _, v := range l.Intervals {
			printf(w, "%s\t%s AS%s%s\t%s\t%s\t%s\n", what, l.Prefix, l.AS, parenthesis(l.Name), v.Began(), v.Over(), v.Reach())
		}
		if l.Witnesses > 0 {
			more := ""
			if n := l.Witnesses - len(l.SeenBy); n > 0 {
				more = fmt.Sprintf(" and %d more", n)
			}
			printf(w, "  seen by\t%s%s\n", strings.Join(l.SeenBy, ", "), more)
		}
	}
}

// writeMoments writes the paths of each time at which they changed.
func writeMoments(w io.Writer, t *operator.TimeLine) {
	for _, m := range t.Moments {
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
	if t.Later > 0 {
		printf(w, "paths\t%s\n", count(int64(t.Later), "later change is not shown", "later changes are not shown"))
	}
}
