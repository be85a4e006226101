package rfcwatch

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"tidemark/collectors"
	"tidemark/collectors/archive"
	"tidemark/datasets"
	"tidemark/datasets/table"
)

// Milestones is the kind of the Datatracker's events of drafts that became RFCs. A raw file holds the answers about the RFCs of one
// year of publication.
type Milestones struct{ collectors.URLs }

// Name returns draft-milestones.
func (Milestones) Name() string { return "draft-milestones" }

// Form is JSON, page after page.
func (Milestones) Form() collectors.Form { return Datatracker{}.Form() }

// Cadence is zero: a year that is over is asked for once.
func (Milestones) Cadence(collectors.Source) collectors.Cadence { return collectors.Cadence{} }

// Requests returns 0: a year is asked for once.
func (Milestones) Requests(collectors.Source) int { return 0 }

// maxYears is how many years are due at once, each of about a hundred requests; the next run continues.
const maxYears = 3

// settled is how long after its end a year is asked for: the Datatracker learns of an RFC some days after its publication.
const settled = 31 * 24 * time.Hour

// milestonesName is the name of the file of a year.
const milestonesName = "milestones-%d.json"

// Due returns an item for each year of publication from the source's first on, or for the last one where it has none, that is over
// and of which the archive has no answers. The source's one URL is the root of the API.
func (m Milestones) Due(ctx context.Context, from collectors.Source, now time.Time, store *archive.Archive) (due []collectors.Item, err error) {
	if len(from.URLs) > 0 && strings.HasPrefix(from.URLs[0], "file:") {
		return m.URLs.Due(ctx, from, now, store)
	}
	root, err := apiRoot(from)
	if err != nil {
		return nil, err
	}
	day := now.UTC().Truncate(24 * time.Hour)
	end := day.Add(-settled).Year()
	year := end - 1
	if !from.Since.IsZero() {
		year = max(from.Since.Year(), datasets.Timeless.Year())
	}
	for ; year < end && len(due) < maxYears; year++ {
		item := collectors.Item{Source: from.Name, Collector: from.Collector, URL: root, Name: fmt.Sprintf(milestonesName, year), Day: day, Time: day}
		old, err := store.Newest(item.Raw(from))
		if err != nil {
			return due, err
		}
		if old == nil {
			due = append(due, item)
		}
	}
	return due, nil
}

// Fetch asks which RFCs were published in the item's year, of which drafts, which drafts these replace, and for the events that are
// milestones of them.
func (m Milestones) Fetch(ctx context.Context, from collectors.Source, item collectors.Item, store *archive.Archive) (done collectors.Fetched, err error) {
	if strings.HasPrefix(item.URL, "file:") {
		return m.URLs.Fetch(ctx, from, item, store)
	}
	var year int
	if _, err := fmt.Sscanf(item.Name, milestonesName, &year); err != nil {
		return done, fmt.Errorf("%s: the name holds no year", item.Name)
	}
	q, err := newInquiry(ctx, item, store)
	if err != nil {
		return done, err
	}
	if err := q.askOfYear(year); err != nil {
		return done, err
	}
	raw := item.Raw(from)
	raw.Fetched = store.Now()
	done.Bytes = int64(q.pages.Len())
	_, added, err := store.Add(raw, &q.pages)
	if err != nil {
		return collectors.Fetched{}, err
	}
	if added {
		done.New++
	}
	return done, nil
}

// The events of the Datatracker that are milestones.
const (
	publishedRFC = "published_rfc"
	newRevision  = "new_revision"
	startedIESG  = "started_iesg_process"
	announced    = "rfc_editor_received_announcement"
	queueStates  = "draft-rfceditor" // the type of the states in the RFC Editor's queue
)

// maxRenames is how many drafts before a draft are followed: adoption renames it once, and authors seldom do so more than twice.
const maxRenames = 4

// askOfYear asks for the milestones of the RFCs that were published in a year.
func (q *inquiry) askOfYear(year int) error {
	if err := q.ask(fmt.Sprintf("doc/docevent/?limit=%d&type=%s&time__gte=%d-01-01&time__lt=%d-01-01", pageLimit, publishedRFC, year, year+1)); err != nil {
		return err
	}
	if len(q.published) == 0 {
		return fmt.Errorf("%s: the answer has no RFC of %d, and there are some of every year; it is asked for again", q.root, year)
	}
	related := fmt.Sprintf("doc/relateddocument/?limit=%d&relationship__slug=", pageLimit)
	if err := q.askAbout(related+"became_rfc&target__name__in=", slices.Sorted(maps.Keys(q.published))); err != nil {
		return err
	}
	final := map[string]bool{}
	for _, r := range q.relations {
		final[last(r.Source)] = true
	}
	names, further := maps.Clone(final), slices.Sorted(maps.Keys(final))
	for range maxRenames {
		q.relations = nil
		if err := q.askAbout(related+"replaces&source__name__in=", further); err != nil {
			return err
		}
		further = nil
		for _, r := range q.relations {
			if name := last(r.Target); strings.HasPrefix(name, "draft-") && !names[name] {
				names[name] = true
				further = append(further, name)
			}
		}
		slices.Sort(further)
	}
	ofDrafts := slices.Sorted(maps.Keys(final))
	for _, about := range []struct {
		question string
		names    []string
	}{
		{"newrevisiondocevent/?limit=%d&rev=00", slices.Sorted(maps.Keys(names))},
		{"docevent/?limit=%d&type__in=" + startedIESG + "," + announced, ofDrafts},
		{"statedocevent/?limit=%d&state_type__slug=" + queueStates, ofDrafts},
	} {
		if err := q.askAbout("doc/"+fmt.Sprintf(about.question, pageLimit)+"&doc__name__in=", about.names); err != nil {
			return err
		}
	}
	return nil
}

