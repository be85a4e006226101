package mrt

import "errors"

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
//
// Bodies are copied, so that the cost of a batch does not depend on how much the reader has buffered behind it.
func (r *Reader) ReadBatch(b *Batch) error {
	b.Records, b.Damage, b.buf = b.Records[:0], nil, b.buf[:0]
	if b.buf == nil {
		b.buf = make([]byte, 0, batchSize)
	}
	for from := r.offset; r.offset-from < batchSize; {
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
		at := len(b.buf)
		b.buf = append(b.buf, rec.Body...) // if it moves, earlier records keep the old bytes
		b.Records = append(b.Records, *rec)
		b.Records[len(b.Records)-1].Body = b.buf[at:]
	}
	return nil
}

// Offset returns how many bytes of the decompressed stream have been consumed.
func (r *Reader) Offset() int64 { return r.offset }
