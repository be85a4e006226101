package rfcwatch

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"tidemark/collectors"
	"tidemark/collectors/archive"
	"tidemark/datasets"
	"tidemark/datasets/table"
	"tidemark/rfcwatch/history"
	"tidemark/rfcwatch/text"
)

// Texts is the kind of texts of RFCs and drafts: plain text, or the XML of an RFC (RFC 7991), which is decoded where both are there.
type Texts struct{ collectors.URLs }

// Name returns rfc-texts.
func (Texts) Name() string { return "rfc-texts" }

// Form is that of a text.
func (Texts) Form() collectors.Form {
	return collectors.Form{Bytes: maxText, Inflated: maxText, Filled: true}
}

// Cadence is zero: a published text does not change.
func (Texts) Cadence(collectors.Source) collectors.Cadence { return collectors.Cadence{} }

// maxDrafts is how many texts of drafts are due at once; the next run continues.
const maxDrafts = 100

// Due returns the files of the source's URLs that the archive has of no day: a published text does not change. A URL with {rfc}
// is one for each watched RFC, or if it ends in .xml for each that is published as XML; one with {draft} is one for the revision of each active draft in the newest answers of the Datatracker,
// a hundred at a time.
func (t Texts) Due(ctx context.Context, from collectors.Source, now time.Time, store *archive.Archive) ([]collectors.Item, error) {
	ofDrafts := func(template string) bool { return strings.Contains(template, "{draft}") }
	drafts := from
	drafts.URLs = nil
	if slices.ContainsFunc(from.URLs, ofDrafts) {
		revisions, err := activeRevisions(store, from.Runtime.Watch.RFCs)
		if err != nil {
			return nil, err
		}
		for _, template := range from.URLs {
			if ofDrafts(template) {
				for _, revision := range revisions {
					drafts.URLs = append(drafts.URLs, strings.ReplaceAll(template, "{draft}", revision))
				}
			}
		}
	}
	from.URLs = expandRFCs(slices.DeleteFunc(slices.Clone(from.URLs), ofDrafts), from.Runtime.Watch.RFCs)
	due, err := t.missing(ctx, from, now, store)
	more, e := t.missing(ctx, drafts, now, store)
	return append(due, more[:min(len(more), maxDrafts)]...), errors.Join(err, e)
}

// missing returns the files of the source's URLs that the archive has of no day.
func (t Texts) missing(ctx context.Context, from collectors.Source, now time.Time, store *archive.Archive) (due []collectors.Item, err error) {
	items, err := t.URLs.Due(ctx, from, now, store)
	for _, item := range items {
		if item.Newer {
			item.Day, item.Time, item.Newer = time.Time{}, time.Time{}, false
			old, e := store.Newest(item.Raw(from))
			if e != nil || old != nil {
				err = errors.Join(err, e)
				continue
			}
		}
		due = append(due, item)
	}
	return due, err
}

// activeRevisions returns name and revision of the active drafts in the newest answers of the Datatracker: first those that are named
// after a watched RFC, then those that cite one, then all others, by name. It returns none before there are answers.
func activeRevisions(store *archive.Archive, watched []int) ([]string, error) {
	files, err := store.List(Datatracker{}.Name())
	if err != nil {
		return nil, err
	}
	files = slices.DeleteFunc(files, func(raw archive.Raw) bool { return raw.Cleared || raw.Day.IsZero() })
	if len(files) == 0 {
		return nil, nil
	}
	newest := slices.MaxFunc(files, func(a, b archive.Raw) int { return a.Day.Compare(b.Day) })
	t, err := readTracker(newest, func(trackerQuestion, json.RawMessage, int) {}, func(error) {})
	if err != nil {
		return nil, err
	}
	cites := map[string]bool{}
	for _, r := range t.relations {
		cites[r.Source] = true
	}
	rank := func(d datasets.Draft) int {
		switch {
		case slices.Contains(watched, int(history.NamedAfter(d.Name))):
			return 0
		case cites[d.Name]:
			return 1
		}
		return 2
	}
	active := slices.DeleteFunc(t.active(newest.Day), func(d datasets.Draft) bool { return !textName.MatchString(d.Name + "-" + d.Revision + ".txt") })
	slices.SortFunc(active, func(a, b datasets.Draft) int {
		return cmp.Or(cmp.Compare(rank(a), rank(b)), cmp.Compare(a.Name, b.Name))
	})
	var names []string
	for _, d := range active {
		names = append(names, d.Name+"-"+d.Revision)
	}
	return slices.Compact(names), nil
}

