package raster

import (
	"encoding/xml"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
	"sync"

	"golang.org/x/image/font"
	"golang.org/x/image/font/gofont/gobold"
	"golang.org/x/image/font/gofont/goregular"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/math/fixed"
	"golang.org/x/image/vector"
)

// canvas is an image that SVG is drawn on.
type canvas struct {
	*image.RGBA
	faces  map[string]font.Face // by weight and size
	shapes vector.Rasterizer    // keeps its buffer from one shape to the next
}

// canvases spares a picture the memory of its pixels, three times four bytes each with what the rasterizer needs.
var canvases = sync.Pool{New: func() any { return &canvas{RGBA: &image.RGBA{}} }}

func newCanvas(width, height int, ground color.Color) *canvas {
	c := canvases.Get().(*canvas)
	c.faces = map[string]font.Face{}
	pixels := slices.Grow(c.Pix[:0], 4*width*height)[:4*width*height]
	c.RGBA = &image.RGBA{Pix: pixels, Stride: 4 * width, Rect: image.Rect(0, 0, width, height)}
	draw.Draw(c.RGBA, c.Bounds(), image.NewUniform(ground), image.Point{}, draw.Src) // *image.RGBA has a fast path
	return c
}

// release gives the memory of a canvas to the next one.
func (c *canvas) release() { canvases.Put(c) }

// spot is a point of the image, in pixels.
type spot struct{ x, y float64 }

// matrix is an affine transformation, with the six numbers of SVG's matrix().
type matrix [6]float64

func (m matrix) apply(p spot) spot {
	return spot{m[0]*p.x + m[2]*p.y + m[4], m[1]*p.x + m[3]*p.y + m[5]}
}

func (m matrix) times(n matrix) matrix {
	return matrix{m[0]*n[0] + m[2]*n[1], m[1]*n[0] + m[3]*n[1], m[0]*n[2] + m[2]*n[3], m[1]*n[2] + m[3]*n[3],
		m[0]*n[4] + m[2]*n[5] + m[4], m[1]*n[4] + m[3]*n[5] + m[5]}
}

// scale returns the factor by which the matrix lengthens a line.
func (m matrix) scale() float64 { return math.Sqrt(math.Abs(m[0]*m[3] - m[1]*m[2])) }

// drawSVG draws an SVG, transformed by at and clipped to within.
func (c *canvas) drawSVG(content string, at matrix, within image.Rectangle) error {
	clips, err := clipsOf(content, at)
	if err != nil {
		return err
	}
	patterns, err := patternsOf(content, at)
	if err != nil {
		return err
	}
	p := painter{canvas: c, at: at, within: within, clip: within, clips: clips, patterns: patterns}
	d := xml.NewDecoder(strings.NewReader(content))
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err == nil {
			err = p.token(token)
		}
		if err != nil {
			return err
		}
	}
}

// painter draws the elements of an SVG in their order.
type painter struct {
	*canvas
	at       matrix
	within   image.Rectangle
	clip     image.Rectangle // of the group that is open
	clips    map[string]image.Rectangle
	patterns map[string]*pattern
	defining bool              // a clipPath or a pattern is open, whose shapes are not drawn
	text     map[string]string // attributes of the text element that is open; nil: none is
	words    strings.Builder   // its content
}

func (p *painter) token(token xml.Token) error {
	switch e := token.(type) {
	case xml.StartElement:
		return p.start(e)
	case xml.CharData:
		if p.text != nil {
			p.words.Write(e)
		}
	case xml.EndElement:
		return p.end(e.Name.Local)
	}
	return nil
}

func attributesOf(e xml.StartElement) map[string]string {
	attr := map[string]string{}
	for _, a := range e.Attr {
		attr[a.Name.Local] = a.Value
	}
	return attr
}

