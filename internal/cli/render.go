package cli

import (
	"context"

	"tidemark/pipeline"
)

type renderVerb struct{}

// Run writes the site.
func (renderVerb) Run(ctx context.Context, env *environment) error {
	if err := env.confineToData(); err != nil {
		return err
	}
	return env.session(ctx, env.Begin, func(ctx context.Context, s *pipeline.Session) error {
		_, err := s.Render(ctx)
		return err
	})
}
