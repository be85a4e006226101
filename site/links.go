package site

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"path"
	"slices"
	"strings"

	"golang.org/x/net/html"
)

// checkLinks refuses a link that leads nowhere within the site, an address that a page would load from elsewhere, and
// an id that a page has twice.
func checkLinks(files map[string][]byte, standing map[string]onDisk) error {
	ids := map[string]map[string]bool{}
	links := map[string][]link{}
	var errs []error
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if !strings.HasSuffix(name, ".html") {
			continue
		}
		doc, err := html.Parse(bytes.NewReader(files[name]))
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		ids[name] = map[string]bool{}
		for n := range doc.Descendants() {
			follows := n.Data == "a" || n.Data == "form"
			for _, a := range n.Attr {
				follows = follows || a.Key == "rel" && a.Val == "canonical"
			}
			for _, a := range n.Attr {
				switch a.Key {
				case "id":
					if ids[name][a.Val] {
						errs = append(errs, fmt.Errorf("%s: id %q is there twice", name, a.Val))
					}
					ids[name][a.Val] = true
				case "href", "src", "srcset", "action", "data-options", "data-echarts", "data-page":
					links[name] = append(links[name], link{to: a.Val, follows: follows})
				}
			}
		}
	}
	for _, from := range slices.Sorted(maps.Keys(links)) {
		for _, l := range links[from] {
			if err := l.check(from, files, standing, ids); err != nil {
				errs = append(errs, fmt.Errorf("%s: link to %s: %w", from, l.to, err))
			}
		}
	}
	return errors.Join(errs...)
}

type link struct {
	to      string
	follows bool // a link to follow, not something that the page loads
}

func (l link) check(from string, files map[string][]byte, standing map[string]onDisk, ids map[string]map[string]bool) error {
	u, err := url.Parse(l.to)
	if err != nil {
		return err
	}
	switch {
	case u.Scheme == "" && u.Host == "" && !strings.HasPrefix(u.Path, "/"):
	case !l.follows:
		return errors.New("a page loads nothing from elsewhere")
	case u.Scheme == "https" || u.Scheme == "http":
		return nil
	default:
		return errors.New("only http, https and relative links are published")
	}
	target := from
	if u.Path != "" {
		target = path.Join(path.Dir(from), u.Path)
	}
	_, made := files[target]
	if _, stands := standing[target]; !made && !stands {
		return errors.New("there is no such file")
	}
	if u.Fragment != "" && !ids[target][u.Fragment] {
		return errors.New("there is no such place on the page")
	}
	return nil
}
