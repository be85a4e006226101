package bgp

import (
	"encoding/binary"
	"strconv"
)

// LargeCommunity is one value of LARGE_COMMUNITY (RFC 8092).
type LargeCommunity [3]uint32

func (a *Attributes) decodeCommunities(v []byte) bool {
	if len(v)%4 != 0 {
		return false
	}
	for ; len(v) > 0; v = v[4:] {
		a.Communities = append(a.Communities, binary.BigEndian.Uint32(v))
	}
	return true
}

func (a *Attributes) decodeLargeCommunities(v []byte) bool {
	if len(v)%12 != 0 {
		return false
	}
	for ; len(v) > 0; v = v[12:] {
		a.LargeCommunities = append(a.LargeCommunities, LargeCommunity{
			binary.BigEndian.Uint32(v), binary.BigEndian.Uint32(v[4:]), binary.BigEndian.Uint32(v[8:]),
		})
	}
	return true
}

// AppendCommunities appends them as 64496:1, space-separated, in the order sent; the well-known ones of RFC 1997 by the
// names that bgpdump gives them.
func (a *Attributes) AppendCommunities(to []byte) []byte {
	for i, c := range a.Communities {
		if i > 0 {
			to = append(to, ' ')
		}
		switch c {
		case 0xffffff01:
			to = append(to, "no-export"...)
		case 0xffffff02:
			to = append(to, "no-advertise"...)
		case 0xffffff03:
			to = append(to, "local-AS"...)
		default:
			to = strconv.AppendUint(to, uint64(c>>16), 10)
			to = append(to, ':')
			to = strconv.AppendUint(to, uint64(c&0xffff), 10)
		}
	}
	return to
}

// AppendLargeCommunities appends them as 64496:1:2, space-separated.
func (a *Attributes) AppendLargeCommunities(to []byte) []byte {
	for i, c := range a.LargeCommunities {
		if i > 0 {
			to = append(to, ' ')
		}
		for j, part := range c {
			if j > 0 {
				to = append(to, ':')
			}
			to = strconv.AppendUint(to, uint64(part), 10)
		}
	}
	return to
}
