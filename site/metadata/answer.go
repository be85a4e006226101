package metadata

import "tidemark/analysis"

// answerMetadata says in JSON what an answer is, what it says, and what that rests on.
type answerMetadata struct {
	Slug           string                     `json:"slug"`
	Question       string                     `json:"question"`
	Lead           string                     `json:"lead"`
	Text           string                     `json:"text,omitempty"`
	Standing       analysis.Standing          `json:"standing"`
	Figures        []*analysis.AnsweredFigure `json:"figures,omitempty"`
	ComparableBy   []string                   `json:"comparable_by"` // columns that must be equal for two rows to be comparable
	InstantColumn  string                     `json:"instant_column"`
	BreakColumn    string                     `json:"break_column,omitempty"`
	KnownColumn    string                     `json:"known_column,omitempty"`
	OfColumn       string                     `json:"of_column,omitempty"`
	Definition     string                     `json:"definition"`
	Notes          []string                   `json:"notes,omitempty"`
	Others         string                     `json:"measured_by,omitempty"` // empty: Tidemark
	RFCs           []int                      `json:"rfcs,omitempty"`
	Publisher      string                     `json:"publisher"`
	License        string                     `json:"license,omitempty"`
	MetadataFormat int                        `json:"metadata_version"`
}

// AnswerMetadata describes an answer in JSON: its words, its figures with their coverage, and the columns of its table by
// which rows are compared.
func AnswerMetadata(site Site, a *analysis.Answer) ([]byte, error) {
	q, b := a.Question, &a.Question.Basis
	return marshal(answerMetadata{q.Slug, q.Title, a.Lead, a.Text, a.Standing, a.Figures, b.Series, b.AsOf, b.Break, b.Known, b.Of,
		q.Definition, q.Notes, q.Others, q.RFCs, site.Publisher, site.License, 1})
}
