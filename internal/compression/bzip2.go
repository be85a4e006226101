package compression

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/bits"
	"os"
	"runtime"
	"sync"

	"tidemark/internal/compression/bzip2"
	"tidemark/internal/fault"
)

// errNoBlock means that the magic number of the next block is damaged.
var errNoBlock = errors.New("what follows the block does not open another")

// A bzip2 stream is a chain of blocks of up to 900 kB, each with a 48-bit magic number that may start at any bit and with
// its own check sum. So blocks are inflated in parallel, and of a damaged block no byte is delivered.
const (
	blockMagic = 0x314159265359
	endMagic   = 0x177245385090
	magicBits  = 48
	magicMask  = 1<<magicBits - 1
	sumBits    = 32

	// maxSegment bounds the bytes between two magic numbers: 900,000 symbols of the longest code, and tables.
	maxSegment = 4 << 20
)

// segment is a piece of the compressed stream from one magic number to the next, or to the end of the stream.
type segment struct {
	end   bool   // begins with endMagic
	at    int64  // compressed offset of bytes[0]
	bytes []byte // the first and the last are shared with the neighbours
	shift uint   // bits of bytes[0] that belong to the previous segment
	bits  uint   // length
}

// inflating is a segment on its way through inflate.
type inflating struct {
	segment
	out  []byte
	used uint // bits of the block, which ends in the segment
	err  error
	done chan struct{}
}

// Decoders and texts are pooled: each takes megabytes.
var (
	decoders = sync.Pool{New: func() any { return new(bzip2.Decoder) }}
	texts    = sync.Pool{New: func() any { return new([]byte) }}
)

type bzip2Reader struct {
	segments chan *inflating // in order
	stop     chan struct{}
	done     chan struct{}
	scanErr  error // why there are no more segments; read after segments is closed

	checkSum uint32     // of the blocks of the stream so far
	gaps     bool       // blocks of the stream are missing
	text     []byte     // of the last block
	rest     []byte     // the part of text not read yet
	held     *inflating // received, but not read yet
	gap      *Gap       // behind text
	err      error
}

func newBzip2Reader(r io.Reader) *bzip2Reader {
	b := &bzip2Reader{
		segments: make(chan *inflating, runtime.GOMAXPROCS(0)),
		stop:     make(chan struct{}), done: make(chan struct{}),
	}
	go func() {
		defer close(b.done)
		defer close(b.segments)
		b.scanErr = fault.Caught(func() error {
			return split(r, func(s segment) bool {
				i := &inflating{segment: s, done: make(chan struct{})}
				go func() {
					defer close(i.done)
					if i.end {
						return
					}
					if err := fault.Caught(func() error { i.inflate(); return nil }); err != nil {
						i.err = err
					}
				}()
				select {
				case b.segments <- i:
					return true
				case <-b.stop:
					return false
				}
			})
		})
	}()
	return b
}

// split cuts the stream at the magic numbers and passes each segment to found, until that returns false. The error says
// why there are no more: io.EOF after the end of a stream, or if found returned false.
func split(r io.Reader, found func(segment) bool) error {
	var (
		window uint64 // last eight bytes
		held   []byte // bytes since the start of the segment
		open   *segment
		base   int64 // compressed offset of held[0]
		chunk  = make([]byte, readSize)
	)
	for {
		n, err := r.Read(chunk)
		seen := len(held)
		held = append(held, chunk[:n]...)
		for seen < len(held) {
			window = window<<8 | uint64(held[seen])
			seen++
			if !mayEndMagic[byte(window>>8)] {
				continue
			}
			for low := range uint(8) {
				magic := window >> low & magicMask
				if magic != blockMagic && magic != endMagic {
					continue
				}
				// The magic number starts magicBits+low bits before the end of the bytes seen.
				back := int(magicBits+low+7) / 8
				shift := uint(back*8) - magicBits - low
				cut := seen - back
				if open != nil {
					open.bits = uint(cut*8) + shift - open.shift
					open.bytes = bytes.Clone(held[:cut+int(shift+7)/8])
					if !found(*open) {
						return io.EOF
					}
				}
				base += int64(cut)
				held = append(held[:0], held[cut:]...)
				seen = back
				open = &segment{end: magic == endMagic, at: base, shift: shift}
			}
		}
		switch {
		case err == nil && len(held) <= maxSegment:
			continue
		case err == nil:
			err = fmt.Errorf("bzip2 stream breaks at compressed offset %d: no block follows for %d bytes", base, len(held))
		case err != io.EOF || open == nil || !open.end:
			if err == io.EOF {
				err = io.ErrUnexpectedEOF
			}
			err = fmt.Errorf("bzip2 stream breaks at compressed offset %d: %w", base+int64(len(held)), err)
		}
		if open != nil {
			open.bits = uint(len(held)*8) - open.shift
			open.bytes = held
			found(*open)
		}
		return err
	}
}

