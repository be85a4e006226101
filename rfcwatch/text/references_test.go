package text

import (
	"archive/tar"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"
	"testing"

	"tidemark/internal/testkit"
)

// archived returns the files of an archive by the name of the document, for example rfc6052.
func archived(t *testing.T, name string) map[string]string {
	t.Helper()
	files := map[string]string{}
	archive := tar.NewReader(strings.NewReader(string(readGzip(t, testkit.Data(t, name)))))
	for {
		h, err := archive.Next()
		if errors.Is(err, io.EOF) {
			return files
		}
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(archive)
		if err != nil {
			t.Fatal(err)
		}
		if h.Typeflag == tar.TypeReg {
			files[strings.TrimSuffix(path.Base(h.Name), path.Ext(h.Name))] = string(content)
		}
	}
}

// xmlDocument is what the XML of an RFC says of its references and authors.
type xmlDocument struct {
	references, authors []string
	words               int // requirement words, without those of the paragraph that defines them
}

// readXML walks the elements of an XML document.
func readXML(t *testing.T, document string) (x xmlDocument) {
	t.Helper()
	var lists []string // names of the open lists of references
	var within []string
	var entry *Reference
	var organization, country string
	var paragraph strings.Builder // the text of the current element t
	words := 0
	count := func() {
		if !strings.Contains(fold(paragraph.String()), "to be interpreted as described in") {
			x.words += words
		}
		paragraph.Reset()
		words = 0
	}
	attributes := func(e xml.StartElement) map[string]string {
		all := map[string]string{}
		for _, a := range e.Attr {
			all[a.Name.Local] = a.Value
		}
		return all
	}
	author := ""
	d := xml.NewDecoder(strings.NewReader(document))
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return x
		}
		if err != nil {
			t.Fatal(err)
		}
		switch e := token.(type) {
		case xml.StartElement:
			a := attributes(e)
			switch name := e.Name.Local; {
			case name == "references":
				lists = append(lists, "")
			case name == "t":
				count()
			case name == "bcp14":
				words++
			case name == "referencegroup", name == "reference" && entry == nil:
				entry = &Reference{Label: a["derivedAnchor"], Kind: kindOfList(lists[len(lists)-1])}
			case name == "seriesInfo" && entry != nil && a["name"] == "RFC":
				entry.cite(a["value"])
			case name == "seriesInfo" && entry != nil && a["name"] == "Internet-Draft":
				entry.Draft = a["value"][:len(a["value"])-3]
			case name == "author" && len(within) == 2: // of rfc/front
				author = a["fullname"]
			}
			within = append(within, e.Name.Local)
		case xml.CharData:
			paragraph.Write(e)
			switch last := within[max(0, len(within)-2):]; {
			case len(last) == 2 && last[0] == "references" && last[1] == "name":
				lists[len(lists)-1] += string(e)
			case len(within) == 4 && last[1] == "organization":
				organization += string(e)
			case len(within) == 6 && last[1] == "country", len(within) == 6 && last[1] == "postalLine" && CountryCode(string(e)) != "":
				country += string(e)
			}
		case xml.EndElement:
			within = within[:len(within)-1]
			switch name := e.Name.Local; {
			case words > 0 && name != "bcp14":
				count()
			case name == "references":
				lists = lists[:len(lists)-1]
			case name == "referencegroup", name == "reference" && !slices.Contains(within, "referencegroup"):
				x.references = append(x.references, described(*entry))
				entry = nil
			case name == "author" && len(within) == 2:
				if author != "" {
					x.authors = append(x.authors, author+", "+fold(organization)+", "+CountryCode(fold(country)))
				}
				organization, country = "", ""
			}
		}
	}
}

func described(r Reference) string {
	return fmt.Sprintf("[%s] %s, RFCs %v, draft %q", r.Label, r.Kind, r.RFCs, r.Draft)
}

// upsideDown are the authors of RFC 8671 whose addresses begin with the country, with their organisations.
var upsideDown = map[string]string{"Penghui Mi": "Tencent", "Shunwan Zhuang": "Huawei"}

// unmarked are the requirement words that the XML does not mark: OPTIONAL and a comment in ASN.1, and quotations of other documents.
var unmarked = map[string]int{"rfc9111": 2, "rfc9255": 1, "rfc9323": 4, "rfc9582": 1}

// TestXML compares references, authors and requirement words of every RFC that is at hand as text and as XML.
func TestXML(t *testing.T) {
	texts, documents := archived(t, "rfc/rfc-txt.tar.gz"), archived(t, "rfc/rfc-xml.tar.gz")
	compared, entries, people := 0, 0, 0
	for name, document := range documents {
		if texts[name] == "" {
			continue
		}
		compared++
		x, d := readXML(t, document), Parse(texts[name])
		var got []string
		for _, r := range d.References {
			got = append(got, described(r))
		}
		entries += len(x.references)
		differ(t, name, got, x.references)
		got = nil
		for _, a := range d.Authors {
			if organization, upsideDown := upsideDown[a.Name]; upsideDown && name == "rfc8671" {
				a.Organization = organization
			}
			got = append(got, a.Name+", "+a.Organization+", "+a.Country)
		}
		people += len(x.authors)
		differ(t, name, got, x.authors)
		words := 0
		for _, p := range d.Paragraphs {
			words += len(Requirements(p.Text))
		}
		if words-x.words != unmarked[name] {
			t.Errorf("%s: %d requirement words, the XML marks %d, and %d are not marked", name, words, x.words, unmarked[name])
		}
	}
	if compared != 31 || entries < 500 || people < 60 {
		t.Errorf("%d documents with %d references and %d authors were compared, want 31 with at least 500 and 60", compared, entries, people)
	}
}

