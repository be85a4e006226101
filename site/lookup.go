package site

import (
	"strings"

	"tidemark/site/lookup"
	"tidemark/site/publish"
)

const (
	anyASPath     = "as/index.html"
	anyPrefixPath = "prefix/index.html"
	lookupScript  = "assets/lookup.js"
	networkScript = "assets/network.js"
	lookupVersion = lookup.Folder + "version.txt" // what the scripts of the published site are made of
)

// lookupView is the page of any AS, or of any prefix.
type lookupView struct {
	IsAS       bool
	Networks   Networks // that have pages of their own
	Time       string   // of the dumps
	Provenance *provenance
}

// lookupPages returns the pages that show any AS and any prefix, and writes the scripts that they read; none where there are no routes.
func lookupPages(f *facts, stage *publish.Stage) ([]*page, error) {
	if f.Lookup == nil {
		return nil, nil
	}
	linked, err := linkLookup(stage, f.Lookup.Version())
	if err != nil {
		return nil, err
	}
	if !linked {
		if _, err := f.Lookup.Write(stage.Add); err != nil {
			return nil, err
		}
		if err := stage.Add(lookupVersion, []byte(f.Lookup.Version()+"\n")); err != nil {
			return nil, err
		}
	}
	from, err := f.provenanceOf(f.Lookup.From(), "data/lookup.sources.csv", stage)
	if err != nil {
		return nil, err
	}
	at := f.Lookup.Time.UTC()
	show := func(path, title, description string, isAS bool) *page {
		return &page{frame: f.frame, Path: path, Nav: "Operators", Body: "lookup.html", Title: title, Description: description, Scripts: []string{lookupScript, networkScript},
			AsOf: at.Format("2006-01-02"), Data: lookupView{isAS, f.Networks, at.Format("2006-01-02T15:04:05Z"), from}}
	}
	return []*page{
		show(anyASPath, "Any AS", "Prefixes, route origin validation, registration and neighbours of any AS.", true),
		show(anyPrefixPath, "Any prefix or address", "Origins, route origin validation, visibility and registration of any prefix, and of the prefix that covers an address.", false),
	}, nil
}

// linkLookup publishes the scripts again if they are made of the same and whole, and reports whether they are.
func linkLookup(stage *publish.Stage, version string) (linked bool, err error) {
	if old, err := stage.Before().ReadFile(lookupVersion); err != nil || string(old) != version+"\n" {
		return false, nil
	}
	files := map[string]publish.File{}
	for name := range stage.Before().Names() {
		if !strings.HasPrefix(name, lookup.Folder) {
			continue
		}
		file, whole := stage.Before().File(name)
		if !whole {
			return false, nil
		}
		files[name] = file
	}
	if _, ok := files[lookup.IndexPath]; !ok {
		return false, nil
	}
	for name, file := range files {
		if err := stage.Link(name, file); err != nil {
			return false, err
		}
	}
	return true, nil
}
