package rfcwatch_test

import (
	"compress/gzip"
	"fmt"
	"io"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"tidemark/datasets"
	"tidemark/internal/testkit"
	"tidemark/internal/testkit/tables"
	"tidemark/rfcwatch"
	"tidemark/rfcwatch/history"
)

// reference matches a line of rfc-ref.txt, in which the RFC Editor lists all RFCs as references, with those that obsolete each.
var reference = regexp.MustCompile(`^RFC0*(\d+) +\| *([^|]*?) *\| (.*?), "(.*)", ((?:(?:STD|BCP|FYI|RTR) \d+, )*)RFC \d+, DOI (\S+), ([A-Z].*? \d{4}), <`)

// TestReferences compares an index of which no rule of ours was made with the references that the RFC Editor made of the same
// documents: numbers, titles, authors, dates, DOIs, other names, and what obsoletes each.
func TestReferences(t *testing.T) {
	rfcs, relations, m, err := decode(t, testkit.Data(t, "rfc/rfc-index.2026-06-12.txt.gz"), time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	if m.Seen != m.Kept {
		t.Errorf("%d of %d entries", m.Kept, m.Seen)
	}
	obsoletedBy, names := map[uint32][]string{}, map[uint32][]string{}
	for _, r := range relations {
		switch r.Relation {
		case "obsoleted-by":
			obsoletedBy[r.Number] = append(obsoletedBy[r.Number], r.Target)
		case "obsoletes":
			obsoletedBy[r.TargetNumber] = append(obsoletedBy[r.TargetNumber], fmt.Sprint("RFC", r.Number))
		case "is-also":
			names[r.Number] = append(names[r.Number], r.Target)
		}
	}
	list := inflate(t, testkit.Data(t, "rfc/rfc-ref.new.2026-06-12.txt.gz"))
	found, differ := 0, map[string][]string{}
	for line := range strings.SplitSeq(list, "\n") {
		if !strings.HasPrefix(line, "RFC") {
			continue
		}
		ref := reference.FindStringSubmatch(line)
		if ref == nil {
			t.Fatalf("unknown form: %s", line)
		}
		number, err := strconv.ParseUint(ref[1], 10, 32)
		if err != nil {
			t.Fatal(err)
		}
		found++
		r := rfcs[uint32(number)]
		for what, pair := range map[string][2]string{
			"title":        {lettersOf(r.Title), lettersOf(ref[4])},
			"authors":      {fmt.Sprint(nameParts(strings.Join(r.Authors, ", "))), fmt.Sprint(nameParts(ref[3]))},
			"DOI":          {r.DOI, ref[6]},
			"date":         {lettersOf(dateOf(&r)), lettersOf(ref[7])},
			"other names":  {fmt.Sprint(documents(strings.Join(names[r.Number], " "))), fmt.Sprint(documents(ref[5]))},
			"obsoleted by": {fmt.Sprint(documents(strings.Join(obsoletedBy[r.Number], " "))), fmt.Sprint(documents(ref[2]))},
		} {
			if pair[0] != pair[1] {
				differ[what] = append(differ[what], fmt.Sprintf("RFC %d: %s, want %s", number, pair[0], pair[1]))
			}
		}
	}
	if found != 9598 {
		t.Errorf("%d references, want 9598", found)
	}
	// The references are older than the index, and their dates and relations differ where the RFC Editor mended either. RFC 1083 has a second
	// organisation there.
	for what, want := range map[string]int{"title": 0, "authors": 1, "DOI": 0, "date": 123, "other names": 5, "obsoleted by": 25} {
		if len(differ[what]) != want {
			t.Errorf("%s: %d references differ, want %d:\n%s", what, len(differ[what]), want, strings.Join(differ[what], "\n"))
		}
	}
}

// lettersOf returns letters and digits only: the two files break lines and space punctuation in different ways.
func lettersOf(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return r
		}
		return -1
	}, s)
}

// nameParts returns the words of names in order of the alphabet, without initials: references put some surnames first and shorten
// initials to one.
func nameParts(s string) []string {
	parts := strings.FieldsFunc(s, func(r rune) bool { return !unicode.IsLetter(r) })
	parts = slices.DeleteFunc(parts, func(p string) bool { return p == "and" || utf8.RuneCountInString(p) == 1 })
	slices.Sort(parts)
	return parts
}

var documentName = regexp.MustCompile(`([A-Z]{3}) ?0*(\d+)`)

// documents returns the names of documents in order, as RFC123.
func documents(s string) []string {
	var all []string
	for _, m := range documentName.FindAllStringSubmatch(s, -1) {
		all = append(all, m[1]+m[2])
	}
	slices.Sort(all)
	return slices.Compact(all)
}

func dateOf(r *datasets.RFC) string {
	if r.Day > 0 {
		return fmt.Sprint(time.Month(r.Month), r.Day, r.Year)
	}
	return fmt.Sprint(time.Month(r.Month), r.Year)
}

// TestSubseries compares what each BCP, STD and FYI holds with the RFC Editor's lists of them, made on the day of the index.
func TestSubseries(t *testing.T) {
	store := tables.Store(t)
	if _, err := tables.Decode(t, store, rfcwatch.Index{}, "", testkit.Data(t, "rfc/rfc-index.2026-06-12.txt.gz"), time.Time{}); err != nil {
		t.Fatal(err)
	}
	state, err := history.At(store, time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	member := regexp.MustCompile(`RFC (\d+), DOI`)
	for series, want := range map[string]int{"BCP": 240, "STD": 100, "FYI": 38} {
		list := inflate(t, testkit.Data(t, "rfc/"+strings.ToLower(series)+"-index.2026-06-12.txt.gz"))
		blocks := regexp.MustCompile(`(?m)^   \[(?:BCP|STD|FYI)(\d+)\] {2,}\S`).FindAllStringSubmatchIndex(list, -1)
		if len(blocks) < want {
			t.Errorf("%d documents of %s, want at least %d", len(blocks), series, want)
		}
		for i, b := range blocks {
			end := len(list)
			if i+1 < len(blocks) {
				end = blocks[i+1][0]
			}
			var listed, held []string
			for _, m := range member.FindAllStringSubmatch(strings.Join(strings.Fields(list[b[0]:end]), " "), -1) {
				listed = append(listed, m[1])
			}
			name := series + list[b[2]:b[3]]
			for _, d := range state.Series(name) {
				held = append(held, fmt.Sprint(d.Number))
			}
			slices.Sort(listed)
			slices.Sort(held)
			if !slices.Equal(held, listed) {
				t.Errorf("%s holds %v, want %v", name, held, listed)
			}
		}
	}
}

// inflate returns the content of a file.
func inflate(t *testing.T, path string) string {
	t.Helper()
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	inflated, err := gzip.NewReader(file)
	if err != nil {
		t.Fatal(err)
	}
	content, err := io.ReadAll(inflated)
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}
