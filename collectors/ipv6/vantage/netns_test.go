package vantage

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"tidemark/internal/testkit"

	"golang.org/x/net/icmp"
	"golang.org/x/net/ipv6"
)

// TestMain lets the test binary be a host of a namespace: what is started there is this program again.
func TestMain(m *testing.M) {
	switch os.Getenv("TIDEMARK_TEST_HOST") {
	case "web":
		handler := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.Write([]byte(page)) })
		fmt.Fprintln(os.Stderr, http.ListenAndServe(":80", handler))
		os.Exit(1)
	case "router":
		fmt.Fprintln(os.Stderr, advertise("to-dual"))
		os.Exit(1)
	case "dhcp":
		fmt.Fprintln(os.Stderr, offer())
		os.Exit(1)
	case "client":
		var s Options
		err := json.Unmarshal([]byte(os.Getenv("TIDEMARK_TEST_SETTINGS")), &s)
		if err == nil {
			var transcript []byte
			if transcript, err = Run(context.Background(), s); err == nil {
				_, err = os.Stdout.Write(transcript)
			}
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// pref64Option is 2001:db8:64::/96 for 1,800 seconds (RFC 8781 section 4).
var pref64Option = []byte{38, 2, 1800 / 8 << 3 >> 8, 1800 / 8 << 3 & 0xff, 0x20, 1, 0x0d, 0xb8, 0, 0x64, 0, 0, 0, 0, 0, 0}

// advertise answers each solicitation on a link as a router does.
func advertise(link string) error {
	c, err := icmp.ListenPacket("ip6:ipv6-icmp", "::")
	if err != nil {
		return err
	}
	on, err := net.InterfaceByName(link)
	if err != nil {
		return err
	}
	p := c.IPv6PacketConn()
	if err := p.JoinGroup(on, &net.IPAddr{IP: net.ParseIP("ff02::2")}); err != nil {
		return err
	}
	// No default router (lifetime 0), an MTU of 1500, the hardware address of the router, and the prefix.
	message := append([]byte{134, 0, 0, 0, 64, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 5, 1, 0, 0, 0, 0, 5, 220, 1, 1, 2, 3, 4, 5, 6, 7}, pref64Option...)
	b := make([]byte, 1500)
	for {
		n, _, _, err := p.ReadFrom(b)
		if err != nil {
			return err
		}
		if n > 0 && b[0] == byte(ipv6.ICMPTypeRouterSolicitation) {
			if _, err := p.WriteTo(message, &ipv6.ControlMessage{HopLimit: 255, IfIndex: on.Index}, &net.IPAddr{IP: net.ParseIP("ff02::1"), Zone: link}); err != nil {
				return err
			}
		}
	}
}

// offer answers each DISCOVER with an offer that has option 108 for 1,800 seconds, after one of another transaction.
func offer() error {
	c, err := (&net.ListenConfig{Control: broadcastOn("to-dual")}).ListenPacket(context.Background(), "udp4", ":67")
	if err != nil {
		return err
	}
	b := make([]byte, 1500)
	for {
		n, _, err := c.ReadFrom(b)
		if err != nil {
			return err
		}
		if n < dhcpHeader {
			continue
		}
		m := append(slices.Clone(b[:dhcpHeader]), 0, optionType, 1, dhcpOffer, optionIPv6Only, 4, 0, 0, 7, 8, 255)
		m[0] = 2
		foreign := slices.Clone(m)
		foreign[4] ^= 1
		for _, one := range [][]byte{foreign[:100], foreign, m} {
			if _, err := c.WriteTo(one, &net.UDPAddr{IP: net.IPv4bcast, Port: 68}); err != nil {
				return err
			}
		}
	}
}

// internet is a small one of namespaces: a router, a server with web, authority and two resolvers, and clients.
type internet struct {
	t      *testing.T
	prefix string
}

func (n *internet) name(host string) string { return n.prefix + host }

// sh runs lines in the namespace of a host, which is made if need be.
func (n *internet) sh(host, lines string) {
	n.t.Helper()
	script := "set -e\n"
	if _, err := os.Stat("/run/netns/" + n.name(host)); err != nil {
		script = "set -e\nip netns add " + n.name(host) + "\n"
		n.t.Cleanup(func() { exec.Command("ip", "netns", "del", n.name(host)).Run() })
		lines = "ip link set lo up; sysctl -qw net.ipv6.conf.default.accept_dad=0 net.ipv6.conf.all.accept_dad=0 net.ipv6.conf.default.accept_ra=0\n" + lines
	}
	script += "ip netns exec " + n.name(host) + " sh -e -c '" + lines + "'"
	if out, err := exec.Command("sh", "-c", script).CombinedOutput(); err != nil {
		n.t.Fatalf("%s: %v\n%s\n%s", host, err, script, out)
	}
}

// link joins two hosts by a cable with an MTU.
func (n *internet) link(a, b string, mtu int) {
	n.t.Helper()
	n.sh(a, fmt.Sprintf("ip link add %s mtu %d type veth peer name %s mtu %d netns %s; ip link set %s up", "to-"+b, mtu, "to-"+a, mtu, n.name(b), "to-"+b))
	n.sh(b, "ip link set to-"+a+" up")
}

// TestNamespaces runs the checks on connections that lack or break something.
func TestNamespaces(t *testing.T) {
	testkit.NeedRoot(t, "a network namespace")
	need(t, "ip", "unbound", "nsd")
	n := &internet{t, fmt.Sprintf("tm%d-", os.Getpid())}
	n.sh("r", "sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1")
	n.sh("s", "ip addr add 64:ff9b::3c12:1/128 dev lo nodad; ip addr add 2001:db8:64::3c12:1/128 dev lo nodad") // is the far side of two NAT64 as well
	n.link("r", "s", 1500)
	n.sh("r", "ip addr add 60.18.0.254/24 dev to-s; ip addr add 2a0f:ffff::fe/64 dev to-s nodad; ip -6 route add 64:ff9b::/96 via 2a0f:ffff::1; ip -6 route add 2001:db8:64::/96 via 2a0f:ffff::1")
	n.sh("s", "ip addr add 60.18.0.1/24 dev to-r; ip addr add 2a0f:ffff::1/64 dev to-r nodad; ip route add default via 60.18.0.254; ip -6 route add default via 2a0f:ffff::fe")
	const (
		v4 = 1 << iota
		v6
		dead6 // the router drops what comes over IPv6 without a word
	)
	// Hosts with a middle have a link of that MTU between it and the router.
	clients := []struct {
		name    string
		has     int
		middle  int
		swallow bool // the middle sends no packet-too-big
	}{
		{"dual", v4 | v6, 0, false}, {"v4", v4, 0, false}, {"v6", v6, 0, false}, {"small", v4 | v6, 1280, false}, {"hole", v4 | v6, 1280, true}, {"hole14", v6, 1400, true},
		{"dead", v4 | v6 | dead6, 0, false}, {"ula", v4 | v6, 0, false},
	}
	for i, c := range clients {
		net4, net6 := fmt.Sprintf("60.18.%d.", i+1), fmt.Sprintf("2a0f:ffff:0:%x::", i+1)
		if c.name == "ula" {
			net6 = "fd00:18:0:1::"
		}
		gateway := "r"
		n.sh(c.name, "true")
		if c.middle > 0 {
			gateway = "m-" + c.name
			far4, far6 := fmt.Sprintf("60.18.%d.", i+101), fmt.Sprintf("2a0f:ffff:0:%x::", i+101)
			n.sh(gateway, "sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1")
			n.link("r", gateway, c.middle)
			n.sh("r", fmt.Sprintf("ip addr add %[1]s1/24 dev to-%[2]s; ip addr add %[3]s1/64 dev to-%[2]s nodad; ip route add %[4]s0/24 via %[1]s2; ip -6 route add %[5]s/64 via %[3]s2", far4, gateway, far6, net4, net6))
			n.sh(gateway, fmt.Sprintf("ip addr add %[1]s2/24 dev to-r; ip addr add %[2]s2/64 dev to-r nodad; ip route add default via %[1]s1; ip -6 route add default via %[2]s1", far4, far6))
			if c.swallow {
				n.sh(gateway, fmt.Sprintf("ip -6 rule add pref 10 iif lo to %s/64 blackhole", net6))
			}
		}
		n.link(gateway, c.name, 1500)
		if c.has&v4 != 0 {
			n.sh(gateway, fmt.Sprintf("ip addr add %s1/24 dev to-%s", net4, c.name))
			n.sh(c.name, fmt.Sprintf("ip addr add %s2/24 dev to-%s; ip route add default via %[1]s1", net4, gateway))
		}
		if c.has&v6 != 0 {
			n.sh(gateway, fmt.Sprintf("ip addr add %s1/64 dev to-%s nodad", net6, c.name))
			n.sh(c.name, fmt.Sprintf("ip addr add %s2/64 dev to-%s nodad; ip -6 route add default via %[1]s1", net6, gateway))
		}
		if c.has&dead6 != 0 {
			n.sh("r", fmt.Sprintf("ip -6 rule add pref 10 from %s/64 blackhole", net6))
		}
	}
	in := []string{"ip", "netns", "exec", n.name("s")}
	authority(t, "127.0.0.1", "60.18.0.1", "2a0f:ffff::1", 5300, zone, in...)
	addresses := []string{"60.18.0.1", "2a0f:ffff::1"}
	resolver(t, 53, 5300, addresses, "  module-config: \"iterator\"", in...)
	resolver(t, 5364, 5300, addresses, "  module-config: \"dns64 iterator\"\n  dns64-prefix: 64:ff9b::/96", in...)
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	start(t, append(in, "env", "TIDEMARK_TEST_HOST=web", self)...)
	start(t, "ip", "netns", "exec", n.name("r"), "env", "TIDEMARK_TEST_HOST=router", self)
	start(t, "ip", "netns", "exec", n.name("r"), "env", "TIDEMARK_TEST_HOST=dhcp", self)
	run := func(client string, s Options) (*Report, error) {
		settings, err := json.Marshal(s)
		if err != nil {
			return nil, err
		}
		c := exec.Command("ip", "netns", "exec", n.name(client), self)
		c.Env = append(os.Environ(), "TIDEMARK_TEST_HOST=client", "TIDEMARK_TEST_SETTINGS="+string(settings))
		out, err := c.Output()
		if err != nil {
			return nil, err
		}
		return ReportOf(out)
	}
	settings := func(name string) Options {
		s := Options{Name: name, Resolvers: []string{"60.18.0.1:53", "[2a0f:ffff::1]:53"}, Controls: []string{"control.example:80"}, Timeout: time.Second}
		s.Advertisements = name == "dual" || name == "v6"
		s.DHCP = name == "dual" || name == "v4"
		switch name {
		case "v4":
			s.Resolvers = s.Resolvers[:1]
		case "v6":
			s.Resolvers = []string{"[2a0f:ffff::1]:5364"}
		case "hole14":
			s.Resolvers = s.Resolvers[1:]
		}
		return s
	}
	for end := time.Now().Add(10 * time.Second); ; time.Sleep(20 * time.Millisecond) { // until all servers are up
		r, err := run("dual", Options{Name: "dual", Resolvers: []string{"60.18.0.1:53", "[2a0f:ffff::1]:5364"}, Controls: []string{"control.example:80"}, Timeout: 200 * time.Millisecond})
		if ok, all := 0, 0; err == nil {
			for _, c := range r.Checks {
				if c.Test == "resolver" || c.Test == "large-exchange" {
					if all++; c.Result == "ok" {
						ok++
					}
				}
			}
			if all == 4 && ok == all {
				break
			}
		}
		if time.Now().After(end) {
			t.Fatalf("the servers do not answer: %+v, %v", r, err)
		}
	}
	reports := map[string]*Report{}
	var mu sync.Mutex
	var group sync.WaitGroup
	for _, c := range clients {
		group.Go(func() {
			r, err := run(c.name, settings(c.name))
			if err != nil {
				t.Errorf("%s: %v", c.name, err)
			}
			mu.Lock()
			defer mu.Unlock()
			reports[c.name] = r
		})
	}
	group.Wait()
	for _, c := range []struct {
		client string
		test   string
		family uint32
		result string
		value  float64 // -1: any
	}{
		{"dual", "connect", 6, "ok", -1}, {"dual", "connect", 4, "ok", -1}, {"dual", "path-mtu", 6, "ok", 1500}, {"dual", "path-mtu", 4, "ok", 1500},
		{"dual", "large-exchange", 6, "ok", -1}, {"dual", "dns64", 6, "absent", -1}, {"dual", "pref64", 6, "ok", 96}, {"dual", "nat64", 6, "ok", -1}, // through the advertised prefix, without a DNS64 (RFC 9872)
		{"dual", "score", 0, "ok", 10}, {"dual", "dual-stack", 6, "ok", -1}, {"dual", "address-selection", 6, "ok", -1},
		{"dual", "ipv6-only-preferred", 4, "ok", -1}, {"v4", "ipv6-only-preferred", 4, "absent", -1},
		{"dead", "dual-stack", 4, "ok", -1}, {"ula", "address-selection", 4, "ok", -1}, {"ula", "ula-preference", 6, "ok", -1}, {"ula", "dual-stack", 4, "ok", -1},
		{"v4", "address", 6, "absent", -1}, {"v4", "default-route", 6, "absent", -1}, {"v4", "connect", 6, "unreachable", -1}, {"v4", "connect", 4, "ok", -1}, {"v4", "resolver", 4, "ok", -1}, {"v4", "score", 0, "ok", 3},
		{"v6", "address", 4, "absent", -1}, {"v6", "dns64", 6, "ok", -1}, {"v6", "nat64-prefix", 6, "ok", 96}, {"v6", "nat64", 6, "ok", -1}, {"v6", "connect", 4, "unreachable", -1},
		{"v6", "pref64", 6, "absent", -1}, {"v6", "large-exchange", 6, "ok", -1}, {"v6", "score", 0, "ok", 10},
		{"small", "large-exchange", 6, "ok", -1}, {"small", "path-mtu", 6, "ok", 1280}, {"small", "path-mtu", 4, "ok", 1280}, {"small", "score", 0, "ok", 10},
		{"hole", "connect", 6, "ok", -1}, {"hole", "large-exchange", 6, "black-hole", -1}, {"hole", "path-mtu", 6, "black-hole", 1280}, {"hole", "path-mtu", 4, "ok", 1280}, {"hole", "score", 0, "ok", 8},
		{"hole14", "path-mtu", 6, "black-hole", 1400},
		{"dead", "connect", 6, "timeout", -1}, {"dead", "connect", 4, "ok", -1}, {"dead", "score", 0, "ok", 3}, {"dead", "happy-eyeballs", 0, "ok", 250},
	} {
		r := reports[c.client]
		if r == nil {
			continue
		}
		got := find(t, r, c.test, c.family, "")
		if got.Result != c.result || c.value >= 0 && (got.Value == nil || *got.Value != c.value) {
			value := "null"
			if got.Value != nil {
				value = fmt.Sprint(*got.Value)
			}
			t.Errorf("%s: %s over IPv%d to %s is %s, %s (%s), want %s, %v", c.client, c.test, c.family, got.Target, got.Result, value, got.Detail, c.result, c.value)
		}
	}
	for client, want := range map[string]string{
		"ula": "something on the way translates", "v4": "no IPv6 address", "hole": "let ICMPv6 packet-too-big pass", "hole14": "packets over 1400 bytes", "dead": "reaches none of the 1 control hosts", "v6": "under 64:ff9b::/96 (RFC 6052)",
	} {
		if r := reports[client]; r != nil && !strings.Contains(strings.Join(r.Advice, "\n"), want) {
			t.Errorf("%s: no advice says %q: %q", client, want, r.Advice)
		}
	}
	if r := reports["dual"]; r != nil {
		if got := find(t, r, "pref64", 6, ""); got.Target != "2001:db8:64::/96" || got.Class != "network-specific" || got.Detail != "advertised on to-r for 30m0s" {
			t.Errorf("%+v", got)
		}
	}
	if r := reports["dual"]; r != nil && len(r.Advice) > 0 {
		t.Errorf("dual: all is well, and still %q", r.Advice)
	}
}