// mayEndMagic holds the values that the last byte but one of a magic number can have, at any shift of 0 to 7 bits. It
// saves fifteen of sixteen bytes the full comparison.
var mayEndMagic = func() (may [256]bool) {
	for _, magic := range []uint64{blockMagic, endMagic} {
		for low := range uint(8) {
			may[byte(magic<<low>>8)] = true
		}
	}
	return may
}()

// checkSum returns the check sum behind the magic number: the block's, or at the end of a stream the whole stream's.
func (s *segment) checkSum() uint32 {
	var b [5]byte
	copy(b[:], s.bytes[magicBits/8:])
	return binary.BigEndian.Uint32(b[:])<<s.shift | uint32(b[4])>>(8-s.shift)
}

// inflate decodes the block and checks it. A block is whole even if the file ends inside the magic number behind it.
func (i *inflating) inflate() {
	d := decoders.Get().(*bzip2.Decoder)
	defer decoders.Put(d)
	i.out, i.used, i.err = d.Decode((*texts.Get().(*[]byte))[:0], i.bytes, i.shift, i.bits)
}

// followedBy returns the segment with the next one appended.
func (s *segment) followedBy(next *segment) *segment {
	whole := *s
	whole.bytes = append(bytes.Clone(s.bytes[:(s.shift+s.bits)/8]), next.bytes...)
	whole.bits += next.bits
	return &whole
}

func (b *bzip2Reader) Read(p []byte) (int, error) {
	for len(b.rest) == 0 && b.err == nil {
		if text := b.text; text != nil {
			b.text = nil
			texts.Put(&text)
		}
		if err := b.advance(); err != nil {
			if gap, ok := err.(*Gap); ok {
				b.gaps = true
				return 0, gap
			}
			b.err = err
		}
	}
	if len(b.rest) == 0 {
		return 0, b.err
	}
	n := copy(p, b.rest)
	b.rest = b.rest[n:]
	return n, nil
}

// nextSegment returns the next segment, inflated; nil after the last, or once the reader is closed.
func (b *bzip2Reader) nextSegment() *inflating {
	if i := b.held; i != nil {
		b.held = nil
		return i
	}
	select {
	case i := <-b.segments:
		if i != nil {
			<-i.done
		}
		return i
	case <-b.stop:
		return nil
	}
}

// endReason returns why there are no more segments.
func (b *bzip2Reader) endReason() error {
	select {
	case <-b.stop:
		return os.ErrClosed
	default:
		return b.scanErr
	}
}

// advance makes the next segment's text available for reading.
func (b *bzip2Reader) advance() error {
	s := b.nextSegment()
	if gap := b.gap; gap != nil && s != nil { // without another segment endReason says why
		b.gap, b.held = nil, s
		return gap
	}
	if s == nil {
		return b.endReason()
	}
	if s.end {
		return b.endStream(&s.segment)
	}
	if s.err != nil {
		// The bits of a magic number occur inside a block by chance, once in some hundred thousand large files.
		next := b.nextSegment()
		if next == nil {
			return b.endReason()
		}
		whole := &inflating{segment: *s.followedBy(&next.segment)}
		if whole.inflate(); whole.err != nil {
			b.held = next
			return &Gap{Offset: s.at, Err: s.err}
		}
		s = whole
	}
	if s.used < s.bits {
		b.gap = &Gap{Offset: s.at + int64(s.shift+s.used)/8, Err: errNoBlock}
	}
	b.checkSum = bits.RotateLeft32(b.checkSum, 1) ^ s.checkSum()
	b.text, b.rest = s.out, s.out
	return nil
}

// endStream compares the stream's check sum, which reveals missing and reordered blocks, and checks that only another
// stream follows.
func (b *bzip2Reader) endStream(s *segment) error {
	const length = magicBits + sumBits
	if s.bits < length {
		return fmt.Errorf("bzip2 stream breaks at compressed offset %d: %w", s.at+int64(len(s.bytes)), io.ErrUnexpectedEOF)
	}
	if want := s.checkSum(); want != b.checkSum && !b.gaps {
		return fmt.Errorf("bzip2 stream that ends at compressed offset %d misses blocks: its check sum is %08x, not %08x",
			s.at, b.checkSum, want)
	}
	b.checkSum, b.gaps = 0, false
	used := (s.shift + length + 7) / 8
	after := s.bytes[used:]
	if len(after) == 0 || len(after) == 4 && isBzip2(after) {
		return nil
	}
	return fmt.Errorf("bzip2 stream ends at compressed offset %d: what follows is not bzip2", s.at+int64(used))
}

func isBzip2(head []byte) bool {
	return len(head) >= 4 && string(head[:3]) == "BZh" && head[3] >= '1' && head[3] <= '9'
}

// Close stops the goroutines and waits for them.
func (b *bzip2Reader) Close() error {
	select {
	case <-b.stop:
	default:
		close(b.stop)
	}
	<-b.done
	return nil
}
