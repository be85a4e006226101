// Package cite writes references to RFCs: as the RFC Editor does, as BibTeX, as XML for xml2rfc (RFC 7991), and in APA style.
package cite

import (
	"encoding/xml"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"tidemark/datasets"
)

// Formats are the names of the formats.
var Formats = []string{"text", "bibtex", "xml", "apa"}

// Reference returns a reference to an RFC in one of the formats, with a line break at its end. Also are its other names, such as BCP14.
// What the index does not say is left out.
func Reference(r *datasets.RFC, also []string, format string) (string, error) {
	d := document{r, nil, also}
	for _, a := range r.Authors {
		d.people = append(d.people, parseAuthor(a))
	}
	switch format {
	case "text":
		return d.text(), nil
	case "bibtex":
		return d.bibtex(), nil
	case "xml":
		return d.xml()
	case "apa":
		return d.apa(), nil
	}
	return "", fmt.Errorf("unknown format %q (want %s)", format, strings.Join(Formats, ", "))
}

// document is an RFC with its authors.
type document struct {
	*datasets.RFC
	people []author
	also   []string
}

// author is a person or an organisation.
type author struct {
	initials string // empty: an organisation
	surname  string
	suffix   string // Jr., III or the like
	editor   bool
}

var (
	person       = regexp.MustCompile(`^((?:(?:-?\pL[\pL()-]{0,3}\.)+ )+)(\S.*?)(?:, (Jr\.?|Sr\.?|II|III|IV))?$`)
	firstInitial = regexp.MustCompile(`^[^.]*\.(?:-\pL+\.)*`)
)

func parseAuthor(name string) author {
	name, editor := strings.CutSuffix(name, ", Ed.")
	a := author{surname: name, editor: editor}
	if m := person.FindStringSubmatch(name); m != nil {
		a.initials, a.surname, a.suffix = strings.TrimSpace(m[1]), m[2], m[3]
		if initials, saint := strings.CutSuffix(a.initials, " St."); saint {
			a.initials, a.surname = initials, "St. "+a.surname
		}
	}
	return a
}

// name returns the initials before the surname.
func (a author) name() string { return joined(" ", a.initials, joined(", ", a.surname, a.suffix)) }

// turned returns the surname before the initials.
func (a author) turned() string { return joined(", ", a.surname, a.initials, a.suffix) }

// joined returns the texts that are not empty with a separator between them.
func joined(separator string, texts ...string) string {
	return strings.Join(slices.DeleteFunc(texts, func(t string) bool { return t == "" }), separator)
}

func (d *document) url() string {
	return fmt.Sprintf("https://www.rfc-editor.org/info/rfc%d", d.Number)
}

// month returns the name of the month of publication; empty if the index does not have it.
func (d *document) month() string {
	if d.Month == 0 {
		return ""
	}
	return time.Month(d.Month).String()
}

// text returns the reference as rfc-ref.txt has it.
func (d *document) text() string {
	parts := []string{}
	if names := d.names(); names != "" {
		parts = append(parts, names)
	}
	parts = append(parts, `"`+d.Title+`"`)
	for _, name := range d.also {
		parts = append(parts, spaced(name))
	}
	parts = append(parts, fmt.Sprintf("RFC %d", d.Number))
	if d.DOI != "" {
		parts = append(parts, "DOI "+d.DOI)
	}
	if d.Year > 0 {
		parts = append(parts, strings.TrimSpace(fmt.Sprintf("%s %d", d.date(), d.Year)))
	}
	return strings.Join(append(parts, "<"+d.url()+">"), ", ") + ".\n"
}

// date returns month and day as far as the index has them; the RFC Editor gives the day of documents of the first of April.
func (d *document) date() string {
	if d.Day > 0 {
		return fmt.Sprintf("%s %d", d.month(), d.Day)
	}
	return d.month()
}

// names returns the authors as RFC 7322 lists them: each with one initial, which the last one has in front.
func (d *document) names() string {
	var b strings.Builder
	for i, a := range d.people {
		a.initials = firstInitial.FindString(a.initials)
		last := i > 0 && i == len(d.people)-1
		switch {
		case i == 0:
		case !last || a.surname == "et al.":
			b.WriteString(", ")
		case len(d.people) > 2, d.people[0].editor, d.people[0].suffix != "":
			b.WriteString(", and ")
		default:
			b.WriteString(" and ")
		}
		if last {
			b.WriteString(a.name())
		} else {
			b.WriteString(a.turned())
		}
		if a.editor {
			b.WriteString(", Ed.")
		}
	}
	return b.String()
}

// spaced returns BCP14 as BCP 14.
func spaced(name string) string {
	i := strings.IndexAny(name, "0123456789")
	if i < 1 {
		return name
	}
	return name[:i] + " " + name[i:]
}

