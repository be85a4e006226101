package cli

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"syscall"

	"golang.org/x/term"

	"tidemark/internal/legible"
)

// show writes a value as JSON, or as text, whose tabs part cells (see layout).
func (env *environment) show(asJSON bool, value any, text func(w io.Writer)) error {
	if asJSON {
		return writeJSON(env.stdout, value)
	}
	return env.draw(text)
}

// draw writes text in the style of the output. What escape sequences there are come from the style: the text has none.
func (env *environment) draw(text func(w io.Writer)) error {
	var b bytes.Buffer
	text(&b)
	if b.Len() == 0 {
		return nil
	}
	_, err := io.WriteString(env.stdout, layout(legible.Text(b.String()), env.style))
	return err
}

// styleOf returns the style in which text for w is drawn. NO_COLOR is the convention of no-color.org.
func styleOf(w io.Writer) style {
	if !isTerminal(w) {
		return style{}
	}
	width, _, err := term.GetSize(int(w.(*os.File).Fd()))
	if err != nil || width < minText {
		width = defaultWidth
	}
	return style{width: width, signs: true, colour: os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"}
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
