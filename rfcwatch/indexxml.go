package rfcwatch

import (
	"encoding/xml"
	"fmt"
	"io"
	"strconv"
	"strings"

	"tidemark/datasets"
)

// xmlEntry is an rfc-entry. Tags without a namespace match any namespace, and elements may be in any order: both have
// changed over the years.
type xmlEntry struct {
	DocID   string `xml:"doc-id"`
	Title   string `xml:"title"`
	Authors []struct {
		Name  string `xml:"name"`
		Title string `xml:"title"`
	} `xml:"author"`
	Date struct {
		Month string `xml:"month"`
		Day   string `xml:"day"`
		Year  string `xml:"year"`
	} `xml:"date"`
	Formats           []string `xml:"format>file-format"`
	OldPages          []string `xml:"format>page-count"` // old form
	Pages             string   `xml:"page-count"`
	Keywords          []string `xml:"keywords>kw"`
	Abstract          []string `xml:"abstract>p"`
	Draft             string   `xml:"draft"`
	Obsoletes         []string `xml:"obsoletes>doc-id"`
	ObsoletedBy       []string `xml:"obsoleted-by>doc-id"`
	Updates           []string `xml:"updates>doc-id"`
	UpdatedBy         []string `xml:"updated-by>doc-id"`
	IsAlso            []string `xml:"is-also>doc-id"`
	SeeAlso           []string `xml:"see-also>doc-id"`
	CurrentStatus     string   `xml:"current-status"`
	PublicationStatus string   `xml:"publication-status"`
	Stream            string   `xml:"stream"`
	Area              string   `xml:"area"`
	WG                string   `xml:"wg_acronym"`
	ErrataURL         string   `xml:"errata-url"`
	DOI               string   `xml:"doi"`
}

// readXML reads rfc-index.xml.
func (x *index) readXML(in io.Reader) error {
	d := xml.NewDecoder(in)
	d.CharsetReader = func(charset string, in io.Reader) (io.Reader, error) {
		if strings.EqualFold(charset, "us-ascii") || strings.EqualFold(charset, "ascii") {
			return in, nil
		}
		return nil, fmt.Errorf("unsupported character set %q", charset)
	}
	inIndex := false
	for {
		offset := d.InputOffset()
		token, err := d.Token()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			err = fmt.Errorf("%s: byte %d: %w", x.raw.ID(), d.InputOffset(), err)
			if len(x.rfcs) == 0 {
				return err
			}
			x.damage(err) // the entries before it are good
			return nil
		}
		start, ok := token.(xml.StartElement)
		if !ok {
			continue
		}
		place := fmt.Sprintf("byte %d", offset)
		switch name := start.Name.Local; {
		case name == "rfc-index":
			inIndex = true
		case !inIndex:
			return fmt.Errorf("%s: byte %d: the root element is %s, not rfc-index", x.raw.ID(), offset, name)
		case name == "rfc-entry" || name == "rfc-not-issued-entry":
			var e xmlEntry
			if err := d.DecodeElement(&e, &start); err != nil {
				err = fmt.Errorf("%s: %s: %w", x.raw.ID(), place, err)
				if len(x.rfcs) == 0 {
					return err
				}
				x.damage(err)
				return nil
			}
			x.seen++
			x.addXML(&e, name == "rfc-not-issued-entry", place)
		default:
			x.noted[name+" not used"]++
			if err := d.Skip(); err != nil {
				x.damage(fmt.Errorf("%s: %s: %w", x.raw.ID(), place, err))
				return nil
			}
		}
	}
}

// addXML adds an entry; place says where it is, for messages.
func (x *index) addXML(e *xmlEntry, notIssued bool, place string) {
	id := strings.TrimPrefix(strings.ToUpper(strings.TrimSpace(e.DocID)), "RFC")
	n, err := strconv.ParseUint(id, 10, 32)
	if err != nil || n == 0 {
		x.reject("malformed doc-id", place, fmt.Errorf("doc-id %q", e.DocID))
		return
	}
	r := datasets.RFC{
		Number: uint32(n), NotIssued: notIssued, Title: fold(e.Title), Month: parseMonth(e.Date.Month),
		Status: strings.ToLower(fold(e.CurrentStatus)), PublicationStatus: strings.ToLower(fold(e.PublicationStatus)),
		Stream: fold(e.Stream), Area: fold(e.Area), WG: fold(e.WG), Draft: fold(e.Draft), DOI: fold(e.DOI), ErrataURL: fold(e.ErrataURL),
	}
	r.Year = parseSmall(e.Date.Year)
	r.Day = parseSmall(e.Date.Day)
	for _, pages := range append([]string{e.Pages}, e.OldPages...) {
		if n, err := strconv.ParseInt(strings.TrimSpace(pages), 10, 32); err == nil {
			r.Pages = &n
			break
		}
	}
	for _, a := range e.Authors {
		name := fold(a.Name)
		if strings.HasPrefix(strings.ToLower(fold(a.Title)), "ed") {
			name += ", Ed."
		}
		if name != "" {
			r.Authors = append(r.Authors, name)
		}
	}
	for _, f := range e.Formats {
		r.Formats = append(r.Formats, formatName(f))
	}
	for _, kw := range e.Keywords {
		if kw = fold(kw); kw != "" {
			r.Keywords = append(r.Keywords, kw)
		}
	}
	var paragraphs []string
	for _, p := range e.Abstract {
		paragraphs = append(paragraphs, fold(p))
	}
	r.Abstract = strings.Join(paragraphs, "\n\n")
	x.rfcs = append(x.rfcs, r)
	for _, rel := range []struct {
		name string
		ids  []string
	}{{"obsoletes", e.Obsoletes}, {"obsoleted-by", e.ObsoletedBy}, {"updates", e.Updates}, {"updated-by", e.UpdatedBy}, {"is-also", e.IsAlso}, {"see-also", e.SeeAlso}} {
		x.relate(r.Number, rel.name, strings.Join(rel.ids, " "))
	}
}

// parseSmall parses a number below 65,536, as in dates; anything else is 0.
func parseSmall(s string) uint32 {
	n, err := strconv.ParseUint(strings.TrimSpace(s), 10, 16)
	if err != nil {
		return 0
	}
	return uint32(n)
}
