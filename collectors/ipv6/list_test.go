package ipv6

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// FuzzList: whatever a domain list holds, a domain that is taken can be asked for.
func FuzzList(f *testing.F) {
	f.Add("rank,domain\n1,example.com\n2,EXAMPLE.org.\n# a comment\n")
	f.Add("example.com\n\xff\nbücher.example\n")
	f.Add("4294967296,x\n-1,y\n,z\n1,\n1.2.3.4\n[::1]\n")
	f.Add(strings.Repeat(" ", maxListLine-12) + "example.com\n" + strings.Repeat(" ", maxListLine) + "example.org\n")
	path := filepath.Join(f.TempDir(), "list.csv")
	f.Fuzz(func(t *testing.T, text string) {
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		l, err := openList(Settings{Domains: path})
		if err != nil {
			if !strings.Contains(err.Error(), "list.csv") {
				t.Errorf("the error does not name the file: %v", err)
			}
			return
		}
		defer l.close()
		for i := range l.entries {
			d, err := l.read(i)
			if err != nil {
				t.Fatal(err)
			}
			if d.domain == "" || strings.ContainsAny(d.domain, " \n\x00/") || d.domain != strings.ToLower(d.domain) || len(d.domain) > 253 {
				t.Fatalf("%q", d.domain)
			}
		}
	})
}
