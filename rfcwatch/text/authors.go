package text

import (
	_ "embed"
	"regexp"
	"strings"
	"sync"
	"unicode"
)

// Author is an author as the section of addresses names them.
type Author struct {
	Name         string
	Organization string // empty: none is named
	Country      string // ISO 3166 code; empty: none is named
}

var (
	addressHeading = regexp.MustCompile(`(?i)^(?:authors?|editors?|authors?/editors?|authors? and editors?)[’']?s?[’']? address(?:es)?\b`)
	addressTitle   = regexp.MustCompile(`(?i)^ *authors?[’']?s?[’']? address(?:es)?:?$`)
	contactLine    = regexp.MustCompile(`(?i)^\s*(?:(?:work |mobile |tele)?phone|tel|fax|(?:e-?|net)?mail(?: address)?|uri|url|web|voice)\b[^:]{0,12}[:.]|@|://`)
	editorMark     = regexp.MustCompile(`(?i)\s*[,(]?\s*\(?\beditors?\b\)?\s*$`)
	personName     = regexp.MustCompile(`^\p{L}[\p{L}\p{M} .,'’()-]{2,58}$`)
	street         = regexp.MustCompile(`(?i)^(?:\d|p\.? ?o\.? box|room\b|building\b)|, [A-Z]{2}$`)
	sideBySide     = regexp.MustCompile(`\S {3,}\S`) // two addresses
	ofGroup        = regexp.MustCompile(`(?i)\b(?:chairs?|contributors?|editors?)$`)
)

// authors returns who the section of addresses names, or the part of a section that begins with a line of that title. An address is a
// block that begins with a name, and the line below it is the organisation unless it is a street. A deeper block is the same address in
// another script.
func authors(blocks []block) (all []Author) {
	margin, titled := -1, Section{}
	for _, b := range blocks {
		here := Section{Number: b.Section, Heading: b.Heading}
		if len(b.lines) == 1 && addressTitle.MatchString(b.lines[0]) {
			margin, titled = -1, here
			continue
		}
		if here == titled && len(b.lines) == 1 && ofGroup.MatchString(b.lines[0]) {
			titled = Section{}
		}
		if !addressHeading.MatchString(b.Heading) && (here != titled || titled == Section{}) {
			margin = -1
			continue
		}
		if margin < 0 {
			margin = indent(b.lines[0])
		}
		if indent(b.lines[0]) > margin {
			continue
		}
		var people []Author
		addresses := addressColumns(b.lines)
		for _, address := range addresses {
			if author, ok := parseAddress(address); ok {
				people = append(people, author)
			}
		}
		if len(people) == len(addresses) { // a term with its meaning beside it is not a pair of addresses
			all = append(all, people...)
		}
	}
	return all
}

// addressColumns returns the addresses of a block: two, if its first line has two names and the other lines leave the same gap.
func addressColumns(lines []string) [][]string {
	at := sideBySide.FindAllStringIndex(lines[0], -1)
	if len(at) != 1 {
		return [][]string{lines}
	}
	second := len([]rune(lines[0][:at[0][1]-1]))
	var left, right []string
	for _, line := range lines {
		runes := []rune(line)
		if len(runes) <= second {
			left = append(left, line)
			continue
		}
		if runes[second-1] != ' ' {
			return nil // of a table, or aligned otherwise
		}
		if l := strings.TrimRight(string(runes[:second]), " "); l != "" {
			left = append(left, l)
		}
		right = append(right, string(runes[second:]))
	}
	return [][]string{left, right}
}

// parseAddress reads an address: name, organisation, lines of the postal address and those of other contacts.
func parseAddress(lines []string) (author Author, ok bool) {
	name := editorMark.ReplaceAllString(fold(lines[0]), "")
	if contactLine.MatchString(lines[0]) || sideBySide.MatchString(lines[0]) || ofGroup.MatchString(name) || !personName.MatchString(name) {
		return Author{}, false
	}
	author = Author{Name: name, Country: addressCountry(lines[1:])}
	if len(lines) > 1 && !contactLine.MatchString(lines[1]) {
		if organization := strings.TrimSuffix(fold(lines[1]), ","); !street.MatchString(organization) {
			author.Organization = organization
		}
	}
	return author, true
}

//go:embed countries.txt
var countriesFile string

// countries returns ISO 3166 codes by the names that addresses use, as normalized by countryName.
var countries = sync.OnceValue(func() map[string]string {
	codes := map[string]string{}
	for line := range strings.Lines(countriesFile) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		names := strings.Split(strings.TrimSpace(line), "\t")
		for _, name := range names[1:] {
			codes[name] = names[0]
		}
	}
	return codes
})

var (
	// zipCode ends the line of a city in the United States. Addresses there often leave out the country.
	zipCode = regexp.MustCompile(`\b(?:A[KLRZ]|C[AOT]|D[CE]|FL|GA|HI|I[ADLN]|K[SY]|LA|M[ADEINOST]|N[CDEHJMVY]|O[HKR]|PA|RI|S[CD]|T[NX]|UT|V[AT]|W[AIVY])[ ,.]+\d{5}(?:-\d{4})?$`)
	// placeNames are countries whose names are also those of places elsewhere: they count if they have a line of their own.
	placeNames = map[string]bool{"georgia": true, "jersey": true, "lebanon": true, "peru": true, "cuba": true, "jordan": true, "us": true}
)

// CountryCode returns the ISO 3166 code of a country by its name or its code; empty if the text is neither.
func CountryCode(name string) string {
	normalized := countryName(name)
	if code := countries()[normalized]; code != "" {
		return code
	}
	if len(name) == 2 && strings.ToUpper(name) == name && strings.Contains(countriesFile, "\n"+name+"\t") {
		return name
	}
	return ""
}

// countryName returns a name in lower case without full stops, commas and superfluous white space.
func countryName(name string) string {
	return fold(strings.Map(func(r rune) rune {
		if r == '.' || r == ',' {
			return -1
		}
		return unicode.ToLower(r)
	}, name))
}

// maxCountryWords is how many words the longest name of a country in countries.txt has.
const maxCountryWords = 10

// addressCountry returns the country of an address: a line that is one, from the last on, or else what the line of the city ends
// with. A line of two letters is a country unless it could be a state of the United States.
func addressCountry(lines []string) string {
	for i := len(lines) - 1; i >= 0; i-- {
		line := fold(lines[i])
		if contactLine.MatchString(line) || len(line) == 2 && zipCode.MatchString(line+" 00000") {
			continue
		}
		if code := CountryCode(line); code != "" {
			return code
		}
	}
	for i := len(lines) - 1; i >= 1; i-- { // not the organisation
		line := fold(lines[i])
		if contactLine.MatchString(line) {
			continue
		}
		if zipCode.MatchString(line) {
			return "US"
		}
		words := strings.Fields(line)
		for from := max(1, len(words)-maxCountryWords); from < len(words); from++ {
			name := countryName(strings.Join(words[from:], " "))
			if code := countries()[name]; code != "" && !placeNames[name] && !strings.EqualFold(words[from-1], "new") {
				return code
			}
		}
	}
	return ""
}
