package site

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"tidemark/datasets"
	"tidemark/rfcwatch/dossier"
	"tidemark/rfcwatch/history"
	"tidemark/rfcwatch/text"
	"tidemark/site/publish"
)

// errataOf are the errata of a document as its page shows them.
type errataOf struct {
	Placed   []erratum // in the order of the text
	Unplaced []erratum // by number
	Searched bool      // whether the text was at hand to look for them
	States   []stateCount
	Day      time.Time // of the list
	Changed  time.Time // when the last of the records changed; zero: none says so
	File     string    // path of the same as JSON
}

// stateCount is how many errata have a state.
type stateCount struct {
	State string
	Count int
}

// erratum is one of them, with how it is shown.
type erratum struct {
	dossier.Erratum
	Pieces []text.Piece // words of the text with the correction in its place; none: what it says and should say are shown apart
	Why    string       // it has no place in a text that is at hand
}

// errataStates are the states in the order in which they are listed, with what they mean.
var errataStates = []struct{ State, Meaning string }{
	{"verified", "the authors or the stream that published the document agree: it is wrong as it stands"},
	{"held", "held for document update: not wrong enough for readers to act on, to be considered when the document is revised"},
	{"reported", "nobody has judged it yet"},
	{"rejected", "it is not an error, or not one of this document"},
}

// maxQuoted bounds the paragraphs of the text that are shown with an erratum.
const maxQuoted = 5

// Percent returns the confidence in the place.
func (e erratum) Percent() int { return int(100*e.Place.Confidence + 0.5) }

// Shown returns the paragraphs of the place that are shown.
func (e erratum) Shown() []text.Paragraph { return e.Quoted[:min(len(e.Quoted), maxQuoted)] }

// Anchor returns the id of an erratum on the page of its document.
func (e erratum) Anchor() string { return errataAnchor(e.ID) }

func errataAnchor(id uint32) string { return fmt.Sprint("e", id) }

// errataOf returns the errata of a document; nil if no list of errata is at hand, or it has none of a document that is not watched.
func (f *facts) errataOf(r *dossier.RFC) *errataOf {
	if f.Standards.ErrataDay.IsZero() || len(r.Errata) == 0 && !r.Watched {
		return nil
	}
	v := &errataOf{Searched: r.Searched, States: countStates(r.Errata), Day: f.Standards.ErrataDay, File: errataPath(r.Number)}
	for _, e := range r.Errata {
		for _, day := range []*time.Time{e.Submitted, e.Updated} {
			if day != nil && day.After(v.Changed) {
				v.Changed = *day
			}
		}
		shown := erratum{Erratum: e}
		switch {
		case e.Place != nil:
			shown.Pieces = correction(e)
			v.Placed = append(v.Placed, shown)
			continue
		case r.Searched && strings.TrimSpace(e.Original) == "":
			shown.Why = "It quotes nothing of the text, so its place is unknown."
		case r.Searched:
			shown.Why = "The text does not have what it quotes, or has it in several places."
		}
		v.Unplaced = append(v.Unplaced, shown)
	}
	slices.SortStableFunc(v.Placed, func(a, b erratum) int { return cmp.Compare(a.Place.First, b.Place.First) })
	return v
}

// countStates counts errata by state, in the order of errataStates; others come last.
func countStates(errata []dossier.Erratum) (all []stateCount) {
	for _, s := range errataStates {
		all = append(all, stateCount{State: s.State})
	}
	for _, e := range errata {
		at := slices.IndexFunc(all, func(c stateCount) bool { return c.State == e.Status })
		if at < 0 {
			at = len(all)
			all = append(all, stateCount{State: e.Status})
		}
		all[at].Count++
	}
	return slices.DeleteFunc(all, func(c stateCount) bool { return c.Count == 0 })
}

// correction returns the paragraph that an erratum quotes word by word with the correction in its place; none if it was rejected, or its
// words are not in a single paragraph, there twice, or in a figure.
func correction(e dossier.Erratum) []text.Piece {
	if e.Status == "rejected" || len(e.Quoted) != 1 || e.Quoted[0].Figure || strings.TrimSpace(e.Corrected) == "" || strings.Contains(strings.TrimSpace(e.Corrected), "\n\n") {
		return nil
	}
	stands, quoted := fold(e.Quoted[0].Text), fold(e.Original)
	if quoted == "" || strings.Count(stands, quoted) != 1 {
		return nil
	}
	corrected := e.Quoted[0]
	corrected.Text = strings.Replace(stands, quoted, fold(e.Corrected), 1)
	changes := text.Compare(e.Quoted, []text.Paragraph{corrected})
	if len(changes) != 1 {
		return nil
	}
	return changes[0].Pieces
}

func fold(s string) string { return strings.Join(strings.Fields(s), " ") }

// errataVersion is the version of errataFile: higher where a field has another meaning or is gone.
const errataVersion = 1

// errataFile is the errata of a document as JSON.
type errataFile struct {
	Version    int                    `json:"version"`
	Number     int                    `json:"number"`
	AsOf       string                 `json:"as_of"`        // day of the list of errata
	TextAtHand bool                   `json:"text_at_hand"` // whether the places were looked for
	Errata     []history.AboutErratum `json:"errata"`
}

// errataPath returns where the site has the errata of a document.
func errataPath(number int) string { return fmt.Sprintf("data/errata/rfc%d.json", number) }

// addErrata writes the errata of each RFC that has some, and of each watched one, if there is a list of errata.
func (f *facts) addErrata(stage *publish.Stage) error {
	if f.Standards.ErrataDay.IsZero() {
		return nil
	}
	for _, r := range slices.Concat(f.RFCs, f.Standards.Others) {
		if len(r.Errata) == 0 && !r.Watched {
			continue
		}
		rows := make([]datasets.RFCErratum, len(r.Errata))
		for i, e := range r.Errata {
			rows[i] = e.RFCErratum
		}
		file := errataFile{errataVersion, r.Number, f.Standards.ErrataDay.Format(time.DateOnly), r.Searched, history.Placed(rows, nil)}
		for i, e := range r.Errata {
			file.Errata[i].Place = e.Place
		}
		content, err := json.MarshalIndent(file, "", "  ")
		if err != nil {
			return err
		}
		if err := stage.Add(errataPath(r.Number), append(content, '\n')); err != nil {
			return err
		}
	}
	return nil
}
