package rfcwatch_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tidemark/datasets"
	"tidemark/datasets/table"
	"tidemark/internal/testkit"
	"tidemark/internal/testkit/tables"
	"tidemark/rfcwatch"
)

// decode decodes an RFC index and returns its documents by number, its relations and the manifest of its documents.
func decode(t testing.TB, path string, day time.Time) (map[uint32]datasets.RFC, []datasets.RFCRelation, *table.Manifest, error) {
	t.Helper()
	store := tables.Store(t)
	m, err := tables.Decode(t, store, rfcwatch.Index{}, "", path, day)
	if err != nil {
		return nil, nil, nil, err
	}
	rfcs := map[uint32]datasets.RFC{}
	for _, r := range tables.Rows(t, store, datasets.RFCs, m[0]) {
		rfcs[r.Number] = r
	}
	return rfcs, tables.Rows(t, store, datasets.RFCRelations, m[1]), m[0], nil
}

// TestSnapshots reads every real text index. The counts are those of lines that begin with a number.
func TestSnapshots(t *testing.T) {
	for _, c := range []struct {
		day     string
		entries int64
	}{
		{"1997-03-18", 2104}, {"2000-10-17", 2907}, {"2001-12-19", 3139}, {"2004-10-01", 3897}, {"2005-04-12", 4022}, {"2012-03-31", 6475},
		{"2018-11-03", 8382}, {"2019-11-30", 8657}, {"2022-05-22", 9203}, {"2025-01-14", 9686},
	} {
		t.Run(c.day, func(t *testing.T) {
			path := testkit.Data(t, "rfc/rfc-index-txt/rfc-index."+c.day+".txt.gz")
			rfcs, _, m, err := decode(t, path, time.Time{})
			if err != nil {
				t.Fatal(err)
			}
			if m.Day().Format(time.DateOnly) != c.day {
				t.Errorf("day %s", m.Day())
			}
			noAuthor, noStatus := 0, 0
			for n, r := range rfcs {
				if r.NotIssued {
					continue
				}
				if c.day == "1997-03-18" && (n == 152 || n == 222 || n == 471) {
					if r.Title != "" || r.Year != 0 || len(r.Authors) != 1 {
						t.Errorf("RFC %d, of which that list has the author only: %+v", n, r)
					}
					continue
				}
				if r.Title == "" || r.Year < 1968 || r.Month == 0 {
					t.Errorf("RFC %d: %+v", n, r)
				}
				if len(r.Authors) == 0 {
					noAuthor++
				}
				if r.Status == "" {
					noStatus++
				}
			}
			if noAuthor > 1 {
				t.Errorf("%d documents without an author, want at most 1", noAuthor)
			}
			if noStatus > 0 && c.day != "1997-03-18" {
				t.Errorf("%d documents without a status", noStatus)
			}
			if want := map[string]int64{"1997-03-18": 1}[c.day]; m.Seen-m.Kept != want {
				t.Errorf("%d rejected, want %d: %v %q", m.Seen-m.Kept, want, m.Rejected, m.Damage)
			}
			if m.Seen != c.entries {
				t.Errorf("%d entries, want %d", m.Seen, c.entries)
			}
		})
	}
}

var day = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// TestFormsAgree reads the same entries as XML and as text.
func TestFormsAgree(t *testing.T) {
	fromXML, relX, _, err := decode(t, testkit.Data(t, "rfc/rfc-index.excerpt.xml"), day)
	if err != nil {
		t.Fatal(err)
	}
	fromText, relT, _, err := decode(t, testkit.Data(t, "rfc/rfc-index-txt/rfc-index.2025-01-14.txt.gz"), day)
	if err != nil {
		t.Fatal(err)
	}
	line := func(r datasets.RFC) string {
		return fmt.Sprint(r.Number, r.NotIssued, "|", r.Title, "|", r.Authors, "|", r.Year, r.Month, "|", r.Status, "|", r.DOI)
	}
	for n, x := range fromXML {
		if got, want := line(fromText[n]), line(x); got != want {
			t.Errorf("RFC %d:\ntext %s\n xml %s", n, got, want)
		}
	}
	count := func(all []datasets.RFCRelation) map[string]bool {
		set := map[string]bool{}
		for _, r := range all {
			if _, in := fromXML[r.Number]; in {
				set[fmt.Sprint(r.Number, r.Relation, r.Target)] = true
			}
		}
		return set
	}
	x, y := count(relX), count(relT)
	for r := range x {
		if !y[r] {
			t.Errorf("the text lacks %s", r)
		}
	}
	for r := range y {
		if !x[r] {
			t.Errorf("the XML lacks %s", r)
		}
	}
}

