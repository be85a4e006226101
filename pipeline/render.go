package pipeline

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"tidemark"
	"tidemark/analysis"
	"tidemark/analysis/campaign"
	"tidemark/analysis/operator"
	"tidemark/analysis/report"
	"tidemark/analysis/watch"
	"tidemark/datasets"
	"tidemark/datasets/table"
	"tidemark/pipeline/alert"
	"tidemark/pipeline/journal"
	"tidemark/rfcwatch/dossier"
	"tidemark/rfcwatch/history"
	"tidemark/site"
	"tidemark/site/lookup"
)

// maxRuns is how many runs the status page and the feed of alerts tell of: a year of daily ones.
const maxRuns = 366

// endOfTime is after all data.
var endOfTime = time.Date(9999, 12, 31, 0, 0, 0, 0, time.UTC)

// RenderReport is what Render did.
type RenderReport struct {
	Changed int // files of the site that were written or removed
}

// Render publishes the site of the answers.
func (s *Session) Render(ctx context.Context) (RenderReport, error) {
	if err := s.comparePartitions(); err != nil {
		return RenderReport{}, s.step(nil, err)
	}
	r, err := s.render(ctx, nil, s.watched(ctx))
	return r, s.step(nil, err)
}

// render makes a site that also tells of the current run, if there is one.
func (s *Session) render(ctx context.Context, current *journal.Run, watched watched) (RenderReport, error) {
	in, err := s.siteInput(ctx, current, watched)
	if err != nil {
		return RenderReport{}, err
	}
	r, err := site.Render(ctx, in, s.SiteDir())
	if err != nil {
		return RenderReport{}, err
	}
	for _, note := range r.Notes {
		s.log.Warn(note)
	}
	changed := r.Written + r.Removed
	if changed > 0 {
		s.log.Info("rendered", "pages", r.Pages, "made", r.Made, "files", r.Files, "written", r.Written, "removed", r.Removed)
	}
	return RenderReport{Changed: changed}, nil
}

func (p *Pipeline) siteInput(ctx context.Context, current *journal.Run, watched watched) (in site.Input, err error) {
	o := p.options.Site
	in = site.Input{
		Title: o.Title, Notice: o.Notice, URL: o.URL, Publish: o.Publish, Program: tidemark.Program, Changelog: tidemark.Changelog, Contact: o.Contact,
		Store: p.store, Sums: p.sums, Datasets: datasets.All(), Partitions: map[string][]*table.Manifest{}, Drawings: filepath.Join(p.stateDir(), "drawings"), Pages: filepath.Join(p.stateDir(), "pages"),
	}
	if in.Title == "" {
		in.Title = "Tidemark"
	}
	if in.URL != "" && !strings.HasSuffix(in.URL, "/") {
		in.URL += "/"
	}
	for _, schema := range in.Datasets {
		if in.Partitions[schema.Name], err = p.store.Manifests(schema); err != nil {
			return in, err
		}
	}
	in.Followed = site.Followed{Drafts: p.options.Watch.Drafts, Groups: p.options.Watch.Groups}
	in.Campaigns.From = in.Partitions[datasets.DomainReadinesses.Name]
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return p.readFiles(&in) })
	group.Go(func() error { return p.queryDatasets(ctx, &in, watched) }) // one query after another, as each may have the machine to itself
	if err := group.Wait(); err != nil {
		return in, err
	}
	in.Told = p.told()
	if o.Runs {
		in.Runs, err = p.runs(current)
	}
	return in, err
}

// readFiles adds to the input what is read from files without DuckDB.
func (p *Pipeline) readFiles(in *site.Input) (err error) {
	if in.Answers, err = analysis.Load(p.answersDir(), p.options.Questions); err != nil {
		return err
	}
	numbers, err := p.watchedRFCs()
	if err != nil {
		return err
	}
	if in.RFCs, in.Standards, err = dossier.Read(p.store, numbers); err != nil {
		return err
	}
	if in.Reports, err = report.Load(p.reportsDir()); err != nil {
		return err
	}
	in.Lookup, err = lookup.Open(p.store)
	return err
}

// queryDatasets adds to the input what DuckDB says of the datasets.
func (p *Pipeline) queryDatasets(ctx context.Context, in *site.Input, watched watched) (err error) {
	if err := p.viewNewest(ctx, in); err != nil {
		return err
	}
	if in.Incidents, err = p.incidents(ctx, watched); err != nil {
		return err
	}
	in.Campaigns.All, err = campaign.Read(ctx, p.store, strings.Join(p.options.Watch.Domains, " "))
	return err
}