// Requests returns 0: a text is asked for once.
func (Texts) Requests(collectors.Source) int { return 0 }

// CopyOf returns the document, with the revision of a draft, that the file's name tells.
func (Texts) CopyOf(raw archive.Raw) string {
	m := textName.FindStringSubmatch(raw.Name)
	switch {
	case m == nil:
		return ""
	case m[1] != "":
		return "RFC" + m[1]
	}
	return m[2] + "-" + m[3]
}

// expandRFCs returns the URLs with {rfc} replaced by each of the numbers.
func expandRFCs(templates []string, numbers []int) (urls []string) {
	for _, t := range templates {
		if !strings.Contains(t, "{rfc}") {
			urls = append(urls, t)
			continue
		}
		for _, n := range numbers {
			if n >= firstXML || !strings.HasSuffix(t, ".xml") {
				urls = append(urls, strings.ReplaceAll(t, "{rfc}", strconv.Itoa(n)))
			}
		}
	}
	return urls
}

// firstXML is the first RFC that is published as XML in version 3, as all are since then (RFC 9720).
const firstXML = 8650

// maxText is the longest text accepted, in bytes; the longest RFC has 1.7 MB.
const maxText = 16 << 20

var textName = regexp.MustCompile(`^(?:rfc0*(\d{1,7})\.(?:txt|xml)|(draft-[a-z0-9-]*[a-z0-9])-(\d\d)\.txt)(?:\.(?:gz|bz2))?$`)

// Decode reads rfcN.txt, rfcN.xml or draft-name-NN.txt.
func (Texts) Decode(_ context.Context, raw archive.Raw, into *table.Commit) error {
	m := textName.FindStringSubmatch(raw.Name)
	if m == nil {
		return fmt.Errorf("%s: the file name holds no document; call the file for example rfc6052.txt or draft-name-08.txt", raw.ID())
	}
	document, revision := m[2], m[3]
	if m[1] != "" {
		document = "RFC" + m[1]
	}
	in, err := raw.Open()
	if err != nil {
		return err
	}
	defer in.Close()
	content, err := io.ReadAll(io.LimitReader(in, maxText+1))
	switch {
	case err != nil:
		return fmt.Errorf("%s: %w", raw.ID(), err)
	case len(content) > maxText:
		return fmt.Errorf("%s: the text is longer than %d bytes", raw.ID(), maxText)
	}
	if archive.IsWebPage(content[:min(len(content), 512)]) {
		return fmt.Errorf("%s: this is a web page, not the text of %s; fetch it again", raw.ID(), document)
	}
	var parsed text.Document
	if strings.Contains(raw.Name, ".xml") {
		if parsed, err = readXML(content, document); err != nil {
			return fmt.Errorf("%s: %w; fetch it again, or its plain text", raw.ID(), err)
		}
	} else {
		parsed = text.Parse(string(content))
	}
	if len(parsed.Paragraphs) == 0 {
		return fmt.Errorf("%s: the text holds no paragraphs", raw.ID())
	}
	w := textWriter{Document: parsed, name: document, revision: revision, into: into,
		key: table.Key{Day: datasets.Timeless, Name: strings.TrimSuffix(raw.Name, ".gz")}}
	for _, step := range []func() error{w.paragraphs, w.statements, w.summary, w.sections, w.references} {
		if err := step(); err != nil {
			return err
		}
	}
	if revision != "" {
		return writeHeader(string(content), parsed.Paragraphs, document, revision, w.key, into)
	}
	return nil
}

// readXML reads the XML of the RFC that the file is named after.
func readXML(content []byte, document string) (text.Document, error) {
	parsed, number, err := text.ParseXML(content)
	if named := "RFC" + strconv.Itoa(number); err == nil && named != document {
		err = fmt.Errorf("this is %s, not %s", named, document)
	}
	return parsed, err
}

// textWriter writes the datasets of a text.
type textWriter struct {
	text.Document
	name, revision string
	key            table.Key
	into           *table.Commit
}

