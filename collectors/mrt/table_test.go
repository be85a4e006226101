package mrt

import (
	"errors"
	"os"
	"regexp"
	"strings"
	"testing"
)

// TestPackageTable holds the table of the package documentation to the code: every type and subtype that has a name
// stands in it, as decoded or as counted.
func TestPackageTable(t *testing.T) {
	text, err := os.ReadFile("reader.go")
	if err != nil {
		t.Fatal(err)
	}
	listed := map[string]bool{} // name: decoded
	for _, line := range regexp.MustCompile(`(?m)^//\t(.+?)  +(decoded|counted)`).FindAllStringSubmatch(string(text), -1) {
		for clause := range strings.SplitSeq(line[1], ";") {
			words := strings.Fields(strings.ReplaceAll(clause, ",", ""))
			for i, word := range words {
				listed[word] = line[2] == "decoded"
				if i > 0 {
					listed[words[0]+" "+word] = line[2] == "decoded"
				}
			}
		}
	}
	for kind, most := range subtypes {
		for subtype := range most + 1 {
			rec := &Record{Type: kind, Subtype: subtype}
			_, e1 := NewRIB().Entries(rec, nil)
			_, e2 := rec.ParseMessage()
			decoded := !errors.Is(e1, ErrNotDecoded) || !errors.Is(e2, ErrNotDecoded)
			base := strings.TrimSuffix(rec.SubtypeName(), "_ADDPATH")
			of := rec.TypeName()
			if of == "BGP4MP_ET" {
				of = "BGP4MP"
			}
			is, ok := listed[of+" "+base]
			if !ok && !strings.HasPrefix(base, "subtype ") {
				t.Errorf("%s is not in the table", rec.Name())
			}
			if !ok {
				is, ok = listed[of]
			}
			if !ok && of != "TABLE_DUMP" && of != "TABLE_DUMP_V2" {
				t.Errorf("%s is not in the table", rec.Name())
			}
			if decoded != is && !(strings.HasPrefix(base, "subtype ") && !decoded) {
				t.Errorf("%s: decoded %v, in the table %v", rec.Name(), decoded, is)
			}
		}
	}
}
