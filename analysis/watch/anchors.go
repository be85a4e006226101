package watch

import (
	"context"
	"fmt"
	"slices"

	"tidemark/datasets"
	"tidemark/datasets/table"
)

// anchored is a file of payloads with the trust anchors that they are under.
type anchored struct {
	file    *table.Manifest
	anchors map[string]bool
}

// readAnchors returns the files of payloads that are not damaged, by day.
func (f *finder) readAnchors() (all []anchored, err error) {
	for _, m := range f.engine.Partitions(datasets.ROAs.Schema) {
		if len(m.Damage) > 0 {
			continue
		}
		a := anchored{m, map[string]bool{}}
		for row, err := range datasets.ROAs.ScanColumns([]string{"trust_anchor"}, f.store.Path(m)) {
			if err != nil {
				return nil, err
			}
			a.anchors[row.TrustAnchor] = true
		}
		all = append(all, a)
	}
	return all, nil
}

// missingAnchors finds the trust anchors of a rule's payloads that are missing from the files of a source that had them. A day without
// a file of the source says nothing.
func (f *finder) missingAnchors(ctx context.Context, r *Rule) error {
	if !r.looksFor(anchorMissing) {
		return nil
	}
	anchors, err := f.anchorsOf(ctx, r)
	if err != nil || len(anchors) == 0 {
		return err
	}
	files, err := f.anchors()
	if err != nil {
		return err
	}
	bySource := map[string][]anchored{}
	var sources []string
	for _, a := range files {
		source := a.file.Source()
		if bySource[source] == nil {
			sources = append(sources, source)
		}
		bySource[source] = append(bySource[source], a)
	}
	slices.Sort(sources)
	for _, source := range sources {
		for _, anchor := range anchors {
			f.missingAnchor(r, source, anchor, bySource[source])
		}
	}
	return nil
}

// missingAnchor finds the days on which an anchor is missing from the files of a source, after the first one that has it.
func (f *finder) missingAnchor(r *Rule, source, anchor string, files []anchored) {
	var days []*hour
	var missing []sight
	for _, a := range files {
		has := a.anchors[anchor]
		if len(days) == 0 && !has {
			continue
		}
		if n := len(days); n == 0 || !days[n-1].at.Equal(a.file.Day()) {
			days = append(days, &hour{at: a.file.Day()})
		} else if n := len(missing); n > 0 && has && missing[n-1].at.Equal(a.file.Day()) { // another file of the day has it
			missing = missing[:n-1]
			continue
		}
		if !has {
			missing = append(missing, sight{at: a.file.Day(), text: fmt.Sprintf("%s has no payload under %s", a.file.Inputs[0].Name, anchor)})
		}
	}
	of := ""
	if source != "" {
		of = " of " + source
	}
	for _, s := range spans(days, missing) {
		a := s.alert()
		a.Subject = "trust anchor " + anchor + of
		a.Text = fmt.Sprintf("No payload%s is under the trust anchor %s, which had some, %s, %s.", of, anchor, when(a.NotBefore, a.SeenFrom), until(a.GoneBy, a.LastSeen))
		for i := range files {
			if m := files[i].file; m.Day().Equal(a.SeenFrom) {
				a.Evidence = append(a.Evidence, Evidence{m.Dataset, m.File, m.SHA256, s.first.text})
			}
		}
		f.add(r, anchorMissing, a)
	}
}

// anchorsOf returns the trust anchors that payloads of a rule's prefixes and ASes are or were under, ascending.
func (f *finder) anchorsOf(ctx context.Context, r *Rule) (anchors []string, err error) {
	condition, args := about(r, "asn = ?", func(asn uint32) []any { return []any{int64(asn)} })
	result, err := f.engine.Query(ctx, "SELECT DISTINCT trust_anchor, prefix, CAST(asn AS BIGINT) FROM roas WHERE trust_anchor <> '' AND ("+condition+") ORDER BY ALL", args...)
	if err != nil {
		return nil, err
	}
	for _, row := range result.Rows {
		if anchor := row[0].(string); !slices.Contains(anchors, anchor) && page(r, row[1].(string), uint32(row[2].(int64))) != "" {
			anchors = append(anchors, anchor)
		}
	}
	return anchors, nil
}

// lacksAnchors says that no payload of a rule names its trust anchor.
func (f *finder) lacksAnchors(ctx context.Context, r *Rule) (string, error) {
	anchors, err := f.anchorsOf(ctx, r)
	if err != nil || len(anchors) > 0 {
		return "", err
	}
	return "no payload of it is at hand that names its trust anchor", nil
}
