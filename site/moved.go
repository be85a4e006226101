package site

import (
	"strconv"
	"strings"

	"tidemark/site/chart"
	"tidemark/site/publish"
)

// latestFolder held the tables of the answers; their addresses in it go on to work.
const latestFolder = "data/latest/"

// movedPages returns a page at each address that the page of a question or an RFC once had, for hosts that cannot redirect: it leads on
// by itself, with a script or without.
func movedPages(f *facts, _ *publish.Stage) (pages []*page, err error) {
	moved := func(from, to, title string) {
		pages = append(pages, &page{frame: f.frame, Path: from, Of: to, Title: title, Frame: "moved", Body: "moved.html", Unlisted: true})
	}
	for _, a := range f.answers {
		moved("questions/"+a.Question.Slug+".html", questionPath(a.Question.Slug), a.Question.Title)
	}
	for _, r := range f.RFCs {
		moved("rfcs/rfc"+strconv.Itoa(r.Number)+".html", rfcPath(r.Number), rfcTitle(r))
	}
	return pages, nil
}

// publishOldAddresses publishes the files of answers under the addresses that they had before they lay beside the page of their question.
func publishOldAddresses(answers []answerTable, charts map[string]*chart.Chart, stage *publish.Stage) error {
	for _, a := range answers {
		slug := a.Question.Slug
		old := map[string]string{}
		for _, d := range a.Downloads {
			old[latestFolder+strings.TrimPrefix(d.Path, "q/")] = d.Path
		}
		if c := charts[slug]; c != nil {
			old["charts/"+slug+"-titled.svg"], old["charts/"+slug+".png"] = c.Titled, c.Picture
		}
		for name, of := range old {
			if err := stage.Alias(name, of); err != nil {
				return err
			}
		}
	}
	return nil
}
