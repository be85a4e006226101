package kafka

import (
	"encoding/binary"
	"net/netip"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

// Envelope returns a BMP message behind the header with which RouteViews publishes what one of its collectors reports.
func Envelope(collector string, at time.Time, message []byte) []byte {
	const head = 14
	b := append([]byte("OBMP\x01\x07"), make([]byte, 6)...)
	b = append(b, 0x80, 12) // of a router; BMP
	b = binary.BigEndian.AppendUint32(b, uint32(at.Unix()))
	b = binary.BigEndian.AppendUint32(b, uint32(at.Nanosecond()/1000))
	b = append(b, make([]byte, 16)...) // hash
	b = append(b, "\x00\x04bmp1"...)
	b = append(b, make([]byte, 16)...)                            // hash
	b = append(append(b, 198, 51, 100, 1), make([]byte, 12)...)   // address of the router
	b = binary.BigEndian.AppendUint16(b, uint16(len(collector)))  // which is its group
	b = binary.BigEndian.AppendUint32(append(b, collector...), 1) // rows
	binary.BigEndian.PutUint16(b[6:], uint16(len(b)))             // without the message
	binary.BigEndian.PutUint32(b[8:head-2], uint32(len(message))) // which follows
	return append(b, message...)
}

// Flags of the per-peer header (RFC 7854 section 4.2).
const (
	PostPolicy = 0x40
	TwoOctets  = 0x20
)

// Message returns a BMP message about a peer, with the time at which FRR's BMP has it: since the router's start.
func Message(kind byte, peer netip.Addr, asn uint32, flags byte, body []byte) []byte {
	address := make([]byte, 12, 16)
	if peer.Is6() {
		address, flags = address[:0], flags|0x80
	}
	b := append([]byte{3, 0, 0, 0, 0, kind, 0, flags}, make([]byte, 8)...)
	b = append(b, append(address, peer.AsSlice()...)...)
	b = binary.BigEndian.AppendUint32(b, asn)
	b = append(b, 10, 0, 0, 9)
	b = binary.BigEndian.AppendUint32(b, 48095069) // 1971
	b = append(binary.BigEndian.AppendUint32(b, 0), body...)
	binary.BigEndian.PutUint32(b[1:], uint32(len(b)))
	return b
}

// Write writes messages to a topic, in their order, and returns once the broker has them.
func (b *Broker) Write(t testing.TB, topic string, values ...[]byte) {
	t.Helper()
	client, err := kgo.NewClient(kgo.SeedBrokers(b.Address), kgo.AllowAutoTopicCreation())
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	var records []*kgo.Record
	for _, value := range values {
		records = append(records, &kgo.Record{Topic: topic, Value: value})
	}
	if err := client.ProduceSync(t.Context(), records...).FirstErr(); err != nil {
		t.Fatal(err)
	}
}
