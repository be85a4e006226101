package main

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/klauspost/compress/gzip"
)

// dumpTime is the time of every record of the RIB.
const dumpTime = 1_760_000_000

// generate writes rib.mrt and updates.mrt, raw and compressed.
func generate(dir, asn string, most, peers int) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	all, err := table(asn, most)
	if err != nil {
		return err
	}
	for name, write := range map[string]func(*bufio.Writer) (int, error){
		"rib.mrt":     func(w *bufio.Writer) (int, error) { return writeRIB(w, all, peersOf(peers)) },
		"updates.mrt": func(w *bufio.Writer) (int, error) { return writeUpdates(w, all, peersOf(peers)) },
	} {
		path := filepath.Join(dir, name)
		f, err := os.Create(path)
		if err != nil {
			return err
		}
		w := bufio.NewWriterSize(f, 4<<20)
		n, err := write(w)
		if err == nil {
			err = w.Flush()
		}
		if e := f.Close(); err == nil {
			err = e
		}
		if err != nil {
			return err
		}
		fmt.Printf("%s: %d elements\n", path, n)
		if err := compressed(path); err != nil {
			return err
		}
	}
	return nil
}

// compressed writes path.gz and, with bzip2 or a faster program like it, path.bz2.
func compressed(path string) error {
	in, err := os.Open(path)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.Create(path + ".gz")
	if err != nil {
		return err
	}
	defer out.Close()
	z, err := gzip.NewWriterLevel(out, 6)
	if err != nil {
		return err
	}
	if _, err := io.Copy(z, in); err != nil {
		return err
	}
	if err := z.Close(); err != nil {
		return err
	}
	for _, tool := range []string{"lbzip2", "pbzip2", "bzip2"} {
		if _, err := exec.LookPath(tool); err == nil {
			return exec.Command(tool, "-9kf", path).Run()
		}
	}
	return fmt.Errorf("bzip2 is not installed: %s.bz2 is missing", path)
}

// record writes an MRT header and the body.
func record(w *bufio.Writer, seconds uint32, kind, subtype uint16, body []byte) error {
	var head [12]byte
	binary.BigEndian.PutUint32(head[:], seconds)
	binary.BigEndian.PutUint16(head[4:], kind)
	binary.BigEndian.PutUint16(head[6:], subtype)
	binary.BigEndian.PutUint32(head[8:], uint32(len(body)))
	if _, err := w.Write(head[:]); err != nil {
		return err
	}
	_, err := w.Write(body)
	return err
}

func writeRIB(w *bufio.Writer, all []origin, peers []peer) (entries int, err error) {
	b := []byte{192, 0, 2, 250, 0, 0}
	b = binary.BigEndian.AppendUint16(b, uint16(len(peers)))
	for _, p := range peers {
		kind := byte(2)
		if p.address.Is6() {
			kind = 3
		}
		b = append(append(append(b, kind), p.id[:]...), p.address.AsSlice()...)
		b = binary.BigEndian.AppendUint32(b, p.asn)
	}
	if err := record(w, dumpTime, 13, 1, b); err != nil {
		return 0, err
	}
	var e encoder
	for i, o := range all {
		b = binary.BigEndian.AppendUint32(b[:0], uint32(i))
		b = appendPrefix(b, o.prefix)
		count := len(b)
		b = append(b, 0, 0)
		n := 0
		for j, p := range peers {
			if draw(uint64(i), uint64(j), 9)%100 == 0 {
				continue // no peer has every route
			}
			n++
			b = binary.BigEndian.AppendUint16(b, uint16(j))
			b = binary.BigEndian.AppendUint32(b, uint32(dumpTime-draw(uint64(i), uint64(j))%2_000_000))
			at := len(b)
			b = append(b, 0, 0)
			b = e.attributes(b, p, o, o.prefix.Addr().Is6(), nil)
			binary.BigEndian.PutUint16(b[at:], uint16(len(b)-at-2))
		}
		binary.BigEndian.PutUint16(b[count:], uint16(n))
		entries += n
		subtype := uint16(2)
		if o.prefix.Addr().Is6() {
			subtype = 4
		}
		if err := record(w, dumpTime, 13, subtype, b); err != nil {
			return entries, err
		}
	}
	return entries, nil
}

func appendPrefix(b []byte, p netip.Prefix) []byte {
	return append(append(b, byte(p.Bits())), p.Addr().AsSlice()[:(p.Bits()+7)/8]...)
}

// encoder appends path attributes.
type encoder struct{ path []uint32 }

func attribute(b []byte, flags, kind byte, value ...byte) []byte {
	if len(value) > 255 {
		b = append(b, flags|0x10, kind)
		b = binary.BigEndian.AppendUint16(b, uint16(len(value)))
	} else {
		b = append(b, flags, kind, byte(len(value)))
	}
	return append(b, value...)
}

