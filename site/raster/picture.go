// Package raster draws pictures as PNG: charts, cards with a title, icons. It reads the part of SVG that ECharts writes,
// with x/image's rasterizer and Go's fonts, so that the same drawing gives the same pixels on every machine.
package raster

import (
	"encoding/binary"
	"fmt"
	"image/color"
	"strings"

	"golang.org/x/image/font"
)

// The size of a picture in pixels, as Open Graph recommends it.
const (
	pictureWidth, pictureHeight = 1200, 630
	pictureEdge                 = 40
	bandHeight                  = 10
)

// maxHeight is how many times as high as wide a drawing may be.
const maxHeight = 6

// maxTitleLines is how many lines a title has at most.
const maxTitleLines = 3

var (
	paper     = color.NRGBA{255, 255, 255, 255}
	headlines = color.NRGBA{0x0b, 0x39, 0x54, 255}
	bodyInk   = color.NRGBA{0x55, 0x60, 0x6c, 255}
)

// Card returns the picture that other sites show beside a link to a page without a chart: a title, and a line that says whose it is.
func Card(line, title string) ([]byte, error) {
	c := newCanvas(pictureWidth, pictureHeight, paper)
	defer c.release()
	all := c.Bounds()
	c.band()
	c.write(line, c.face(true, 26), spot{pictureEdge, 58}, bodyInk, all)
	y := 250.0
	face := c.face(true, 64)
	step := float64(face.Metrics().Height) / 64 * 1.05
	lines := wrapped(title, face, pictureWidth-2*pictureEdge)
	for _, line := range lines[:min(len(lines), maxTitleLines)] {
		c.write(line, face, spot{pictureEdge, y}, headlines, all)
		y += step
	}
	return encoded(c)
}

// band colours the upper edge.
func (c *canvas) band() {
	c.fill([]polyline{{spots: []spot{{0, 0}, {pictureWidth, 0}, {pictureWidth, bandHeight}, {0, bandHeight}}}}, headlines, c.Bounds())
}

// Chart returns a drawing that stands by itself, as SVG, as a picture of the width that Open Graph recommends, and of at least its height.
func Chart(svg []byte) ([]byte, error) {
	var width, height float64
	if _, err := fmt.Sscanf(string(svg[:min(len(svg), 80)]), `<svg width="%f" height="%f"`, &width, &height); err != nil {
		return nil, fmt.Errorf("reading the size of the drawing: %w", err)
	}
	if width <= 0 || height <= 0 || height > maxHeight*width {
		return nil, fmt.Errorf("the drawing has %g by %g pixels, want at most %d times as many in height as in width", width, height, maxHeight)
	}
	scale := pictureWidth / width
	c := newCanvas(pictureWidth, max(pictureHeight, int(height*scale)+bandHeight), paper)
	defer c.release()
	c.band()
	y := bandHeight + max(0, pictureHeight-bandHeight-height*scale)/2
	if err := c.drawSVG(string(svg), matrix{scale, 0, 0, scale, 0, y}, c.Bounds()); err != nil {
		return nil, err
	}
	return encoded(c)
}

// wrapped splits a text into lines no wider than width, in pixels.
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

// Icon returns an SVG of 32 by 32 units as a PNG of so many pixels each way.
func Icon(svg string, pixels int) ([]byte, error) {
	c := newCanvas(pixels, pixels, color.Transparent)
	defer c.release()
	scale := float64(pixels) / 32
	if err := c.drawSVG(svg, matrix{scale, 0, 0, scale, 0, 0}, c.Bounds()); err != nil {
		return nil, err
	}
	return encoded(c)
}

// ICO wraps a PNG of 32 by 32 pixels in the format of favicon.ico.
func ICO(png []byte) []byte {
	head := []byte{0, 0, 1, 0, 1, 0, 32, 32, 0, 0, 1, 0, 32, 0}
	head = binary.LittleEndian.AppendUint32(head, uint32(len(png)))
	head = binary.LittleEndian.AppendUint32(head, 22)
	return append(head, png...)
}
