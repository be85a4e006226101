package text

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
)

// ParseXML reads the XML of an RFC as the RFC Editor publishes it (RFC 7991, with the numbers and names that RFC 7998 adds). Lines are those of
// its character data that are not blank, and those within elements of the vocabulary are understood. Paragraphs have the words that the plain
// text has, marks of lists included.
func ParseXML(content []byte) (Document, int, error) {
	root, lines, understood, err := readTree(content)
	if err != nil {
		return Document{}, 0, err
	}
	number, err := strconv.Atoi(root.attr("number"))
	if root.name != "rfc" || err != nil || root.attr("version") != "3" {
		return Document{}, 0, errors.New("this is not the XML of an RFC in version 3 (want <rfc version=\"3\" number=\"…\">)")
	}
	x := xmlReader{Document: Document{Lines: lines, Understood: understood}, labels: map[string]string{}}
	for n := range root.all("reference", "referencegroup") {
		x.labels[n.attr("anchor")] = n.label()
	}
	x.front(root.child("front"))
	for _, part := range []string{"middle", "back"} {
		x.blocks(root.child(part))
	}
	x.checkContents(root.child("front").child("toc"))
	return x.Document, number, nil
}

// element is an element of the document, or a run of its character data.
type element struct {
	name     string // empty: character data
	text     string
	attrs    []xml.Attr
	children []*element
}

const (
	maxDepth    = 100     // of elements
	maxElements = 200_000 // with runs of character data; RFC 9110 has 30,000
)

// vocabulary are the elements of RFC 7991 and its successors that have a text. An SVG picture is none of them.
var vocabulary = func() map[string]bool {
	known := map[string]bool{}
	for name := range strings.FieldsSeq(`rfc front middle back title seriesInfo author organization address postal street extaddr pobox city cityarea region
		code sortingcode country postalLine phone facsimile email uri date area workgroup keyword abstract note boilerplate toc section name t ul ol li
		dl dt dd figure artset artwork sourcecode table thead tbody tfoot tr th td aside blockquote xref relref eref iref cref bcp14 em strong tt sub sup
		br u contact references reference referencegroup refcontent annotation displayreference format link`) {
		known[name] = true
	}
	return known
}()

// readTree reads a document into a tree, with the lines of its character data. It refuses what the XML of an RFC has not: declarations, unknown
// entities, other encodings, great depth.
func readTree(content []byte) (root *element, lines, understood int, err error) {
	d := xml.NewDecoder(bytes.NewReader(content))
	open := []*element{{}}
	unknown := 0 // open elements that are not of the vocabulary
	for count := 0; ; count++ {
		token, err := d.Token()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, 0, 0, err
		}
		top := open[len(open)-1]
		switch t := token.(type) {
		case xml.Directive:
			if bytes.ContainsRune(t, '[') {
				return nil, 0, 0, fmt.Errorf("offset %d: declarations of entities are not accepted", d.InputOffset())
			}
		case xml.StartElement:
			if len(open) > maxDepth || count > maxElements {
				return nil, 0, 0, fmt.Errorf("offset %d: more than %d elements, or %d within each other", d.InputOffset(), maxElements, maxDepth)
			}
			e := &element{name: t.Name.Local, attrs: t.Attr}
			top.children = append(top.children, e)
			open = append(open, e)
			if !vocabulary[e.name] {
				unknown++
			}
		case xml.EndElement:
			if !vocabulary[top.name] {
				unknown--
			}
			open = open[:len(open)-1]
		case xml.CharData:
			top.children = append(top.children, &element{text: string(t)})
			for line := range bytes.Lines(t) {
				if len(bytes.TrimSpace(line)) > 0 {
					lines++
					if unknown == 0 {
						understood++
					}
				}
			}
		}
	}
	for _, e := range open[0].children {
		if e.name != "" {
			return e, lines, understood, nil
		}
	}
	return nil, 0, 0, errors.New("the document has no element")
}

