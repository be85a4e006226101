package site

import (
	"fmt"
	"strings"

	"tidemark/analysis/operator"
	"tidemark/datasets/table"
	"tidemark/site/publish"
)

// Networks are the watched prefixes and ASes as the newest dumps show them.
type Networks struct {
	ASes     []*operator.AS
	Prefixes []*operator.Prefix
	From     []*table.Manifest // partitions of those dumps
}

// networkView is the page of an AS or of a prefix.
type networkView struct {
	AS         *asView     // nil: of a prefix
	Prefix     *prefixView // nil: of an AS
	Provenance *provenance
}

// networksView is the list of what is watched, and of what happened to it.
type networksView struct {
	Networks
	Incidents *tableView // nil: none
}

// watchedASes are the ASes that have a page.
func watchedASes(n Networks) map[uint32]bool {
	watched := map[uint32]bool{}
	for _, a := range n.ASes {
		watched[a.ASN] = true
	}
	return watched
}

// any reports whether anything is watched.
func (n Networks) any() bool { return len(n.ASes)+len(n.Prefixes) > 0 }

// networkPages returns a list of the watched ASes and prefixes, which explains how to watch where there are none, and a
// page for each.
func networkPages(f *facts, stage *publish.Stage) ([]*page, error) {
	pages := []*page{{frame: f.frame, Path: "networks/index.html", Nav: "Operators", Body: "networks.html", Scripts: []string{tableScript}, Data: networksView{f.Networks, f.incidentsOf("")},
		Title: "Operators", Description: areaOf("Operators").Lead}}
	if !f.Networks.any() {
		return pages, nil
	}
	from, err := f.provenanceOf(f.Networks.From, "data/networks.sources.csv", stage)
	if err != nil {
		return nil, err
	}
	for _, a := range f.Networks.ASes {
		pages = append(pages, &page{frame: f.frame, Path: operator.ASPage(a.ASN), Nav: "Operators", Body: "network.html", Scripts: []string{tableScript}, Data: networkView{AS: f.asView(a), Provenance: from},
			Kind: kindAS, Words: asWords(a), Title: strings.TrimSpace(fmt.Sprintf("AS%d %s", a.ASN, a.Name)), Description: "What the world sees of the AS."})
	}
	for _, p := range f.Networks.Prefixes {
		pages = append(pages, &page{frame: f.frame, Path: operator.PrefixPage(p.Prefix), Nav: "Operators", Body: "network.html", Scripts: []string{tableScript}, Data: networkView{Prefix: f.prefixView(p), Provenance: from}, Kind: kindPrefix, Words: prefixWords(p),
			Title: p.Prefix, Description: "What the world sees of the prefix."})
	}
	return pages, nil
}

// sessions returns the peers of the column seen_by, each collector/address/AS, in words.
func sessions(seenBy string) (all []string) {
	for session := range strings.SplitSeq(seenBy, ",") {
		collector, rest, _ := strings.Cut(strings.TrimSpace(session), "/")
		address, asn, ok := strings.Cut(rest, "/")
		switch {
		case ok:
			all = append(all, asn+" at "+collector+", "+address)
		case collector != "":
			all = append(all, collector)
		}
	}
	return all
}

// asWords returns what the search finds an AS by: the prefixes that it originates.
func asWords(a *operator.AS) string {
	words := []string{a.Delegation}
	for _, r := range a.Routes {
		words = append(words, r.Prefix)
	}
	return strings.Join(words, " ")
}

// prefixWords returns what the search finds a prefix by: its origins.
func prefixWords(p *operator.Prefix) string {
	var words []string
	for _, r := range p.Routes {
		words = append(words, "AS"+r.Origin, r.Name)
	}
	return strings.Join(words, " ")
}
