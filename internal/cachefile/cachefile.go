// Package cachefile keeps what a process read of many small files, for the next process. A cache may be lost or damaged
// without harm: whoever asks reads the small files instead.
package cachefile

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"encoding/gob"
	"errors"
	"fmt"
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

// chunk is how many entries one message of the file holds; a whole message is in memory.
const chunk = 512

// maxMessage is how long a message may be, in bytes, packed and unpacked.
const maxMessage = 256 << 20

// Write replaces the file by messages of gob, the header, the entries and an empty one that ends it, each a frame of zstd, which carries a
// checksum, behind its length. The header should change with the fields of entries, of which an older file would lack some.
func Write[Entry any](file, header string, entries iter.Seq[Entry]) error {
	packer, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderConcurrency(1))
	if err != nil {
		return err
	}
	defer packer.Close()
	var out, message bytes.Buffer
	write := func(v any) error {
		message.Reset()
		if err := gob.NewEncoder(&message).Encode(v); err != nil {
			return err
		}
		packed := packer.EncodeAll(message.Bytes(), nil)
		out.Write(binary.AppendUvarint(nil, uint64(len(packed))))
		out.Write(packed)
		return nil
	}
	if err := write(header); err != nil {
		return err
	}
	some := make([]Entry, 0, chunk)
	for e := range entries {
		if some = append(some, e); len(some) == chunk {
			if err := write(some); err != nil {
				return err
			}
			some = some[:0]
		}
	}
	if len(some) > 0 {
		if err := write(some); err != nil {
			return err
		}
	}
	if err := write([]Entry{}); err != nil {
		return err
	}
	return atomicfile.Write(file, out.Bytes())
}

// Read returns the entries of a file that Write wrote with this header. A file that is missing has none. An error means that
// the file is damaged or has another header.
func Read[Entry any](file, header string) (all []Entry, err error) {
	for e, err := range Entries[Entry](file, header) {
		if err != nil {
			return nil, err
		}
		all = append(all, e)
	}
	return all, nil
}

// Entries yields what Read returns, and holds one message of it at a time. Those before an error are as they were written.
func Entries[Entry any](file, header string) iter.Seq2[Entry, error] {
	return func(yield func(Entry, error) bool) {
		var none Entry
		if err := eachEntry(file, header, func(e Entry) bool { return yield(e, nil) }); err != nil {
			yield(none, err)
		}
	}
}

// eachEntry calls yield with each entry until it returns false.
func eachEntry[Entry any](file, header string, yield func(Entry) bool) error {
	f, err := atomicfile.Open(file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer f.Close()
	unpacker, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(maxMessage))
	if err != nil {
		return err
	}
	defer unpacker.Close()
	in := messages{from: bufio.NewReader(f), unpacker: unpacker}
	var has string
	if err := in.next(&has); err != nil {
		return err
	}
	if has != header {
		return errors.New("it was written by another program")
	}
	for {
		var some []Entry
		if err := in.next(&some); err != nil || len(some) == 0 {
			return err
		}
		for _, e := range some {
			if !yield(e) {
				return nil
			}
		}
	}
}

// messages reads the messages of a file.
type messages struct {
	from             *bufio.Reader
	unpacker         *zstd.Decoder
	packed, unpacked []byte // of the message before, to be overwritten
}

// next decodes the next message, of which the checksum is compared first.
func (m *messages) next(into any) error {
	n, err := binary.ReadUvarint(m.from)
	if err == nil && n > maxMessage {
		err = fmt.Errorf("a message has %d bytes (limit %d)", n, maxMessage)
	}
	if err != nil {
		return noEOF(err)
	}
	packed := bytes.NewBuffer(m.packed[:0]) // grows with what there is, whatever the length says
	if _, err := io.CopyN(packed, m.from, int64(n)); err != nil {
		return noEOF(err)
	}
	m.packed = packed.Bytes()
	if m.unpacked, err = m.unpacker.DecodeAll(m.packed, m.unpacked[:0]); err != nil {
		return err
	}
	return noEOF(gob.NewDecoder(bytes.NewReader(m.unpacked)).Decode(into))
}

// noEOF returns the error of a file that ends too early: each ends with an empty message.
func noEOF(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}
