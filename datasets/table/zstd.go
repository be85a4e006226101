package table

import (
	"sync"

	"github.com/apache/arrow/go/v17/parquet/compress"
	"github.com/klauspost/compress/zstd"
)

// zstdCodec compresses Parquet pages. Arrow's own makes a new encoder, of some megabytes, for every page; this one keeps
// its encoders. Arrow's own inflates a page as far as it goes, this one no further than its header says.
type zstdCodec struct{ compress.Codec }

var encoders = sync.Pool{New: func() any {
	e, err := zstd.NewWriter(nil, zstd.WithZeroFrames(true), zstd.WithEncoderLevel(zstd.SpeedDefault), zstd.WithEncoderConcurrency(1), zstd.WithWindowSize(1<<20))
	if err != nil {
		panic(err) // the options are fixed
	}
	return e
}}

var decoder = sync.OnceValue(func() *zstd.Decoder {
	d, err := zstd.NewReader(nil, zstd.WithDecodeAllCapLimit(true))
	if err != nil {
		panic(err) // the options are fixed
	}
	return d
})

// Decode panics on a damaged page, as Arrow expects.
func (zstdCodec) Decode(dst, src []byte) []byte {
	page, err := decoder().DecodeAll(src, dst[:0:len(dst)])
	if err != nil {
		panic(err)
	}
	return page
}

// EncodeLevel is called with the writer's level, which is zstd's default.
func (zstdCodec) EncodeLevel(dst, src []byte, _ int) []byte {
	e := encoders.Get().(*zstd.Encoder)
	defer encoders.Put(e)
	return e.EncodeAll(src, dst[:0])
}

func (c zstdCodec) Encode(dst, src []byte) []byte { return c.EncodeLevel(dst, src, 0) }

func init() {
	arrows, err := compress.GetCodec(compress.Codecs.Zstd)
	if err != nil {
		panic(err) // Arrow is built with it
	}
	compress.RegisterCodec(compress.Codecs.Zstd, zstdCodec{arrows})
}
