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

// TestSetWords refuses words for a figure that the question does not have, and a figure without words.
func TestSetWords(t *testing.T) {
	whole := "-- prose --\nWords.\n-- notes --\nOne,\n  with more.\nTwo.\n-- figure: A --\n1\n"
	q := &Question{Slug: "q", Figures: []Figure{{Label: "A"}}}
	if err := q.setWords(whole); err != nil {
		t.Fatal(err)
	}
	if q.Prose != "Words." {
		t.Errorf("prose %q", q.Prose)
	}
	if len(q.Notes) != 2 || q.Notes[0] != "One, with more." {
		t.Errorf("notes %q", q.Notes)
	}
	if q.Figures[0].Value != "1" {
		t.Errorf("figure %q", q.Figures[0].Value)
	}
	for name, label := range map[string]string{"another figure": "B", "a figure more": ""} {
		q := &Question{Slug: "q", Figures: []Figure{{Label: label}}}
		if label == "" {
			q.Figures = []Figure{{Label: "A"}, {Label: "C"}}
		}
		if err := q.setWords(whole); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}
