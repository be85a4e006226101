package gobgp_test

import (
	"encoding/hex"
	"fmt"
	"testing"

	packet "github.com/osrg/gobgp/v3/pkg/packet/bgp"

	"tidemark/collectors/bgp"
	"tidemark/collectors/bgp/gobgp"
	"tidemark/internal/testkit/families"
)

// TestFamilies encodes NLRI of every kind of family with GoBGP and reads them: prefixes with package bgp, the rest as text.
func TestFamilies(t *testing.T) {
	for _, c := range families.All(t) {
		family := bgp.Family{AFI: bgp.AFI(c.AFI), SAFI: bgp.SAFI(c.SAFI)}
		for _, addPath := range []bool{false, true} {
			var b []byte
			var want []string
			for i, one := range c.NLRI {
				text := c.Texts[i]
				if !family.Native() {
					var ok bool
					if text, ok = gobgp.Describe(family, one); !ok {
						t.Errorf("%s: %x cannot be read", family, one)
					}
				}
				if addPath {
					b = append(b, 0, 0, 0, byte(7+i))
					if !family.Native() {
						text += fmt.Sprintf(" path-id %d", 7+i)
					}
				}
				b = append(b, one...)
				want = append(want, text)
				if !addPath && !family.Native() && !family.Unbounded() {
					if size, err := bgp.NLRILength(append(one, 1, 2, 3), family); err != nil || size != len(one) {
						t.Errorf("%s: NLRI of %d octets: length %d, error %v", family, len(one), size, err)
					}
				}
			}
			var got []string
			if family.Native() {
				for all := bgp.Prefixes(b, family, addPath); all.More(); {
					p, id, err := all.Next()
					if err != nil || addPath && id != uint32(7+len(got)) {
						t.Fatal(family, id, err)
					}
					got = append(got, p.String())
				}
			} else {
				var ok bool
				if got, ok = gobgp.DescribeField(family, b, addPath); !ok {
					t.Errorf("%s: GoBGP cannot read what it wrote: %v", family, got)
				}
				if cut, ok := gobgp.DescribeField(family, b[:len(b)-1], addPath); !family.Unbounded() && (ok || len(cut) != 1 || cut[0] != hex.EncodeToString(b[:len(b)-1])) {
					t.Errorf("%s, cut: %v %v", family, cut, ok)
				}
			}
			if fmt.Sprint(got) != fmt.Sprint(want) {
				t.Errorf("%s: read %v, written %v", family, got, want)
			}
		}
	}
}

// TestFamilyNames compares our names of families with GoBGP's.
func TestFamilyNames(t *testing.T) {
	afis := []int{0, 1, 2, 3, 25, 16387, 16388, 16397, 65535}
	for family := range packet.AddressFamilyNameMap {
		afi, _ := packet.RouteFamilyToAfiSafi(family)
		afis = append(afis, int(afi))
	}
	for _, afi := range afis {
		for safi := range 1 << 8 {
			want, known := packet.AddressFamilyNameMap[packet.AfiSafiToRouteFamily(uint16(afi), uint8(safi))]
			if !known {
				want = fmt.Sprintf("afi %d safi %d", afi, safi)
			}
			if name := (bgp.Family{AFI: bgp.AFI(afi), SAFI: bgp.SAFI(safi)}).String(); name != want {
				t.Fatalf("AFI %d SAFI %d is called %q, GoBGP calls it %q", afi, safi, name, want)
			}
		}
	}
}
