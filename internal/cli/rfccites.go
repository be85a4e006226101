package cli

import (
	"fmt"
	"io"
	"strings"
	"time"

	"tidemark/rfcwatch/history"
)

type rfcCitesVerb struct {
	Number    rfcNumber `arg:"" help:"RFC number."`
	Normative bool      `help:"Only normative references."`
	Distance  int       `default:"1" help:"Maximum distance, in references: 2 has those of the references too."`
	indexDay
	JSON bool `help:"As JSON."`
}

// rfcCites is who cites an RFC, and whom it cites, in JSON.
type rfcCites struct {
	Number  uint32        `json:"number"`
	Index   string        `json:"index"` // day of the index that tells the statuses
	Read    bool          `json:"read"`  // whether its own text is at hand: else what it cites is unknown
	Texts   int           `json:"texts"` // RFCs whose text is at hand: only those are known to cite
	Issued  int           `json:"issued"`
	Cites   []rfcCitation `json:"cites"` // null: unknown
	CitedBy []rfcCitation `json:"cited_by"`
}

type rfcCitation struct {
	Number     uint32        `json:"number"` // the other document
	Through    uint32        `json:"through"`
	Distance   int           `json:"distance"`
	Kind       string        `json:"kind"`
	Title      string        `json:"title"`
	Status     history.Known `json:"status"`
	Downward   string        `json:"downward"`
	Obsolete   string        `json:"obsolete"` // whether the document that is cited is
	ReplacedBy []uint32      `json:"replaced_by"`
}

// Run shows the citations.
func (v *rfcCitesVerb) Run(env *environment) error {
	if v.Distance < 1 {
		return usageError{fmt.Errorf("--distance %d is less than 1", v.Distance)}
	}
	day, err := flagDay("--as-of", v.AsOf)
	if err != nil {
		return err
	}
	state, err := history.At(env.Store(), day)
	if err != nil {
		return err
	}
	number := uint32(v.Number)
	if d := state.Documents[number]; d == nil || d.NotIssued {
		return fmt.Errorf("the index of %s has no RFC %d", state.Day.Format(time.DateOnly), number)
	}
	citations, err := history.ReadCitations(env.Store(), state)
	if err != nil {
		return err
	}
	if len(citations.Texts) == 0 {
		return fmt.Errorf("no text of an RFC is at hand, so that nothing is known of its references; import texts: tidemark import rfc-texts rfc%d.txt", number)
	}
	shown := rfcCites{Number: number, Index: state.Day.Format(time.DateOnly), Read: citations.Texts[number], Texts: len(citations.Texts), CitedBy: []rfcCitation{}}
	for _, d := range state.Documents {
		if !d.NotIssued {
			shown.Issued++
		}
	}
	if shown.Read {
		shown.Cites = []rfcCitation{}
	}
	for _, c := range citations.Of(number, false, v.Normative, v.Distance) {
		shown.Cites = append(shown.Cites, citationOf(state, &c, c.Cited, c.Number, c.CitedStatus))
	}
	for _, c := range citations.Of(number, true, v.Normative, v.Distance) {
		shown.CitedBy = append(shown.CitedBy, citationOf(state, &c, c.Number, c.Cited, c.Status))
	}
	return env.show(v.JSON, shown, func(w io.Writer) { shown.write(w) })
}

// citationOf describes a citation as seen from the document that was asked for.
func citationOf(state *history.State, c *history.CitedAt, number, through uint32, status string) rfcCitation {
	return rfcCitation{Number: number, Through: through, Distance: c.Distance, Kind: c.Kind, Title: state.Title(number), Status: history.Known(status),
		Downward: c.Downward, Obsolete: c.Obsolete, ReplacedBy: append([]uint32{}, c.ReplacedBy...)}
}

func (s *rfcCites) write(w io.Writer) {
	for _, list := range []struct {
		name string
		all  []rfcCitation
	}{{"cites", s.Cites}, {"cited by", s.CitedBy}} {
		for _, c := range list.all {
			what := c.Kind
			if c.Distance > 1 {
				what += fmt.Sprintf(", through RFC %d", c.Through)
			}
			if c.Downward == "yes" {
				what += ", downward"
			}
			switch {
			case c.Obsolete != "yes":
			case list.name == "cites":
				what += ", obsolete" + replaced(c.ReplacedBy)
			case c.Distance > 1:
				what += ", which is obsolete"
			}
			printf(w, "%s\tRFC %d\t%s\t%s\t%s\n", list.name, c.Number, what, orUnknown(string(c.Status)), c.Title)
		}
	}
	if !s.Read {
		printf(w, "cites\tunknown: its text is not at hand\n")
	}
	printf(w, "coverage\ttexts of %d of %d RFCs in the index of %s are at hand: only those are known to cite\n", s.Texts, s.Issued, s.Index)
}

// replaced returns which documents replaced an obsolete one, as the end of a clause.
func replaced(by []uint32) string {
	var names []string
	for _, n := range by {
		names = append(names, fmt.Sprintf("RFC %d", n))
	}
	if len(names) == 0 {
		return ""
	}
	return " (now " + strings.Join(names, ", ") + ")"
}
