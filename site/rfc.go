package site

import (
	"cmp"
	"fmt"
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"tidemark/analysis"
	"tidemark/datasets"
	"tidemark/datasets/table"
	"tidemark/rfcwatch/dossier"
	"tidemark/rfcwatch/event"
	"tidemark/rfcwatch/history"
	"tidemark/rfcwatch/text"
	"tidemark/site/chart"
	"tidemark/site/feed"
	"tidemark/site/format"
	"tidemark/site/publish"
)

// rfcView is a document with what the site holds about it. Pages of documents that are not watched are short: what they have many of
// is cut or named only.
type rfcView struct {
	*dossier.RFC
	succession
	Facts      []fact
	Relations  []relation
	Statuses   string // the days of the indexes that tell the statuses of the related documents
	Uses       documentUses
	Measured   []measurement  // of a watched document
	Asked      []questionLink // of any other: questions that rest on it, or whose answers name it
	Practices  []wildRow      // what is measured of its use
	Group      string         // path of the page of its working group; empty: there is none
	Provenance *provenance    // of a watched document
	SourcesCSV string         // of any other: path of the list of sources; empty: there are none
	Feed       string         // path without the ending
	Status     []standing     // what the index said of its status, oldest first
	Changes    []*comparison  // of drafts and of successors
	Happened   []happening    // newest first, and at most maxShortEvents unless it is watched
	Events     int            // of all
	Graph      *graph         // nil: nothing to draw
	Pending    []pending      // drafts that would change it, or might
	DraftsDay  time.Time      // of the Datatracker's answers; zero: there are none
	Citations  *citations     // nil: no text of an RFC is at hand
	Errata     *errataOf      // nil: no list of errata is at hand, or it has none of a document that is not watched
	Cite       []fact         // references to the document by format

	Registries int      // registries of IANA that are at hand
	Registered []listed // at most maxRegistered entries of them that refer to it, or maxShortRows
	Entries    int      // of all
}

// pending is a draft that would change the document, with what it says.
type pending struct {
	dossier.Draft
	Passages []passage
	Total    int    // of the passages
	Would    string // what the draft would do
	By       string // how that is known
}

// passage is a paragraph of a draft about the document.
type passage struct {
	text.Passage
	Place string
}

// maxPassages bounds the passages of a draft on a page; its text has all.
const maxPassages = 12

// TextURL returns the address of the text that the passages are of.
func (p pending) TextURL() string {
	return "https://www.ietf.org/archive/id/" + url.PathEscape(p.Name+"-"+p.Read) + ".txt"
}

// listed is an entry of a registry of IANA.
type listed struct {
	datasets.Assignment
	Of string // title of the list, or its identifier
}

// maxRegistered bounds the entries of registries on a page; tidemark registry shows all.
const maxRegistered = 100

// Bounds of pages of documents that are not watched.
const (
	maxShortEvents = 20
	maxShortRows   = 10
)

// registrations describes entries of IANA's registries.
func registrations(entries []datasets.Assignment, most int) (all []listed) {
	for _, e := range entries[:min(len(entries), most)] {
		all = append(all, listed{e, cmp.Or(e.Title, e.List)})
	}
	return all
}

// pendings describes the drafts that would change the document.
func pendings(r *dossier.RFC) (all []pending) {
	for _, d := range r.Drafts {
		p := pending{Draft: d, Total: len(d.Passages)}
		switch d.Intent.Relation {
		case "obsoletes":
			p.Would = "would obsolete this document"
		case "updates":
			p.Would = "would update this document"
		default:
			p.Would = "may change this document"
		}
		switch d.Intent.KnownBy {
		case history.KnownByHeader:
			p.By = "the header of revision " + d.Intent.HeaderRevision + " says so"
		case history.KnownByDatatracker:
			p.By = "the Datatracker says so"
		case history.KnownByText:
			p.By = "the header of revision " + d.Intent.HeaderRevision + " does not say so, but the text quotes sentences of this document as old and new"
		default:
			p.By = "its name says so; "
			if d.Intent.HeaderRevision == "" {
				p.By += "no header of its text could be read"
			} else {
				p.By += "the header of revision " + d.Intent.HeaderRevision + " does not"
			}
		}
		for _, passage := range d.Passages[:min(len(d.Passages), maxPassages)] {
			p.Passages = append(p.Passages, passageOf(passage))
		}
		all = append(all, p)
	}
	return all
}

