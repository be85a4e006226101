package cli

import (
	"context"
	"io"

	"tidemark/datasets/mirror"
	"tidemark/pipeline"
)

type syncVerb struct {
	Direction string `arg:"" optional:"" enum:"both,pull,push" default:"both" help:"pull: download what is missing here; push: upload what is new here; both is the default."`
	DryRun    bool   `short:"n" help:"Only show what would be copied and removed."`
	Raw       bool   `help:"Also download raw files, not only their notes. Without it they are downloaded when they are read."`
	RemoveAll bool   `help:"Remove in storage all objects that were removed here, however many."`
	JSON      bool   `help:"As JSON."`
}

// Run copies down, then up.
func (v *syncVerb) Run(ctx context.Context, env *environment) error {
	return env.session(ctx, env.Begin, func(ctx context.Context, s *pipeline.Session) error {
		r, err := s.Sync(ctx, pipeline.SyncOptions{
			Pull: v.Direction != "push", Push: v.Direction != "pull", DryRun: v.DryRun, Raw: v.Raw, RemoveAll: v.RemoveAll,
		})
		if err != nil {
			return err
		}
		return env.show(v.JSON, r.Trees, func(w io.Writer) { v.write(w, r.Trees) })
	})
}

func (v *syncVerb) write(w io.Writer, trees []mirror.Report) {
	for _, tree := range trees {
		if v.DryRun {
			writeObjects(w, "down", tree.URL, tree.Down)
			writeObjects(w, "up", tree.URL, tree.Up)
			writeObjects(w, "remove", tree.URL, tree.Removed)
		}
	}
	for _, tree := range trees {
		printf(w, "%s: %d down, %d up, %d removed, %d alike at %s\n", tree.Tree, len(tree.Down), len(tree.Up), len(tree.Removed), tree.Same, tree.URL)
	}
}

func writeObjects(w io.Writer, what, url string, objects []mirror.Object) {
	for _, o := range objects {
		printf(w, "%-6s  %12d  %s/%s\n", what, o.Bytes, url, o.Key)
	}
}