func TestTextEntries(t *testing.T) {
	const head = "RFC INDEX\n---------\n\n"
	for _, c := range []struct{ text, want string }{
		{"0001 Host Software. S. Crocker. Apr-07-1969. (Format: TXT=21088 bytes)\n     (Status: UNKNOWN)", "1|Host Software|[S. Crocker]|1969-4-7|unknown|[TXT]|"},
		{"  16 M.I.T. S. Crocker. August 1969. (Format: TXT, HTML) (Obsoletes\n     RFC10) (Status: UNKNOWN) (DOI: 10.17487/RFC0016)", "16|M.I.T|[S. Crocker]|1969-8-0|unknown|[TXT HTML]|10.17487/RFC0016"},
		{"8962 Establishing the Protocol Police. G. Grover, N. ten Oever, C. Cath,\n     S. Sahib. 1 April 2021. (Format: HTML, TXT, PDF, XML) (Status:\n     INFORMATIONAL) (DOI: 10.17487/RFC8962) ", "8962|Establishing the Protocol Police|[G. Grover N. ten Oever C. Cath S. Sahib]|2021-4-1|informational|[HTML TXT PDF XML]|10.17487/RFC8962"},
		{"2821 Simple Mail Transfer Protocol. J. Klensin, Ed.. April 2001. (Format: TXT=192504 bytes) (Status: PROPOSED STANDARD)", "2821|Simple Mail Transfer Protocol|[J. Klensin, Ed.]|2001-4-0|proposed standard|[TXT]|"},
		{"1984 IAB and IESG Statement on Cryptographic Technology and the Internet.\n     IAB, IESG. August 1996. (Format: TXT, HTML) (Also BCP0200) (Status:\n     BEST CURRENT PRACTICE) (DOI: 10.17487/RFC1984) ", "1984|IAB and IESG Statement on Cryptographic Technology and the Internet|[IAB IESG]|1996-8-0|best current practice|[TXT HTML]|10.17487/RFC1984"},
		{"9709 Encryption Key Derivation in the Cryptographic Message Syntax (CMS)\n     Using HKDF with SHA-256. R. Housley. January 2025. (Format: HTML,\n     TXT, PDF, XML) (Status: PROPOSED STANDARD) (DOI: 10.17487/RFC9709) ", "9709|Encryption Key Derivation in the Cryptographic Message Syntax (CMS) Using HKDF with SHA-256|[R. Housley]|2025-1-0|proposed standard|[HTML TXT PDF XML]|10.17487/RFC9709"},
		{"10004 A Title (Also a Trap) of May 1999. Sorts. A.-B. O'Neil, Ed., C. van der Berg. May 2026.\n (Format: HTML) (Status: EXPERIMENTAL)", "10004|A Title (Also a Trap) of May 1999. Sorts|[A.-B. O'Neil, Ed. C. van der Berg]|2026-5-0|experimental|[HTML]|"},
		{"2026  BC  S. Bradner, \"The Internet Standards Process -- Revision 3\", \n           10/29/1996. (Pages=36) (Format=.txt) (Obsoletes RFC1602) ", "2026|The Internet Standards Process -- Revision 3|[S. Bradner]|1996-10-29|best current practice|[TXT]|"},
		{"2027  BC  S. Bradner, \"A Month Too Many\", 14/29/1996. (Pages=36) (Format=.txt) (Obsoletes RFC1602) ", "2027|A Month Too Many|[S. Bradner]|1996-0-0|best current practice|[TXT]|"},
	} {
		path := filepath.Join(t.TempDir(), "rfc-index.txt")
		os.WriteFile(path, []byte(head+c.text+"\n"), 0o644)
		rfcs, _, _, err := decode(t, path, day)
		if err != nil {
			t.Errorf("%.30q: %v", c.text, err)
			continue
		}
		for _, r := range rfcs {
			if got := fmt.Sprintf("%d|%s|%v|%d-%d-%d|%s|%v|%s", r.Number, r.Title, r.Authors, r.Year, r.Month, r.Day, r.Status, r.Formats, r.DOI); got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		}
	}
}

