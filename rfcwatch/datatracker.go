package rfcwatch

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"tidemark/collectors"
	"tidemark/collectors/archive"
	"tidemark/datasets"
	"tidemark/datasets/table"
	"tidemark/internal/fetch"
)

// Datatracker is the kind of answers of the IETF Datatracker's API. A raw file holds the pages of a day, one after the
// other as they were received.
type Datatracker struct{ collectors.URLs }

// DatatrackerSettings are the keys that only a source of the kind datatracker has.
type DatatrackerSettings struct {
	Groups []string `toml:"groups"` // working groups whose active drafts are looked at, by acronym; none: those of the watch list
}

var groupName = regexp.MustCompile(`^[a-z0-9][a-z0-9-]*$`)

// Validate reports a group whose name is not an acronym.
func (s *DatatrackerSettings) Validate(collectors.Source) error {
	for _, group := range s.Groups {
		if !groupName.MatchString(group) {
			return fmt.Errorf("groups: %q is not the acronym of a working group (want for example \"v6ops\")", group)
		}
	}
	return nil
}

// Settings returns empty DatatrackerSettings.
func (Datatracker) Settings() collectors.Settings { return &DatatrackerSettings{} }

// watchOf returns what a source is to look at.
func watchOf(from collectors.Source) collectors.Watch {
	w := from.Runtime.Watch
	if own, is := from.Settings.(*DatatrackerSettings); is && len(own.Groups) > 0 {
		w.Groups = own.Groups
	}
	return w
}

// Name returns datatracker.
func (Datatracker) Name() string { return "datatracker" }

// Form is JSON, page after page.
func (Datatracker) Form() collectors.Form {
	return collectors.Form{Bytes: maxAnswer, Inflated: maxAnswer, Like: "{", Begins: collectors.Starting("{")}
}

// Bounds of the answers to one day's questions, in pages and in bytes.
const (
	maxPages  = 2000
	maxAnswer = 64 << 20
)

// Nothing where there was much is a passing fault of the server, until it has said so for a week.
const (
	muchBefore  = 10 // objects on the first page of an earlier answer
	believedFor = 7 * 24 * time.Hour
)

// How many objects a page of an answer has, and how many names or numbers one question holds.
const (
	pageLimit  = 500
	maxInQuery = 50
)

// Requests returns how many requests a day's questions take at least: one for the states, two for each watched RFC, one for each
// working group, one for the drafts that are named, and one or two for those that they replace and that replace them. Long answers and
// many drafts add some.
func (Datatracker) Requests(from collectors.Source) int {
	w := watchOf(from)
	return 1 + 2*len(w.RFCs) + chunks(len(w.RFCs)) + len(w.Groups) + 1 + 1 + chunks(len(w.Drafts))
}

// chunks returns how many questions n names or numbers take.
func chunks(n int) int { return (n + maxInQuery - 1) / maxInQuery }

// Due returns one item for all questions of the day. The source's one URL is the root of the API, for example
// https://datatracker.ietf.org/api/v1/.
func (d Datatracker) Due(ctx context.Context, from collectors.Source, now time.Time, store *archive.Archive) ([]collectors.Item, error) {
	if len(from.URLs) > 0 && strings.HasPrefix(from.URLs[0], "file:") {
		return d.URLs.Due(ctx, from, now, store)
	}
	root, err := apiRoot(from)
	if err != nil {
		return nil, err
	}
	day := now.UTC().Truncate(24 * time.Hour)
	item := collectors.Item{Source: from.Name, Collector: from.Collector, URL: root, Name: "datatracker.json", Day: day, Time: day}
	if old, err := store.Get(item.Raw(from)); err != nil || old != nil {
		return nil, err
	}
	return []collectors.Item{item}, nil
}

// apiRoot returns the source's one URL, with a slash at its end.
func apiRoot(from collectors.Source) (string, error) {
	if len(from.URLs) != 1 || len(from.Mirrors) > 0 {
		return "", fmt.Errorf("source %s: want one URL, the root of the API, for example https://datatracker.ietf.org/api/v1/", from.Name)
	}
	root, err := url.Parse(strings.TrimSuffix(from.URLs[0], "/") + "/")
	if err != nil {
		return "", err
	}
	return root.String(), nil
}

