package site

import (
	"tidemark/datasets/seed"
	"tidemark/site/format"
	"tidemark/site/metadata"
)

// catalogue returns what describes all downloads: the Data Package, DCAT, Croissant, llms.txt, and how to cite, and
// where another installation starts from.
func catalogue(f *facts) (made files, err error) {
	answers := make([]metadata.Answer, len(f.answers))
	for i, a := range f.answers {
		answers[i] = a.described
	}
	var published []metadata.PublishedDataset
	for _, s := range f.Datasets {
		if p := f.packages[s.Name]; p != nil {
			published = append(published, p.described())
		}
	}
	index := seed.Index{Publisher: f.Site.Publisher, License: f.Site.License, Program: f.Site.Program}
	for _, s := range f.Datasets {
		if p := f.packages[s.Name]; p != nil && len(p.Partitions) > 0 {
			index.Datasets = append(index.Datasets, p.seedable())
		}
	}
	made = files{metadata.CitationPath: metadata.Citation(f.Site), metadata.LLMsPath: metadata.LLMs(f.Site, answers, published)}
	if made[metadata.DCATPath], err = metadata.DCAT(f.Site, answers, published); err != nil {
		return nil, err
	}
	if made[metadata.SitePackagePath], err = metadata.SitePackage(f.Site, answers, published); err != nil {
		return nil, err
	}
	if made[seed.IndexPath], err = index.Marshal(); err != nil {
		return nil, err
	}
	made[metadata.CroissantPath], err = metadata.Croissant(f.Site, answers)
	return made, err
}

// described returns what the catalogues say of the dataset.
func (p *datasetPackage) described() metadata.PublishedDataset {
	d := metadata.PublishedDataset{Schema: p.Schema, Bytes: p.description.Bytes, SHA256: p.description.SHA256, Sources: p.Sources, Combined: p.Combined}
	if n := len(p.Partitions); n > 0 {
		d.Newest = dayOf(p.Partitions[n-1])
	}
	return d
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