func (w *textWriter) paragraphs() error {
	rows := make([]datasets.Paragraph, 0, len(w.Paragraphs))
	for i, p := range w.Paragraphs {
		rows = append(rows, datasets.Paragraph{Document: w.name, Revision: w.revision, Position: uint32(i + 1), Section: p.Section,
			Heading: p.Heading, Text: p.Text, Figure: p.Figure, Requirements: text.Requirements(p.Text)})
	}
	return writeAll(w, datasets.Paragraphs, "paragraph", rows)
}

func (w *textWriter) statements() error {
	var rows []datasets.Statement
	for i, p := range w.Paragraphs {
		for _, s := range text.Statements(p) {
			rows = append(rows, datasets.Statement{Document: w.name, Revision: w.revision, Position: uint32(i + 1), Section: p.Section,
				Strength: s.Strength, Text: s.Text})
		}
	}
	return writeAll(w, datasets.Statements, "sentence", rows)
}

func (w *textWriter) summary() error {
	row := datasets.RFCText{Document: w.name, Revision: w.revision, Lines: uint32(w.Lines), Understood: uint32(w.Understood), Listed: uint32(w.Listed),
		Found: uint32(w.Found), Sections: uint32(len(w.Sections)), References: uint32(len(w.References)),
		IANA: w.HasIANA(), Security: w.HasSecurity()}
	for _, p := range w.Paragraphs {
		row.Requirements += uint32(len(text.Requirements(p.Text)))
		if !p.Figure {
			row.Words += uint32(len(strings.Fields(p.Text)))
		}
	}
	for _, a := range w.Authors {
		row.Authors, row.Organizations = append(row.Authors, a.Name), append(row.Organizations, a.Organization)
		row.Countries = append(row.Countries, a.Country)
	}
	out, err := datasets.RFCTexts.Create(w.into, w.key)
	if err != nil {
		return err
	}
	out.Unit = "text"
	out.See(1)
	out.Keep(1)
	if w.WideTabs > 0 {
		out.Note("tab that was not expanded, being beyond the width of a line or one of too many", w.WideTabs)
	}
	return out.Append(row)
}

func (w *textWriter) sections() error {
	var rows []datasets.RFCSection
	for i, s := range w.Sections {
		end := len(w.Paragraphs) + 1
		if i+1 < len(w.Sections) {
			end = w.Sections[i+1].Position
		}
		rows = append(rows, datasets.RFCSection{Document: w.name, Revision: w.revision, Section: s.Number, Heading: s.Heading, Position: uint32(s.Position),
			Paragraphs: uint32(end - s.Position)})
	}
	return writeAll(w, datasets.RFCSections, "section", rows)
}

func (w *textWriter) references() error {
	var rows []datasets.RFCReference
	for i, r := range w.References {
		rows = append(rows, datasets.RFCReference{Document: w.name, Revision: w.revision, Position: uint32(i + 1), Section: r.Section, Label: r.Label,
			Kind: r.Kind, RFCs: r.RFCs, Draft: r.Draft, Title: r.Title, Text: r.Text})
	}
	return writeAll(w, datasets.RFCReferences, "reference", rows)
}

// writeAll writes all rows of a dataset.
func writeAll[R any](w *textWriter, to *table.Dataset[R], unit string, rows []R) error {
	out, err := to.Create(w.into, w.key)
	if err != nil {
		return err
	}
	out.Unit = unit
	out.See(len(rows))
	out.Keep(len(rows))
	return out.Append(rows...)
}

// writeHeader writes what the text of a draft says before its title, and which RFCs it quotes.
func writeHeader(content string, paragraphs []text.Paragraph, name, revision string, key table.Key, into *table.Commit) error {
	headers, err := datasets.DraftHeaders.Create(into, key)
	if err != nil {
		return err
	}
	headers.Unit = "text"
	headers.See(1)
	headers.Keep(1)
	header, has := text.ParseHeader(content)
	row := datasets.DraftHeader{Name: name, Revision: revision, HasHeader: has, Group: header.Group, Obsoletes: header.Obsoletes, Updates: header.Updates,
		Quotes: text.Quoted(paragraphs)}
	if !header.Dated.IsZero() {
		row.Dated = &header.Dated
	}
	return headers.Append(row)
}
