package site

import (
	"strings"

	"tidemark/datasets/seed"
	"tidemark/site/format"
	"tidemark/site/metadata"
)

// catalogue returns what describes all downloads: the Data Package, Croissant, and how to cite, and
// where another installation starts from.
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
	index := seed.Index{Publisher: f.Site.Publisher, License: f.Site.License, Program: f.Site.Program}
	for _, s := range f.Datasets {
		if p := f.packages[s.Name]; p != nil && len(p.Partitions) > 0 {
			index.Datasets = append(index.Datasets, p.seedable())
		}
	}
	made = files{metadata.CitationPath: metadata.Citation(f.Site)}
	if made[metadata.SitePackagePath], err = metadata.SitePackage(f.Site, answers, published); err != nil {
		return nil, err
	}
	if made[seed.IndexPath], err = index.Marshal(); err != nil {
		return nil, err
	}
	made[metadata.CroissantPath], err = metadata.Croissant(f.Site, answers)
	return made, err
}

// seedable returns what the index for other installations says of the dataset.
func (p *datasetPackage) seedable() seed.Dataset {
	d := seed.Dataset{Name: p.Schema.Name, Schema: p.Schema.Version, Partitions: len(p.Partitions), Left: p.Left, Manifests: p.manifests}
	for _, m := range p.Partitions {
		d.Bytes += m.Bytes
	}
	d.First, d.Last = format.Day(p.Partitions[0].Day()), format.Day(p.Partitions[len(p.Partitions)-1].Day())
	return d
}
