package metadata

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"tidemark/site/format"
	"tidemark/site/headers"
)

// Croissant describes the answers in Croissant 1.0 (MLCommons): files, and the records in them.
func Croissant(site Site, answers []Answer) ([]byte, error) {
	files, records := []map[string]any{}, []map[string]any{}
	for _, a := range answers {
		csv := a.Downloads[slices.IndexFunc(a.Downloads, func(d Download) bool { return d.Format == "CSV" })]
		for _, d := range a.Downloads {
			files = append(files, map[string]any{"@type": "cr:FileObject", "@id": d.Path, "name": d.Path, "description": a.Title + " (" + d.Format + ")",
				"contentUrl": site.address("", d.Path), "contentSize": fmt.Sprint(d.Bytes, " B"), "sha256": d.SHA256,
				"encodingFormat": headers.MediaType(d.Path)})
		}
		if a.Rows == 0 {
			continue
		}
		fields := []map[string]any{}
		for _, f := range a.Schema.Fields {
			fields = append(fields, map[string]any{"@type": "cr:Field", "@id": a.Slug + "/" + f.Name, "name": f.Name, "description": cmp.Or(f.Description, format.Heading(f.Name)),
				"dataType": croissantTypes[f.Type], "source": map[string]any{"fileObject": map[string]any{"@id": csv.Path}, "extract": map[string]any{"column": f.Name}}})
		}
		records = append(records, map[string]any{"@type": "cr:RecordSet", "@id": a.Slug, "name": a.Slug, "description": a.Title, "field": fields})
	}
	version := site.Newest
	out := map[string]any{"@context": croissantContext(), "@type": "sc:Dataset", "conformsTo": "http://mlcommons.org/croissant/1.0", "name": site.Title,
		"description": "Answers to questions on how the Internet evolves, as tables.", "url": cmp.Or(site.URL, "index.html"), "citeAs": site.Publisher + ": " + site.Title + ", data to " + version,
		"creator": map[string]any{"@type": "sc:Organization", "name": site.Publisher}, "distribution": files, "recordSet": records}
	if version != "" {
		var y, m, d int
		fmt.Sscanf(version, "%d-%d-%d", &y, &m, &d)
		out["datePublished"], out["version"] = version, fmt.Sprintf("%d.%d.%d", y, m, d)
	}
	if based := basedOn("sc:Dataset", site.Sources); len(based) > 0 {
		out["isBasedOn"] = based
	}
	if site.License != "" {
		out["license"] = licenseURL(site.License)
	}
	return marshal(out)
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
