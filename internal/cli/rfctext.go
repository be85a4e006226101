package cli

import (
	"fmt"
	"io"
	"regexp"
	"strings"

	"tidemark/datasets"
	"tidemark/internal/compression"
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
	if v.JSON {
		type change struct {
			Kind    string   `json:"kind"`
			Section string   `json:"section"`
			Before  string   `json:"before,omitempty"`
			Now     string   `json:"now,omitempty"`
			Lost    []string `json:"requirements_lost,omitempty"`
			Gained  []string `json:"requirements_gained,omitempty"`
		}
		all := []change{}
		for _, c := range changes {
			s := change{Kind: c.Kind, Lost: c.Lost, Gained: c.Gained}
			if c.Before != nil {
				s.Before, s.Section = c.Before.Text, c.Before.Section
			}
			if c.Now != nil {
				s.Now, s.Section = c.Now.Text, c.Now.Section
			}
			all = append(all, s)
		}
		return writeJSON(env.stdout, all)
	}
	var out strings.Builder
	for _, c := range changes {
		p := c.Now
		if p == nil {
			p = c.Before
		}
		place := strings.TrimSpace(p.Section + " " + p.Heading)
		fmt.Fprintf(&out, "%s: %s", c.Kind, plain(place))
		if len(c.Lost)+len(c.Gained) > 0 {
			fmt.Fprintf(&out, "  [requirements: -%s +%s]", strings.Join(c.Lost, ","), strings.Join(c.Gained, ","))
		}
		out.WriteString("\n")
		switch c.Kind {
		case "added":
			fmt.Fprintf(&out, "  + %s\n", plain(c.Now.Text))
		case "removed":
			fmt.Fprintf(&out, "  - %s\n", plain(c.Before.Text))
		default:
			out.WriteString("   ")
			for _, piece := range c.Pieces {
				switch piece.Kind {
				case "same":
					out.WriteString(" " + plain(piece.Text))
				case "removed":
					out.WriteString(" [-" + plain(piece.Text) + "-]")
				case "added":
					out.WriteString(" {+" + plain(piece.Text) + "+}")
				}
			}
			out.WriteString("\n")
		}
	}
	fmt.Fprintf(env.stderr, "%d paragraphs differ\n", len(changes))
	_, err = io.WriteString(env.stdout, out.String())
	return err
}

// paragraphs finds a document: in the datasets, or as a local file.
func (env *environment) paragraphs(name string) ([]text.Paragraph, error) {
	if m := documentArgument.FindStringSubmatch(name); m != nil {
		document, revision := m[2], m[3]
		if m[1] != "" {
			document = "RFC" + m[1]
		}
		manifests, err := env.store.Manifests(datasets.Paragraphs.Schema)
		if err != nil {
			return nil, err
		}
		for _, manifest := range manifests {
			var all []text.Paragraph
			for p, err := range datasets.Paragraphs.Scan(env.store.Path(manifest)) {
				if err != nil {
					return nil, err
				}
				if p.Document != document || p.Revision != revision {
					break
				}
				all = append(all, text.Paragraph{Section: p.Section, Heading: p.Heading, Text: p.Text, Figure: p.Figure})
			}
			if len(all) > 0 {
				return all, nil
			}
		}
	}
	f, ok := readable(name)
	if !ok {
		return nil, fmt.Errorf("%s: neither a text in the datasets nor a file; import it: tidemark import rfc-texts %s.txt", name, strings.ToLower(name))
	}
	defer f.Close()
	in, err := compression.NewReader(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	defer in.Close()
	content, err := io.ReadAll(io.LimitReader(in, 16<<20))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return text.Paragraphs(string(content)), nil
}
