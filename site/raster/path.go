package raster

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// pathOf parses the data of an SVG path, absolute or relative, with the commands that ECharts writes (M, L, C, A and Z).
// Curves become short straight segments.
func pathOf(data string, m matrix) ([]polyline, error) {
	s := &pathScanner{text: data}
	var all []polyline
	var at, start spot
	add := func(p spot) {
		at = p
		all[len(all)-1].spots = append(all[len(all)-1].spots, m.apply(p))
	}
	for {
		command := s.command()
		if command == 0 {
			return all, s.err
		}
		if command != 'M' && command != 'm' && len(all) == 0 {
			return nil, fmt.Errorf("the path %.40q does not start with M", data)
		}
		var from spot // origin of relative coordinates
		if command >= 'a' {
			from = at
		}
		switch command {
		case 'M', 'm':
			at = s.spot(from)
			start = at
			all = append(all, polyline{spots: []spot{m.apply(at)}})
		case 'L', 'l':
			add(s.spot(from))
		case 'C', 'c':
			a, b, c, d := at, s.spot(from), s.spot(from), s.spot(from)
			for i := 1; i <= 16; i++ {
				t := float64(i) / 16
				u := 1 - t
				add(spot{u*u*u*a.x + 3*u*u*t*b.x + 3*u*t*t*c.x + t*t*t*d.x, u*u*u*a.y + 3*u*u*t*b.y + 3*u*t*t*c.y + t*t*t*d.y})
			}
		case 'A', 'a':
			rx, ry, turn, large, sweep := s.number(), s.number(), s.number(), s.number() != 0, s.number() != 0
			for _, p := range arc(at, s.spot(from), math.Abs(rx), math.Abs(ry), turn, large, sweep) {
				add(p)
			}
		case 'Z', 'z':
			all[len(all)-1].closed = true
			at = start
		default:
			return nil, fmt.Errorf("unsupported path command %c (want M, L, C, A or Z)", command)
		}
		if s.err != nil {
			return nil, s.err
		}
	}
}

// arc returns an elliptical arc as straight segments (SVG 2, appendix B.2.4).
func arc(from, to spot, rx, ry, turn float64, large, sweep bool) []spot {
	if rx == 0 || ry == 0 || from == to {
		return []spot{to}
	}
	sin, cos := math.Sincos(turn * math.Pi / 180)
	dx, dy := (from.x-to.x)/2, (from.y-to.y)/2
	x, y := cos*dx+sin*dy, -sin*dx+cos*dy
	if over := x*x/(rx*rx) + y*y/(ry*ry); over > 1 {
		rx, ry = rx*math.Sqrt(over), ry*math.Sqrt(over)
	}
	rest := rx*rx*ry*ry - rx*rx*y*y - ry*ry*x*x
	factor := math.Sqrt(max(0, rest) / (rx*rx*y*y + ry*ry*x*x))
	if large == sweep {
		factor = -factor
	}
	cx, cy := factor*rx*y/ry, -factor*ry*x/rx
	begin := math.Atan2((y-cy)/ry, (x-cx)/rx)
	end := math.Atan2((-y-cy)/ry, (-x-cx)/rx)
	if sweep && end < begin {
		end += 2 * math.Pi
	}
	if !sweep && end > begin {
		end -= 2 * math.Pi
	}
	pieces := max(4, int(math.Abs(end-begin)*8))
	all := make([]spot, pieces)
	for i := range all {
		s, c := math.Sincos(begin + (end-begin)*float64(i+1)/float64(pieces))
		x, y := rx*c+cx, ry*s+cy
		all[i] = spot{cos*x - sin*y + (from.x+to.x)/2, sin*x + cos*y + (from.y+to.y)/2}
	}
	return all
}

// pathScanner reads the commands and numbers of a path.
type pathScanner struct {
	text string
	last byte // command, which holds for all coordinates up to the next one
	err  error
}

func (s *pathScanner) space() { s.text = strings.TrimLeft(s.text, " ,\t\r\n") }

// command returns the next command; 0 at the end of the path.
func (s *pathScanner) command() byte {
	s.space()
	if s.text == "" || s.err != nil {
		return 0
	}
	if c := s.text[0]; c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z' {
		s.text, s.last = s.text[1:], c
		return c
	}
	switch s.last {
	case 'M', 'm':
		return s.last - 'M' + 'L'
	case 'Z', 'z', 0:
		s.err = fmt.Errorf("want a path command before %.20q", s.text)
		return 0
	}
	return s.last
}

func (s *pathScanner) number() float64 {
	s.space()
	end := 0
	for end < len(s.text) {
		c := s.text[end]
		sign := (c == '-' || c == '+') && (end == 0 || s.text[end-1] == 'e' || s.text[end-1] == 'E')
		if !sign && !(c >= '0' && c <= '9') && c != '.' && c != 'e' && c != 'E' {
			break
		}
		end++
	}
	f, err := strconv.ParseFloat(s.text[:end], 64)
	if err != nil && s.err == nil {
		s.err = fmt.Errorf("want a number in a path before %.20q", s.text)
	}
	s.text = s.text[end:]
	return f
}

func (s *pathScanner) spot(from spot) spot {
	x := s.number()
	return spot{from.x + x, from.y + s.number()}
}
