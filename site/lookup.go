package site

import (
	"tidemark/site/lookup"
	"tidemark/site/publish"
)

const (
	anyASPath     = "as/index.html"
	anyPrefixPath = "prefix/index.html"
	lookupScript  = "assets/lookup.js"
	networkScript = "assets/network.js"
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
	if _, err := makeFiles(f.memory, lookup.IndexPath, f.Lookup.Version(), stage, func(add adder) (_ struct{}, err error) {
		_, err = f.Lookup.Write(add)
		return struct{}{}, err
	}); err != nil {
		return nil, err
	}
	from, err := f.provenanceOf(f.Lookup.From(), "data/lookup.sources.csv", stage)
	if err != nil {
		return nil, err
	}
	at := f.Lookup.Time.UTC()
	show := func(path, title, description string, isAS bool) *page {
		return &page{frame: f.frame, Path: path, Nav: "Operators", Body: "lookup.html", Title: title, Description: description, Scripts: []string{tableScript, lookupScript, networkScript},
			AsOf: at.Format("2006-01-02"), Data: lookupView{isAS, f.Networks, at.Format("2006-01-02T15:04:05Z"), from}}
	}
	return []*page{
		show(anyASPath, "Any AS", "Prefixes, route origin validation, registration and neighbours of any AS.", true),
		show(anyPrefixPath, "Any prefix or address", "Origins, route origin validation, visibility and registration of any prefix, and of the prefix that covers an address.", false),
	}, nil
}
