package text

import (
	"archive/tar"
	"compress/gzip"
	"fmt"
	"io"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"

	"tidemark/internal/testkit"
)

// TestParseHeader has the forms that headers have had: those of xml2rfc, of nroff and of hand-made drafts.
func TestParseHeader(t *testing.T) {
	const after = "\n\n              A Title of the Draft\n                  draft-ietf-x-y-01\n\nAbstract\n\n   Updates: 1 (if approved)\n"
	for _, c := range []struct{ header, want string }{
		{"\n\n\n\nV6OPS                                                           A. One\nInternet-Draft                                                    Somewhere\nObsoletes: 6146 (if approved)                                 6 July 2026\nIntended status: Standards Track\nExpires: 7 January 2027\n",
			"V6OPS obsoletes [6146] updates [] 2026-07-06"},
		// two builds of draft-ietf-v6ops-nat64-wkp-1918: the second says what the first only does
		{"\n\n\n\nIPv6 Operations                                                W. Kumari\nInternet-Draft                                                J. Linkova\nIntended status: Standards Track                             Google, LLC\nExpires: 17 November 2026                                    16 May 2026\n",
			"IPv6 Operations obsoletes [] updates [] 2026-05-16"},
		{"\n\n\n\nIPv6 Operations                                                W. Kumari\nInternet-Draft                                                J. Linkova\nUpdates: 6052 (if approved)                                  Google, LLC\nIntended status: Standards Track                            23 July 2026\nExpires: 24 January 2027\n",
			"IPv6 Operations obsoletes [] updates [6052] 2026-07-23"},
		{"Network Working Group                                          A. One\nInternet-Draft                                                 Somewhere\nUpdates: 6052, 6147 (if approved)                          14 June 2024\nExpires: 16 December 2024\n",
			"Network Working Group obsoletes [] updates [6052 6147] 2024-06-14"},
		// over several lines, and both
		{"IDR                                                              A. One\nInternet-Draft                                                   Somewhere\nObsoletes: 4893, 5396 (if approved)                               B. Two\nUpdates: 1997, 4271, 4360, 4456, 4760,                        Elsewhere\n         5543, 5701, 6368 (if approved)                   4 November 2024\nExpires: 8 May 2025\n",
			"IDR obsoletes [4893 5396] updates [1997 4271 4360 4456 4760 5543 5701 6368] 2024-11-04"},
		// the remark is broken, the right column has a day beside an open list
		{"IDR                                            A. One\nInternet-Draft                              Somewhere\nUpdates: 4271, 4360,                     4 November 2024\n         6811 (if                               B. Two\n         approved)\n", "IDR obsoletes [] updates [4271 4360 6811] 2024-11-04"},
		// RFC before the numbers, "and", semicolons, no remark
		{"INTERNET-DRAFT                                                   A. One\nObsoletes: RFC 3066, RFC3067 and RFC-3068\nUpdates: RFCs 1034, 1035, and 2181                      March 2005\n", "INTERNET-DRAFT obsoletes [3066 3067 3068] updates [1034 1035 2181] 2005-03-01"},
		{"Internet Draft                                                   A. One\nUpdates: 1034; 1035 (If Approved)\nExpires: May 2005                             November 3, 2004\n", "Internet Draft obsoletes [] updates [1034 1035] 2004-11-03"},
		{"X\nInternet-Draft\nObsoletes: RFC 1034 RFC 1035                          A. One\n", "X obsoletes [1034 1035] updates [] 0001-01-01"},
		// each number with its own remark
		{"X\nInternet-Draft\nUpdates: 4271 (if approved), 4760 (if approved)      A. One\n", "X obsoletes [] updates [4271 4760] 0001-01-01"},
		// the numbers begin on the next line
		{"X\nInternet-Draft\nUpdates:                                        A. One\n         6052 (if approved)                   Somewhere\n", "X obsoletes [] updates [6052] 0001-01-01"},
		// spaces after the colon, tabs between the columns
		{"Network Working Group\t\t\t\tA. One\nInternet-Draft\t\t\t\t\tSomewhere\nObsoletes:     2460\t\t\t\tOctober 2015\n", "Network Working Group obsoletes [2460] updates [] 2015-10-01"},
		{"X\nInternet-Draft\nObsoletes: 2616,  2617          3COM Corp.\n", "X obsoletes [2616 2617] updates [] 0001-01-01"},
		// a day, a company with digits or a street in the right column is not a number of the list
		{"X\nInternet-Draft\nUpdates: 6724 (if approved)        12 December 2023\n", "X obsoletes [] updates [6724] 2023-12-12"},
		{"X\nInternet-Draft\nUpdates: 6724 (if approved)     8 Example Street\n", "X obsoletes [] updates [6724] 0001-01-01"},
		{"X\nInternet-Draft\nUpdates: 6724   8 Example Street\n", "X obsoletes [] updates [6724] 0001-01-01"},
		// other series, no number
		{"X\nInternet-Draft\nUpdates: BCP 47, 5646 (if approved)\nObsoletes: none\n", "X obsoletes [] updates [5646] 0001-01-01"},
		{"X\nInternet-Draft\nObsoletes: draft-ietf-x-z-09\nReplaces: 4271\nUpdated by: 4272\n", "X obsoletes [] updates [] 0001-01-01"},
		{"X\r\nInternet-Draft\r\nUpdates: 6052 (if approved)                A. One\r\n", "X obsoletes [] updates [6052] 0001-01-01"},
		// a single blank line within the header
		{"Network Working Group\nInternet-Draft                              A. One\n\nUpdates: 6052 (if approved)\n", "Network Working Group obsoletes [] updates [6052] 0001-01-01"},
		{"X\nInternet-Draft                                A. One\nIntended status: Informational\nExpires: 7 January 2027                 6 July 2026\n", "X obsoletes [] updates [] 2026-07-06"},
		{"Network Working Group                                           A. One\nRequest for Comments: 1034\nObsoletes: RFCs 882, 883, 973                              November 1987\n", "Network Working Group obsoletes [882 883 973] updates [] 1987-11-01"},
	} {
		h, ok := ParseHeader(c.header + after)
		if got := fmt.Sprint(h.Group, " obsoletes ", h.Obsoletes, " updates ", h.Updates, " ", h.Dated.Format("2006-01-02")); !ok || got != c.want {
			t.Errorf("%s\n%s, want\n%s", c.header, got, c.want)
		}
	}
	for _, none := range []string{"", "\n\n", "title: A Draft\nupdates: 6724\n", "Abstract\n\nInternet-Draft\nUpdates: 1\n", "Some prose\n\n\nInternet-Draft\nUpdates: 1\n"} {
		if h, ok := ParseHeader(none); ok {
			t.Errorf("%q has a header: %+v", none, h)
		}
	}
}

