package cli

import (
	"context"
	"errors"
)

type recordVerb struct{}

// Run records until ctx ends.
func (recordVerb) Run(ctx context.Context, env *environment) error {
	if !env.record.Configured() {
		return usageError{errors.New("the configuration has no [record]; docs/operating.md has an example")}
	}
	if err := env.confineToData(); err != nil {
		return err
	}
	return env.RecordRoutes(ctx, &env.record)
}
