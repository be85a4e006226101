package cli

import (
	"errors"
	"io"
	"time"

	"tidemark/rfcwatch/history"
)

type rfcSearchVerb struct {
	Words     []string `arg:"" help:"Words that must all be found, or a name: 8200, RFC 8200, STD 86. With --text, phrases may be in quotation marks."`
	Text      bool     `help:"Search the texts of RFCs that are at hand."`
	Normative bool     `help:"With --text: find everything in one paragraph that has a requirement word (RFC 2119)."`
	AsOf      string   `placeholder:"DAY" help:"Search the index of that day."`
	JSON      bool     `help:"As JSON."`
	Limit     int      `default:"50" help:"Maximum number of results; 0: all."`
}

// Run lists the documents that are found.
func (v *rfcSearchVerb) Run(env *environment) error {
	if v.Normative && !v.Text {
		return usageError{errors.New("--normative needs --text")}
	}
	day, err := flagDay("--as-of", v.AsOf)
	if err != nil {
		return err
	}
	state, err := history.At(env.Store(), day)
	if err != nil {
		return err
	}
	if v.Text {
		return v.runText(env, state)
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
		hits = append(hits, hit{d.Number, d.Title, d.Status, history.Published(&d.RFC)})
	}
	err = env.show(v.JSON, hits, func(w io.Writer) {
		if total == 0 {
			return
		}
		printf(w, "%s with all of these words, by the index of %s\n\n", howMany("first", len(hits), total, "document", "documents"), state.Day.Format(time.DateOnly))
		printf(w, "document\tpublished\tstatus\ttitle\t\n")
		for _, h := range hits {
			printf(w, "RFC %d\t%s\t%s\t%s\t\n", h.Number, h.Published, h.Status, h.Title)
		}
	})
	if total == 0 && !v.JSON {
		printf(env.err, "no RFC in the index of %s has all of these words\n", state.Day.Format(time.DateOnly))
	}
	return err
}
