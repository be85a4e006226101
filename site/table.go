package site

import (
	"cmp"
	"encoding/json"
	"fmt"
	"html/template"
	"maps"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"tidemark/analysis"
	"tidemark/analysis/operator"
	"tidemark/datasets/table"
	"tidemark/internal/legible"
	"tidemark/site/format"
)

const tableScript = "assets/table.js"

// tableView is a table as a page shows it: its first rows, which table.js sorts, filters and pages through together with those that the
// page leaves to scripts.
type tableView struct {
	Name    string // in addresses and in names of files
	Caption string
	Columns []tableColumn
	Total   int           // rows of the whole table
	Rows    [][]tableCell // those that the page has
	Parts   *tableParts   // nil: the page has all rows
	PerPage int           // rows that are shown at a time; 0: fifty
}

// tableColumn is a column of a table.
type tableColumn struct {
	Name  string // heading
	Key   string // in addresses and CSV
	Kind  columnKind
	Class string // n: a number, day: a time, short: texts of a word or two, text: longer ones, long: paragraphs
	Facet string // what it holds, as JSON: pairs of a value and the number of rows; empty: readers do not choose by it
	Head  bool   // its cells name their rows
	Named bool   // of ASes: no other column has their names

	meaning format.Meaning // of numbers
}

// columnKind says how the values of a column sort, and how they are shown.
type columnKind string

const (
	ofText    columnKind = "text" // also days, which sort as they are written
	ofNumber  columnKind = "number"
	ofGrouped columnKind = "grouped" // whole numbers with commas
	ofFloat   columnKind = "float"   // shown rounded
	ofAS      columnKind = "as"
	ofAddress columnKind = "address" // or a prefix
	ofDay     columnKind = "day"
	ofTime    columnKind = "time"
)

// tableCell is a value in a row.
type tableCell struct {
	Text  string
	Value string // in full, of a number that is shown rounded
	Link  string // path in the site, or address of another one; empty: none
	Note  string // shown behind it, such as the name of an AS
	Gone  bool   // what it names is no longer in force: struck through, in rows that the page has

	Folded []string // shown below it when the reader asks, in rows that the page has
}

// Directed reports whether the text may run from right to left, as none in Latin, Greek or Cyrillic does: all of these are before the first
// Hebrew letter.
func (c tableCell) Directed() bool {
	return strings.ContainsFunc(c.Text+c.Note, func(r rune) bool { return r >= firstRightToLeft })
}

const (
	firstRightToLeft = '\u0590' // of Unicode's blocks

	rowsBelowChart = 25 // that a table shows at a time where a chart has answered already

	maxShortText = 26  // characters up to which a text counts as short
	maxText      = 120 // and from which on as long
	maxFacet     = 12  // values by which readers choose
	minFacetRows = 20  // of a table that offers a choice
)

// Shown returns the number of rows that the page has.
func (v tableView) Shown() int { return len(v.Rows) }

// Plain returns the cells of a row in HTML as the template writes them, which takes it ten times as long; "" where one has a link or more than
// a text.
func (v tableView) Plain(cells []tableCell) template.HTML {
	var b strings.Builder
	for i, cell := range cells {
		if cell.Link != "" || cell.Gone || cell.Folded != nil {
			return ""
		}
		element, class := "td", v.Columns[i].Class
		if b.WriteByte('<'); v.Columns[i].Head {
			element = "th"
			b.WriteString(`th scope="row"`)
		} else {
			b.WriteString(element)
		}
		if class != "" {
			b.WriteString(` class="` + escapedHTML(class) + `"`)
		}
		if cell.Directed() {
			b.WriteString(` dir="auto"`)
		}
		if cell.Value != "" {
			b.WriteString(` data-value="` + escapedHTML(cell.Value) + `"`)
		}
		b.WriteString(">" + escapedHTML(cell.Text))
		if cell.Note != "" {
			b.WriteString(" <small>" + escapedHTML(cell.Note) + "</small>")
		}
		b.WriteString("</" + element + ">")
	}
	return template.HTML(b.String())
}

// escapedHTML escapes a text for elements and quoted attributes, with the plus sign, as html/template does.
func escapedHTML(text string) string {
	return strings.ReplaceAll(template.HTMLEscapeString(text), "+", "&#43;")
}

