package ipv6

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"

	"tidemark/internal/atomicfile"
)

// journal is a transcript while it grows on disk, with the domains in the order in which they are done. Each line is a gzip member of
// its own, so that they can be read in another order, and a killed run leaves a journal that is good up to the end of its last complete
// member. A domain's line begins with its place in the order of the run; header and last line have none.
type journal struct {
	file    *os.File
	header  header
	lines   []int64 // offsets of the members of domains, by place; 0: not there. With the list's entries all that grows with the list
	domains int     // that it holds
	last    []byte  // line
	ended   bool    // it has its last line
	offset  int64   // after the last complete member
}

// openJournal opens the journal at path and truncates it after its last complete member. It reports false for found if there
// is not a journal or nothing good in it; begin then starts it.
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
	j.scan()
	err = f.Truncate(j.offset)
	if err == nil {
		_, err = f.Seek(j.offset, io.SeekStart)
	}
	if err != nil {
		f.Close()
		return nil, false, fmt.Errorf("%s: %w", path, err)
	}
	return j, j.offset > 0, nil
}

// scan reads the members up to the last complete one. What is of another version, or not a journal, is as if it were not there.
func (j *journal) scan() {
	in := &offsetReader{r: bufio.NewReaderSize(j.file, 1<<20)}
	var member member
	for !j.ended {
		line, err := member.read(in)
		switch {
		case err != nil: // the end, or cut off, or damaged
			return
		case j.offset == 0:
			if err := json.Unmarshal(line, &j.header); err != nil || j.header.Format != format {
				j.header = header{}
				return
			}
		default:
			place, text, _ := bytes.Cut(line, []byte{' '})
			n, err := strconv.Atoi(string(place))
			var last footer
			switch {
			case err == nil && n >= 0 && n < j.header.List.Domains && len(text) > 0:
				j.note(n)
			case json.Unmarshal(line, &last) == nil && last.End:
				j.last, j.ended = bytes.Clone(line), true
			default: // of an earlier version, whose lines had no place
				*j = journal{file: j.file}
				return
			}
		}
		j.offset = in.n
	}
}

// note notes that the line of a domain begins at the offset.
func (j *journal) note(place int) {
	if place >= len(j.lines) {
		j.lines = append(j.lines, make([]int64, place+1-len(j.lines))...)
	}
	if j.lines[place] == 0 {
		j.domains++
	}
	j.lines[place] = j.offset
}

// has reports whether the journal has the domain at a place.
func (j *journal) has(place int) bool { return place < len(j.lines) && j.lines[place] > 0 }

// begin writes the header.
func (j *journal) begin(h header) error {
	j.header = h
	return j.write(func(w *members) error { return w.add("", h) })
}

// add appends domains.
func (j *journal) add(visits []*visit) error {
	if len(visits) == 0 {
		return nil
	}
	return j.write(func(w *members) error {
		for _, v := range visits {
			j.note(v.place)
			if err := w.add(strconv.Itoa(v.place)+" ", &v.line); err != nil {
				return err
			}
		}
		return nil
	})
}

// end writes the last line.
func (j *journal) end(stopped string) error {
	last := footer{true, j.domains, stopped}
	var err error
	if j.last, err = json.Marshal(last); err != nil {
		return err
	}
	j.ended = true
	return j.write(func(w *members) error { return w.add("", last) })
}

// write appends members and syncs them.
func (j *journal) write(add func(*members) error) error {
	out := bufio.NewWriterSize(j.file, 256<<10)
	w := &members{out: out, offset: &j.offset}
	if err := add(w); err != nil {
		return err
	}
	if err := out.Flush(); err != nil {
		return err
	}
	return j.file.Sync()
}

// transcript writes the lines in the order of the run, which is that of the list's draw, whichever domain was done first.
func (j *journal) transcript(out io.Writer) error {
	z := gzip.NewWriter(out)
	var member member
	in := bufio.NewReader(nil)
	line := func(offset int64) ([]byte, error) {
		in.Reset(io.NewSectionReader(j.file, offset, j.offset-offset))
		return member.read(in)
	}
	text, err := line(0)
	if err != nil {
		return err
	}
	if _, err := z.Write(append(text, '\n')); err != nil {
		return err
	}
	for _, offset := range j.lines {
		if offset == 0 {
			continue
		}
		text, err := line(offset)
		if err != nil {
			return fmt.Errorf("%s: offset %d: %w", j.file.Name(), offset, err)
		}
		_, text, _ = bytes.Cut(text, []byte{' '})
		if _, err := z.Write(append(text, '\n')); err != nil {
			return err
		}
	}
	if _, err := z.Write(append(j.last, '\n')); err != nil {
		return err
	}
	return z.Close()
}

func (j *journal) close() error { return j.file.Close() }

// member reads gzip members that hold a line.
type member struct {
	z    gzip.Reader
	text bytes.Buffer
}

// read returns the line of the member with which a reader goes on, without the end of the line. It is good until the next one is read.
func (m *member) read(in io.Reader) ([]byte, error) {
	if err := m.z.Reset(in); err != nil {
		return nil, err
	}
	m.z.Multistream(false)
	m.text.Reset()
	n, err := m.text.ReadFrom(io.LimitReader(&m.z, maxTranscriptLine))
	if err != nil {
		return nil, err
	}
	line, found := bytes.CutSuffix(m.text.Bytes(), []byte{'\n'})
	if !found {
		return nil, fmt.Errorf("a member of %d bytes that is not a line", n)
	}
	return line, nil
}

// members writes gzip members that hold a line, and counts their bytes.
type members struct {
	out    *bufio.Writer
	offset *int64
	z      *gzip.Writer
}

// add appends a member: a line of JSON after a text.
func (m *members) add(before string, value any) error {
	if m.z == nil {
		m.z, _ = gzip.NewWriterLevel(m, gzip.BestSpeed) // a level that exists
	}
	m.z.Reset(m)
	if _, err := io.WriteString(m.z, before); err != nil {
		return err
	}
	if err := json.NewEncoder(m.z).Encode(value); err != nil {
		return err
	}
	return m.z.Close()
}

// Write implements io.Writer.
func (m *members) Write(b []byte) (int, error) {
	n, err := m.out.Write(b)
	*m.offset += int64(n)
	return n, err
}

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
