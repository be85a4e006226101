package nat64

import (
	"net/netip"
	"slices"
	"testing"

	"tidemark/internal/testkit/fuzz"
)

// table24 is that of RFC 6052 section 2.4, with the well-known prefix from the text behind it.
var table24 = []struct{ prefix, v4, v6 string }{
	{"2001:db8::/32", "192.0.2.33", "2001:db8:c000:221::"},
	{"2001:db8:100::/40", "192.0.2.33", "2001:db8:1c0:2:21::"},
	{"2001:db8:122::/48", "192.0.2.33", "2001:db8:122:c000:2:2100::"},
	{"2001:db8:122:300::/56", "192.0.2.33", "2001:db8:122:3c0:0:221::"},
	{"2001:db8:122:344::/64", "192.0.2.33", "2001:db8:122:344:c0:2:2100::"},
	{"2001:db8:122:344::/96", "192.0.2.33", "2001:db8:122:344::192.0.2.33"},
	{"64:ff9b::/96", "192.0.2.33", "64:ff9b::192.0.2.33"},
}

func TestTable24(t *testing.T) {
	for _, c := range table24 {
		prefix, v4, v6 := netip.MustParsePrefix(c.prefix), netip.MustParseAddr(c.v4), netip.MustParseAddr(c.v6)
		if got, err := Embed(prefix, v4); err != nil || got != v6 {
			t.Errorf("Embed(%s, %s) = %s, %v, want %s", c.prefix, c.v4, got, err, c.v6)
		}
		if got, err := Extract(prefix, v6); err != nil || got != v4 {
			t.Errorf("Extract(%s, %s) = %s, %v, want %s", c.prefix, c.v6, got, err, c.v4)
		}
	}
}

func TestRefused(t *testing.T) {
	v4 := netip.MustParseAddr("192.0.2.33")
	for _, prefix := range []string{"2001:db8::/33", "2001:db8::/128", "192.0.2.0/24", "::ffff:192.0.2.0/120", "2001:db8:0:0:100::/96"} {
		if got, err := Embed(netip.MustParsePrefix(prefix), v4); err == nil {
			t.Errorf("Embed under %s gives %s", prefix, got)
		}
	}
	if _, err := Embed(netip.Prefix{}, v4); err == nil {
		t.Error("Embed under no prefix")
	}
	if _, err := Embed(WellKnown, netip.MustParseAddr("2001:db8::1")); err == nil {
		t.Error("an IPv6 address was embedded")
	}
	for address, prefix := range map[string]string{
		"2001:db9::1":                   "2001:db8::/32",         // outside
		"2001:db8:122:344:1c0:2:2100::": "2001:db8:122:344::/64", // u octet
	} {
		if got, err := Extract(netip.MustParsePrefix(prefix), netip.MustParseAddr(address)); err == nil {
			t.Errorf("Extract(%s, %s) = %s", prefix, address, got)
		}
	}
	// The suffix is ignored.
	if got, err := Extract(netip.MustParsePrefix("2001:db8::/32"), netip.MustParseAddr("2001:db8:c000:221::7")); err != nil || got != v4 {
		t.Errorf("with a suffix: %s, %v", got, err)
	}
}

func TestClasses(t *testing.T) {
	for prefix, want := range map[string]Class{
		"64:ff9b::/96":          {"well-known", 6052},
		"64:ff9b:1::/96":        {"local-use", 8215},
		"64:ff9b:1::/48":        {"local-use", 8215},
		"64:ff9b:1:fffe::/64":   {"local-use", 8215},
		"64:ff9b:2::/48":        {"network-specific", 6052},
		"64:ff9b::/64":          {"network-specific", 6052}, // only the /96 is well known
		"64:ff9b::/32":          {"network-specific", 6052},
		"2001:db8:122:344::/96": {"network-specific", 6052},
	} {
		if got := ClassOf(netip.MustParsePrefix(prefix)); got != want {
			t.Errorf("%s: %v, want %v", prefix, got, want)
		}
	}
}

// answersOf are the AAAA of ipv4only.arpa under prefixes.
func answersOf(t testing.TB, prefixes ...string) (all []netip.Addr) {
	for _, p := range prefixes {
		for _, v4 := range WellKnownIPv4 {
			a, err := Embed(netip.MustParsePrefix(p), v4)
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, a)
		}
	}
	return all
}

