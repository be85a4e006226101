package raster

import (
	"encoding/xml"
	"errors"
	"image"
	"image/color"
	"io"
	"math"
	"strings"
)

// pattern is a tile of rectangles in one colour that fills an area, as ECharts writes the hatching of bars. It is an image
// without bounds: a pixel has the colour of the place of the tile below it.
type pattern struct {
	width, height float64
	boxes         [][2]spot // corners with the lowest and the highest coordinates
	ink           color.NRGBA
	at            matrix // from the tile to the image
}

func (p *pattern) ColorModel() color.Model { return color.NRGBAModel }

func (p *pattern) Bounds() image.Rectangle { return image.Rect(-1e9, -1e9, 1e9, 1e9) }

// At returns the colour of a pixel, from four samples of it.
func (p *pattern) At(x, y int) color.Color {
	hits := 0
	for _, d := range [4]spot{{0.25, 0.25}, {0.75, 0.25}, {0.25, 0.75}, {0.75, 0.75}} {
		if p.covers(p.at.inverse(spot{float64(x) + d.x, float64(y) + d.y})) {
			hits++
		}
	}
	ink := p.ink
	ink.A = uint8(int(ink.A) * hits / 4)
	return ink
}

// covers reports whether a rectangle of the tile contains the place.
func (p *pattern) covers(at spot) bool {
	x, y := at.x-p.width*math.Floor(at.x/p.width), at.y-p.height*math.Floor(at.y/p.height)
	for _, b := range p.boxes {
		if x >= b[0].x && x < b[1].x && y >= b[0].y && y < b[1].y {
			return true
		}
	}
	return false
}

// inverse returns the point that the matrix maps to p.
func (m matrix) inverse(p spot) spot {
	det := m[0]*m[3] - m[1]*m[2]
	x, y := p.x-m[4], p.y-m[5]
	return spot{(m[3]*x - m[2]*y) / det, (m[0]*y - m[1]*x) / det}
}

// patternsOf returns the pattern elements by their ids. Like clipPaths, ECharts defines them after their use.
func patternsOf(content string, at matrix) (map[string]*pattern, error) {
	all := map[string]*pattern{}
	d := xml.NewDecoder(strings.NewReader(content))
	var open *pattern
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return all, nil
		}
		if err != nil {
			return nil, err
		}
		switch e := token.(type) {
		case xml.EndElement:
			if e.Name.Local == "pattern" {
				open = nil
			}
		case xml.StartElement:
			attr := attributesOf(e)
			switch {
			case e.Name.Local == "pattern":
				own, err := transformOf(attr["patternTransform"])
				if err != nil {
					return nil, err
				}
				p := &pattern{width: number64(attr["width"]), height: number64(attr["height"]), at: at.times(own)}
				if p.width > 0 && p.height > 0 && p.at.scale() > 0 {
					open, all[attr["id"]] = p, p
				}
			case open != nil && e.Name.Local == "path":
				if err := open.add(attr); err != nil {
					return nil, err
				}
			}
		}
	}
}

// add adds the rectangle that a path draws, in the colour that the last path has.
func (p *pattern) add(attr map[string]string) error {
	lines, err := pathOf(attr["d"], matrix{1, 0, 0, 1, 0, 0})
	if err != nil {
		return err
	}
	for _, l := range lines {
		b := [2]spot{l.spots[0], l.spots[0]}
		for _, s := range l.spots {
			b[0].x, b[0].y = min(b[0].x, s.x), min(b[0].y, s.y)
			b[1].x, b[1].y = max(b[1].x, s.x), max(b[1].y, s.y)
		}
		p.boxes = append(p.boxes, b)
	}
	if ink, ok := inkOf(attr["fill"], attr["fill-opacity"]); ok {
		p.ink, _ = ink.(color.NRGBA)
	}
	return nil
}
