package cli

import (
	"context"
	"errors"

	"tidemark/collectors/archive"
	"tidemark/pipeline"
)

type importVerb struct {
	Kind      string   `arg:"" complete:"kinds" help:"What the files are: ${importKinds}."`
	Collector string   `placeholder:"NAME" help:"Route collector (rrc00) or registry (ripencc) that the files come from."`
	Date      string   `placeholder:"DAY" help:"Day that the files describe, YYYY-MM-DD, if neither they nor their names state it."`
	Entries   bool     `help:"Also write every entry of MRT table dumps with all its attributes (rib_entries)."`
	File      []string `arg:"" help:"Local files."`
}

// Run adds the files to the archive and decodes them.
func (v *importVerb) Run(ctx context.Context, env *environment) error {
	if _, err := env.Kind(v.Kind); err != nil {
		return err
	}
	like := archive.Raw{Kind: v.Kind, Collector: v.Collector, Entries: v.Entries}
	day, err := flagDay("--date", v.Date)
	if err != nil {
		return err
	}
	like.Day = day
	if v.Kind == "mrt" && v.Collector == "" {
		return usageError{errors.New("an MRT file needs --collector NAME: the route collector that wrote it")}
	}
	return env.session(ctx, env.Begin, func(ctx context.Context, s *pipeline.Session) error {
		r, err := s.Import(ctx, like, v.File...)
		if err != nil || len(r.Problems) > 0 {
			return err
		}
		printf(env.out, "%d of %d files were new, %d decoded; tidemark analyse and tidemark render bring them to the site\n", r.Added, len(v.File), r.Decoded)
		return nil
	})
}
