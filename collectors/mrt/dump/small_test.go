package dump_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"flag"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"tidemark/collectors/mrt/dump"
	"tidemark/internal/testkit"
	"tidemark/internal/testkit/inflated"
)

var update = flag.Bool("update", false, "write the golden files anew")

// small are the inputs of testdata/mrt with their counts. Their golden text is that of Debian's bgpdump, but for two files
// that it cannot read, whose golden text is ours: TABLE_DUMP records of early 2000, which are batched, and ADD-PATH
// sessions in records that do not say so.
var small = []struct {
	name     string
	ours     bool
	records  int64
	elements map[string]int64
	families map[string]int64
}{
	{"ris-1999.updates.gz", false, 300, map[string]int64{"announce": 778, "keepalive": 3}, map[string]int64{"ipv4-unicast": 778}},
	{"ris-2000.rib.gz", true, 20, map[string]int64{"rib": 3605}, map[string]int64{"ipv4-unicast": 3605}},
	{"ris-2015.updates.gz", false, 795, map[string]int64{"announce": 1435, "withdraw": 122, "keepalive": 30, "state": 4},
		map[string]int64{"ipv4-unicast": 1266, "ipv6-unicast": 291}},
	{"routeviews-2014.rib.bz2", false, 60, map[string]int64{"rib": 1409}, map[string]int64{"ipv4-unicast": 1409}},
	{"routeviews-2015.rib6.bz2", false, 60, map[string]int64{"rib": 1316}, map[string]int64{"ipv6-unicast": 1316}},
	{"routeviews-2022.updates.gz", true, 300, map[string]int64{"announce": 426, "withdraw": 33}, map[string]int64{"ipv4-unicast": 281, "ipv6-unicast": 178}},
}

// openSmall returns a small input, decompressed.
func openSmall(t *testing.T, name string) io.Reader {
	t.Helper()
	return inflated.Open(t, testkit.File(t, "mrt/"+name))
}

// TestSmallInputs compares the text of every small input with its golden file, byte for byte.
func TestSmallInputs(t *testing.T) {
	for _, c := range small {
		t.Run(c.name, func(t *testing.T) {
			got, wrong := showFrom(t, openSmall(t, c.name), &dump.Options{Format: dump.Machine})
			if len(wrong) > 0 {
				t.Errorf("%d errors, the first: %v", len(wrong), wrong[0])
			}
			golden := filepath.Join("testdata", "small", c.name+".txt.gz")
			if *update {
				text := []byte(got)
				if !c.ours {
					var err error
					if text, err = exec.Command(testkit.Need(t, "bgpdump"), "-q", "-m", testkit.File(t, "mrt/"+c.name)).Output(); err != nil {
						t.Fatal(err)
					}
				}
				writeGzip(t, golden, text)
			}
			if want := readGzip(t, golden); got != want {
				t.Error(firstDifference(got, want))
			}
		})
	}
}

// TestMeasureSmallInputs: the counts of the small inputs are known.
func TestMeasureSmallInputs(t *testing.T) {
	for _, c := range small {
		s, err := dump.Measure(context.Background(), openSmall(t, c.name), c.name)
		if err != nil {
			t.Fatal(err)
		}
		if s.Records != c.records {
			t.Errorf("%s: %d records, want %d", c.name, s.Records, c.records)
		}
		if !maps.Equal(s.Elements, c.elements) {
			t.Errorf("%s: elements %v, want %v", c.name, s.Elements, c.elements)
		}
		if !maps.Equal(s.Families, c.families) {
			t.Errorf("%s: families %v, want %v", c.name, s.Families, c.families)
		}
		if s.SkippedLen != 0 {
			t.Errorf("%s: %d bytes skipped", c.name, s.SkippedLen)
		}
	}
}

// TestFormatsAgreeOnSmallInputs: JSON and CSV have a line for every line of the machine form.
func TestFormatsAgreeOnSmallInputs(t *testing.T) {
	for _, c := range small {
		machine, _ := showFrom(t, openSmall(t, c.name), &dump.Options{Format: dump.Machine})
		want := strings.Count(machine, "\n")
		for name, format := range map[string]dump.Format{"JSON": dump.JSON, "CSV": dump.CSV} {
			filter := dump.Filter{Kinds: []string{"rib", "announce", "withdraw", "state"}}
			text, wrong := showFrom(t, openSmall(t, c.name), &dump.Options{Format: format, Filter: filter})
			if len(wrong) > 0 {
				t.Errorf("%s as %s: %v", c.name, name, wrong[0])
			}
			got := strings.Count(text, "\n")
			if format == dump.JSON {
				got -= strings.Count(text, `"kind":"peer-table"`)
			}
			if got != want {
				t.Errorf("%s as %s: %d lines, want %d", c.name, name, got, want)
			}
		}
	}
}

func writeGzip(t *testing.T, path string, text []byte) {
	t.Helper()
	var b bytes.Buffer
	z, _ := gzip.NewWriterLevel(&b, gzip.BestCompression)
	if _, err := z.Write(text); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, b.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
}

func readGzip(t *testing.T, path string) string {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