// Fetch asks which RFCs and active drafts are related to the watched RFCs, and what the state of those drafts is, of drafts of the
// watched groups, of those that are named after a watched RFC, and of drafts that were active in the answers before; and which drafts they
// replace, or replace a watched draft. A page that has not changed since is not sent again.
func (d Datatracker) Fetch(ctx context.Context, from collectors.Source, item collectors.Item, store *archive.Archive) (collectors.Fetched, error) {
	var done collectors.Fetched
	if strings.HasPrefix(item.URL, "file:") {
		return d.URLs.Fetch(ctx, from, item, store)
	}
	q, err := newInquiry(ctx, item, store)
	if err != nil {
		return done, err
	}
	raw := item.Raw(from)
	before, err := store.Newest(raw)
	if err != nil {
		return done, err
	}
	if before != nil && !before.Cleared {
		if q.before, err = readAnswers(*before); err != nil {
			q.before = nil // everything is asked for anew
		}
		q.recent = item.Day.Sub(before.Day) < believedFor
	}
	if err := q.askAll(watchOf(from)); err != nil {
		return done, err
	}
	raw.Fetched = store.Now()
	done.Bytes = int64(q.pages.Len())
	added, err := store.AddNewer(raw, &q.pages)
	switch {
	case err != nil:
		return collectors.Fetched{}, err
	case added:
		done.New++
	default:
		done.Unchanged, done.Bytes = 1, 0
	}
	return done, nil
}

// inquiry is a series of questions to the API.
type inquiry struct {
	ctx       context.Context
	client    *fetch.Client
	root      *url.URL
	before    *answers // to the same questions, earlier; nil: there are none
	recent    bool     // before is not older than believedFor
	pages     bytes.Buffer
	count     int
	relations []trackerRelation
	documents map[string]bool // names of drafts that an answer had
	published map[string]bool // names of RFCs that an answer says were published, for example rfc6052
}

// newInquiry returns an inquiry that has asked nothing.
func newInquiry(ctx context.Context, item collectors.Item, store *archive.Archive) (*inquiry, error) {
	root, err := url.Parse(item.URL)
	if err != nil {
		return nil, err
	}
	if store.Client == nil {
		return nil, fmt.Errorf("%s: the archive has no client to fetch with", item.URL)
	}
	return &inquiry{ctx: ctx, client: store.Client, root: root, documents: map[string]bool{}, published: map[string]bool{}}, nil
}

// askAll asks everything that is to be known of the watched documents.
func (q *inquiry) askAll(watch collectors.Watch) error {
	questions := []string{fmt.Sprintf("doc/state/?limit=%d", pageLimit)}
	for _, n := range watch.RFCs {
		related := fmt.Sprintf("doc/relateddocument/?limit=%d&target__name=rfc%d&source__type=", pageLimit, n)
		questions = append(questions, related+"rfc", related+"draft&source__states__type=draft&source__states__slug=active")
	}
	active := fmt.Sprintf("doc/document/?limit=%d&type=draft&states__type=draft&states__slug=active&", pageLimit)
	for _, group := range watch.Groups {
		questions = append(questions, active+"group__acronym="+url.QueryEscape(group))
	}
	for some := range slices.Chunk(watch.RFCs, maxInQuery) {
		questions = append(questions, active+"name__regex="+url.QueryEscape(successors(some)))
	}
	for _, question := range questions {
		if err := q.ask(question); err != nil {
			return err
		}
	}
	names := map[string]bool{}
	for _, name := range watch.Drafts {
		names[name] = true
	}
	for _, r := range q.relations {
		if source := documentOf(r.Source); strings.HasPrefix(source, "draft-") {
			names[source] = true
		}
	}
	if q.before != nil {
		for _, d := range q.before.tracker.active(time.Time{}) { // it may have expired or become an RFC
			names[d.Name] = true
		}
	}
	known := maps.Clone(names)
	maps.Copy(known, q.documents)
	if err := q.askForRenamed(slices.Sorted(maps.Keys(known)), watch.Drafts); err != nil {
		return err
	}
	for _, r := range q.relations {
		if last(r.Relationship) == "replaces" && slices.Contains(watch.Drafts, documentOf(r.Target)) {
			names[documentOf(r.Source)] = true
		}
	}
	maps.DeleteFunc(names, func(name string, _ bool) bool { return q.documents[name] })
	return q.askAbout(fmt.Sprintf("doc/document/?limit=%d&name__in=", pageLimit), slices.Sorted(maps.Keys(names)))
}

