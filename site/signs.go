package site

import (
	"bytes"
	"context"
	_ "embed"
	"encoding/xml"
	"fmt"
	"net/url"
	"strings"

	"tidemark/site/raster"
)

const (
	notFoundPath = "404.html"
	cardPath     = "assets/card.png"
	sitemapPath  = "sitemap.xml"
	robotsPath   = "robots.txt"
)

//go:embed assets/icon.svg
var iconSVG string

// sitemapLimit is how many addresses a sitemap may have (sitemaps.org).
const sitemapLimit = 50_000

// signs adds what leads to the site from outside: icons, the picture of pages without a chart, robots.txt and, where the
// site's address is known, the sitemap.
func (b *builder) signs(context.Context) error {
	card, err := b.artist.card()
	if err != nil {
		return err
	}
	files := map[string][]byte{cardPath: card}
	for _, pixels := range []int{32, 180} {
		content, err := raster.Icon(iconSVG, pixels)
		if err != nil {
			return fmt.Errorf("assets/icon.svg: %w", err)
		}
		files[fmt.Sprintf("assets/icon-%d.png", pixels)] = content
	}
	files["favicon.ico"] = raster.ICO(files["assets/icon-32.png"])
	robots := "User-agent: *\nAllow: /\n"
	if b.URL != "" {
		if files[sitemapPath], err = b.sitemap(); err != nil {
			return err
		}
		robots += "Sitemap: " + b.URL + sitemapPath + "\n"
	}
	files[robotsPath] = []byte(robots)
	for path, content := range files {
		if err := b.stage.Add(path, content); err != nil {
			return err
		}
	}
	return nil
}

// sitemap lists the pages. It gives no dates: the only ones at hand are those of the data.
func (b *builder) sitemap() ([]byte, error) {
	out := bytes.NewBufferString(xml.Header + `<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">` + "\n")
	listed := 0
	for _, p := range b.pages {
		if p.Path == notFoundPath || listed == sitemapLimit {
			continue
		}
		listed++
		out.WriteString("<url><loc>")
		if err := xml.EscapeText(out, []byte(p.Canonical())); err != nil {
			return nil, err
		}
		out.WriteString("</loc></url>\n")
	}
	out.WriteString("</urlset>\n")
	return out.Bytes(), nil
}

// Canonical is the page's address on the web; empty where it is not known, or the page has none of its own.
func (p *page) Canonical() string {
	if p.URL == "" || p.Path == notFoundPath {
		return ""
	}
	return p.URL + (&url.URL{Path: strings.TrimSuffix(p.Path, "index.html")}).EscapedPath()
}

// Picture is the address of the picture that other sites show beside a link.
func (p *page) Picture() string {
	if p.Shown == "" {
		return p.URL + cardPath
	}
	return p.URL + p.Shown
}
