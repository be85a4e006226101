package cli

import (
	"fmt"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"tidemark/datasets"
	"tidemark/rfcwatch/event"
	"tidemark/rfcwatch/history"
)

type rfcVerb struct {
	Show   rfcShowVerb   `cmd:"" help:"Show an RFC: status, relations, errata, pending drafts, what rests on it."`
	Log    rfcLogVerb    `cmd:"" help:"List what happened to RFCs."`
	Diff   rfcDiffVerb   `cmd:"" help:"Show what changed between two days, or between the texts of two documents."`
	Search rfcSearchVerb `cmd:"" help:"Find RFCs by words of title, keywords, authors and abstract."`
	Graph  rfcGraphVerb  `cmd:"" help:"Show what obsoletes and updates what around an RFC."`
	Impact rfcImpactVerb `cmd:"" help:"List the questions and columns that rest on documents that changed."`
}

// rfcNumber is an argument such as 6052, RFC6052 or rfc-6052.
type rfcNumber uint32

// UnmarshalText reads the number.
func (n *rfcNumber) UnmarshalText(b []byte) error {
	text := strings.TrimLeft(strings.TrimPrefix(strings.ToUpper(string(b)), "RFC"), " -")
	number, err := strconv.ParseUint(text, 10, 32)
	if err != nil || number == 0 {
		return fmt.Errorf("%q is no RFC number", b)
	}
	*n = rfcNumber(number)
	return nil
}

// asOf reads a --as-of flag; zero, which means the newest snapshot, where it is empty.
func asOf(text string) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	return dayOf("--as-of", text)
}

func dayOf(what, text string) (time.Time, error) {
	day, err := time.Parse(time.DateOnly, text)
	if err != nil {
		return day, usageError{fmt.Errorf("%s %q is not a day as YYYY-MM-DD", what, text)}
	}
	return day, nil
}

type rfcShowVerb struct {
	Number rfcNumber `arg:"" help:"RFC number."`
	AsOf   string    `placeholder:"DAY" help:"As the index and the other sources stood on that day."`
	JSON   bool      `help:"As JSON."`
}

// Help shows examples.
func (rfcShowVerb) Help() string {
	return examples("tidemark rfc show 6052", "tidemark rfc show 2460 --as-of 2012-06-01", "tidemark rfc show --json 8215")
}

// rfcShown is what rfc show knows of a document.
type rfcShown struct {
	Number            uint32            `json:"number"`
	Title             string            `json:"title"`
	NotIssued         bool              `json:"not_issued,omitempty"`
	Authors           []string          `json:"authors"`
	Published         string            `json:"published"` // as exactly as the index tells
	Status            string            `json:"status"`
	PublicationStatus string            `json:"publication_status,omitempty"`
	Stream            string            `json:"stream,omitempty"`
	Area              string            `json:"area,omitempty"`
	WG                string            `json:"wg,omitempty"`
	Draft             string            `json:"draft,omitempty"`
	DOI               string            `json:"doi,omitempty"`
	Keywords          []string          `json:"keywords,omitempty"`
	Abstract          string            `json:"abstract,omitempty"`
	Index             string            `json:"index"` // day of the snapshot
	Relations         []rfcShownRelated `json:"relations"`
	Errata            []rfcShownErratum `json:"errata"`
	Pending           []rfcShownDraft   `json:"pending"`
	RestingOnIt       []string          `json:"questions"`
}

type rfcShownRelated struct {
	Relation string `json:"relation"`
	Document string `json:"document"`
	Title    string `json:"title,omitempty"`
	StatedBy string `json:"stated_by"`
}

type rfcShownErratum struct {
	ID        uint32 `json:"erratum"`
	Status    string `json:"status"`
	Type      string `json:"type"`
	Section   string `json:"section"`
	Submitted string `json:"submitted,omitempty"`
	Submitter string `json:"submitter"`
	Original  string `json:"original_text"`
	Corrected string `json:"corrected_text"`
	Notes     string `json:"notes"`
}

type rfcShownDraft struct {
	Name     string `json:"name"`
	Revision string `json:"revision"`
	Relation string `json:"relation"`
	State    string `json:"state"`
	Title    string `json:"title"`
}