func (p *painter) start(e xml.StartElement) error {
	attr := attributesOf(e)
	own, err := transformOf(attr["transform"])
	if err != nil {
		return err
	}
	m := p.at.times(own)
	switch e.Name.Local {
	case "clipPath", "pattern":
		p.defining = true
	case "g":
		if id, is := strings.CutPrefix(attr["clip-path"], "url(#"); is {
			p.clip = p.within.Intersect(p.clips[strings.TrimSuffix(id, ")")])
		}
	case "path":
		return p.path(attr["d"], attr, m)
	case "rect":
		x, y, w, h := number64(attr["x"]), number64(attr["y"]), number64(attr["width"]), number64(attr["height"])
		return p.path(fmt.Sprintf("M%g %gL%g %gL%g %gL%g %gZ", x, y, x+w, y, x+w, y+h, x, y+h), attr, m)
	case "text":
		p.text = attr
		p.words.Reset()
	}
	return nil
}

// path paints a path, unless it only defines a clip.
func (p *painter) path(data string, attr map[string]string, m matrix) error {
	lines, err := pathOf(data, m)
	if err == nil && !p.defining {
		p.paint(lines, attr, m.scale(), p.clip)
	}
	return err
}

func (p *painter) end(element string) error {
	switch element {
	case "clipPath", "pattern":
		p.defining = false
	case "g":
		p.clip = p.within
	case "text":
		own, err := transformOf(p.text["transform"])
		if err != nil {
			return err
		}
		p.label(p.words.String(), p.text, p.at.times(own), p.clip)
		p.text = nil
	}
	return nil
}

// clipsOf returns the boxes of the clipPath elements by their ids. It is a pass of its own because ECharts defines them
// after their use.
func clipsOf(content string, at matrix) (map[string]image.Rectangle, error) {
	all := map[string]image.Rectangle{}
	d := xml.NewDecoder(strings.NewReader(content))
	id := ""
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return all, nil
		}
		if err != nil {
			return nil, err
		}
		e, ok := token.(xml.StartElement)
		if !ok {
			if end, is := token.(xml.EndElement); is && end.Name.Local == "clipPath" {
				id = ""
			}
			continue
		}
		for _, a := range e.Attr {
			switch {
			case e.Name.Local == "clipPath" && a.Name.Local == "id":
				id = a.Value
			case id != "" && e.Name.Local == "path" && a.Name.Local == "d":
				lines, err := pathOf(a.Value, at)
				if err != nil {
					return nil, err
				}
				all[id] = box(lines).Inset(-1)
			}
		}
	}
}

// paint fills and strokes lines as the attributes of their element say.
func (p *painter) paint(lines []polyline, attr map[string]string, scale float64, clip image.Rectangle) {
	if id, is := strings.CutPrefix(attr["fill"], "url(#"); is {
		if tile := p.patterns[strings.TrimSuffix(id, ")")]; tile != nil {
			p.cover(lines, tile, clip)
		}
	} else if ink, ok := inkOf(attr["fill"], attr["fill-opacity"]); ok {
		p.fill(lines, ink, clip)
	}
	width := 1.0
	if attr["stroke-width"] != "" {
		width = number64(attr["stroke-width"])
	}
	if ink, ok := inkOf(attr["stroke"], attr["stroke-opacity"]); ok && attr["stroke"] != "" && width > 0 {
		var dash []float64
		for part := range strings.SplitSeq(attr["stroke-dasharray"], ",") {
			if n := number64(part); n > 0 {
				dash = append(dash, n*scale)
			}
		}
		p.fill(stroked(lines, width*scale, dash), ink, clip)
	}
}

// polyline is a line of straight segments.
type polyline struct {
	spots  []spot
	closed bool
}

// box returns the smallest rectangle of whole pixels around the lines.
func box(lines []polyline) image.Rectangle {
	low, high := spot{math.Inf(1), math.Inf(1)}, spot{math.Inf(-1), math.Inf(-1)}
	for _, l := range lines {
		for _, p := range l.spots {
			low.x, low.y = min(low.x, p.x), min(low.y, p.y)
			high.x, high.y = max(high.x, p.x), max(high.y, p.y)
		}
	}
	if low.x > high.x {
		return image.Rectangle{}
	}
	bound := func(f float64) int { return int(max(-1e6, min(1e6, f))) }
	return image.Rect(bound(math.Floor(low.x)), bound(math.Floor(low.y)), bound(math.Ceil(high.x)), bound(math.Ceil(high.y)))
}

