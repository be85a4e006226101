package gzip

import "io"

const (
	inSize   = 128 << 10 // of the source that is buffered: more than a field of a header
	wordSize = 8         // bytes that the bits in hand can come from
)

// input reads a source by bits, the lowest of each byte first, and by bytes.
type input struct {
	source io.Reader
	buf    []byte
	at     int    // of the next byte in buf
	end    int    // of what was read into buf
	bits   uint64 // in hand
	n      uint   // how many
	read   int64  // bytes read from the source
	err    error  // of the source, behind buf[:end]
}

func newInput(source io.Reader) input {
	return input{source: source, buf: make([]byte, inSize), at: wordSize, end: wordSize}
}

// offset returns how many bytes of the source are used up.
func (in *input) offset() int64 { return in.read - int64(in.end-in.at) - int64(in.n/8) }

// more reads more of the source, and reports whether there was any. The bytes before the next one stay, for giveBack.
func (in *input) more() bool {
	if in.err != nil {
		return false
	}
	in.end = copy(in.buf, in.buf[in.at-wordSize:in.end])
	in.at = wordSize
	const patience = 100
	for range patience {
		n, err := in.source.Read(in.buf[in.end:])
		in.end += n
		in.read += int64(n)
		in.err = err
		if n > 0 || err != nil {
			return n > 0
		}
	}
	in.err = io.ErrNoProgress
	return false
}

// buffered has n bytes in the buffer if the source has so many, and reports whether it has.
func (in *input) buffered(n int) bool {
	for in.end-in.at < n {
		if !in.more() {
			return false
		}
	}
	return true
}

// cut is the error of a source that ends where more is needed, or fails.
func (in *input) cut() error {
	if in.err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return in.err
}

// fill has n bits in hand, at most 56, if the source has so many.
func (in *input) fill(n uint) {
	for in.n < n && (in.at < in.end || in.more()) {
		in.bits |= uint64(in.buf[in.at]) << in.n
		in.at++
		in.n += 8
	}
}

// take returns the next n bits, at most 32.
func (in *input) take(n uint) (uint32, error) {
	if in.fill(n); in.n < n {
		return 0, in.cut()
	}
	v := uint32(in.bits & (1<<n - 1))
	in.bits >>= n
	in.n -= n
	return v, nil
}

// giveBack puts the whole bytes among the bits in hand back.
func (in *input) giveBack() {
	in.at -= int(in.n / 8)
	in.n %= 8
	in.bits &= 1<<in.n - 1
}

// align drops the bits up to the next byte.
func (in *input) align() {
	in.giveBack()
	in.bits, in.n = 0, 0
}

// some returns at least one and at most n of the next bytes, valid until the next call. The input is aligned.
func (in *input) some(n int) ([]byte, error) {
	if in.giveBack(); in.at == in.end && !in.more() {
		return nil, in.cut()
	}
	b := in.buf[in.at:min(in.end, in.at+n)]
	in.at += len(b)
	return b, nil
}
