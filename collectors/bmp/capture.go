package bmp

import (
	"bufio"
	"cmp"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
)

const (
	maxFlows = 1 << 14
	maxNamed = 5 // kinds of packets that are neither BMP nor BGP
)

// IsCapture reports whether content that starts so is a packet capture (pcap or pcapng).
func IsCapture(start []byte) bool {
	if len(start) >= blockFrame && string(start[:4]) == sectionMagic {
		return true
	}
	if len(start) < pcapHeader {
		return false
	}
	_, is := byteOrders[string(start[:4])]
	return is
}

// ErrNoSession says that a packet capture has no session of BMP or BGP.
var ErrNoSession = errors.New("this is a packet capture without BMP or BGP, and not MRT")

// A Note says what of a packet capture is not read, being neither BMP nor BGP. It is passed to report, and nothing is wrong.
type Note string

func (n Note) Error() string { return string(n) }

// NewCaptureReader returns the BMP and BGP messages in a packet capture as MRT, in the order of the packets. Errors name it file; what
// cannot be translated is passed to report.
func NewCaptureReader(in io.Reader, file string, report func(error)) (io.Reader, error) {
	c := &capture{file: file, report: report, flows: map[flow]*stream{}, others: map[string]int{}}
	buffered := bufio.NewReader(in)
	if start, err := buffered.Peek(4); err == nil && string(start) == sectionMagic {
		c.packets = &pcapng{in: buffered}
		return c, nil
	}
	var err error
	if c.packets, err = newPcap(buffered); err != nil {
		return nil, err
	}
	return c, nil
}

type capture struct {
	packets
	file    string
	report  func(error)
	flows   map[flow]*stream
	opened  []*stream // in the order of their first packets
	number  int       // of the packet
	untimed int       // packets of messages that have no time
	others  map[string]int
	out     []byte
	err     error
}

func (c *capture) Read(p []byte) (int, error) {
	for len(c.out) == 0 && c.err == nil {
		c.out = c.out[:0]
		if c.err = c.packet(); c.err == io.EOF {
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

// packet reads a packet.
func (c *capture) packet() error {
	p, err := c.next()
	switch {
	case err == io.ErrUnexpectedEOF:
		c.report(fmt.Errorf("%s: the capture ends inside packet %d", c.file, c.number+1))
		return io.EOF
	case err == io.EOF:
		return err
	case err != nil:
		return fmt.Errorf("packet %d: %w", c.number+1, err)
	}
	c.number++
	if p.unreadable != nil {
		c.report(fmt.Errorf("%s: packet %d: %w", c.file, c.number, p.unreadable))
		return nil
	}
	s, other := segmentOf(p.data, p.link)
	if other != "" {
		c.others[other]++
		return nil
	}
	to := c.flows[s.flow]
	switch {
	case len(s.payload) == 0 && !s.syn && (!s.end || to == nil):
		return nil
	case to == nil && len(c.flows) == maxFlows:
		return fmt.Errorf("packet %d: more than %d connections; what follows is not read", c.number, maxFlows)
	case to == nil:
		to = c.open(s.flow)
	}
	to.captured.seconds, to.captured.micros = p.seconds, p.micros
	if len(s.payload) > 0 {
		to.packets++
	}
	to.segment(&s)
	if p.seconds == 0 && len(to.out) > 0 {
		c.untimed++
	}
	c.collect(to)
	if to.reverse != nil {
		c.collect(to.reverse)
	}
	return nil
}

// open returns a new stream, which knows that of the other direction.
func (c *capture) open(f flow) *stream {
	s := &stream{flow: f, translator: newTranslator(), waiting: map[uint32][]byte{}, reverse: c.flows[flow{f.to, f.from}]}
	if s.reverse != nil {
		s.reverse.reverse = s
	}
	c.flows[f] = s
	c.opened = append(c.opened, s)
	return s
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

// end reads what waits for packets that are not in the capture, and says what was not read or assumed.
func (c *capture) end() error {
	found := false
	for _, s := range c.opened {
		for len(s.waiting) > 0 {
			s.skip()
		}
		if s.found && len(s.unread) > 0 {
			s.wrong = append(s.wrong, fmt.Errorf("the file ends inside a %s message", s.protocol.name))
		}
		c.collect(s)
		if left := s.leftOut(c.file); left != nil {
			c.report(left)
		}
		if assumed := s.speaker.assumption(s); assumed != nil {
			c.report(fmt.Errorf("%s: %w", c.file, assumed))
		}
		if found = found || s.found; !s.found && s.packets > 0 {
			c.others[fmt.Sprintf("TCP port %d", min(s.flow.from.Port(), s.flow.to.Port()))] += s.packets
		}
	}
	if c.untimed > 0 {
		c.report(fmt.Errorf("%s: %d packets have no time that MRT can say; their messages have the time 0", c.file, c.untimed))
	}
	switch named := c.named(); {
	case !found && named != "":
		return fmt.Errorf("%w: it has %s", ErrNoSession, named)
	case !found:
		return ErrNoSession
	case named != "":
		c.report(Note(fmt.Sprintf("%s: not read, being neither BMP nor BGP: %s", c.file, named)))
	}
	return io.EOF
}

// named says what packets were neither BMP nor BGP, the most frequent ones first.
func (c *capture) named() string {
	kinds := slices.SortedFunc(maps.Keys(c.others), func(a, b string) int {
		return cmp.Or(cmp.Compare(c.others[b], c.others[a]), cmp.Compare(a, b))
	})
	var parts []string
	rest := 0
	for i, kind := range kinds {
		if i < maxNamed {
			parts = append(parts, fmt.Sprintf("%d × %s", c.others[kind], kind))
		} else {
			rest += c.others[kind]
		}
	}
	if rest > 0 {
		parts = append(parts, fmt.Sprintf("%d × other packets", rest))
	}
	return strings.Join(parts, ", ")
}
