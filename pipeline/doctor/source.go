package doctor

import (
	"errors"
	"fmt"
	"time"

	"tidemark/internal/fetch"
	"tidemark/internal/quantity"
)

// Source is what a source answered when it was asked what is due.
type Source struct {
	Name       string
	Files      int    // that a run would bring
	Bytes      int64  // of them, as far as listings tell
	Permission string // by which robots.txt is not obeyed
	Err        error  // why it could not tell all that is due
	Example    string // URL of which the header was requested; empty: no server was asked
	Head       fetch.Head
	HeadErr    error
}

// Statuses of servers that do not know HEAD requests (RFC 9110 section 15).
const (
	methodNotAllowed = 405
	notImplemented   = 501
)

// Finding says what a run would bring of the source, or what is wrong with it.
func (s Source) Finding() Finding {
	f := Finding{Item: "source " + s.Name, State: OK, Text: fmt.Sprintf("a run would bring %d files", s.Files)}
	if s.Files == 1 {
		f.Text = "a run would bring 1 file"
	}
	if s.Bytes > 0 {
		f.Text += ", " + quantity.ShortBytes(s.Bytes)
	}
	if s.Permission != "" {
		f.Text += ", by permission of " + s.Permission
	}
	err := errors.Join(s.Err, s.HeadErr)
	switch status := s.Head.Status; {
	case err != nil || s.Example == "":
	case status == methodNotAllowed || status == notImplemented:
		f.State, f.Text = Warning, f.Text+fmt.Sprintf("; %s does not answer HEAD requests (%d)", s.Example, status)
		f.Remedy = "tidemark collect " + s.Name + " shows whether the file comes"
	case status >= 400:
		err = &fetch.StatusError{URL: s.Example, Code: status}
	default:
		f.Text += fmt.Sprintf("; %s answered %d", s.Example, status)
		if s.Head.Bytes > 0 {
			f.Text += ", " + quantity.ShortBytes(s.Head.Bytes)
		}
		if !s.Head.Modified.IsZero() {
			f.Text += ", of " + s.Head.Modified.UTC().Format(time.DateOnly)
		}
	}
	if err != nil {
		f.State, f.Text = Bad, f.Text+"; "+err.Error()
		f.Remedy = "correct the source in the configuration, or ask the operator of the host"
	}
	return f
}
