package bmp

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// byteOrders are those of pcap files, by their magic numbers; those of the second pair have nanoseconds.
var byteOrders = map[string]struct {
	order   binary.ByteOrder
	perTick uint32 // nanoseconds
}{
	"\xa1\xb2\xc3\xd4": {binary.BigEndian, 1000}, "\xd4\xc3\xb2\xa1": {binary.LittleEndian, 1000},
	"\xa1\xb2\x3c\x4d": {binary.BigEndian, 1}, "\x4d\x3c\xb2\xa1": {binary.LittleEndian, 1},
}

const (
	captureHeader = 24
	packetHeader  = 16
	maxPacket     = 1 << 18 // what libpcap captures of a packet, in bytes
	maxFlows      = 1 << 14
)

// IsCapture reports whether content that starts so is a packet capture (pcap).
func IsCapture(start []byte) bool {
	if len(start) < captureHeader {
		return false
	}
	_, is := byteOrders[string(start[:4])]
	return is
}

// ErrNoBMP says that a packet capture has no session of BMP.
var ErrNoBMP = errors.New("this is a packet capture without BMP, and not MRT")

// NewCaptureReader returns the BMP messages in a packet capture as MRT, in the order of the packets. Errors name it file; what
// cannot be translated is passed to report.
func NewCaptureReader(in io.Reader, file string, report func(error)) (io.Reader, error) {
	c := &capture{in: bufio.NewReader(in), file: file, report: report, flows: map[flow]*stream{}}
	var head [captureHeader]byte
	if _, err := io.ReadFull(c.in, head[:]); err != nil {
		return nil, err
	}
	kind := byteOrders[string(head[:4])]
	c.order, c.perTick, c.link = kind.order, kind.perTick, kind.order.Uint32(head[20:])&0xffff
	if _, known := linkHeaders[c.link]; !known {
		return nil, fmt.Errorf("packet capture of link type %d, which is not read (want Ethernet, raw IP or Linux cooked)", c.link)
	}
	return c, nil
}

type capture struct {
	in      *bufio.Reader
	file    string
	report  func(error)
	order   binary.ByteOrder
	perTick uint32 // nanoseconds
	link    uint32
	flows   map[flow]*stream
	opened  []*stream // in the order of their first packets
	number  int       // of the packet
	out     []byte
	err     error
}

func (c *capture) Read(p []byte) (int, error) {
	for len(c.out) == 0 && c.err == nil {
		c.out = c.out[:0]
		if c.err = c.next(); c.err == io.EOF {
			c.err = c.end()
		}
	}
	if len(c.out) == 0 {
		return 0, c.err
	}
	n := copy(p, c.out)
	c.out = c.out[n:]
	return n, nil
}

// next reads a packet.
func (c *capture) next() error {
	var head [packetHeader]byte
	switch _, err := io.ReadFull(c.in, head[:]); {
	case err == io.EOF:
		return io.EOF
	case err != nil:
		return c.cut()
	}
	n := c.order.Uint32(head[8:])
	if n > maxPacket {
		return fmt.Errorf("packet %d claims %d octets; what follows is not read", c.number+1, n)
	}
	packet := make([]byte, n)
	if _, err := io.ReadFull(c.in, packet); err != nil {
		return c.cut()
	}
	c.number++
	s, ok := segmentOf(packet, c.link)
	if !ok || len(s.payload) == 0 && !s.syn {
		return nil
	}
	to := c.flows[s.flow]
	if to == nil {
		if len(c.flows) == maxFlows {
			return fmt.Errorf("packet %d: more than %d connections; what follows is not read", c.number, maxFlows)
		}
		to = &stream{translator: newTranslator(), waiting: map[uint32][]byte{}}
		c.flows[s.flow] = to
		c.opened = append(c.opened, to)
	}
	to.captured.seconds, to.captured.micros = c.order.Uint32(head[:]), c.order.Uint32(head[4:])*c.perTick/1000
	to.segment(&s)
	c.collect(to)
	return nil
}

// cut ends a capture that was cut off.
func (c *capture) cut() error {
	c.report(fmt.Errorf("%s: the capture ends inside packet %d", c.file, c.number+1))
	return io.EOF
}

// collect takes over what a stream has translated, and reports what was wrong.
func (c *capture) collect(s *stream) {
	c.out = append(c.out, s.out...)
	s.out = s.out[:0]
	for _, err := range s.wrong {
		c.report(fmt.Errorf("%s: packet %d: %w", c.file, c.number, err))
	}
	s.wrong = s.wrong[:0]
}

// end reads what waits for packets that are not in the capture.
func (c *capture) end() error {
	found := false
	for _, s := range c.opened {
		for len(s.waiting) > 0 {
			s.skip()
		}
		if found = found || s.isBMP; s.isBMP && len(s.unread) > 0 {
			s.wrong = append(s.wrong, errCut)
		}
		c.collect(s)
		if left := s.leftOut(c.file); left != nil {
			c.report(left)
		}
	}
	if !found {
		return ErrNoBMP
	}
	return io.EOF
}
