package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"tidemark/collectors/archive"
	"tidemark/collectors/bmp"
	"tidemark/collectors/mrt"
	"tidemark/collectors/mrt/dump"
	"tidemark/collectors/showbgp"
	"tidemark/internal/compression"
)

// mrtFiles are the files that a verb reads: MRT, or BMP, packet captures and the text of show ip bgp, which are read as MRT.
type mrtFiles struct {
	*environment
	damaged bool // something was damaged, or could not be read
}

func (env *environment) mrtFiles() *mrtFiles { return &mrtFiles{environment: env} }

// report logs damage.
func (f *mrtFiles) report(err error) {
	var note bmp.Note
	if errors.As(err, &note) {
		f.log.Warn(string(note))
		return
	}
	f.damaged = true
	f.log.Error("damaged", "error", err)
}

// fail logs that a file cannot be read.
func (f *mrtFiles) fail(name string, err error) {
	f.damaged = true
	f.log.Error("cannot read "+name, "error", err)
}

// verdict returns err, or errPartly if there is none and something was reported.
func (f *mrtFiles) verdict(err error) error {
	if err == nil && f.damaged {
		return errPartly
	}
	return err
}

// each opens each file and hands its content over. What cannot be read is logged, and the others follow. A reader that goes
// away, for example head, ends it without a word.
func (f *mrtFiles) each(names []string, use func(name string, in io.Reader) error) error {
	for _, name := range names {
		if err := f.use(name, use); isBrokenPipe(err) {
			return nil
		} else if err != nil {
			return err
		}
	}
	return nil
}

// use opens a file and hands its content over. It returns an error that ends the verb.
func (f *mrtFiles) use(name string, use func(name string, in io.Reader) error) error {
	in, err := f.open(name)
	if err == nil {
		defer in.Close()
		err = use(name, in)
	}
	return f.judge(name, in, err)
}

// judge returns the error of reading a file if it ends the verb, and logs it otherwise.
func (f *mrtFiles) judge(name string, in *mrtFile, err error) error {
	switch {
	case err == nil:
	case isBrokenPipe(err), errors.Is(err, context.Canceled):
		return err
	case errors.Is(err, dump.ErrNoRecords) && in.octets() == 0:
		f.fail(name, errNoOctets)
	case errors.Is(err, dump.ErrNoRecords):
		f.log.Info("the file has no records: a quiet interval", "file", name)
	default:
		f.fail(name, err)
	}
	return nil
}

// errNoOctets is what a transfer leaves that failed: even a quiet interval is a few octets when it is compressed.
var errNoOctets = errors.New("the file has no octets, as after a failed transfer; fetch it again")

// mrtFile is the content of an open file.
type mrtFile struct {
	io.Reader
	file     io.Reader
	inflated io.Closer
	counted  *counted // of what is not a regular file; otherwise nil
}

// counted counts what is read.
type counted struct {
	io.Reader
	n int64
}

func (c *counted) Read(p []byte) (int, error) {
	n, err := c.Reader.Read(p)
	c.n += int64(n)
	return n, err
}

// octets returns the size of a regular file, and of any other how much was read of it.
func (m *mrtFile) octets() int64 {
	if m.counted != nil {
		return m.counted.n
	}
	if info, err := m.file.(*os.File).Stat(); err == nil {
		return info.Size()
	}
	return -1
}

// Close closes the file, unless it is standard input.
func (m *mrtFile) Close() error {
	m.inflated.Close()
	if f, is := m.file.(*os.File); is && f != os.Stdin {
		return f.Close()
	}
	return nil
}

// open opens a file, or standard input where the name is -.
func (f *mrtFiles) open(name string) (*mrtFile, error) {
	m := &mrtFile{file: f.stdin}
	regular := false
	if name != "-" {
		file, err := os.Open(name)
		if err != nil {
			return nil, err
		}
		info, err := file.Stat()
		if err == nil && info.IsDir() {
			err = errors.New("this is a folder; name the files in it")
		}
		if err != nil {
			file.Close()
			return nil, err
		}
		m.file, regular = file, info.Mode().IsRegular()
	}
	in := m.file
	if !regular {
		m.counted = &counted{Reader: in}
		in = m.counted
	}
	inflated, err := compression.NewReader(in)
	if err == nil {
		m.inflated = inflated
		m.Reader, err = contentOf(name, inflated, f.report)
	}
	if err != nil {
		if m.inflated != nil {
			m.inflated.Close()
		}
		if file, is := m.file.(*os.File); is && file != os.Stdin {
			file.Close()
		}
		return nil, err
	}
	return m, nil
}

// contentOf returns inflated content as MRT. What cannot be read as MRT is an error that names it.
func contentOf(name string, inflated io.Reader, report func(error)) (io.Reader, error) {
	in := bufio.NewReaderSize(inflated, 64<<10)
	if start, _ := in.Peek(512); showbgp.Is(start) {
		day, ok := archive.DayInName(filepath.Base(name))
		if !ok {
			return nil, errors.New("this is the text of show ip bgp, which has no day; rename the file so that its name has it, for example table.2001-10-26.txt")
		}
		return showbgp.NewReader(in, name, showbgp.TimeOf(filepath.Base(name), day), report), nil
	}
	content, err := bmp.Content(in, name, report)
	if err != nil || content != in {
		return content, err
	}
	start, _ := in.Peek(512)
	if what := mrt.Foreign(start); what != "" {
		return nil, fmt.Errorf("this is %s, and not MRT", what)
	}
	return in, nil
}

// grace is how long a verb that was interrupted may take to tidy up.
const grace = 500 * time.Millisecond

// promptly runs f, and returns soon after ctx has ended even if f does not: it may be blocked in opening a pipe that nobody
// writes to, or in writing to one that nobody reads.
func promptly(ctx context.Context, f func() error) error {
	done := make(chan error, 1)
	go func() { done <- f() }()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
	}
	select {
	case err := <-done:
		return err
	case <-time.After(grace):
		return ctx.Err()
	}
}
