package cli

import (
	"context"
	"errors"
	"io"

	"tidemark/analysis/report"
)

type reportVerb struct {
	Year     int  `arg:"" help:"Year of the report."`
	Markdown bool `help:"As Markdown." xor:"form"`
	JSON     bool `help:"As JSON." xor:"form"`
}

// Run shows the report of the year.
func (v *reportVerb) Run(ctx context.Context, env *environment) error {
	r, err := report.Make(ctx, env.Store(), v.Year)
	var none *report.NoDataError
	if errors.As(err, &none) && len(none.Years) > 0 {
		return usageError{err}
	}
	if err != nil {
		return err
	}
	if v.Markdown && !v.JSON {
		return r.WriteMarkdown(env.out)
	}
	var failed error
	err = env.show(v.JSON, r, func(w io.Writer) { failed = r.WriteText(w) })
	return errors.Join(err, failed)
}