// TestHeadersOfRFCs reads the headers of real RFCs: they name the documents that the index says they obsolete and update.
func TestHeadersOfRFCs(t *testing.T) {
	index := testkit.Data(t, "rfc/rfc-index-txt/rfc-index.2025-01-14.txt.gz")
	entries := map[string]string{}
	for _, entry := range regexp.MustCompile(`\n\s*\n`).Split(strings.ReplaceAll(string(readGzip(t, index)), "\r", ""), -1) {
		entry = strings.Join(strings.Fields(entry), " ")
		if number, _, found := strings.Cut(entry, " "); found {
			entries[strings.TrimLeft(number, "0")] = entry
		}
	}
	said := func(entry, relation string) (numbers []uint32) {
		list := regexp.MustCompile(`\(` + relation + ` ((?:RFC\d+(?:, )?)+)\)`).FindStringSubmatch(entry)
		if list == nil {
			return nil
		}
		for _, name := range strings.Split(list[1], ", ") {
			var n uint32
			fmt.Sscanf(name, "RFC%d", &n)
			numbers = append(numbers, n)
		}
		return numbers
	}
	// RFC 768, 791 and 793 have no header of the form; the index of the others is not what their header says.
	known := map[string]bool{"768": true, "791": true, "793": true, "2026": true, "4724": true, "7235": true}
	read, related := 0, 0
	archive := tar.NewReader(strings.NewReader(string(readGzip(t, testkit.Data(t, "rfc/rfc-txt.tar.gz")))))
	for {
		file, err := archive.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		number := strings.TrimSuffix(strings.TrimPrefix(path.Base(file.Name), "rfc"), ".txt")
		content, err := io.ReadAll(archive)
		if err != nil {
			t.Fatal(err)
		}
		entry, listed := entries[number]
		if !listed || known[number] {
			continue
		}
		read++
		h, ok := ParseHeader(string(content))
		if !ok || h.Dated.IsZero() {
			t.Errorf("RFC %s: header %v, dated %v", number, ok, h.Dated)
		}
		for relation, got := range map[string][]uint32{"Obsoletes": h.Obsoletes, "Updates": h.Updates} {
			want := said(entry, relation)
			slices.Sort(got)
			slices.Sort(want)
			if !slices.Equal(got, want) {
				t.Errorf("RFC %s %s %d, the index says %d", number, strings.ToLower(relation), got, want)
			}
			related += len(got)
		}
	}
	t.Logf("%d headers with %d relations", read, related)
	if read < 100 || related < 50 {
		t.Errorf("only %d headers with %d relations", read, related)
	}
}

// TestHeadersOfDrafts reads real drafts: as their archive has them, and converted to other forms that have no header.
func TestHeadersOfDrafts(t *testing.T) {
	for name, want := range map[string]string{
		"draft-ietf-6man-rfc6724-update-05.2023-12-12": "true 6MAN [] [6724] 2023-12-12",
		"draft-ietf-6man-rfc6724-update-14.2024-11-04": "true 6MAN [] [6724] 2024-11-04",
		"draft-maditimbru-sidrops-rfc8416-bis-01":      "true Network Working Group [8416] [] 2023-07-07",
		"draft-ietf-6man-rfc6724-update-15.2025-01-21": "false  [] [] 0001-01-01",
	} {
		h, ok := ParseHeader(string(readGzip(t, testkit.Data(t, "rfc/drafts/"+name+".txt.gz"))))
		if got := fmt.Sprint(ok, " ", h.Group, " ", h.Obsoletes, " ", h.Updates, " ", h.Dated.Format("2006-01-02")); got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
}

func readGzip(t *testing.T, file string) []byte {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	content, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	return content
}
