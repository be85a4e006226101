package text_test

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
	"tidemark/internal/testkit/fuzz"
	"tidemark/rfcwatch/text"
)

// document has the parts of real documents: running heads, a table of contents, a paragraph across a page break, a figure.
const document = "Internet-Draft                 Prefixes                   January 2024\n\n\n                     Prefixes for Translators\n\n" +
	"Abstract\n\n   This document is short.\n\n" +
	"Table of Contents\n\n   1.  Introduction . . . . . . . . . . . . . . . . . . . . . . . .   2\n   2.  Terms  . . . . . . . . . . . . . . . . . . . . . . . . . . .   2\n\n" +
	"1.  Introduction\n\n   A translator MUST use the prefix, e.g. Sixty-four of them.  It SHOULD\n   NOT use another\n" +
	"\n\n\nReporter                  Expires July 2024                   [Page 1]\n\f\nInternet-Draft                 Prefixes                   January 2024\n\n\n" +
	"   one, and MAY refuse.  This sentence requires nothing.\n\n" +
	"2.1.  Terms\n\n   The key words \"MUST\", \"SHOULD\" and \"MAY\" in this document are to be\n   interpreted as described in BCP 14.\n\n" +
	"     +------+------+\n     | 64   |  96  |\n     +------+------+\n\n" +
	"Appendix A.  Thanks\r\n\r\n   To all.\r\n"

