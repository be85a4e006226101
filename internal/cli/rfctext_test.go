package cli

import "testing"

// TestDocumentArgument: a document is named as people name it, and a day is none.
func TestDocumentArgument(t *testing.T) {
	for name, want := range map[string][3]string{
		"rfc6052": {"6052"}, "RFC 6052": {"6052"}, "RFC-0826": {"826"}, "6052": {"6052"}, "0826": {"826"},
		"draft-ietf-x-07": {"", "draft-ietf-x", "07"}, "2012-06-01": {}, "draft-ietf-x": {}, "old.txt": {}, "6052.txt": {},
	} {
		var got [3]string
		if m := documentArgument.FindStringSubmatch(name); m != nil {
			got = [3]string(m[1:])
		}
		if got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
}
