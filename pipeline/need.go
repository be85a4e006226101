package pipeline

import (
	"maps"
	"net/url"
	"regexp"
	"slices"
	"time"

	"tidemark/collectors"
	"tidemark/collectors/archive"
)

// Need is what a source takes, by what it brought so far and by what listings say is due.
type Need struct {
	Requests    *float64 `json:"requests"`      // a day, at least, without robots.txt; null where the source asks none, or says none
	BytesADay   *float64 `json:"bytes_a_day"`   // of new files; null where less than a day is known
	HeldADay    *float64 `json:"held_a_day"`    // of these, as they lie on the disk; null likewise
	DiskBytes   *float64 `json:"disk_a_year"`   // the most that the raw files take on a day of the next year; null likewise
	MeasuredFor float64  `json:"measured_days"` // over which
}

// HostNeed is how often a host is asked.
type HostNeed struct {
	Host     string  `json:"host"`
	Requests float64 `json:"requests"` // a day, at least, with robots.txt
}

// asking is a kind that knows how many requests a period of a source takes at least.
type asking interface {
	Requests(from collectors.Source) int
}

// needSpan is the time before now by which the need is measured: long enough for sources that bring something new once a week.
const needSpan = 30 * 24 * time.Hour

const (
	day      = 24 * time.Hour
	yearDays = 365
)

// requests returns how often a day a source asks each host at least, without robots.txt.
func requests(from collectors.Source, kind collectors.Kind, now time.Time) map[string]float64 {
	k, is := kind.(asking)
	if !is {
		return nil
	}
	asks := float64(k.Requests(from))
	if every := from.Every; !every.IsZero() {
		asks *= day.Hours() / every.Next(now).Sub(every.Start(now)).Hours()
	}
	addresses := from.URLs
	if all := from.Addresses(); len(addresses) == 0 && len(all) > 0 {
		addresses = all[:1]
	}
	var hosts []string // one for each address
	for _, address := range addresses {
		if u, err := url.Parse(address); err == nil && (u.Scheme == "http" || u.Scheme == "https") {
			hosts = append(hosts, u.Host)
		}
	}
	if len(hosts) == 0 || asks == 0 {
		return nil
	}
	all := map[string]float64{}
	for _, host := range hosts {
		all[host] += asks / float64(len(hosts))
	}
	return all
}

// hostNeeds returns how often a day each host is asked, with one request for its robots.txt, which is kept for a day.
func hostNeeds(bySource []map[string]float64) (all []HostNeed) {
	sum := map[string]float64{}
	for _, asked := range bySource {
		for host, n := range asked {
			sum[host] += n
		}
	}
	for _, host := range slices.Sorted(maps.Keys(sum)) {
		all = append(all, HostNeed{host, sum[host] + min(1, sum[host])})
	}
	return all
}

// held is a raw file, or one that is due.
type held struct {
	day       time.Time // of which it speaks
	fetched   time.Time // zero: not yet
	bytes     float64   // as it was received
	onDisk    float64   // zero where retention cleared it away
	wasOnDisk float64   // before
}

var dayInName = regexp.MustCompile(`(?:19|20)\d{6}`)

// dayOf returns the day of which a raw file speaks, as far as its place tells, or else that on which it was fetched.
func dayOf(raw archive.Raw) time.Time {
	if !raw.Day.IsZero() {
		return raw.Day
	}
	if at, err := time.Parse("20060102", dayInName.FindString(raw.Name)); err == nil {
		return at
	}
	return raw.Fetched
}

// brought is what a source brought so far.
type brought struct {
	from             collectors.Source
	since            time.Time // from when on files tell what comes
	first            time.Time // day of the first file, or now
	received, onDisk float64   // bytes of all files, as both were before retention cleared some away
	files            []held    // that are on the disk, or of a day after since
}

// add adds a file of the source.
func (b *brought) add(raw archive.Raw) {
	_, bytes := raw.Held()
	h := held{dayOf(raw), raw.Fetched, float64(raw.Bytes), float64(bytes), float64(bytes)}
	b.received, b.onDisk = b.received+h.bytes, b.onDisk+h.onDisk
	if raw.Cleared {
		h.onDisk = 0
	}
	if h.day.Before(b.first) {
		b.first = h.day
	}
	if h.onDisk > 0 || h.day.After(b.since) {
		b.files = append(b.files, h)
	}
}

// broughtBy returns what each source brought, by the files of the archive that are given to file.
func broughtBy(sources []collectors.Source, now time.Time) (each []*brought, file func(archive.Raw)) {
	for _, from := range sources {
		each = append(each, &brought{from: from, since: now.Add(-needSpan), first: now})
	}
	return each, func(raw archive.Raw) {
		if raw.Fetched.IsZero() {
			return
		}
		for _, b := range each {
			if belongs(raw, b.from) {
				b.add(raw)
			}
		}
	}
}

