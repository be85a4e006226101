package cli

import (
	"fmt"
	"io"
	"regexp"

	"tidemark/rfcwatch/history"
)

type rfcDiffVerb struct {
	Before     string `arg:"" help:"A day, or a document: 6052, draft-name-07, or a text file."`
	Now        string `arg:"" help:"A later day, or another document."`
	SideBySide bool   `help:"Show both texts side by side."`
	Width      int    `placeholder:"COLUMNS" help:"Width of both sides together (default: that of the terminal, or else 132)."`
	JSON       bool   `help:"As JSON."`
}

// dayPattern tells days from documents.
var dayPattern = regexp.MustCompile(`^\d{4}-\d\d-\d\d$`)

// Run shows the difference.
func (v *rfcDiffVerb) Run(env *environment) error {
	if !dayPattern.MatchString(v.Before) || !dayPattern.MatchString(v.Now) {
		return v.texts(env)
	}
	from, err := dayOf("the first day", v.Before)
	if err != nil {
		return err
	}
	to, err := dayOf("the second day", v.Now)
	if err != nil {
		return err
	}
	if to.Before(from) {
		return usageError{fmt.Errorf("%s is before %s; give the earlier day first", v.Now, v.Before)}
	}
	before, err := history.At(env.Store(), from)
	if err != nil {
		return fmt.Errorf("%s: %w", v.Before, err)
	}
	now, err := history.At(env.Store(), to)
	if err != nil {
		return err
	}
	shown := shownEvents(history.Compare(before, now))
	return env.show(v.JSON, shown, func(w io.Writer) { writeRFCEvents(w, shown) })
}
