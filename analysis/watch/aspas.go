package watch

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"tidemark/datasets"
	"tidemark/datasets/table"
)

// attestations are the ASPAs of some ASes in a file.
type attestations struct {
	file      *table.Manifest
	providers map[uint32][]uint32 // by customer, ascending
	anchors   map[uint32]string   // by customer
	known     map[string]bool     // anchors under which the source has any ASPA or payload on that day
}

// attestationsOf reads the ASPAs of the rule's ASes from the files that are not damaged, by day.
func (f *finder) attestationsOf(r *Rule) (all []attestations, err error) {
	anchors, err := f.anchorsByFile()
	if err != nil {
		return nil, err
	}
	for _, m := range f.engine.Partitions(datasets.ASPAs.Schema) {
		if len(m.Damage) > 0 {
			continue
		}
		a := attestations{m, map[uint32][]uint32{}, map[uint32]string{}, map[string]bool{}}
		maps.Copy(a.known, anchors[fileOf{m.Source(), m.Day()}])
		for row, err := range datasets.ASPAs.ScanColumns([]string{"customer_asn", "provider_asn", "trust_anchor"}, f.store.Path(m)) {
			if err != nil {
				return nil, err
			}
			a.known[row.TrustAnchor] = true
			if r.own(row.Customer) {
				a.providers[row.Customer] = append(a.providers[row.Customer], row.Provider)
				a.anchors[row.Customer] = row.TrustAnchor
			}
		}
		for customer, providers := range a.providers {
			slices.Sort(providers)
			a.providers[customer] = slices.Compact(providers)
		}
		all = append(all, a)
	}
	return all, nil
}

// aspas finds what is wrong with the ASPAs of the rule's ASes, and what changed about them.
func (f *finder) aspas(_ context.Context, r *Rule) error {
	changes := r.looksFor("aspa-created") || r.looksFor("aspa-changed") || r.looksFor("aspa-gone")
	if !changes && !r.looksFor(aspaViolates) {
		return nil
	}
	files, err := f.attestationsOf(r)
	if err != nil {
		return err
	}
	if r.looksFor(aspaViolates) {
		f.wrongProviders(r, files)
	}
	if changes { // last: it fills in what a missing trust anchor leaves out
		f.changedProviders(r, files)
	}
	return nil
}

// changedProviders finds the ASPAs that came, changed and went, between files of one source. An ASPA is gone only if its trust anchor is
// still there; where that is missing, the file gets the ASPA of the one before.
func (f *finder) changedProviders(r *Rule, files []attestations) {
	before := map[string]*attestations{} // newest by source
	told := repeats{}
	for i := range files {
		now := &files[i]
		if b := before[now.file.Source()]; b != nil {
			for _, asn := range r.ownASes() {
				f.attestation(r, asn, b, now, told)
			}
		}
		before[now.file.Source()] = now
	}
}

// fileOf is a source and the day of one of its files.
type fileOf struct {
	source string
	day    time.Time
}

// anchorsByFile returns the trust anchors of the payloads of each source and day.
func (f *finder) anchorsByFile() (map[fileOf]map[string]bool, error) {
	files, err := f.anchors()
	if err != nil {
		return nil, err
	}
	all := map[fileOf]map[string]bool{}
	for _, a := range files {
		key := fileOf{a.file.Source(), a.file.Day()}
		if all[key] == nil {
			all[key] = map[string]bool{}
		}
		maps.Copy(all[key], a.anchors)
	}
	return all, nil
}

// attestation compares the ASPA of an AS in two files.
func (f *finder) attestation(r *Rule, asn uint32, before, now *attestations, told repeats) {
	was, is := before.providers[asn], now.providers[asn]
	kind, what := "", ""
	switch {
	case slices.Equal(was, is):
		return
	case was == nil:
		kind, what = "aspa-created", "came and lists "+providerList(is)
	case is != nil:
		kind, what = "aspa-changed", fmt.Sprintf("lists %s, before %s", providerList(is), providerList(was))
	case !now.known[before.anchors[asn]]: // the anchor is missing, so that nothing is known
		now.providers[asn], now.anchors[asn] = was, before.anchors[asn]
		return
	default:
		kind, what = "aspa-gone", "went; it listed "+providerList(was)
	}
	day := now.file.Day()
	if told.again(fmt.Sprint(asn, what), day, datasets.ASPAs.Schema) || !r.looksFor(kind) {
		return
	}
	since := before.file.Day()
	f.add(r, kind, Alert{Subject: fmt.Sprintf("ASPA AS%d", asn), NotBefore: &since, SeenFrom: day, LastSeen: day, GoneBy: &day,
		Text:     fmt.Sprintf("The ASPA of AS%d %s, between %s and %s.", asn, what, since.Format(time.DateOnly), day.Format(time.DateOnly)),
		Evidence: []Evidence{{now.file.Dataset, now.file.File, now.file.SHA256, what}}, Page: page(r, "", asn)}, what)
}

// wrongProviders compares the ASPAs of the rule's ASes, day by day, with what the rule expects. If several validators differ, one that
// shows the expected ones is believed.
func (f *finder) wrongProviders(r *Rule, files []attestations) {
	expected := slices.Clone(r.ASPA)
	slices.Sort(expected)
	expected = slices.Compact(expected)
	for _, asn := range r.ownASes() {
		days, wrong := judgeProviders(asn, files, expected)
		for _, s := range spans(days, wrong) {
			a := s.alert()
			a.Subject = fmt.Sprintf("ASPA AS%d", asn)
			a.Text = fmt.Sprintf("By its ASPA %s, and not %s, %s, %s.", s.first.text, providerList(expected), when(a.NotBefore, a.SeenFrom), until(a.GoneBy, a.LastSeen))
			a.Evidence = f.ofDay(datasets.ASPAs.Schema, a.SeenFrom, s.first.text)
			a.Page = page(r, "", asn)
			f.add(r, aspaViolates, a)
		}
	}
}

// judgeProviders returns the days on which files say what an AS lists, and those on which that is not what is expected.
func judgeProviders(asn uint32, files []attestations, expected []uint32) (days []*hour, wrong []sight) {
	anchor := ""
	for len(files) > 0 {
		day := files[0].file.Day()
		text, isRight, isJudged := "", false, false
		for ; len(files) > 0 && files[0].file.Day().Equal(day); files = files[1:] {
			providers, there := files[0].providers[asn]
			if there {
				anchor = files[0].anchors[asn]
			} else if anchor != "" && !files[0].known[anchor] || len(files[0].known) == 0 {
				continue // its trust anchor is missing
			}
			isJudged, isRight = true, isRight || slices.Equal(providers, expected)
			if there || text == "" {
				text = fmt.Sprintf("AS%d lists %s", asn, providerList(providers))
			}
		}
		if isJudged {
			days = append(days, &hour{at: day})
		}
		if isJudged && !isRight {
			wrong = append(wrong, sight{at: day, text: text})
		}
	}
	return days, wrong
}

// providerList returns the providers that an ASPA lists as a list in a sentence.
func providerList(providers []uint32) string {
	switch {
	case len(providers) == 0:
		return "none, as there is no ASPA"
	case slices.Equal(providers, []uint32{0}):
		return "no provider (AS0)"
	}
	return asList(providers)
}
