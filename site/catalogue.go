package site

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"tidemark/site/format"
	"tidemark/site/headers"
)

const (
	packagePath   = "datapackage.json"
	croissantPath = "croissant.json"
	citationPath  = "CITATION.cff"
)

// questionViews are the answered questions as their pages show them, in their order.
func (b *builder) questionViews() (all []questionView) {
	for _, p := range b.pages {
		if v, is := p.Data.(questionView); is {
			all = append(all, v)
		}
	}
	return all
}

// catalogues adds what describes all downloads: the Data Package, Croissant, and how to cite.
func (b *builder) catalogues(context.Context) error {
	p := b.newPackage("tidemark", b.Title, "Answers to questions on how the Internet evolves, as tables. The datasets below them are packages of their own in "+datasetsFolder+".", b.newest)
	for _, v := range b.questionViews() {
		schema := answerSchema(v)
		for _, d := range v.Downloads {
			p.Resources = append(p.Resources, resourceOf("", v.Question.Slug, d, v.Question.Title, strings.Join(format.Paragraphs(v.Text), " "), int64(len(v.Result.Rows)), schema))
		}
	}
	for _, s := range b.Datasets {
		if b.packages[s.Name] != nil {
			path := datasetPackagePath(s.Name)
			content, _ := b.stage.File(path)
			p.Resources = append(p.Resources, resource{Name: "dataset-" + s.Name, Path: path, Title: "Data Package of " + s.Name, Description: s.Row,
				Format: "json", MediaType: "application/json", Bytes: content.Bytes, Hash: "sha256:" + content.SHA256})
		}
	}
	p.Resources = append(p.Resources, resource{Name: "citation", Path: citationPath, Title: "How to cite", Format: "cff", MediaType: "text/plain"})
	description, err := json.MarshalIndent(p, "", " ")
	if err != nil {
		return err
	}
	if err := b.stage.Add(packagePath, append(description, '\n')); err != nil {
		return err
	}
	content, err := json.MarshalIndent(b.croissant(), "", " ")
	if err != nil {
		return err
	}
	if err := b.stage.Add(croissantPath, append(content, '\n')); err != nil {
		return err
	}
	return b.stage.Add(citationPath, b.citation())
}

// citation is CITATION.cff, version 1.2.0 of the Citation File Format. A JSON string is a YAML string as well.
func (b *builder) citation() []byte {
	text := func(s string) string {
		quoted, _ := json.Marshal(format.Legible(s)) // a string can always be encoded
		return string(quoted)
	}
	var out strings.Builder
	fmt.Fprintf(&out, "cff-version: 1.2.0\nmessage: \"Cite the data with their version, the day of the newest data in them.\"\ntype: dataset\ntitle: %s\nauthors:\n  - name: %s\n",
		text(b.Title), text(b.Publish.Publisher))
	if newest := b.newest; newest != "" {
		fmt.Fprintf(&out, "version: %q\ndate-released: %q\n", newest, newest)
	}
	if b.URL != "" {
		fmt.Fprintf(&out, "url: %s\n", text(b.URL))
	}
	if b.Publish.License != "" {
		fmt.Fprintf(&out, "license: %s\n", text(b.Publish.License))
	}
	fmt.Fprintf(&out, "abstract: %s\n", text("How the Internet evolves: its routing table, its IPv6, its standards. Made by "+b.Program+"."))
	return []byte(out.String())
}

// Cite is how to cite a page.
func (p *page) Cite() string {
	parts := []string{p.Publish.Publisher + ": " + p.Page() + "."}
	if p.Input.Title != p.Publish.Publisher {
		parts = append(parts, p.Input.Title+".")
	}
	if newest := p.newest; newest != "" {
		parts = append(parts, "Data of "+newest+".")
	}
	if p.URL != "" {
		parts = append(parts, p.URL+p.Path)
	}
	return strings.Join(parts, " ")
}

// Page is the page's title without the question mark's doubling in a sentence.
func (p *page) Page() string { return strings.TrimSuffix(p.Title, "?") }

// structured is the page's data for search engines: a Dataset of schema.org.
func (b *builder) structured(path, name, description string, files []download, variables []map[string]any) map[string]any {
	all := []map[string]any{}
	for _, d := range files {
		all = append(all, map[string]any{"@type": "DataDownload", "encodingFormat": headers.MediaType(d.Path),
			"contentUrl": b.address(path, d.Path), "contentSize": fmt.Sprint(d.Bytes, " B"), "sha256": d.SHA256, "name": d.Format})
	}
	out := map[string]any{"@context": "https://schema.org/", "@type": "Dataset", "name": name, "description": cmp.Or(strings.TrimSpace(description), name),
		"isAccessibleForFree": true, "creator": map[string]any{"@type": "Organization", "name": b.Publish.Publisher},
		"includedInDataCatalog": map[string]any{"@type": "DataCatalog", "name": b.Title}, "distribution": all, "variableMeasured": variables}
	if newest := b.newest; newest != "" {
		out["version"], out["dateModified"] = newest, newest
	}
	if b.URL != "" {
		out["url"] = b.URL + path
	}
	if b.Publish.License != "" {
		out["license"] = "https://spdx.org/licenses/" + b.Publish.License
	}
	return out
}