var tex = strings.NewReplacer(`\`, `\textbackslash{}`, `{`, `\{`, `}`, `\}`, `&`, `\&`, `%`, `\%`, `$`, `\$`, `#`, `\#`, `_`, `\_`, `~`, `\textasciitilde{}`, `^`, `\textasciicircum{}`)

// TeX returns a text with what TeX reads as a command escaped.
func TeX(text string) string { return tex.Replace(text) }

// bibtex returns an entry in the form of the Datatracker's.
func (d *document) bibtex() string {
	var b strings.Builder
	fmt.Fprintf(&b, "@misc{rfc%d,\n  series = {Request for Comments},\n  number = %d,\n  howpublished = {RFC %d},\n  publisher = {RFC Editor},\n", d.Number, d.Number, d.Number)
	if d.DOI != "" {
		fmt.Fprintf(&b, "  doi = {%s},\n", TeX(d.DOI))
	}
	fmt.Fprintf(&b, "  url = {%s},\n", d.url())
	if len(d.people) > 0 {
		var names []string
		for _, a := range d.people {
			name := TeX(joined(", ", a.surname, a.suffix, a.initials))
			if a.initials == "" {
				name = "{" + name + "}" // one name, whatever words it has
			}
			names = append(names, name)
		}
		fmt.Fprintf(&b, "  author = {%s},\n", strings.Join(names, " and "))
	}
	fmt.Fprintf(&b, "  title = {{%s}},\n", TeX(d.Title))
	if d.Pages != nil {
		fmt.Fprintf(&b, "  pagetotal = %d,\n", *d.Pages)
	}
	if d.Year > 0 {
		fmt.Fprintf(&b, "  year = %d,\n", d.Year)
	}
	if d.Month > 0 {
		fmt.Fprintf(&b, "  month = %s,\n", strings.ToLower(d.month()[:3]))
	}
	if d.Day > 0 {
		fmt.Fprintf(&b, "  day = %d,\n", d.Day)
	}
	b.WriteString("}\n")
	return b.String()
}

// The elements of a reference, in the order of RFC 7991.
type (
	reference struct {
		XMLName xml.Name `xml:"reference"`
		Anchor  string   `xml:"anchor,attr"`
		Target  string   `xml:"target,attr"`
		Front   front    `xml:"front"`
		Series  []series `xml:"seriesInfo"`
	}
	front struct {
		Title    string      `xml:"title"`
		Authors  []xmlAuthor `xml:"author"`
		Date     xmlDate     `xml:"date"`
		Abstract *abstract   `xml:"abstract"`
	}
	xmlAuthor struct {
		FullName     string `xml:"fullname,attr,omitempty"`
		Initials     string `xml:"initials,attr,omitempty"`
		Surname      string `xml:"surname,attr,omitempty"`
		Role         string `xml:"role,attr,omitempty"`
		Organization string `xml:"organization"`
	}
	xmlDate struct {
		Year  uint32 `xml:"year,attr,omitempty"`
		Month string `xml:"month,attr,omitempty"`
		Day   uint32 `xml:"day,attr,omitempty"`
	}
	abstract struct {
		Paragraphs []string `xml:"t"`
	}
	series struct {
		Name  string `xml:"name,attr"`
		Value string `xml:"value,attr"`
	}
)

var blank = regexp.MustCompile(`\n\s*\n`)

// xml returns the reference as xml2rfc takes it.
func (d *document) xml() (string, error) {
	r := reference{Anchor: fmt.Sprintf("RFC%04d", d.Number), Target: d.url(), Front: front{Title: d.Title, Date: xmlDate{d.Year, d.month(), d.Day}}}
	for _, a := range d.people {
		x := xmlAuthor{Organization: a.surname}
		if a.initials != "" {
			x = xmlAuthor{FullName: a.name(), Initials: a.initials, Surname: joined(", ", a.surname, a.suffix)}
		}
		if a.editor {
			x.Role = "editor"
		}
		r.Front.Authors = append(r.Front.Authors, x)
	}
	if len(d.people) == 0 {
		r.Front.Authors = []xmlAuthor{{}} // an author is required
	}
	if text := strings.TrimSpace(d.Abstract); text != "" {
		r.Front.Abstract = &abstract{}
		for _, p := range blank.Split(text, -1) {
			r.Front.Abstract.Paragraphs = append(r.Front.Abstract.Paragraphs, strings.Join(strings.Fields(p), " "))
		}
	}
	for _, name := range append(append([]string{}, d.also...), fmt.Sprintf("RFC%d", d.Number)) {
		kind, value, _ := strings.Cut(spaced(name), " ")
		r.Series = append(r.Series, series{kind, value})
	}
	if d.DOI != "" {
		r.Series = append(r.Series, series{"DOI", d.DOI})
	}
	out, err := xml.MarshalIndent(r, "", "  ")
	return string(out) + "\n", err
}

// maxNamed is how many authors APA style names before it leaves out all but the last.
const maxNamed = 20

// apa returns the reference of a report in the 7th edition of APA style.
func (d *document) apa() string {
	var names []string
	editors := len(d.people) > 0
	for _, a := range d.people {
		names = append(names, a.turned())
		editors = editors && a.editor
	}
	by := ""
	switch n := len(names); {
	case n == 1:
		by = names[0]
	case n > maxNamed:
		by = strings.Join(names[:maxNamed-1], ", ") + ", . . . " + names[n-1]
	case n > 1:
		by = strings.Join(names[:n-1], ", ") + ", & " + names[n-1]
	}
	switch {
	case editors && len(names) == 1:
		by += " (Ed.)"
	case editors:
		by += " (Eds.)"
	}
	year := "n.d."
	if d.Year > 0 {
		year = fmt.Sprint(d.Year)
	}
	title := fmt.Sprintf("%s (RFC %d).", d.Title, d.Number)
	where := d.url()
	if d.DOI != "" {
		where = "https://doi.org/" + d.DOI
	}
	if by == "" {
		return fmt.Sprintf("%s (%s). RFC Editor. %s\n", title, year, where)
	}
	return fmt.Sprintf("%s (%s). %s RFC Editor. %s\n", by, year, title, where)
}
