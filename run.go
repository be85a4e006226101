package main

import (
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"

	"tidemark/analysis"
	"tidemark/analysis/derive"
)

type runVerb struct{}

// Run collects, analyses and renders. What fails in one part does not keep the next from working on what is there.
func (runVerb) Run(env *environment) error {
	return env.locked(func() error { return env.mirrored(env.run) })
}

func (env *environment) run() error {
	collected, err := env.collect(nil)
	if err != nil && !errors.Is(err, errPartly) {
		return err
	}
	partly := err
	analysed, err := env.analyse(nil)
	if err != nil {
		return err
	}
	rendered, err := env.render()
	if err != nil {
		return err
	}
	if !collected && !analysed && !rendered {
		slog.Info("nothing was due")
	}
	fmt.Fprintf(env.stdout, "The site is at %s\n", filepath.Join(abs(env.siteDir()), "index.html"))
	return partly
}

type analyseVerb struct {
	Question []string `arg:"" optional:"" complete:"questions" help:"Questions to answer (default: all)."`
}

// Run makes derived datasets and answers.
func (v *analyseVerb) Run(env *environment) error {
	return env.locked(func() error {
		_, err := env.analyse(v.Question)
		return err
	})
}

// analyse tells whether anything was due.
func (env *environment) analyse(names []string) (due bool, err error) {
	questions := allQuestions
	if len(names) > 0 {
		bySlug := map[string]*analysis.Question{}
		var known []string
		for _, q := range allQuestions {
			bySlug[q.Slug] = q
			known = append(known, q.Slug)
		}
		questions = nil
		for _, name := range names {
			q, ok := bySlug[name]
			if !ok {
				return false, usageError{fmt.Errorf("no question is called %q%s", name, suggest(name, known))}
			}
			questions = append(questions, q)
		}
	}
	changed, err := derive.Run(env.ctx, env.store, append(slices.Clone(allDerivations), derive.Witnesses(env.dumpPaths)))
	if err != nil {
		return changed > 0, err
	}
	made, err := analysis.Run(env.ctx, env.store, env.answersDir(), questions)
	if err != nil {
		return true, err
	}
	if changed > 0 || len(made) > 0 {
		slog.Info("analysed", "derived partitions", changed, "answers", len(made))
	}
	return changed > 0 || len(made) > 0, nil
}