func TestWrongFiles(t *testing.T) {
	for _, content := range []string{"", "  \n", "<!DOCTYPE html><title>x", "<rfc-index>", "<feed/>", "<rfc-index><rfc-entry><doc-id>RFCX</doc-id></rfc-entry></rfc-index>", "no index", "RFC INDEX\n\n1 x"} {
		path := filepath.Join(t.TempDir(), "file")
		os.WriteFile(path, []byte(content), 0o644)
		if _, _, _, err := decode(t, path, day); err == nil || !strings.Contains(err.Error(), "file") {
			t.Errorf("%q: %v", content, err)
		}
	}
}

// TestTrialIndexes reads entries that were misread once: initials with a hyphen, a bracket or a space, and lines broken at a
// hyphen.
func TestTrialIndexes(t *testing.T) {
	for path, want := range map[string]map[uint32]string{
		"authors-hyphen.2025-01-14.txt": {
			1786: "Representation of IP Routing Policies in a Routing Registry (ripe-81++)|[T. Bates E. Gerich L. Joncheray J-M. Jouanigot D. Karrenberg M. Terpstra J. Yu]",
			1950: "ZLIB Compressed Data Format Specification version 3.3|[P. Deutsch J-L. Gailly]",
			3828: "The Lightweight User Datagram Protocol (UDP-Lite)|[L-A. Larzon M. Degermark S. Pink L-E. Jonsson, Ed. G. Fairhurst, Ed.]",
			4006: "Diameter Credit-Control Application|[H. Hakala L. Mattila J-P. Koskinen M. Stura J. Loughney]",
			5087: "Time Division Multiplexing over IP (TDMoIP)|[Y(J). Stein R. Shashoua R. Insler M. Anavi]",
			6504: "Centralized Conferencing Manipulation Protocol (CCMP) Call Flow Examples|[M. Barnes L. Miniero R. Presta S P. Romano]",
			8941: "Structured Field Values for HTTP|[M. Nottingham P-H. Kamp]",
			9651: "Structured Field Values for HTTP|[M. Nottingham P-H. Kamp]",
		},
		"wrapped-at-hyphen.2026-06-11.txt": {
			1152: "Workshop report: Internet research steering group workshop on very-high-speed networks|[C. Partridge]",
			6120: "Extensible Messaging and Presence Protocol (XMPP): Core|[P. Saint-Andre]",
			9539: "Unilateral Opportunistic Deployment of Encrypted Recursive-to-Authoritative DNS|[D. K. Gillmor, Ed. J. Salazar, Ed. P. Hoffman, Ed.]",
			9611: "Internet Key Exchange Protocol Version 2 (IKEv2) Support for Per-Resource Child Security Associations (SAs)|[A. Antony T. Brunner S. Klassert P. Wouters]",
			9962: "A Decentralized Locator/ID Separation Protocol Mapping System (LISP-Decent)|[D. Farinacci C. Cantrell]",
			9993: "RTP Payload Format for Haptics|[HS Yang X. de Foy]",
		},
	} {
		rfcs, _, _, err := decode(t, testkit.Data(t, "trials/rfc/"+path), time.Time{})
		if err != nil {
			t.Fatal(err)
		}
		if len(rfcs) != len(want) {
			t.Errorf("%s: %d entries, want %d", path, len(rfcs), len(want))
		}
		for n, r := range rfcs {
			if got := fmt.Sprintf("%s|%v", r.Title, r.Authors); got != want[n] {
				t.Errorf("RFC %d: %s, want %s", n, got, want[n])
			}
		}
	}
}
