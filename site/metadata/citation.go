package metadata

import (
	"encoding/json"
	"fmt"
	"strings"

	"tidemark/internal/legible"
)

// Citation returns CITATION.cff, in version 1.2.0 of the Citation File Format. A JSON string is a YAML string too.
func Citation(site Site) []byte {
	text := func(s string) string {
		quoted, _ := json.Marshal(legible.Text(s)) // a string can always be encoded
		return string(quoted)
	}
	var out strings.Builder
	fmt.Fprintf(&out, "cff-version: 1.2.0\nmessage: \"Cite a table with its own day, which its page and the Data Package state. The version is the day of the newest data of any table.\"\ntype: dataset\ntitle: %s\nauthors:\n  - name: %s\n",
		text(site.Title), text(site.Publisher))
	if newest := site.Newest; newest != "" {
		fmt.Fprintf(&out, "version: %q\n", newest)
	}
	if site.URL != "" {
		fmt.Fprintf(&out, "url: %s\n", text(site.URL))
	}
	if site.License != "" {
		fmt.Fprintf(&out, "license: %s\n", text(site.License))
	}
	if len(site.Sources) > 0 {
		fmt.Fprintln(&out, "references:")
	}
	for _, s := range site.Sources {
		fmt.Fprintf(&out, "  - type: data\n    title: %s\n    authors:\n      - name: %s\n", text("Raw data of "+s.Publisher), text(s.Publisher))
		if s.License != "" {
			fmt.Fprintf(&out, "    license: %s\n", text(s.License))
		}
		if s.Link != "" {
			fmt.Fprintf(&out, "    url: %s\n", text(s.Link))
		}
		if notes := strings.TrimSpace(s.Attribution + " " + s.Conditions); notes != "" {
			fmt.Fprintf(&out, "    notes: %s\n", text(notes))
		}
	}
	fmt.Fprintf(&out, "abstract: %s\n", text("How the Internet evolves: its routing table, its IPv6, its standards. Made by "+site.Program+"."))
	return []byte(out.String())
}
