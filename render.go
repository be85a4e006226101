package main

import (
	"log/slog"

	"tidemark/analysis"
	"tidemark/datasets"
	"tidemark/datasets/table"
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

// render tells whether anything changed.
func (env *environment) render() (changed bool, err error) {
	in := site.Input{
		Title: env.config.Site.Title, Notice: env.config.Site.Notice, Program: "tidemark " + version,
		Datasets: datasets.All(), Partitions: map[string][]*table.Manifest{},
	}
	if in.Title == "" {
		in.Title = "Tidemark"
	}
	for _, s := range in.Datasets {
		if in.Partitions[s.Name], err = env.store.Manifests(s); err != nil {
			return false, err
		}
	}
	if in.Answers, err = analysis.Load(env.answersDir(), allQuestions); err != nil {
		return false, err
	}
	if in.RFCs, err = site.Watched(env.store, env.config.watched()); err != nil {
		return false, err
	}
	report, err := site.Render(env.ctx, in, env.siteDir())
	if err != nil {
		return false, err
	}
	for _, note := range report.Notes {
		slog.Warn(note)
	}
	if report.Written+report.Removed > 0 {
		slog.Info("rendered", "pages", report.Pages, "files", report.Files, "written", report.Written, "removed", report.Removed)
	}
	return report.Written+report.Removed > 0, nil
}
