// Package format writes values as the pages of the site show them.
package format

import (
	"strings"
	"time"
)

// Day returns the date of t as YYYY-MM-DD.
func Day(t time.Time) string { return t.Format(time.DateOnly) }

// LongDay returns the date of t as sentences have it, 2 January 2006.
func LongDay(t time.Time) string { return t.Format("2 January 2006") }

// Lead splits a text after its first sentence.
func Lead(text string) (lead, rest string) {
	lead, rest, more := strings.Cut(text, ". ")
	if !more {
		return text, ""
	}
	return lead + ".", rest
}

// Minute returns t in UTC to the minute; "" for the zero time.
func Minute(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format("2006-01-02 15:04")
}

// Paragraphs splits a text at its blank lines.
func Paragraphs(s string) []string {
	var all []string
	for p := range strings.SplitSeq(strings.ReplaceAll(s, "\r\n", "\n"), "\n\n") {
		if p = strings.TrimSpace(p); p != "" {
			all = append(all, p)
		}
	}
	return all
}

// Heading returns the name of a column as a heading.
func Heading(name string) string { return strings.ReplaceAll(name, "_", " ") }