// address is where a file of the site is found from a page of it: in full where the site knows where it stands.
func (b *builder) address(from, path string) string {
	if b.URL != "" {
		return b.URL + path
	}
	return strings.Repeat("../", strings.Count(from, "/")) + path
}

// variablesOf are the columns of a table for schema.org.
func variablesOf(fields []tableField) (all []map[string]any) {
	for _, f := range fields {
		v := map[string]any{"@type": "PropertyValue", "name": f.Name}
		if f.Description != "" {
			v["description"] = f.Description
		}
		if f.Unit != "" {
			v["unitText"] = f.Unit
		}
		all = append(all, v)
	}
	return all
}

// croissantContext is the context that the Croissant specification prescribes.
var croissantContext = func() map[string]any {
	context := map[string]any{"@language": "en", "@vocab": "https://schema.org/", "sc": "https://schema.org/", "cr": "http://mlcommons.org/croissant/",
		"rai": "http://mlcommons.org/croissant/RAI/", "dct": "http://purl.org/dc/terms/", "conformsTo": "dct:conformsTo",
		"data": map[string]any{"@id": "cr:data", "@type": "@json"}, "examples": map[string]any{"@id": "cr:examples", "@type": "@json"},
		"dataType": map[string]any{"@id": "cr:dataType", "@type": "@vocab"}}
	for _, term := range strings.Fields(`citeAs column equivalentProperty extract field fileProperty fileObject fileSet format includes isLiveDataset
		jsonPath key md5 parentField path recordSet references regex repeated replace samplingRate separator source subField transform`) {
		context[term] = "cr:" + term
	}
	return context
}()

var croissantTypes = map[string]string{"string": "sc:Text", "boolean": "sc:Boolean", "integer": "sc:Integer", "number": "sc:Float", "datetime": "sc:DateTime", "date": "sc:Date"}

// croissant describes the answers as Croissant 1.0 (MLCommons) does: files, and the records in them.
func (b *builder) croissant() map[string]any {
	files, records := []map[string]any{}, []map[string]any{}
	for _, v := range b.questionViews() {
		q := v.Question
		csv := v.Downloads[slices.IndexFunc(v.Downloads, func(d download) bool { return d.Format == "CSV" })]
		for _, d := range v.Downloads {
			files = append(files, map[string]any{"@type": "cr:FileObject", "@id": d.Path, "name": d.Path, "description": q.Title + " (" + d.Format + ")",
				"contentUrl": b.address("", d.Path), "contentSize": fmt.Sprint(d.Bytes, " B"), "sha256": d.SHA256,
				"encodingFormat": headers.MediaType(d.Path)})
		}
		if len(v.Result.Rows) == 0 {
			continue
		}
		fields := []map[string]any{}
		for _, f := range answerSchema(v).Fields {
			fields = append(fields, map[string]any{"@type": "cr:Field", "@id": q.Slug + "/" + f.Name, "name": f.Name, "description": cmp.Or(f.Description, format.Heading(f.Name)),
				"dataType": croissantTypes[f.Type], "source": map[string]any{"fileObject": map[string]any{"@id": csv.Path}, "extract": map[string]any{"column": f.Name}}})
		}
		records = append(records, map[string]any{"@type": "cr:RecordSet", "@id": q.Slug, "name": q.Slug, "description": q.Title, "field": fields})
	}
	version := b.newest
	out := map[string]any{"@context": croissantContext, "@type": "sc:Dataset", "conformsTo": "http://mlcommons.org/croissant/1.0", "name": b.Title,
		"description": "Answers to questions on how the Internet evolves, as tables.", "url": cmp.Or(b.URL, "index.html"), "citeAs": b.Publish.Publisher + ": " + b.Title + ", data of " + version,
		"creator": map[string]any{"@type": "sc:Organization", "name": b.Publish.Publisher}, "distribution": files, "recordSet": records}
	if version != "" {
		var y, m, d int
		fmt.Sscanf(version, "%d-%d-%d", &y, &m, &d)
		out["datePublished"], out["version"] = version, fmt.Sprintf("%d.%d.%d", y, m, d)
	}
	if b.Publish.License != "" {
		out["license"] = "https://spdx.org/licenses/" + b.Publish.License
	}
	return out
}
