package cli

import (
	"cmp"
	"errors"
	"io"
	"runtime"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"tidemark/rfcwatch/fulltext"
	"tidemark/rfcwatch/history"
)

// rfcFullText is what is found in the texts, in JSON.
type rfcFullText struct {
	Index  string       `json:"index"`  // day of the index that has titles and statuses
	Texts  int          `json:"texts"`  // RFCs whose text is searched
	Issued int          `json:"issued"` // RFCs in the index
	Found  int          `json:"found"`
	Hits   []rfcTextHit `json:"hits"` // the first ones, best first
}

type rfcTextHit struct {
	Number     uint32          `json:"number"`
	Title      string          `json:"title"`
	Status     history.Known   `json:"status"`
	Obsolete   bool            `json:"obsolete"`
	ReplacedBy []uint32        `json:"replaced_by"`
	Section    string          `json:"section"`
	Heading    string          `json:"heading"`
	Excerpt    []fulltext.Part `json:"excerpt"`
}

// runText lists the documents in whose texts the words are found.
func (v *rfcSearchVerb) runText(env *environment, state *history.State) error {
	query := fulltext.ParseQuery(strings.Join(v.Words, " "), v.Normative)
	if len(query.Terms) == 0 {
		return usageError{errors.New("none of these words can be searched: nearly every text has them, or they are not in a Latin script")}
	}
	texts, err := history.FullTexts(env.Store(), state)
	if err != nil {
		return err
	}
	if len(texts) == 0 {
		return errors.New("no text of an RFC in the index is at hand; import texts: tidemark import rfc-texts rfc6052.txt")
	}
	hits, err := scanTexts(texts, query)
	if err != nil {
		return err
	}
	shown := rfcFullText{Index: state.Day.Format(time.DateOnly), Texts: len(texts), Found: len(hits), Hits: []rfcTextHit{}}
	for _, d := range state.Documents {
		if !d.NotIssued {
			shown.Issued++
		}
	}
	if v.Limit > 0 {
		hits = hits[:min(len(hits), v.Limit)]
	}
	for _, h := range hits {
		shown.Hits = append(shown.Hits, rfcTextHit{Number: h.Number, Title: h.Title, Status: history.Known(h.Status), Obsolete: h.Obsolete,
			ReplacedBy: append([]uint32{}, h.ReplacedBy...), Section: h.Section, Heading: h.Heading, Excerpt: append([]fulltext.Part{}, h.Parts...)})
	}
	err = env.show(v.JSON, shown, func(w io.Writer) {
		for _, h := range shown.Hits {
			h.write(w)
		}
	})
	if !v.JSON {
		printf(env.err, "found in %d of %d texts at hand, of %d RFCs in the index of %s\n", shown.Found, shown.Texts, shown.Issued, shown.Index)
		if shown.Found > len(hits) {
			printf(env.err, "%d of %d shown; --limit 0 shows all\n", len(hits), shown.Found)
		}
	}
	return err
}

// scanTexts looks for a query in all texts, on every processor.
func scanTexts(texts []history.FullText, query fulltext.Query) ([]fulltext.Hit, error) {
	scans := make([]*fulltext.Scan, runtime.GOMAXPROCS(0))
	var work errgroup.Group
	for w := range scans {
		scans[w] = fulltext.NewScan(query)
		work.Go(func() error {
			for i := w; i < len(texts); i += len(scans) {
				t, err := texts[i].Read()
				if err != nil {
					return err
				}
				scans[w].Add(t)
			}
			return nil
		})
	}
	if err := work.Wait(); err != nil {
		return nil, err
	}
	for _, other := range scans[1:] {
		scans[0].Merge(other)
	}
	return scans[0].Hits(), nil
}

// write writes a line about the document, and the excerpt with stars around the words that were looked for.
func (h *rfcTextHit) write(w io.Writer) {
	status := cmp.Or(string(h.Status), "status unknown")
	if h.Obsolete {
		status += ", obsolete"
	}
	printf(w, "RFC %d\t%s\t%s\n", h.Number, status, h.Title)
	if place := strings.TrimSpace(h.Section + " " + h.Heading); place != "" {
		printf(w, "\tin %s\n", place)
	}
	if len(h.Excerpt) > 0 {
		var excerpt strings.Builder
		for _, p := range h.Excerpt {
			if p.Marked {
				excerpt.WriteString("*" + p.Text + "*")
			} else {
				excerpt.WriteString(p.Text)
			}
		}
		printf(w, "\t%s\n", excerpt.String())
	}
}