func TestParagraphs(t *testing.T) {
	var got []string
	for _, p := range text.Paragraphs(document) {
		got = append(got, fmt.Sprintf("%s|%s|%v|%s", p.Section, p.Heading, p.Figure, p.Text))
	}
	want := []string{
		"||false|Prefixes for Translators",
		"|Abstract|false|This document is short.",
		"1|Introduction|false|A translator MUST use the prefix, e.g. Sixty-four of them. It SHOULD NOT use another one, and MAY refuse. This sentence requires nothing.",
		`2.1|Terms|false|The key words "MUST", "SHOULD" and "MAY" in this document are to be interpreted as described in BCP 14.`,
		"2.1|Terms|true|+------+------+\n| 64   |  96  |\n+------+------+",
		"A|Thanks|false|To all.",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// TestRunIn reads headings that have their text behind them, as in RFC 2119, and blocks that begin like a heading and are none.
func TestRunIn(t *testing.T) {
	for _, c := range []struct{ document, want string }{
		{"1. MUST   This word means that the\n   definition is absolute.\n\n2. SHOULD NOT   This phrase means that\n   there may exist reasons, which\n   must be weighed.\n\n3. Guidance in the use of these\n   words\n\n   With care.\n",
			"1|MUST|This word means that the definition is absolute. 2|SHOULD NOT|This phrase means that there may exist reasons, which must be weighed. 3|Guidance in the use of these words|With care."},
		{"1.  Terms\n\nTTL\n          Time to Live\n", "1|Terms|TTL Time to Live"},
		{"1.  Terms\n\nCipher Suite       Key\n                   Exchange\n", "1|Terms|Cipher Suite Key Exchange"},
		{"Table of Contents\n\n1. One   2\n   2. Two   3\n\n1. One\n\n   Text.\n", "1|One|Text."},
	} {
		var got []string
		for _, p := range text.Paragraphs(c.document) {
			got = append(got, p.Section+"|"+p.Heading+"|"+p.Text)
		}
		if s := strings.Join(got, " "); s != c.want {
			t.Errorf("%q:\ngot  %q\nwant %q", c.document, s, c.want)
		}
	}
}

// TestLineBreaks joins the parts of a word that was broken at its hyphen, and leaves the space behind the first part of a pair.
func TestLineBreaks(t *testing.T) {
	for _, c := range []struct{ document, want string }{
		{"   A node MUST NOT send non-\n   probing packets.\n", "A node MUST NOT send non-probing packets."},
		{"   The Dual-\n   Stack and the IPv4-\n   only host of RFC-\n   2119.\n", "The Dual-Stack and the IPv4-only host of RFC-2119."},
		{"   Of link-\n   and network-layer, three-\n   to five-digit, pre-\n   or postfix.\n", "Of link- and network-layer, three- to five-digit, pre- or postfix."},
		{"   A dash --\n   and another -\n   stay.  So does 10-\n   (ten).\n", "A dash -- and another - stay. So does 10- (ten)."},
		{"   An author-\n\n\n\nOne                          Expires July 2024                   [Page 1]\n\f\nRFC 1                          Words                   January 2024\n\n   itative answer.\n", "An author-itative answer."},
	} {
		all := text.Paragraphs(c.document)
		if len(all) != 1 || all[0].Text != c.want {
			t.Errorf("%q: %+v, want %q", c.document, all, c.want)
		}
	}
	if all := text.Parse("1.1.  Considerations for the Non-\n      Probing Host\n\n   Text.\n").Sections; len(all) != 1 || all[0].Heading != "Considerations for the Non-Probing Host" {
		t.Errorf("sections %+v", all)
	}
}

func TestStatements(t *testing.T) {
	var got []string
	for _, p := range text.Paragraphs(document) {
		for _, s := range text.Statements(p) {
			got = append(got, s.Strength+": "+s.Text)
		}
	}
	want := []string{
		"must: A translator MUST use the prefix, e.g. Sixty-four of them.",
		"should not: It SHOULD NOT use another one, and MAY refuse.",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestCompare(t *testing.T) {
	paragraphs := func(all ...string) (out []text.Paragraph) {
		for _, s := range all {
			out = append(out, text.Paragraph{Text: s})
		}
		return out
	}
	for _, c := range []struct {
		name        string
		before, now []text.Paragraph
		want        string
	}{
		{"the same", paragraphs("a", "b"), paragraphs("a", "b"), ""},
		{"nothing before", nil, paragraphs("It MAY come."), "added [MAY]"},
		{"nothing now", paragraphs("It MUST go."), nil, "removed [MUST]"},
		{"a word moved in strength", paragraphs("x", "The sender MUST NOT reply at all to this, and SHOULD count it.", "y"),
			paragraphs("x", "The sender SHOULD NOT reply at all to this, and MUST count it.", "y"), "changed [MUST NOT SHOULD]>[SHOULD NOT MUST]"},
		{"replaced by another", paragraphs("one two three four"), paragraphs("five six seven eight"), "removed [] added []"},
		{"one in between", paragraphs("a b c d", "e f g h"), paragraphs("a b c d", "new words here now", "e f g h"), "added []"},
		{"moved behind another", paragraphs("A paragraph of forty bytes MUST be enough.", "one two", "three four"),
			paragraphs("one two", "three four", "A paragraph of  forty bytes MUST be enough."), "moved []"},
		{"too short to be moved", paragraphs("For example:", "one two", "three four"), paragraphs("one two", "three four", "For example:"), "removed [] added []"},
		{"the first gone, the last changed", paragraphs("a b c d", "m", "e f g h"), paragraphs("m", "e f g x"), "removed [] changed []>[]"},
	} {
		var got []string
		for _, change := range text.Compare(c.before, c.now) {
			switch change.Kind {
			case "added":
				got = append(got, fmt.Sprint("added ", change.Gained))
			case "removed", "moved":
				got = append(got, fmt.Sprint(change.Kind, " ", change.Lost))
			default:
				got = append(got, fmt.Sprint("changed ", change.Lost, ">", change.Gained))
			}
		}
		if s := strings.Join(got, " "); s != c.want {
			t.Errorf("%s: %s, want %s", c.name, s, c.want)
		}
	}
}

// old has the layout of RFC 793 and 768: running heads of three lines without a number, pages in Roman numerals, a table of contents with
// dots below a centred heading, and headings that are centred or underlined.
const old = "September 1981\n                     Transmission Control Protocol\n\n                 TABLE OF CONTENTS\n\n" +
	"  PREFACE ........................ iii\n  1.1  Motivation ................ 1\n\n                              [Page i]\n\n" +
	"              September 1981\nTransmission Control Protocol\n\nThe first text.\n\n[Page ii]                  \n\n" +
	"September 1981\n                     Transmission Control Protocol\n\n                 1.  INTRODUCTION\n\nThe second text.\n\n                              [Page 1]\n\n" +
	"              September 1981\nTransmission Control Protocol\nIntroduction\n\n1.1.  Motivation\n\nThe third text goes on,\n\n[Page 2]                  \n\n" +
	"September 1981\n                     Transmission Control Protocol\n                               User Timeout\n\nThe fourth text.\n\n" +
	"User Interface:\n---------------\nThe fifth text.\n\nName  Value\n----  -----\none   1\n"

func TestOldLayout(t *testing.T) {
	var got []string
	for _, p := range text.Paragraphs(old) {
		got = append(got, fmt.Sprintf("%s|%s|%s", p.Section, p.Heading, p.Text))
	}
	want := []string{"||September 1981 Transmission Control Protocol", "||The first text.", "1|INTRODUCTION|The second text.", "1.1|Motivation|The third text goes on,",
		"1.1|Motivation|The fourth text.", "|User Interface|The fifth text.", "|User Interface|Name Value ---- ----- one 1"}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// TestOldTexts reads real texts of 1980 to 1982: every section is found and nothing is left of pages and tables of contents.
func TestOldTexts(t *testing.T) {
	file, err := os.Open(testkit.Data(t, "rfc/rfc-txt.tar.gz"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	inflated, err := gzip.NewReader(file)
	if err != nil {
		t.Fatal(err)
	}
	remains := regexp.MustCompile(`(?i)\[page|\.{5}|table of contents|^(?:1 )?september 1981 (?:internet|transmission)|^28 aug 1980$`)
	want := map[string]string{"rfc791.txt": "1.1 1.2 1.3 1.4 2.1 2.2 2.3 2.4 3.1 3.2 3.3", "rfc768.txt": "", "rfc2280.txt": "1 2 3 3.1 3.2 3.3 4 5 5.1 5.2 5.3 5.4 6 6.1 6.1.1 6.1.2 6.1.3 6.1.4 6.2 6.3 6.4 6.5 6.6 7 7.1 8.1 8.1.1 8.1.2 8.2 9 10 11 A B C",
		"rfc793.txt": "1 1.1 1.2 1.3 1.4 1.5 2.1 2.2 2.3 2.4 2.5 2.6 2.7 2.8 2.9 2.10 3.1 3.2 3.3 3.4 3.5 3.6 3.7 3.8 3.9"}
	in := tar.NewReader(inflated)
	for head, err := in.Next(); err == nil; head, err = in.Next() {
		sections, of := want[path.Base(head.Name)]
		if !of {
			continue
		}
		content, err := io.ReadAll(in)
		if err != nil {
			t.Fatal(err)
		}
		var found []string
		for _, p := range text.Paragraphs(string(content))[4:] { // below the title
			if p.Section != "" && !slices.Contains(found, p.Section) {
				found = append(found, p.Section)
			}
			if remains.MatchString(p.Text) {
				t.Errorf("%s: %q", head.Name, p.Text)
			}
		}
		if got := strings.Join(found, " "); got != sections {
			t.Errorf("%s: sections %s, want %s", head.Name, got, sections)
		}
		delete(want, path.Base(head.Name))
	}
	if len(want) > 0 {
		t.Errorf("not read: %v", want)
	}
}

// unchanged returns the texts of the paragraphs that no change names, of the old document and of the new one.
func unchanged(before, now []text.Paragraph, changes []text.Change) (old, fresh []string) {
	removed, added := map[*text.Paragraph]bool{}, map[*text.Paragraph]bool{}
	for _, c := range changes {
		removed[c.Before], added[c.Now] = true, true
	}
	for i := range before {
		if !removed[&before[i]] {
			old = append(old, strings.Join(strings.Fields(before[i].Text), " "))
		}
	}
	for i := range now {
		if !added[&now[i]] {
			fresh = append(fresh, strings.Join(strings.Fields(now[i].Text), " "))
		}
	}
	return old, fresh
}

// FuzzCompare compares any two documents: the paragraphs that no change names are the same in both, and the pieces of a
// change make up its two paragraphs.
func FuzzCompare(t *testing.F) {
	f := fuzz.With(t)
	f.Add(document, strings.ReplaceAll(document, "SHOULD", "MUST"))
	f.Add("a\n\nb\n\nc", "b\n\nx\n\nc\n\nd")
	f.Fuzz(func(t *testing.T, a, b string) {
		if len(a)+len(b) > 1<<16 {
			return
		}
		before, now := text.Paragraphs(a), text.Paragraphs(b)
		changes := text.Compare(before, now)
		old, fresh := unchanged(before, now, changes)
		if !slices.Equal(old, fresh) {
			t.Errorf("unchanged paragraphs differ:\n%q\n%q", old, fresh)
		}
		for _, c := range changes {
			if c.Kind != "changed" {
				continue
			}
			if got := pieced(c, "removed"); got != letters(c.Before.Text) {
				t.Errorf("pieces %v do not make the old paragraph %q", c.Pieces, c.Before.Text)
			}
			if got := pieced(c, "added"); got != letters(c.Now.Text) {
				t.Errorf("pieces %v do not make the new paragraph %q", c.Pieces, c.Now.Text)
			}
		}
		for _, p := range before {
			text.Statements(p)
		}
	})
}

// trialText returns one of the texts in which faults were found.
func trialText(t *testing.T, name string) string {
	t.Helper()
	content, err := os.ReadFile(testkit.Data(t, "trials/rfc/"+name))
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

// TestCompareMany: of 111 paragraphs 55 changed, and all others are the same.
func TestCompareMany(t *testing.T) {
	changes := text.Compare(text.Paragraphs(trialText(t, "diff-55-before.txt")), text.Paragraphs(trialText(t, "diff-55-after.txt")))
	if len(changes) != 55 {
		t.Errorf("%d changes, want 55", len(changes))
	}
	for _, c := range changes {
		if c.Kind != "changed" || c.Before.Text == c.Now.Text {
			t.Errorf("%s: %+v, %+v", c.Kind, c.Before, c.Now)
		}
	}
}

// TestTrialTexts: a byte order mark is not a paragraph, and neither the paragraph that defines requirement words nor the names of
// requirements count.
func TestTrialTexts(t *testing.T) {
	if first := text.Paragraphs(trialText(t, "rfc99901.txt"))[0]; !strings.Contains(first.Text, "Internet Engineering Task Force") {
		t.Errorf("the first paragraph is %q", first.Text)
	}
	for name, want := range map[string]string{"rfc99902.txt": "[MUST]", "rfc99903.txt": "[MUST RECOMMENDED]"} {
		var words []string
		for _, p := range text.Paragraphs(trialText(t, name)) {
			words = append(words, text.Requirements(p.Text)...)
		}
		if got := fmt.Sprint(words); got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
}
