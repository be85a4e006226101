package collectors

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strings"

	"tidemark/collectors/archive"
	"tidemark/internal/compression"
	"tidemark/internal/fetch"
)

// Intact returns a check that reads a file during its transfer and reports what is wrong with it: a web page in its place, no
// content at all, content that the name contradicts, or a compressed stream that is damaged, cut off or a bomb.
func Intact(name string) func(io.Reader) error {
	return func(r io.Reader) error {
		in := bufio.NewReaderSize(r, 64<<10)
		start, err := in.Peek(512)
		if err != nil && err != io.EOF {
			return err
		}
		name, _, _ := strings.Cut(name, "#")
		switch {
		case len(start) == 0:
			return errors.New("the file is empty")
		case archive.IsWebPage(start):
			return errors.New("a web page in place of the file; open the URL in a browser to see what it says")
		}
		if format := compression.Contradiction(name, start); format != "" {
			return fmt.Errorf("the name %s says that the content is %s, and it is not", name, format)
		}
		err = compression.Check(in)
		var bomb *compression.Bomb
		var unread *compression.Unread
		if err != nil && !errors.As(err, &bomb) && !errors.As(err, &unread) {
			return &fetch.Torn{Err: err}
		}
		return err
	}
}
