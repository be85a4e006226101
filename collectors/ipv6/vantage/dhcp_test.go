package vantage

import (
	"net"
	"testing"
	"time"
)

// TestOffers: only an offer to the request counts, with option 108 or without.
func TestOffers(t *testing.T) {
	xid := [4]byte{1, 2, 3, 4}
	request := discover(xid, net.HardwareAddr{2, 0, 0, 0, 0, 1})
	if len(request) != 300 || request[242] != dhcpDiscover {
		t.Errorf("request % x", request)
	}
	answer := func(options ...byte) []byte {
		m := append([]byte{}, request[:dhcpHeader]...)
		m[0] = 2
		return append(m, options...)
	}
	foreign := answer(optionType, 1, dhcpOffer, 255)
	foreign[4]++
	for name, c := range map[string]struct {
		message []byte
		is      bool
		wait    time.Duration // 0: the option is missing or malformed
	}{
		"with it":          {answer(optionType, 1, dhcpOffer, 0, optionIPv6Only, 4, 0, 0, 7, 8, 255), true, 30 * time.Minute},
		"too short a time": {answer(optionIPv6Only, 4, 0, 0, 0, 0, optionType, 1, dhcpOffer, 255), true, minIPv6Only},
		"of two octets":    {answer(optionType, 1, dhcpOffer, optionIPv6Only, 2, 7, 8, 255), true, 0},
		"without it":       {answer(optionType, 1, dhcpOffer, 255), true, 0},
		"no offer":         {answer(optionType, 1, 5, optionIPv6Only, 4, 0, 0, 7, 8, 255), false, 0},
		"no type":          {answer(255), false, 0},
		"cut off":          {answer(optionType, 1, dhcpOffer, optionIPv6Only, 4, 0), false, 0},
		"a request":        {request, false, 0},
		"another's":        {foreign, false, 0},
		"nothing":          {nil, false, 0},
	} {
		option, is := offeredIPv6Only(c.message, xid)
		if wait, _ := ipv6OnlyWait(option); is != c.is || is && wait != c.wait {
			t.Errorf("%s: %v %v, want %v %v", name, is, wait, c.is, c.wait)
		}
	}
}
