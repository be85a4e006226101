package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"syscall"
	"text/tabwriter"

	"tidemark/internal/legible"
)

// show writes a value as JSON, or as text, whose tabs part columns.
func (env *environment) show(asJSON bool, value any, text func(w io.Writer)) error {
	if asJSON {
		return writeJSON(env.stdout, value)
	}
	w := tabwriter.NewWriter(env.out, 0, 0, 2, ' ', 0)
	text(w)
	return w.Flush()
}

func writeJSON(out io.Writer, v any) error {
	e := json.NewEncoder(out)
	e.SetIndent("", "  ")
	return e.Encode(v)
}

// printf is fmt.Fprintf for foreign texts: none of them adds a line or a column to the format.
func printf(w io.Writer, format string, args ...any) {
	for i, a := range args {
		switch a := a.(type) {
		case string:
			args[i] = legible.Line(a)
		case error:
			args[i] = legible.Line(a.Error())
		}
	}
	fmt.Fprintf(w, format, args...)
}

// isBrokenPipe reports whether a write failed because nobody reads any more.
func isBrokenPipe(err error) bool { return errors.Is(err, syscall.EPIPE) }
