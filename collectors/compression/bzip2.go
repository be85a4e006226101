package compression

import (
	"bytes"
	"compress/bzip2"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"io"
	"math/bits"
	"os"
	"runtime"
)

// A bzip2 stream is a chain of blocks of up to 900 kB, each opened by a 48-bit number that may start at any bit, and
// each with its own check sum. So blocks are inflated side by side, and a damaged block gives none of its bytes: what
// is delivered has been checked.
const (
	blockMagic = 0x314159265359
	endMagic   = 0x177245385090
	magicBits  = 48
	magicMask  = 1<<magicBits - 1

	// maxSegment bounds what lies between two such numbers: 900,000 symbols of the longest code, and tables.
	maxSegment = 4 << 20
)

// segment is a piece of the compressed stream from one magic number to the next, or to the end of the stream.
type segment struct {
	end   bool   // opened by endMagic
	at    int64  // compressed offset of bytes[0]
	bytes []byte // the first and the last may belong to the neighbours too
	shift uint   // bits of bytes[0] that do
	bits  uint   // length
}

// inflating is a segment on its way through inflate.
type inflating struct {
	segment
	out  []byte
	err  error
	done chan struct{}
}

type bzip2Reader struct {
	segments chan *inflating // in order
	stop     chan struct{}
	done     chan struct{}
	scanErr  error // why there are no more segments; read after segments was closed

	checkSum uint32 // over the blocks of the stream so far
	rest     []byte
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
		b.scanErr = split(r, func(s segment) bool {
			i := &inflating{segment: s, done: make(chan struct{})}
			go func() {
				defer close(i.done)
				if !i.end {
					i.out, i.err = i.inflate()
				}
			}()
			select {
			case b.segments <- i:
				return true
			case <-b.stop:
				return false
			}
		})
	}()
	return b
}

