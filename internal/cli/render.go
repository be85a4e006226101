package cli

import (
	"errors"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"tidemark"
	"time"

	"tidemark/analysis"
	"tidemark/analysis/operator"
	"tidemark/datasets"
	"tidemark/datasets/table"
	"tidemark/pipeline/journal"
	"tidemark/rfcwatch/dossier"
	"tidemark/rfcwatch/history"
	"tidemark/site"
)

type renderVerb struct{}

// Run writes the site.
func (renderVerb) Run(env *environment) error {
	return env.locked(func() error {
		_, err := env.render()
		return err
	})
}

// runsTold are how many runs the status page and the feed of alerts are made of: a year of daily ones.
const runsTold = 366

// render tells how many files of the site changed.
func (env *environment) render() (changed int, err error) {
	in := site.Input{
		Title: env.config.Site.Title, Notice: env.config.Site.Notice, Program: tidemark.Program,
		Datasets: datasets.All(), Partitions: map[string][]*table.Manifest{},
		Store: env.store, Changelog: tidemark.Changelog,
		Publish: site.Publish{CombinedRows: env.config.Site.CombinedRows, PartitionBytes: env.config.Site.PartitionBytes,
			Versions: env.config.Site.Versions, Publisher: env.config.Site.Publisher, License: env.config.Site.License},
	}
	if in.Title == "" {
		in.Title = "Tidemark"
	}
	for _, s := range in.Datasets {
		if in.Partitions[s.Name], err = env.store.Manifests(s); err != nil {
			return 0, err
		}
	}
	if in.Answers, err = analysis.Load(env.answersDir(), allQuestions); err != nil {
		return 0, err
	}
	numbers, err := env.watchedNow()
	if err != nil {
		return 0, err
	}
	in.Drawings = filepath.Join(env.data, "state", "drawings")
	in.URL = env.config.Site.URL
	if in.URL != "" && !strings.HasSuffix(in.URL, "/") {
		in.URL += "/"
	}
	if in.RFCs, in.Standards, err = dossier.Read(env.store, numbers); err != nil {
		return 0, err
	}
	if in.Networks, err = env.networks(); err != nil {
		return 0, err
	}
	if env.config.Site.Runs {
		if in.Runs, err = env.journal().Runs(runsTold); err != nil {
			return 0, err
		}
		in.Runs = append([]journal.Run{}, in.Runs...) // the page is there before the first run
	}
	report, err := site.Render(env.ctx, in, env.siteDir())
	if err != nil {
		return 0, err
	}
	for _, note := range report.Notes {
		slog.Warn(note)
	}
	if report.Written+report.Removed > 0 {
		slog.Info("rendered", "pages", report.Pages, "files", report.Files, "written", report.Written, "removed", report.Removed)
	}
	return report.Written + report.Removed, nil
}

// watchedNow is the watch list with the documents that its working groups and keywords name in the newest index.
func (env *environment) watchedNow() ([]int, error) {
	numbers := slices.Clone(env.config.Watched())
	if len(env.config.Watch.Groups)+len(env.config.Watch.Keywords) == 0 {
		return numbers, nil
	}
	state, err := history.At(env.store, time.Date(9999, 12, 31, 0, 0, 0, 0, time.UTC))
	if errors.Is(err, history.ErrNoIndex) {
		return numbers, nil
	}
	if err != nil {
		return nil, err
	}
	var found []int
	for n, d := range state.Documents {
		if slices.Contains(env.config.Watch.Groups, d.WG) && d.WG != "" {
			found = append(found, int(n))
		}
	}
	for _, word := range env.config.Watch.Keywords {
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

// networks are the watched ASes and prefixes as the newest dumps show them.
func (env *environment) networks() (n site.Networks, err error) {
	if len(env.config.Watch.ASes)+len(env.config.Watch.Prefixes) == 0 {
		return n, nil
	}
	view, err := env.view("")
	if errors.Is(err, operator.ErrNoStates) {
		return n, nil
	}
	if err != nil {
		return n, err
	}
	defer view.Close()
	n.From = view.From
	for _, asn := range env.config.Watch.ASes {
		a, err := view.AS(asn)
		if err != nil {
			return n, err
		}
		n.ASes = append(n.ASes, a)
	}
	for _, text := range env.config.Watch.Prefixes {
		p, err := operator.ParsePrefix(text)
		if err != nil {
			return n, err
		}
		shown, err := view.Prefix(p, 0)
		if err != nil {
			return n, err
		}
		n.Prefixes = append(n.Prefixes, shown)
	}
	return n, nil
}
