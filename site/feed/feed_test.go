package feed

import (
	"strings"
	"testing"
)

// TestPlace: a feed in a folder below feeds/ leads out of it where the address of the site is not known.
func TestPlace(t *testing.T) {
	f := &Feed{Path: "feeds/watch/tidemark", Page: "status.html"}
	for site, want := range map[Site][]string{
		{}:                            {"../../feeds/watch/tidemark.atom", "../../status.html"},
		{URL: "https://example.net/"}: {"https://example.net/feeds/watch/tidemark.atom", "https://example.net/status.html"},
	} {
		atom, err := f.Atom(site)
		if err != nil {
			t.Fatal(err)
		}
		for _, address := range want {
			if !strings.Contains(string(atom), `href="`+address+`"`) {
				t.Errorf("there is no link to %s in\n%s", address, atom)
			}
		}
	}
}