// Run shows the document.
func (v *rfcShowVerb) Run(env *environment) error {
	day, err := asOf(v.AsOf)
	if err != nil {
		return err
	}
	shown, err := env.rfcShown(uint32(v.Number), day)
	if err != nil {
		return err
	}
	if v.JSON {
		return writeJSON(env.stdout, shown)
	}
	w := tabwriter.NewWriter(env.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintf(w, "RFC %d\t%s\n", shown.Number, plain(shown.Title))
	for _, f := range []struct{ name, value string }{
		{"authors", strings.Join(shown.Authors, ", ")}, {"published", shown.Published}, {"status", shown.Status}, {"published as", shown.PublicationStatus},
		{"stream", shown.Stream}, {"area", shown.Area}, {"working group", shown.WG}, {"draft", shown.Draft}, {"DOI", shown.DOI},
		{"index", "of " + shown.Index},
	} {
		if f.value != "" {
			fmt.Fprintf(w, "%s\t%s\n", f.name, plain(f.value))
		}
	}
	for _, r := range shown.Relations {
		fmt.Fprintf(w, "%s\t%s %s\n", strings.ReplaceAll(r.Relation, "-", " "), r.Document, plain(r.Title))
	}
	for _, d := range shown.Pending {
		fmt.Fprintf(w, "pending\t%s-%s would change it (%s, %s): %s\n", plain(d.Name), plain(d.Revision), d.Relation, plain(d.State), plain(d.Title))
	}
	for _, e := range shown.Errata {
		fmt.Fprintf(w, "erratum %d\t%s, %s, section %s, %s\n", e.ID, e.Status, e.Type, plain(e.Section), e.Submitted)
	}
	for _, q := range shown.RestingOnIt {
		fmt.Fprintf(w, "measured\t%s\n", q)
	}
	return w.Flush()
}

func (env *environment) rfcShown(number uint32, day time.Time) (*rfcShown, error) {
	state, err := history.At(env.store, day)
	if err != nil {
		return nil, err
	}
	d := state.Documents[number]
	if d == nil {
		return nil, fmt.Errorf("the index of %s has no RFC %d", state.Day.Format(time.DateOnly), number)
	}
	shown := &rfcShown{Number: number, Title: d.Title, NotIssued: d.NotIssued, Authors: d.Authors, Published: published(&d.RFC), Status: d.Status,
		PublicationStatus: d.PublicationStatus, Stream: d.Stream, Area: d.Area, WG: d.WG, Draft: d.Draft, DOI: d.DOI, Keywords: d.Keywords,
		Abstract: d.Abstract, Index: state.Day.Format(time.DateOnly)}
	if d.NotIssued {
		shown.Title = "(not issued)"
	}
	for _, e := range state.Graph(number, 1) {
		switch other := ""; number {
		case e.From:
			shown.Relations = append(shown.Relations, rfcShownRelated{e.Relation, other + fmt.Sprintf("RFC %d", e.To), titleOf(state, e.To), e.StatedBy})
		case e.To:
			passive := map[string]string{"obsoletes": "obsoleted-by", "updates": "updated-by"}[e.Relation]
			shown.Relations = append(shown.Relations, rfcShownRelated{passive, fmt.Sprintf("RFC %d", e.From), titleOf(state, e.From), e.StatedBy})
		}
	}
	for s := range state.Relations {
		if s.Number == number && (s.Relation == "is-also" || s.Relation == "see-also") {
			shown.Relations = append(shown.Relations, rfcShownRelated{Relation: s.Relation, Document: s.Target, StatedBy: "from"})
		}
	}
	slices.SortStableFunc(shown.Relations, func(a, b rfcShownRelated) int { return strings.Compare(a.Relation+a.Document, b.Relation+b.Document) })
	errata, err := history.Errata(env.store, number, day)
	if err != nil {
		return nil, err
	}
	for _, e := range errata {
		s := rfcShownErratum{ID: e.ID, Status: e.Status, Type: e.Type, Section: e.Section, Submitter: e.Submitter, Original: e.Original,
			Corrected: e.Corrected, Notes: e.Notes}
		if e.Submitted != nil {
			s.Submitted = e.Submitted.Format(time.DateOnly)
		}
		shown.Errata = append(shown.Errata, s)
	}
	drafts, err := history.Drafts(env.store, number, day)
	if err != nil {
		return nil, err
	}
	for _, p := range drafts {
		shown.Pending = append(shown.Pending, rfcShownDraft{p.Name, p.Revision, p.Relation, p.State, p.Title})
	}
	for _, q := range allQuestions {
		if slices.Contains(q.RFCs, int(number)) {
			shown.RestingOnIt = append(shown.RestingOnIt, q.Title)
		}
	}
	return shown, nil
}

func titleOf(s *history.State, number uint32) string {
	if d := s.Documents[number]; d != nil {
		return d.Title
	}
	return ""
}

func published(r *datasets.RFC) string {
	switch {
	case r.Year == 0:
		return ""
	case r.Month == 0:
		return fmt.Sprintf("%04d", r.Year)
	case r.Day == 0:
		return fmt.Sprintf("%04d-%02d", r.Year, r.Month)
	}
	return fmt.Sprintf("%04d-%02d-%02d", r.Year, r.Month, r.Day)
}

// plain takes control characters out of foreign text: a title must not steer the terminal.
func plain(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r >= 0x80 && r < 0xa0 || r == '\u2028' || r >= '\u202a' && r <= '\u202e' || r >= '\u2066' && r <= '\u2069' {
			return ' '
		}
		return r
	}, s)
}

