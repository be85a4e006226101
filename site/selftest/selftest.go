// Package selftest writes a page on which a browser tests its own connection against three hosts of the organisation that serves it: one
// with IPv4 alone, one with IPv6 alone, and one with both. The page asks nobody else.
package selftest

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"net/netip"
	"net/url"
	"path/filepath"
	"strings"
	texttemplate "text/template"

	"tidemark/internal/atomicfile"
)

// Hosts are origins, for example https://ipv4.test.example.net.
type Hosts struct {
	V4   string // its name has A records alone
	V6   string // its name has AAAA records alone
	Dual string // its name has both
}

// Check reports what is wrong with the hosts.
func (h Hosts) Check() error {
	schemes := map[string]bool{}
	for _, origin := range []string{h.V4, h.V6, h.Dual} {
		u, err := url.Parse(origin)
		if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Hostname() == "" || u.Scheme+"://"+u.Host != origin || strings.ContainsAny(u.Host, `;,'"*`) {
			return fmt.Errorf("invalid host %q (want for example https://ipv6.test.example.net, without a path)", origin)
		}
		schemes[u.Scheme] = true
	}
	for _, origin := range []string{h.V4, h.V6, h.Dual} {
		u, _ := url.Parse(origin)
		if _, err := netip.ParseAddr(u.Hostname()); err == nil { // a Content-Security-Policy cannot name an IPv6 address
			return fmt.Errorf("invalid host %q (want a name, not an address)", origin)
		}
	}
	switch {
	case h.V4 == h.V6 || h.V6 == h.Dual || h.V4 == h.Dual:
		return fmt.Errorf("two of the hosts are the same (want three names: IPv4 alone, IPv6 alone, and both)")
	case len(schemes) > 1:
		return fmt.Errorf("the hosts mix http and https (want one of them: a browser blocks the other)")
	}
	return nil
}

// Policy is the page's Content-Security-Policy: nothing but its own files and the three hosts.
func (h Hosts) Policy() string {
	return "default-src 'none'; script-src 'self'; style-src 'self'; connect-src " + h.V4 + " " + h.V6 + " " + h.Dual + "; base-uri 'none'; form-action 'none'"
}

// largeSize is the size of the large file in bytes: many packets on every link.
const largeSize = 32 << 10

//go:embed files
var files embed.FS

var (
	page  = template.Must(template.ParseFS(files, "files/index.html"))
	nginx = texttemplate.Must(texttemplate.ParseFS(files, "files/nginx.conf"))
)

// Files returns the files by name: the page with its script and style, what each host must serve, and how.
func (h Hosts) Files() (map[string][]byte, error) {
	if err := h.Check(); err != nil {
		return nil, err
	}
	all := map[string][]byte{"tidemark-ok.txt": []byte("tidemark-ok\n"), "tidemark-large.txt": bytes.Repeat([]byte("."), largeSize)}
	for _, name := range []string{"selftest.js", "selftest.css"} {
		text, err := files.ReadFile("files/" + name)
		if err != nil {
			return nil, err
		}
		all[name] = text
	}
	var html, conf bytes.Buffer
	if err := page.Execute(&html, h); err != nil {
		return nil, err
	}
	if err := nginx.Execute(&conf, h); err != nil {
		return nil, err
	}
	all["index.html"], all["nginx.conf"] = html.Bytes(), conf.Bytes()
	return all, nil
}

// Write writes the files into a folder, which must exist. Other files there stay.
func (h Hosts) Write(dir string) error {
	all, err := h.Files()
	if err != nil {
		return err
	}
	for name, content := range all {
		if err := atomicfile.Write(filepath.Join(dir, name), content); err != nil {
			return err
		}
	}
	return nil
}
