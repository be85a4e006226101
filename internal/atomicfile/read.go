package atomicfile

import (
	"errors"
	"fmt"
	"io"
	"os"
	"syscall"
)

// ErrForeign says that at the place of a file there is something else, for example a pipe, or one far too long.
var ErrForeign = errors.New("this is not a regular file of a reasonable length")

// maxRead is the longest file that Read reads, in bytes.
const maxRead = 256 << 20

// Open opens a regular file. Anything else there is ErrForeign: a pipe would be waited for, a device has no end, a link may lead to
// itself.
func Open(path string) (*os.File, error) {
	stat, err := os.Stat(path)
	if err == nil && !stat.Mode().IsRegular() || errors.Is(err, syscall.ELOOP) {
		err = fmt.Errorf("%s: %w", path, ErrForeign)
	}
	if err != nil {
		return nil, err
	}
	return os.Open(path)
}

// Read returns the content of a regular file. Anything else there, and a file that is too long, is ErrForeign.
func Read(path string) ([]byte, error) {
	f, err := Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if stat, err := f.Stat(); err != nil {
		return nil, err
	} else if stat.Size() > maxRead {
		return nil, fmt.Errorf("%s: %w", path, ErrForeign)
	}
	return io.ReadAll(io.LimitReader(f, maxRead))
}
