package metadata

import (
	"fmt"
	"strconv"
	"strings"

	"tidemark/site/headers"
	"tidemark/site/terms"
)

// node is an object in JSON-LD.
type node = map[string]any

// dcat collects the nodes of a catalogue.
type dcat struct {
	site    Site
	graph   []node
	sources map[terms.Terms]string // ids of their nodes
}

// DCAT describes answers and datasets as a catalogue in the Data Catalog Vocabulary 3, with the properties that DCAT-AP 3 wants, in JSON-LD.
func DCAT(site Site, answers []Answer, datasets []PublishedDataset) ([]byte, error) {
	d := &dcat{site: site, sources: map[terms.Terms]string{}}
	var all []node
	for _, a := range answers {
		all = append(all, d.dataset(a.Slug, a.Title, a.Text, a.AsOf, a.Page, a.Downloads, a.Sources))
	}
	for _, p := range datasets {
		files := append([]Download{{"Data Package", PackagePath(p.Schema.Name), p.Bytes, p.SHA256}}, p.Combined...)
		all = append(all, d.dataset("dataset-"+p.Schema.Name, p.Schema.Name, p.Schema.Row, p.Newest, "datasets/"+p.Schema.Name+".html", files, p.Sources))
	}
	catalogue := node{"@id": d.id("catalogue"), "@type": "dcat:Catalog", "dct:title": text(site.Title), "dct:publisher": reference(d.id("publisher")), "dcat:dataset": all,
		"dct:description": text("How the Internet evolves: answers to questions as tables, and the datasets that they are computed from. Made by " + site.Program + "."),
		"dct:language":    node{"@id": "http://publications.europa.eu/resource/authority/language/ENG", "@type": "dct:LinguisticSystem"}, "foaf:homepage": d.document("index.html")}
	d.date(catalogue, site.Newest)
	d.license(catalogue)
	publisher := node{"@id": d.id("publisher"), "@type": "foaf:Agent", "foaf:name": text(site.Publisher)}
	return marshal(node{"@context": node{"dcat": "http://www.w3.org/ns/dcat#", "dct": "http://purl.org/dc/terms/", "foaf": "http://xmlns.com/foaf/0.1/", "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
		"spdx": "http://spdx.org/rdf/terms#", "xsd": "http://www.w3.org/2001/XMLSchema#"}, "@graph": append([]node{catalogue, publisher}, d.graph...)})
}

// id returns the id of something that the catalogue describes.
func (d *dcat) id(name string) string { return d.site.address("", DCATPath+"#"+name) }

func (d *dcat) document(page string) node {
	return node{"@id": d.site.page(page), "@type": "foaf:Document"}
}

func (d *dcat) dataset(id, title, description, day, page string, files []Download, from []terms.Terms) node {
	if strings.TrimSpace(description) == "" {
		description = title
	}
	n := node{"@id": d.id(id), "@type": "dcat:Dataset", "dct:identifier": id, "dct:title": text(title), "dct:description": text(description), "dct:publisher": reference(d.id("publisher")),
		"dcat:landingPage": d.document(page), "dcat:theme": reference("http://publications.europa.eu/resource/authority/data-theme/TECH")}
	d.date(n, day)
	var distributions, sources []node
	for _, f := range files {
		distributions = append(distributions, d.distribution(id, f))
	}
	for _, t := range from {
		sources = append(sources, reference(d.source(t)))
	}
	if len(distributions) > 0 {
		n["dcat:distribution"] = distributions
	}
	if len(sources) > 0 {
		n["dct:source"] = sources
	}
	return n
}

func (d *dcat) distribution(dataset string, f Download) node {
	file, media := d.site.address("", f.Path), headers.MediaType(f.Path)
	n := node{"@id": d.id(dataset + "/" + f.Path), "@type": "dcat:Distribution", "dct:title": text(f.Format), "dcat:accessURL": reference(file), "dcat:downloadURL": reference(file),
		"dcat:mediaType": node{"@id": "https://www.iana.org/assignments/media-types/" + media, "@type": "dct:MediaType"},
		"dcat:byteSize":  typed("nonNegativeInteger", strconv.FormatInt(f.Bytes, 10)),
		"spdx:checksum":  node{"@type": "spdx:Checksum", "spdx:algorithm": reference("http://spdx.org/rdf/terms#checksumAlgorithm_sha256"), "spdx:checksumValue": typed("hexBinary", f.SHA256)}}
	d.license(n)
	return n
}

// source returns the id of the raw data of a publisher, under its terms.
func (d *dcat) source(t terms.Terms) string {
	if id := d.sources[t]; id != "" {
		return id
	}
	id := d.id(fmt.Sprint("source-", len(d.sources)+1))
	d.sources[t] = id
	n := node{"@id": id, "@type": "dcat:Dataset", "dct:title": text("Raw data of " + t.Publisher), "dct:description": text("Raw data of " + t.Publisher + ", from which tables of this catalogue were computed.")}
	if t.License != "" {
		n["dct:license"] = licenseNode(t.License)
	}
	if rights := strings.TrimSpace(t.Conditions + " " + t.Attribution); rights != "" {
		n["dct:accessRights"] = node{"@type": "dct:RightsStatement", "rdfs:label": text(rights)}
	}
	if t.Link != "" {
		n["foaf:page"] = node{"@id": t.Link, "@type": "foaf:Document"}
	}
	d.graph = append(d.graph, n)
	return id
}

// date adds the day of the data, where there is one.
func (d *dcat) date(n node, day string) {
	if day != "" {
		n["dct:modified"], n["dcat:version"] = typed("date", day), day
	}
}

// license adds the licence of the site's data, where one is stated.
func (d *dcat) license(n node) {
	if d.site.License != "" {
		n["dct:license"] = licenseNode(d.site.License)
	}
}

func licenseNode(spdx string) node {
	return node{"@id": licenseURL(spdx), "@type": "dct:LicenseDocument"}
}
func reference(id string) node  { return node{"@id": id} }
func text(s string) node        { return node{"@value": line(s), "@language": "en"} }
func typed(kind, s string) node { return node{"@value": s, "@type": "xsd:" + kind} }
