package bmp

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"math/bits"
)

// Block types of pcapng (draft-ietf-opsawg-pcapng section 4).
const (
	sectionBlock   = 0x0a0d0d0a
	interfaceBlock = 1
	oldPacketBlock = 2 // obsolete (appendix A)
	simpleBlock    = 3
	enhancedBlock  = 6
)

const (
	sectionMagic  = "\x0a\x0d\x0d\x0a"
	orderMagic    = 0x1a2b3c4d
	blockFrame    = 12      // type, and the length before and after
	maxBlock      = 1 << 20 // of a block that is read whole, in bytes; the others are stepped over
	maxInterfaces = 1 << 12
)

// pcapng reads a file of libpcap's second format.
type pcapng struct {
	in         *bufio.Reader
	order      binary.ByteOrder
	interfaces []networkInterface // of the section
}

// networkInterface is what an Interface Description Block says.
type networkInterface struct {
	link   uint32
	limit  uint32 // octets that are captured of a packet; 0: all
	ticks  uint64 // in a second
	offset int64  // seconds to add
}

// next returns the next packet, and reads the blocks before it.
func (c *pcapng) next() (packet, error) {
	for {
		kind, body, err := c.block()
		if err != nil {
			return packet{}, err
		}
		switch kind {
		case interfaceBlock:
			if err := c.describe(body); err != nil {
				return packet{}, err
			}
		case enhancedBlock, oldPacketBlock:
			return c.enhanced(kind, body), nil
		case simpleBlock:
			return c.simple(body), nil
		}
	}
}

// block reads a block and returns its body if it is of a kind that matters. A Section Header Block begins anew.
func (c *pcapng) block() (kind uint32, body []byte, err error) {
	head, err := c.in.Peek(blockFrame)
	switch {
	case err == io.EOF && len(head) == 0:
		return 0, nil, io.EOF
	case err == io.EOF:
		return 0, nil, io.ErrUnexpectedEOF
	case err != nil:
		return 0, nil, err
	}
	if string(head[:4]) == sectionMagic {
		switch uint32(orderMagic) {
		case binary.BigEndian.Uint32(head[8:]):
			c.order = binary.BigEndian
		case binary.LittleEndian.Uint32(head[8:]):
			c.order = binary.LittleEndian
		default:
			return 0, nil, errors.New("a section of pcapng without its byte order; what follows is not read")
		}
		c.interfaces = nil
	}
	kind, size := c.order.Uint32(head), c.order.Uint32(head[4:])
	if size < blockFrame || size%4 != 0 {
		return 0, nil, fmt.Errorf("a block of pcapng that claims %d octets; what follows is not read", size)
	}
	switch kind {
	case interfaceBlock, enhancedBlock, oldPacketBlock, simpleBlock:
		if size > maxBlock {
			return 0, nil, errTooLarge(size)
		}
		c.in.Discard(8) // they were peeked at
		if body, err = octets(c.in, size-blockFrame); err != nil {
			return 0, nil, err
		}
	default:
		if _, err := io.CopyN(io.Discard, c.in, int64(size)-4); err != nil {
			return 0, nil, cutShort(err)
		}
	}
	last, err := octets(c.in, 4)
	if err == nil && c.order.Uint32(last) != size {
		err = fmt.Errorf("a block of pcapng that claims %d octets before and %d after it; what follows is not read", size, c.order.Uint32(last))
	}
	return kind, body, err
}

// cutShort returns err, or that of a file that was cut for the end of the file.
func cutShort(err error) error {
	if err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}

// describe reads an Interface Description Block.
func (c *pcapng) describe(b []byte) error {
	const fixed = 8
	if len(b) < fixed {
		return errors.New("an Interface Description Block without its fields; what follows is not read")
	}
	if len(c.interfaces) == maxInterfaces {
		return fmt.Errorf("more than %d interfaces; what follows is not read", maxInterfaces)
	}
	i := networkInterface{link: uint32(c.order.Uint16(b)), limit: c.order.Uint32(b[4:]), ticks: 1e6}
	for b = b[fixed:]; len(b) >= 4; {
		code, size := c.order.Uint16(b), int(c.order.Uint16(b[2:]))
		if len(b) < 4+size {
			break
		}
		value := b[4 : 4+size]
		b = b[min(len(b), 4+(size+3)/4*4):]
		const end, resolution, offset = 0, 9, 14
		switch {
		case code == resolution && size == 1:
			i.ticks = ticks(value[0])
		case code == offset && size == 8:
			i.offset = int64(c.order.Uint64(value))
		}
		if code == end {
			break
		}
	}
	c.interfaces = append(c.interfaces, i)
	return nil
}

// ticks returns how many units of if_tsresol a second has: a power of 10, or of 2 where the first bit is set. It is 0 for one that
// 64 bits cannot count.
func ticks(resolution uint8) uint64 {
	exponent := resolution & 0x7f
	if resolution&0x80 != 0 {
		return 1 << exponent // 0 from 64 on
	}
	if exponent > 19 {
		return 0
	}
	n := uint64(1)
	for range exponent {
		n *= 10
	}
	return n
}

// enhanced reads an Enhanced Packet Block, or an obsolete Packet Block, which differs in the size of the interface's number.
func (c *pcapng) enhanced(kind uint32, b []byte) packet {
	const fixed = 20
	if len(b) < fixed {
		return packet{unreadable: errors.New("the block lacks its fields")}
	}
	id, captured := c.order.Uint32(b), c.order.Uint32(b[12:])
	if kind == oldPacketBlock {
		id = uint32(c.order.Uint16(b))
	}
	switch {
	case uint64(id) >= uint64(len(c.interfaces)):
		return packet{unreadable: fmt.Errorf("it is of interface %d, which the section does not describe", id)}
	case captured > maxPacket, int(captured) > len(b)-fixed:
		return packet{unreadable: fmt.Errorf("%d octets are claimed in a block that has %d", captured, len(b)-fixed)}
	}
	from := &c.interfaces[id]
	p := packet{link: from.link, data: b[fixed : fixed+captured]}
	p.seconds, p.micros = from.time(uint64(c.order.Uint32(b[4:]))<<32 | uint64(c.order.Uint32(b[8:])))
	return p
}

// time returns a time that is given in the interface's units; zero if it is none that MRT has.
func (i *networkInterface) time(units uint64) (seconds, micros uint32) {
	if i.ticks == 0 {
		return 0, 0
	}
	whole := int64(min(units/i.ticks, math.MaxInt64))
	if sum := whole + i.offset; sum < 0 || sum > math.MaxUint32 || i.offset > math.MaxUint32 {
		return 0, 0
	}
	high, low := bits.Mul64(units%i.ticks, 1e6)
	part, _ := bits.Div64(high, low, i.ticks)
	return uint32(whole + i.offset), uint32(part)
}

// simple reads a Simple Packet Block: of the section's first interface, and without a time.
func (c *pcapng) simple(b []byte) packet {
	const fixed = 4
	if len(b) < fixed || len(c.interfaces) == 0 {
		return packet{unreadable: errors.New("the block lacks its field, or the section an interface")}
	}
	from := &c.interfaces[0]
	size := min(int(c.order.Uint32(b)), len(b)-fixed)
	if from.limit > 0 {
		size = min(size, int(from.limit))
	}
	return packet{link: from.link, data: b[fixed : fixed+size]}
}
