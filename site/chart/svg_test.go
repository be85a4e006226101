package chart

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
)

// checkSVG returns an error for anything but a plain drawing: the file can be opened by itself, and then its scripts would
// run.
func checkSVG(svg string) error {
	elements := []string{"svg", "path", "rect", "text", "defs", "pattern"}
	d := xml.NewDecoder(strings.NewReader(svg))
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("the SVG is not well-formed: %w", err)
		}
		e, ok := token.(xml.StartElement)
		if !ok {
			continue
		}
		if !slices.Contains(elements, e.Name.Local) {
			return fmt.Errorf("the SVG has the element %s", e.Name.Local)
		}
		for _, a := range e.Attr {
			if strings.HasPrefix(strings.ToLower(a.Name.Local), "on") || a.Name.Local == "href" {
				return fmt.Errorf("element %s of the SVG has the attribute %s", e.Name.Local, a.Name.Local)
			}
		}
	}
}

// contentOf returns the script of a drawing.
func contentOf(t *testing.T, d *Drawing) string {
	t.Helper()
	content, err := d.Content()
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}
