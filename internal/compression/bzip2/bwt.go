package bzip2

// The inverse Burrows-Wheeler transform recovers the text backwards. The last byte of a rotation precedes its first, so
// the rotation that begins with that byte ends with the byte before it. Equal bytes have the same order in the first
// column as in the last, so the number of equal bytes above gives the row of that rotation, and the rows can be used in
// the order in which they are decoded.
//
// Each step waits for a load that depends on the previous one and often misses the caches. But every row is somewhere in
// the text: so several walkers start at rows spread over it, each walks to the next start, and the pieces that they find
// are joined in the end. The loads of different walkers overlap.
const (
	walkers   = 8
	maxPieces = 512

	// stop marks a row as the last of a piece; the number above its byte is that of the next piece. It puts the next row
	// of a walker out of range.
	stop     = 1 << 31
	stopNext = stop >> 8

	// maxFound is the size of a walker's buffer, twice its share of the text.
	maxFound = 2 * maxBlock / walkers
)

// transformed is the output of the Burrows-Wheeler transform: the sorted rotations of a block.
type transformed struct {
	// rows is the last column: the byte in the low eight bits, the number of equal bytes in earlier rows above it.
	rows [maxBlock]uint32
	n    int // number of rows
	// first holds for each byte the first row that begins with it.
	first  [256]uint32
	origin uint32 // row of the text itself

	pieces [1 + maxPieces]piece // the first is the end of the text
	found  [walkers][maxFound]byte
	text   [maxBlock]byte
}

// piece is a part of the text.
type piece struct {
	start uint32 // row
	found []byte
	next  int // the piece that precedes it in the text
}

// finish completes t after all n rows are known; next holds for each byte the value of a further row with it.
func (t *transformed) finish(n int, next *[256]uint32) error {
	if int(t.origin) >= n {
		return Error("the row of its text is out of range")
	}
	t.n = n
	sum := uint32(0)
	for b := range next {
		t.first[b] = sum
		sum += next[b] >> 8
	}
	return nil
}

// next returns the row that begins with the last byte of another.
func (t *transformed) next(at uint32) uint32 {
	row := t.rows[at]
	return t.first[byte(row)] + row>>8
}

// restore returns the text.
func (t *transformed) restore() []byte {
	text := t.text[:t.n]
	pieces := t.cut()
	if !t.findAll(pieces) {
		t.restoreInOrder(text)
		return text
	}
	for i := 0; ; i = pieces[i].next {
		found := pieces[i].found
		end := len(text)
		if end <= len(found) {
			copy(text, found[len(found)-end:])
			break
		}
		text = text[:end-copy(text[end-len(found):], found)]
	}
	return t.text[:t.n]
}

// cut chooses where pieces start and marks the rows at which they stop.
func (t *transformed) cut() []piece {
	pieces := append(t.pieces[:0], piece{start: t.origin})
	for at := 0; at < t.n; at += t.n/maxPieces + 1 {
		pieces = append(pieces, piece{start: t.next(uint32(at))})
		t.rows[at] = stop | uint32(len(pieces)-1)<<8 | t.rows[at]&0xff
	}
	return pieces
}

// findAll finds the text of the pieces. It reports false if a buffer is too small, because one piece is most of the text
// or has no end.
func (t *transformed) findAll(pieces []piece) bool {
	var (
		begun, busy int
		at          [walkers]uint32
		on          [walkers]*piece
		from        [walkers]int
		left        = maxFound
	)
	for {
		var someone uint32
		for w := range walkers {
			if p := on[w]; p != nil && at[w] >= stopNext {
				p.found = t.found[w][left:from[w]]
				p.next = int(at[w] - stopNext - t.first[p.found[0]])
				on[w] = nil
				busy--
			}
			if on[w] == nil && begun < len(pieces) {
				on[w], at[w], from[w] = &pieces[begun], pieces[begun].start, left
				begun++
				busy++
			}
			if on[w] != nil {
				someone = at[w]
			}
		}
		if busy == 0 {
			return true
		}
		// A walker without a piece follows another one, which is free: both load the same rows.
		for w := range walkers {
			if on[w] == nil {
				at[w] = someone
			}
		}
		if left = t.walk(&at, left); left == 0 {
			return false
		}
	}
}

// walk advances all walkers until one reaches the end of its piece. It returns how much of the buffers is left.
func (t *transformed) walk(at *[walkers]uint32, left int) int {
	a, b, c, d := at[0], at[1], at[2], at[3]
	e, f, g, h := at[4], at[5], at[6], at[7]
	i := uint(left - 1)
	for i < maxFound {
		if a >= maxBlock || b >= maxBlock || c >= maxBlock || d >= maxBlock ||
			e >= maxBlock || f >= maxBlock || g >= maxBlock || h >= maxBlock {
			break
		}
		row := t.rows[a]
		t.found[0][i], a = byte(row), t.first[byte(row)]+row>>8
		row = t.rows[b]
		t.found[1][i], b = byte(row), t.first[byte(row)]+row>>8
		row = t.rows[c]
		t.found[2][i], c = byte(row), t.first[byte(row)]+row>>8
		row = t.rows[d]
		t.found[3][i], d = byte(row), t.first[byte(row)]+row>>8
		row = t.rows[e]
		t.found[4][i], e = byte(row), t.first[byte(row)]+row>>8
		row = t.rows[f]
		t.found[5][i], f = byte(row), t.first[byte(row)]+row>>8
		row = t.rows[g]
		t.found[6][i], g = byte(row), t.first[byte(row)]+row>>8
		row = t.rows[h]
		t.found[7][i], h = byte(row), t.first[byte(row)]+row>>8
		i--
	}
	*at = [walkers]uint32{a, b, c, d, e, f, g, h}
	return int(i + 1)
}

// restoreInOrder recovers the text with a single walker, after cut.
func (t *transformed) restoreInOrder(text []byte) {
	at := t.origin
	for i := len(text) - 1; i >= 0; i-- {
		row := t.rows[at]
		text[i] = byte(row)
		if row < stop {
			at = t.first[byte(row)] + row>>8
		} else {
			at = t.pieces[row&^stop>>8].start
		}
	}
}
