package datasets

import (
	"time"

	"tidemark/datasets/table"
)

// RFCText is what was found in the text of a document.
type RFCText struct {
	Document      string   `col:"document" doc:"RFC6052, or a draft's name without the revision"`
	Revision      string   `col:"revision" doc:"revision of a draft, two digits; empty for an RFC"`
	Lines         uint32   `col:"lines" unit:"lines" doc:"lines of text, without blank ones, page headers and page footers; of XML the lines of its character data"`
	Understood    uint32   `col:"understood" unit:"lines" doc:"lines whose part of the document is known: header, title, table of contents, headings, paragraphs below a heading, and entries of references; of XML those within elements of its vocabulary" rfc:"7991"`
	Listed        uint32   `col:"sections_listed" unit:"sections" doc:"section numbers in the table of contents; 0: it has none"`
	Found         uint32   `col:"sections_found" unit:"sections" doc:"those of sections_listed whose heading was found in the text"`
	Sections      uint32   `col:"sections" unit:"sections" doc:"sections, with those that have no number"`
	References    uint32   `col:"references" unit:"references" doc:"entries in the lists of references"`
	Words         uint32   `col:"words" unit:"words" doc:"words of its paragraphs; headings, figures, tables, code and the table of contents have none"`
	Requirements  uint32   `col:"requirement_words" unit:"words" doc:"requirement words in all paragraphs but the one that defines them" rfc:"2119,8174"`
	IANA          bool     `col:"iana_considerations" doc:"a section on what IANA has to do was found" rfc:"8126"`
	Security      bool     `col:"security_considerations" doc:"a section on security was found" rfc:"3552"`
	Authors       []string `col:"authors" doc:"names in the section of the authors' addresses, in its order; empty: none could be read" rfc:"7322"`
	Organizations []string `col:"organizations" doc:"organisation of each author, as the text names it; empty text: it names none" rfc:"7322"`
	Countries     []string `col:"countries" doc:"country of each author's address, as ISO 3166 code; empty text: unknown, because the address names none that could be read" rfc:"7322"`
}

// RFCTexts has one row for each text that is at hand.
var RFCTexts = table.New[RFCText](table.Doc{
	Name: "rfc_texts", Version: 3, Partition: "the text of a document",
	Row: "The text of an RFC or a draft: how much of it was understood, and what it has.",
})

// RFCSection is a section of a document's text.
type RFCSection struct {
	Document   string `col:"document" doc:"RFC6052, or a draft's name without the revision"`
	Revision   string `col:"revision" doc:"revision of a draft, two digits; empty for an RFC"`
	Section    string `col:"section" doc:"number, for example 3.1 or A.2; empty if it has none"`
	Heading    string `col:"heading" doc:"heading, white space folded"`
	Position   uint32 `col:"position" doc:"number of its first paragraph in the document, from 1; if it has none, that of the next section's"`
	Paragraphs uint32 `col:"paragraphs" unit:"paragraphs" doc:"paragraphs up to the next heading"`
}

// RFCSections has one row for each section of the texts that are at hand.
var RFCSections = table.New[RFCSection](table.Doc{
	Name: "rfc_sections", Version: 2, Partition: "the text of a document",
	Row: "A section of an RFC or a draft.",
})

// RFCReference is an entry in a list of references.
type RFCReference struct {
	Document string   `col:"document" doc:"RFC6052, or a draft's name without the revision"`
	Revision string   `col:"revision" doc:"revision of a draft, two digits; empty for an RFC"`
	Position uint32   `col:"position" doc:"number of the entry among those of the document, from 1"`
	Section  string   `col:"section" doc:"number of the section that lists it; empty if it has none"`
	Label    string   `col:"label" doc:"name by which the text cites it, without brackets"`
	Kind     string   `col:"kind" doc:"normative or informative, by the heading of the list; unstated where the document has one list for all" rfc:"7322"`
	RFCs     []uint32 `col:"rfcs" doc:"numbers of the RFCs that the entry is: several for a BCP or STD; empty for other documents"`
	Draft    string   `col:"draft" doc:"name of the draft that the entry is, without the revision; empty for other documents"`
	Title    string   `col:"title" doc:"first title in quotation marks; empty if there is none"`
	Text     string   `col:"text" doc:"the entry without its label, white space folded"`
}

// RFCReferences has one row for each reference of the texts that are at hand.
var RFCReferences = table.New[RFCReference](table.Doc{
	Name: "rfc_references", Version: 1, Partition: "the text of a document",
	Row: "An entry in the lists of references of an RFC or a draft.",
})

// RFCCitation is an RFC that another one lists among its references.
type RFCCitation struct {
	IndexDate   time.Time `col:"index_date,date" doc:"day of the index that tells the statuses and what is obsolete"`
	Number      uint32    `col:"number" doc:"RFC that cites"`
	Cited       uint32    `col:"cited" doc:"RFC that is cited"`
	Kind        string    `col:"kind" doc:"normative, unstated or informative: the first of these that one of the lists is which have it" rfc:"7322"`
	Status      string    `col:"status" doc:"status of the RFC that cites; empty: the index does not tell it"`
	CitedStatus string    `col:"cited_status" doc:"status of the RFC that is cited; empty: the index does not tell it"`
	Downward    string    `col:"downward" doc:"yes, no or unknown: a document of the standards track or a BCP cites normatively what is less mature, by the statuses of that index and not of the day of publication; a BCP may cite any level of the standards track, and is mature enough for all; unknown: the statuses do not tell" rfc:"2026,3967,8067"`
	Obsolete    string    `col:"obsolete" doc:"yes, no or unknown: another RFC obsoletes the one that is cited; unknown: the index does not have it"`
	ReplacedBy  []uint32  `col:"replaced_by" doc:"RFCs that obsolete the one that is cited, and are not obsolete themselves, over any number of steps"`
}

// RFCCitations has one row for each pair of RFCs of which one cites the other, as far as the texts are at hand.
var RFCCitations = table.New[RFCCitation](table.Doc{
	Name: "rfc_citations", Version: 1, Derived: true, Joined: true, Partition: "the newest index",
	Row: "An RFC that another one lists among its references, with what the newest index says of both. Only RFCs whose text is at hand cite.",
})
