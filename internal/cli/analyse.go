package cli

import (
	"fmt"
	"log/slog"
	"slices"

	"tidemark/internal/suggest"

	"tidemark/analysis"
	"tidemark/analysis/derive"
)

type analyseVerb struct {
	Question []string `arg:"" optional:"" complete:"questions" help:"Questions to answer (default: all)."`
}

// Run makes derived datasets and answers.
func (v *analyseVerb) Run(env *environment) error {
	return env.locked(func() error {
		_, _, err := env.analyse(v.Question)
		return err
	})
}

// analyse tells how many partitions were derived and how many questions answered.
func (env *environment) analyse(names []string) (derived, answered int, err error) {
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
				return 0, 0, usageError{fmt.Errorf("no question is called %q%s", name, suggest.Near(name, known))}
			}
			questions = append(questions, q)
		}
	}
	derived, err = derive.Run(env.ctx, env.store, append(slices.Clone(allDerivations), derive.Witnesses(archivedDumps{env})))
	if err != nil {
		return derived, 0, err
	}
	if err := env.removeOlder(); err != nil {
		return derived, 0, err
	}
	made, err := analysis.Run(env.ctx, env.store, env.answersDir(), questions)
	if err != nil {
		return derived, len(made), err
	}
	if derived > 0 || len(made) > 0 {
		slog.Info("analysed", "derived partitions", derived, "answers", len(made))
	}
	return derived, len(made), nil
}