// Decode reads pages of relations and events, in any order.
func (Milestones) Decode(_ context.Context, raw archive.Raw, into *table.Commit) error {
	if raw.Day.IsZero() {
		return fmt.Errorf("%s: answers of the Datatracker do not state their day; give --date DAY on import or date = \"DAY\" in the configuration", raw.ID())
	}
	t, err := readTracker(raw, func(trackerQuestion, json.RawMessage, int) {}, into.Damage)
	if err != nil {
		return err
	}
	rows := t.milestones(raw.Day)
	if len(rows) == 0 {
		return fmt.Errorf("%s: the file says of no RFC when it was published", raw.ID())
	}
	out, err := datasets.DraftMilestones.Create(into, raw.Key(raw.Day))
	if err != nil {
		return err
	}
	out.Unit = "milestone or malformed object"
	out.See(len(rows))
	out.Keep(len(rows))
	out.Note("events", len(t.events))
	out.Note("relations", len(t.relations))
	for reason, n := range t.rejected {
		out.See(n)
		out.Reject(reason, n)
	}
	return out.Append(rows...)
}

// trackerEvent is an event of a document.
type trackerEvent struct {
	document  string // RFC6052, or the name of a draft
	kind      string
	revision  string
	stateType string // of a change of state
	at        time.Time
}

// firstDays has the first day of something for each document.
type firstDays map[string]time.Time

func (f firstDays) add(document string, at time.Time) {
	day := at.Truncate(24 * time.Hour)
	if first, known := f[document]; !known || day.Before(first) {
		f[document] = day
	}
}

// of returns the document of those whose day is the first; "" if no day is known.
func (f firstDays) of(documents []string) (first string) {
	for _, name := range documents {
		if day, known := f[name]; known && (first == "" || day.Before(f[first])) {
			first = name
		}
	}
	return first
}

// milestones returns the rows of the RFCs that the answers have, in order of their numbers.
func (t *tracker) milestones(day time.Time) (rows []datasets.DraftMilestone) {
	published, revised, started, queued := firstDays{}, firstDays{}, firstDays{}, firstDays{}
	for _, e := range t.events {
		switch {
		case e.kind == publishedRFC:
			published.add(e.document, e.at)
		case e.kind == newRevision && e.revision == "00":
			revised.add(e.document, e.at)
		case e.kind == startedIESG:
			started.add(e.document, e.at)
		case e.kind == announced || e.stateType == queueStates:
			queued.add(e.document, e.at)
		}
	}
	became, replaced := map[string][]string{}, map[string][]string{}
	for _, r := range t.relations {
		switch r.Relation {
		case "became-rfc":
			became[r.Target] = append(became[r.Target], r.Source)
		case "replaces":
			replaced[r.Source] = append(replaced[r.Source], r.Target)
		}
	}
	for rfc := range published {
		number := parseNumber(strings.TrimPrefix(rfc, "RFC"))
		if number == 0 {
			t.rejected["the publication of something that is not an RFC"]++
			continue
		}
		drafts := became[rfc]
		slices.Sort(drafts)
		line := lineage(slices.Compact(drafts), replaced)
		for _, m := range []struct {
			name string
			days firstDays
			of   []string
		}{
			{datasets.FirstRevision, revised, line},
			{datasets.Adoption, revised, slices.DeleteFunc(slices.Clone(line), func(name string) bool { return !adopted(name) })},
			{datasets.IESG, started, drafts},
			{datasets.Queue, queued, drafts},
			{datasets.Publication, published, []string{rfc}},
		} {
			if document := m.days.of(m.of); document != "" {
				rows = append(rows, datasets.DraftMilestone{SnapshotDate: day, RFC: number, Milestone: m.name, Document: document, Reached: m.days[document]})
			}
		}
	}
	slices.SortStableFunc(rows, func(a, b datasets.DraftMilestone) int { return int(a.RFC) - int(b.RFC) })
	return rows
}

// lineage returns the drafts and those that they replace, and so on.
func lineage(drafts []string, replaced map[string][]string) []string {
	line := slices.Clone(drafts)
	met := map[string]bool{}
	for _, name := range line {
		met[name] = true
	}
	for i := 0; i < len(line); i++ {
		for _, name := range replaced[line[i]] {
			if !met[name] {
				met[name] = true
				line = append(line, name)
			}
		}
	}
	return line
}

// adopted reports whether a draft has the name of one that a working group, a research group or the IAB has adopted.
func adopted(name string) bool {
	for _, prefix := range []string{"draft-ietf-", "draft-irtf-", "draft-iab-"} {
		if strings.HasPrefix(name, prefix) {
			return true
		}
	}
	return false
}
