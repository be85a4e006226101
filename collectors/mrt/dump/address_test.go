package dump

import (
	"net/netip"
	"testing"
)

func TestAddress(t *testing.T) {
	for in, want := range map[string]string{
		"192.0.2.1": "192.0.2.1", "0.0.0.0": "0.0.0.0", "255.255.255.255": "255.255.255.255",
		"::": "::", "::1": "::1", "2001:db8::": "2001:db8::", "2001:db8::1": "2001:db8::1", "1:2:3:4:5:6:7:8": "1:2:3:4:5:6:7:8",
		"2001:668:0:3:ffff:0:adcd:39ea": "2001:668::3:ffff:0:adcd:39ea", "1:0:0:2:0:0:0:3": "1:0:0:2::3", "1:0:0:2:3:0:0:4": "1::2:3:0:0:4",
		"0:1:2:3:4:5:6:7": "::1:2:3:4:5:6:7", "1:2:3:4:5:6:7:0": "1:2:3:4:5:6:7::",
		"::ffff:193.0.0.56": "::ffff:193.0.0.56", "::c000:201": "::192.0.2.1", "64:ff9b::c000:201": "64:ff9b::c000:201",
	} {
		if got := string(appendAddress(nil, netip.MustParseAddr(in))); got != want {
			t.Errorf("%s is written %s, want %s", in, got, want)
		}
	}
}
