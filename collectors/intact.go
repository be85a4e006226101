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

// intact returns a check that reads a file during its transfer and reports what is wrong with it: a web page in its place, no
// content at all, content that the name contradicts, or a compressed stream that is damaged, cut off or a bomb.
func intact(name string) func(io.Reader) error {
	return func(r io.Reader) error {
		in := bufio.NewReaderSize(r, 64<<10)
		start, err := in.Peek(512)
		if err != nil && err != io.EOF {
			return err
		}
		gz, bz2 := bytes.HasPrefix(start, []byte{0x1f, 0x8b}), bytes.HasPrefix(start, []byte("BZh"))
		switch {
		case len(start) == 0:
			return errors.New("the file is empty")
		case archive.IsWebPage(start):
			return errors.New("a web page in place of the file; open the URL in a browser to see what it says")
		case strings.HasSuffix(name, ".gz") && !gz, strings.HasSuffix(name, ".bz2") && !bz2:
			return fmt.Errorf("the name %s says that the content is compressed, and it is not", name)
		case !gz && !bz2:
			return nil
		}
		inflated, err := compression.NewReader(in)
		if err != nil {
			return err
		}
		defer inflated.Close()
		_, err = io.Copy(io.Discard, inflated)
		var bomb *compression.Bomb
		if err != nil && !errors.As(err, &bomb) {
			return &fetch.Torn{Err: err}
		}
		return err
	}
}
