package rfcwatch

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/url"
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

// Name returns datatracker.
func (Datatracker) Name() string { return "datatracker" }

// Bounds of the answers to one day's questions, in pages and in bytes.
const (
	maxPages  = 2000
	maxAnswer = 512 << 20
)

// Requests returns how many requests a day's questions take at least: one for the states, one for each watched RFC, working group
// and draft. Long answers, and drafts that they name, add some.
func (Datatracker) Requests(from collectors.Source) int {
	w := from.Runtime.Watch
	return 1 + len(w.RFCs) + len(w.Groups) + len(w.Drafts)
}

// Due returns one item for all questions of the day. The source's one URL is the root of the API, for example
// https://datatracker.ietf.org/api/v1/.
func (d Datatracker) Due(ctx context.Context, from collectors.Source, now time.Time, store *archive.Archive) ([]collectors.Item, error) {
	if len(from.URLs) > 0 && strings.HasPrefix(from.URLs[0], "file:") {
		return d.URLs.Due(ctx, from, now, store)
	}
	if len(from.URLs) != 1 || len(from.Mirrors) > 0 {
		return nil, fmt.Errorf("source %s: want one URL, the root of the API, for example https://datatracker.ietf.org/api/v1/", from.Name)
	}
	root, err := url.Parse(strings.TrimSuffix(from.URLs[0], "/") + "/")
	if err != nil {
		return nil, err
	}
	day := now.UTC().Truncate(24 * time.Hour)
	item := collectors.Item{Source: from.Name, Collector: from.Collector, URL: root.String(), Name: "datatracker.json", Day: day, Time: day}
	if old, err := store.Get(item.Raw(from)); err != nil || old != nil {
		return nil, err
	}
	return []collectors.Item{item}, nil
}

// Fetch asks for the documents that are related to the watched RFCs, and for the details of those that are drafts.
func (d Datatracker) Fetch(ctx context.Context, from collectors.Source, item collectors.Item, store *archive.Archive) (collectors.Fetched, error) {
	var done collectors.Fetched
	if strings.HasPrefix(item.URL, "file:") {
		return d.URLs.Fetch(ctx, from, item, store)
	}
	root, err := url.Parse(item.URL)
	if err != nil {
		return done, err
	}
	if store.Client == nil {
		return done, fmt.Errorf("%s: the archive has no client to fetch with", item.URL)
	}
	q := &inquiry{ctx: ctx, client: store.Client, root: root}
	if err := q.ask("doc/state/?limit=500"); err != nil {
		return done, err
	}
	names := map[string]bool{}
	for _, name := range from.Runtime.Watch.Drafts {
		names[name] = true
	}
	for _, n := range from.Runtime.Watch.RFCs {
		if err := q.ask("doc/relateddocument/?limit=200&target__name=rfc" + strconv.Itoa(n)); err != nil {
			return done, err
		}
	}
	for _, r := range q.relations {
		source := documentOf(r.Source)
		if relation := relationOf(r.Relationship); strings.HasPrefix(source, "draft-") && (relation == "updates" || relation == "obsoletes") {
			names[source] = true
		}
	}
	for _, group := range from.Runtime.Watch.Groups {
		if err := q.ask("doc/document/?limit=200&type=draft&states__slug=active&group__acronym=" + url.QueryEscape(group)); err != nil {
			return done, err
		}
	}
	for _, name := range slices.Sorted(maps.Keys(names)) {
		if err := q.ask("doc/document/?limit=1&name=" + url.QueryEscape(name)); err != nil {
			return done, err
		}
	}
	raw := item.Raw(from)
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
	pages     bytes.Buffer
	count     int
	relations []trackerRelation
}

// ask fetches every page of an answer.
func (q *inquiry) ask(question string) error {
	next, err := q.root.Parse(question)
	if err != nil {
		return err
	}
	for next != nil {
		if q.count > 0 {
			// Nobody has said how many questions the Datatracker takes at once.
			if err := q.client.Sleep(q.ctx, q.client.Backoff); err != nil {
				return err
			}
		}
		if q.count++; q.count > maxPages || q.pages.Len() > maxAnswer {
			return fmt.Errorf("%s: too many answers (at most %d pages and %d bytes are read)", next, maxPages, maxAnswer)
		}
		page, _, err := q.client.Read(q.ctx, next.String(), fetch.Validators{})
		if err != nil {
			return err
		}
		var answer trackerPage
		if err := json.Unmarshal(page, &answer); err != nil {
			return fmt.Errorf("%s: byte %d: %w", next, len(page), err)
		}
		q.pages.Write(bytes.TrimSpace(page))
		q.pages.WriteByte('\n')
		for _, o := range answer.Objects {
			var r trackerRelation
			if json.Unmarshal(o, &r) == nil && r.Relationship != "" {
				q.relations = append(q.relations, r)
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

// trackerPage is one page of an answer.
type trackerPage struct {
	Meta struct {
		Next string `json:"next"`
	} `json:"meta"`
	Objects []json.RawMessage `json:"objects"`
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
	Type      string           `json:"type"` // of a document, and of a state
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
	in, err := raw.Open()
	if err != nil {
		return err
	}
	defer in.Close()
	t := tracker{states: map[string][2]string{}, rejected: map[string]int{}}
	d := json.NewDecoder(bufio.NewReaderSize(in, 64<<10))
	for {
		offset := d.InputOffset()
		var page trackerPage
		var bytes json.RawMessage
		err := d.Decode(&bytes)
		if err == io.EOF {
			break
		}
		if err == nil {
			err = json.Unmarshal(bytes, &page)
		}
		if err != nil {
			err = fmt.Errorf("%s: byte %d: %w", raw.ID(), offset, err)
			if t.seen == 0 {
				return err
			}
			into.Damage(err)
			break
		}
		if page.Objects == nil { // the answer for one document is the document itself
			page.Objects = []json.RawMessage{bytes}
		}
		for _, o := range page.Objects {
			if err := t.add(o); err != nil {
				into.Damage(fmt.Errorf("%s: byte %d: %w", raw.ID(), offset, err))
			}
		}
	}
	if len(t.documents)+len(t.relations) == 0 {
		return fmt.Errorf("%s: the file holds neither documents nor relations of the Datatracker", raw.ID())
	}
	return t.write(raw, into)
}

// tracker holds the objects of a file's answers.
type tracker struct {
	states    map[string][2]string // type and slug by number
	documents []trackerObject
	relations []datasets.DraftRelation
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
	case strings.HasPrefix(x.Name, "draft-"):
		t.documents = append(t.documents, x)
	case x.Slug != "" && strings.Contains(x.Resource, "/state/"):
		t.states[last(x.Resource)] = [2]string{last(x.Type), x.Slug}
	default:
		t.rejected["neither draft, relation nor state"]++
	}
	return nil
}

// parseNumber parses an RFC number; anything else is 0.
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
	instant := func(s string) *time.Time {
		for _, layout := range []string{time.RFC3339, "2006-01-02T15:04:05", time.DateOnly} {
			if at, err := time.Parse(layout, s); err == nil {
				at = at.UTC()
				return &at
			}
		}
		return nil
	}
	d.Expires, d.Changed = instant(x.Expires), instant(x.Time)
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
