package cli

import (
	"context"

	"tidemark/pipeline"
)

type collectVerb struct {
	TrustClock bool     `help:"Go on where the clock is more than 60 days after the run before."`
	FetchOnly  bool     `help:"Leave the decoding to a later run, or to tidemark work."`
	Source     []string `arg:"" optional:"" complete:"sources" help:"Names of sources in the configuration (default: all)."`
}

// Run collects and, unless only fetching was asked for, decodes.
func (v *collectVerb) Run(ctx context.Context, env *environment) error {
	if err := env.confineToData(); err != nil {
		return err
	}
	return env.session(ctx, env.Begin, func(ctx context.Context, s *pipeline.Session) error {
		if _, err := s.Collect(ctx, v.Source...); err != nil || v.FetchOnly {
			return err
		}
		_, err := s.Decode(ctx)
		return err
	})
}
