package cli

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"regexp"
	"strings"

	"tidemark/internal/compression"
	"tidemark/rfcwatch/history"
	"tidemark/rfcwatch/text"
)

var documentArgument = regexp.MustCompile(`^(?i:rfc)[ -]?0*(\d{1,7})$|^(draft-[a-z0-9-]*[a-z0-9])-(\d\d)$`)

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
	shown := []rfcTextChange{}
	for _, c := range changes {
		shown = append(shown, shownChange(c))
	}
	if !v.JSON {
		printf(env.err, "%d paragraphs differ\n", len(changes))
	}
	return env.show(v.JSON, shown, func(w io.Writer) {
		for _, c := range changes {
			writeChange(w, c)
		}
	})
}

// rfcTextChange is a changed paragraph in JSON.
type rfcTextChange struct {
	Kind    string   `json:"kind"`    // added, removed, changed or moved
	Section string   `json:"section"` // of the new document; of the old one, if the paragraph was removed
	Before  string   `json:"before,omitempty"`
	Now     string   `json:"now,omitempty"`
	Lost    []string `json:"requirements_lost"`
	Gained  []string `json:"requirements_gained"`
}

func shownChange(c text.Change) rfcTextChange {
	s := rfcTextChange{Kind: c.Kind, Lost: append([]string{}, c.Lost...), Gained: append([]string{}, c.Gained...)}
	if c.Before != nil {
		s.Before, s.Section = c.Before.Text, c.Before.Section
	}
	if c.Now != nil {
		s.Now, s.Section = c.Now.Text, c.Now.Section
	}
	return s
}

func writeChange(w io.Writer, c text.Change) {
	p := c.Now
	if p == nil {
		p = c.Before
	}
	printf(w, "%s: %s", c.Kind, strings.TrimSpace(p.Section+" "+p.Heading))
	if c.Kind == "moved" {
		printf(w, "  [from: %s]", strings.TrimSpace(c.Before.Section+" "+c.Before.Heading))
	}
	if len(c.Lost)+len(c.Gained) > 0 {
		printf(w, "  [requirements: -%s +%s]", strings.Join(c.Lost, ","), strings.Join(c.Gained, ","))
	}
	printf(w, "\n")
	switch c.Kind {
	case "added":
		printf(w, "  + %s\n", c.Now.Text)
	case "removed":
		printf(w, "  - %s\n", c.Before.Text)
	case "moved":
		printf(w, "  = %s\n", c.Now.Text)
	default:
		printf(w, "   ")
		for _, piece := range c.Pieces {
			switch piece.Kind {
			case "same":
				printf(w, " %s", piece.Text)
			case "removed":
				printf(w, " [-%s-]", piece.Text)
			case "added":
				printf(w, " {+%s+}", piece.Text)
			}
		}
		printf(w, "\n")
	}
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
	return text.Paragraphs(string(content)), nil
}

// maxText is the longest text that is compared, in bytes.
const maxText = 16 << 20
