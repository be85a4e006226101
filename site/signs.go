package site

import (
	"bytes"
	_ "embed"
	"encoding/xml"
	"fmt"

	"tidemark/site/headers"
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

// maxSitemap is how many addresses a sitemap may have (sitemaps.org).
const maxSitemap = 50_000

// signs returns what leads to the site from outside: icons, the picture of pages without a chart, robots.txt, the headers for hosts of static
// sites and, where the site's address is known, the sitemap.
func signs(f *facts, pages []*page, artist artist) (made files, err error) {
	made = files{}
	if made[cardPath], err = artist.card(); err != nil {
		return nil, err
	}
	for _, pixels := range []int{32, 180} {
		if made[fmt.Sprintf("assets/icon-%d.png", pixels)], err = raster.Icon(iconSVG, pixels); err != nil {
			return nil, fmt.Errorf("assets/icon.svg: %w", err)
		}
	}
	made["favicon.ico"] = raster.ICO(made["assets/icon-32.png"])
	robots := "User-agent: *\nAllow: /\n"
	if f.Site.URL != "" {
		if made[sitemapPath], err = sitemap(pages); err != nil {
			return nil, err
		}
		robots += "Sitemap: " + f.Site.URL + sitemapPath + "\n"
	}
	made[robotsPath] = []byte(robots)
	var paths []string
	for _, p := range pages {
		paths = append(paths, p.Path)
	}
	made[headers.StaticPath] = []byte(headers.Static(paths))
	return made, nil
}

// sitemap lists the pages. It has no dates, because the only dates at hand are those of the data.
func sitemap(pages []*page) ([]byte, error) {
	out := bytes.NewBufferString(xml.Header + `<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">` + "\n")
	listed := 0
	for _, p := range pages {
		if p.Path == notFoundPath || p.Of != "" || listed == maxSitemap {
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
