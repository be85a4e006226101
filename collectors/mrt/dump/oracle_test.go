package dump_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"tidemark/collectors/mrt"
	"tidemark/collectors/mrt/dump"
	"tidemark/internal/compression"
	"tidemark/internal/testkit"
	"tidemark/internal/testkit/fuzz"
)

var (
	whole    = flag.Bool("whole", false, "read real files to their end beside the slow reader, not only their first records")
	recordAt = regexp.MustCompile(`: record (\d+), byte`)
)

// compared is what was read by both readers.
type compared struct{ files, records, rows, failed int }

// besideSlow reads a file that is framed well by both readers, and returns where they first differ.
func besideSlow(file []byte, sum *compared) error {
	records, ok := slowRecords(file)
	if !ok {
		return errors.New("the file is damaged")
	}
	var out bytes.Buffer
	failed := map[int]bool{}
	var damage error
	err := dump.Run(context.Background(), bytes.NewReader(file), "f", &dump.Options{Format: dump.JSON}, &out, func(err error) {
		if m := recordAt.FindStringSubmatch(err.Error()); m != nil {
			n, _ := strconv.Atoi(m[1])
			failed[n] = true
		} else {
			damage = err
		}
	})
	if err != nil || damage != nil {
		return fmt.Errorf("the slow reader sees no damage: %v, %v", err, damage)
	}
	lines := bytes.Split(bytes.TrimSuffix(out.Bytes(), []byte("\n")), []byte("\n"))
	if out.Len() == 0 {
		lines = nil
	}
	var slow slowReader
	for _, r := range records {
		rows, wrong := slow.read(r)
		if wrong != failed[r.number] {
			return fmt.Errorf("record %d: an error: slow %v, fast %v\n%x", r.number, wrong, failed[r.number], r.body)
		}
		for _, want := range rows {
			if len(lines) == 0 {
				return fmt.Errorf("record %d: %v is missing", r.number, want)
			}
			got, err := likeSlow(lines[0])
			if err != nil {
				return fmt.Errorf("%s: %w", lines[0], err)
			}
			lines = lines[1:]
			if f, is := got["family"].(string); is {
				got["family"] = familyNumbers(f)
			}
			if nlri, is := want["nlri"].(string); is {
				want["nlri"] = strconv.Itoa(1 + strings.Count(nlri, ","))
			}
			if _, is := got["nlri"]; is && want["kind"] != "rib" {
				want["nlri"] = got["nlri"] // a field that GoBGP cannot read is one text
			}
			a, _ := json.Marshal(got)
			b, _ := json.Marshal(want)
			if !bytes.Equal(a, b) {
				return fmt.Errorf("record %d:\nfast %s\nslow %s\n%x", r.number, a, b, r.body)
			}
			sum.rows++
		}
		sum.records++
		if wrong {
			sum.failed++
		}
	}
	if len(lines) > 0 {
		return fmt.Errorf("%d rows too many, the first %s", len(lines), lines[0])
	}
	return nil
}

// familiesByName are AFI and SAFI of the families with names, the form of whose NLRI is known.
var familiesByName = map[string]string{
	"ipv4-unicast": "1/1", "ipv6-unicast": "2/1", "ipv4-multicast": "1/2", "ipv6-multicast": "2/2", "ipv4-labelled-unicast": "1/4", "ipv6-labelled-unicast": "2/4",
	"l3vpn-ipv4-unicast": "1/128", "l3vpn-ipv6-unicast": "2/128", "l3vpn-ipv4-multicast": "1/129", "l3vpn-ipv6-multicast": "2/129",
	"ipv4-flowspec": "1/133", "ipv6-flowspec": "2/133", "l3vpn-ipv4-flowspec": "1/134", "l3vpn-ipv6-flowspec": "2/134", "l2vpn-flowspec": "25/134",
	"ipv4-encap": "1/7", "ipv6-encap": "2/7", "ipv4-srpolicy": "1/73", "ipv6-srpolicy": "2/73", "ipv4-mup": "1/85", "ipv6-mup": "2/85",
	"l2vpn-vpls": "25/65", "l2vpn-evpn": "25/70", "rtc": "1/132", "ls": "16388/71", "opaque": "16397/241",
}

