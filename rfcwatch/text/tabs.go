package text

import "strings"

const (
	// maxTabColumn is the column at which tabs end at most: no line of an RFC is that wide.
	maxTabColumn = 160
	// maxTabSpaces is how many spaces the tabs of a document become at most. The 9,800 RFCs have a few hundred tabs; a file of nothing else
	// would otherwise grow eightfold.
	maxTabSpaces = 1 << 20
)

// tabs expands the tabs of a document.
type tabs struct {
	spaces int // written so far
	beyond int // tabs beyond the bounds, of which each became one space
}

// expand replaces the tabs of a line by spaces up to the next multiple of eight columns. A rune is a column. A tab beyond the bounds becomes
// one space, and is counted.
func (t *tabs) expand(line string) string {
	if !strings.Contains(line, "\t") {
		return line
	}
	var b strings.Builder
	column := 0
	for _, r := range line {
		if r != '\t' {
			b.WriteRune(r)
			column++
			continue
		}
		width := 8 - column%8
		if column+width > maxTabColumn || t.spaces+width > maxTabSpaces {
			width = 1
			t.beyond++
		}
		b.WriteString("        "[:width])
		t.spaces += width
		column += width
	}
	return b.String()
}