type rfcLogVerb struct {
	Number []rfcNumber `arg:"" optional:"" help:"RFC numbers (default: the watched ones)."`
	All    bool        `help:"Of every RFC."`
	Since  string      `placeholder:"DAY" help:"Only what happened on that day or later."`
	JSON   bool        `help:"As JSON."`
}

// Help shows examples.
func (rfcLogVerb) Help() string {
	return examples("tidemark rfc log 6052", "tidemark rfc log --since 2026-01-01", "tidemark rfc log --all --since 2025-01-01 --json")
}

// rfcEvent is an event as it is shown.
type rfcEvent struct {
	Date     string   `json:"date,omitempty"` // where the document carries it
	After    string   `json:"after"`
	Until    string   `json:"until"`
	Document string   `json:"document"`
	Kind     string   `json:"kind"`
	Relation string   `json:"relation,omitempty"`
	Before   string   `json:"before,omitempty"`
	Now      string   `json:"now,omitempty"`
	Title    string   `json:"title"`
	Concerns []uint32 `json:"concerns"`
}

func showEvents(env *environment, events []datasets.RFCEvent, asJSON bool) error {
	shown := make([]rfcEvent, 0, len(events))
	for _, e := range events {
		s := rfcEvent{After: e.After.Format(time.DateOnly), Until: e.Until.Format(time.DateOnly), Document: e.Document, Kind: e.Kind,
			Relation: e.Relation, Before: e.Before, Now: e.Now, Title: e.Title, Concerns: e.Concerns}
		if e.Date != nil {
			s.Date = e.Date.Format(time.DateOnly)
		}
		shown = append(shown, s)
	}
	if asJSON {
		return writeJSON(env.stdout, shown)
	}
	w := tabwriter.NewWriter(env.stdout, 0, 0, 2, ' ', 0)
	for _, e := range shown {
		when := e.Date
		if event.Kind(e.Kind) == event.Published {
			when = strings.TrimSuffix(when, "-01") // the first stands for the month
		}
		if when == "" {
			when = e.After + ".." + e.Until
		}
		change := e.Now
		if e.Before != "" {
			change = e.Before + " → " + e.Now
		}
		kind := e.Kind
		if e.Relation != "" {
			kind += " " + e.Relation
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", when, plain(e.Document), kind, plain(change), plain(e.Title))
	}
	return w.Flush()
}

// Run lists the events.
func (v *rfcLogVerb) Run(env *environment) error {
	var since time.Time
	if v.Since != "" {
		var err error
		if since, err = dayOf("--since", v.Since); err != nil {
			return err
		}
	}
	var numbers []uint32
	for _, n := range v.Number {
		numbers = append(numbers, uint32(n))
	}
	if len(numbers) == 0 && !v.All {
		for _, n := range env.config.Watched() {
			numbers = append(numbers, uint32(n))
		}
	}
	events, err := history.Events(env.store, numbers, since)
	if err != nil {
		return err
	}
	if len(events) == 0 {
		fmt.Fprintln(env.stderr, "nothing is on record; events come with tidemark analyse, from two snapshots of the index on")
	}
	return showEvents(env, events, v.JSON)
}

type rfcDiffVerb struct {
	Before string `arg:"" help:"A day, or a document: rfc6052, draft-name-07, or a text file."`
	Now    string `arg:"" help:"A later day, or another document."`
	JSON   bool   `help:"As JSON."`
}

// Help shows examples.
func (rfcDiffVerb) Help() string {
	return examples("tidemark rfc diff 2012-06-01 2018-12-01", "tidemark rfc diff rfc2460 rfc8200",
		"tidemark rfc diff draft-ietf-v6ops-nat64-wkp-1918-07 draft-ietf-v6ops-nat64-wkp-1918-08", "tidemark rfc diff old.txt new.txt")
}

var dayPattern = regexp.MustCompile(`^\d{4}-\d\d-\d\d$`)

// Run shows the difference.
func (v *rfcDiffVerb) Run(env *environment) error {
	if !dayPattern.MatchString(v.Before) || !dayPattern.MatchString(v.Now) {
		return v.texts(env)
	}
	from, err := dayOf("the first day", v.Before)
	if err != nil {
		return err
	}
	to, err := dayOf("the second day", v.Now)
	if err != nil {
		return err
	}
	if to.Before(from) {
		return usageError{fmt.Errorf("%s is before %s; give the earlier day first", v.Now, v.Before)}
	}
	before, err := history.At(env.store, from)
	if err != nil {
		return fmt.Errorf("%s: %w", v.Before, err)
	}
	now, err := history.At(env.store, to)
	if err != nil {
		return err
	}
	return showEvents(env, history.Compare(before, now), v.JSON)
}

type rfcSearchVerb struct {
	Words []string `arg:"" help:"Words that must all be found."`
	AsOf  string   `placeholder:"DAY" help:"In the index as it stood on that day."`
	JSON  bool     `help:"As JSON."`
	Limit int      `default:"50" help:"At most so many; 0: all."`
}

// Help shows examples.
func (rfcSearchVerb) Help() string {
	return examples("tidemark rfc search translation prefix", "tidemark rfc search --as-of 2005-01-01 mrt")
}

// Run lists the documents that are found.
func (v *rfcSearchVerb) Run(env *environment) error {
	day, err := asOf(v.AsOf)
	if err != nil {
		return err
	}
	state, err := history.At(env.store, day)
	if err != nil {
		return err
	}
	found := state.Search(v.Words)
	total := len(found)
	if v.Limit > 0 && len(found) > v.Limit {
		found = found[:v.Limit]
	}
	type hit struct {
		Number    uint32 `json:"number"`
		Title     string `json:"title"`
		Status    string `json:"status"`
		Published string `json:"published"`
	}
	hits := make([]hit, 0, len(found))
	for _, d := range found {
		hits = append(hits, hit{d.Number, d.Title, d.Status, published(&d.RFC)})
	}
	if v.JSON {
		return writeJSON(env.stdout, hits)
	}
	w := tabwriter.NewWriter(env.stdout, 0, 0, 2, ' ', 0)
	for _, h := range hits {
		fmt.Fprintf(w, "RFC %d\t%s\t%s\t%s\n", h.Number, h.Published, h.Status, plain(h.Title))
	}
	if err := w.Flush(); err != nil {
		return err
	}
	if total > len(found) {
		fmt.Fprintf(env.stderr, "%d of %d; --limit 0 shows all\n", len(found), total)
	}
	return nil
}

type rfcGraphVerb struct {
	Number   rfcNumber `arg:"" help:"RFC number."`
	AsOf     string    `placeholder:"DAY" help:"As the index stood on that day."`
	Distance int       `default:"2" help:"How many relations away."`
	JSON     bool      `help:"As JSON."`
	DOT      bool      `name:"dot" help:"In Graphviz's language."`
}

// Help shows examples.
func (rfcGraphVerb) Help() string {
	return examples("tidemark rfc graph 6052", "tidemark rfc graph --dot 4291 | dot -Tsvg > 4291.svg")
}

// Run shows the relations around the document.
func (v *rfcGraphVerb) Run(env *environment) error {
	day, err := asOf(v.AsOf)
	if err != nil {
		return err
	}
	state, err := history.At(env.store, day)
	if err != nil {
		return err
	}
	if state.Documents[uint32(v.Number)] == nil {
		return fmt.Errorf("the index of %s has no RFC %d", state.Day.Format(time.DateOnly), v.Number)
	}
	edges := state.Graph(uint32(v.Number), v.Distance)
	switch {
	case v.JSON:
		if edges == nil {
			edges = []history.Edge{}
		}
		return writeJSON(env.stdout, edges)
	case v.DOT:
		fmt.Fprintln(env.stdout, "digraph rfcs {")
		named := map[uint32]bool{}
		for _, e := range edges {
			for _, n := range []uint32{e.From, e.To} {
				if !named[n] {
					named[n] = true
					fmt.Fprintf(env.stdout, "  rfc%d [label=%s];\n", n, strconv.Quote(fmt.Sprintf("RFC %d\n%s", n, plain(titleOf(state, n)))))
				}
			}
			style := map[string]string{"obsoletes": "bold", "updates": "dashed"}[e.Relation]
			fmt.Fprintf(env.stdout, "  rfc%d -> rfc%d [label=%q, style=%s];\n", e.From, e.To, e.Relation, style)
		}
		_, err := fmt.Fprintln(env.stdout, "}")
		return err
	}
	w := tabwriter.NewWriter(env.stdout, 0, 0, 2, ' ', 0)
	for _, e := range edges {
		fmt.Fprintf(w, "RFC %d\t%s\tRFC %d\t%s\n", e.From, e.Relation, e.To, plain(titleOf(state, e.From)))
	}
	return w.Flush()
}

type rfcImpactVerb struct {
	Since string `placeholder:"DAY" help:"Only changes on that day or later."`
	JSON  bool   `help:"As JSON."`
}

// Help shows examples.
func (rfcImpactVerb) Help() string {
	return examples("tidemark rfc impact", "tidemark rfc impact --since 2026-01-01")
}

// rfcImpact is something that rests on a document, and what happened to that.
type rfcImpact struct {
	Kind   string     `json:"kind"` // question or column
	Name   string     `json:"name"`
	Number int        `json:"rfc"`
	Events []rfcEvent `json:"events"`
}

// Run lists what rests on changed documents.
func (v *rfcImpactVerb) Run(env *environment) error {
	var since time.Time
	if v.Since != "" {
		var err error
		if since, err = dayOf("--since", v.Since); err != nil {
			return err
		}
	}
	events, err := history.Events(env.store, nil, since)
	if err != nil {
		return err
	}
	byRFC := map[int][]rfcEvent{}
	for _, e := range events {
		if !event.MayInvalidate(&e) {
			continue
		}
		for _, n := range e.Concerns {
			if e.Number != 0 && e.Number != n {
				continue
			}
			byRFC[int(n)] = append(byRFC[int(n)], rfcEvent{After: e.After.Format(time.DateOnly), Until: e.Until.Format(time.DateOnly),
				Document: e.Document, Kind: e.Kind, Relation: e.Relation, Before: e.Before, Now: e.Now, Title: e.Title, Concerns: e.Concerns})
		}
	}
	impacts := []rfcImpact{}
	for _, q := range allQuestions {
		for _, n := range q.RFCs {
			if len(byRFC[n]) > 0 {
				impacts = append(impacts, rfcImpact{"question", q.Slug, n, byRFC[n]})
			}
		}
	}
	for _, s := range datasets.All() {
		for _, c := range s.Columns {
			for _, n := range c.RFCs {
				if len(byRFC[n]) > 0 {
					impacts = append(impacts, rfcImpact{"column", s.Name + "." + c.Name, n, byRFC[n]})
				}
			}
		}
	}
	if v.JSON {
		return writeJSON(env.stdout, impacts)
	}
	w := tabwriter.NewWriter(env.stdout, 0, 0, 2, ' ', 0)
	for _, i := range impacts {
		last := i.Events[len(i.Events)-1]
		fmt.Fprintf(w, "%s\t%s\tRFC %d\t%d changes, the last by %s: %s %s %s\n", i.Kind, i.Name, i.Number, len(i.Events), last.Until, last.Kind, last.Relation, plain(last.Now))
	}
	return w.Flush()
}

// readable opens a local file for rfc diff.
func readable(name string) (*os.File, bool) {
	f, err := os.Open(name)
	return f, err == nil
}
