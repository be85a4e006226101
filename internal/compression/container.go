package compression

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync/atomic"
)

// file is what a zip can be read from, whose list of files is at the end, and a tar twice.
type file interface {
	io.ReaderAt
	io.Seeker
}

// zipMember puts the content of a file of a zip on top.
func (s *layers) zipMember() error {
	if len(s.closers) > 0 {
		return &Unread{"a zip within a compressed file"}
	}
	f, is := s.source.(file)
	if !is {
		return errors.New("this is a zip, which can be read from a file only")
	}
	size, err := f.Seek(0, io.SeekEnd)
	if err != nil {
		return fmt.Errorf("this is a zip, which can be read from a file only: %w", err)
	}
	z, err := zip.NewReader(&counterAt{f, &s.in.n}, size)
	if err != nil {
		return fmt.Errorf("this is a zip that cannot be read: %w", err)
	}
	files, names := []*zip.File{}, []string{}
	for _, f := range z.File {
		if f.Mode().IsRegular() && (s.Member == "" || isNamed(f.Name, s.Member)) {
			files, names = append(files, f), append(names, f.Name)
		}
	}
	if len(files) != 1 {
		return s.notOne("zip", names)
	}
	if files[0].Flags&1 != 0 {
		return fmt.Errorf("the file %q of the zip is encrypted", names[0])
	}
	r, err := files[0].Open()
	if err != nil {
		return fmt.Errorf("the file %q of the zip cannot be read: %w", names[0], err)
	}
	s.closers = append(s.closers, r.Close)
	s.push(&member{r, "zip", names[0]}, true)
	return nil
}

// onlyMember is the error of a tar that has to be read again, now that it is known to have one file.
type onlyMember struct{ name string }

func (o *onlyMember) Error() string { return fmt.Sprintf("the only file of the tar is %q", o.name) }

// tarMember puts the content of a file of a tar on top. A tar has no list of its files: whether there is only one is seen
// by reading it.
func (s *layers) tarMember() error {
	t := tar.NewReader(s.top)
	var names []string
	for {
		h, err := t.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			return fmt.Errorf("this is a tar that cannot be read: %w", err)
		}
		if h.Typeflag != tar.TypeReg || s.Member != "" && !isNamed(h.Name, s.Member) {
			continue
		}
		if s.Member != "" {
			s.top = &member{t, "tar", h.Name}
			return nil
		}
		if names = append(names, h.Name); len(names) > 1 {
			break
		}
	}
	if len(names) == 1 {
		return &onlyMember{names[0]}
	}
	return s.notOne("tar", names)
}

// isNamed reports whether a path in a container is the wanted one, or ends in it.
func isNamed(path, wanted string) bool {
	return path == wanted || strings.HasSuffix(path, "/"+wanted)
}

// maxNames is how many files of a container are named in an error.
const maxNames = 3

// notOne is the error of a container that does not have the one file.
func (s *layers) notOne(what string, names []string) error {
	switch {
	case len(names) == 0 && s.Member == "":
		return fmt.Errorf("the %s holds no file", what)
	case len(names) == 0:
		return fmt.Errorf("the %s holds no file %q", what, s.Member)
	}
	more := ""
	if len(names) > maxNames {
		names, more = names[:maxNames], ", …"
	}
	return fmt.Errorf("the %s holds several files (%q%s): name the one that is wanted behind a # in the URL", what, names, more)
}

// counterAt counts what is read of a file.
type counterAt struct {
	r io.ReaderAt
	n *atomic.Int64
}

func (c *counterAt) ReadAt(p []byte, at int64) (int, error) {
	n, err := c.r.ReadAt(p, at)
	c.n.Add(int64(n))
	return n, err
}

// member names the file of a container in errors. Behind a damaged place in a container nothing is found again, so a Gap
// ends it too.
type member struct {
	r          io.Reader
	what, name string
}

func (m *member) Read(p []byte) (int, error) {
	n, err := m.r.Read(p)
	var gap *Gap
	switch {
	case errors.As(err, &gap):
		err = fmt.Errorf("the file %q of the %s breaks: %v", m.name, m.what, gap)
	case err != nil && err != io.EOF:
		err = fmt.Errorf("the file %q of the %s breaks: %w", m.name, m.what, err)
	}
	return n, err
}

// checkZip reports whether a zip is cut off: it ends in a record, with a comment of up to 64 KB.
func checkZip(r io.Reader) error {
	const most = 22 + 64<<10
	var end []byte
	b := make([]byte, most)
	for {
		n, err := io.ReadFull(r, b)
		end = append(end, b[:n]...)
		end = end[max(len(end)-most, 0):]
		if err == io.EOF || err == io.ErrUnexpectedEOF {
			break
		}
		if err != nil {
			return err
		}
	}
	if !bytes.Contains(end, []byte("PK\x05\x06")) {
		return errors.New("the zip is cut off: the list of its files is missing")
	}
	return nil
}
