package site

import (
	"maps"
	"slices"

	"tidemark/site/linkcheck"
	"tidemark/site/publish"
)

// checkLinks returns an error for each dead link of the pages that were made. The links of those that were kept were checked when they
// were published, and are checked again only where one may lead to something that is gone.
func checkLinks(made map[string]linkcheck.Page, kept []string, memory *memory, stage *publish.Stage) error {
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
	if gone, known := whatIsGone(made, stage); !known || len(gone) > 0 {
		for _, path := range kept {
			if !known || slices.ContainsFunc(memory.targets(path), func(t linkcheck.Target) bool { return gone[t] }) {
				check[path] = keptPage(path)
			}
		}
	}
	return linkcheck.Check(check, keptPage, func(path string) bool { return path == publish.SumsPath || stage.Has(path) })
}

// whatIsGone returns the files and ids that the published version has and this one lacks; not known where a page of that version cannot be read.
func whatIsGone(made map[string]linkcheck.Page, stage *publish.Stage) (gone map[linkcheck.Target]bool, known bool) {
	gone = map[linkcheck.Target]bool{}
	for name := range stage.Before().Names() {
		p, again := made[name]
		if !again {
			if name != publish.SumsPath && !stage.Has(name) {
				gone[linkcheck.TargetOf(name, "")] = true
			}
			continue
		}
		old, err := stage.Before().ReadFile(name)
		if err != nil {
			return nil, false
		}
		for id := range p.Lacks(linkcheck.Parse(old)) {
			gone[linkcheck.TargetOf(name, id)] = true
		}
	}
	return gone, true
}
