package cli

import (
	"context"
	"fmt"

	"tidemark/pipeline/alert"
)

type watchTestVerb struct {
	Sink string `arg:"" help:"Name of the sink, as in [sink.NAME]."`
}

// Run sends a test, in the confinement of a run.
func (v watchTestVerb) Run(ctx context.Context, env *environment) error {
	sink, err := env.Pipeline.Sink(v.Sink)
	if err != nil {
		return err
	}
	if err := env.confineToData(); err != nil {
		return err
	}
	m := alert.NewTest(v.Sink, env.Clock())
	if err := sink.Send(ctx, m); err != nil {
		return fmt.Errorf("sink.%s: %w", v.Sink, err)
	}
	printf(env.out, "The sink %s accepted the message %s\n", v.Sink, m.ID)
	return nil
}
