package cli

import "fmt"

// limited is the flag of a verb that may list very much.
type limited struct {
	Limit int `default:"-1" placeholder:"N" help:"How many are shown, 0 for all (default: 200 on a terminal, or else all)."`
}

const terminalRows = 200 // that are shown on a terminal without the flag

// most returns how many are shown at most, 0 for all.
func (l *limited) most(terminal bool) int {
	if l.Limit < 0 && terminal {
		return terminalRows
	}
	return max(l.Limit, 0)
}

// rows returns how many of n are shown.
func (l *limited) rows(terminal bool, n int) int {
	if most := l.most(terminal); most > 0 {
		return min(n, most)
	}
	return n
}

// howMany counts what is listed, and says it where only a part of it is shown: "The newest 200 of 4113 events (--limit 0 shows all)".
func howMany(which string, shown, n int, one, many string) string {
	if shown < n {
		return fmt.Sprintf("The %s %d of %s (--limit 0 shows all)", which, shown, count(int64(n), one, many))
	}
	return count(int64(n), one, many)
}
