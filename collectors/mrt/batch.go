package mrt

import (
	"encoding/binary"
	"errors"
)

// batchSize is how many bytes of records go to a worker at a time: enough to make the handover cheap, few enough to stay
// in a processor's cache.
const batchSize = 1 << 20

// Batch is a run of records with bytes of their own, for decoding in another goroutine.
type Batch struct {
	Records []Record
	Damage  *Damage // behind the records; nil if there is none
	buf     []byte
}

// ReadBatch fills b, whose memory it uses again, with the next records, up to about a megabyte or the next damage. It
// returns io.EOF after the last. Calls of ReadBatch and Next may be mixed.
func (r *Reader) ReadBatch(b *Batch) error {
	b.Records, b.Damage = b.Records[:0], nil
	for {
		if len(b.Records) > 0 && !r.ready() {
			break
		}
		rec, err := r.Next()
		if errors.As(err, &b.Damage) {
			break
		}
		if err != nil {
			if len(b.Records) > 0 {
				break // the next call returns it again
			}
			return err
		}
		b.Records = append(b.Records, *rec)
	}
	// The batch keeps the buffer that its records point into; the reader continues in the batch's old buffer.
	rest := r.buf[r.start:]
	free := b.buf
	if cap(free) < len(rest)+batchSize {
		free = make([]byte, 0, len(rest)+batchSize)
	}
	r.buf, b.buf, r.start = append(free[:0], rest...), r.buf, 0
	return nil
}

// ready reports whether Next can lend another record without reading, which would move the records already lent.
func (r *Reader) ready() bool {
	b := r.buf[r.start:]
	if len(b) < headerSize || !plausible(b, r.last) {
		return false
	}
	size := headerSize + int(binary.BigEndian.Uint32(b[8:]))
	return len(b) >= size+headerSize && plausible(b[size:], binary.BigEndian.Uint32(b))
}

// Offset returns how many bytes of the decompressed stream have been consumed.
func (r *Reader) Offset() int64 { return r.offset }
