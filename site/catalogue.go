package site

import (
	"strings"

	"tidemark/site/metadata"
)

// catalogue returns what describes all downloads: the Data Package, Croissant, and how to cite.
func catalogue(f *facts) (made files, err error) {
	answers := make([]metadata.Answer, len(f.answers))
	for i, a := range f.answers {
		text := strings.TrimSpace(a.Words() + " " + a.Standing.Words())
		answers[i] = metadata.Answer{Slug: a.Question.Slug, Title: a.Question.Title, Text: text, AsOf: a.Standing.Day(),
			Rows: int64(len(a.Result.Rows)), Downloads: a.Downloads, Schema: a.schema}
	}
	var published []metadata.PublishedDataset
	for _, s := range f.Datasets {
		if p := f.packages[s.Name]; p != nil {
			published = append(published, metadata.PublishedDataset{Schema: s, Bytes: p.description.Bytes, SHA256: p.description.SHA256})
		}
	}
	made = files{metadata.CitationPath: metadata.Citation(f.Site)}
	if made[metadata.SitePackagePath], err = metadata.SitePackage(f.Site, answers, published); err != nil {
		return nil, err
	}
	made[metadata.CroissantPath], err = metadata.Croissant(f.Site, answers)
	return made, err
}
