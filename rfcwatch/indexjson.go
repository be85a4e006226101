package rfcwatch

import (
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"

	"tidemark/datasets"
)

// jsonEntry is a document in rfcs.json, a condensed index by document number. It holds neither dates nor the maturity level
// of documents on the standards track.
type jsonEntry struct {
	Title     string   `json:"title"`
	Level     string   `json:"level"`  // std, bcp, informational, experimental, historic or unknown
	Status    string   `json:"status"` // current or obsoleted
	Stream    string   `json:"stream"`
	Area      string   `json:"area"`
	WG        string   `json:"wg"`
	Obsoletes []string `json:"obsoletes"`
	Keywords  []string `json:"keywords"`
}

// levels maps a level to a status; std may be any level of the standards track.
var levels = map[string]string{
	"bcp": "best current practice", "informational": "informational", "experimental": "experimental", "historic": "historic",
	"unknown": "unknown", "std": "standards track",
}

// streams maps streams to their spelling in rfc-index.xml.
var streams = map[string]string{
	"ietf": "IETF", "iab": "IAB", "irtf": "IRTF", "independent": "INDEPENDENT", "legacy": "Legacy", "editorial": "Editorial",
}

// documentEntry is rfcN.json, in which the RFC Editor describes one document.
type documentEntry struct {
	DocID       string   `json:"doc_id"`
	Draft       string   `json:"draft"`
	Title       string   `json:"title"`
	Authors     []string `json:"authors"`
	Formats     []string `json:"format"`
	Pages       string   `json:"page_count"`
	PubStatus   string   `json:"pub_status"`
	Status      string   `json:"status"`
	Source      string   `json:"source"` // working group or stream
	Abstract    string   `json:"abstract"`
	PubDate     string   `json:"pub_date"` // for example August 1987 or 1 April 1990
	Keywords    []string `json:"keywords"`
	Obsoletes   []string `json:"obsoletes"`
	ObsoletedBy []string `json:"obsoleted_by"`
	Updates     []string `json:"updates"`
	UpdatedBy   []string `json:"updated_by"`
	SeeAlso     []string `json:"see_also"`
	DOI         string   `json:"doi"`
	ErrataURL   string   `json:"errata_url"`
}

// readJSON reads rfcs.json, whose keys are RFC numbers, or rfcN.json.
func (x *index) readJSON(in io.Reader) error {
	d := json.NewDecoder(in)
	if _, err := d.Token(); err != nil { // the caller saw the brace
		return fmt.Errorf("%s: byte %d: %w", x.raw.ID(), d.InputOffset(), err)
	}
	damaged := func(err error) error {
		err = fmt.Errorf("%s: byte %d: %w", x.raw.ID(), d.InputOffset(), err)
		if len(x.rfcs) == 0 {
			return err
		}
		x.damage(err) // the entries before it are good
		return nil
	}
	document := map[string]json.RawMessage{}
	for d.More() {
		token, err := d.Token()
		if err != nil {
			return damaged(err)
		}
		key, _ := token.(string)
		place := fmt.Sprintf("byte %d", d.InputOffset())
		number, isRFC := strings.CutPrefix(key, "RFC")
		if !isRFC {
			var value json.RawMessage
			if err := d.Decode(&value); err != nil {
				return damaged(err)
			}
			document[key] = value
			continue
		}
		var e jsonEntry
		if err := d.Decode(&e); err != nil {
			return damaged(err)
		}
		x.source = "rfcs.json"
		x.seen++
		n, err := strconv.ParseUint(number, 10, 32)
		if err != nil || n == 0 {
			x.reject("malformed number", place, fmt.Errorf("key %q", key))
			continue
		}
		status, known := levels[e.Level]
		if !known {
			x.noted["unknown level"]++
		}
		stream, known := streams[strings.ToLower(e.Stream)]
		if !known {
			stream = fold(e.Stream)
		}
		r := datasets.RFC{Number: uint32(n), Title: fold(e.Title), Status: status, Stream: stream, Area: fold(e.Area), WG: fold(e.WG), Standing: fold(e.Status)}
		for _, kw := range e.Keywords {
			if kw = fold(kw); kw != "" {
				r.Keywords = append(r.Keywords, kw)
			}
		}
		x.rfcs = append(x.rfcs, r)
		x.relate(r.Number, "obsoletes", strings.Join(e.Obsoletes, " "))
	}
	if len(document) == 0 {
		return nil
	}
	if _, found := document["doc_id"]; !found {
		return fmt.Errorf("%s: the JSON is neither rfcs.json nor rfcN.json of the RFC Editor", x.raw.ID())
	}
	return x.addDocument(document)
}

// addDocument adds the document that rfcN.json describes.
func (x *index) addDocument(fields map[string]json.RawMessage) error {
	text, err := json.Marshal(fields)
	if err != nil {
		return fmt.Errorf("%s: %w", x.raw.ID(), err)
	}
	var e documentEntry
	if err := json.Unmarshal(text, &e); err != nil {
		return fmt.Errorf("%s: %w", x.raw.ID(), err)
	}
	x.source = "rfcN.json"
	x.seen++
	n, err := strconv.ParseUint(strings.TrimPrefix(strings.ToUpper(strings.TrimSpace(e.DocID)), "RFC"), 10, 32)
	if err != nil || n == 0 {
		return fmt.Errorf("%s: invalid doc_id %q (want for example RFC6052)", x.raw.ID(), e.DocID)
	}
	r := datasets.RFC{
		Number: uint32(n), Title: fold(e.Title), Status: strings.ToLower(fold(e.Status)), PublicationStatus: strings.ToLower(fold(e.PubStatus)),
		Draft: fold(e.Draft), DOI: fold(e.DOI), Abstract: fold(e.Abstract), ErrataURL: fold(e.ErrataURL), Authors: e.Authors,
	}
	if date := strings.Fields(e.PubDate); len(date) > 1 {
		r.Month, r.Year = parseMonth(date[len(date)-2]), parseSmall(date[len(date)-1])
		if len(date) > 2 {
			r.Day = parseSmall(date[len(date)-3])
		}
	}
	if r.Status == "not issued" {
		x.rfcs = append(x.rfcs, datasets.RFC{Number: r.Number, NotIssued: true})
		return nil
	}
	if pages, err := strconv.ParseInt(strings.TrimSpace(e.Pages), 10, 32); err == nil {
		r.Pages = &pages
	}
	for _, f := range e.Formats {
		r.Formats = append(r.Formats, formatName(f))
	}
	for _, kw := range e.Keywords {
		if kw = fold(kw); kw != "" {
			r.Keywords = append(r.Keywords, kw)
		}
	}
	x.rfcs = append(x.rfcs, r)
	for relation, ids := range map[string][]string{
		"obsoletes": e.Obsoletes, "obsoleted-by": e.ObsoletedBy, "updates": e.Updates, "updated-by": e.UpdatedBy, "see-also": e.SeeAlso,
	} {
		x.relate(r.Number, relation, strings.Join(ids, " "))
	}
	return nil
}
