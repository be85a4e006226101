package site

import (
	"maps"

	"tidemark/site/linkcheck"
	"tidemark/site/publish"
)

// checkLinks returns an error for each dead link of the pages that were made. The links of those that were kept were checked when they
// were published, and are checked again only if something is gone that they could lead to.
func checkLinks(made map[string]linkcheck.Page, kept []string, stage *publish.Stage) error {
	read := map[string]linkcheck.Page{}
	isKept := map[string]bool{}
	for _, path := range kept {
		isKept[path] = true
	}
	keptPage := func(path string) linkcheck.Page {
		p, known := read[path]
		if !known && isKept[path] {
			content, _ := stage.Before().ReadFile(path) // its SHA-256 was right a moment ago
			p = linkcheck.Parse(content)
			read[path] = p
		}
		return p
	}
	check := maps.Clone(made)
	if anyGone(made, stage) {
		for _, path := range kept {
			check[path] = keptPage(path)
		}
	}
	return linkcheck.Check(check, keptPage, func(path string) bool { return path == publish.SumsPath || stage.Has(path) })
}

// anyGone reports whether the published version has a file or an id that this one lacks.
func anyGone(made map[string]linkcheck.Page, stage *publish.Stage) bool {
	for name := range stage.Before().Names() {
		p, again := made[name]
		if !again {
			if name != publish.SumsPath && !stage.Has(name) {
				return true
			}
			continue
		}
		old, err := stage.Before().ReadFile(name)
		if err != nil || !p.Covers(linkcheck.Parse(old)) {
			return true
		}
	}
	return false
}
