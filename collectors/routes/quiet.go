package routes

import (
	"time"

	"tidemark/collectors/archive"
)

// quietInterval reports whether a raw file without content is that of an interval in which no peer said anything, and on which
// day: its compressed stream is whole, and its name says that it holds updates. A file of no octets is a failed transfer.
func quietInterval(raw archive.Raw) (day time.Time, quiet bool) {
	if raw.Bytes == 0 {
		return day, false
	}
	for _, l := range layouts {
		if at, kind, err := l.read(raw.Name); err == nil && kind == "updates" {
			return at.Truncate(24 * time.Hour), true
		}
	}
	return day, false
}
