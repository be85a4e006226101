package bgp_test

import (
	"fmt"
	"log"

	"tidemark/collectors/bgp"
)

// Decode an UPDATE that announces 192.0.2.0/24.
func ExampleParseUpdate() {
	body := []byte{
		0, 0, // no withdrawn routes
		0, 27, // octets of path attributes
		0x40, 1, 1, 0, // ORIGIN IGP
		0x40, 2, 10, 2, 2, 0, 0, 0xfb, 0xf0, 0, 0, 0xfb, 0xf1, // AS_PATH 64496 64497
		0x40, 3, 4, 198, 51, 100, 1, // NEXT_HOP
		0xc0, 8, 0, // COMMUNITIES, none
		24, 192, 0, 2, // NLRI
	}
	update, err := bgp.ParseUpdate(body)
	if err != nil {
		log.Fatal(err)
	}
	var attributes bgp.Attributes
	if err := attributes.Decode(update.Attributes, bgp.Form{ASSize: 4}); err != nil {
		log.Fatal(err)
	}
	for all := bgp.Prefixes(update.NLRI, bgp.Family{AFI: bgp.IPv4, SAFI: bgp.Unicast}, false); all.More(); {
		prefix, _, err := all.Next()
		if err != nil {
			log.Fatal(err)
		}
		origin, _ := attributes.Path.Origin()
		fmt.Printf("%s over %s, originated by AS%d\n", prefix, &attributes.Path, origin)
	}
	// Output:
	// 192.0.2.0/24 over 64496 64497, originated by AS64497
}

// List the attributes of a block without decoding them.
func ExampleSplit() {
	block := []byte{0x40, 1, 1, 0, 0x80, 4, 4, 0, 0, 0, 100, 0xc0, 99, 2, 1, 2}
	for attribute, err := range bgp.Split(block) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Printf("%s: %x\n", attribute.Type, attribute.Value)
	}
	// Output:
	// ORIGIN: 00
	// MULTI_EXIT_DISC: 00000064
	// attribute 99: 0102
}

// A path's length counts an AS_SET as one AS; prepending can be left out.
func ExamplePath_Length() {
	block := []byte{0x40, 2, 28, 2, 4, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 2, 0, 0, 0, 3, 1, 2, 0, 0, 0, 8, 0, 0, 0, 9}
	var attributes bgp.Attributes
	if err := attributes.Decode(block, bgp.Form{ASSize: 4}); err != nil {
		log.Fatal(err)
	}
	sent, stripped := attributes.Path.Length()
	fmt.Println(&attributes.Path, sent, stripped)
	// Output:
	// 1 2 2 3 {8,9} 5 4
}