// differ reports the lines that only one side has.
func differ(t *testing.T, name string, got, want []string) {
	t.Helper()
	for _, line := range got {
		if !slices.Contains(want, line) {
			t.Errorf("%s: has %s", name, line)
		}
	}
	for _, line := range want {
		if !slices.Contains(got, line) {
			t.Errorf("%s: lacks %s", name, line)
		}
	}
	if len(got) != len(want) {
		t.Errorf("%s: %d entries, want %d", name, len(got), len(want))
	}
}

// TestParse reads every text that is at hand, and compares its sections with those that its own table of contents lists.
func TestParse(t *testing.T) {
	var lines, understood, listed, found int
	lacking := map[string]int{}
	for name, content := range archived(t, "rfc/rfc-txt.tar.gz") {
		d := Parse(content)
		lines, understood, listed, found = lines+d.Lines, understood+d.Understood, listed+d.Listed, found+d.Found
		if d.Understood > d.Lines || d.Found > d.Listed {
			t.Errorf("%s: %d of %d lines, %d of %d sections", name, d.Understood, d.Lines, d.Found, d.Listed)
		}
		if d.Found < d.Listed {
			lacking[name] = d.Listed - d.Found
		}
		if len(d.References) == 0 && name != "rfc826" && name != "rfc2119" {
			t.Errorf("%s: no references", name)
		}
	}
	t.Logf("%d of %d lines, %d of %d sections; %v lack some", understood, lines, found, listed, lacking)
	if 1000*understood < 998*lines || 100*found < 99*listed || listed < 4700 {
		t.Errorf("%d of %d lines understood, %d of %d sections found", understood, lines, found, listed)
	}
}

// TestReferenceForms has the layouts that lists of references have had.
func TestReferenceForms(t *testing.T) {
	for _, c := range []struct{ name, list, want string }{
		{"a group", "4.1.  Normative References\n\n   [BCP14]    Bradner, S., \"Key words\", BCP 14, RFC 2119, March 1997.\n\n              Leiba, B., \"Ambiguity in RFC 2119\", BCP 14, RFC 8174, May 2017.\n",
			`[BCP14] normative, RFCs [2119 8174], draft ""`},
		{"a number in a title", "References\n\n   [A]  Abley, J., \"Deprecation of RFC 2460 Headers\",\n        RFC 5095, December 2007.\n", `[A] unstated, RFCs [5095], draft ""`},
		{"numbers without brackets", "6. REFERENCES\n\n   1. Postel, J., \"TCP\", RFC-793.\n   2. Postel, J., \"IP\", RFC 791.\n", `[1] unstated, RFCs [793], draft ""; [2] unstated, RFCs [791], draft ""`},
		{"a label alone", "8.2.  Informative References\n\n   [I-D.ietf-x]\n              Doe, J., \"X\", Work in Progress, Internet-Draft, draft-\n              ietf-x-rfc2460bis-03, 1 May 2020.\n", `[I-D.ietf-x] informative, RFCs [], draft "draft-ietf-x-rfc2460bis"`},
		{"what replaced it", "References\n\n   [1]  Deering, S., \"IPv6\", RFC 1883 (obsoleted by RFC 2460), 1995.\n", `[1] unstated, RFCs [1883], draft ""`},
		{"an erratum", "Informative References\n\n   [Err99]  RFC Errata, Erratum ID 99, RFC 6811, <https://www.rfc-editor.org/errata/eid99>.\n", `[Err99] informative, RFCs [], draft ""`},
		{"not normative", "9.  Non-Normative References\n\n   [RFC20]  Cerf, V., \"ASCII format\", October 1969.\n", `[RFC20] informative, RFCs [20], draft ""`},
		{"deeper brackets", "References\n\n   [1]  Doe, J., \"A\", RFC 1,\n        [2] is quoted there, RFC 2.\n", `[1] unstated, RFCs [1 2], draft ""`},
		{"no list", "3. Cross References to Modules\n\n   [1]  RFC 1\n", ""},
	} {
		var got []string
		for _, r := range Parse(c.list).References {
			got = append(got, described(r))
		}
		if got := strings.Join(got, "; "); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}

// TestCode: code between its marks is one figure, whatever blank lines it has.
func TestCode(t *testing.T) {
	got := Paragraphs("1.  One\n\n   <CODE BEGINS> file \"a.asn\"\n\n   A ::= B\n\n     C\n   <CODE ENDS>\n\n   After it.\n")
	if len(got) != 2 || !got[0].Figure || got[0].Text != "<CODE BEGINS> file \"a.asn\"\n\nA ::= B\n\n  C\n<CODE ENDS>" || got[1].Text != "After it." {
		t.Errorf("%v", got)
	}
}
