package routes

import (
	"time"

	"tidemark/collectors/archive"
)

// quietInterval reports whether a raw file without content is that of an interval in which no peer said anything, and on which
// day: its compressed stream is whole, and its name says that it holds updates. A file of no octets is a failed transfer.
func quietInterval(raw archive.Raw) (day time.Time, quiet bool) {
	day, updates := dayOfUpdates(raw)
	return day, updates && raw.Bytes > 0
}

// dayOfUpdates returns the day of a file whose name says that it holds updates.
func dayOfUpdates(raw archive.Raw) (day time.Time, updates bool) {
	for _, l := range layouts {
		if at, kind, err := l.read(raw.Name); err == nil && kind == "updates" {
			return at.Truncate(24 * time.Hour), true
		}
	}
	return day, false
}

// BundleOf returns the day of a file of updates, of which a collector has up to 288 a day.
func (MRT) BundleOf(raw archive.Raw) string {
	day, updates := dayOfUpdates(raw)
	if !updates {
		return ""
	}
	return day.Format(time.DateOnly)
}
