package history

import (
	"cmp"
	"maps"
	"regexp"
	"slices"
	"strconv"

	"tidemark/datasets"
	"tidemark/datasets/table"
)

// Values of the columns relation and known_by of intended_relations.
const (
	UnknownRelation = "unknown"

	KnownByHeader      = "header"
	KnownByDatatracker = "datatracker"
	KnownByText        = "text"
	KnownByName        = "name"
	KnownByCitation    = "citation"
)

// Headers are the headers of drafts' texts, by name and revision.
type Headers map[string]map[string]datasets.DraftHeader

// ReadHeaders returns the headers of all texts that are at hand, and the partitions that they were read from.
func ReadHeaders(store *table.Store) (Headers, []*table.Manifest, error) {
	from, err := store.Manifests(datasets.DraftHeaders.Schema)
	if err != nil || len(from) == 0 {
		return nil, nil, err
	}
	var paths []table.Path
	for _, m := range from {
		paths = append(paths, store.Path(m))
	}
	all := Headers{}
	for h, err := range datasets.DraftHeaders.Scan(paths...) {
		if err != nil {
			return nil, nil, err
		}
		if all[h.Name] == nil {
			all[h.Name] = map[string]datasets.DraftHeader{}
		}
		all[h.Name][h.Revision] = h
	}
	return all, from, nil
}

// until returns the header of a revision, or else of the last one before it; nil if no text with a header is at hand.
func (h Headers) until(name, revision string) *datasets.DraftHeader {
	revisions := h[name]
	for _, r := range slices.Backward(slices.Sorted(maps.Keys(revisions))) {
		if header := revisions[r]; header.HasHeader && r <= revision {
			return &header
		}
	}
	return nil
}

var (
	successorName = regexp.MustCompile(`-(?:rfc-?)?([0-9]{4,5})-?(?:bis|update)(?:-|$)`)
	adoptedName   = regexp.MustCompile(`^draft-(?:ietf|irtf)-([a-z0-9]+)-`)
)

// NamedAfter returns the RFC that a draft's name says it would replace or update, as that of draft-ietf-v6ops-rfc6146-bis does; 0: none.
func NamedAfter(draft string) uint32 {
	m := successorName.FindStringSubmatch(draft)
	if m == nil {
		return 0
	}
	n, _ := strconv.ParseUint(m[1], 10, 32) // at most five digits
	return uint32(n)
}

// WorkingGroup returns the group that adopted a draft, by its name; empty: none.
func WorkingGroup(draft string) string {
	if m := adoptedName.FindStringSubmatch(draft); m != nil {
		return m[1]
	}
	return ""
}

// Intended returns what the active drafts of a snapshot would change, ordered by draft, RFC and relation. The Datatracker knows that
// only of published ones (its relations are references until then), so the headers of their texts tell it. Where they do not, a draft
// that quotes an RFC as OLD and NEW, cites it or is named after it has a row whose relation is unknown.
func Intended(drafts []datasets.Draft, relations []datasets.DraftRelation, headers Headers) (all []datasets.IntendedRelation) {
	stated := map[string][]datasets.DraftRelation{}
	for _, r := range relations {
		if r.TargetNumber > 0 {
			stated[r.Source] = append(stated[r.Source], r)
		}
	}
	for i := range drafts {
		if drafts[i].State == "active" {
			all = append(all, intendedBy(&drafts[i], stated[drafts[i].Name], headers)...)
		}
	}
	slices.SortFunc(all, func(a, b datasets.IntendedRelation) int {
		return cmp.Or(cmp.Compare(a.Draft, b.Draft), cmp.Compare(a.RFC, b.RFC), cmp.Compare(a.Relation, b.Relation))
	})
	return all
}

func intendedBy(d *datasets.Draft, stated []datasets.DraftRelation, headers Headers) (all []datasets.IntendedRelation) {
	base := datasets.IntendedRelation{Draft: d.Name, Revision: d.Revision, WG: WorkingGroup(d.Name), Title: d.Title,
		State: d.State, IESGState: d.IESGState, RFCEditorState: d.RFCEditorState}
	header := headers.until(d.Name, d.Revision)
	if header != nil {
		base.HeaderRevision, base.Dated = header.Revision, header.Dated
	}
	known := map[uint32]bool{}
	add := func(number uint32, relation, by string) {
		same := func(r datasets.IntendedRelation) bool { return r.RFC == number && r.Relation == relation }
		if relation == UnknownRelation && known[number] || slices.ContainsFunc(all, same) {
			return
		}
		row := base
		row.RFC, row.Relation, row.KnownBy = number, relation, by
		all = append(all, row)
		known[number] = true
	}
	if header != nil {
		for _, n := range header.Obsoletes {
			add(n, "obsoletes", KnownByHeader)
		}
		for _, n := range header.Updates {
			add(n, "updates", KnownByHeader)
		}
	}
	for _, r := range stated {
		if ChangesTarget(r.Relation) {
			add(r.TargetNumber, r.Relation, KnownByDatatracker)
		}
	}
	if header != nil {
		for _, n := range header.Quotes {
			add(n, UnknownRelation, KnownByText)
		}
	}
	if n := NamedAfter(d.Name); n > 0 {
		add(n, UnknownRelation, KnownByName)
	}
	for _, r := range stated {
		if header == nil && IsCitation(r.Relation) {
			add(r.TargetNumber, UnknownRelation, KnownByCitation)
		}
	}
	return all
}

// ChangesTarget reports whether a document changes the one that it has the relation with.
func ChangesTarget(relation string) bool { return relation == "updates" || relation == "obsoletes" }

// IsCitation reports whether the relation is a reference.
func IsCitation(relation string) bool {
	return relation == "normative" || relation == "informative" || relation == "unknown-reference"
}
