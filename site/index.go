package site

import "tidemark/analysis"

// indexView is the front page.
type indexView struct {
	Figures  []figureView
	Sections []section
	Sources  int // raw files below all answers
	Bytes    int64
	Datasets int // with partitions
	Rows     int64
}

// figureView is a key figure with where it comes from.
type figureView struct {
	analysis.AnsweredFigure
	Question *analysis.Question
	From     []datasetUse
}

func (b *builder) indexPage() *page {
	v := indexView{Sections: sections(b.Answers)}
	for _, a := range b.Answers {
		for _, f := range a.Figures {
			v.Figures = append(v.Figures, figureView{f, a.Question, uses(a.From)})
		}
	}
	met := map[string]bool{}
	for _, s := range b.Input.Datasets {
		for _, m := range b.Partitions[s.Name] {
			v.Rows += m.Rows
			for _, in := range b.lineage.sources(m) {
				if !met[in.Name] {
					met[in.Name] = true
					v.Sources++
					v.Bytes += in.Bytes
				}
			}
		}
		if len(b.Partitions[s.Name]) > 0 {
			v.Datasets++
		}
	}
	return &page{builder: b, Path: "index.html", Title: b.Title, Nav: "questions", Body: "index.html", Data: v,
		Description: "How the Internet evolves, in figures that can be followed back to the bytes they came from."}
}
