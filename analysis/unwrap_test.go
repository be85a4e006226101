package analysis

import "testing"

func TestUnwrap(t *testing.T) {
	for text, want := range map[string]string{
		"One.":                                "One.",
		"One,\n  two,\n\tthree.":              "One, two, three.",
		"{{if .}}\\\n  one\\\n{{end}}\\\n  .": "{{if .}}one{{end}}.",
		"One,\n  two.\n\nThree,\n  four.":     "One, two.\n\nThree, four.",
		"  indented first":                    "indented first",
		"one\ntwo":                            "one\ntwo",
	} {
		if got := unwrap(text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

// TestSetWords refuses a section that no question has.
func TestSetWords(t *testing.T) {
	q := &Question{Slug: "q"}
	if err := q.setWords("-- lead --\nLead.\n-- prose --\nWords.\n-- notes --\nOne,\n  with more.\nTwo.\n"); err != nil {
		t.Fatal(err)
	}
	if q.Prose != "Words." {
		t.Errorf("prose %q", q.Prose)
	}
	if len(q.Notes) != 2 || q.Notes[0] != "One, with more." {
		t.Errorf("notes %q", q.Notes)
	}
	if q.Lead != "Lead." {
		t.Errorf("lead %q", q.Lead)
	}
	if err := q.setWords("-- figure --\n1\n"); err == nil {
		t.Error("an unknown section is accepted")
	}
}