// split cuts the stream at the magic numbers. The error says why the last segment is the last: io.EOF where it is the end
// of a stream, or where found wants no more.
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
		for _, c := range chunk[:n] {
			window = window<<8 | uint64(c)
			held = append(held, c)
			if !mayEndMagic[byte(window>>8)] {
				continue
			}
			for low := range uint(8) {
				magic := window >> low & magicMask
				if magic != blockMagic && magic != endMagic {
					continue
				}
				// The magic starts magicBits+low bits before the end of held.
				back := int(magicBits+low+7) / 8
				shift := uint(back*8) - magicBits - low
				cut := len(held) - back
				if open != nil {
					open.bits = uint(cut*8) + shift - open.shift
					open.bytes = bytes.Clone(held[:cut+int(shift+7)/8])
					if !found(*open) {
						return io.EOF
					}
				}
				base += int64(cut)
				held = append(held[:0], held[cut:]...)
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

// mayEndMagic tells whether the last byte but one of eight bytes can be that of a magic number, at any of eight bits:
// it spares fifteen of sixteen bytes the full comparison.
var mayEndMagic = func() (may [256]bool) {
	for _, magic := range []uint64{blockMagic, endMagic} {
		for low := range uint(8) {
			may[byte(magic<<low>>8)] = true
		}
	}
	return may
}()

// aligned gives the first n bytes of the segment's bits, from the start of a byte on. Bits past the segment's length are
// unspecified.
func (s *segment) aligned(n int) []byte {
	out := make([]byte, n)
	for i := range out[:min(n, len(s.bytes))] {
		out[i] = s.bytes[i] << s.shift
		if i+1 < len(s.bytes) {
			out[i] |= s.bytes[i+1] >> (8 - s.shift)
		}
	}
	return out
}

// checkSum is the number that follows the magic: of the block, or of the whole stream at its end.
func (s *segment) checkSum() uint32 {
	return binary.BigEndian.Uint32(s.aligned(magicBits/8 + 4)[magicBits/8:])
}

// inflate makes the block a stream of its own and inflates that: all of it, checked, or an error.
func (s *segment) inflate() ([]byte, error) {
	if s.bits < magicBits+32 {
		return nil, io.ErrUnexpectedEOF
	}
	checkSum := s.checkSum()
	stream := append([]byte("BZh9"), s.aligned(int(s.bits/8+1))...) // a block smaller than 900 kB passes too
	// End magic and the check sum of the stream, which for one block is that of the block, at the bit where it ends.
	trailer := binary.BigEndian.AppendUint64(nil, endMagic<<16|uint64(checkSum>>16))
	trailer = binary.BigEndian.AppendUint16(trailer, uint16(checkSum))
	used := s.bits % 8
	last := &stream[len(stream)-1]
	*last &^= 0xff >> used
	for _, c := range trailer {
		stream[len(stream)-1] |= c >> used
		stream = append(stream, c<<(8-used))
	}
	if used == 0 { // an octet of nothing would be taken for the start of a second stream
		stream = stream[:len(stream)-1]
	}
	out := new(bytes.Buffer)
	// Where the file ends within the number that should follow, the block is whole nevertheless.
	if _, err := out.ReadFrom(bzip2.NewReader(bytes.NewReader(stream))); err != nil && checkSumOf(out.Bytes()) != checkSum {
		return nil, err
	}
	return out.Bytes(), nil
}

// checkSumOf is the CRC-32 of bzip2: that of everybody else with the bits of each byte in the other order.
func checkSumOf(b []byte) uint32 {
	reversed := make([]byte, len(b))
	for i, c := range b {
		reversed[i] = bits.Reverse8(c)
	}
	return bits.Reverse32(crc32.ChecksumIEEE(reversed))
}

// followedBy is the segment with the next one appended.
func (s *segment) followedBy(next *segment) *segment {
	whole := *s
	whole.bytes = append(bytes.Clone(s.bytes[:(s.shift+s.bits)/8]), next.bytes...)
	whole.bits += next.bits
	return &whole
}

func (b *bzip2Reader) Read(p []byte) (int, error) {
	for len(b.rest) == 0 && b.err == nil {
		b.rest, b.err = b.advance()
	}
	if len(b.rest) == 0 {
		return 0, b.err
	}
	n := copy(p, b.rest)
	b.rest = b.rest[n:]
	return n, nil
}

// take gives the next segment, inflated; nil after the last.
func (b *bzip2Reader) take() *inflating {
	var i *inflating
	select {
	case i = <-b.segments:
	case <-b.stop:
		b.err = os.ErrClosed
	}
	if i != nil {
		<-i.done
	}
	return i
}

// advance gives the bytes of the next segment.
func (b *bzip2Reader) advance() ([]byte, error) {
	s := b.take()
	if s == nil {
		if b.err != nil {
			return nil, b.err
		}
		return nil, b.scanErr
	}
	if s.end {
		return nil, b.endStream(&s.segment)
	}
	if s.err != nil {
		// The bits of a magic number may turn up inside a block, once in some hundred thousand large files.
		next := b.take()
		if next == nil {
			return nil, b.scanErr
		}
		whole := s.followedBy(&next.segment)
		out, err := whole.inflate()
		if err != nil {
			return nil, fmt.Errorf("bzip2 stream breaks in the block at compressed offset %d: %w", s.at, s.err)
		}
		s = &inflating{segment: *whole, out: out}
	}
	b.checkSum = bits.RotateLeft32(b.checkSum, 1) ^ s.checkSum()
	return s.out, nil
}

// endStream checks the stream's check sum, which finds blocks that are missing or out of order, and that nothing but
// another stream follows.
func (b *bzip2Reader) endStream(s *segment) error {
	const length = magicBits + 32
	if s.bits < length {
		return fmt.Errorf("bzip2 stream breaks at compressed offset %d: %w", s.at+int64(len(s.bytes)), io.ErrUnexpectedEOF)
	}
	if want := s.checkSum(); want != b.checkSum {
		return fmt.Errorf("bzip2 stream that ends at compressed offset %d misses blocks: its check sum is %08x, not %08x",
			s.at, b.checkSum, want)
	}
	b.checkSum = 0
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

// Close ends the goroutines and waits for them.
func (b *bzip2Reader) Close() error {
	select {
	case <-b.stop:
	default:
		close(b.stop)
	}
	<-b.done
	return nil
}
