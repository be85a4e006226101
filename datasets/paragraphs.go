package datasets

import (
	"time"

	"tidemark/datasets/table"
)

// Timeless is the day of partitions that speak of no day, because the text of a document never changes: that of RFC 1.
var Timeless = time.Date(1969, 4, 7, 0, 0, 0, 0, time.UTC)

// Paragraph is a paragraph of a document's text.
type Paragraph struct {
	Document     string   `col:"document" doc:"RFC6052, or a draft's name without the revision"`
	Revision     string   `col:"revision" doc:"revision of a draft, two digits; empty for an RFC"`
	Position     uint32   `col:"position" doc:"number of the paragraph in the document, from 1"`
	Section      string   `col:"section" doc:"number of the section, for example 3.1 or A.2; empty before the first"`
	Heading      string   `col:"heading" doc:"heading of the section"`
	Text         string   `col:"text" doc:"text without page breaks; white space folded except in figures"`
	Figure       bool     `col:"figure" doc:"a figure, table or code, whose lines are kept"`
	Requirements []string `col:"requirements" doc:"requirement words in the order of the text: MUST, SHOULD NOT and so on" rfc:"2119,8174"`
}

// Paragraphs has one row for each paragraph of the texts that are at hand.
var Paragraphs = table.New[Paragraph](table.Doc{
	Name: "rfc_paragraphs", Version: 6, Partition: "the text of a document",
	Row: "A paragraph of an RFC or a draft.",
})

// Statement is a sentence that requires, recommends or allows something.
type Statement struct {
	Document string `col:"document" doc:"RFC6052, or a draft's name without the revision"`
	Revision string `col:"revision" doc:"revision of a draft, two digits; empty for an RFC"`
	Position uint32 `col:"position" doc:"number of the paragraph in the document, from 1"`
	Section  string `col:"section" doc:"number of the section"`
	Strength string `col:"strength" doc:"strongest requirement word of the sentence: must, should or may, and their negations" rfc:"2119,8174"`
	Text     string `col:"text" doc:"the sentence, white space folded"`
}

// Statements has one row for each normative sentence of the texts that are at hand.
var Statements = table.New[Statement](table.Doc{
	Name: "rfc_statements", Version: 3, Partition: "the text of a document",
	Row: "A sentence with a requirement word, of an RFC or a draft.",
})