func passageOf(p text.Passage) passage {
	place := p.Heading
	if p.Section != "" {
		place = "Section " + p.Section + ", " + p.Heading
	}
	return passage{p, place}
}

// standing is a status with the first day on which it is known to have held.
type standing struct{ Status, Since string } // empty: unknown, or not shown on a short page

// maxHappenings is how many events of all watched documents are shown.
const maxHappenings = 25

// happening is an event as the page describes it.
type happening struct {
	When, What, Seen string
}

// rfcsView lists documents.
type rfcsView struct {
	Watched  []*dossier.RFC
	Uses     []documentUses
	Newest   []happening // of the watched documents
	Subjects []subjectView

	Documents int       // issued ones in the index
	Texts     int       // documents whose text can be searched
	Errata    int       // in the newest list
	ErrataDay time.Time // of that list
	Groups    int       // working groups that have a page
	Day       time.Time // of the index
	Statuses  string    // the days of the indexes that tell the statuses of the watched ones
	Series    string    // path of the page of the sub-series; empty: there is none
	Lines     []draftLine
	Digest    bool // there is a page of the weeks
	Wild      bool // there is one of standards and their use
}

// fact is a line of the index entry.
type fact struct{ Name, Value string }

// relation is one relation of the document, seen from it.
type relation struct {
	Kind   string // for example obsoletes
	Target string // for example RFC 7915 or BCP 14
	Number int    // 0: the other document is not an RFC
	Title  string
	Status string
	Since  string // when the other document was published; empty: unknown
	Stated string // by whom: this entry, the other one, or both
}

// documentUses are the columns and questions that name a document.
type documentUses struct {
	Number    int
	Questions []questionLink
	Columns   []columnDoc
}

// measurement is what an answer says about a document in the wild.
type measurement struct {
	*analysis.Answer
	Chart *chart.Chart
	Rows  tableView // those rows of the answer that name the document
}

func rfcPath(number int) string { return event.Page(number) }

// rfcPages returns a page for each document, and the list of all documents that something rests on.
func rfcPages(f *facts, stage *publish.Stage) (pages []*page, err error) {
	uses, namings := f.documentUses(), namingsIn(f.Answers)
	from, err := f.provenanceOf(f.Standards.From, "data/rfcs.sources.csv", stage)
	if err != nil {
		return nil, err
	}
	if err := f.addErrata(stage); err != nil {
		return nil, err
	}
	practices := f.practicesByRFC()
	pages = f.comparisonPages()
	for _, r := range slices.Concat(f.RFCs, f.Standards.Others) {
		p := &page{frame: f.frame, Path: rfcPath(r.Number), Nav: "Standards", Body: "rfc.html", Scripts: []string{tableScript}, Kind: kindRFC, Words: rfcWords(r), Unlisted: !r.Watched,
			Title: rfcTitle(r), Description: "Status, relations, errata and history of the document, and what measurements say about it."}
		var about []naming
		for _, n := range namings {
			if n.concerns(r.Number) {
				about = append(about, n)
				p.Charts = p.Charts || r.Watched && f.charts[n.Question.Slug] != nil
			}
		}
		p.view = func() any { return f.rfcView(p, r, uses[r.Number], about, practices[r.Number], from) }
		if r.Watched {
			p.Feeds = f.feedsAt(feedPath(r.Number))
		}
		pages = append(pages, p)
	}
	issued, _, _ := f.Standards.Issued()
	var watched []uint32
	for _, r := range f.RFCs {
		watched = append(watched, uint32(r.Number))
	}
	var all []documentUses
	for _, n := range slices.Sorted(maps.Keys(uses)) {
		all = append(all, uses[n])
	}
	series := ""
	if len(f.Standards.Members) > 0 {
		series = subseriesPath
	}
	return append(pages, &page{frame: f.frame, Path: "rfcs/index.html", Nav: "Standards", Body: "rfcs.html",
		Feeds: f.feedsAt(seriesFeed, watchedFeed, weeklyFeed),
		Data: rfcsView{Watched: f.RFCs, Uses: all, Newest: f.newestHappenings(), Subjects: f.subjectsIn("Standards"), Documents: issued, Texts: len(f.Standards.FullTexts), Day: f.Standards.Day, Statuses: f.statusDays(watched), Series: series,
			Errata: f.countErrata(), ErrataDay: f.Standards.ErrataDay, Groups: len(f.groups),
			Lines: f.draftLines(), Digest: len(f.weeks) > 0, Wild: len(f.wild().Rows) > 0},
		Title: "Standards", Description: "The watched RFCs, and those that columns and questions are based on."}), nil
}