// fill paints the area that the lines enclose in one colour.
func (c *canvas) fill(lines []polyline, ink color.Color, clip image.Rectangle) {
	c.cover(lines, image.NewUniform(ink), clip)
}

// cover paints the area that the lines enclose with the part of an image that lies there.
func (c *canvas) cover(lines []polyline, with image.Image, clip image.Rectangle) {
	area := box(lines).Inset(-1).Intersect(clip).Intersect(c.Bounds())
	if area.Empty() {
		return
	}
	r := &c.shapes
	r.Reset(area.Dx(), area.Dy())
	for _, l := range lines {
		for i, p := range l.spots {
			x, y := float32(p.x-float64(area.Min.X)), float32(p.y-float64(area.Min.Y))
			if i == 0 {
				r.MoveTo(x, y)
			} else {
				r.LineTo(x, y)
			}
		}
		r.ClosePath()
	}
	r.Draw(c.RGBA, area, with, area.Min) // *image.RGBA has a fast path in the rasterizer
}

// stroked returns the outline of lines of a given width: a rectangle for each segment, and a disc at each joint. All have
// the same orientation, so that overlaps do not cancel out.
func stroked(lines []polyline, width float64, dash []float64) (all []polyline) {
	half := width / 2
	for _, l := range lines {
		spots := l.spots
		if l.closed && len(spots) > 1 {
			spots = append(append([]spot{}, spots...), spots[0])
		}
		for _, part := range dashed(spots, dash) {
			for i := 1; i < len(part); i++ {
				a, b := part[i-1], part[i]
				length := math.Hypot(b.x-a.x, b.y-a.y)
				if length == 0 {
					continue
				}
				dx, dy := (b.x-a.x)/length*half, (b.y-a.y)/length*half
				all = append(all, polyline{spots: []spot{{a.x + dy, a.y - dx}, {b.x + dy, b.y - dx}, {b.x - dy, b.y + dx}, {a.x - dy, a.y + dx}}})
				if i > 1 && width > 1.2 {
					all = append(all, disc(a, half))
				}
			}
		}
	}
	return all
}

func disc(at spot, radius float64) polyline {
	const corners = 12
	var l polyline
	for i := range corners {
		sin, cos := math.Sincos(2 * math.Pi * float64(i) / corners)
		l.spots = append(l.spots, spot{at.x + radius*cos, at.y + radius*sin})
	}
	return l
}

// dashed cuts a line into dashes; without a pattern it returns the line whole.
func dashed(spots []spot, dash []float64) [][]spot {
	if len(dash) == 0 || len(spots) < 2 {
		return [][]spot{spots}
	}
	var all [][]spot
	part := []spot{spots[0]}
	phase, left := 0, dash[0]
	for i := 1; i < len(spots); i++ {
		a, b := spots[i-1], spots[i]
		for {
			length := math.Hypot(b.x-a.x, b.y-a.y)
			if length <= left {
				left -= length
				part = append(part, b)
				break
			}
			a = spot{a.x + (b.x-a.x)*left/length, a.y + (b.y-a.y)*left/length}
			if phase%2 == 0 {
				all = append(all, append(part, a))
			}
			part = []spot{a}
			phase++
			left = dash[phase%len(dash)]
		}
	}
	if phase%2 == 0 {
		all = append(all, part)
	}
	return all
}

// label writes the text of an SVG text element.
func (c *canvas) label(text string, attr map[string]string, m matrix, clip image.Rectangle) {
	ink, ok := inkOf(attr["fill"], attr["fill-opacity"])
	if !ok {
		return
	}
	size := 12.0
	if _, rest, found := strings.Cut(attr["style"], "font-size:"); found {
		size = number64(strings.TrimSuffix(strings.SplitN(rest, ";", 2)[0], "px"))
	} else if before, _, found := strings.Cut(attr["style"], "px"); found {
		size = number64(before[strings.LastIndexByte(before, ' ')+1:])
	}
	face := c.face(strings.Contains(attr["style"], "bold"), size*m.scale())
	at := m.apply(spot{number64(attr["x"]), number64(attr["y"])})
	width := float64(font.MeasureString(face, text)) / 64
	switch attr["text-anchor"] {
	case "middle":
		at.x -= width / 2
	case "end":
		at.x -= width
	}
	if attr["dominant-baseline"] == "central" {
		at.y += size * m.scale() * 0.35
	}
	c.write(text, face, at, ink, clip)
}

