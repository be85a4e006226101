package cli

import (
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
	"time"

	"tidemark/analysis"
	"tidemark/rfcwatch/event"
	"tidemark/rfcwatch/history"
)

type rfcVerb struct {
	Show   rfcShowVerb   `cmd:"" help:"Show an RFC: status, relations, errata, pending drafts, and what depends on it."`
	Log    rfcLogVerb    `cmd:"" help:"List what happened to RFCs."`
	Digest rfcDigestVerb `cmd:"" help:"Sum up week by week, in sentences, what changed around what is watched."`
	Diff   rfcDiffVerb   `cmd:"" help:"Show what changed between two days, or between the texts of two documents."`
	Search rfcSearchVerb `cmd:"" help:"Find RFCs by words in title, keywords, authors and abstract, or in their texts."`
	Graph  rfcGraphVerb  `cmd:"" help:"Show which documents around an RFC obsolete and update each other."`
	Cites  rfcCitesVerb  `cmd:"" help:"List the RFCs that an RFC cites, and those that cite it, by the texts at hand."`
	Cite   rfcCiteVerb   `cmd:"" help:"Write references to RFCs, as text, BibTeX, XML for xml2rfc or in APA style."`
	Impact rfcImpactVerb `cmd:"" help:"List the questions and columns that depend on documents that changed."`
}

// rfcNumber is an argument like 6052, RFC6052 or rfc-6052.
type rfcNumber uint32

// UnmarshalText parses the number.
func (n *rfcNumber) UnmarshalText(b []byte) error {
	text := strings.TrimLeft(strings.TrimPrefix(strings.ToUpper(string(b)), "RFC"), " -")
	number, err := strconv.ParseUint(text, 10, 32)
	if err != nil || number == 0 {
		return fmt.Errorf("invalid RFC number %q (want for example 6052)", b)
	}
	*n = rfcNumber(number)
	return nil
}

// rfcOrSeries is an argument like 6052, RFC6052 or BCP 38.
type rfcOrSeries struct {
	Series string // STD, BCP or FYI; empty: an RFC
	Number uint32
}

var rfcOrSeriesForm = regexp.MustCompile(`(?i)^(?:(RFC|STD|BCP|FYI)[ -]?)?0*([1-9]\d{0,8})$`)

// UnmarshalText parses the name.
func (d *rfcOrSeries) UnmarshalText(b []byte) error {
	m := rfcOrSeriesForm.FindStringSubmatch(strings.TrimSpace(string(b)))
	if m == nil {
		return fmt.Errorf("invalid RFC number %q (want for example 6052 or BCP38)", b)
	}
	if d.Series = strings.ToUpper(m[1]); d.Series == "RFC" {
		d.Series = ""
	}
	number, _ := strconv.ParseUint(m[2], 10, 32) // nine digits
	d.Number = uint32(number)
	return nil
}

type rfcShowVerb struct {
	Number rfcOrSeries `arg:"" help:"RFC number, or a name such as BCP38 or STD86, which holds one RFC or more."`
	AsOf   string      `placeholder:"DAY" help:"Use the index and the other sources of that day."`
	JSON   bool        `help:"As JSON."`
}

// rfcShown is what rfc show knows of a document.
type rfcShown struct {
	*history.About
	RestingOnIt []string `json:"questions"`
}

// Run shows the document.
func (v *rfcShowVerb) Run(env *environment) error {
	day, err := flagDay("--as-of", v.AsOf)
	if err != nil {
		return err
	}
	if v.Number.Series != "" {
		return v.showSeries(env, day)
	}
	about, err := history.Describe(env.Store(), v.Number.Number, day)
	if err != nil {
		return err
	}
	shown := rfcShown{About: about, RestingOnIt: analysis.RestingOn(env.Questions, int(v.Number.Number))}
	return env.show(v.JSON, shown, func(w io.Writer) { shown.write(w) })
}

// showSeries shows which RFCs a document of a sub-series held.
func (v *rfcShowVerb) showSeries(env *environment, day time.Time) error {
	series, err := history.DescribeSeries(env.Store(), v.Number.Series+strconv.Itoa(int(v.Number.Number)), day)
	if err != nil {
		return err
	}
	return env.show(v.JSON, series, func(w io.Writer) {
		told := series.Index
		if series.Told != series.Index {
			told += "; what it holds was last told by that of " + series.Told
		}
		printf(w, "%s\tindex of %s\n", event.Spaced(series.Name), told)
		for _, r := range series.RFCs {
			state := orUnknown(string(r.Status))
			if yesOrNo(r.Obsolete) != "no" {
				state += ", obsolete: " + yesOrNo(r.Obsolete)
			}
			printf(w, "RFC %d\t%s\t%s\t%s\n", r.Number, orUnknown(string(r.Published)), state, r.Title)
		}
	})
}

