package dump_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"tidemark/collectors/mrt"
	"tidemark/collectors/mrt/dump"
	"tidemark/internal/compression"
	"tidemark/internal/testkit"
)

// TestDocumentedDifferences shows each row of docs/bgpdump.md on the smallest input that has it: a text that bgpdump writes or
// lacks (behind !), and the same here.
func TestDocumentedDifferences(t *testing.T) {
	t.Parallel()
	bgpdump, bzip2 := testkit.Need(t, "bgpdump"), testkit.Need(t, "bzip2")
	session := []byte{0xfb, 0xf0, 192, 0, 2, 1, 0xfb, 0xf1, 192, 0, 2, 254}
	oldPath := []byte{0x40, 1, 1, 0, 0x40, 2, 4, 2, 1, 0xfb, 0xf0, 0x40, 3, 4, 192, 0, 2, 1}
	oldEntry := func(third byte) []byte { // of TABLE_DUMP
		return slices.Concat([]byte{10, 0, third, 0, 24, 1, 0x65, 0, 0, 0, 192, 0, 2, 1, 0xfb, 0xf0, 0, byte(len(oldPath))}, oldPath)
	}
	batch := rec(mrt.TableDump, 1, slices.Concat([]byte{0, 0, 0, 1}, oldEntry(1), oldEntry(2))...)
	batch[11] -= 4 // as RIS wrote in 2000
	entry := func(network ...byte) []byte {
		return rec(mrt.TableDumpV2, 2, slices.Concat([]byte{0, 0, 0, 0}, network, []byte{0, 1, 0, 0, 0x65, 0, 0, 0, 0, byte(len(usual))}, usual)...)
	}
	announced := updateOf(nil, usual, prefix)
	squeeze := func(b []byte) []byte {
		c := exec.Command(bzip2, "-c")
		c.Stdin = bytes.NewReader(b)
		out, err := c.Output()
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	aggregated := slices.Concat([]byte{0xfb, 0xf0, 0xfb, 0xf1, 0, 0, 0, 1, 192, 0, 2, 1, 192, 0, 2, 254}, slices.Repeat([]byte{0xff}, 16))
	aggregator := slices.Concat(oldPath, []byte{0xc0, 7, 8, 0, 0, 0xfb, 0xf4, 192, 0, 2, 9})
	body := updateBody(nil, aggregator, prefix)
	aggregated = slices.Concat(aggregated, []byte{0, byte(19 + len(body)), 2}, body)
	shown := map[string]bool{}
	for _, c := range []struct {
		row, suffix  string
		in           []byte
		options      []string
		theirs, ours string
	}{
		{"`-t change` of TABLE_DUMP_V2", "", append(slices.Clone(peers), entry(prefix...)...), []string{"-m", "-t", "change"}, "!TABLE_DUMP2|1694498816|B|", "TABLE_DUMP2|1694498816|B|"},
		{"withdrawals in MRT type 5", "", rec(5, 1, append(slices.Clone(session), updateBody([]byte{24, 10, 0, 9}, nil, nil)...)...), []string{"-m"}, "|192.0.2.1/24", "|10.0.9.0/24"},
		{"batched TABLE_DUMP records of 2000", "", batch, []string{"-m"}, "!10.0.2.0/24", "10.0.2.0/24"},
		{"damage", "", slices.Concat(announced, []byte("junk of some octets, and more"), announced), []string{"-m"}, "1", "2"},
		{"path identifiers in records that announce none", "", updateOf(nil, usual, []byte{0, 0, 0, 7, 24, 203, 0, 113}), []string{"-m"}, "|0.0.0.0/0|", "|203.0.113.0/24|"},
		{"RIB_GENERIC, and NLRI of VPN and other families", "", slices.Concat(peers, generic(6, 1, 128, vpnNLRI)), []string{"-H"}, "!203.0.113.0/24", "203.0.113.0/24"},
		{"AGGREGATOR of eight octets beside AS numbers of two", "", rec(mrt.BGP4MP, 1, aggregated...), []string{"-m"}, "|0 251.244.192.0|", "|64500 192.0.2.9|"},
		{"multi-stream bzip2", ".bz2", append(squeeze(announced), squeeze(announced)...), []string{"-m"}, "1", "2"},
		{"bits behind a prefix's length in a table", "", append(slices.Clone(peers), entry(20, 203, 0, 113)...), []string{"-m"}, "|203.0.113.0/20|", "|203.0.112.0/20|"},
		{"BGP4MP ENTRY", "", rec(mrt.BGP4MP, 2, make([]byte, 40)...), []string{"-H"}, "!ENTRY", "ENTRY"},
	} {
		shown[c.row] = true
		path := filepath.Join(t.TempDir(), "f"+c.suffix)
		if err := os.WriteFile(path, c.in, 0o644); err != nil {
			t.Fatal(err)
		}
		theirs, _ := exec.Command(bgpdump, append(append([]string{"-q"}, c.options...), path)...).Output()
		in, err := compression.NewReader(bytes.NewReader(c.in))
		if err != nil {
			t.Fatal(err)
		}
		options := dump.Options{Format: dump.Machine, LargeCommunities: true}
		if c.options[0] == "-H" {
			options.Format = dump.Human
		}
		options.Changed = slices.Contains(c.options, "change")
		ours, _ := showFrom(t, in, &options)
		for who, text := range map[string][2]string{"bgpdump": {string(theirs), c.theirs}, "tidemark": {ours, c.ours}} {
			want, not := strings.CutPrefix(text[1], "!")
			if len(want) == 1 { // a number of routes
				if n := strings.Count(text[0], "|203.0.113.0/24|"); n != int(want[0]-'0') {
					t.Errorf("%s: %s writes %d routes, want %s\n%s", c.row, who, n, want, text[0])
				}
			} else if strings.Contains(text[0], want) == not {
				t.Errorf("%s: %s: want %s in\n%s", c.row, who, text[1], text[0])
			}
		}
	}
	text, err := os.ReadFile("../../../docs/bgpdump.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rows, _ := strings.Cut(string(text), "\n|---|---|---|---|\n")
	rows, _, _ = strings.Cut(rows, "\n\n")
	for line := range strings.Lines(rows) {
		name := strings.TrimSpace(strings.Split(line, "|")[1])
		if !shown[name] {
			t.Errorf("%s is documented and not shown", name)
		}
		delete(shown, name)
	}
	for name := range shown {
		t.Errorf("%s is shown and not documented", name)
	}
}