func (c *canvas) write(text string, face font.Face, at spot, ink color.Color, clip image.Rectangle) {
	onto, _ := c.SubImage(clip).(draw.Image)
	d := font.Drawer{Dst: onto, Src: image.NewUniform(ink), Face: face, Dot: fixed.Point26_6{X: fixed.Int26_6(at.x * 64), Y: fixed.Int26_6(at.y * 64)}}
	d.DrawString(text)
}

// face returns Go's font at a size in pixels.
func (c *canvas) face(bold bool, size float64) font.Face {
	size = max(4, min(200, size))
	key := fmt.Sprintf("%t %.2f", bold, size)
	if c.faces[key] == nil {
		f := regular
		if bold {
			f = strong
		}
		face, err := opentype.NewFace(f, &opentype.FaceOptions{Size: size, DPI: 72})
		if err != nil {
			panic(err) // the options are constants
		}
		c.faces[key] = face
	}
	return c.faces[key]
}

var regular, strong = mustParse(goregular.TTF), mustParse(gobold.TTF)

func mustParse(ttf []byte) *opentype.Font {
	f, err := opentype.Parse(ttf)
	if err != nil {
		panic(err) // the fonts are built in
	}
	return f
}

// inkOf parses a colour and its opacity; not ok means that nothing is painted.
func inkOf(text, opacity string) (ink color.Color, ok bool) {
	alpha := 1.0
	if opacity != "" {
		alpha = number64(opacity)
	}
	if alpha <= 0 || text == "none" || text == "transparent" {
		return nil, false
	}
	n := color.NRGBA{A: uint8(alpha*255 + 0.5)}
	switch digits, hex := strings.CutPrefix(text, "#"); {
	case hex && len(digits) == 6:
		v, err := strconv.ParseUint(digits, 16, 32)
		if err != nil {
			return nil, false
		}
		n.R, n.G, n.B = uint8(v>>16), uint8(v>>8), uint8(v)
	case hex && len(digits) == 3:
		v, err := strconv.ParseUint(digits, 16, 16)
		if err != nil {
			return nil, false
		}
		n.R, n.G, n.B = uint8(v>>8&15)*17, uint8(v>>4&15)*17, uint8(v&15)*17
	case strings.HasPrefix(text, "rgb("):
		if _, err := fmt.Sscanf(text, "rgb(%d,%d,%d)", &n.R, &n.G, &n.B); err != nil {
			return nil, false
		}
	}
	return n, true
}

// number64 parses a number; anything else counts as 0.
func number64(text string) float64 {
	f, err := strconv.ParseFloat(strings.TrimSpace(text), 64)
	if err != nil || math.IsNaN(f) || math.IsInf(f, 0) {
		return 0
	}
	return f
}

// transformOf parses a transform attribute: one translate, matrix or rotate, which is all that ECharts writes.
func transformOf(text string) (matrix, error) {
	m := matrix{1, 0, 0, 1, 0, 0}
	if text == "" {
		return m, nil
	}
	name, list, ok := strings.Cut(strings.TrimSuffix(text, ")"), "(")
	values := strings.FieldsFunc(list, func(r rune) bool { return r == ' ' || r == ',' })
	switch {
	case ok && name == "translate" && len(values) == 2:
		m[4], m[5] = number64(values[0]), number64(values[1])
	case ok && name == "matrix" && len(values) == 6:
		for i := range m {
			m[i] = number64(values[i])
		}
	case ok && name == "rotate" && len(values) == 1:
		sin, cos := math.Sincos(number64(values[0]) * math.Pi / 180)
		m = matrix{cos, sin, -sin, cos, 0, 0}
	default:
		return m, fmt.Errorf("unsupported transformation %q (want translate, matrix or rotate)", text)
	}
	return m, nil
}
