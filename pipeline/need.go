package pipeline

import (
	"time"

	"tidemark/collectors"
	"tidemark/collectors/archive"
)

// Need is what a source takes, by what it brought so far.
type Need struct {
	Requests    *float64 `json:"requests"`      // a day; null where the source asks none, or says none
	BytesADay   *float64 `json:"bytes_a_day"`   // of new files; null where it brought nothing yet
	DiskBytes   *float64 `json:"disk_a_year"`   // that a year of raw files takes, as they lie on the disk; null likewise
	MeasuredFor float64  `json:"measured_days"` // over which
}

// asking is a kind that knows how many requests a run of a source takes at least.
type asking interface {
	Requests(from collectors.Source) int
}

// needSpan is the time before now by which the need is measured: long enough for sources that bring something new once a week.
const needSpan = 30 * 24 * time.Hour

const (
	day  = 24 * time.Hour
	year = 365 * day
)

// need measures what the files of the source took within the last month, or since the first. bytes and held are null before there are
// two days to measure.
func need(from collectors.Source, kind collectors.Kind, files []archive.Raw, retention []archive.Retention, now time.Time) (n Need) {
	if k, is := kind.(asking); is && k.Requests(from) > 0 {
		asks := float64(k.Requests(from))
		if every := from.Every; !every.IsZero() {
			asks *= day.Hours() / every.Next(now).Sub(every.Start(now)).Hours()
		}
		n.Requests = &asks
	}
	first, received, held := now, int64(0), int64(0)
	since := now.Add(-needSpan)
	for _, raw := range files {
		if !belongs(raw, from) || raw.Fetched.IsZero() {
			continue
		}
		if raw.Fetched.Before(first) {
			first = raw.Fetched
		}
		if raw.Fetched.After(since) {
			_, bytes := raw.Held()
			received, held = received+raw.Bytes, held+bytes
		}
	}
	span := min(now.Sub(first), needSpan)
	if n.MeasuredFor = span.Hours() / 24; span < day {
		return n
	}
	aDay, disk := float64(received)/n.MeasuredFor, float64(held)/n.MeasuredFor*year.Hours()/24
	if age := kept(from.Kind, retention); age > 0 {
		disk *= min(1, float64(age)/float64(year))
	}
	n.BytesADay, n.DiskBytes = &aDay, &disk
	return n
}

// add adds what is known of another need.
func (n *Need) add(other Need) {
	plus := func(sum **float64, more *float64) {
		if more == nil {
			return
		}
		if *sum == nil {
			*sum = new(float64)
		}
		**sum += *more
	}
	plus(&n.Requests, other.Requests)
	plus(&n.BytesADay, other.BytesADay)
	plus(&n.DiskBytes, other.DiskBytes)
	n.MeasuredFor = max(n.MeasuredFor, other.MeasuredFor)
}

// belongs reports whether a raw file is one of the source's. Notes of older programs do not name the source.
func belongs(raw archive.Raw, from collectors.Source) bool {
	if raw.Source == "" {
		return raw.Kind == from.Kind && raw.Collector == from.Collector
	}
	return raw.Source == from.Name
}

// kept returns how long the raw files of a kind are kept; 0: for ever.
func kept(kind string, retention []archive.Retention) time.Duration {
	for _, rule := range retention {
		for _, k := range rule.Kinds {
			if k == kind {
				return rule.Age
			}
		}
	}
	return 0
}