// familyNumbers returns AFI and SAFI of a family's name.
func familyNumbers(name string) string {
	if numbers, ok := familiesByName[name]; ok {
		return numbers
	}
	return strings.Replace(strings.TrimPrefix(name, "afi "), " safi ", "/", 1)
}

// framed returns a file's records, framed anew: damage, and the lengths of 2000, are the fast reader's matter and have tests of
// their own.
func framed(in io.Reader, most int) []byte {
	var b []byte
	for rec, err := range mrt.NewReader(in, "f").Records() {
		if err != nil || most == 0 {
			continue
		}
		most--
		b = append(b, encode(rec)...)
	}
	return b
}

func encode(rec *mrt.Record) []byte {
	body := rec.Body
	if rec.Type == mrt.BGP4MPET || rec.Type == mrt.ISISET || rec.Type == mrt.OSPFv3ET {
		body = append(binary.BigEndian.AppendUint32(nil, rec.Micros), body...)
	}
	b := binary.BigEndian.AppendUint32(nil, rec.Seconds)
	b = binary.BigEndian.AppendUint16(b, uint16(rec.Type))
	b = binary.BigEndian.AppendUint16(b, rec.Subtype)
	b = binary.BigEndian.AppendUint32(b, uint32(len(body)))
	return append(b, body...)
}

// TestBesideSlowReader reads the small inputs, the cases of the trials and the first records of every real file by both readers.
func TestBesideSlowReader(t *testing.T) {
	most := 200
	if *whole {
		most = -1
	}
	var sum compared
	read := func(name string) {
		f, err := os.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		in, err := compression.NewReader(f)
		if err != nil {
			return
		}
		defer in.Close()
		b := framed(in, most)
		if len(b) == 0 {
			return
		}
		sum.files++
		if err := besideSlow(b, &sum); err != nil {
			t.Errorf("%s: %.3000v", filepath.Base(name), err)
		}
	}
	for _, c := range small {
		read(testkit.File(t, "mrt/"+c.name))
	}
	cases, err := filepath.Glob("testdata/cases/*")
	if err != nil || len(cases) == 0 {
		t.Fatal("no cases", err)
	}
	for _, name := range cases {
		read(name)
	}
	for _, dir := range []string{"mrt", "trials/mrt"} {
		filepath.WalkDir(testkit.Data(t, dir), func(name string, d fs.DirEntry, err error) error {
			if err == nil && !d.IsDir() && !strings.Contains(name, "test_expect") {
				read(name)
			}
			return nil
		})
	}
	t.Logf("%d files, %d records (%d with an error), %d rows", sum.files, sum.records, sum.failed, sum.rows)
}

// FuzzBesideSlowReader gives both readers records of one peer table, and of one body in a type and subtype.
func FuzzBesideSlowReader(t *testing.F) {
	f := fuzz.With(t)
	cases, _ := filepath.Glob("testdata/cases/*")
	for _, name := range cases {
		b, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		for rec, err := range mrt.NewReader(bytes.NewReader(b), name).Records() {
			if err == nil {
				f.Add(uint8(rec.Type), uint8(rec.Subtype), bytes.Clone(rec.Body))
			}
		}
	}
	f.Fuzz(func(t *testing.T, kind, subtype uint8, body []byte) {
		file := encode(&mrt.Record{Seconds: 1700000000, Type: mrt.TableDumpV2, Subtype: 1, Body: []byte{192, 0, 2, 254, 0, 0, 0, 1, 2, 192, 0, 2, 1, 192, 0, 2, 1, 0, 0, 0xfb, 0xf0}})
		file = append(file, encode(&mrt.Record{Seconds: 1700000000, Type: mrt.Type(kind), Subtype: uint16(subtype), Body: body})...)
		if err := besideSlow(file, new(compared)); err != nil {
			t.Fatal(err)
		}
	})
}
