package compression

import (
	"fmt"
	"io"
)

// Limit bounds the size to which a compressed stream may inflate.
type Limit struct {
	Free  int64 // bytes to which every stream may inflate
	Ratio int64 // beyond that: inflated bytes per compressed byte
	Max   int64 // bytes in all
	Tar   int64 // the same of a tar; 0: as Max
}

// DefaultLimit returns the limit of NewReader. Of real files the RFC index in XML inflates the most, to 20 times its size;
// a full table inflates to 2 GB.
func DefaultLimit() Limit { return Limit{Free: 64 << 20, Ratio: 200, Max: 200 << 30} }

// Bomb is the error of a stream that inflates beyond its limit.
type Bomb struct {
	Compressed, Inflated int64 // bytes read until then
	Limit                Limit
}

func (b *Bomb) Error() string {
	if most := max(b.Limit.Max, b.Limit.Tar); b.Inflated > most {
		return fmt.Sprintf("compressed stream inflates to more than %d bytes and is not read on at compressed offset %d; inflate it yourself if you trust it", most, b.Compressed)
	}
	return fmt.Sprintf("compressed stream is a decompression bomb: the first %d bytes inflate to %d, more than %d times as many; inflate it yourself if you trust it",
		b.Compressed, b.Inflated, b.Limit.Ratio)
}

// bounded reads inflated bytes up to the limit.
type bounded struct {
	r     io.Reader
	in    *counter
	out   int64
	limit Limit
	err   error
}

func (b *bounded) Read(p []byte) (int, error) {
	if b.err != nil {
		return 0, b.err
	}
	n, err := b.r.Read(p)
	b.out += int64(n)
	if in := b.in.n.Load(); b.out > max(b.limit.Max, b.limit.Tar) || b.out > b.limit.Free && b.out/b.limit.Ratio >= in {
		b.err = &Bomb{Compressed: in, Inflated: b.out, Limit: b.limit}
		return n, b.err
	}
	return n, err
}
