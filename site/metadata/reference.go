package metadata

import (
	"fmt"
	"strings"
	"time"

	"tidemark/internal/legible"
	"tidemark/rfcwatch/cite"
)

// Reference is how to cite a table. It has the table's own day; when it was read only the reader knows, so no method writes that.
type Reference struct {
	Key       string // of the entry in BibTeX and RIS
	Publisher string
	Title     string // of the table
	Site      string // title of the site
	Day       string // of the data, YYYY-MM-DD; empty: they have none
	URL       string // empty: unknown
	License   string // SPDX identifier; empty: none is stated
}

// ReferenceTo returns the reference to the answer of a question.
func ReferenceTo(site Site, a *Answer) Reference {
	r := Reference{Key: a.Slug, Publisher: line(site.Publisher), Title: line(a.Title), Site: line(site.Title), Day: a.AsOf, License: line(site.License)}
	if a.AsOf != "" {
		r.Key += "-" + a.AsOf
	}
	if site.URL != "" {
		r.URL = site.page(a.Page)
	}
	return r
}

// line returns a text on one line, without what may not be shown.
func line(text string) string { return legible.Text(strings.Join(strings.Fields(text), " ")) }

// APA returns the reference in the style of the American Psychological Association, up to where it was found.
func (r Reference) APA() string {
	year := "n.d."
	if day, err := time.Parse(time.DateOnly, r.Day); err == nil {
		year = day.Format("2006, January 2")
	}
	title := r.Title + " [Data set]."
	if r.Site != r.Publisher {
		title += " " + r.Site + "."
	}
	return fmt.Sprintf("%s. (%s). %s", strings.TrimSuffix(r.Publisher, "."), year, title)
}

// Text returns the reference in one line: as in APA style, with address and licence.
func (r Reference) Text() string {
	text := r.APA()
	if r.URL != "" {
		text += " " + r.URL
	}
	if r.License != "" {
		text += " (licence: " + r.License + ")"
	}
	return text
}

// BibTeX returns an entry for BibTeX and BibLaTeX.
func (r Reference) BibTeX() string {
	var b strings.Builder
	field := func(name, value string) {
		if value != "" {
			fmt.Fprintf(&b, "  %s = {%s},\n", name, value)
		}
	}
	fmt.Fprintf(&b, "@misc{%s,\n", r.Key)
	field("author", "{"+tex(r.Publisher)+"}") // one name, whatever words it has
	field("title", "{"+tex(r.Title)+"}")
	field("howpublished", "Data set, "+tex(r.Site))
	if day, err := time.Parse(time.DateOnly, r.Day); err == nil {
		fmt.Fprintf(&b, "  year = %d,\n  month = %s,\n  day = %d,\n", day.Year(), strings.ToLower(day.Format("Jan")), day.Day())
		field("version", r.Day)
	}
	field("url", strings.NewReplacer("{", "%7B", "}", "%7D").Replace(r.URL)) // which is not read as TeX
	if r.License != "" {
		field("note", "Licence: "+tex(r.License))
	}
	b.WriteString("}\n")
	return b.String()
}

// tex escapes a text for BibTeX, which counts braces even where a backslash stands before them: they become parentheses.
func tex(text string) string { return cite.TeX(strings.NewReplacer("{", "(", "}", ")").Replace(text)) }

// RIS returns an entry in the format of reference managers. Its lines end as those of the page do; in a file CR LF ends them.
func (r Reference) RIS() string {
	var b strings.Builder
	field := func(tag, value string) {
		if value != "" {
			fmt.Fprintf(&b, "%s  - %s\n", tag, value)
		}
	}
	field("TY", "DATA")
	field("ID", r.Key)
	field("AU", r.Publisher)
	field("TI", r.Title)
	field("T2", r.Site)
	field("PB", r.Publisher)
	if day, err := time.Parse(time.DateOnly, r.Day); err == nil {
		field("PY", day.Format("2006"))
		field("DA", day.Format("2006/01/02"))
		field("ET", r.Day)
	}
	field("UR", r.URL)
	if r.License != "" {
		field("N1", "Licence: "+r.License)
	}
	b.WriteString("ER  - \n")
	return b.String()
}