// rfcTitle returns the title of the document's page.
func rfcTitle(r *dossier.RFC) string {
	title := "RFC " + strconv.Itoa(r.Number)
	switch {
	case r.Entry == nil:
	case r.Entry.NotIssued:
		title += " was never issued"
	default:
		title += ": " + r.Entry.Title
	}
	return title
}

// feedsAt returns the feeds of these paths, as far as there are any.
func (f *facts) feedsAt(paths ...string) (found []*feed.Feed) {
	for _, path := range paths {
		if one := f.feeds[path]; one != nil {
			found = append(found, one)
		}
	}
	return found
}

// StatusDay returns the day of the index that tells the status.
func (v rfcView) StatusDay() time.Time {
	if day := v.Told[string(event.Status)]; !day.IsZero() {
		return day
	}
	return v.Entry.SnapshotDate
}

// StatusSince says since when the document has its status; empty: unknown.
func (v rfcView) StatusSince() string {
	if n := len(v.Status); n > 0 && v.Entry != nil && v.Status[n-1].Status == v.Entry.Status {
		switch since := v.Status[n-1].Since; {
		case since == "at publication", since == "":
			return since
		case strings.HasPrefix(since, "between"):
			return "which it got " + since
		case !strings.HasPrefix(since, "no later"):
			return "since " + since
		}
	}
	return ""
}

// rfcView returns what the page of a document shows; about are the answers that concern it.
func (f *facts) rfcView(p *page, r *dossier.RFC, uses documentUses, about []naming, practices []wildRow, from *provenance) rfcView {
	v := rfcView{RFC: r, succession: f.succession(r), Facts: entryFacts(r), Relations: relations(r), Uses: uses, Practices: practices, Provenance: from, Feed: feedPath(r.Number),
		Status: standings(r), Changes: comparisons(r), Happened: happenings(r.Events), Events: len(r.Events), Pending: pendings(r), DraftsDay: f.Standards.DraftsDay,
		Citations: f.citationsOf(r), Errata: f.errataOf(r)}
	if r.Entry != nil && f.groups[groupName(r.Entry.WG)] != nil {
		v.Group = groupPath(groupName(r.Entry.WG))
	}
	entries := maxRegistered
	for _, n := range about {
		if r.Watched {
			v.Measured = append(v.Measured, f.measurement(r.Number, n))
		} else if link := (questionLink{n.Question.Slug, n.Question.Title}); !slices.Contains(v.Asked, link) {
			v.Asked = append(v.Asked, link)
		}
	}
	if !r.Watched {
		v.Happened, entries = v.Happened[:min(len(v.Happened), maxShortEvents)], maxShortRows
	}
	slices.SortStableFunc(v.Measured, func(a, b measurement) int { // first those with rows that name the document
		return cmp.Compare(min(b.Rows.Total, 1), min(a.Rows.Total, 1))
	})
	v.Statuses = f.statusDays(numbersOf(r.Related))
	v.Cite = references(r)
	v.Registries, v.Registered, v.Entries = len(f.Standards.Registries), registrations(r.Registered, entries), len(r.Registered)
	if !r.Watched {
		v.shorten()
		return v
	}
	v.Graph = graphOf(r, v.Relations, func(number int) string { return p.RFC(number).URL })
	return v
}

// shorten leaves out what a short page does not show, above all the days of snapshots: a page is kept until what it shows changes.
func (v *rfcView) shorten() {
	if v.Provenance != nil && len(v.Provenance.Partitions) > 0 {
		v.SourcesCSV = v.Provenance.CSV
	}
	v.Provenance, v.Statuses, v.DraftsDay = nil, "", time.Time{}
	whole := v.RFC
	v.RFC = &dossier.RFC{Number: whole.Number, Citing: whole.Citing}
	if whole.Entry != nil {
		entry := *whole.Entry
		entry.SnapshotDate, entry.Source = time.Time{}, ""
		v.Entry = &entry
	}
	if c := v.Citations; c != nil {
		c.Texts, c.Documents = 0, 0
		for _, some := range [][]citation{c.Cites, c.CitedBy} {
			for i := range some {
				some[i] = citation{Other: some[i].Other}
			}
		}
	}
	if v.Errata != nil {
		v.Errata.Day = time.Time{}
	}
	for i := range v.Registered {
		v.Registered[i].RegistryDate = time.Time{}
	}
}

