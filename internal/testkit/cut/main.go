// Command cut makes the repository's testdata from inputs of full size: the first records of dumps, and some entries of
// registries. Run it in the repository's root:
//
//	go run ./internal/testkit/cut ../shared/data testdata
//
// testdata/README.md says where the inputs come from.
package main

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"tidemark/collectors/mrt"
	"tidemark/internal/compression"
)

// cuts are the files of testdata: n records or entries of a file; all if cut is whole.
var cuts = []struct {
	to, from string
	n        int
	cut      func(in io.Reader, n int) ([]byte, error)
}{
	{"mrt/ris-1999.updates.gz", "mrt/bgpkit/ripe/rrc00/1999.12/updates.19991214.1621.gz", 300, records},
	{"mrt/ris-2000.rib.gz", "mrt/bgpkit/ripe/rrc00/2000.01/bview.20000111.0032.gz", 20, records},
	{"mrt/ris-2015.updates.gz", "mrt/libbgpstream/ris.rrc06.updates.1427846400.gz", 0, whole},
	{"mrt/routeviews-2014.rib.bz2", "mrt/pyasn/rib.20140523.0600_firstMB.bz2", 60, records},
	{"mrt/routeviews-2015.rib6.bz2", "mrt/pyasn/rib6.20151101.0600_firstMB.bz2", 60, records},
	{"mrt/routeviews-2022.updates.gz", "mrt/bgpipe/sample.mrt", 300, records},
	{"registry/iana-ipv4-special-registry-1.csv", "iana/iana-ipv4-special-registry-1.csv", 0, whole},
	{"registry/iana-ipv6-special-registry-1.csv", "iana/iana-ipv6-special-registry-1.csv", 0, whole},
	{"registry/delegated-afrinic-extended-20180126", "rir/delegated-afrinic-extended-20180126.gz", 200, sample},
	{"registry/roas-201801.json", "rpki/validator3-roas.201801.json.gz", 100, payloads},
	{"rfc/rfc-index-2026-06-12.txt", "rfc/rfc-index.2026-06-12.txt.gz", 100, paragraphs},
	{"rfc/rfc-index.xml", "rfc/rfc-index.ietf-cli-sample.xml", 0, whole},
}

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: cut INPUTS TESTDATA")
		os.Exit(2)
	}
	for _, c := range cuts {
		if err := write(filepath.Join(os.Args[2], c.to), filepath.Join(os.Args[1], c.from), c.n, c.cut); err != nil {
			fmt.Fprintln(os.Stderr, "cut:", err)
			os.Exit(1)
		}
	}
}

func write(to, from string, n int, cut func(io.Reader, int) ([]byte, error)) error {
	f, err := os.Open(from)
	if err != nil {
		return err
	}
	defer f.Close()
	in, err := compression.NewReader(f)
	if err != nil {
		return fmt.Errorf("%s: %w", from, err)
	}
	defer in.Close()
	b, err := cut(in, n)
	if err != nil {
		return fmt.Errorf("%s: %w", from, err)
	}
	if b, err = compress(filepath.Ext(to), b); err != nil {
		return fmt.Errorf("%s: %w", to, err)
	}
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		return err
	}
	return os.WriteFile(to, b, 0o644)
}

func whole(in io.Reader, _ int) ([]byte, error) { return io.ReadAll(in) }

// records cuts an MRT file behind its nth record. The bytes before it are kept as they are, damage included.
func records(in io.Reader, n int) ([]byte, error) {
	var b bytes.Buffer
	for rec, err := range mrt.NewReader(io.TeeReader(in, &b), "").Records() {
		if err != nil {
			return nil, err
		}
		if rec.Number > n {
			b.Truncate(int(rec.Offset))
			break
		}
	}
	return b.Bytes(), nil
}

// sample returns the header of an RIR's statistics and n of its other lines, evenly spread.
func sample(in io.Reader, n int) ([]byte, error) {
	const header = 4
	b, err := io.ReadAll(in)
	all := strings.SplitAfter(string(b), "\n")
	kept := all[:header]
	for i := range n {
		kept = append(kept[:len(kept):len(kept)], all[header+i*(len(all)-header)/n])
	}
	return []byte(strings.Join(kept, "")), err
}

func paragraphs(in io.Reader, n int) ([]byte, error) {
	b, err := io.ReadAll(in)
	all := strings.SplitAfter(string(b), "\n\n")
	return []byte(strings.Join(all[:min(n, len(all))], "")), err
}

// payloads cuts the list of a JSON file of VRPs.
func payloads(in io.Reader, n int) ([]byte, error) {
	var file struct {
		Data []json.RawMessage `json:"data"`
	}
	if err := json.NewDecoder(in).Decode(&file); err != nil {
		return nil, err
	}
	file.Data = file.Data[:min(n, len(file.Data))]
	return json.MarshalIndent(file, "", "  ")
}

func compress(extension string, b []byte) ([]byte, error) {
	var out bytes.Buffer
	switch extension {
	case ".gz":
		z, err := gzip.NewWriterLevel(&out, gzip.BestCompression)
		if err != nil {
			return nil, err
		}
		if _, err := z.Write(b); err != nil {
			return nil, err
		}
		err = z.Close()
		return out.Bytes(), err
	case ".bz2":
		c := exec.Command("bzip2", "-9")
		c.Stdin, c.Stdout = bytes.NewReader(b), &out
		err := c.Run()
		return out.Bytes(), err
	}
	return b, nil
}
