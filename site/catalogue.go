package site

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"tidemark/internal/legible"

	"tidemark/datasets/table"
	"tidemark/site/format"
	"tidemark/site/headers"
)

const (
	packagePath   = "datapackage.json"
	croissantPath = "croissant.json"
	citationPath  = "CITATION.cff"
)

// catalogue returns what describes all downloads: the Data Package, Croissant, and how to cite.
func catalogue(f *facts) (files, error) {
	made := files{citationPath: citation(f.Site)}
	for path, description := range map[string]any{packagePath: sitePackage(f.Site, f.answers, f.Datasets, f.packages), croissantPath: croissant(f.Site, f.answers)} {
		content, err := json.MarshalIndent(description, "", " ")
		if err != nil {
			return nil, err
		}
		made[path] = append(content, '\n')
	}
	return made, nil
}

// sitePackage describes the answers, and names the packages of the datasets.
func sitePackage(site identity, answers []answerTable, datasets []*table.Schema, packages map[string]*datasetPackage) dataPackage {
	p := newPackage(site, "tidemark", site.Title, "Answers to questions on how the Internet evolves, as tables. The datasets below them are packages of their own in "+datasetsFolder+".", site.Newest)
	for _, a := range answers {
		for _, d := range a.Downloads {
			p.Resources = append(p.Resources, resourceOf("", a.Question.Slug, d, a.Question.Title, strings.Join(format.Paragraphs(a.Text), " "), int64(len(a.Result.Rows)), a.schema))
		}
	}
	for _, s := range datasets {
		if d := packages[s.Name]; d != nil {
			p.Resources = append(p.Resources, resource{Name: "dataset-" + s.Name, Path: datasetPackagePath(s.Name), Title: "Data Package of " + s.Name, Description: s.Row,
				Format: "json", MediaType: "application/json", Bytes: d.description.Bytes, Hash: "sha256:" + d.description.SHA256})
		}
	}
	p.Resources = append(p.Resources, resource{Name: "citation", Path: citationPath, Title: "How to cite", Format: "cff", MediaType: "text/plain"})
	return p
}

// citation returns CITATION.cff, in version 1.2.0 of the Citation File Format. A JSON string is a YAML string too.
func citation(site identity) []byte {
	text := func(s string) string {
		quoted, _ := json.Marshal(legible.Text(s)) // a string can always be encoded
		return string(quoted)
	}
	var out strings.Builder
	fmt.Fprintf(&out, "cff-version: 1.2.0\nmessage: \"Cite the data with their version, the day of the newest data in them.\"\ntype: dataset\ntitle: %s\nauthors:\n  - name: %s\n",
		text(site.Title), text(site.Publisher))
	if newest := site.Newest; newest != "" {
		fmt.Fprintf(&out, "version: %q\ndate-released: %q\n", newest, newest)
	}
	if site.URL != "" {
		fmt.Fprintf(&out, "url: %s\n", text(site.URL))
	}
	if site.License != "" {
		fmt.Fprintf(&out, "license: %s\n", text(site.License))
	}
	fmt.Fprintf(&out, "abstract: %s\n", text("How the Internet evolves: its routing table, its IPv6, its standards. Made by "+site.Program+"."))
	return []byte(out.String())
}

// structured returns a Dataset of schema.org, which search engines read, for the page at path.
func structured(site identity, path, name, description string, files []download, variables []map[string]any) map[string]any {
	all := []map[string]any{}
	for _, d := range files {
		all = append(all, map[string]any{"@type": "DataDownload", "encodingFormat": headers.MediaType(d.Path),
			"contentUrl": site.address(path, d.Path), "contentSize": fmt.Sprint(d.Bytes, " B"), "sha256": d.SHA256, "name": d.Format})
	}
	out := map[string]any{"@context": "https://schema.org/", "@type": "Dataset", "name": name, "description": cmp.Or(strings.TrimSpace(description), name),
		"isAccessibleForFree": true, "creator": map[string]any{"@type": "Organization", "name": site.Publisher},
		"includedInDataCatalog": map[string]any{"@type": "DataCatalog", "name": site.Title}, "distribution": all, "variableMeasured": variables}
	if newest := site.Newest; newest != "" {
		out["version"], out["dateModified"] = newest, newest
	}
	if site.URL != "" {
		out["url"] = site.URL + path
	}
	if site.License != "" {
		out["license"] = "https://spdx.org/licenses/" + site.License
	}
	return out
}