// withRows returns the table with its first rows, and with the class of each column: short texts are not wrapped.
func (v tableView) withRows(shown int, cells func(row int) []tableCell) tableView {
	for row := range shown {
		v.Rows = append(v.Rows, cells(row))
	}
	for i, c := range v.Columns {
		switch c.Kind {
		case ofNumber, ofGrouped, ofFloat:
			v.Columns[i].Class = "n"
		case ofDay, ofTime:
			v.Columns[i].Class = "day"
		case ofText, ofAS, ofAddress:
			v.Columns[i].Class = "short"
		}
	}
	for _, cells := range v.Rows {
		for i, cell := range cells {
			if v.Columns[i].Kind != ofText {
				continue
			}
			switch n := utf8.RuneCountInString(cell.Text); {
			case n > maxText:
				v.Columns[i].Class = "long"
			case n > maxShortText && v.Columns[i].Class == "short":
				v.Columns[i].Class = "text"
			}
		}
	}
	return v
}

// HasShares reports whether a column has shares, which are shown in percent.
func (v tableView) HasShares() bool {
	return slices.ContainsFunc(v.Columns, func(c tableColumn) bool { return c.meaning == format.Share })
}

// tableOf returns a result with at most maxRows rows as a page shows it. The chart that is drawn of it, if any, says which columns are shares
// whose names do not.
func (f *facts) tableOf(name, caption string, r *table.Result, drawn *analysis.Chart, maxRows int) tableView {
	v := tableView{Name: name, Caption: caption, Total: len(r.Rows)}
	named := slices.ContainsFunc(r.Columns, func(c table.ResultColumn) bool { return strings.HasSuffix(c.Name, "name") })
	formats := make([]format.Column, len(r.Columns))
	for i, c := range r.Columns {
		meaning := meaningOf(f.Datasets, c, drawn)
		formats[i] = format.NewColumn(r, i, meaning)
		column := tableColumn{Name: format.Heading(c.Name), Key: c.Name, Kind: kindOf(r, i, formats[i]), Named: !named, meaning: meaning}
		switch {
		case column.Kind == ofTime:
			column.Name += " (UTC)"
		case meaning == format.Share:
			column.Name += " (%)"
		}
		if measured := format.IsNumber(c.Type) && meaning != format.Name; !measured && column.Kind != ofAS {
			column.Facet = facetOf(len(r.Rows), func(row int) string { return legible.Text(c.Text(r.Rows[row][i])) })
		}
		v.Columns = append(v.Columns, column)
	}
	return v.withRows(min(len(r.Rows), maxRows), func(row int) []tableCell {
		cells := make([]tableCell, len(r.Columns))
		for i, value := range r.Rows[row] {
			cell := &cells[i]
			cell.Text = formats[i].Show(value)
			switch v.Columns[i].Kind {
			case ofFloat:
				if text := r.Columns[i].Text(value); text != cell.Text {
					cell.Value = text
				}
			case ofAS:
				if n, ok := value.(int64); ok {
					*cell = f.asCell(n)
					if !v.Columns[i].Named {
						cell.Note = ""
					}
				}
			}
		}
		return cells
	})
}

// kindOf returns the kind of a column of a result.
func kindOf(r *table.Result, i int, as format.Column) columnKind {
	c := r.Columns[i]
	switch c.Type {
	case table.Int64:
		switch {
		case isASN(c.Name):
			return ofAS
		case as.Grouped():
			return ofGrouped
		}
		return ofNumber
	case table.Float64:
		return ofFloat
	case table.Timestamp:
		return ofTime
	case table.Date:
		return ofDay
	case table.String:
		if everyText(len(r.Rows), func(row int) string { return c.Text(r.Rows[row][i]) }, isAddress) {
			return ofAddress
		}
	}
	return ofText
}

// everyText reports whether each text that is not empty has a property, and there is one.
func everyText(rows int, text func(row int) string, has func(string) bool) (some bool) {
	for row := range rows {
		if t := text(row); t != "" {
			if !has(t) {
				return false
			}
			some = true
		}
	}
	return some
}

// isAddress reports whether a text is an address or a prefix.
func isAddress(text string) bool {
	if _, err := netip.ParsePrefix(text); err == nil {
		return true
	}
	a, err := netip.ParseAddr(text)
	return err == nil && a.Zone() == ""
}

var (
	asPattern     = regexp.MustCompile(`^AS[0-9]{1,10}$`)
	amountPattern = regexp.MustCompile(`^[+−-]?[0-9][0-9,]*(\.[0-9]+)?( %)?$`)
)

