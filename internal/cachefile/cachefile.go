// Package cachefile keeps what a process read of many small files, for the next process. A cache may be lost or damaged
// without harm: whoever asks reads the small files instead.
package cachefile

import (
	"bufio"
	"bytes"
	"encoding/gob"
	"errors"
	"io"
	"io/fs"
	"iter"
	"time"

	"github.com/klauspost/compress/zstd"

	"tidemark/internal/atomicfile"
)

// settleTime is how old a file must be when it is read for a later change to show in its time: the clocks of file systems
// tick as slowly as once in two seconds.
const settleTime = 5 * time.Second

// Settled reports whether any later change to the file must show in its size or time.
func Settled(info fs.FileInfo) bool { return time.Since(info.ModTime()) > settleTime }

// chunk is how many entries one message of the file holds; gob holds a whole message in memory.
const chunk = 512

// Write replaces the file: zstd, whose frames carry a checksum, of gob messages, the header and then the entries. The header
// should change with the fields of entries, of which an older file would lack some.
func Write[Entry any](file, header string, entries iter.Seq[Entry]) error {
	var b bytes.Buffer
	packed, err := zstd.NewWriter(&b, zstd.WithEncoderLevel(zstd.SpeedFastest))
	if err != nil {
		return err
	}
	out := gob.NewEncoder(packed)
	err = out.Encode(header)
	var some []Entry
	for e := range entries {
		if some = append(some, e); len(some) == chunk {
			err = errors.Join(err, out.Encode(some))
			some = some[:0]
		}
	}
	if err := errors.Join(err, out.Encode(some), packed.Close()); err != nil {
		return err
	}
	return atomicfile.Write(file, b.Bytes())
}

// Read returns the entries of a file that Write wrote with this header. A file that is missing has none. An error means that
// the file is damaged or has another header.
func Read[Entry any](file, header string) ([]Entry, error) {
	f, err := atomicfile.Open(file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	unpacked, err := zstd.NewReader(bufio.NewReader(f), zstd.WithDecoderConcurrency(1))
	if err != nil {
		return nil, err
	}
	defer unpacked.Close()
	in := gob.NewDecoder(unpacked)
	var has string
	if err := in.Decode(&has); err != nil {
		return nil, err
	}
	if has != header {
		return nil, errors.New("it was written by another program")
	}
	var all []Entry
	for {
		var some []Entry
		if err := in.Decode(&some); errors.Is(err, io.EOF) {
			return all, nil
		} else if err != nil {
			return nil, err
		}
		all = append(all, some...)
	}
}
