package bgp

import (
	"slices"
	"testing"
)

// TestAppendNLRI: NLRI that differ have texts that differ, whatever makes the difference.
func TestAppendNLRI(t *testing.T) {
	labelled, vpn6, rtc, evpn := Family{IPv4, safiLabeled}, Family{IPv6, safiVPN}, Family{IPv4, safiRTC}, Family{afiL2VPN, safiEVPN}
	rd := func(b ...byte) []byte { return b }
	esi := []byte{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}
	mac := func(esi []byte, label byte) []byte {
		return segs([]byte{2, 33}, rd(0, 0, 0xfb, 0xf0, 0, 0, 0, 7), esi, []byte{0, 0, 0, 5, 48, 0, 0x53, 0, 0, 0, 1, 0, 0, 0, label})
	}
	seen := map[string]string{}
	for _, c := range []struct {
		family Family
		nlri   []byte
		want   string // "" if it is malformed
	}{
		{labelled, []byte{48, 0, 1, 1, 203, 0, 113}, "203.0.113.0/24 label 16"},
		{labelled, []byte{72, 0, 1, 0, 0, 1, 0x11, 203, 0, 113}, "203.0.113.0/24 label 16,17"},
		{labelled, []byte{48, 0, 1, 0x13, 203, 0, 113}, "203.0.113.0/24 label 17/3"},
		{labelled, []byte{48, 0x80, 0, 0, 203, 0, 113}, "203.0.113.0/24 label 524288/0"},
		{labelled, []byte{8, 10}, ""},
		{vpn6, segs([]byte{120, 0, 1, 1}, rd(0, 0, 0xfb, 0xf0, 0, 0, 0, 7), []byte{0x20, 1, 0xd, 0xb8}), "64496:7:2001:db8::/32 label 16"},
		{vpn6, segs([]byte{120, 0, 1, 1}, rd(0, 1, 192, 0, 2, 1, 0, 7), []byte{0x20, 1, 0xd, 0xb8}), "192.0.2.1:7:2001:db8::/32 label 16"},
		{vpn6, segs([]byte{120, 0, 1, 1}, rd(0, 2, 0, 0, 0xfb, 0xf0, 0, 7), []byte{0x20, 1, 0xd, 0xb8}), "0.64496:7:2001:db8::/32 label 16"},
		{vpn6, segs([]byte{120, 0, 1, 1}, rd(0, 9, 0, 0, 0xfb, 0xf0, 0, 7), []byte{0x20, 1, 0xd, 0xb8}), "0x00090000fbf00007:2001:db8::/32 label 16"},
		{rtc, []byte{0}, "default"},
		{rtc, []byte{96, 0, 0, 0xfb, 0xf0, 0, 2, 0xfb, 0xf0, 0, 0, 0, 1}, "64496:rt:64496:1/96"},
		{rtc, []byte{96, 0, 0, 0xfb, 0xf0, 2, 2, 0, 0, 0xfb, 0xf0, 0, 1}, "64496:rt:0.64496:1/96"},
		{rtc, []byte{49, 0, 0, 0xfb, 0xf0, 0, 2, 0xff}, "64496:0x000280/49"},
		{rtc, []byte{50, 0, 0, 0xfb, 0xf0, 0, 2, 0xbf}, "64496:0x000280/50"},
		{rtc, []byte{8, 9}, ""},
		{evpn, mac(esi, 9), "[type:2][rd:64496:7][esi:00010203040506070809][etag:5][mac:00:53:00:00:00:01][label:0x000009]"},
		{evpn, mac(slices.Repeat([]byte{0}, 10), 9), "[type:2][rd:64496:7][esi:00000000000000000000][etag:5][mac:00:53:00:00:00:01][label:0x000009]"},
		{evpn, mac(esi, 8), "[type:2][rd:64496:7][esi:00010203040506070809][etag:5][mac:00:53:00:00:00:01][label:0x000008]"},
		{evpn, segs([]byte{5, 34}, rd(0, 0, 0xfb, 0xf0, 0, 0, 0, 7), esi, []byte{0, 0, 0, 5, 24, 203, 0, 113, 0, 192, 0, 2, 9, 0, 0, 7}),
			"[type:5][rd:64496:7][esi:00010203040506070809][etag:5][prefix:203.0.113.0/24][gateway:192.0.2.9][label:0x000007]"},
		{evpn, []byte{200, 2, 1, 2}, "[type:200]0x0102"},
		{evpn, []byte{2, 2, 1, 2}, ""},
		{Family{IPv4, safiFlow}, []byte{3, 1, 8, 10}, ""},
	} {
		got, ok := AppendNLRI(nil, c.family, c.nlri)
		if ok != (c.want != "") || ok && string(got) != c.want {
			t.Errorf("%s %x: %q, %v, want %q", c.family, c.nlri, got, ok, c.want)
		}
		if before, twice := seen[string(got)]; ok && twice {
			t.Errorf("%x and %s are both %q", c.nlri, before, got)
		}
		seen[string(got)] = string(c.nlri)
	}
}
