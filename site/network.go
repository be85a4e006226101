package site

import (
	"context"
	"fmt"
	"strings"

	"tidemark/analysis/operator"
	"tidemark/datasets/table"
)

// Networks are the watched prefixes and ASes as the newest dumps show them.
type Networks struct {
	ASes     []*operator.AS
	Prefixes []*operator.Prefix
	From     []*table.Manifest // partitions of those dumps
}

// networkView is the page of an AS or of a prefix.
type networkView struct {
	AS         *operator.AS
	Prefix     *operator.Prefix
	Provenance *provenance
}

func asPath(n uint32) string { return fmt.Sprintf("networks/as%d.html", n) }

// prefixPath makes a file name of a prefix: 192.0.2.0/24 becomes 192.0.2.0_24, and colons become minuses.
func prefixPath(prefix string) string {
	return "networks/" + strings.NewReplacer("/", "_", ":", "-").Replace(prefix) + ".html"
}

// HasNetworks tells whether anything is watched.
func (b *builder) HasNetworks() bool { return len(b.Networks.ASes)+len(b.Networks.Prefixes) > 0 }

// networkPages adds a page for each watched AS and prefix, and a list of them, which tells how to watch where there is none.
func (b *builder) networkPages(context.Context) error {
	list := &page{builder: b, Path: "networks/index.html", Nav: "Operators", Body: "networks.html", Data: b.Networks,
		Title: "Operators", Description: areaOf("Operators").Lead}
	b.pages = append(b.pages, list)
	if !b.HasNetworks() {
		return nil
	}
	from, err := b.provenanceOf(b.Networks.From, "data/networks.sources.csv")
	if err != nil {
		return err
	}
	for _, a := range b.Networks.ASes {
		b.pages = append(b.pages, &page{builder: b, Path: asPath(a.ASN), Nav: "Operators", Body: "network.html", Data: networkView{AS: a, Provenance: from},
			Kind: kindAS, Words: asWords(a), Title: strings.TrimSpace(fmt.Sprintf("AS%d %s", a.ASN, a.Name)), Description: "What the world sees of the AS."})
	}
	for _, p := range b.Networks.Prefixes {
		b.pages = append(b.pages, &page{builder: b, Path: prefixPath(p.Prefix), Nav: "Operators", Body: "network.html", Data: networkView{Prefix: p, Provenance: from}, Kind: kindPrefix, Words: prefixWords(p),
			Title: p.Prefix, Description: "What the world sees of the prefix."})
	}
	return nil
}

// ASPage and PrefixPage link to the pages of watched ones.
func (p *page) ASPage(n uint32) string          { return p.To(asPath(n)) }
func (p *page) PrefixPage(prefix string) string { return p.To(prefixPath(prefix)) }

// sessions are the peers of the column seen_by, collector/address/AS each, as people name them.
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

// asWords are the prefixes that an AS originates.
func asWords(a *operator.AS) string {
	words := []string{a.Delegation}
	for _, r := range a.Routes {
		words = append(words, r.Prefix)
	}
	return strings.Join(words, " ")
}

// prefixWords are the origins of a prefix.
func prefixWords(p *operator.Prefix) string {
	var words []string
	for _, r := range p.Routes {
		words = append(words, "AS"+r.Origin, r.Name)
	}
	return strings.Join(words, " ")
}
