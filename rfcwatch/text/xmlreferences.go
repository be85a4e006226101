package text

import "strings"

// author returns an author of the document.
func (e *element) author() Author {
	organization := fold(e.child("organization").plain())
	a := Author{Name: e.personName(), Organization: organization}
	if a.Name == "" {
		a.Name = organization
	}
	postal := e.child("address").child("postal")
	if a.Country = CountryCode(fold(postal.child("country").plain())); a.Country == "" {
		a.Country = addressCountry(postal.lines())
	}
	return a
}

// personName returns the full name of a person; empty if the author is an organisation.
func (e *element) personName() string {
	if name := fold(e.attr("fullname")); name != "" {
		return name
	}
	return fold(e.attr("initials") + " " + e.attr("surname"))
}

// lines returns the character data of the children, one a line.
func (e *element) lines() (lines []string) {
	if e == nil {
		return nil
	}
	for _, c := range e.children {
		if line := fold(c.plain()); line != "" {
			lines = append(lines, line)
		}
	}
	return lines
}

// addressLines returns an author's address as the section of addresses prints it.
func (e *element) addressLines() []string {
	lines := []string{e.author().Name}
	if organization := fold(e.child("organization").plain()); organization != lines[0] {
		lines = append(lines, organization)
	}
	address := e.child("address")
	lines = append(lines, address.child("postal").lines()...)
	for _, contact := range []struct{ element, label string }{{"phone", "Phone: "}, {"email", "Email: "}, {"uri", "URI: "}} {
		if value := fold(address.child(contact.element).plain()); value != "" {
			lines = append(lines, contact.label+value)
		}
	}
	return strings.FieldsFunc(strings.Join(lines, "\n"), func(r rune) bool { return r == '\n' })
}

// reference adds an entry of a list of references, or a group of them under one label, and the paragraph that it is.
func (x *xmlReader) reference(e *element) {
	r := Reference{Label: e.label(), Kind: kindOfList(x.heading), Section: x.section}
	entries := []*element{e}
	if e.name == "referencegroup" {
		entries = nil
		for entry := range e.all("reference") {
			entries = append(entries, entry)
		}
	}
	var texts []string
	for _, entry := range entries {
		if r.Title == "" && entry.attr("quoteTitle") != "false" {
			r.Title = fold(x.inline(entry.child("front").child("title")))
		}
		for info := range entry.all("seriesInfo") {
			switch info.attr("name") {
			case "RFC":
				r.cite(strings.TrimSpace(info.attr("value")))
			case "Internet-Draft":
				if r.Draft == "" {
					r.Draft = revision.ReplaceAllString(citedDraft.FindString(info.attr("value")), "")
				}
			}
		}
		texts = append(texts, x.entry(entry))
	}
	r.Text = strings.Join(texts, " ")
	x.References = append(x.References, r)
	x.paragraph("[" + r.Label + "] " + r.Text)
}

// entry returns a reference as a list of references prints it: authors, title, series, date, address.
func (x *xmlReader) entry(e *element) string {
	front := e.child("front")
	var parts []string
	if authors := citedAuthors(front); authors != "" {
		parts = append(parts, authors)
	}
	if title := fold(x.inline(front.child("title"))); title != "" {
		if e.attr("quoteTitle") != "false" {
			title = `"` + title + `"`
		}
		parts = append(parts, title)
	}
	for content := range e.all("refcontent") {
		parts = append(parts, fold(x.inline(content)))
	}
	for info := range e.all("seriesInfo") {
		separator := " "
		if info.attr("name") == "Internet-Draft" {
			separator = ", "
		}
		parts = append(parts, fold(info.attr("name")+separator+info.attr("value")))
	}
	date := front.child("date")
	if day := fold(strings.TrimLeft(date.attr("day"), "0") + " " + date.attr("month") + " " + date.attr("year")); day != "" {
		parts = append(parts, day)
	}
	if target := e.attr("target"); target != "" {
		parts = append(parts, "<"+target+">")
	}
	text := strings.Join(parts, ", ") + "."
	if note := fold(x.inline(e.child("annotation"))); note != "" {
		text += " " + note
	}
	return text
}

// citedAuthors returns the authors of a reference as RFC 7322 has them: Bao, C., Huitema, C., and X. Li.
func citedAuthors(front *element) string {
	if front == nil {
		return ""
	}
	var authors []*element
	for _, c := range front.children {
		if c.name == "author" {
			authors = append(authors, c)
		}
	}
	var b strings.Builder
	for i, a := range authors {
		last := i > 0 && i == len(authors)-1
		switch {
		case last && i == 1:
			b.WriteString(" and ")
		case last:
			b.WriteString(", and ")
		case i > 0:
			b.WriteString(", ")
		}
		surname, initials := fold(a.attr("surname")), ""
		for _, letter := range a.attr("initials") {
			initials = string(letter) + "."
			break
		}
		switch {
		case surname == "":
			b.WriteString(a.author().Name)
		case initials == "":
			b.WriteString(surname)
		case last:
			b.WriteString(initials + " " + surname)
		default:
			b.WriteString(surname + ", " + initials)
		}
		if a.attr("role") == "editor" {
			b.WriteString(", Ed.")
		}
	}
	return b.String()
}