// standings returns the statuses of the document in their order, as far as they are known.
func standings(r *dossier.RFC) []standing {
	var all []standing
	for _, e := range r.Events {
		if int(e.Number) != r.Number {
			continue
		}
		switch {
		case event.Kind(e.Kind) == event.Published && e.Date != nil && e.Now != "":
			all = append(all, standing{e.Now, publication(*e.Date)})
		case event.Kind(e.Kind) == event.Status:
			all = append(all, standing{e.Now, "between " + format.Day(e.After) + " and " + format.Day(e.Until)})
		}
	}
	e := r.Entry
	if e == nil || len(all) > 0 && event.Kind(r.Events[0].Kind) == event.Published {
		return all
	}
	// It was published before the first snapshot, so the status at publication comes from the entry.
	if status := e.PublicationStatus; status != "" && (len(all) == 0 || all[0].Status != status) {
		since := "at publication"
		if e.Year > 0 && e.Month > 0 {
			since = fmt.Sprintf("%04d-%02d", e.Year, e.Month)
		}
		all = slices.Insert(all, 0, standing{status, since})
		if len(all) == 1 && e.Status != "" && e.Status != status {
			known := ""
			if r.Watched {
				known = "no later than " + format.Day(cmp.Or(r.Told[string(event.Status)], e.SnapshotDate))
			}
			all = append(all, standing{e.Status, known})
		}
	}
	return all
}

// publication returns the month of a publication, or its day where the index has one: a first of a month means that it has
// none.
func publication(t time.Time) string {
	if t.Day() == 1 {
		return t.Format("2006-01")
	}
	return format.Day(t)
}

// happenings describes events, newest first.
func happenings(events []datasets.RFCEvent) []happening {
	var all []happening
	for _, e := range slices.Backward(events) {
		h := happening{When: format.Day(e.After) + " to " + format.Day(e.Until), What: event.Headline(&e), Seen: format.Day(e.Until)}
		if e.Date != nil && (event.Kind(e.Kind) == event.Published || event.Kind(e.Kind) == event.RegistrationAdded) {
			h.When = publication(*e.Date)
		} else if e.Date != nil {
			h.When = format.Day(*e.Date)
		} else if e.After.Equal(e.Until) {
			h.When = format.Day(e.Until)
		}
		all = append(all, h)
	}
	return all
}

// newestHappenings returns the last events of the watched documents.
func (f *facts) newestHappenings() []happening {
	all := happenings(f.watch().Events(f.Standards.Events))
	return all[:min(len(all), maxHappenings)]
}

// documentUses returns what rests on which document, by its number.
func (f *facts) documentUses() map[int]documentUses {
	all := map[int]documentUses{}
	for _, a := range f.Answers {
		if !answered(a) {
			continue
		}
		for _, n := range a.Question.RFCs {
			u := all[n]
			u.Number, u.Questions = n, append(u.Questions, questionLink{a.Question.Slug, a.Question.Title})
			all[n] = u
		}
	}
	for _, s := range f.Datasets {
		for _, c := range s.Columns {
			for _, n := range c.RFCs {
				u := all[n]
				u.Number, u.Columns = n, append(u.Columns, columnDoc{c, s.Name})
				all[n] = u
			}
		}
	}
	return all
}

// maxNamings bounds the rows of an answer on the page of a document; the question's own page has more.
const maxNamings = 25

// naming is an answer with its rows by the documents that they name.
type naming struct {
	*analysis.Answer
	rows map[int][]int // by number of the RFC
}

var namedRFC = regexp.MustCompile(`(?i)\bRFC ?([0-9]{1,9})\b`)

// concerns reports whether the question names the document, or a row of the answer does.
func (n naming) concerns(number int) bool {
	return len(n.rows[number]) > 0 || slices.Contains(n.Question.RFCs, number)
}

// namingsIn reads every answer once, for all documents. Answers from the index or IANA's registries alone are left out: they are about
// documents, not about their use.
func namingsIn(answers []*analysis.Answer) []naming {
	var all []naming
	for _, a := range answers {
		if !slices.ContainsFunc(a.Question.Datasets, func(s *table.Schema) bool { return !slices.Contains(indexDatasets, s) }) {
			continue
		}
		n := naming{a, map[int][]int{}}
		named := map[string][]int{} // by text, because texts repeat from row to row
		for i, row := range a.Result.Rows {
			for _, v := range row {
				text, ok := v.(string)
				if !ok {
					continue
				}
				numbers, known := named[text]
				if !known {
					for _, found := range namedRFC.FindAllStringSubmatch(text, -1) {
						number, _ := strconv.Atoi(found[1]) // nine digits at most
						numbers = append(numbers, number)
					}
					named[text] = numbers
				}
				for _, number := range numbers {
					if rows := n.rows[number]; len(rows) == 0 || rows[len(rows)-1] != i {
						n.rows[number] = append(rows, i)
					}
				}
			}
		}
		all = append(all, n)
	}
	return all
}