// askAbout asks a question that ends in names, as many of them at once as it may hold.
func (q *inquiry) askAbout(question string, names []string) error {
	for some := range slices.Chunk(names, maxInQuery) {
		if err := q.ask(question + url.QueryEscape(strings.Join(some, ","))); err != nil {
			return err
		}
	}
	return nil
}

// askForRenamed asks which drafts the named ones replace, and by which the watched ones were replaced: adoption gives a draft another name.
func (q *inquiry) askForRenamed(names, watched []string) error {
	replaces := fmt.Sprintf("doc/relateddocument/?limit=%d&relationship__slug=replaces&", pageLimit)
	if err := q.askAbout(replaces+"source__name__in=", names); err != nil {
		return err
	}
	return q.askAbout(replaces+"target__name__in=", watched)
}

// successors returns an expression that names of drafts match which say that they are to follow or update one of the RFCs.
func successors(rfcs []int) string {
	var numbers []string
	for _, n := range rfcs {
		numbers = append(numbers, strconv.Itoa(n))
	}
	return "-(rfc-?)?(" + strings.Join(numbers, "|") + ")-?(bis|update)"
}

// ask fetches every page of an answer.
func (q *inquiry) ask(question string) error {
	next, err := q.root.Parse(question)
	if err != nil {
		return err
	}
	for next != nil {
		page, err := q.page(next)
		if err != nil {
			return err
		}
		var answer trackerPage
		if err := json.Unmarshal(page, &answer); err != nil {
			return fmt.Errorf("%s: this is not an answer of the Datatracker, which would be JSON: %w", next, err)
		}
		if answer.Objects == nil {
			return fmt.Errorf("%s: this is not an answer of the Datatracker, which would have a list of objects", next)
		}
		if was := q.before.to(next.RequestURI()); q.recent && len(answer.Objects) == 0 && was.objects >= muchBefore {
			return fmt.Errorf("%s: the answer is empty, and had %d objects on the day before; it is asked for again, and believed after a week", next, was.objects)
		}
		for _, o := range answer.Objects {
			var x trackerObject
			switch {
			case json.Unmarshal(o, &x) != nil:
			case x.Relationship != "":
				q.relations = append(q.relations, x.trackerRelation)
			case x.Type == publishedRFC:
				q.published[last(x.Doc)] = true
			case isDraft(x.Name):
				q.documents[x.Name] = true
			}
		}
		if answer.Meta.Next == "" {
			return nil
		}
		following, err := next.Parse(answer.Meta.Next)
		if err != nil {
			return fmt.Errorf("%s: next page: %w", next, err)
		}
		if following.Host != q.root.Host {
			return fmt.Errorf("%s: the next page is on another server, %s", next, following.Host)
		}
		next = following
	}
	return nil
}

// page fetches a page, unless it is the same as before, and adds it with its question to what is kept.
func (q *inquiry) page(address *url.URL) ([]byte, error) {
	if q.count > 0 {
		// Nobody has said how many questions the Datatracker takes at once.
		if err := q.client.Sleep(q.ctx, q.client.Backoff); err != nil {
			return nil, err
		}
	}
	if q.count++; q.count > maxPages || q.pages.Len() > maxAnswer {
		return nil, fmt.Errorf("%s: too many answers (at most %d pages and %d bytes are read)", address, maxPages, maxAnswer)
	}
	asked := trackerQuestion{Question: address.RequestURI()}
	was := q.before.to(asked.Question)
	page, now, err := q.client.Read(q.ctx, address.String(), fetch.Validators{ETag: was.ETag})
	switch {
	case errors.Is(err, fetch.ErrNotModified) && was.page != nil:
		page, asked.ETag = was.page, was.ETag
	case err != nil:
		return nil, err
	default:
		page, asked.ETag = bytes.TrimSpace(page), now.ETag
	}
	line, err := json.Marshal(asked)
	if err != nil {
		return nil, err
	}
	for _, part := range [][]byte{line, page} {
		q.pages.Write(part)
		q.pages.WriteByte('\n')
	}
	return page, nil
}

