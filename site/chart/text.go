package chart

import (
	"strings"
	"unicode/utf8"
)

// Advance widths of the printable ASCII characters in hundredths of the font's size. They are those of DejaVu Sans, the widest of
// the fonts in which a reader may see a drawing: what has room in it has room in the others.
var (
	regularWidths = [95]uint8{32, 40, 46, 84, 64, 95, 78, 27, 39, 39, 50, 84, 32, 36, 32, 34, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 34, 34, 84, 84, 84, 53,
		100, 68, 69, 70, 77, 63, 58, 77, 75, 29, 29, 66, 56, 86, 75, 79, 60, 79, 69, 63, 61, 73, 68, 99, 69, 61, 69, 39, 34, 39, 84, 50,
		50, 61, 63, 55, 63, 62, 35, 63, 63, 28, 28, 58, 28, 97, 63, 61, 63, 63, 41, 52, 39, 63, 59, 82, 59, 59, 52, 64, 34, 64, 84}
	boldWidths = [95]uint8{35, 46, 52, 84, 70, 100, 87, 31, 46, 46, 52, 84, 38, 42, 38, 37, 70, 70, 70, 70, 70, 70, 70, 70, 70, 70, 40, 40, 84, 84, 84, 58,
		100, 77, 76, 73, 83, 68, 68, 82, 84, 37, 37, 77, 64, 100, 84, 85, 73, 85, 77, 72, 68, 81, 77, 110, 77, 72, 73, 46, 37, 46, 84, 50,
		50, 67, 72, 59, 72, 68, 44, 72, 71, 34, 34, 67, 34, 104, 71, 69, 72, 72, 49, 60, 48, 71, 65, 92, 65, 65, 58, 71, 37, 71, 84}
)

// font is the size of a text in pixels, and its weight.
type font struct {
	size float64
	bold bool
}

// lineHeight returns the distance of two lines.
func (f font) lineHeight() float64 { return f.size * 1.3 }

// width returns how wide a text is at most.
func (f font) width(text string) float64 {
	widths := &regularWidths
	if f.bold {
		widths = &boldWidths
	}
	sum := 0
	for _, r := range text {
		switch {
		case r >= ' ' && r <= '~':
			sum += int(widths[r-' '])
		case r < 0x1100:
			sum += 85
		default:
			sum += 105
		}
	}
	return float64(sum) * f.size / 100
}

// fit returns a text of no more than so many pixels; what is left out is an ellipsis.
func (f font) fit(text string, room float64) string {
	if f.width(text) <= room {
		return text
	}
	for text != "" {
		_, size := utf8.DecodeLastRuneInString(text)
		text = strings.TrimRight(text[:len(text)-size], " ,:")
		if shorter := text + "…"; f.width(shorter) <= room {
			return shorter
		}
	}
	return ""
}

// wrap splits a text into at most maxLines lines of no more than so many pixels.
func (f font) wrap(text string, room float64, maxLines int) (lines []string) {
	line := ""
	for word := range strings.FieldsSeq(text) {
		longer := strings.TrimSpace(line + " " + word)
		if line != "" && f.width(longer) > room && len(lines) < maxLines-1 {
			lines = append(lines, f.fit(line, room))
			longer = word
		}
		line = longer
	}
	if line != "" {
		lines = append(lines, f.fit(line, room))
	}
	return lines
}

// widest returns the width of the longest of the lines.
func (f font) widest(lines []string) (w float64) {
	for _, l := range lines {
		w = max(w, f.width(l))
	}
	return w
}
