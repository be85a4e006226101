package ipv6

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tidemark/internal/testkit/fuzz"
)

// FuzzList: whatever a domain list holds, a domain that is taken can be asked for.
func FuzzList(t *testing.F) {
	f := fuzz.With(t)
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

// TestRoot: the root is a name of a list, as a dot, and of nothing else.
func TestRoot(t *testing.T) {
	path := filepath.Join(t.TempDir(), "list")
	if err := os.WriteFile(path, []byte(".\ncom.\nexample.com.\n..\n.\n\"\n1,.\na.example\nb.example\nc.example\nd.example\ne.example\nf.example\ng.example\nh.example\ni.example\nj.example\nk.example\nl.example\nm.example\nn.example\no.example\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	l, err := openList(Settings{Domains: path})
	if err != nil {
		t.Fatal(err)
	}
	defer l.close()
	if l.id.Rejected != 2 {
		t.Errorf("%d lines were rejected: %v", l.id.Rejected, l.id.Bad)
	}
	for i, want := range []string{".", "com", "example.com", "a.example"} {
		d, err := l.read(i)
		if err != nil || d.domain != want {
			t.Errorf("domain %d is %q, want %q: %v", i, d.domain, want, err)
		}
	}
	p, err := newProber(Settings{SMTP: true}, "", optOut{}, dead())
	if err != nil {
		t.Fatal(err)
	}
	defer p.close()
	for _, q := range p.newVisit(listed{domain: rootZone}).line.Lookups {
		if q.Host != rootZone {
			t.Errorf("the root is asked for %s", q.Host)
		}
	}
}
