package collectors

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	"tidemark/collectors/archive"
	"tidemark/internal/compression"
	"tidemark/internal/fetch"
)

// Intact returns a check that reads a file during its transfer and reports what is wrong with it: a web page in its place, no
// content at all, content that the name or the form contradicts, or a stream that is damaged, cut off or a bomb.
func Intact(name string, form Form) func(io.Reader) error {
	return func(r io.Reader) error {
		in := bufio.NewReaderSize(r, 64<<10)
		start, err := in.Peek(512)
		if err != nil && err != io.EOF {
			return err
		}
		name, _, _ := strings.Cut(name, "#")
		if len(start) == 0 {
			return errors.New("the file is empty")
		}
		if archive.IsWebPage(start) {
			return errPage
		}
		if format := compression.Contradiction(name, start); format != "" {
			return fmt.Errorf("the name %s says that the content is %s, and it is not", name, format)
		}
		var wrong error
		err = compression.Check(in, form.Limit(), func(content io.Reader) error {
			var err error
			wrong, err = form.look(content)
			return err
		})
		var bomb *compression.Bomb
		var unread *compression.Unread
		if err != nil && !errors.As(err, &bomb) && !errors.As(err, &unread) {
			return &fetch.Torn{Err: err}
		}
		return errors.Join(wrong, err)
	}
}

var errPage = errors.New("a web page in place of the file; open the URL in a browser to see what it says")

// look reads a content, and reports what is wrong with how it begins and ends; err says that it could not be read.
func (f Form) look(content io.Reader) (wrong, err error) {
	in := bufio.NewReaderSize(content, 64<<10)
	start, err := in.Peek(512)
	if err != nil && err != io.EOF {
		return nil, err
	}
	start = bytes.TrimSpace(bytes.TrimPrefix(start, []byte("\ufeff")))
	switch {
	case len(start) == 0:
		wrong = errors.New("the file is empty")
	case archive.IsWebPage(start):
		wrong = errPage
	case f.Begins != nil && !f.Begins(start):
		wrong = fmt.Errorf("the file begins with %.60q, not with %s", start, f.Like)
	}
	first, last := byte(0), lastByte{}
	if len(start) > 0 {
		first = start[0]
	}
	if _, err := io.Copy(&last, in); err != nil || wrong != nil {
		return wrong, err
	}
	if end := closing[first]; end != 0 && last.byte != end && !last.binary {
		return nil, fmt.Errorf("the text begins with %q and does not end with %q", first, end)
	}
	return nil, nil
}

// closing is what ends the texts of JSON and XML.
var closing = map[byte]byte{'{': '}', '<': '>'}

// lastByte holds the last byte written to it that is not blank.
type lastByte struct {
	byte
	binary bool // a zero was among them: this is not text
}

func (l *lastByte) Write(p []byte) (int, error) {
	l.binary = l.binary || bytes.IndexByte(p, 0) >= 0
	if text := bytes.TrimSpace(p); len(text) > 0 {
		l.byte = text[len(text)-1]
	}
	return len(p), nil
}