// trackerQuestion stands before the page of an answer: what was asked, and the validator of the page.
type trackerQuestion struct {
	Question string `json:"question"`
	ETag     string `json:"etag,omitempty"`
}

// answers are the pages of an earlier day by their questions.
type answers struct {
	pages   map[string]answer
	tracker *tracker
}

type answer struct {
	trackerQuestion
	page    json.RawMessage
	objects int // on the page
}

// to returns the answer to a question; it is empty if there was none.
func (a *answers) to(question string) answer {
	if a == nil {
		return answer{}
	}
	return a.pages[question]
}

// readAnswers reads a file of answers.
func readAnswers(raw archive.Raw) (*answers, error) {
	a := &answers{pages: map[string]answer{}}
	t, err := readTracker(raw, func(question trackerQuestion, page json.RawMessage, objects int) {
		if question.Question != "" {
			a.pages[question.Question] = answer{question, page, objects}
		}
	}, func(error) {})
	if err != nil {
		return nil, err
	}
	a.tracker = t
	return a, nil
}

// trackerPage is one page of an answer.
type trackerPage struct {
	Meta struct {
		Next string `json:"next"`
	} `json:"meta"`
	Objects []json.RawMessage `json:"objects"`
	trackerQuestion
}

// trackerObject is an object of an answer of any type; its type follows from the fields that are set.
type trackerObject struct {
	trackerRelation
	trackerState
	Name      string           `json:"name"`
	Rev       string           `json:"rev"`
	Title     string           `json:"title"`
	States    []string         `json:"states"` // of a document, as paths of states
	Stream    string           `json:"stream"`
	Intended  string           `json:"intended_std_level"`
	Pages     *int64           `json:"pages"`
	Expires   string           `json:"expires"`
	Time      string           `json:"time"`
	RFCNumber *json.RawMessage `json:"rfc_number"`
	RFC       *json.RawMessage `json:"rfc"`
	Type      string           `json:"type"` // of a document, of a state as a path, and of an event
	Doc       string           `json:"doc"`  // of an event, as a path
	StateType string           `json:"state_type"`
	Resource  string           `json:"resource_uri"`
}

// trackerRelation holds the fields of a relation between documents, as paths.
type trackerRelation struct {
	Source       string `json:"source"`
	Target       string `json:"target"`
	Relationship string `json:"relationship"`
}

// trackerState holds the fields of a state.
type trackerState struct {
	Slug string `json:"slug"`
}

// last returns the last element of a path, for example ietf of /api/v1/name/streamname/ietf/.
func last(path string) string {
	path = strings.TrimSuffix(path, "/")
	return path[strings.LastIndexByte(path, '/')+1:]
}

// documentOf returns the document of a path: RFC6052 for rfc6052, and the name of a draft.
func documentOf(path string) string {
	name := last(path)
	if number, isRFC := strings.CutPrefix(name, "rfc"); isRFC {
		if n, err := strconv.ParseUint(number, 10, 32); err == nil {
			return "RFC" + strconv.FormatUint(n, 10)
		}
	}
	return name
}

// relationNames maps the Datatracker's slugs to the words of rfc_relations.
var relationNames = map[string]string{
	"obs": "obsoletes", "updates": "updates", "refnorm": "normative", "refinfo": "informative", "refunk": "unknown-reference",
	"refold": "unknown-reference", "became_rfc": "became-rfc",
}

// relationOf returns the relation of a path.
func relationOf(path string) string {
	slug := last(path)
	if name, known := relationNames[slug]; known {
		return name
	}
	return slug
}

