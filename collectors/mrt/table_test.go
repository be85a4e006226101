package mrt

import (
	"errors"
	"os"
	"regexp"
	"strings"
	"testing"
)

// TestPackageTable compares the table of the package documentation with the code: every type and subtype that has a name
// is listed, as decoded or as counted.
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
	for kind, n := range subtypes {
		for subtype := range n {
			rec := &Record{Type: Type(kind), Subtype: subtype}
			_, e1 := NewRIB().Entries(rec, func(*Entry) {})
			_, e2 := rec.ParseMessage()
			decoded := !errors.Is(e1, ErrNotDecoded) || !errors.Is(e2, ErrNotDecoded)
			base := strings.TrimSuffix(rec.SubtypeName(), "_ADDPATH")
			name := rec.Type.String()
			if name == "BGP4MP_ET" {
				name = "BGP4MP"
			}
			is, ok := listed[name+" "+base]
			if !ok && !strings.HasPrefix(base, "subtype ") {
				t.Errorf("%s is not in the table", rec.Name())
			}
			if !ok {
				is, ok = listed[name]
			}
			if !ok && name != "TABLE_DUMP" && name != "TABLE_DUMP_V2" {
				t.Errorf("%s is not in the table", rec.Name())
			}
			if decoded != is && !(strings.HasPrefix(base, "subtype ") && !decoded) {
				t.Errorf("%s: decoded %v, in the table %v", rec.Name(), decoded, is)
			}
		}
	}
}
