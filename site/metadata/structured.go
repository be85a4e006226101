package metadata

import (
	"cmp"
	"fmt"
	"strings"

	"tidemark/site/headers"
)

// Structured returns a Dataset of schema.org, which search engines read, for the page at path. asOf is the day of the data,
// or empty.
func Structured(site Site, path, name, description, asOf string, files []Download, fields []Field) map[string]any {
	all := []map[string]any{}
	for _, d := range files {
		all = append(all, map[string]any{"@type": "DataDownload", "encodingFormat": headers.MediaType(d.Path),
			"contentUrl": site.address(path, d.Path), "contentSize": fmt.Sprint(d.Bytes, " B"), "sha256": d.SHA256, "name": d.Format})
	}
	out := map[string]any{"@context": "https://schema.org/", "@type": "Dataset", "name": name, "description": cmp.Or(strings.TrimSpace(description), name),
		"isAccessibleForFree": true, "creator": map[string]any{"@type": "Organization", "name": site.Publisher},
		"includedInDataCatalog": map[string]any{"@type": "DataCatalog", "name": site.Title}, "distribution": all, "variableMeasured": variables(fields)}
	if asOf != "" {
		out["version"], out["dateModified"] = asOf, asOf
	}
	if site.URL != "" {
		out["url"] = site.URL + path
	}
	if site.License != "" {
		out["license"] = "https://spdx.org/licenses/" + site.License
	}
	return out
}

// variables returns the columns of a table for schema.org.
func variables(fields []Field) (all []map[string]any) {
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