// Decode reads pages of documents, relations and states, in any order.
func (Datatracker) Decode(_ context.Context, raw archive.Raw, into *table.Commit) error {
	if raw.Day.IsZero() {
		return fmt.Errorf("%s: answers of the Datatracker do not state their day; give --date DAY on import or date = \"DAY\" in the configuration", raw.ID())
	}
	t, err := readTracker(raw, func(trackerQuestion, json.RawMessage, int) {}, into.Damage)
	if err != nil {
		return err
	}
	if len(t.documents)+len(t.relations) == 0 {
		return fmt.Errorf("%s: the file holds neither documents nor relations of the Datatracker", raw.ID())
	}
	return t.write(raw, into)
}

// readTracker reads the pages of a file. each is called with every page, the question before it, which is empty if there is none, and
// how many objects the page has.
func readTracker(raw archive.Raw, each func(question trackerQuestion, page json.RawMessage, objects int), damage func(error)) (*tracker, error) {
	in, err := raw.Open()
	if err != nil {
		return nil, err
	}
	defer in.Close()
	t := &tracker{states: map[string][2]string{}, rejected: map[string]int{}}
	d := json.NewDecoder(bufio.NewReaderSize(in, 64<<10))
	var asked trackerQuestion
	for {
		offset := d.InputOffset()
		var page trackerPage
		var bytes json.RawMessage
		err := d.Decode(&bytes)
		if err == io.EOF {
			return t, nil
		}
		if err == nil {
			err = json.Unmarshal(bytes, &page)
		}
		if err != nil {
			err = fmt.Errorf("%s: byte %d: %w", raw.ID(), offset, err)
			if t.seen == 0 {
				return nil, err
			}
			damage(err)
			return t, nil
		}
		if page.Question != "" {
			asked = page.trackerQuestion
			continue
		}
		each(asked, bytes, len(page.Objects))
		asked = trackerQuestion{}
		if page.Objects == nil { // the answer for one document is the document itself
			page.Objects = []json.RawMessage{bytes}
		}
		for _, o := range page.Objects {
			if err := t.add(o); err != nil {
				damage(fmt.Errorf("%s: byte %d: %w", raw.ID(), offset, err))
			}
		}
	}
}

// tracker holds the objects of a file's answers.
type tracker struct {
	states    map[string][2]string // type and slug by number
	documents []trackerObject
	relations []datasets.DraftRelation
	events    []trackerEvent
	seen      int
	rejected  map[string]int
}

// add adds an object of an answer.
func (t *tracker) add(o json.RawMessage) error {
	t.seen++
	var x trackerObject
	if err := json.Unmarshal(o, &x); err != nil {
		t.rejected["malformed object"]++
		return err
	}
	switch {
	case x.Relationship != "":
		r := datasets.DraftRelation{Source: documentOf(x.Source), Relation: relationOf(x.Relationship), Target: documentOf(x.Target)}
		if r.Source == "" || r.Target == "" {
			t.rejected["a relation without an end"]++
			return fmt.Errorf("a relation without an end")
		}
		if n, isRFC := strings.CutPrefix(r.Target, "RFC"); isRFC {
			r.TargetNumber = parseNumber(n)
		}
		t.relations = append(t.relations, r)
	case isDraft(x.Name):
		t.documents = append(t.documents, x)
	case len(x.Name) > maxDocumentName:
		t.rejected["a name that is too long"]++
		return fmt.Errorf("a name of %d bytes", len(x.Name))
	case x.Doc != "":
		at := parseInstant(x.Time)
		if at == nil {
			t.rejected["an event without a time"]++
			return fmt.Errorf("an event without a time")
		}
		t.events = append(t.events, trackerEvent{documentOf(x.Doc), x.Type, x.Rev, last(x.StateType), *at})
	case x.Slug != "" && strings.Contains(x.Resource, "/state/"):
		t.states[last(x.Resource)] = [2]string{last(x.Type), x.Slug}
	default:
		t.rejected["neither draft, relation nor state"]++
	}
	return nil
}

// parseNumber parses an RFC number; anything else is 0.
// maxDocumentName is how long a document's name can be in the Datatracker, in bytes.
const maxDocumentName = 255

func isDraft(name string) bool {
	return strings.HasPrefix(name, "draft-") && len(name) <= maxDocumentName
}

