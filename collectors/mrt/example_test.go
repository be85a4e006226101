package mrt_test

import (
	"bytes"
	"compress/bzip2"
	"compress/gzip"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"log"
	"net/netip"
	"os"
	"slices"
	"strconv"
	"time"

	"tidemark/collectors/bgp"
	"tidemark/collectors/mrt"
)

// Count the routes of a table dump by address family.
func ExampleRIB_Entries() {
	f, err := os.Open("../../testdata/mrt/routeviews-2014.rib.bz2")
	if err != nil {
		log.Fatal(err)
	}
	defer f.Close()

	rib := mrt.NewRIB()
	routes, prefixes := map[bgp.Family]int{}, map[netip.Prefix]bool{}
	for rec, err := range mrt.NewReader(bzip2.NewReader(f), f.Name()).Records() {
		if err != nil {
			log.Fatal(err)
		}
		_, err = rib.Entries(rec, func(e *mrt.Entry) {
			routes[e.Family]++
			prefixes[e.Prefix] = true
		})
		if err != nil {
			log.Fatal(err)
		}
	}
	for family, n := range routes {
		fmt.Printf("%s: %d routes to %d prefixes from %d peers\n", family, n, len(prefixes), len(rib.Peers))
	}
	// Output:
	// ipv4-unicast: 1409 routes to 59 prefixes from 47 peers
}

// Find the ASes that originate a prefix.
func ExampleRIB_Entries_origins() {
	f, err := os.Open("../../testdata/mrt/routeviews-2014.rib.bz2")
	if err != nil {
		log.Fatal(err)
	}
	defer f.Close()

	prefix := netip.MustParsePrefix("1.0.4.0/24")
	rib, attributes := mrt.NewRIB(), bgp.Attributes{}
	origins := map[uint32]int{}
	for rec, err := range mrt.NewReader(bzip2.NewReader(f), f.Name()).Records() {
		if err != nil {
			log.Fatal(err)
		}
		_, err = rib.Entries(rec, func(e *mrt.Entry) {
			if e.Prefix != prefix {
				return
			}
			if err := attributes.Decode(e.Attributes, e.Form); err != nil {
				log.Print(err)
				return
			}
			asn, _ := attributes.Path.Origin()
			origins[asn]++
		})
		if err != nil {
			log.Fatal(err)
		}
	}
	for asn, peers := range origins {
		fmt.Printf("AS%d originates %s, as %d peers see it\n", asn, prefix, peers)
	}
	// Output:
	// AS56203 originates 1.0.4.0/24, as 32 peers see it
}

// Print the announcements of a block's prefixes in an update file.
func ExampleRecord_ParseMessage() {
	f, err := os.Open("../../testdata/mrt/ris-2015.updates.gz")
	if err != nil {
		log.Fatal(err)
	}
	defer f.Close()
	in, err := gzip.NewReader(f)
	if err != nil {
		log.Fatal(err)
	}

	block := netip.MustParsePrefix("2a00:e9e0::/32")
	var attributes bgp.Attributes
	for rec, err := range mrt.NewReader(in, f.Name()).Records() {
		if err != nil {
			log.Fatal(err)
		}
		m, err := rec.ParseMessage()
		if err != nil {
			log.Fatal(err)
		}
		if m.StateChange || m.Kind != bgp.MessageUpdate {
			continue
		}
		update, err := bgp.ParseUpdate(m.Body)
		if err != nil {
			log.Fatal(err)
		}
		if err := attributes.Decode(update.Attributes, m.Form); err != nil {
			log.Fatal(err)
		}
		if !attributes.Has(bgp.TypeReach) || !attributes.Reach.Family.Native() {
			continue
		}
		for all := bgp.Prefixes(attributes.Reach.NLRI, attributes.Reach.Family, m.Form.AddPath); all.More(); {
			prefix, _, err := all.Next()
			if err != nil {
				log.Fatal(err)
			}
			if block.Overlaps(prefix) {
				fmt.Println(time.Unix(int64(rec.Seconds), 0).UTC().Format(time.TimeOnly), m.Peer.Address, prefix, &attributes.Path)
			}
		}
	}
	// Output:
	// 00:02:08 2001:200:0:fe00::6249:0 2a00:e9e0::/32 25152 6939 39792 48670
	// 00:02:26 2001:200:0:fe00::6249:0 2a00:e9e0::/32 25152 6939 3267 48670
}

// Convert a table dump to CSV: the routes that AS1101 originates.
func ExampleReader_Records() {
	f, err := os.Open("../../testdata/mrt/routeviews-2015.rib6.bz2")
	if err != nil {
		log.Fatal(err)
	}
	defer f.Close()

	out := csv.NewWriter(os.Stdout)
	out.Write([]string{"prefix", "peer", "path"})
	rib, attributes := mrt.NewRIB(), bgp.Attributes{}
	for rec, err := range mrt.NewReader(bzip2.NewReader(f), f.Name()).Records() {
		if err != nil {
			log.Fatal(err)
		}
		_, err = rib.Entries(rec, func(e *mrt.Entry) {
			if err := attributes.Decode(e.Attributes, e.Form); err != nil {
				log.Print(err)
				return
			}
			if origin, _ := attributes.Path.Origin(); origin != 1101 {
				return
			}
			out.Write([]string{e.Prefix.String(), "AS" + strconv.Itoa(int(rib.Peers[e.Peer].ASN)), attributes.Path.String()})
		})
		if err != nil {
			log.Fatal(err)
		}
	}
	out.Flush()
	// Output:
	// prefix,peer,path
	// 2001::/32,AS3257,3257 1103 1101
	// 2001::/32,AS53364,53364 3257 1103 1101
	// 2001::/32,AS22388,22388 11537 20965 1103 1101
	// 2001::/32,AS7660,7660 22388 11537 20965 1103 1101
}

// Read on behind damage: a Damage says what is lost, and the iteration goes on.
func ExampleDamage() {
	f, err := os.Open("../../testdata/mrt/ris-2015.updates.gz")
	if err != nil {
		log.Fatal(err)
	}
	defer f.Close()
	in, err := gzip.NewReader(f)
	if err != nil {
		log.Fatal(err)
	}
	whole, err := io.ReadAll(in)
	if err != nil {
		log.Fatal(err)
	}
	damaged := slices.Concat(whole[:1000], []byte("these bytes are no MRT"), whole[1000:])

	records := 0
	for _, err := range mrt.NewReader(bytes.NewReader(damaged), "damaged").Records() {
		var damage *mrt.Damage
		switch {
		case errors.As(err, &damage):
			fmt.Printf("after record %d: %d bytes skipped\n", damage.Record, damage.Length)
		case err != nil:
			log.Fatal(err)
		default:
			records++
		}
	}
	fmt.Println(records, "records")
	// Output:
	// after record 10: 22 bytes skipped
	// 795 records
}
