package site

import (
	"bytes"
	_ "embed"
	"encoding/binary"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"strings"

	"golang.org/x/image/font"
)

// Pictures are what other sites show beside a link: 1200 by 630 pixels, as Open Graph has it.
const (
	pictureWidth, pictureHeight = 1200, 630
	pictureEdge                 = 40
)

var (
	paper     = color.NRGBA{255, 255, 255, 255}
	headlines = color.NRGBA{0x0b, 0x39, 0x54, 255}
	bodyInk   = color.NRGBA{0x55, 0x60, 0x6c, 255}
)

// picture is a chart under the title of its page. svg may be empty.
func picture(site, title string, svg []byte) ([]byte, error) {
	c := newCanvas(pictureWidth, pictureHeight, paper)
	all := c.Bounds()
	c.fill([]polyline{{spots: []spot{{0, 0}, {pictureWidth, 0}, {pictureWidth, 10}, {0, 10}}}}, headlines, all)
	c.write(site, c.face(true, 26), spot{pictureEdge, 58}, bodyInk, all)
	face := c.face(true, 42)
	lines := wrapped(title, face, pictureWidth-2*pictureEdge)
	if len(svg) == 0 {
		face = c.face(true, 64)
		lines = wrapped(title, face, pictureWidth-2*pictureEdge)
	}
	y := 112.0
	step := float64(face.Metrics().Height) / 64 * 1.05
	if len(svg) == 0 {
		y = 250
	}
	for _, line := range lines[:min(len(lines), 3)] {
		c.write(line, face, spot{pictureEdge, y}, headlines, all)
		y += step
	}
	if len(svg) > 0 {
		var size struct{ width, height float64 }
		if _, err := fmt.Sscanf(string(svg[:min(len(svg), 80)]), `<svg width="%f" height="%f"`, &size.width, &size.height); err != nil {
			return nil, fmt.Errorf("the drawing has no size: %w", err)
		}
		y -= step * 0.55
		scale := float64(pictureWidth-2*pictureEdge) / size.width
		if room := float64(pictureHeight) - y - 16; size.height < 1.6*chartHeight && room/size.height < scale {
			scale = room / size.height // a longer one is cut off below
		}
		at := matrix{scale, 0, 0, scale, pictureEdge, y}
		if err := c.svg(string(svg), at, image.Rect(0, int(y), pictureWidth, pictureHeight)); err != nil {
			return nil, err
		}
	}
	return encoded(c)
}

func encoded(c *canvas) ([]byte, error) {
	var out bytes.Buffer
	err := (&png.Encoder{CompressionLevel: png.DefaultCompression}).Encode(&out, c.RGBA)
	return out.Bytes(), err
}

// wrapped parts a text into lines of a width in pixels.
func wrapped(text string, face font.Face, width float64) (lines []string) {
	line := ""
	for word := range strings.FieldsSeq(text) {
		longer := strings.TrimSpace(line + " " + word)
		if line != "" && float64(font.MeasureString(face, longer))/64 > width {
			lines = append(lines, line)
			longer = word
		}
		line = longer
	}
	if line != "" {
		lines = append(lines, line)
	}
	return lines
}

//go:embed assets/icon.svg
var iconSVG string

// icon is the site's sign as PNG of so many pixels.
func icon(pixels int) ([]byte, error) {
	c := newCanvas(pixels, pixels, color.Transparent)
	scale := float64(pixels) / 32
	if err := c.svg(iconSVG, matrix{scale, 0, 0, scale, 0, 0}, c.Bounds()); err != nil {
		return nil, fmt.Errorf("assets/icon.svg: %w", err)
	}
	return encoded(c)
}

// ico wraps a PNG of 32 pixels for browsers that ask for favicon.ico.
func ico(png []byte) []byte {
	head := []byte{0, 0, 1, 0, 1, 0, 32, 32, 0, 0, 1, 0, 32, 0}
	head = binary.LittleEndian.AppendUint32(head, uint32(len(png)))
	head = binary.LittleEndian.AppendUint32(head, 22)
	return append(head, png...)
}
