package cli

import (
	"context"
	"path/filepath"

	"tidemark/pipeline"
)

type runVerb struct {
	TrustClock bool `help:"Go on where the clock is more than 60 days after the run before."`
}

// Run collects, analyses and renders, between a pull from storage and a push to it.
func (runVerb) Run(ctx context.Context, env *environment) error {
	if err := env.confineToData(); err != nil {
		return err
	}
	return env.session(ctx, env.BeginMirrored, func(ctx context.Context, s *pipeline.Session) error {
		if _, err := s.Run(ctx); err != nil {
			return err
		}
		site, err := filepath.Abs(env.SiteDir())
		if err != nil {
			return err
		}
		printf(env.out, "The site is at %s\n", filepath.Join(site, "index.html"))
		return nil
	})
}