func (e *element) attr(name string) string {
	if e == nil {
		return ""
	}
	for _, a := range e.attrs {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

// child returns the first child with the name; nil: there is none.
func (e *element) child(name string) *element {
	if e == nil {
		return nil
	}
	if i := slices.IndexFunc(e.children, func(c *element) bool { return c.name == name }); i >= 0 {
		return e.children[i]
	}
	return nil
}

// all yields the elements below e that have one of the names.
func (e *element) all(names ...string) func(yield func(*element) bool) {
	return func(yield func(*element) bool) { e.walk(names, yield) }
}

func (e *element) walk(names []string, yield func(*element) bool) bool {
	if e == nil {
		return true
	}
	for _, c := range e.children {
		if slices.Contains(names, c.name) && !yield(c) || !c.walk(names, yield) {
			return false
		}
	}
	return true
}

// label returns what a reference is cited as.
func (e *element) label() string {
	if label := e.attr("derivedAnchor"); label != "" {
		return label
	}
	return e.attr("anchor")
}

// xmlReader makes the parts of a document.
type xmlReader struct {
	Document
	labels           map[string]string // of references, by anchor
	section, heading string
	mark             string // of the list item or the term that the next paragraph begins with
	depth            int    // of unordered lists
}

// front reads what stands before the first section.
func (x *xmlReader) front(front *element) {
	if front == nil {
		return
	}
	x.paragraph(x.inline(front.child("title")))
	for _, c := range front.children {
		switch c.name {
		case "author":
			x.Authors = append(x.Authors, c.author())
		case "abstract":
			x.enter("", "Abstract")
			x.blocks(c)
		case "note", "boilerplate":
			x.block(c)
		}
	}
}

func (x *xmlReader) enter(number, heading string) {
	x.section, x.heading = number, heading
	x.Sections = append(x.Sections, Section{Number: number, Heading: heading, Position: len(x.Paragraphs) + 1})
}

// number returns the number of a section: 3.1 of section-3.1, A of section-appendix.a, A.2 of section-a.2.
func (e *element) number() string {
	if e.attr("numbered") == "false" {
		return ""
	}
	number := strings.TrimPrefix(e.attr("pn"), "section-")
	return strings.ToUpper(strings.TrimPrefix(number, "appendix."))
}

func (x *xmlReader) paragraph(text string) {
	if text = fold(x.mark + " " + text); text != "" {
		x.Paragraphs = append(x.Paragraphs, Paragraph{Section: x.section, Heading: x.heading, Text: text})
	}
	x.mark = ""
}

// figure adds a figure with its lines.
func (x *xmlReader) figure(text string) {
	lines := strings.Split(strings.ReplaceAll(text, "\r", ""), "\n")
	for i, line := range lines {
		lines[i] = strings.TrimRight(line, " \t")
	}
	blank := func(line string) bool { return line == "" }
	for len(lines) > 0 && blank(lines[0]) {
		lines = lines[1:]
	}
	for len(lines) > 0 && blank(lines[len(lines)-1]) {
		lines = lines[:len(lines)-1]
	}
	if len(lines) == 0 {
		return
	}
	if x.mark != "" {
		x.paragraph("")
	}
	x.Paragraphs = append(x.Paragraphs, Paragraph{Section: x.section, Heading: x.heading, Text: strings.Join(outdent(lines), "\n"), Figure: true})
}

// blocks adds what is below an element.
func (x *xmlReader) blocks(e *element) {
	if e == nil {
		return
	}
	for _, c := range e.children {
		if c.name != "" {
			x.block(c)
		}
	}
}

// holdsBlocks reports whether an element has paragraphs, not a text of its own.
func (e *element) holdsBlocks() bool {
	return slices.ContainsFunc(e.children, func(c *element) bool {
		return slices.Contains([]string{"t", "ul", "ol", "dl", "figure", "artset", "artwork", "sourcecode", "table", "aside", "blockquote", "section"}, c.name)
	})
}

// block adds an element that has paragraphs or is one.
func (x *xmlReader) block(e *element) {
	switch e.name {
	case "name", "iref", "cref", "displayreference", "link", "seriesInfo":
	case "section", "note", "references":
		x.enter(e.number(), fold(x.inline(e.child("name"))))
		x.blocks(e)
	case "reference", "referencegroup":
		x.reference(e)
	case "author":
		x.paragraph(strings.Join(e.addressLines(), " "))
	case "ul", "ol":
		x.list(e)
	case "dl":
		x.definitions(e)
	case "artset":
		x.artset(e)
	case "artwork", "sourcecode":
		x.figure(e.plain())
	case "figure":
		x.blocks(e)
		x.caption("Figure", "figure-", e)
	case "table":
		x.table(e)
		x.caption("Table", "table-", e)
	default:
		if e.holdsBlocks() || e.name == "boilerplate" {
			x.blocks(e)
		} else {
			x.paragraph(x.inline(e))
		}
	}
}

// artset adds one of the drawings of the same thing: the first that is text.
func (x *xmlReader) artset(e *element) {
	for _, c := range e.children {
		if c.name == "artwork" && c.attr("type") != "svg" {
			x.block(c)
			return
		}
	}
}

// listMarks are the marks of lists within lists.
var listMarks = []string{"*", "-", "o"}

func (x *xmlReader) list(e *element) {
	bullet := ""
	if e.name == "ul" && e.attr("empty") != "true" {
		bullet = listMarks[x.depth%len(listMarks)]
	}
	x.depth++
	for _, c := range e.children {
		if c.name != "li" {
			continue
		}
		x.mark = fold(x.mark + " " + bullet + c.attr("derivedCounter"))
		x.block(c)
	}
	x.depth--
}

func (x *xmlReader) definitions(e *element) {
	for _, c := range e.children {
		switch c.name {
		case "dt":
			x.mark = fold(x.mark + " " + x.inline(c))
		case "dd":
			x.block(c)
			if x.mark != "" { // of an empty meaning
				x.paragraph("")
			}
		}
	}
}

func (x *xmlReader) table(e *element) {
	var lines []string
	for row := range e.all("tr") {
		var cells []string
		for cell := range row.all("th", "td") {
			cells = append(cells, fold(x.inline(cell)))
		}
		lines = append(lines, "| "+strings.Join(cells, " | ")+" |")
	}
	x.figure(strings.Join(lines, "\n"))
}

// caption adds the line below a figure or a table.
func (x *xmlReader) caption(word, prefix string, e *element) {
	number, is := strings.CutPrefix(e.attr("pn"), prefix)
	if !is {
		return
	}
	caption := word + " " + number
	if name := fold(x.inline(e.child("name"))); name != "" {
		caption += ": " + name
	}
	x.paragraph(caption)
}

// plain returns the character data of an element.
func (e *element) plain() string {
	if e == nil {
		return ""
	}
	if e.name == "" {
		return e.text
	}
	var b strings.Builder
	for _, c := range e.children {
		b.WriteString(c.plain())
	}
	return b.String()
}

// typewriter replaces what only says where a line may be broken.
var typewriter = strings.NewReplacer("\u2011", "-", "\u2060", "", "\u200b", "")

// inline returns the text of an element with what its cross-references read.
func (x *xmlReader) inline(e *element) string {
	if e == nil {
		return ""
	}
	var b strings.Builder
	for _, c := range e.children {
		switch c.name {
		case "":
			b.WriteString(typewriter.Replace(c.text))
		case "iref", "cref", "svg":
		case "br":
			b.WriteByte(' ')
		case "sup":
			b.WriteString("^" + x.inline(c))
		case "sub":
			b.WriteString("_" + x.inline(c))
		case "xref", "relref":
			b.WriteString(x.crossReference(c))
		case "eref":
			b.WriteString(x.link(c))
		case "contact":
			b.WriteString(c.attr("fullname"))
		case "t", "li", "dt", "dd", "artwork", "sourcecode": // in a cell of a table
			b.WriteString(" " + x.inline(c) + " ")
		default:
			b.WriteString(x.inline(c))
		}
	}
	return b.String()
}

// crossReference returns what a reference to a document or to a part of this one reads in the plain text.
func (x *xmlReader) crossReference(e *element) string {
	content, derived := fold(x.inline(e)), e.attr("derivedContent")
	label, cites := x.labels[e.attr("target")]
	section := e.attr("section")
	switch {
	case e.attr("format") == "none":
		return content
	case !cites && content != "":
		return content + " (" + derived + ")"
	case !cites:
		return derived
	}
	cited := "[" + label + "]"
	if content != "" {
		cited = content + " " + cited
	}
	if section == "" {
		return cited
	}
	part := "Section " + section
	if section[0] >= 'A' && section[0] <= 'Z' {
		part = "Appendix " + section
	}
	switch e.attr("sectionFormat") {
	case "comma":
		return cited + ", " + part
	case "parens":
		return cited + " (" + part + ")"
	case "bare":
		return section
	}
	return part + " of " + cited
}

// link returns what a link reads: its text and its address.
func (x *xmlReader) link(e *element) string {
	content, target := fold(x.inline(e)), e.attr("target")
	switch {
	case content != "" && content != target:
		return content + " (" + target + ")"
	case e.attr("brackets") == "angle":
		return "<" + target + ">"
	}
	return target
}

// checkContents counts the numbers of sections that the table of contents lists, and those of them that were met.
func (x *xmlReader) checkContents(toc *element) {
	met := map[string]bool{}
	for _, s := range x.Sections {
		met[s.Number] = true
	}
	for xref := range toc.all("xref") {
		number := strings.TrimPrefix(xref.attr("derivedContent"), "Appendix ")
		if xref.attr("format") != "counter" && !strings.HasPrefix(xref.attr("derivedContent"), "Appendix ") || number == "" {
			continue
		}
		x.Listed++
		if met[number] {
			x.Found++
		}
	}
}
