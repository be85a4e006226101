package rfcwatch

import (
	"context"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
	"time"

	"tidemark/collectors"
	"tidemark/collectors/archive"
	"tidemark/datasets"
	"tidemark/datasets/table"
	"tidemark/rfcwatch/text"
)

// Texts is the kind of plain texts of RFCs and drafts.
type Texts struct{ collectors.URLs }

// Name returns rfc-texts.
func (Texts) Name() string { return "rfc-texts" }

// Cadence is zero: a published text does not change.
func (Texts) Cadence(collectors.Source) collectors.Cadence { return collectors.Cadence{} }

// Due returns the files of the source's URLs that the archive has of no day: a published text does not change. A URL with {rfc}
// is one for each watched RFC.
func (t Texts) Due(ctx context.Context, from collectors.Source, now time.Time, store *archive.Archive) ([]collectors.Item, error) {
	from.URLs = expandRFCs(from.URLs, from.Runtime.Watch.RFCs)
	items, err := t.URLs.Due(ctx, from, now, store)
	var due []collectors.Item
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
			urls = append(urls, strings.ReplaceAll(t, "{rfc}", strconv.Itoa(n)))
		}
	}
	return urls
}

// maxText is the longest text accepted, in bytes; the longest RFC has 1.7 MB.
const maxText = 16 << 20

var textName = regexp.MustCompile(`^(?:rfc0*(\d{1,7})|(draft-[a-z0-9-]*[a-z0-9])-(\d\d))\.txt(?:\.(?:gz|bz2))?$`)

// Decode reads rfcN.txt or draft-name-NN.txt.
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
	all := text.Paragraphs(string(content))
	if len(all) == 0 {
		return fmt.Errorf("%s: the text holds no paragraphs", raw.ID())
	}
	// The text of a revision never changes, so its partition needs a fixed day: that of RFC 1.
	key := table.Key{Day: time.Date(1969, 4, 7, 0, 0, 0, 0, time.UTC), Name: strings.TrimSuffix(raw.Name, ".gz")}
	paragraphs, err := datasets.Paragraphs.Create(into, key)
	if err != nil {
		return err
	}
	statements, err := datasets.Statements.Create(into, key)
	if err != nil {
		return err
	}
	paragraphs.Unit, statements.Unit = "paragraph", "sentence"
	paragraphs.See(len(all))
	paragraphs.Keep(len(all))
	for i, p := range all {
		position := uint32(i + 1)
		err := paragraphs.Append(datasets.Paragraph{Document: document, Revision: revision, Position: position, Section: p.Section,
			Heading: p.Heading, Text: p.Text, Figure: p.Figure, Requirements: text.Requirements(p.Text)})
		if err != nil {
			return err
		}
		for _, s := range text.Statements(p) {
			statements.See(1)
			statements.Keep(1)
			if err := statements.Append(datasets.Statement{Document: document, Revision: revision, Position: position, Section: p.Section,
				Strength: s.Strength, Text: s.Text}); err != nil {
				return err
			}
		}
	}
	return nil
}
