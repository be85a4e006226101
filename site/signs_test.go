package site

import (
	"encoding/xml"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

// TestSigns: where the site's address is known, every page but that of errors has a canonical address and a picture, and
// is in the sitemap under that address; where it is unknown, nothing claims one.
func TestSigns(t *testing.T) {
	t.Parallel()
	in := fixture()
	in.URL = "https://example.org/tide/"
	_, files := render(t, in, filepath.Join(t.TempDir(), "site"))
	var sitemap struct {
		URLs []struct {
			Loc string `xml:"loc"`
		} `xml:"url"`
	}
	if err := xml.Unmarshal([]byte(files[sitemapPath]), &sitemap); err != nil {
		t.Fatal(err)
	}
	listed := map[string]bool{}
	for _, u := range sitemap.URLs {
		if listed[u.Loc] {
			t.Errorf("%s is listed twice", u.Loc)
		}
		listed[u.Loc] = true
	}
	pages := 0
	for name, content := range files {
		if !strings.HasSuffix(name, ".html") {
			continue
		}
		canonical, picture := heads(t, content)
		if name == notFoundPath {
			if canonical != "" {
				t.Errorf("the page of errors claims to be %s", canonical)
			}
			continue
		}
		if number, moved := strings.CutPrefix(name, "rfcs/rfc"); moved {
			if want := in.URL + "rfc/" + number; canonical != want || !listed[want] || listed[in.URL+name] {
				t.Errorf("%s, an old address: canonical address %q, want %q alone in the sitemap", name, canonical, want)
			}
			continue
		}
		pages++
		want := in.URL + strings.TrimSuffix(name, "index.html")
		if canonical != want {
			t.Errorf("%s: canonical address %q, want %q", name, canonical, want)
		}
		if !listed[want] {
			t.Errorf("%s is not in the sitemap", name)
		}
		if _, exists := files[strings.TrimPrefix(picture, in.URL)]; !exists {
			t.Errorf("%s: the picture %q is not a file of the site", name, picture)
		}
		if !strings.HasSuffix(picture, ".png") {
			t.Errorf("%s: the picture %q is not a PNG", name, picture)
		}
	}
	if pages < 20 {
		t.Errorf("%d pages, want 20 or more", pages)
	}
	if pages != len(sitemap.URLs) {
		t.Errorf("%d pages, but %d addresses in the sitemap", pages, len(sitemap.URLs))
	}
	if !slices.Contains(strings.Split(files[robotsPath], "\n"), "Sitemap: https://example.org/tide/sitemap.xml") {
		t.Errorf("robots.txt does not lead to the sitemap:\n%s", files[robotsPath])
	}
	if _, exists := made(t)[sitemapPath]; exists {
		t.Error("a site without an address has a sitemap")
	}
	if strings.Contains(made(t)[robotsPath], "Sitemap") {
		t.Error("robots.txt of a site without an address names a sitemap")
	}
	if canonical, _ := heads(t, made(t)["index.html"]); canonical != "" {
		t.Errorf("a site without an address claims %s", canonical)
	}
}

// heads returns the canonical address and the picture that a page names.
func heads(t *testing.T, page string) (canonical, picture string) {
	t.Helper()
	doc, err := html.Parse(strings.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	for n := range doc.Descendants() {
		of := map[string]string{}
		for _, a := range n.Attr {
			of[a.Key] = a.Val
		}
		switch {
		case n.Data == "link" && of["rel"] == "canonical":
			canonical = of["href"]
		case n.Data == "meta" && of["property"] == "og:image":
			picture = of["content"]
		}
	}
	return canonical, picture
}
