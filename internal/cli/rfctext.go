package cli

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"tidemark/internal/compression"
	"tidemark/rfcwatch/history"
	"tidemark/rfcwatch/text"
)

var documentArgument = regexp.MustCompile(`^(?i:rfc[ -]?)?0*(\d{1,7})$|^(draft-[a-z0-9-]*[a-z0-9])-(\d\d)$`)

// texts compares two documents paragraph by paragraph.
func (v *rfcDiffVerb) texts(env *environment) error {
	before, err := env.paragraphs(v.Before)
	if err != nil {
		return err
	}
	now, err := env.paragraphs(v.Now)
	if err != nil {
		return err
	}
	changes := text.Compare(before, now)
	shown := rfcTextDifference{rfcTextSummary: summaryOf(text.Summarize(before, now, changes)), Changes: []rfcTextChange{}}
	for _, c := range changes {
		shown.Changes = append(shown.Changes, shownChange(c))
	}
	width := v.Width
	switch {
	case width == 0:
		width = env.width()
	case width < minWidth:
		return usageError{fmt.Errorf("--width %d is less than %d", width, minWidth)}
	}
	return env.show(v.JSON, shown, func(w io.Writer) {
		shown.write(w)
		printf(w, "\n")
		for _, c := range changes {
			if v.SideBySide {
				writeSides(w, c, width)
			} else {
				printf(w, "%s\n", changeHead(c))
				writeChange(w, c)
			}
		}
	})
}

// rfcTextDifference is the difference of two texts in JSON.
type rfcTextDifference struct {
	rfcTextSummary
	Changes []rfcTextChange `json:"changes"`
}

// rfcTextSummary is how much of two texts differs.
type rfcTextSummary struct {
	Before       int                    `json:"paragraphs_before"`
	Now          int                    `json:"paragraphs_now"`
	Added        int                    `json:"added"`
	Removed      int                    `json:"removed"`
	Changed      int                    `json:"changed"`
	Moved        int                    `json:"moved"`
	Headings     int                    `json:"headings"`
	Requirements []rfcRequirementChange `json:"requirements"`
}

// rfcRequirementChange is how often two texts have a requirement word.
type rfcRequirementChange struct {
	Word   string `json:"word"`
	Before int    `json:"before"`
	Now    int    `json:"now"`
	Lost   int    `json:"lost"`
	Gained int    `json:"gained"`
	Moved  int    `json:"moved"`
}

func summaryOf(s text.Summary) rfcTextSummary {
	shown := rfcTextSummary{s.Before, s.Now, s.Added, s.Removed, s.Changed, s.Moved, s.Headings, []rfcRequirementChange{}}
	for _, r := range s.Requirements {
		shown.Requirements = append(shown.Requirements, rfcRequirementChange(r))
	}
	return shown
}

func (s *rfcTextSummary) write(w io.Writer) {
	printf(w, "paragraphs: %d before, %d now: %d added, %d removed, %d changed, %d moved; headings that differ: %d\n",
		s.Before, s.Now, s.Added, s.Removed, s.Changed, s.Moved, s.Headings)
	for _, r := range s.Requirements {
		printf(w, "%s: %d before, %d now: %d lost, %d gained, %d moved\n", r.Word, r.Before, r.Now, r.Lost, r.Gained, r.Moved)
	}
}

// rfcTextChange is a changed paragraph in JSON.
type rfcTextChange struct {
	Kind    string   `json:"kind"`    // added, removed, changed or moved
	Section string   `json:"section"` // of the new document; of the old one, if the paragraph was removed
	Heading bool     `json:"heading"` // the heading of the section, not a paragraph
	Before  string   `json:"before,omitempty"`
	Now     string   `json:"now,omitempty"`
	Lost    []string `json:"requirements_lost"`
	Gained  []string `json:"requirements_gained"`
}

func shownChange(c text.Change) rfcTextChange {
	s := rfcTextChange{Kind: c.Kind, Lost: append([]string{}, c.Lost...), Gained: append([]string{}, c.Gained...)}
	if c.Before != nil {
		s.Before, s.Section, s.Heading = c.Before.Text, c.Before.Section, c.Before.Title
	}
	if c.Now != nil {
		s.Now, s.Section, s.Heading = c.Now.Text, c.Now.Section, c.Now.Title
	}
	return s
}

// changeHead says what happened to a paragraph, and where.
func changeHead(c text.Change) string {
	p := c.Now
	if p == nil {
		p = c.Before
	}
	kind := c.Kind
	if p.Title {
		kind += " heading"
	}
	head := kind + ": " + strings.TrimSpace(p.Section+" "+p.Heading)
	if c.Kind == "moved" {
		head += "  [from: " + strings.TrimSpace(c.Before.Section+" "+c.Before.Heading) + "]"
	}
	if len(c.Lost)+len(c.Gained) > 0 {
		head += fmt.Sprintf("  [requirements: -%s +%s]", strings.Join(c.Lost, ","), strings.Join(c.Gained, ","))
	}
	return head
}

// writeChange writes a paragraph with its differences inline.
func writeChange(w io.Writer, c text.Change) {
	switch c.Kind {
	case "added":
		printf(w, "  + %s\n", c.Now.Text)
	case "removed":
		printf(w, "  - %s\n", c.Before.Text)
	default:
		sign := " "
		if len(c.Pieces) == 1 && c.Pieces[0].Kind == "same" {
			sign = "="
		}
		printf(w, "  %s", sign)
		for _, piece := range c.Pieces {
			printf(w, " %s", marked(piece))
		}
		printf(w, "\n")
	}
}

// marked returns the words of a piece, between marks if only one text has them.
func marked(p text.Piece) string {
	switch p.Kind {
	case "removed":
		return "[-" + p.Text + "-]"
	case "added":
		return "{+" + p.Text + "+}"
	}
	return p.Text
}

// paragraphs returns the text of a document in the datasets or, if they do not have it, of a local file.
func (env *environment) paragraphs(name string) ([]text.Paragraph, error) {
	if m := documentArgument.FindStringSubmatch(name); m != nil {
		document, revision := m[2], m[3]
		if m[1] != "" {
			document = "RFC" + m[1]
		}
		found, err := history.Text(env.Store(), document, revision)
		if err != nil || len(found) > 0 {
			return found, err
		}
	}
	f, err := os.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s: neither a text in the datasets nor a file; import it: tidemark import rfc-texts %s.txt", name, strings.ToLower(name))
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	in, err := compression.NewReader(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	defer in.Close()
	content, err := io.ReadAll(io.LimitReader(in, maxText))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	if strings.Contains(filepath.Base(name), ".xml") {
		parsed, _, err := text.ParseXML(content)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		return parsed.Paragraphs, nil
	}
	return text.Paragraphs(string(content)), nil
}

// maxText is the longest text that is compared, in bytes.
const maxText = 16 << 20
