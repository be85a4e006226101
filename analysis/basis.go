package analysis

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Basis names the columns of an answer that say what its numbers rest on. A number leaves an answer only together with the
// instant and the coverage that they give, and is compared only with numbers that were measured in the same way.
type Basis struct {
	AsOf   string   // instant of which a row speaks: a Timestamp, a Date, or a year as a number or as text
	Series []string // rows are comparable only where these columns are equal: source, collector, family, sample
	Parts  []string // columns that divide one measurement into several rows, for example rov_state
	Break  string   // column that says why a row is not comparable with the one before it in its series; empty text: it is

	Known  string // column: how many things the row's numbers know; empty: all
	Of     string // column: how many things they are about
	Things string // what these two count, in the plural: "routes"
	Feeds  string // column: ASes whose full feeds are behind the row; empty: not a matter of feeds
	// FeedsOf is the column of the ASes with full feeds in all tables of that instant; empty: all of them are behind the row.
	FeedsOf string
	Remedy  string // what would make the unknown things known, as a clause after "collect"
}

// minKnown is the share of things that must be known before a figure is shown or compared.
const minKnown = 0.95

// newestRows returns the rows with the newest instant.
func (b *Basis) newestRows(rows []row) (newest []row) {
	var at instant
	for _, r := range rows {
		switch t := b.instant(r); {
		case t.order == 0 || t.order < at.order:
		case t.order > at.order:
			at, newest = t, []row{r}
		default:
			newest = append(newest, r)
		}
	}
	return newest
}

// coverage returns of how many things the rows know how many, for the row that knows the smallest share; nil if the question
// has no unknown.
func (b *Basis) coverage(rows []row) (known, of *int64) {
	if b.Of == "" {
		return nil, nil
	}
	worst := 2.0
	for _, r := range rows {
		k, o := amountOf(r[b.Known]), amountOf(r[b.Of])
		if !k.known || !o.known || o.n <= 0 {
			continue
		}
		if share := k.n / o.n; share < worst {
			worst = share
			known, of = new(int64), new(int64)
			*known, *of = int64(k.n), int64(o.n)
		}
	}
	return known, of
}

// covers reports whether the rows know enough to be shown as a figure.
func (b *Basis) covers(rows []row) bool {
	known, of := b.coverage(rows)
	return b.Of == "" || of != nil && float64(*known) >= minKnown*float64(*of)
}

// feeds returns how many ASes sent the full feeds behind rows of one instant, and how many sent one to anybody, for the row
// with the fewest; nil if that is unknown or no matter of feeds. Of several sources only that of the first row counts: the
// words are about that one.
func (b *Basis) feeds(rows []row) (feeds, of *int64) {
	for _, r := range b.firstSource(rows) {
		if n := numberIn(r, b.Feeds); n != nil && (feeds == nil || *n < *feeds) {
			feeds, of = n, numberIn(r, b.FeedsOf)
		}
	}
	return feeds, of
}

// numberIn returns the number in a column of a row; nil if it is unknown or there is no such column.
func numberIn(r row, column string) *int64 {
	a := amountOf(r[column])
	if !a.known {
		return nil
	}
	n := int64(a.n)
	return &n
}

// sourceColumns are the columns of a series that name who measured it; the others divide what was measured.
var sourceColumns = []string{"collector", "source", "measured"}

// firstSource returns, of each series but for its source, the rows of the source that comes first.
func (b *Basis) firstSource(rows []row) (found []row) {
	var sources, others []string
	for _, c := range b.Series {
		if slices.Contains(sourceColumns, c) {
			sources = append(sources, c)
		} else {
			others = append(others, c)
		}
	}
	first := map[string]string{}
	for _, r := range rows {
		what, source := textOf(r, others), textOf(r, sources)
		if _, met := first[what]; !met {
			first[what] = source
		}
		if first[what] == source {
			found = append(found, r)
		}
	}
	return found
}

// series returns the values by which a row is comparable, as text.
func (b *Basis) series(r row) string { return textOf(r, b.Series) }

func textOf(r row, columns []string) string {
	var all []string
	for _, c := range columns {
		all = append(all, plain(r[c]))
	}
	return strings.Join(all, "\x00")
}

// compared returns the row with which prose compares r: that of a year before if all between is comparable, or else the row before r in its
// series and part. It returns why there is no comparable one.
func (b *Basis) compared(rows []row, r row) (before row, why string) {
	at, later := b.instant(r), r
	for _, then := range b.earlier(rows, r) {
		if why := b.notComparable(then, []row{later}, []row{then}); why != "" {
			if before == nil {
				return nil, why
			}
			break
		}
		if before == nil {
			before = then
		}
		age := at.time.Sub(b.instant(then).time)
		if at.time.IsZero() || age > MaxYear*24*time.Hour {
			break
		}
		if age >= MinYear*24*time.Hour {
			return then, ""
		}
		later = then
	}
	if before == nil {
		return nil, b.notComparable(nil, nil, nil)
	}
	return before, ""
}

// earlier returns the rows before r in its series and part, newest first.
func (b *Basis) earlier(rows []row, r row) (all []row) {
	at, columns := b.instant(r), slices.Concat(b.Series, b.Parts)
	self := textOf(r, columns)
	for _, other := range rows {
		if t := b.instant(other); t.order != 0 && t.order < at.order && textOf(other, columns) == self {
			all = append(all, other)
		}
	}
	slices.SortStableFunc(all, func(x, y row) int { return cmp.Compare(b.instant(y).order, b.instant(x).order) })
	return all
}

// notComparable returns why rows of one instant are not comparable with those of the instant before it in their series;
// "" if they are. before is a row of these, or nil if there are none.
func (b *Basis) notComparable(before row, rows, earlier []row) string {
	if before == nil {
		return "no earlier measurement of this source"
	}
	if b.Break != "" {
		for _, r := range rows {
			if text, _ := r[b.Break].(string); text != "" {
				return text
			}
		}
	}
	if !b.covers(rows) || !b.covers(earlier) {
		return fmt.Sprintf("too many unknown %s", cmp.Or(b.Things, "rows"))
	}
	return ""
}

// instant is a time or a year as an answer has it.
type instant struct {
	order int64 // 0: none
	text  string
	time  time.Time // zero: a year
}

// instant returns the instant of which a row speaks.
func (b *Basis) instant(r row) instant { return instantOf(r[b.AsOf]) }

// instantOf reads a time, a year, or a text that begins with an hour, a day or a year.
func instantOf(v any) instant {
	switch v := v.(type) {
	case stamp:
		return instantOf(v.Time)
	case time.Time:
		return instant{v.Unix(), v.UTC().Format(time.DateOnly), v.UTC()}
	case amount:
		if v.known && v.n >= 1000 && v.n < 3000 {
			return yearInstant(int(v.n))
		}
	case string:
		for _, layout := range []string{"2006-01-02 15:04", time.DateOnly} {
			if t, err := time.Parse(layout, v[:min(len(v), len(layout))]); err == nil {
				return instantOf(t)
			}
		}
		if year, err := strconv.Atoi(v); err == nil && len(v) == 4 {
			return yearInstant(year)
		}
	}
	return instant{}
}

func yearInstant(year int) instant {
	return instant{time.Date(year, 1, 1, 0, 0, 0, 0, time.UTC).Unix(), strconv.Itoa(year), time.Time{}}
}

// day returns the day, or the year if that is all that is known.
func (i instant) day() string { return i.text }

// words returns the day or the year as prose has it.
func (i instant) words() string {
	if i.time.IsZero() {
		return i.text
	}
	return i.time.Format("2 January 2006")
}
