package bzip2

// recent is a list of bytes, most recently used first. Most lookups hit the first eight, which are packed into one word.
type recent struct {
	front uint64
	rest  [256]byte
}

func newRecent(b []byte) (r recent) {
	copy(r.rest[:], b)
	for i := range 8 {
		r.front |= uint64(r.rest[i]) << (8 * i)
	}
	copy(r.rest[:], r.rest[8:])
	return r
}

func (r *recent) first() byte { return byte(r.front) }

// toFront moves the byte at position i to the front and returns it.
func (r *recent) toFront(i uint) byte {
	if i < 8 {
		c := r.front >> (8 * i) & 0xff
		moved := uint64(1)<<(8*i)<<8 - 1 // all of it for 7
		r.front = r.front&^moved | (r.front<<8|c)&moved
		return byte(c)
	}
	i = (i - 8) & 0xff // a no-op that saves bounds checks
	c := r.rest[i]
	copy(r.rest[1:], r.rest[:i])
	r.rest[0] = byte(r.front >> 56)
	r.front = r.front<<8 | uint64(c)
	return c
}
