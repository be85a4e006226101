package dump

import (
	"bytes"
	"encoding/binary"
	"math/rand/v2"
	"net/netip"
	"testing"
	"time"

	"tidemark/collectors/bgp"
	"tidemark/collectors/mrt"
)

// TestCompact: a table that is compacted at random moments is the one that never is, and does not grow with what is gone.
func TestCompact(t *testing.T) {
	at := time.Unix(1767340800, 0)
	whole, compacted := NewSnapshot(at, new(Filter)), NewSnapshot(at, new(Filter))
	random := rand.New(rand.NewPCG(1, 2))
	update := func(record []byte) {
		t.Helper()
		rec, err := mrt.ParseRecord(record)
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range []*Snapshot{whole, compacted} {
			if err := s.Update(&rec); err != nil {
				t.Fatal(err)
			}
		}
	}
	for i := range 20000 {
		h := mrt.Header{Seconds: uint32(i), Peer: mrt.Peer{Address: netip.AddrFrom4([4]byte{192, 0, 2, byte(random.IntN(3))}), ASN: 64501}}
		prefix := []byte{24, 10, 0, byte(random.IntN(40))}
		switch random.IntN(100) {
		case 0:
			update(h.AppendState(nil, 6, 1))
		case 1, 2, 3, 4, 5, 6, 7, 8, 9, 10:
			body := append([]byte{0, 4}, prefix...)
			update(h.AppendMessage(nil, bgp.AppendMessage(nil, bgp.MessageUpdate, append(body, 0, 0))))
		default:
			attributes := append([]byte{0x40, 1, 1, 0, 0x40, 2, 6, 2, 1}, binary.BigEndian.AppendUint32(nil, uint32(i+1))...)
			attributes = append(attributes, 0x40, 3, 4, 192, 0, 2, 1)
			body := append([]byte{0, 0, 0, byte(len(attributes))}, attributes...)
			update(h.AppendMessage(nil, bgp.AppendMessage(nil, bgp.MessageUpdate, append(body, prefix...))))
		}
		if random.IntN(200) == 0 {
			sizes := compacted.Compact()
			sum := 0
			for _, n := range sizes {
				sum += n
			}
			if sum != compacted.Size() || compacted.Size() > 3*40*(routeSize+octetsSize+64) {
				t.Fatalf("after %d updates the table takes %d bytes, its peers %d", i, compacted.Size(), sum)
			}
		}
	}
	var a, b bytes.Buffer
	whole.WriteTo(&a)
	compacted.WriteTo(&b)
	if !bytes.Equal(a.Bytes(), b.Bytes()) || a.Len() < 1000 {
		t.Errorf("the tables differ: %d and %d bytes", a.Len(), b.Len())
	}
}
