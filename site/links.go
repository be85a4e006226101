package site

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"path"
	"runtime"
	"slices"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/sync/errgroup"
)

// checkLinks refuses a link that leads nowhere within the site, an address that a page would load from elsewhere, and
// an id that a page has twice.
func checkLinks(files map[string][]byte, standing map[string]onDisk) error {
	var names []string
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if strings.HasSuffix(name, ".html") {
			names = append(names, name)
		}
	}
	all := make([]references, len(names))
	eachOf(len(names), func(i int) { all[i] = referencesOf(files[names[i]]) })
	ids := map[string]map[string]bool{}
	for i, name := range names {
		ids[name] = all[i].ids
	}
	errs := make([][]error, len(names))
	eachOf(len(names), func(i int) {
		for _, id := range all[i].twice {
			errs[i] = append(errs[i], fmt.Errorf("%s: id %q is there twice", names[i], id))
		}
		for _, l := range all[i].links {
			if err := l.check(names[i], files, standing, ids); err != nil {
				errs[i] = append(errs[i], fmt.Errorf("%s: link to %s: %w", names[i], l.to, err))
			}
		}
	})
	return errors.Join(slices.Concat(errs...)...)
}

// eachOf calls do for 0 to n-1, on all processors.
func eachOf(n int, do func(int)) {
	var group errgroup.Group
	group.SetLimit(runtime.GOMAXPROCS(0))
	for i := range n {
		group.Go(func() error { do(i); return nil })
	}
	group.Wait()
}

// references are a page's links and the places that links can lead to.
type references struct {
	ids   map[string]bool
	twice []string // ids that stand there again
	links []link   // each once
}

func referencesOf(page []byte) references {
	r := references{ids: map[string]bool{}}
	seen := map[link]bool{}
	tokens := html.NewTokenizer(bytes.NewReader(page))
	for {
		switch tokens.Next() {
		case html.ErrorToken:
			return r // the end: a reader of bytes has no other error
		case html.StartTagToken, html.SelfClosingTagToken:
		default:
			continue
		}
		tag := tokens.Token()
		follows := tag.Data == "a" || tag.Data == "form"
		for _, a := range tag.Attr {
			follows = follows || a.Key == "rel" && a.Val == "canonical"
		}
		for _, a := range tag.Attr {
			switch a.Key {
			case "id":
				if r.ids[a.Val] {
					r.twice = append(r.twice, a.Val)
				}
				r.ids[a.Val] = true
			case "href", "src", "srcset", "action", "data-options", "data-echarts", "data-page":
				if l := (link{to: a.Val, follows: follows}); !seen[l] {
					seen[l] = true
					r.links = append(r.links, l)
				}
			}
		}
	}
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
