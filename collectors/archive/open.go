package archive

import (
	"bufio"
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"regexp"
	"strings"
	"time"

	"tidemark/internal/compression"
)

// Open returns the content of the file, inflated. If only the note is here, the bytes are brought first.
func (r Raw) Open() (io.ReadCloser, error) {
	file, err := r.OpenBytes()
	if err != nil {
		return nil, err
	}
	content, err := compression.Open(file, compression.Options{Limit: r.Limit, Member: r.Member()})
	if err != nil {
		file.Close()
		return nil, fmt.Errorf("%s: %w", r.ID(), err)
	}
	return &inflated{content, file, r.Stop, cmp.Or(r.Limit.Max, compression.DefaultLimit().Max), r.ID()}, nil
}

// Member returns the name of the file that is wanted of the zip or tar, which the URL has behind a #; empty: it has only one.
func (r Raw) Member() string {
	_, member, _ := strings.Cut(r.URL, "#")
	return member
}

// inflated is the content of an open file.
type inflated struct {
	io.ReadCloser
	file io.Closer
	stop <-chan struct{}
	left int64 // bytes that may still be read
	id   string
}

// Read reads until it is stopped, so that every decoder can be, and at most as much as a file of its kind may have, compressed or not.
func (i *inflated) Read(p []byte) (int, error) {
	n, err := stoppable{i.ReadCloser, i.stop}.Read(p)
	if i.left -= int64(n); i.left < 0 {
		return n, fmt.Errorf("%s: the content is longer than a file of its kind may be", i.id)
	}
	return n, err
}

var errStopped = errors.New("reading was stopped")

// stoppable is a reader that fails once stop is closed.
type stoppable struct {
	io.Reader
	stop <-chan struct{}
}

func (s stoppable) Read(p []byte) (int, error) {
	select {
	case <-s.stop:
		return 0, errStopped
	default:
		return s.Reader.Read(p)
	}
}

// Close closes the file after the decompressor, which reads ahead.
func (i *inflated) Close() error { return errors.Join(i.ReadCloser.Close(), i.file.Close()) }

// OpenBytes returns the bytes as they were received, compressed or not. If only the note is here, they are brought first. Bytes of the
// archive that are not those of the note are ErrDamaged in place of their end; ErrNotBrought says that they could not be brought.
func (r Raw) OpenBytes() (io.ReadCloser, error) {
	if r.in == nil {
		return os.Open(r.path)
	}
	f, err := r.in.open(r.id)
	if errors.Is(err, fs.ErrNotExist) && r.in.Bring != nil {
		if err = r.in.Bring(r); err != nil {
			err = fmt.Errorf("%w: %w", ErrNotBrought, err)
		} else {
			f, err = r.in.open(r.id)
		}
	}
	if errors.Is(err, fs.ErrNotExist) && !errors.Is(err, ErrNotBrought) && !r.Cleared {
		err = fmt.Errorf("%s: %w: its bytes are missing", r.ID(), ErrDamaged)
	}
	if err != nil {
		r.check.fail(err)
		return nil, err
	}
	if r.Packed == nil {
		return &hashedFile{hashed: r.hashed(f), file: f}, nil
	}
	content, err := r.unpack(f)
	if err != nil {
		return nil, err
	}
	return r.hashed(content), nil
}

// Readable reports whether the bytes of the file called id, those with this SHA-256, are here or can be brought.
func (a *Archive) Readable(id, sha256 string) (bool, error) {
	raw, err := a.ByID(id)
	if err != nil || raw == nil || raw.SHA256 != sha256 {
		return false, err
	}
	_, err = os.Stat(raw.path)
	if errors.Is(err, fs.ErrNotExist) {
		return a.Bring != nil && (a.Stored == nil || a.Stored(*raw)), nil
	}
	return err == nil, err
}

// startBytes is how much of a content is looked at to tell what it is.
const startBytes = 512

// Start returns the first bytes of the content without reading them, at most 512. It is an error if the content is empty or
// a web page; want says what it should be, for example "an RFC index".
func (r Raw) Start(content *bufio.Reader, want string) ([]byte, error) {
	start, err := content.Peek(startBytes)
	switch {
	case err != nil && err != io.EOF:
		return nil, fmt.Errorf("%s: byte 0: %w", r.ID(), err)
	case len(trim(start)) == 0:
		return nil, fmt.Errorf("%s: byte 0: the file is empty; fetch it again", r.ID())
	case IsWebPage(start):
		return nil, fmt.Errorf("%s: byte 0: this is a web page, not %s; fetch it again", r.ID(), want)
	}
	return start, nil
}

// IsWebPage reports whether a content that starts like this is a web page: what a server sends that has moved, or wants a
// login, in place of the data.
func IsWebPage(start []byte) bool {
	text := bytes.ToLower(trim(start))
	return bytes.HasPrefix(text, []byte("<!doctype html")) || bytes.HasPrefix(text, []byte("<html"))
}

// trim removes blanks and a byte order mark.
func trim(start []byte) []byte {
	return bytes.TrimSpace(bytes.TrimPrefix(start, []byte("\ufeff")))
}

var dayInName = regexp.MustCompile(`(?:^|\D)((?:19|20)\d\d)-?(0[1-9]|1[0-2])-?(0[1-9]|[12]\d|3[01])(?:\D|$)`)

// DayInName returns the first day in the name of a file, YYYY-MM-DD or YYYYMMDD. ok is false if there is none, or no calendar
// has it.
func DayInName(name string) (day time.Time, ok bool) {
	m := dayInName.FindStringSubmatch(name)
	if m == nil {
		return day, false
	}
	day, err := time.Parse("20060102", m[1]+m[2]+m[3])
	return day, err == nil
}

// DayOf returns the day that the file describes: the one assigned to it, or else stated, which its content states, or else
// the one in its name. stated may be zero.
func (r Raw) DayOf(stated time.Time) (time.Time, error) {
	switch {
	case !r.Day.IsZero():
		return r.Day, nil
	case !stated.IsZero():
		return stated.UTC().Truncate(24 * time.Hour), nil
	}
	if day, ok := DayInName(r.Name); ok {
		return day, nil
	}
	return time.Time{}, fmt.Errorf("%s: neither the file nor its name states the day; give --date DAY on import or date = \"DAY\" in the configuration", r.ID())
}