// measurement returns what an answer says about a document.
func (f *facts) measurement(number int, n naming) measurement {
	rows := &table.Result{Columns: n.Result.Columns}
	for _, i := range n.rows[number] {
		rows.Rows = append(rows.Rows, n.Result.Rows[i])
	}
	return measurement{Answer: n.Answer, Chart: f.charts[n.Question.Slug],
		Rows: f.tableOf(n.Question.Slug, fmt.Sprintf("%s Rows that name RFC %d.", n.Question.Title, number), rows, n.Question.Chart, maxNamings)}
}

// indexDatasets are those that the RFC index or IANA's registries alone make.
var indexDatasets = []*table.Schema{datasets.RFCs.Schema, datasets.RFCRelations.Schema, datasets.RFCEvents.Schema, datasets.AssignmentEvents.Schema}

// entryFacts returns the lines of an index entry that have a value.
func entryFacts(r *dossier.RFC) []fact {
	e := r.Entry
	if e == nil {
		return nil
	}
	told := func(field event.Kind, value string) string {
		if day := r.Told[string(field)]; value != "" && !day.IsZero() && !day.Equal(e.SnapshotDate) {
			value += ", as last told by the index of " + format.Day(day)
		}
		return value
	}
	pages := ""
	if e.Pages != nil {
		pages = strconv.FormatInt(*e.Pages, 10)
	}
	all := []fact{
		{"Status", told(event.Status, e.Status)}, {"Published as", e.PublicationStatus}, {"Published", history.Published(e)}, {"Authors", list(e.Authors)},
		{"Stream", told(event.Stream, e.Stream)}, {"Area", told(event.Area, e.Area)}, {"Working group", told(event.WorkingGroup, e.WG)}, {"Pages", pages}, {"Keywords", list(e.Keywords)},
		{"Published from", e.Draft}, {"DOI", e.DOI},
	}
	if r.Watched { // the pages of all others stay as they are when a newer index says the same
		all = append(all, fact{"Index", fmt.Sprintf("as of %s (%s)", format.Day(e.SnapshotDate), e.Source)})
	}
	return slices.DeleteFunc(all, func(f fact) bool { return f.Value == "" })
}

// inverse names each relation as seen from the other document.
var inverse = map[string]string{
	"obsoletes": "obsoleted-by", "obsoleted-by": "obsoletes", "updates": "updated-by", "updated-by": "updates",
	"is-also": "is-also", "see-also": "see-also",
}

// relations returns the document's relations as seen from it, each once, with who states it.
func relations(r *dossier.RFC) []relation {
	var all []relation
	state := func(kind, target string, number int, by string) {
		at := slices.IndexFunc(all, func(o relation) bool { return o.Kind == kind && o.Target == target })
		if at >= 0 {
			if all[at].Stated != by {
				all[at].Stated = "both entries"
			}
			return
		}
		o := relation{Kind: kind, Target: target, Number: number, Stated: by}
		if i := slices.IndexFunc(r.Related, func(e datasets.RFC) bool { return number > 0 && int(e.Number) == number }); i >= 0 {
			o.Title, o.Status, o.Since = r.Related[i].Title, r.Related[i].Status, history.Published(&r.Related[i])
		}
		all = append(all, o)
	}
	for _, s := range r.Relations {
		if int(s.Number) == r.Number {
			state(s.Relation, event.Spaced(s.Target), int(s.TargetNumber), "this entry")
		}
	}
	for _, s := range r.Relations {
		if kind, known := inverse[s.Relation]; known && int(s.TargetNumber) == r.Number && int(s.Number) != r.Number {
			state(kind, "RFC "+strconv.Itoa(int(s.Number)), int(s.Number), "the other entry")
		}
	}
	slices.SortStableFunc(all, func(a, b relation) int {
		return slices.Index(relationOrder, a.Kind) - slices.Index(relationOrder, b.Kind)
	})
	return all
}

var relationOrder = []string{"obsoletes", "obsoleted-by", "updates", "updated-by", "is-also", "see-also"}

func list(all []string) string { return strings.Join(all, ", ") }
