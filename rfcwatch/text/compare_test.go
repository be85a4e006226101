package text_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"tidemark/rfcwatch/text"
)

// inline shows a change on one line: -removed- +added+, with an exclamation mark before a requirement word.
func inline(c text.Change) string {
	var all []string
	for _, p := range c.Pieces {
		sign := map[string]string{"removed": "-", "added": "+"}[p.Kind]
		mark := ""
		if p.Requirement {
			mark = "!"
		}
		all = append(all, sign+mark+p.Text+sign)
	}
	return c.Kind + ": " + strings.Join(all, " ")
}

// TestCompareDocuments has what makes a difference between two texts, and what does not.
func TestCompareDocuments(t *testing.T) {
	const tail = "\n\n   The last paragraph stays as it is.\n"
	const long = "A paragraph that is long enough to be known again, which a receiver MUST ignore after 10 seconds"
	for _, c := range []struct{ name, before, now, want string }{
		{"lines broken elsewhere", "1.  A\n\n   One two\n   three four.", "1.  A\n\n   One two three\n   four.", ""},
		{"a hyphen at the end of a line", "1.  A\n\n   An IPv4-embedded address.", "1.  A\n\n   An IPv4-\n   embedded address.", ""},
		{"a page break", "1.  A\n\n   One two\n\n\nDoe           Standards Track        [Page 1]\n\f\nRFC 9999          A Title           June 2020\n\n\n   three four.", "1.  A\n\n   One two three four.", ""},
		{"another sign of a list", "1.  A\n\n   o  One two.", "1.  A\n\n   *  One two.", ""},
		{"another number", "1.  Alpha\n\n   One two.", "2.3.  Alpha\n\n   One two.", ""},
		{"another heading", "1.  Alpha words\n\n   One two.", "1.  Alpha letters\n\n   One two.", "changed: Alpha -words- +letters+"},
		{"a strength", "1.  A\n\n   A host MUST NOT reply to it.", "1.  A\n\n   A host SHOULD NOT reply to it.", "changed: A host -!MUST NOT- +!SHOULD NOT+ reply to it."},
		{"a negation", "1.  A\n\n   A host MUST reply to it.", "1.  A\n\n   A host MUST NOT reply to it.", "changed: A host -!MUST- +!MUST NOT+ reply to it."},
		{"moved and changed", "1.  A\n\n   " + long + ".\n\n   Now here.\n\n2.  B\n\n   Other things stand here.", "1.  A\n\n   Now here.\n\n2.  B\n\n   Other things stand here.\n\n   " + strings.Replace(long, "MUST", "SHOULD", 1) + ".",
			"moved: A paragraph that is long enough to be known again, which a receiver -!MUST- +!SHOULD+ ignore after 10 seconds."},
	} {
		var got []string
		for _, change := range text.Compare(text.Paragraphs(c.before+tail), text.Paragraphs(c.now+tail)) {
			got = append(got, inline(change))
		}
		if got := strings.Join(got, "; "); got != c.want {
			t.Errorf("%s:\n%s, want\n%s", c.name, got, c.want)
		}
	}
}

// TestCompareSuccessors compares RFCs with those that they obsolete. The words of the pieces are those of the documents, and the new
// requirement words are the old ones without the lost and with the gained.
func TestCompareSuccessors(t *testing.T) {
	texts := text.Archived(t, "rfc/rfc-txt.tar.gz")
	for _, pair := range [][2]string{{"rfc2460", "rfc8200"}, {"rfc793", "rfc9293"}, {"rfc3484", "rfc6724"}, {"rfc7540", "rfc9113"}, {"rfc5246", "rfc8446"}, {"rfc1771", "rfc4271"}, {"rfc6145", "rfc7915"}} {
		before, now := text.Paragraphs(texts[pair[0]]), text.Paragraphs(texts[pair[1]])
		changes := text.Compare(before, now)
		s := text.Summarize(before, now, changes)
		if s.Before-s.Removed != s.Now-s.Added || s.Changed == 0 || s.Added == 0 {
			t.Errorf("%s: %+v", pair, s)
		}
		for _, r := range s.Requirements {
			if r.Before-r.Lost+r.Gained != r.Now || min(r.Lost, r.Gained, r.Moved) < 0 {
				t.Errorf("%s: %+v", pair, r)
			}
		}
		for _, c := range changes {
			for kind, p := range map[string]*text.Paragraph{"removed": c.Before, "added": c.Now} {
				if p != nil && len(c.Pieces) > 0 && pieced(c, kind) != letters(p.Text) {
					t.Errorf("%s: the pieces of %s are not those of %q", pair, inline(c), p.Text)
				}
			}
		}
		t.Logf("%s: %+v", pair, s)
	}
}

// pieced returns the letters of the pieces that one of the documents has.
func pieced(c text.Change, kind string) string {
	var all []string
	for _, p := range c.Pieces {
		if p.Kind == "same" || p.Kind == kind {
			all = append(all, p.Text)
		}
	}
	return letters(strings.Join(all, " "))
}

// letters returns a text without white space and the sign of a list.
func letters(s string) string {
	fields := strings.Fields(s)
	if len(fields) > 1 && slices.Contains([]string{"o", "*", "-", "+", "•"}, fields[0]) {
		fields[0] = "*"
	}
	return strings.Replace(strings.Join(fields, ""), "*", "", 1)
}

// TestCompareTime compares two documents of 500 pages, whose paragraphs are in another order and all a little different. An idle machine
// takes a second; the limit is for one with much else to do.
func TestCompareTime(t *testing.T) {
	var before, now []text.Paragraph
	for i := range 6000 {
		sentence := func(n int) string {
			return fmt.Sprintf("Paragraph %d says what a router MUST do with a route of class %d that it learns from peer %d, and %s why it does so.", n, n%7, n%11, strings.Repeat("more ", n%60))
		}
		before = append(before, text.Paragraph{Text: sentence(i)})
		now = append(now, text.Paragraph{Text: sentence((i*17)%6000) + " Indeed."})
	}
	start := time.Now()
	changes := text.Compare(before, now)
	if took := time.Since(start); took > 20*time.Second || len(changes) < 6000 {
		t.Errorf("%d changes after %v, want all within 20 seconds", len(changes), took)
	} else {
		t.Logf("%d changes after %v", len(changes), took)
	}
}
