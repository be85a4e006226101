package showbgp_test

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"tidemark/collectors/bgp"
	"tidemark/collectors/mrt"
	"tidemark/collectors/showbgp"
	"tidemark/internal/testkit"
	"tidemark/internal/testkit/fuzz"
)

const heading = "BGP table version is 7, local router ID is 198.32.162.100\n" +
	"Status codes: s suppressed, d damped, h history, * valid, > best, i - internal\n" +
	"Origin codes: i - IGP, e - EGP, ? - incomplete\n\n" +
	"   Network          Next Hop            Metric LocPrf Weight Path\n"

var at = time.Date(1997, 11, 8, 0, 0, 0, 0, time.UTC)

// read returns the entries of a table as text, and the errors that were reported.
func read(t testing.TB, text string) (entries, faults []string) {
	t.Helper()
	records := mrt.NewReader(showbgp.NewReader(strings.NewReader(text), "f", at, func(err error) { faults = append(faults, err.Error()) }), "f")
	table := mrt.NewRIB()
	var a bgp.Attributes
	for {
		rec, err := records.Next()
		if err == io.EOF {
			return entries, faults
		}
		if err != nil {
			t.Fatal(err)
		}
		if _, err := table.Entries(rec, func(e *mrt.Entry) {
			if err := a.Decode(e.Attributes, e.Form); err != nil {
				t.Fatal(err)
			}
			for _, p := range a.Problems() {
				if !strings.Contains(p.String(), "AS 0") {
					t.Fatal(p)
				}
			}
			peer := table.Peers[e.Peer]
			text := fmt.Sprintf("%s AS%d %s", e.Prefix, peer.ASN, a.TableHop())
			if peer.Address != a.TableHop() || int64(e.Originated) != at.Unix() {
				t.Fatalf("%s of %s, %d", text, peer.Address, e.Originated)
			}
			if a.Has(bgp.TypeMED) {
				text += fmt.Sprint(" med=", a.MED)
			}
			if a.Has(bgp.TypeLocalPref) {
				text += fmt.Sprint(" pref=", a.LocalPref)
			}
			entries = append(entries, fmt.Sprintf("%s: %s%c", text, strings.TrimLeft(a.Path.String()+" ", " "), "ie?"[a.Origin]))
		}); err != nil {
			t.Fatal(err)
		}
	}
}

func TestLines(t *testing.T) {
	for name, c := range map[string]struct{ text, want, fault string }{
		"classes": {"*  3.0.0.0          205.215.45.50            0             0 4006 701 80 i\n" +
			"*>                  194.68.130.254                         0 5459 5413 1 701 80 i\n" +
			"*> 128.9.0.0        205.215.45.50                          0 4006 e\n" +
			"*> 192.5.5.0        205.215.45.50                          0 4006 ?\n" +
			"*> 0.0.0.0          205.215.45.50                          0 4006 i\n",
			"3.0.0.0/8 AS4006 205.215.45.50 med=0: 4006 701 80 i; 3.0.0.0/8 AS5459 194.68.130.254: 5459 5413 1 701 80 i; " +
				"128.9.0.0/16 AS4006 205.215.45.50: 4006 e; 192.5.5.0/24 AS4006 205.215.45.50: 4006 ?; 0.0.0.0/0 AS4006 205.215.45.50: 4006 i", ""},
		"wrapped": {"*> 199.16.104.128/27\n                    10.66.166.3              0    100      0 11111 99999 ?\n* i                 10.66.166.4              0    100      0 i\n",
			"199.16.104.128/27 AS11111 10.66.166.3 med=0 pref=100: 11111 99999 ?; 199.16.104.128/27 AS0 10.66.166.4 med=0 pref=100: i", ""},
		"glued status": {" *bi10.9.9.9/32      192.168.3.2              0    100      0 10 10 i\n",
			"10.9.9.9/32 AS10 192.168.3.2 med=0 pref=100: 10 10 i", ""},
		"wide numbers": {"*> 10.0.0.0/8       192.0.2.1       42949672954294967  65535 7 i\n", "10.0.0.0/8 AS7 192.0.2.1 med=4294967295 pref=4294967: 7 i", ""},
		"sets and confederations": {"*> 10.0.0.0/8       192.0.2.1                              0 (65001 65002) 7 7 1.10 {3,4} i\n",
			"10.0.0.0/8 AS7 192.0.2.1: (65001 65002) 7 7 65546 {3,4} i", ""},
		"IPv6": {"*> fd00::/8         2001:db8::1              0             0 7 i\n" +
			"*> 2001:200::/32    2001:db8:ffff:ffff::1\n                                                           0 2500 i\n" +
			"*                   fe80::1                                0 9 i\n",
			"fd00::/8 AS7 2001:db8::1 med=0: 7 i; 2001:200::/32 AS2500 2001:db8:ffff:ffff::1: 2500 i; 2001:200::/32 AS9 fe80::1: 9 i", ""},
		"history and totals": {" h 10.0.0.0/8       192.0.2.1                              0 7 i\n*>                  192.0.2.2                              0 8 i\n\nTotal number of prefixes 1\nroute-views>\n",
			"10.0.0.0/8 AS8 192.0.2.2: 8 i", ""},
		"no network":       {"*> 300.0.0.0/8      192.0.2.1                              0 7 i\n*                   192.0.2.1                              0 7 i\n", "", "no network"},
		"no class":         {"*> 240.0.0.0        192.0.2.1                              0 7 i\n", "", "no network"},
		"no origin":        {"*> 10.0.0.0/8       192.0.2.1                              0 7\n", "", "origin code"},
		"out of columns":   {"*> 10.0.0.0/8       192.0.2.1          0      0 7 i\n", "", "not in their columns"},
		"other family":     {"*> 10.0.0.0/8       2001:db8::1                            0 7 i\n", "", "other family"},
		"no AS":            {"*> 10.0.0.0/8       192.0.2.1                              0 7 x i\n", "", "invalid AS number"},
		"open set":         {"*> 10.0.0.0/8       192.0.2.1                              0 {7 i\n", "", "lacks a }"},
		"empty set":        {"*> 10.0.0.0/8       192.0.2.1                              0 7 {} i\n", "", "empty segment"},
		"too long a path":  {"*> 10.0.0.0/8       192.0.2.1                              0 " + strings.Repeat("{1}", 12_000) + " i\n", "", "over 10000 ASes"},
		"torn at the wrap": {"*> 199.16.104.128/27\n*> 10.0.0.0/8       192.0.2.1                              0 7 i\n", "10.0.0.0/8 AS7 192.0.2.1: 7 i", "199.16.104.128/27"},
		"torn at the end":  {"*> 199.16.104.128/27\n", "", "is not complete"},
		"a long line":      {"*> " + strings.Repeat("1", 70_000) + "\n", "", "line 6 is over"},
	} {
		entries, faults := read(t, heading+c.text)
		if got := strings.Join(entries, "; "); got != c.want {
			t.Errorf("%s:\n got %s\nwant %s", name, got, c.want)
		}
		if all := strings.Join(faults, "; "); c.fault == "" && all != "" || !strings.Contains(all, c.fault) {
			t.Errorf("%s: %q, want %q", name, all, c.fault)
		}
	}
	if _, faults := read(t, strings.Replace(heading, "LocPrf", "LocPref", 1)); len(faults) != 1 {
		t.Errorf("columns of others: %v", faults)
	}
}

