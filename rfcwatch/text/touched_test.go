package text

import (
	"fmt"
	"testing"
)

func TestTouched(t *testing.T) {
	for text, want := range map[string]string{
		"This document updates Section 3.1 of [RFC6052] so that it permits more.":                 "[3.1]",
		"This document replaces Sections 3.10, 3.2, and 4 of RFC 6052.":                           "[3.2 3.10 4]",
		"The rule in RFC 6052, Section 3.1 is removed.":                                           "[3.1]",
		"[RFC6052] (Section 3.1) is amended, and so is Appendix A.1 of [RFC6052].":                "[3.1 A.1]",
		"Section 3.1 of [RFC6052] has a rule. This document updates something else.":              "[]",
		"Section 4.1 of [RFC7050] is replaced.":                                                   "[]",
		"Section 3.1 of [RFC60521] is replaced.":                                                  "[]",
		"Section 3.1 of [RFC6052] says:\n\n   OLD:\n\n   You MUST NOT.\n\n   NEW:\n\n   You MAY.": "[3.1]",
		"Text.\n\n3.  Changes to Section 2.2 of RFC 6052\n\n   More.":                             "[2.2]",
		"Text.\n\n3.  Security Considerations\n\n   Section 3.1 of [RFC6052] is updated.":         "[]",
		"This updates Section 5 of RFC 6052 [RFC6052], whose Section 6 stays.":                    "[5]",
	} {
		if got := fmt.Sprint(Touched(Paragraphs("1.  Updates\n\n   "+text+"\n"), 6052)); got != want {
			t.Errorf("%s: %s, want %s", text, got, want)
		}
	}
}
