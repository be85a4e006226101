package operator

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

const second = "2006-01-02 15:04:05"

// Summary says in a sentence who announced the prefix and what is inside it.
func (t *TimeLine) Summary() string {
	var own, inside []string // origins
	specifics := map[string]bool{}
	for i := range t.Origins {
		l := &t.Origins[i]
		of := &own
		if l.Prefix != t.Prefix {
			of = &inside
			specifics[l.Prefix] = true
		}
		if !slices.Contains(*of, l.Origin()) {
			*of = append(*of, l.Origin())
		}
	}
	text := t.Prefix + " was not seen"
	if len(own) > 0 {
		text = t.Prefix + " was announced by " + enumerate(own)
	}
	if n := len(specifics); n > 0 {
		text += fmt.Sprintf(", and %s inside it by %s", counted(n, "prefix", "prefixes"), enumerate(inside))
	}
	if t.Alone {
		text += "; what is inside it is left out, as it is more than is read"
	}
	return fmt.Sprintf("Between %s and %s UTC, %s.", t.Since.Format(second), t.Until.Format(second), text)
}

// enumerate returns ASes as a sentence has them, at most eight of them.
func enumerate(all []string) string {
	const most = 8
	if len(all) > most {
		return strings.Join(all[:most], ", ") + fmt.Sprintf(" and %d more", len(all)-most)
	}
	if n := len(all); n > 1 {
		return strings.Join(all[:n-1], ", ") + " and " + all[n-1]
	}
	return all[0]
}

func counted(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return strconv.Itoa(n) + " " + many
}

// Origin returns the AS with its prefix "AS"; an AS_SET, or none, in words.
func (l *Line) Origin() string {
	switch {
	case l.AS == "0":
		return "no AS"
	case strings.ContainsAny(l.AS, "{,"):
		return "AS_SET " + l.AS
	}
	return "AS" + l.AS
}

// Lacks says what is missing in the gap.
func (g *Gap) Lacks() string {
	if g.Collector == "" {
		return "a dump"
	}
	return "update files of " + g.Collector
}

// Began says between which times the interval began.
func (v *Interval) Began() string {
	switch {
	case v.NotBefore == nil:
		return "began by " + v.From.Format(second)
	case v.NotBefore.Equal(v.From):
		return "began at " + v.From.Format(second)
	}
	return "began between " + v.NotBefore.Format(second) + " and " + v.From.Format(second)
}

// Over says between which times the interval ended, or until when it is known to have lasted.
func (v *Interval) Over() string {
	switch {
	case v.GoneBy == nil:
		return "last seen " + v.Last.Format(second)
	case v.GoneBy.Equal(v.Last):
		return "over at " + v.Last.Format(second)
	}
	return "over between " + v.Last.Format(second) + " and " + v.GoneBy.Format(second)
}

// Reach says how many of how many full feeds carried the route at most; empty: no dump tells.
func (v *Interval) Reach() string {
	if v.Feeds == nil || v.FeedsOf == nil {
		return ""
	}
	return fmt.Sprintf("at most %d of %d full feeds", *v.Feeds, *v.FeedsOf)
}
