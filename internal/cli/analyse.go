package cli

import (
	"context"

	"tidemark/pipeline"
)

type analyseVerb struct {
	Question []string `arg:"" optional:"" complete:"questions" help:"Questions to answer (default: all)."`
}

// Run makes derived datasets and answers.
func (v *analyseVerb) Run(ctx context.Context, env *environment) error {
	if err := env.confineToData(); err != nil {
		return err
	}
	return env.session(ctx, env.Begin, func(ctx context.Context, s *pipeline.Session) error {
		_, err := s.Analyse(ctx, v.Question...)
		return err
	})
}
