package config

import (
	"strings"
	"testing"

	"tidemark/internal/testkit/fuzz"
)

// FuzzRead: a text is a configuration whose sources have names of their own and a kind, or an error of one reading that the next repeats.
func FuzzRead(t *testing.F) {
	f := fuzz.With(t)
	for _, seed := range []string{
		ris, roas, probes, ris + roas, "", "data = 1", "[run]\ntime = '2h'\nbytes = '20GB'\nping = 'https://example.net/'\n",
		"[archive]\nkeep = '400d'\n[[archive.rule]]\nkinds = ['roas']\nkeep = '1d'\n", "[fetch]\nstall = '1s'\nrate = '1kB'\nbackoff = '-1s'\n",
		"[storage]\narchive = 's3://a:b@bucket/x'\n", "[watch]\nrfcs = [1, 4294967296]\ndrafts = ['draft-x']\n", "source = [[[]]]", "[[source]]\nname = \"\\u0000\"\nkind = 1979-05-27\n",
		"[site]\nbase = 'https://example.net/'\nlicense = 'CC0-1.0'\n[analysis]\nmin_full_feeds = 99999999999\n",
	} {
		f.Add(seed)
	}
	base := f.TempDir()
	f.Fuzz(func(t *testing.T, text string) {
		_, sources, err := read([]byte(text), base, kinds)
		_, _, again := read([]byte(text), base, kinds)
		if (err == nil) != (again == nil) || err != nil && err.Error() != again.Error() {
			t.Errorf("%v, and then %v", err, again)
		}
		if err != nil {
			return
		}
		names := map[string]bool{}
		for _, s := range sources {
			if s.Name == "" || names[s.Name] || strings.ContainsAny(s.Name, "/\x00") || s.Kind == "" {
				t.Errorf("a source called %q of kind %q", s.Name, s.Kind)
			}
			names[s.Name] = true
		}
	})
}
