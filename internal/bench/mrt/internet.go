package main

import (
	"bufio"
	"compress/gzip"
	"fmt"
	"io"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// Full size of the table.
const (
	prefixes4 = 1_000_000
	prefixes6 = 220_000
)

// origin is a prefix with the AS that announces it.
type origin struct {
	prefix netip.Prefix
	asn    uint32
}

// draw returns a number that depends only on its arguments: all runs are equal.
func draw(parts ...uint64) uint64 {
	x := uint64(0x9e3779b97f4a7c15)
	for _, p := range parts {
		x ^= p
		x *= 0xbf58476d1ce4e5b9
		x ^= x >> 29
		x *= 0x94d049bb133111eb
		x ^= x >> 32
	}
	return x
}

func lines(path string, each func(line string) error) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	s := bufio.NewScanner(z)
	for s.Scan() {
		if err := each(s.Text()); err != nil {
			return fmt.Errorf("%s: %q: %w", path, s.Text(), err)
		}
	}
	if s.Err() == io.ErrUnexpectedEOF {
		return fmt.Errorf("%s: %w", path, s.Err())
	}
	return s.Err()
}

// table returns real prefixes in order, with their real origins if known.
func table(dir string, most int) ([]origin, error) {
	known := map[netip.Prefix]uint32{}
	var asns []uint32
	for _, name := range []string{"RouteViewIPv4.pfx2as.gz", "RouteViewIPv6.pfx2as.gz"} {
		err := lines(filepath.Join(dir, "pfx2as", name), func(line string) error {
			fields := strings.Split(line, "\t")
			if len(fields) != 3 {
				return fmt.Errorf("%d fields", len(fields))
			}
			p, err := netip.ParsePrefix(fields[0] + "/" + fields[1])
			if err != nil {
				return err
			}
			first, _, _ := strings.Cut(strings.ReplaceAll(fields[2], ",", "_"), "_")
			asn, err := strconv.ParseUint(first, 10, 32)
			known[p.Masked()] = uint32(asn)
			asns = append(asns, uint32(asn))
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	slices.Sort(asns)
	asns = slices.Compact(asns)
	err := lines(filepath.Join(dir, "bart-prefixes.txt.gz"), func(line string) error {
		p, err := netip.ParsePrefix(line)
		if _, is := known[p.Masked()]; err == nil && !is {
			a := p.Addr().As16()
			known[p.Masked()] = asns[draw(uint64(a[12])<<8|uint64(a[13]), uint64(a[2])<<8|uint64(a[3]))%uint64(len(asns))]
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	var all []origin
	for p, asn := range known {
		all = append(all, origin{p, asn})
	}
	slices.SortFunc(all, compareOrigins)
	v6 := slices.IndexFunc(all, func(o origin) bool { return o.prefix.Addr().Is6() })
	four, six := thin(all[:v6], prefixes4, most), all[v6:]
	for i := 0; len(six) < prefixes6; i++ { // more /48s of the shortest blocks
		o := six[i]
		if a := o.prefix.Addr().As16(); o.prefix.Bits() <= 32 {
			a[5] |= 0xa7
			p := netip.PrefixFrom(netip.AddrFrom16(a), 48)
			if _, is := known[p]; !is {
				known[p] = o.asn
				six = append(six, origin{p, o.asn})
			}
		}
		if i+1 == len(six) {
			break
		}
	}
	slices.SortFunc(six, compareOrigins)
	return append(slices.Clone(four), thin(six, prefixes6, most)...), nil
}

func compareOrigins(a, b origin) int {
	if a.prefix.Addr().Is4() != b.prefix.Addr().Is4() {
		if a.prefix.Addr().Is4() {
			return -1
		}
		return 1
	}
	if c := a.prefix.Addr().Compare(b.prefix.Addr()); c != 0 {
		return c
	}
	return a.prefix.Bits() - b.prefix.Bits()
}

// thin drops elements evenly spread over the list.
func thin(list []origin, full, most int) []origin {
	if most > 0 {
		full = most
	}
	if len(list) <= full {
		return list
	}
	var kept []origin
	for i := range full {
		kept = append(kept, list[i*len(list)/full])
	}
	return kept
}

// peer is a session of the collector.
type peer struct {
	asn     uint32
	address netip.Addr
	id      [4]byte
}

func peersOf(n int) (all []peer) {
	for i := range n {
		p := peer{asn: uint32(2000 + 137*i), id: [4]byte{10, 0, 0, byte(i + 1)}}
		if i%5 == 0 {
			p.asn = uint32(262144 + 1009*i)
		}
		p.address = netip.AddrFrom4([4]byte{192, 0, 2, byte(i + 1)})
		if i%4 == 3 {
			p.address = netip.MustParseAddr(fmt.Sprintf("2001:db8:0:1::%x", i+1))
		}
		all = append(all, p)
	}
	return all
}

// The core of the model Internet.
func tier1(n uint64) uint32 { return uint32(3300 + 7*(n%15)) }

func transit(n uint64) uint32 {
	n %= 400
	if n%6 == 0 {
		return uint32(196608 + 31*n)
	}
	return uint32(6000 + 13*n)
}

// path returns a peer's path to an origin; variant distinguishes the policies of its prefixes.
func path(to []uint32, p peer, asn uint32, variant uint64) []uint32 {
	a, b := uint64(asn), uint64(p.asn)
	up := transit(draw(a, 1, draw(a, b, variant)%(1+draw(a, 2)%3)))
	to = append(to, p.asn)
	switch h := draw(uint64(up), b, variant, 3) % 100; {
	case h < 25:
	case h < 80:
		to = append(to, tier1(h))
	default:
		to = append(to, tier1(h), tier1(h+5))
	}
	if h := draw(a, b, 4) % 100; h < 55 {
		to = append(to, transit(draw(uint64(up), b, variant, h%4)))
	}
	to = append(to, up)
	for range 1 + max(0, int(draw(a, variant, 5)%30)-26) {
		to = append(to, asn)
	}
	return to
}
