package atomicfile

import (
	"errors"
	"fmt"
	"io"
	"os"
)

// ErrForeign says that at the place of a file there is something that Write did not write.
var ErrForeign = errors.New("this is not a regular file of a reasonable length")

// maxRead is the longest file that Read reads, in bytes.
const maxRead = 256 << 20

// Read returns the content of a file that Write wrote. Anything else there is ErrForeign: a pipe would be waited for, a device has
// no end.
func Read(path string) ([]byte, error) {
	stat, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !stat.Mode().IsRegular() || stat.Size() > maxRead {
		return nil, fmt.Errorf("%s: %w", path, ErrForeign)
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, maxRead))
}