// address returns the address of a file as seen from a page: absolute where the site's is known.
func (site identity) address(from, path string) string {
	if site.URL != "" {
		return site.URL + path
	}
	return strings.Repeat("../", strings.Count(from, "/")) + path
}

// variablesOf returns the columns of a table for schema.org.
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

// croissantContext returns the context that the Croissant specification prescribes.
func croissantContext() map[string]any {
	context := map[string]any{"@language": "en", "@vocab": "https://schema.org/", "sc": "https://schema.org/", "cr": "http://mlcommons.org/croissant/",
		"rai": "http://mlcommons.org/croissant/RAI/", "dct": "http://purl.org/dc/terms/", "conformsTo": "dct:conformsTo",
		"data": map[string]any{"@id": "cr:data", "@type": "@json"}, "examples": map[string]any{"@id": "cr:examples", "@type": "@json"},
		"dataType": map[string]any{"@id": "cr:dataType", "@type": "@vocab"}}
	for _, term := range strings.Fields(`citeAs column equivalentProperty extract field fileProperty fileObject fileSet format includes isLiveDataset
		jsonPath key md5 parentField path recordSet references regex repeated replace samplingRate separator source subField transform`) {
		context[term] = "cr:" + term
	}
	return context
}

var croissantTypes = map[string]string{"string": "sc:Text", "boolean": "sc:Boolean", "integer": "sc:Integer", "number": "sc:Float", "datetime": "sc:DateTime", "date": "sc:Date"}

// croissant describes the answers in Croissant 1.0 (MLCommons): files, and the records in them.
func croissant(site identity, answers []answerTable) map[string]any {
	files, records := []map[string]any{}, []map[string]any{}
	for _, a := range answers {
		q := a.Question
		csv := a.Downloads[slices.IndexFunc(a.Downloads, func(d download) bool { return d.Format == "CSV" })]
		for _, d := range a.Downloads {
			files = append(files, map[string]any{"@type": "cr:FileObject", "@id": d.Path, "name": d.Path, "description": q.Title + " (" + d.Format + ")",
				"contentUrl": site.address("", d.Path), "contentSize": fmt.Sprint(d.Bytes, " B"), "sha256": d.SHA256,
				"encodingFormat": headers.MediaType(d.Path)})
		}
		if len(a.Result.Rows) == 0 {
			continue
		}
		fields := []map[string]any{}
		for _, f := range a.schema.Fields {
			fields = append(fields, map[string]any{"@type": "cr:Field", "@id": q.Slug + "/" + f.Name, "name": f.Name, "description": cmp.Or(f.Description, format.Heading(f.Name)),
				"dataType": croissantTypes[f.Type], "source": map[string]any{"fileObject": map[string]any{"@id": csv.Path}, "extract": map[string]any{"column": f.Name}}})
		}
		records = append(records, map[string]any{"@type": "cr:RecordSet", "@id": q.Slug, "name": q.Slug, "description": q.Title, "field": fields})
	}
	version := site.Newest
	out := map[string]any{"@context": croissantContext(), "@type": "sc:Dataset", "conformsTo": "http://mlcommons.org/croissant/1.0", "name": site.Title,
		"description": "Answers to questions on how the Internet evolves, as tables.", "url": cmp.Or(site.URL, "index.html"), "citeAs": site.Publisher + ": " + site.Title + ", data of " + version,
		"creator": map[string]any{"@type": "sc:Organization", "name": site.Publisher}, "distribution": files, "recordSet": records}
	if version != "" {
		var y, m, d int
		fmt.Sscanf(version, "%d-%d-%d", &y, &m, &d)
		out["datePublished"], out["version"] = version, fmt.Sprintf("%d.%d.%d", y, m, d)
	}
	if site.License != "" {
		out["license"] = "https://spdx.org/licenses/" + site.License
	}
	return out
}
