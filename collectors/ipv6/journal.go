package ipv6

import (
	"bufio"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"tidemark/internal/atomicfile"
)

// journal is a transcript while it grows on disk. Each batch of lines is a gzip member of its own, which is synced when it is
// complete, so a killed run leaves a journal that is good up to the end of its last complete member.
type journal struct {
	file    *os.File
	header  header
	domains int  // lines that it holds
	ended   bool // it has its last line
}

// openJournal opens the journal at path and truncates it after its last complete member. It reports false for found if there
// is no journal or nothing good in it; begin then starts it.
func openJournal(path string) (j *journal, found bool, err error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return nil, false, err
	}
	if stat, err := os.Lstat(path); err == nil && !stat.Mode().IsRegular() {
		return nil, false, fmt.Errorf("%s: %w; remove it, and the run begins anew", path, atomicfile.ErrForeign)
	}
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		return nil, false, err
	}
	j = &journal{file: f}
	good, err := j.scan()
	if err == nil {
		err = f.Truncate(good)
	}
	if err == nil {
		_, err = f.Seek(good, io.SeekStart)
	}
	if err != nil {
		f.Close()
		return nil, false, fmt.Errorf("%s: %w", path, err)
	}
	return j, good > 0, nil
}

// scan reads the members and returns the offset after the last complete one.
func (j *journal) scan() (good int64, err error) {
	in := &offsetReader{r: bufio.NewReaderSize(j.file, 1<<20)}
	var z *gzip.Reader
	for {
		if z == nil {
			z, err = gzip.NewReader(in)
		} else {
			err = z.Reset(in)
		}
		if err != nil {
			return good, nil // the end, or a member that has not even its header
		}
		z.Multistream(false)
		lines, domains, ended, first := bufio.NewReaderSize(z, 64<<10), 0, false, good == 0
		for {
			line, err := lines.ReadBytes('\n')
			if errors.Is(err, io.EOF) && len(line) == 0 {
				break
			}
			if err != nil {
				return good, nil // cut off, or damaged
			}
			if first {
				if err := json.Unmarshal(line, &j.header); err != nil || j.header.Format != format {
					return 0, nil // of another version, or not a journal: it is begun anew
				}
				first = false
				continue
			}
			var last footer
			if err := json.Unmarshal(line, &last); err != nil {
				return good, nil
			}
			if last.End {
				ended = true
			} else {
				domains++
			}
		}
		good = in.n
		j.domains += domains
		j.ended = j.ended || ended
	}
}

// begin writes the header.
func (j *journal) begin(h header) error {
	j.header, j.domains, j.ended = h, 0, false
	return j.write(h)
}

// add appends a batch of domains.
func (j *journal) add(batch []*domain) error {
	lines := make([]any, len(batch))
	for i, d := range batch {
		lines[i] = d
	}
	if err := j.write(lines...); err != nil {
		return err
	}
	j.domains += len(batch)
	return nil
}

// end writes the last line.
func (j *journal) end(stopped string) error {
	j.ended = true
	return j.write(footer{true, j.domains, stopped})
}

// write appends a member and syncs it.
func (j *journal) write(lines ...any) error {
	if len(lines) == 0 {
		return nil
	}
	out := bufio.NewWriterSize(j.file, 256<<10)
	z, err := gzip.NewWriterLevel(out, gzip.BestSpeed)
	if err != nil {
		return err
	}
	e := json.NewEncoder(z)
	for _, line := range lines {
		if err := e.Encode(line); err != nil {
			return err
		}
	}
	if err := z.Close(); err != nil {
		return err
	}
	if err := out.Flush(); err != nil {
		return err
	}
	return j.file.Sync()
}

func (j *journal) close() error { return j.file.Close() }

// offsetReader counts the bytes read from it. As it is an io.ByteReader, gzip reads no byte after the end of a member.
type offsetReader struct {
	r *bufio.Reader
	n int64
}

func (o *offsetReader) Read(p []byte) (int, error) {
	n, err := o.r.Read(p)
	o.n += int64(n)
	return n, err
}

// ReadByte implements io.ByteReader.
func (o *offsetReader) ReadByte() (byte, error) {
	b, err := o.r.ReadByte()
	if err == nil {
		o.n++
	}
	return b, err
}