func (s rfcShown) write(w io.Writer) {
	printf(w, "RFC %d\t%s\n", s.Number, s.Title)
	index := "of " + s.Index
	if s.Later != "" {
		index += ", which does not list it; that of " + s.Later + " dates it"
	}
	for _, f := range []struct{ name, value string }{
		{"authors", strings.Join(s.Authors, ", ")}, {"published", orUnknown(string(s.Published))}, {"status", s.asTold("status", string(s.Status))},
		{"obsolete", yesOrNo(s.Obsolete)}, {"published as", s.PublicationStatus}, {"stream", s.asTold("stream", s.Stream)},
		{"area", s.asTold("area", s.Area)}, {"working group", s.asTold("wg", s.WG)}, {"draft", s.Draft}, {"DOI", s.DOI}, {"index", index},
		{"relations", s.relationsTold()},
	} {
		if f.value != "" {
			printf(w, "%s\t%s\n", f.name, f.value)
		}
	}
	for _, r := range s.Relations {
		title := r.Title
		if r.Later != "" {
			title += ", by the index of " + r.Later
		}
		printf(w, "%s\t%s\n", strings.ReplaceAll(r.Relation, "-", " "), strings.TrimSpace(event.Spaced(r.Document)+" "+title))
	}
	for _, d := range s.Pending {
		printf(w, "pending\t%s\n", pendingLine(d))
	}
	if s.DraftsUnread > 0 {
		printf(w, "pending\tunknown of %d of %d active drafts that cite it: no header of them could be read\n", s.DraftsUnread, s.DraftsCiting)
	}
	if s.Pending != nil {
		printf(w, "drafts\tas of %s, with the headers of their texts\n", s.PendingAsOf)
	}
	for _, e := range s.Errata {
		printf(w, "erratum %d\t%s, %s, section %s, %s%s\n", e.ID, orUnknown(string(e.Status)), e.Type, e.Section, e.Submitted, s.placed(&e))
	}
	if s.ErrataLater != "" {
		printf(w, "errata\tthose submitted by that day, of the list of %s\n", s.ErrataLater)
	}
	for _, list := range []struct {
		name    string
		unknown bool
	}{{"relations", s.Relations == nil}, {"pending", s.Pending == nil}, {"errata", s.Errata == nil}} {
		if list.unknown {
			printf(w, "%s\tunknown: no source of that day or before is at hand\n", list.name)
		}
	}
	for _, q := range s.RestingOnIt {
		printf(w, "measured\t%s\n", q)
	}
}

// placed returns where the text has what an erratum quotes, as the end of a clause; nothing if the text is not at hand.
func (s rfcShown) placed(e *history.AboutErratum) string {
	switch {
	case !s.TextAtHand:
		return ""
	case e.Place == nil:
		return "; its place in the text was not found"
	}
	return fmt.Sprintf("; paragraph %d (%s), confidence %.0f %%", e.Place.First, strings.TrimSpace(e.Place.Section+" "+e.Place.Heading), 100*e.Place.Confidence)
}

// pendingLine describes what a draft would do to the document, and how that is known.
func pendingLine(d history.AboutDraft) string {
	would := map[string]string{"obsoletes": "would obsolete it", "updates": "would update it"}[d.Relation]
	switch {
	case would == "" && d.KnownBy == history.KnownByText:
		would = "quotes it as OLD and NEW; no header says what it would change"
	case would == "":
		would = "is named after it; no header says what it would change"
	case d.KnownBy == history.KnownByHeader && d.HeaderRevision != d.Revision:
		would += ", by the header of revision " + d.HeaderRevision
	}
	states := []string{d.State}
	for _, s := range []struct{ what, slug string }{{"IESG: ", d.IESGState}, {"RFC Editor: ", d.RFCEditorState}, {"dated ", d.Dated}} {
		if s.slug != "" {
			states = append(states, s.what+s.slug)
		}
	}
	if len(d.Sections) > 0 {
		would += ", section " + strings.Join(d.Sections, ", ")
	}
	return fmt.Sprintf("%s-%s %s (%s): %s", d.Name, d.Revision, would, strings.Join(states, ", "), d.Title)
}

// asTold returns the value of a field with the day of the index that tells it, if that is not the one that is shown.
func (s rfcShown) asTold(field, value string) string {
	day := s.Told[field]
	switch {
	case value == "" && field == "status":
		return orUnknown(value)
	case value == "" || day == "" || day == s.Index:
		return value
	}
	return value + ", as last told by the index of " + day
}

// relationsTold returns which relations come from an earlier index than the one that is shown, with its day.
func (s rfcShown) relationsTold() string {
	var all []string
	for _, relation := range []string{"obsoletes", "obsoleted-by", "updates", "updated-by", "is-also"} {
		if day := s.Told[relation]; day != "" && day != s.Index {
			all = append(all, strings.ReplaceAll(relation, "-", " ")+" as of "+day)
		}
	}
	return strings.Join(all, ", ")
}

func orUnknown(value string) string {
	if value == "" {
		return "unknown"
	}
	return value
}

func yesOrNo(value *bool) string {
	switch {
	case value == nil:
		return "unknown"
	case *value:
		return "yes"
	}
	return "no"
}
