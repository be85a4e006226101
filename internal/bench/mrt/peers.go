package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"sync"
	"sync/atomic"

	"github.com/klauspost/compress/gzip"
	gobgp "github.com/osrg/gobgp/v3/pkg/packet/mrt"
)

// countGoBGP decodes every record of the file with GoBGP's package in two workers, as GoBGP's importer does, and prints
// the number of routes.
func countGoBGP(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	scanner := bufio.NewScanner(f)
	scanner.Buffer(make([]byte, 1<<20), 64<<20)
	scanner.Split(gobgp.SplitMrt)
	records := make(chan []byte, 256)
	var routes, refused atomic.Int64
	var workers sync.WaitGroup
	for range 2 {
		workers.Go(func() {
			for record := range records {
				n, err := gobgpRoutes(record)
				if err != nil {
					refused.Add(1)
				}
				routes.Add(int64(n))
			}
		})
	}
	for scanner.Scan() {
		records <- append([]byte(nil), scanner.Bytes()...)
	}
	close(records)
	workers.Wait()
	fmt.Println(routes.Load(), "routes,", refused.Load(), "records refused")
	return scanner.Err()
}

func gobgpRoutes(record []byte) (int, error) {
	header := &gobgp.MRTHeader{}
	if err := header.DecodeFromBytes(record[:gobgp.MRT_COMMON_HEADER_LEN]); err != nil {
		return 0, err
	}
	message, err := gobgp.ParseMRTBody(header, record[gobgp.MRT_COMMON_HEADER_LEN:])
	if err != nil {
		return 0, err
	}
	if rib, ok := message.Body.(*gobgp.Rib); ok {
		return len(rib.Entries), nil
	}
	return 1, nil
}

// inflate reads a gzip file to its end with the fastest decompressor available to Go.
func inflate(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	z, err := gzip.NewReader(bufio.NewReaderSize(f, 1<<20))
	if err != nil {
		return err
	}
	n, err := io.Copy(io.Discard, z)
	fmt.Println(n)
	return err
}
