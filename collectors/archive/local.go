package archive

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// FileName returns the name in the archive of a local file: the last element of its path, with what is behind a #.
func FileName(file string) string {
	path, member, inside := strings.Cut(file, "#")
	if !inside {
		return filepath.Base(file)
	}
	return filepath.Base(path) + "#" + member
}

// AddFile keeps a local file in the archive. What is behind a # names the file that is wanted of a zip or tar. A file of the same size and
// modification time as the one that is there is taken to be the same; one of more than max bytes is refused. A pipe is read as long as
// something comes within the Stall of the archive's client.
func (a *Archive) AddFile(ctx context.Context, file string, raw Raw, max int64) (added bool, err error) {
	path, _, _ := strings.Cut(file, "#")
	stat, err := os.Stat(path)
	if err != nil {
		return false, err
	}
	if mode := stat.Mode(); !mode.IsRegular() && mode.Type() != fs.ModeNamedPipe { // which may have no end, or opening it an effect
		return false, fmt.Errorf("%s is %s (want a file or a pipe)", file, whatIs(mode))
	}
	in, err := openWithin(ctx, path, a.patience())
	if err != nil {
		return false, err
	}
	defer in.Close()
	if stat, err = in.Stat(); err != nil {
		return false, err
	}
	raw.Name = FileName(file)
	// The full local path would differ between machines, and a rebuild must not.
	raw.URL = "file:" + raw.Name
	if same, err := a.HasFile(raw, stat); same || err != nil {
		return false, err
	}
	if stat.Size() > max {
		return false, errLong(file, max)
	}
	raw.Modified = fileTime(stat)
	raw.Fetched = a.Now()
	raw.Stop = ctx.Done()
	content := &sparing{Reader: in, of: a, left: max, long: errLong(file, max)}
	if !stat.Mode().IsRegular() {
		content.Reader = talking{in, a.patience()}
	}
	if err := a.RequireSpace(stat.Size()); err != nil {
		return false, fmt.Errorf("%s: %w", file, err)
	}
	defer context.AfterFunc(ctx, func() { in.Close() })()
	_, added, err = a.Add(raw, content)
	return added, err
}

func errLong(file string, max int64) error {
	return fmt.Errorf("%s: the file is longer than %d bytes, the most that a file of its kind may have", file, max)
}

// whatIs names what is at the place of a file.
func whatIs(mode fs.FileMode) string {
	switch mode.Type() {
	case fs.ModeDir:
		return "a folder"
	case fs.ModeSocket:
		return "a socket"
	}
	return "a device"
}

// patience is how long a pipe may be silent.
func (a *Archive) patience() time.Duration {
	if a.Client != nil {
		return a.Client.Stall
	}
	return time.Minute
}

// openWithin opens a file, and gives up when ctx ends or after a time: a named pipe opens when somebody writes to it.
func openWithin(ctx context.Context, path string, patience time.Duration) (*os.File, error) {
	type opened struct {
		file *os.File
		err  error
	}
	done := make(chan opened, 1)
	go func() {
		file, err := os.Open(path)
		done <- opened{file, err}
	}()
	select {
	case o := <-done:
		return o.file, o.err
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-time.After(patience):
		return nil, fmt.Errorf("%s: nobody has written to the pipe for %s (fetch.stall)", path, patience)
	}
}

// talking is a pipe of which each read brings something within patience.
type talking struct {
	*os.File
	patience time.Duration
}

// Read fails where nothing comes.
func (t talking) Read(p []byte) (int, error) {
	if err := t.SetReadDeadline(time.Now().Add(t.patience)); err != nil {
		return 0, err
	}
	n, err := t.File.Read(p)
	if errors.Is(err, os.ErrDeadlineExceeded) {
		err = fmt.Errorf("nobody has written to the pipe for %s (fetch.stall): %w", t.patience, err)
	}
	return n, err
}

// sparing is what is copied into the archive as long as the disk keeps its reserve, and the file its bound.
type sparing struct {
	io.Reader
	of   *Archive
	seen int64 // since the disk was looked at
	left int64 // bytes that may still be read
	long error // what it is if there are more
}

// spaceEvery is how many bytes are copied between two looks at the disk.
const spaceEvery = 8 << 20

func (s *sparing) Read(p []byte) (int, error) {
	n, err := s.Reader.Read(p)
	if s.left -= int64(n); s.left < 0 {
		return n, s.long
	}
	if s.seen += int64(n); s.seen >= spaceEvery {
		s.seen = 0
		if e := s.of.RequireSpace(0); e != nil {
			return n, e
		}
	}
	return n, err
}

// RequireSpace returns an error if the disk of the archive has no space for more bytes besides the reserve of what is fetched.
func (a *Archive) RequireSpace(more int64) error {
	if a.Client == nil {
		return nil
	}
	if err := os.MkdirAll(a.Dir, 0o755); err != nil {
		return err
	}
	return a.Client.RequireSpace(a.Dir, more)
}

func fileTime(stat os.FileInfo) string { return stat.ModTime().UTC().Format(time.RFC3339Nano) }

// HasFile reports whether the archive took a file of this size and time at the place that raw names.
func (a *Archive) HasFile(raw Raw, stat os.FileInfo) (bool, error) {
	old, err := a.Get(raw)
	return old != nil && old.Modified == fileTime(stat) && old.Bytes == stat.Size(), err
}