// tableOfTexts returns a table of texts, of which none says what it is.
func (f *facts) tableOfTexts(name, caption string, columns []string, rows [][]string) tableView {
	v := tableView{Name: name, Caption: caption, Total: len(rows)}
	for i, heading := range columns {
		column := tableColumn{Name: heading, Key: heading, Kind: ofText}
		text := func(row int) string { return rows[row][i] }
		switch {
		case everyText(len(rows), text, asPattern.MatchString):
			column.Kind = ofAS
		case everyText(len(rows), text, isAddress):
			column.Kind = ofAddress
		case everyText(len(rows), text, func(t string) bool { return t == "–" || amountPattern.MatchString(t) }):
			column.Kind = ofNumber
		default:
			column.Facet = facetOf(len(rows), text)
		}
		v.Columns = append(v.Columns, column)
	}
	return v.withRows(len(rows), func(row int) []tableCell {
		cells := make([]tableCell, len(columns))
		for i, text := range rows[row] {
			cells[i].Text = text
			if v.Columns[i].Kind == ofAS {
				if n, err := strconv.ParseUint(strings.TrimPrefix(text, "AS"), 10, 32); err == nil {
					cells[i].Link = f.asLink(uint32(n))
				}
			}
		}
		return cells
	})
}

// facetOf returns the values of a column with the number of rows that have each, the most frequent first; "" if readers could not choose
// by them.
func facetOf(rows int, text func(row int) string) string {
	if rows < minFacetRows {
		return ""
	}
	counts := map[string]int{}
	for row := range rows {
		if counts[text(row)]++; len(counts) > maxFacet {
			return ""
		}
	}
	if len(counts) < 2 {
		return ""
	}
	values := slices.SortedFunc(maps.Keys(counts), func(a, b string) int {
		return cmp.Or(cmp.Compare(counts[b], counts[a]), strings.Compare(a, b))
	})
	pairs := make([][]any, len(values))
	for i, value := range values {
		pairs[i] = []any{value, counts[value]}
	}
	content, err := json.Marshal(pairs)
	if err != nil {
		panic(err) // pairs of texts and numbers are JSON
	}
	return string(content)
}

// isASN reports whether a column has AS numbers.
func isASN(column string) bool { return column == "asn" || strings.HasSuffix(column, "_asn") }

// meaningOf returns how the numbers of a column are read. A share is one by its name, by its unit in the dictionary, or by the chart.
func meaningOf(dictionary []*table.Schema, column table.ResultColumn, drawn *analysis.Chart) format.Meaning {
	isDrawn := drawn != nil && drawn.Share && slices.Contains([]string{drawn.Y, drawn.Low, drawn.High}, column.Name)
	isNamed := slices.Contains(strings.Split(column.Name, "_"), "share")
	switch {
	case column.Type == table.Float64 && (isDrawn || isNamed || slices.ContainsFunc(dictionary, func(s *table.Schema) bool {
		c, there := s.Column(column.Name)
		return there && c.Unit == "share"
	})):
		return format.Share
	case isName(dictionary, column.Name):
		return format.Name
	}
	return format.Amount
}

// isName reports whether the numbers of a column are names: the dictionary has the column without a unit, or it holds AS
// numbers, RFC numbers or years.
func isName(dictionary []*table.Schema, column string) bool {
	if isASN(column) || column == "rfc" || column == "year" {
		return true
	}
	return slices.ContainsFunc(dictionary, func(s *table.Schema) bool {
		c, there := s.Column(column)
		return there && c.Unit == ""
	})
}

// asCell returns an AS with the link to its page, where it has one, and its name, where it is known.
func (f *facts) asCell(number int64) tableCell {
	text := strconv.FormatInt(number, 10)
	cell := tableCell{Text: "AS" + text}
	if number < 0 || number > 1<<32-1 {
		return cell
	}
	cell.Note, cell.Link = f.asNames[uint32(number)], f.asLink(uint32(number))
	return cell
}

// asLink returns the path of the page of an AS; "" if it has none.
func (f *frame) asLink(asn uint32) string {
	switch {
	case f.watchedASes[asn]:
		return operator.ASPage(asn)
	case f.anyAS:
		return fmt.Sprintf("%s?n=%d", anyASPath, asn)
	}
	return ""
}

// External reports whether the link leads to another site.
func (c tableCell) External() bool { return isExternal(c.Link) }

// LinkTo returns the link to a path of the site, or to another site.
func (p *page) LinkTo(link string) string {
	if isExternal(link) {
		return link
	}
	return p.To(link)
}

// AnyAS returns the link to the page of any AS; "" where there is none.
func (p *page) AnyAS() string {
	if !p.anyAS {
		return ""
	}
	return p.To(anyASPath)
}

// isExternal reports whether a link leads to another site.
func isExternal(link string) bool { return strings.HasPrefix(link, "https://") }