// attributes appends those of a route. For IPv6 it adds MP_REACH_NLRI, abbreviated in a table (nlri is nil), complete
// in an UPDATE.
func (e *encoder) attributes(b []byte, p peer, o origin, six bool, nlri []byte) []byte {
	a := o.prefix.Addr().As16()
	of := binary.BigEndian.Uint64(a[:]) ^ binary.BigEndian.Uint64(a[8:])>>8
	variant := draw(uint64(o.asn), 7, draw(of, 1)%(1+draw(uint64(o.asn), 8)%5)) % 6
	who, peerOf := uint64(o.asn), uint64(p.asn)
	b = attribute(b, 0x40, 1, byte(draw(who, variant, 10)%20/18*2))

	e.path = path(e.path[:0], p, o.asn, variant)
	size := 2 + 4*len(e.path)
	set := draw(of, 11)%1000 == 0
	if set {
		size += 2 + 8
	}
	b = append(b, 0x40, 2, byte(size), 2, byte(len(e.path)))
	for _, asn := range e.path {
		b = binary.BigEndian.AppendUint32(b, asn)
	}
	if set {
		b = append(b, 1, 2)
		b = binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(b, o.asn), o.asn+1)
	}
	if !six {
		b = attribute(b, 0x40, 3, 192, 0, 2, p.id[3])
	}
	salt := draw(of, 2) % (1 + draw(who, 12)%4) // prefixes of an AS that have communities of their own
	if draw(peerOf, 13)%3 == 0 {
		b = attribute(b, 0x80, 4, 0, 0, byte(draw(who, peerOf, 14)%8), byte(draw(who, salt, 15)))
	}
	if draw(who, variant, 16)%20 == 0 {
		b = attribute(b, 0x40, 6)
		b = attribute(b, 0xc0, 7, byte(o.asn>>24), byte(o.asn>>16), byte(o.asn>>8), byte(o.asn), 203, 0, 113, byte(salt))
	}
	if n := draw(peerOf, 17, who%7) % 100; n < 78 {
		var v [48]byte
		count := 2 + int(draw(who, peerOf, 18)%11)
		for i := range count {
			of := e.path[min(i/3, len(e.path)-1)] & 0xffff
			if i == count-1 {
				of = uint32(salt)<<12 | of&0xfff
			}
			binary.BigEndian.PutUint16(v[4*i:], uint16(of))
			binary.BigEndian.PutUint16(v[4*i+2:], uint16(draw(uint64(of), uint64(i), who%11)%4000))
		}
		b = attribute(b, 0xc0, 8, v[:4*count]...)
	}
	if six {
		hop := p.address.As16()
		if nlri == nil {
			b = attribute(b, 0x80, 14, append([]byte{16}, hop[:]...)...)
		} else {
			v := append([]byte{0, 2, 1, 16}, hop[:]...)
			b = attribute(b, 0x80, 14, append(append(v, 0), nlri...)...)
		}
	}
	if draw(who, 19)%60 == 0 {
		b = attribute(b, 0xc0, 16, 0, 2, 0xfd, 0xe8, 0, 0, 0, byte(salt))
	}
	if draw(who, peerOf, 20)%7 == 0 {
		var v [24]byte
		for i, n := range []uint32{e.path[0], uint32(salt), 100, e.path[len(e.path)-1], 1, uint32(draw(who, 21) % 300)} {
			binary.BigEndian.PutUint32(v[4*i:], n)
		}
		b = attribute(b, 0xc0, 32, v[:12+12*(draw(who, 22)%2)]...)
	}
	if draw(peerOf, 23)%4 == 0 && draw(who, 24)%5 == 0 {
		b = attribute(b, 0xc0, 35, byte(p.asn>>24), byte(p.asn>>16), byte(p.asn>>8), byte(p.asn))
	}
	return b
}

// writeUpdates writes messages of all peers over fifteen minutes: announcements of one to six prefixes of an AS, a
// fifth of them withdrawals, and now and then a state change of a session.
func writeUpdates(w *bufio.Writer, all []origin, peers []peer) (elements int, err error) {
	var e encoder
	var b, nlri []byte
	messages := 5 * len(all)
	for i := range messages {
		p := peers[draw(uint64(i), 30)%uint64(len(peers))]
		seconds := uint32(dumpTime + i*int(15*time.Minute/time.Second)/messages)
		b = binary.BigEndian.AppendUint32(b[:0], p.asn)
		b = binary.BigEndian.AppendUint32(b, 65000)
		family := byte(1)
		if p.address.Is6() {
			family = 2
		}
		b = append(b, 0, 0, 0, family)
		b = append(append(b, p.address.AsSlice()...), p.address.AsSlice()...)
		if draw(uint64(i), 31)%50_000 == 0 {
			b = append(b, 0, 6, 0, 1)
			elements++
			if err := record(w, seconds, 16, 5, b); err != nil {
				return elements, err
			}
			continue
		}
		message := len(b)
		for range 16 {
			b = append(b, 0xff)
		}
		b = append(b, 0, 0, 2)
		from := int(draw(uint64(i), 32) % uint64(len(all)))
		nlri = nlri[:0]
		for n := range 1 + int(draw(uint64(i), 33)%6) {
			if from+n == len(all) || all[from+n].asn != all[from].asn || all[from+n].prefix.Addr().Is6() != all[from].prefix.Addr().Is6() {
				break
			}
			nlri = appendPrefix(nlri, all[from+n].prefix)
			elements++
		}
		six, withdraw := all[from].prefix.Addr().Is6(), draw(uint64(i), 34)%5 == 0
		switch {
		case withdraw && !six:
			b = binary.BigEndian.AppendUint16(b, uint16(len(nlri)))
			b = append(append(b, nlri...), 0, 0)
		case withdraw:
			b = append(b, 0, 0)
			b = binary.BigEndian.AppendUint16(b, uint16(6+len(nlri)))
			b = attribute(b, 0x80, 15, append([]byte{0, 2, 1}, nlri...)...)
		default:
			b = append(b, 0, 0)
			at := len(b)
			b = append(b, 0, 0)
			b = e.attributes(b, p, all[from], six, nlri)
			binary.BigEndian.PutUint16(b[at:], uint16(len(b)-at-2))
			if !six {
				b = append(b, nlri...)
			}
		}
		binary.BigEndian.PutUint16(b[message+16:], uint16(len(b)-message))
		if err := record(w, seconds, 16, 4, b); err != nil {
			return elements, err
		}
	}
	return elements, nil
}