func TestTimeOf(t *testing.T) {
	day := time.Date(2001, 10, 26, 0, 0, 0, 0, time.UTC)
	for name, want := range map[string]string{
		"oix-full-snapshot-2001-10-26-1200.dat.bz2": "12:00", "rib.20011026.2359.txt": "23:59", "table-2001-10-26.txt": "00:00", "table.txt": "00:00",
		"oix-full-snapshot-2001-10-27-1200.dat": "00:00", "x-2001-10-26-2460.dat": "00:00", "x-2001-10-26-12001.dat": "00:00",
	} {
		at := showbgp.TimeOf(name, day)
		if got := at.Format("15:04"); got != want || !at.Truncate(24*time.Hour).Equal(day) {
			t.Errorf("%s is of %s, want %s", name, at, want)
		}
	}
}

// TestLongPath has a path that no one segment can hold.
func TestLongPath(t *testing.T) {
	path := strings.TrimSpace(strings.Repeat("64496 ", 600))
	entries, faults := read(t, heading+"*> 10.0.0.0/8       192.0.2.1                              0 "+path+" i\n")
	if len(faults) > 0 || len(entries) != 1 || !strings.HasSuffix(entries[0], ": "+path+" i") {
		t.Errorf("%.200v, %v", entries, faults)
	}
}

// TestRealTables compares with what is left of the lines when everything up to the weight is cut off.
func TestRealTables(t *testing.T) {
	folder := testkit.Data(t, "text-tables")
	files, _ := filepath.Glob(filepath.Join(folder, "ntc", "cisco_ios*"))
	heads, _ := filepath.Glob(filepath.Join(folder, "*.head.txt"))
	files = append(files, heads...)
	if len(files) < 8 {
		t.Fatalf("only %v", files)
	}
	network := regexp.MustCompile(`^[ *>a-zA-Z]{1,6}(\d+\.\d+\.\d+\.\d+(?:/\d+)?)(?: |$)`)
	behind := regexp.MustCompile(`\d+\.\d+\.\d+\.\d+ +(?:\d+ +)*?(?:\d+ )?(0|32768|40000|50000) ((?:[\d{},.]+ )*[ie?])$`)
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if !showbgp.Is(text[:min(512, len(text))]) {
			t.Errorf("%s is not taken for a table", file)
		}
		var want []string
		prefix := ""
		_, body, _ := strings.Cut(string(text), "Weight Path")
		for _, line := range strings.Split(body, "\n") {
			line = strings.TrimRight(line, " \r")
			if m := network.FindStringSubmatch(line); m != nil {
				if prefix = m[1]; !strings.Contains(prefix, "/") {
					prefix += "/24" // those files have no other class
				}
			}
			if m := behind.FindStringSubmatch(line); m != nil {
				want = append(want, prefix+": "+m[2])
			}
		}
		entries, faults := read(t, string(text))
		var got []string
		for _, e := range entries {
			prefix, _, _ := strings.Cut(e, " ")
			_, path, _ := strings.Cut(e, ": ")
			got = append(got, prefix+": "+path)
		}
		if len(faults) > 0 || len(want) == 0 || !slices.Equal(got, want) {
			t.Errorf("%s: %d entries, want %d; %v\n got %q\nwant %q", filepath.Base(file), len(got), len(want), faults, got, want)
		}
	}
}

func FuzzTable(t *testing.F) {
	f := fuzz.With(t)
	f.Add([]byte(heading + "*> 10.0.0.0/8       192.0.2.1                              0 7 {1,2} i\n* i10.0.0.0/20\n                    10.66.166.3              0    100      0 (1 2) ?\n"))
	f.Add([]byte(heading + "*> fd00::/8         2001:db8::1              0             0 7 i\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		entries, _ := read(t, string(b))
		if lines := bytes.Count(b, []byte("\n")) + 1; len(entries) > lines {
			t.Errorf("%d entries of %d lines", len(entries), lines)
		}
	})
}