// forecast is what the raw files of a source take in times to come.
type forecast struct {
	kind  string
	files []held
	aDay  float64 // bytes on the disk of new files
}

// need measures what the files of the source took within the last month, or since the first, and what they will take. The first file is
// no measure of what comes each day: many sources bring nothing else for months. The numbers of bytes are null where less than a
// day is known.
func (b *brought) need(asked map[string]float64, due []collectors.Item, now time.Time) (n Need, to *forecast) {
	if len(asked) > 0 {
		n.Requests = new(float64)
		for _, times := range asked {
			*n.Requests += times
		}
	}
	to = &forecast{kind: b.from.Kind, files: b.files}
	ratio := 1.0
	if b.received > 0 {
		ratio = b.onDisk / b.received
	}
	first := b.first
	for _, item := range due {
		if bytes := float64(item.Bytes); bytes > 0 && !item.Newer && !item.Time.IsZero() {
			to.files = append(to.files, held{item.Time, time.Time{}, bytes, bytes * ratio, bytes * ratio})
			if item.Time.Before(first) {
				first = item.Time
			}
		}
	}
	since := b.since
	if first.After(since) {
		since = first
	}
	span := now.Sub(since)
	if n.MeasuredFor = span.Hours() / 24; span < day {
		return n, nil
	}
	aDay, heldADay := 0.0, 0.0
	for _, h := range to.files {
		if h.day.After(since) {
			aDay, heldADay = aDay+h.bytes/n.MeasuredFor, heldADay+h.wasOnDisk/n.MeasuredFor
		}
	}
	to.aDay, n.BytesADay, n.HeldADay = heldADay, &aDay, &heldADay
	return n, to
}

// on returns the bytes on the disk so many days from now. age is for how long files are kept; 0: for ever.
func (f *forecast) on(days int, age time.Duration, now time.Time) float64 {
	at := now.Add(time.Duration(days) * day)
	fresh := time.Duration(days) * day
	if age > 0 {
		fresh = min(fresh, age)
	}
	bytes := f.aDay * fresh.Hours() / 24
	for _, h := range f.files {
		fetched := h.fetched
		if fetched.IsZero() {
			fetched = now
		}
		if age == 0 || at.Sub(fetched) <= age {
			bytes += h.onDisk
		}
	}
	return bytes
}

// most returns the most bytes that the forecasts take together on a day of the next year, by the rules of retention.
func most(forecasts []*forecast, retention []archive.Retention, now time.Time) (bytes float64) {
	for days := range yearDays + 1 {
		byRule, total := make([]float64, len(retention)), 0.0
		for _, f := range forecasts {
			at := slices.IndexFunc(retention, func(r archive.Retention) bool { return slices.Contains(r.Kinds, f.kind) })
			if at < 0 {
				total += f.on(days, 0, now)
			} else {
				byRule[at] += f.on(days, retention[at].Age, now)
			}
		}
		for i, rule := range retention {
			if rule.Bytes > 0 {
				byRule[i] = min(byRule[i], float64(rule.Bytes))
			}
			total += byRule[i]
		}
		bytes = max(bytes, total)
	}
	return bytes
}

// add adds what is known of another need, except of the disk: what several take together, most tells.
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
	plus(&n.HeldADay, other.HeldADay)
	n.MeasuredFor = max(n.MeasuredFor, other.MeasuredFor)
}

// needs returns what each source takes, and all of them together, by what they brought by now. due are the items of each source that
// are known to be due; may be nil.
func (p *Pipeline) needs(of []*brought, due [][]collectors.Item, now time.Time) (each []Need, hosts []HostNeed, all Need, err error) {
	var asked []map[string]float64
	var forecasts []*forecast
	for i, b := range of {
		kind, err := p.Kind(b.from.Kind)
		if err != nil {
			return nil, nil, all, err
		}
		var items []collectors.Item
		if due != nil {
			items = due[i]
		}
		asks := requests(b.from, kind, now)
		n, to := b.need(asks, items, now)
		if to != nil {
			disk := most([]*forecast{to}, p.options.Retention, now)
			n.DiskBytes = &disk
			forecasts = append(forecasts, to)
		}
		asked, each = append(asked, asks), append(each, n)
		all.add(n)
	}
	if hosts = hostNeeds(asked); len(hosts) > 0 {
		all.Requests = new(float64)
		for _, h := range hosts {
			*all.Requests += h.Requests
		}
	}
	if len(forecasts) > 0 {
		disk := most(forecasts, p.options.Retention, now)
		all.DiskBytes = &disk
	}
	return each, hosts, all, nil
}

// belongs reports whether a raw file is one of the source's. Notes of older programs do not name the source.
func belongs(raw archive.Raw, from collectors.Source) bool {
	if raw.Source == "" {
		return raw.Kind == from.Kind && raw.Collector == from.Collector
	}
	return raw.Source == from.Name
}
