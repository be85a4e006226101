package raster

import (
	"bytes"
	"fmt"
	"image/color"
	"image/png"
	"strings"
	"testing"
)

// TestDrawSVG draws a rectangle, a line and what a clip cuts off, and compares pixels inside and outside of them.
func TestDrawSVG(t *testing.T) {
	c := newCanvas(20, 20, color.White)
	const drawing = `<svg width="20" height="20"><rect x="2" y="2" width="6" height="4" fill="#ff0000"/>` +
		`<path d="M2 12L18 12" stroke="#0000ff" stroke-width="2" fill="none"/></svg>`
	within := c.Bounds()
	within.Max.X = 15
	if err := c.drawSVG(drawing, matrix{1, 0, 0, 1, 0, 0}, within); err != nil {
		t.Fatal(err)
	}
	white, red, blue := color.RGBA{255, 255, 255, 255}, color.RGBA{255, 0, 0, 255}, color.RGBA{0, 0, 255, 255}
	for at, want := range map[[2]int]color.RGBA{
		{1, 3}: white, {2, 2}: red, {7, 5}: red, {8, 3}: white, {4, 6}: white, {4, 1}: white,
		{5, 10}: white, {5, 11}: blue, {5, 12}: blue, {5, 13}: white, {1, 12}: white, {14, 12}: blue, {16, 12}: white,
	} {
		if got := c.RGBAAt(at[0], at[1]); got != want {
			t.Errorf("pixel %d, %d is %v, want %v", at[0], at[1], got, want)
		}
	}
}

// TestPattern fills an area with a turned tile that is defined after its use, and draws nothing of the tile elsewhere.
func TestPattern(t *testing.T) {
	c := newCanvas(20, 20, color.White)
	const drawing = `<svg width="20" height="20"><path d="M4 4L16 4L16 16L4 16Z" fill="url(#p)"/><path d="M0 18L20 18L20 20L0 20Z" fill="url(#none)"/>` +
		`<defs><pattern id="p" width="1" height="4" patternUnits="userSpaceOnUse" patternTransform="rotate(90)"><path d="M0 0l1 0l0 2l-1 0Z" fill="#0000ff"/></pattern></defs></svg>`
	if err := c.drawSVG(drawing, matrix{1, 0, 0, 1, 0, 0}, c.Bounds()); err != nil {
		t.Fatal(err)
	}
	white, blue := color.RGBA{255, 255, 255, 255}, color.RGBA{0, 0, 255, 255}
	for at, want := range map[[2]int]color.RGBA{ // turned by 90°, the tile's y runs to the left
		{0, 0}: white, {5, 5}: white, {6, 5}: blue, {7, 5}: blue, {8, 5}: white, {9, 15}: white, {10, 15}: blue, {17, 10}: white, {10, 19}: white,
	} {
		if got := c.RGBAAt(at[0], at[1]); got != want {
			t.Errorf("pixel %d, %d is %v, want %v", at[0], at[1], got, want)
		}
	}
}

// TestDrawSVGRefuses: what the package does not draw is an error, never a wrong picture or a panic.
func TestDrawSVGRefuses(t *testing.T) {
	for svg, want := range map[string]string{
		`<svg><path d="L1 1"/></svg>`:                         "does not start with M",
		`<svg><path d="M1 1Q2 2 3 3"/></svg>`:                 "unsupported path command Q",
		`<svg><path d="5 5"/></svg>`:                          "want a path command",
		`<svg><path d="M1"/></svg>`:                           "want a number",
		`<svg><rect transform="skewX(3)" width="1"/></svg>`:   `unsupported transformation "skewX(3)"`,
		`<svg><g></svg>`:                                      "XML syntax error",
		`<svg><text transform="scale(2)">words</text></svg>`:  "unsupported transformation",
		`<svg><clipPath id="c"><path d="M0 0H9"/></clipPath>`: "unsupported path command H",
	} {
		c := newCanvas(8, 8, color.White)
		err := c.drawSVG(svg, matrix{1, 0, 0, 1, 0, 0}, c.Bounds())
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v, want %q", svg, err, want)
		}
	}
}

// TestPictures: a card and a chart have the size that their pages promise; a tall drawing is whole.
func TestPictures(t *testing.T) {
	drawing := func(height int) func() ([]byte, error) {
		return func() ([]byte, error) {
			return Chart(fmt.Appendf(nil, `<svg width="760" height="%d"><rect width="760" height="%d" fill="#0067a8"/></svg>`, height, height))
		}
	}
	for _, test := range []struct {
		draw   func() ([]byte, error)
		height int
	}{{func() ([]byte, error) { return Card("Tidemark", "How fast does the global table grow?") }, 630}, {drawing(300), 630}, {drawing(760), 1210}} {
		content, err := test.draw()
		if err != nil {
			t.Fatal(err)
		}
		size, err := png.DecodeConfig(bytes.NewReader(content))
		if err != nil {
			t.Fatal(err)
		}
		if size.Width != 1200 || size.Height != test.height {
			t.Errorf("%d by %d pixels, want 1200 by %d", size.Width, size.Height, test.height)
		}
	}
	for _, svg := range []string{"<svg>", `<svg width="0" height="9">`, `<svg width="10" height="1000">`} {
		if _, err := Chart([]byte(svg)); err == nil {
			t.Errorf("%s was accepted", svg)
		}
	}
}
