package routes

import (
	"log/slog"
	"slices"
	"strings"
	"time"

	"tidemark/collectors/listing"
	"tidemark/internal/fetch"
)

// page is the cached part of a listing.
type page struct {
	fetch.Validators
	At    time.Time      `json:"at,omitzero"` // when it was requested
	Dumps []listing.Link `json:"dumps"`

	root string // of the collector, in which the listing was found
}

// settled reports whether the month of the listing was over when it was requested, so that it is not requested again. A time in the
// future is that of a clock that was wrong.
func (p *page) settled(month, now time.Time) bool {
	return !p.At.After(now) && p.At.After(month.AddDate(0, 1, listingDays))
}

// dumps returns the links to dumps of the month.
func (l *layout) dumps(links []listing.Link, address string, month time.Time, log *slog.Logger) (dumps []listing.Link) {
	wrong := 0
	for _, link := range links {
		at, _, err := l.read(link.Name)
		switch {
		case !l.dump.MatchString(link.Name):
		case err != nil || at.Before(month) || !at.Before(month.AddDate(0, 1, 0)):
			wrong++
		default:
			dumps = append(dumps, link)
		}
	}
	if wrong > 0 {
		log.Warn("dumps of a listing are ignored", "url", address, "because", "their names do not have a time in the month", "dumps", wrong)
	}
	slices.SortFunc(dumps, func(a, b listing.Link) int { return strings.Compare(a.Name, b.Name) })
	return slices.CompactFunc(dumps, func(a, b listing.Link) bool { return a.Name == b.Name })
}
