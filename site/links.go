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
	"unique"

	"golang.org/x/net/html"
)

// checkLinks refuses a link that leads nowhere within the site, an address that a page would load from elsewhere, and
// an id that a page has twice. The pages are those of a site that has these files.
func checkLinks(pages map[string]references, has func(path string) bool) error {
	var errs []error
	for _, name := range slices.Sorted(maps.Keys(pages)) {
		for _, id := range pages[name].twice {
			errs = append(errs, fmt.Errorf("%s: id %q is there twice", name, id))
		}
		for _, l := range pages[name].links {
			if err := l.check(name, pages, has); err != nil {
				errs = append(errs, fmt.Errorf("%s: link to %s: %w", name, l.to.Value(), err))
			}
		}
	}
	return errors.Join(errs...)
}

// references are a page's links and the places that links can lead to.
type references struct {
	ids   []unique.Handle[string]
	twice []string // ids that stand there again
	links []link   // each once
}

func referencesOf(page []byte) references {
	var r references
	there, seen := map[string]bool{}, map[link]bool{}
	tokens := html.NewTokenizer(bytes.NewReader(page))
	var to []string
	for {
		switch tokens.Next() {
		case html.ErrorToken:
			return r // the end: a reader of bytes has no other error
		case html.StartTagToken, html.SelfClosingTagToken:
		default:
			continue
		}
		name, more := tokens.TagName()
		follows := string(name) == "a" || string(name) == "form"
		to = to[:0]
		for more {
			var key, value []byte
			key, value, more = tokens.TagAttr()
			switch string(key) {
			case "rel":
				follows = follows || string(value) == "canonical"
			case "id":
				if there[string(value)] {
					r.twice = append(r.twice, string(value))
					continue
				}
				id := string(value)
				there[id] = true
				r.ids = append(r.ids, unique.Make(id))
			case "href", "src", "srcset", "action", "data-options", "data-echarts", "data-page":
				to = append(to, string(value))
			}
		}
		for _, to := range to {
			if l := (link{unique.Make(to), follows}); !seen[l] {
				seen[l] = true
				r.links = append(r.links, l)
			}
		}
	}
}

type link struct {
	to      unique.Handle[string] // pages have most links in common
	follows bool                  // a link to follow, not something that the page loads
}

func (l link) check(from string, pages map[string]references, has func(path string) bool) error {
	u, err := url.Parse(l.to.Value())
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
	if !has(target) {
		return errors.New("there is no such file")
	}
	if u.Fragment != "" && !slices.Contains(pages[target].ids, unique.Make(u.Fragment)) {
		return errors.New("there is no such place on the page")
	}
	return nil
}