// runs returns the newest runs of the journal and the current one, if there is one, oldest first; never nil.
func (p *Pipeline) runs(current *journal.Run) ([]journal.Run, error) {
	kept, err := p.Journal().Runs(maxRuns)
	if err != nil {
		return nil, err
	}
	runs := append([]journal.Run{}, kept...)
	if current != nil && !current.Quiet() {
		runs = slices.DeleteFunc(runs, func(r journal.Run) bool { return r.Start.Equal(current.Start) })
		runs = append(runs, *current)
	}
	slices.SortStableFunc(runs, func(a, b journal.Run) int { return a.Start.Compare(b.Start) })
	return runs[max(0, len(runs)-maxRuns):], nil
}

// watchedRFCs returns the watched RFCs with those that the working groups and keywords name in the newest index.
func (p *Pipeline) watchedRFCs() ([]int, error) {
	watch := p.options.Watch
	numbers := slices.Clone(watch.RFCs)
	if len(watch.Groups)+len(watch.Keywords) == 0 {
		return numbers, nil
	}
	state, err := history.At(p.store, endOfTime)
	if errors.Is(err, history.ErrNoIndex) {
		return numbers, nil
	}
	if err != nil {
		return nil, err
	}
	var found []int
	for n, d := range state.Documents {
		if d.WG != "" && slices.Contains(watch.Groups, d.WG) {
			found = append(found, int(n))
		}
	}
	for _, word := range watch.Keywords {
		for _, d := range state.Search([]string{word}) {
			if strings.Contains(strings.ToLower(d.Title+" "+strings.Join(d.Keywords, " ")), strings.ToLower(word)) {
				found = append(found, int(d.Number))
			}
		}
	}
	slices.Sort(found)
	for _, n := range slices.Compact(found) {
		if !slices.Contains(numbers, n) {
			numbers = append(numbers, n)
		}
	}
	return numbers, nil
}

// viewNewest adds to the input what the newest dumps show of watched networks, and by country and by registry.
func (p *Pipeline) viewNewest(ctx context.Context, in *site.Input) error {
	view, err := p.View(ctx, endOfTime)
	if errors.Is(err, operator.ErrNoStates) {
		return nil
	}
	if err != nil {
		return err
	}
	defer view.Close()
	if in.Networks, err = p.watchedNetworks(ctx, view); err != nil {
		return err
	}
	in.Regions, err = regions(ctx, view)
	return err
}

// watchedNetworks returns the watched ASes and prefixes as the view shows them.
func (p *Pipeline) watchedNetworks(ctx context.Context, view *operator.View) (n site.Networks, err error) {
	watch := p.options.Watch
	if len(watch.ASes)+len(watch.Prefixes) == 0 {
		return n, nil
	}
	n.From = view.From
	for _, asn := range watch.ASes {
		a, err := view.AS(ctx, asn)
		if err != nil {
			return n, err
		}
		n.ASes = append(n.ASes, a)
	}
	for _, text := range watch.Prefixes {
		prefix, err := operator.ParsePrefix(text)
		if err != nil {
			return n, err
		}
		shown, err := view.Prefix(ctx, prefix, 0)
		if err != nil {
			return n, err
		}
		known := func(other *operator.Prefix) bool { return other.Prefix == shown.Prefix } // two addresses may have the same route
		if !slices.ContainsFunc(n.Prefixes, known) {
			n.Prefixes = append(n.Prefixes, shown)
		}
	}
	return n, nil
}

// hasIncidents reports whether alerts of a rule may have a page of their own.
func hasIncidents(r watch.Rule) bool { return len(r.Prefixes)+len(r.ASes) > 0 }

// incidents returns the alerts that have a page of their own, with their time lines, the newest first.
func (p *Pipeline) incidents(ctx context.Context, watched watched) (all []site.Incident, err error) {
	if !slices.ContainsFunc(p.options.Watches, func(w alert.Watch) bool { return hasIncidents(w.Rule) }) {
		return nil, nil
	}
	alerts, err := watched()
	if err != nil {
		return nil, err
	}
	for _, a := range slices.Backward(alerts) {
		if !a.IsIncident() {
			continue
		}
		prefix, err := operator.ParsePrefix(a.Prefix)
		if err != nil {
			return nil, err
		}
		since, until := a.Window()
		line, err := operator.ReadTimeLine(ctx, p.store, prefix, since, until)
		if err != nil {
			return nil, fmt.Errorf("the time line of %s: %w", a.Prefix, err)
		}
		all = append(all, site.Incident{Alert: a, TimeLine: line})
	}
	return all, nil
}

// regions returns what the view shows by country and by registry.
func regions(ctx context.Context, view *operator.View) (r site.Regions, err error) {
	r.From = view.RegionsFrom()
	if r.Countries, err = view.Regions(ctx, operator.ByCountry); err != nil {
		return r, err
	}
	r.Registries, err = view.Regions(ctx, operator.ByRegistry)
	return r, err
}