func parseNumber(s string) uint32 {
	n, err := strconv.ParseUint(s, 10, 32)
	if err != nil {
		return 0
	}
	return uint32(n)
}

// draftStates maps the numbers of the states of drafts, which have never changed, to their slugs. All other states are
// looked up in the answer.
var draftStates = map[string]string{"1": "active", "2": "expired", "3": "rfc", "4": "repl", "5": "auth-rm", "6": "ietf-rm"}

// draft returns the row of a draft.
func (t *tracker) draft(x *trackerObject, day time.Time) datasets.Draft {
	d := datasets.Draft{SnapshotDate: day, Name: x.Name, Revision: x.Rev, Title: fold(x.Title), Stream: last(x.Stream), IntendedStatus: last(x.Intended), Pages: x.Pages}
	for _, path := range x.States {
		number := last(path)
		kind := t.states[number]
		switch {
		case kind[0] == "draft":
			d.State = kind[1]
		case kind[0] == "draft-iesg" && kind[1] != "idexists":
			d.IESGState = kind[1]
		case kind[0] == "draft-rfceditor":
			d.RFCEditorState = kind[1]
		case kind[0] == "" && draftStates[number] != "":
			d.State = draftStates[number]
		case kind[0] == "" && d.State == "":
			d.State = "state-" + number
		}
	}
	d.Expires, d.Changed = parseInstant(x.Expires), parseInstant(x.Time)
	for _, number := range []*json.RawMessage{x.RFCNumber, x.RFC} {
		if number != nil && d.PublishedAs == 0 {
			d.PublishedAs = parseNumber(strings.TrimPrefix(strings.ToUpper(strings.Trim(string(*number), `"`)), "RFC"))
		}
	}
	for _, r := range t.relations {
		if r.Source == x.Name && r.Relation == "became-rfc" {
			d.PublishedAs = r.TargetNumber
		}
	}
	return d
}

// parseInstant parses a time or a day as the API has it; anything else is nil.
func parseInstant(s string) *time.Time {
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04:05", time.DateOnly} {
		if at, err := time.Parse(layout, s); err == nil {
			at = at.UTC()
			return &at
		}
	}
	return nil
}

// active returns the rows of the active drafts.
func (t *tracker) active(day time.Time) (all []datasets.Draft) {
	for i := range t.documents {
		if d := t.draft(&t.documents[i], day); d.State == "active" {
			all = append(all, d)
		}
	}
	return all
}

// write commits the drafts and relations.
func (t *tracker) write(raw archive.Raw, into *table.Commit) error {
	key := raw.Key(raw.Day)
	drafts, err := datasets.Drafts.Create(into, key)
	if err != nil {
		return err
	}
	relations, err := datasets.DraftRelations.Create(into, key)
	if err != nil {
		return err
	}
	var rows []datasets.Draft
	for i := range t.documents {
		rows = append(rows, t.draft(&t.documents[i], raw.Day))
	}
	slices.SortStableFunc(rows, func(a, b datasets.Draft) int { return cmp.Compare(a.Name, b.Name) })
	rows = slices.CompactFunc(rows, func(a, b datasets.Draft) bool { return a.Name == b.Name })
	slices.SortFunc(t.relations, func(a, b datasets.DraftRelation) int {
		return cmp.Or(cmp.Compare(a.Source, b.Source), cmp.Compare(a.Relation, b.Relation), cmp.Compare(a.Target, b.Target))
	})
	t.relations = slices.Compact(t.relations)
	for i := range t.relations {
		t.relations[i].SnapshotDate = raw.Day
	}
	drafts.Unit, relations.Unit = "document or malformed object", "relation"
	drafts.See(len(rows))
	drafts.Keep(len(rows))
	drafts.Note("relations", len(t.relations))
	drafts.Note("names of states", len(t.states))
	drafts.Note("events", len(t.events))
	for reason, n := range t.rejected {
		drafts.See(n)
		drafts.Reject(reason, n)
	}
	relations.See(len(t.relations))
	relations.Keep(len(t.relations))
	if err := drafts.Append(rows...); err != nil {
		return err
	}
	return relations.Append(t.relations...)
}
