package bmp

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
)

// packet is what a capture has of one packet.
type packet struct {
	link            uint32
	seconds, micros uint32 // 0: unknown
	data            []byte
	unreadable      error // why there are no data
}

// packets are those of a capture file, in its order. At the end of the file next returns io.EOF, and io.ErrUnexpectedEOF where it was
// cut.
type packets interface{ next() (packet, error) }

// byteOrders are those of pcap files, by their magic numbers; those of the second pair have nanoseconds.
var byteOrders = map[string]struct {
	order   binary.ByteOrder
	perTick uint32 // nanoseconds
}{
	"\xa1\xb2\xc3\xd4": {binary.BigEndian, 1000}, "\xd4\xc3\xb2\xa1": {binary.LittleEndian, 1000},
	"\xa1\xb2\x3c\x4d": {binary.BigEndian, 1}, "\x4d\x3c\xb2\xa1": {binary.LittleEndian, 1},
}

const (
	pcapHeader   = 24
	packetHeader = 16
	maxPacket    = 1 << 18 // what libpcap captures of a packet, in bytes
)

// pcap reads a file of libpcap's first format.
type pcap struct {
	in      *bufio.Reader
	order   binary.ByteOrder
	perTick uint32 // nanoseconds
	link    uint32
}

func newPcap(in *bufio.Reader) (*pcap, error) {
	var head [pcapHeader]byte
	if _, err := io.ReadFull(in, head[:]); err != nil {
		return nil, err
	}
	kind := byteOrders[string(head[:4])]
	p := &pcap{in, kind.order, kind.perTick, kind.order.Uint32(head[20:]) & 0xffff}
	if _, known := linkHeaders[p.link]; !known {
		return nil, fmt.Errorf("packet capture of link type %d, which is not read (want Ethernet, raw IP or Linux cooked)", p.link)
	}
	return p, nil
}

func (p *pcap) next() (packet, error) {
	var head [packetHeader]byte
	if _, err := io.ReadFull(p.in, head[:]); err != nil {
		return packet{}, err
	}
	n := p.order.Uint32(head[8:])
	if n > maxPacket {
		return packet{}, errTooLarge(n)
	}
	data, err := octets(p.in, n)
	return packet{link: p.link, seconds: p.order.Uint32(head[:]), micros: p.order.Uint32(head[4:]) * p.perTick / 1000, data: data}, err
}

func errTooLarge(n uint32) error {
	return fmt.Errorf("%d octets are claimed (at most %d are read); what follows is not read", n, maxPacket)
}

// octets reads n octets, which the file must have.
func octets(in io.Reader, n uint32) ([]byte, error) {
	b := make([]byte, n)
	_, err := io.ReadFull(in, b)
	if err == io.EOF {
		err = io.ErrUnexpectedEOF
	}
	return b, err
}
