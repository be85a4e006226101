// Package linkcheck finds dead links, files loaded from other sites, and duplicate ids in HTML pages.
package linkcheck

import (
	"bytes"
	"errors"
	"fmt"
	"hash/fnv"
	"iter"
	"maps"
	"net/url"
	"path"
	"slices"
	"strings"
	"unique"

	"golang.org/x/net/html"
)

// Page holds what is checked of a page: its links, and the ids that links can lead to.
type Page struct {
	ids        []unique.Handle[string]
	duplicates []string // ids that occur again
	links      []link   // each once
}

// Parse extracts the links and ids of an HTML page.
func Parse(page []byte) Page {
	var p Page
	ids, links := map[string]bool{}, map[link]bool{}
	tokens := html.NewTokenizer(bytes.NewReader(page))
	for {
		switch tokens.Next() {
		case html.ErrorToken:
			return p // the end: reading bytes has no other error
		case html.StartTagToken, html.SelfClosingTagToken:
			id, found := references(tokens)
			if ids[id] {
				p.duplicates = append(p.duplicates, id)
			} else if id != "" {
				ids[id] = true
				p.ids = append(p.ids, unique.Make(id))
			}
			for _, l := range found {
				if !links[l] {
					links[l] = true
					p.links = append(p.links, l)
				}
			}
		}
	}
}

// references returns the id and the links of the element whose tag was read last.
func references(tokens *html.Tokenizer) (id string, links []link) {
	name, more := tokens.TagName()
	follows := string(name) == "a" || string(name) == "form"
	for more {
		var key, value []byte
		key, value, more = tokens.TagAttr()
		switch string(key) {
		case "rel":
			follows = follows || string(value) == "canonical" || string(value) == "alternate"
		case "id":
			id = string(value)
		case "href", "src", "srcset", "action", "data-options", "data-echarts", "data-page":
			links = append(links, link{to: unique.Make(string(value))})
		}
	}
	for i := range links {
		links[i].follows = follows
	}
	return id, links
}

type link struct {
	to      unique.Handle[string] // pages have most links in common
	follows bool                  // the reader follows it, in contrast to what the page loads
}

// Lacks yields the ids of another page that this one does not have.
func (p Page) Lacks(other Page) iter.Seq[string] {
	has := map[unique.Handle[string]]bool{}
	for _, id := range p.ids {
		has[id] = true
	}
	return func(yield func(string) bool) {
		for _, id := range other.ids {
			if !has[id] && !yield(id.Value()) {
				return
			}
		}
	}
}

// Target is a file of the site, or an id in one, by a hash: different ones may have the same.
type Target uint32

// TargetOf returns the target of links to a path of the site; id is empty for the file as a whole.
func TargetOf(path, id string) Target {
	h := fnv.New32a()
	h.Write([]byte(path + "#" + id))
	return Target(h.Sum32())
}

// Targets returns what must be in the site for the links of a page at a path to lead somewhere, besides the page itself, each once.
func (p Page) Targets(path string) []Target {
	var all []Target
	for _, l := range p.links {
		u, err := url.Parse(l.to.Value())
		if err != nil || u.Host != "" || u.Path == "" {
			continue
		}
		file := targetOf(path, u)
		all = append(all, TargetOf(file, ""))
		if u.Fragment != "" {
			all = append(all, TargetOf(file, u.Fragment))
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// targetOf returns the path in the site that a link of a page leads to.
func targetOf(page string, link *url.URL) string {
	if link.Path == "" {
		return page
	}
	return path.Join(path.Dir(page), link.Path)
}

// Check returns an error for each link that leads nowhere within the site, each file that a page would load from another
// site, and each id that a page has twice. The pages are given by their paths in a site that has the files for which has
// reports true; other returns those of its pages that need no check and only have ids.
func Check(pages map[string]Page, other func(path string) Page, has func(path string) bool) error {
	var errs []error
	type place struct {
		folder string
		link   link
	}
	right := map[place]bool{} // pages of a folder have most links in common
	for _, name := range slices.Sorted(maps.Keys(pages)) {
		folder := path.Dir(name)
		for _, id := range pages[name].duplicates {
			errs = append(errs, fmt.Errorf("%s: duplicate id %q", name, id))
		}
		for _, l := range pages[name].links {
			at := place{folder, l}
			if right[at] {
				continue
			}
			if err := l.check(name, pages, other, has); err != nil {
				errs = append(errs, fmt.Errorf("%s: link to %s: %w", name, l.to.Value(), err))
			} else if to := l.to.Value(); to != "" && to[0] != '#' && to[0] != '?' { // these lead to the page itself
				right[at] = true
			}
		}
	}
	return errors.Join(errs...)
}

func (l link) check(from string, pages map[string]Page, other func(path string) Page, has func(path string) bool) error {
	u, err := url.Parse(l.to.Value())
	if err != nil {
		return err
	}
	switch {
	case u.Scheme == "" && u.Host == "" && !strings.HasPrefix(u.Path, "/"):
	case !l.follows:
		return errors.New("a page may load files of its own site only")
	case u.Scheme == "https" || u.Scheme == "http":
		return nil
	default:
		return errors.New("want a relative, http or https link")
	}
	target := targetOf(from, u)
	if !has(target) {
		return errors.New("no such file in the site")
	}
	if u.Fragment == "" {
		return nil
	}
	p, checked := pages[target]
	if !checked {
		p = other(target)
	}
	if !slices.Contains(p.ids, unique.Make(u.Fragment)) {
		return errors.New("no such id on the page")
	}
	return nil
}
