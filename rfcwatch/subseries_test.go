package rfcwatch_test

import (
	"encoding/xml"
	"errors"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"tidemark/datasets"
	"tidemark/datasets/table"
	"tidemark/internal/testkit"
	"tidemark/internal/testkit/tables"
	"tidemark/rfcwatch"
)

// TestSubseriesOfSnapshots compares which RFCs each snapshot of the index puts into a BCP, an STD or an FYI with what a second reading of
// the file finds: of the XML by its elements, of the text by its parentheses.
func TestSubseriesOfSnapshots(t *testing.T) {
	paths, err := filepath.Glob(filepath.Join(testkit.Data(t, "rfc/rfc-index-txt"), "*.gz"))
	if err != nil || len(paths) < 10 {
		t.Fatalf("%d snapshots: %v", len(paths), err)
	}
	newest := testkit.Data(t, "rfc/rfc-index.2026-06-12.txt.gz")
	for _, path := range append(paths, newest, testkit.Data(t, "rfc/rfc-index.excerpt.xml"), testkit.Data(t, "rfc/rfc-index.ietf-cli-sample.xml")) {
		store := tables.Store(t)
		manifests, err := tables.Decode(t, store, rfcwatch.Index{}, "", path, time.Date(2026, 6, 12, 0, 0, 0, 0, time.UTC))
		if err != nil {
			t.Fatal(err)
		}
		at := slices.IndexFunc(manifests, func(m *table.Manifest) bool { return m.Dataset == datasets.RFCRelations.Name })
		if at < 0 {
			t.Fatalf("%s: no relations", path)
		}
		var read []string
		for _, r := range tables.Rows(t, store, datasets.RFCRelations, manifests[at]) {
			if r.Relation == "is-also" && subseriesName.MatchString(r.Target) {
				read = append(read, strconv.Itoa(int(r.Number))+" "+r.Target)
			}
		}
		var want []string
		if strings.HasSuffix(path, ".xml") {
			want = membersInXML(t, path)
		} else {
			want = membersInText(inflate(t, path))
		}
		slices.Sort(read)
		slices.Sort(want)
		want = slices.Compact(want)
		if !slices.Equal(read, want) {
			t.Errorf("%s: %d memberships, want %d:\nonly read: %v\nonly there: %v", filepath.Base(path), len(read), len(want), without(read, want), without(want, read))
		}
		if path == newest && len(want) < 400 {
			t.Errorf("%d memberships in the newest index", len(want))
		}
	}
}

var subseriesName = regexp.MustCompile(`^(?:BCP|STD|FYI)[1-9]\d*$`)

func without(all, others []string) []string {
	return slices.DeleteFunc(slices.Clone(all), func(s string) bool { return slices.Contains(others, s) })
}

var (
	indexEntry   = regexp.MustCompile(`(?m)^ ?(\d{1,5}) +\S`)
	alsoGroup    = regexp.MustCompile(`\((?:Also )?((?:(?:BCP|STD|FYI|RFC|RTR) ?\d+(?:, ?)?)+)\)`)
	subseriesRef = regexp.MustCompile(`(BCP|STD|FYI) ?0*(\d+)`)
)

// membersInText returns lines as "5735 BCP153" of an index in text.
func membersInText(index string) (found []string) {
	starts := indexEntry.FindAllStringSubmatchIndex(index, -1)
	for i, at := range starts {
		end := len(index)
		if i+1 < len(starts) {
			end = starts[i+1][0]
		}
		number, _ := strconv.Atoi(index[at[2]:at[3]])
		for _, group := range alsoGroup.FindAllStringSubmatch(strings.Join(strings.Fields(index[at[0]:end]), " "), -1) {
			for _, m := range subseriesRef.FindAllStringSubmatch(group[1], -1) {
				found = append(found, strconv.Itoa(number)+" "+m[1]+m[2])
			}
		}
	}
	return found
}

// membersInXML returns the same of an index in XML, by the entries of RFCs.
func membersInXML(t *testing.T, path string) (found []string) {
	t.Helper()
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	d := xml.NewDecoder(file)
	var open []string
	number := 0
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return found
		}
		if err != nil {
			t.Fatal(err)
		}
		switch token := token.(type) {
		case xml.StartElement:
			open = append(open, token.Name.Local)
		case xml.EndElement:
			open = open[:len(open)-1]
		case xml.CharData:
			switch text := strings.TrimSpace(string(token)); strings.Join(open[min(1, len(open)):], "/") {
			case "rfc-entry/doc-id":
				number, _ = strconv.Atoi(strings.TrimPrefix(text, "RFC"))
			case "rfc-entry/is-also/doc-id":
				if m := subseriesRef.FindStringSubmatch(text); m != nil {
					found = append(found, strconv.Itoa(number)+" "+m[1]+m[2])
				}
			}
		}
	}
}
