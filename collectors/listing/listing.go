// Package listing reads the listings of folders that web servers make.
package listing

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/url"
	"path"
	"strconv"
	"strings"

	"github.com/PuerkitoBio/goquery"
	"github.com/gocolly/colly/v2"
	"golang.org/x/net/html"

	"tidemark/internal/fetch"
)

// Link is a line of a listing.
type Link struct {
	Name   string `json:"name"`            // in the listing's own folder
	Listed string `json:"listed"`          // the text after the link: time and size, as shown
	Bytes  int64  `json:"bytes,omitempty"` // parsed from the size, which is usually rounded
}

const (
	maxLinks      = 20_000   // of a listing that are read; a month of RIS has 9,000
	maxListed     = 200      // bytes of text after a link
	maxListedSize = 64 << 30 // size of a dump, in bytes
)

// ErrNotListing is the error of a page that is not a listing.
var ErrNotListing = errors.New("this page is not a listing of a folder; open it in a browser to see what it is")

// Crawl returns the links of a listing to files and folders in its own folder, with the text after each. This works for Apache's
// tables and for the preformatted text of nginx and Apache. Names come from the hrefs, as link texts may be truncated. A page that is
// not a listing will not be one a second later, so it is not requested again.
func Crawl(ctx context.Context, client *fetch.Client, address string, since fetch.Validators) (links []Link, now fetch.Validators, err error) {
	folder, err := url.Parse(address)
	if err != nil {
		return nil, now, err
	}
	c := colly.NewCollector(colly.StdlibContext(ctx), colly.UserAgent(client.UserAgent), colly.AllowURLRevisit(), colly.MaxBodySize(0))
	c.WithTransport(client) // which obeys robots.txt, throttles requests, and limits what is read
	c.SetRedirectHandler(fetch.Redirect)
	c.SetRequestTimeout(0)
	c.DisableCookies()
	c.OnRequest(func(r *colly.Request) {
		if since.ETag != "" {
			r.Headers.Set("If-None-Match", since.ETag)
		}
		if since.LastModified != "" {
			r.Headers.Set("If-Modified-Since", since.LastModified)
		}
	})
	status, isListing, ignored := 0, false, map[string]int{}
	c.OnResponse(func(r *colly.Response) {
		now = fetch.Validators{ETag: r.Headers.Get("ETag"), LastModified: r.Headers.Get("Last-Modified")}
		if u := r.Request.URL; u.Host == folder.Host {
			folder = u // the target of a redirect on the same host
		}
	})
	var unread error
	c.OnError(func(r *colly.Response, err error) { status, unread = r.StatusCode, err })
	c.OnHTML("title, h1", func(e *colly.HTMLElement) {
		isListing = isListing || strings.HasPrefix(strings.TrimSpace(e.Text), "Index of")
	})
	c.OnHTML("a[href]", func(e *colly.HTMLElement) {
		name, reason := inFolder(folder, e.Attr("href"))
		if reason == "" && len(links) == maxLinks {
			reason = "too many"
		}
		if reason != "" {
			ignored[reason]++
			return
		}
		if name == "" {
			return
		}
		l := Link{Name: name, Listed: textAfter(e)}
		fields := strings.Fields(l.Listed)
		if len(fields) > 0 {
			l.Bytes = listedSize(fields[len(fields)-1])
		}
		if l.Bytes > maxListedSize {
			ignored["an absurd size"]++
			return
		}
		links = append(links, l)
	})
	err = c.Visit(address)
	switch {
	case status == 304 && since != fetch.Validators{}:
		return nil, since, fetch.ErrNotModified
	case status == 200: // colly reports a page that it cannot read so
		return nil, now, &fetch.ContentError{URL: address, Err: fmt.Errorf("the page cannot be read as a listing: %w", cmp.Or(unread, ErrNotListing))}
	case status != 0:
		return nil, now, &fetch.StatusError{URL: address, Code: status}
	case err != nil:
		return nil, now, err
	case !isListing:
		return nil, now, &fetch.ContentError{URL: address, Err: ErrNotListing}
	}
	for reason, n := range ignored {
		client.Log.Warn("links of a listing are ignored", "url", address, "because", reason, "links", n)
	}
	return links, now, nil
}

// inFolder returns the name that a link has in the folder. It is empty for links to parents and those that sort the listing.
// reason says why a link leads where a listing should not link to, or is empty.
func inFolder(folder *url.URL, href string) (name, reason string) {
	to, err := folder.Parse(href)
	if err != nil {
		return "", "not a URL"
	}
	if to.RawQuery != "" || to.Fragment != "" {
		return "", ""
	}
	if to.Scheme != folder.Scheme || to.Host != folder.Host || to.User != nil {
		return "", "another server"
	}
	name, below := strings.CutPrefix(to.Path, folder.Path)
	inner := strings.TrimSuffix(name, "/")
	switch {
	case strings.HasPrefix(folder.Path, strings.TrimSuffix(to.Path, "/")) && strings.HasSuffix(to.Path, "/"):
		return "", "" // itself, or above it
	case !below:
		return "", "another folder"
	case inner == "" || inner == "." || inner == ".." || strings.ContainsAny(inner, "/\\\x00") || path.Clean(inner) != inner:
		return "", "not a name"
	}
	return name, ""
}

// textAfter returns the text after a link: of the cells that follow in its row, or up to the next element.
func textAfter(e *colly.HTMLElement) string {
	text := ""
	if cell := e.DOM.Closest("td"); cell.Length() > 0 {
		text = strings.Join(cell.NextAll().Map(func(_ int, s *goquery.Selection) string { return s.Text() }), " ")
	} else if n := e.DOM.Nodes[0].NextSibling; n != nil && n.Type == html.TextNode {
		text = n.Data
	}
	text = strings.Join(strings.Fields(text), " ")
	return strings.ToValidUTF8(text[:min(len(text), maxListed)], "")
}

// listedSize parses a size such as 5120, 5.0K or 92M; it returns 0 for anything else.
func listedSize(s string) int64 {
	factor := 1.0
	for i, unit := range "KMGT" {
		if rest, is := strings.CutSuffix(s, string(unit)); is {
			s, factor = rest, float64(int64(1)<<(10*(i+1)))
		}
	}
	n, err := strconv.ParseFloat(s, 64)
	if err != nil || !(n >= 0) || n*factor > 1<<62 {
		if err == nil && n > 0 {
			return 1 << 62
		}
		return 0
	}
	return int64(n * factor)
}