func TestDiscover(t *testing.T) {
	for _, prefixes := range [][]string{
		{"64:ff9b::/96"}, {"64:ff9b:1::/96"}, {"64:ff9b:1:abcd::/64"}, {"2001:db8::/32"}, {"2001:db8:100::/40"}, {"2001:db8:122::/48"},
		{"2001:db8:122:300::/56"}, {"2001:db8:122:344::/64"}, {"2001:db8:122:344::/96"},
		{"64:ff9b::/96", "2001:db8:64::/96"},
		{"2001:db8:c000:aa::/64"}, // holds 192.0.0.170 at the place of a /32
		{"2001:db8:c000:ab::/96"},
	} {
		answers := answersOf(t, prefixes...)
		for range 2 {
			var got []string
			for _, p := range Discover(answers) {
				got = append(got, p.String())
			}
			if !slices.Equal(got, prefixes) {
				t.Errorf("found %v, want %v", got, prefixes)
			}
			slices.Reverse(answers)
		}
	}
	one := func(address string) []netip.Addr { return []netip.Addr{netip.MustParseAddr(address)} }
	for name, answers := range map[string][]netip.Addr{
		"nothing":                         nil,
		"an IPv4 address":                 one("192.0.0.170"),
		"a mapped address":                one("::ffff:192.0.0.170"),
		"another address":                 one("2001:db8::1"),
		"u octet":                         one("2001:db8:122:344:1c0:0:aa00::"),
		"two places and no second answer": one("2001:db8:c000:aa:c0:0:aa00::"),
	} {
		if got := Discover(answers); len(got) > 0 {
			t.Errorf("%s: %v", name, got)
		}
	}
	if got := Discover(answersOf(t, "2001:db8:100::/40")[1:]); len(got) != 1 || got[0].String() != "2001:db8:100::/40" {
		t.Errorf("of one answer: %v", got)
	}
}

func TestFind(t *testing.T) {
	for address, want := range map[string]Embedded{
		"::ffff:192.0.2.33":                    {netip.MustParseAddr("192.0.2.33"), "mapped", 4291},
		"::192.0.2.33":                         {netip.MustParseAddr("192.0.2.33"), "compatible", 4291},
		"64:ff9b::c000:221":                    {netip.MustParseAddr("192.0.2.33"), "well-known", 6052},
		"64:ff9b:1::c000:221":                  {netip.MustParseAddr("192.0.2.33"), "local-use", 8215},
		"64:ff9b:1:c000:2:2100::":              {netip.MustParseAddr("192.0.2.33"), "local-use", 8215},
		"2002:c000:221::1":                     {netip.MustParseAddr("192.0.2.33"), "6to4", 3056},
		"2001:0:4136:e378:8000:63bf:3fff:fdd2": {netip.MustParseAddr("192.0.2.45"), "teredo", 4380}, // RFC 4380's own example
		"fe80::5efe:c000:221":                  {netip.MustParseAddr("192.0.2.33"), "isatap", 5214},
		"2001:db8::200:5efe:c000:221":          {netip.MustParseAddr("192.0.2.33"), "isatap", 5214},
		"::":                                   {}, "::1": {}, "2001:db8::1": {}, "2001:db8:c000:221::": {}, "fe80::1": {}, "192.0.2.33": {}, "64:ff9b:1::": {},
	} {
		got, ok := Find(netip.MustParseAddr(address))
		if got != want || ok != want.IPv4.IsValid() {
			t.Errorf("%s: %+v, %v, want %+v", address, got, ok, want)
		}
	}
}

func FuzzRoundTrip(t *testing.F) {
	f := fuzz.With(t)
	for i, c := range table24 {
		prefix := netip.MustParsePrefix(c.prefix)
		b, four := prefix.Addr().As16(), netip.MustParseAddr(c.v4).As4()
		f.Add(b[:], four[:], uint8(i))
	}
	f.Fuzz(func(t *testing.T, high, four []byte, which uint8) {
		if len(high) != 16 || len(four) != 4 {
			return
		}
		length := Lengths[int(which)%len(Lengths)]
		prefix := netip.PrefixFrom(netip.AddrFrom16([16]byte(high)), length).Masked()
		v4 := netip.AddrFrom4([4]byte(four))
		v6, err := Embed(prefix, v4)
		if err != nil {
			if b := prefix.Addr().As16(); b[u] == 0 && !prefix.Addr().Is4In6() {
				t.Fatalf("%s: %v", prefix, err)
			}
			return
		}
		if back, err := Extract(prefix, v6); err != nil || back != v4 {
			t.Fatalf("%s under %s is %s, and back %s, %v", v4, prefix, v6, back, err)
		}
		if again := v6.As16(); again[u] != 0 {
			t.Fatalf("%s: the u octet is not zero", v6)
		}
		// Every prefix is found again from its two answers, unless it holds the addresses itself.
		var answers []netip.Addr
		for _, w := range WellKnownIPv4 {
			a, _ := Embed(prefix, w)
			answers = append(answers, a)
		}
		if found := Discover(answers); !slices.Equal(found, []netip.Prefix{prefix}) {
			t.Fatalf("of %s was found %v", prefix, found)
		}
		Find(v6)
	})
}
