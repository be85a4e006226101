package metadata

import (
	"cmp"
	"fmt"
	"strings"

	"tidemark/site/headers"
	"tidemark/site/terms"
)

// Structured returns a Dataset of schema.org, which search engines read, for the page at path. asOf is the day of the data,
// or empty; from are the terms of what they were made from.
func Structured(site Site, path, name, description, asOf string, files []Download, fields []Field, from []terms.Terms) map[string]any {
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
		out["license"] = licenseURL(site.License)
	}
	if based := basedOn("Dataset", from); len(based) > 0 {
		out["isBasedOn"] = based
	}
	return out
}

// licenseURL returns the address of a licence by its SPDX identifier.
func licenseURL(spdx string) string { return "https://spdx.org/licenses/" + spdx }

// basedOn returns the raw data of publishers as schema.org names them, with their terms. kind is how Dataset is written there.
func basedOn(kind string, from []terms.Terms) (all []map[string]any) {
	for _, t := range from {
		source := map[string]any{"@type": kind, "name": t.Publisher}
		for key, value := range map[string]string{"usageInfo": t.Link, "creditText": t.Attribution, "conditionsOfAccess": t.Conditions} {
			if value != "" {
				source[key] = value
			}
		}
		if t.License != "" {
			source["license"] = licenseURL(t.License)
		}
		all = append(all, source)
	}
	return all
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
