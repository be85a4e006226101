package record

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"tidemark/collectors/archive"
	"tidemark/collectors/mrt"
	"tidemark/internal/atomicfile"
)

// part is the file of updates that is being written. It lies uncompressed in the archive's folder of unfinished files, so that
// a kill costs no more than what was not synced.
type part struct {
	name       string
	file       *os.File
	out        *bufio.Writer
	start, end time.Time // of the interval
}

// holds reports whether a time is in the interval.
func (p *part) holds(at time.Time) bool { return !at.Before(p.start) && at.Before(p.end) }

const (
	kind          = "mrt"     // of the files, in the archive
	recordedURL   = "record:" // of the files, before the collector: terms of use go by it
	updatesPrefix = "updates."
	tablePrefix   = "rib."
	suffix        = ".gz"
	timeLayout    = "20060102.1504"
)

func fileName(prefix string, at time.Time) string {
	return prefix + at.UTC().Format(timeLayout) + suffix
}

// raw returns what the archive's note says of a file.
func (r *Recorder) raw(name string) archive.Raw {
	raw := r.note
	raw.Name = name
	return raw
}

func (r *Recorder) partPath(name string) string { return r.files.Unfinished(r.raw(name)) }

// openPart begins the file of the interval that a time is in, or goes on with it where a killed recorder left it.
func (r *Recorder) openPart(at time.Time) (*part, error) {
	start := at.Truncate(r.settings.rotate)
	name, err := r.freeName(start, at)
	if err != nil {
		return nil, err
	}
	file, err := os.OpenFile(r.partPath(name), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o644)
	if err != nil {
		return nil, err
	}
	if err := atomicfile.SyncDir(r.dir); err != nil {
		file.Close()
		return nil, err
	}
	p := &part{name: name, file: file, out: bufio.NewWriterSize(file, 64<<10), start: start, end: start.Add(r.settings.rotate)}
	if err := r.saveCheckpoint(p); err != nil { // before anything is written into it
		return nil, errors.Join(err, file.Close())
	}
	return p, nil
}

// freeName returns the name of the file of the interval that begins at start. Where the archive has that already, because a recorder was
// stopped within the interval, it is the first free one from the minute of now on.
func (r *Recorder) freeName(start, now time.Time) (string, error) {
	name := fileName(updatesPrefix, start)
	if last := r.resumed; last >= name {
		r.resumed = ""
		return last, nil
	}
	for at := now.Truncate(time.Minute); ; at = at.Add(time.Minute) {
		if there, err := r.isThere(name); err != nil || !there {
			return name, err
		}
		name = fileName(updatesPrefix, at)
	}
}

// isThere reports whether a file is in the archive, or waits for it: which it may do first, and be there before the second look.
func (r *Recorder) isThere(name string) (bool, error) {
	if _, err := os.Lstat(r.partPath(name)); err == nil || !errors.Is(err, fs.ErrNotExist) {
		return err == nil, err
	}
	r.meanwhile()
	return r.files.Has(r.raw(name))
}

// close flushes and syncs the file, and closes it.
func (p *part) close() error {
	return errors.Join(p.out.Flush(), p.file.Sync(), p.file.Close())
}

// recover removes what a killed recorder left half-made: temporary files, and records that were cut. The last file of
// updates may be gone on with if the archive does not have it.
func (r *Recorder) recover() error {
	if err := os.MkdirAll(r.dir, 0o755); err != nil {
		return err
	}
	entries, err := os.ReadDir(r.dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		path := filepath.Join(r.dir, e.Name())
		switch {
		case strings.HasPrefix(e.Name(), atomicfile.TempPrefix):
			err = os.Remove(path)
		case strings.HasPrefix(e.Name(), updatesPrefix):
			var has bool
			if has, err = r.files.Has(r.raw(e.Name())); err == nil && !has {
				err = errors.Join(cutTorn(path), r.cutUnsaved(path))
				r.resumed = e.Name() // entries are in the order of their names
			}
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// cutTorn cuts a file behind its last whole record.
func cutTorn(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	defer f.Close()
	whole, err := wholeRecords(bufio.NewReaderSize(f, 1<<20))
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return errors.Join(f.Truncate(whole), f.Sync())
}

const (
	recordHeader = 12 // RFC 6396 section 2
	// maxRecord is the longest record that is written, in bytes: a BGP message of at most 65,535 octets (RFC 8654) behind a peer header.
	maxRecord = 1<<16 + 64
)

// wholeRecords returns the size of the records of BGP4MP_ET at the start of a file, in bytes: a power failure may leave zeros behind them.
func wholeRecords(in *bufio.Reader) (size int64, err error) {
	for {
		head, err := in.Peek(recordHeader)
		if err == io.EOF {
			return size, nil
		} else if err != nil {
			return size, err
		}
		n := int(binary.BigEndian.Uint32(head[8:]))
		if mrt.Type(binary.BigEndian.Uint16(head[4:])) != mrt.BGP4MPET || n < 4 || n > maxRecord {
			return size, nil
		}
		if got, err := in.Discard(recordHeader + n); err == io.EOF {
			return size, nil
		} else if err != nil {
			return size, err
		} else {
			size += int64(got)
		}
	}
}
