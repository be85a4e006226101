package cli

import (
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"tidemark/rfcwatch/history"
)

type rfcVerb struct {
	Show   rfcShowVerb   `cmd:"" help:"Show an RFC: status, relations, errata, pending drafts, and what depends on it."`
	Log    rfcLogVerb    `cmd:"" help:"List what happened to RFCs."`
	Diff   rfcDiffVerb   `cmd:"" help:"Show what changed between two days, or between the texts of two documents."`
	Search rfcSearchVerb `cmd:"" help:"Find RFCs by words in title, keywords, authors and abstract."`
	Graph  rfcGraphVerb  `cmd:"" help:"Show which documents around an RFC obsolete and update each other."`
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

// asOf parses a --as-of flag. Without one it returns the zero time: the newest snapshot.
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
	AsOf   string    `placeholder:"DAY" help:"Use the index and the other sources of that day."`
	JSON   bool      `help:"As JSON."`
}

// rfcShown is what rfc show knows of a document.
type rfcShown struct {
	*history.About
	RestingOnIt []string `json:"questions"`
}

// Run shows the document.
func (v *rfcShowVerb) Run(env *environment) error {
	day, err := asOf(v.AsOf)
	if err != nil {
		return err
	}
	about, err := history.Describe(env.Store(), uint32(v.Number), day)
	if err != nil {
		return err
	}
	shown := rfcShown{About: about}
	for _, q := range env.Questions {
		if slices.Contains(q.RFCs, int(v.Number)) {
			shown.RestingOnIt = append(shown.RestingOnIt, q.Title)
		}
	}
	return env.show(v.JSON, shown, func(w io.Writer) { shown.write(w) })
}

func (s rfcShown) write(w io.Writer) {
	printf(w, "RFC %d\t%s\n", s.Number, s.Title)
	for _, f := range []struct{ name, value string }{
		{"authors", strings.Join(s.Authors, ", ")}, {"published", s.Published}, {"status", s.Status}, {"published as", s.PublicationStatus},
		{"stream", s.Stream}, {"area", s.Area}, {"working group", s.WG}, {"draft", s.Draft}, {"DOI", s.DOI}, {"index", "of " + s.Index},
	} {
		if f.value != "" {
			printf(w, "%s\t%s\n", f.name, f.value)
		}
	}
	for _, r := range s.Relations {
		printf(w, "%s\t%s %s\n", strings.ReplaceAll(r.Relation, "-", " "), r.Document, r.Title)
	}
	for _, d := range s.Pending {
		printf(w, "pending\t%s-%s would change it (%s, %s): %s\n", d.Name, d.Revision, d.Relation, d.State, d.Title)
	}
	for _, e := range s.Errata {
		printf(w, "erratum %d\t%s, %s, section %s, %s\n", e.ID, e.Status, e.Type, e.Section, e.Submitted)
	}
	for _, q := range s.RestingOnIt {
		printf(w, "measured\t%s\n", q)
	}
}
