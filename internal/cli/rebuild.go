package cli

import (
	"context"

	"tidemark/pipeline"
)

type rebuildVerb struct{}

// Run makes datasets, answers and site again from the archive, and says whether they are the same bytes as before.
func (rebuildVerb) Run(ctx context.Context, env *environment) error {
	if err := env.confineToData(); err != nil {
		return err
	}
	return env.session(ctx, env.Begin, func(ctx context.Context, s *pipeline.Session) error {
		r, err := s.Rebuild(ctx)
		if err != nil {
			return err
		}
		printf(env.out, "Of the partitions %d were made again with the same bytes and %d are not as before; %d stayed, as their raw files were cleared away. %d files of the site changed.\n",
			r.Same, r.Changed, r.Kept, r.Files)
		return nil
	})
}
