package datasets

import (
	"time"

	"tidemark/datasets/table"
)

// RFC is an entry of the RFC index in one snapshot.
type RFC struct {
	SnapshotDate      time.Time `col:"snapshot_date,date" doc:"day of the index"`
	Source            string    `col:"source" doc:"form of the snapshot: rfc-index.xml, rfc-index.txt, rfcs.json (distilled, without dates) or rfcN.json (one document)"`
	Number            uint32    `col:"number" doc:"RFC number"`
	NotIssued         bool      `col:"not_issued" doc:"the number was never used"`
	Title             string    `col:"title" doc:"title in the index, white space folded"`
	Authors           []string  `col:"authors" doc:"authors in the index's order and spelling"`
	Year              uint32    `col:"published_year" doc:"year of publication; 0 if the index has none"`
	Month             uint32    `col:"published_month" doc:"month of publication, 1 to 12; 0 if the index has none"`
	Day               uint32    `col:"published_day" doc:"day of publication; 0 if the index has none"`
	Pages             *int64    `col:"pages" unit:"pages" doc:"page count; null if the index has none"`
	Status            string    `col:"status" doc:"current status in lower case: internet standard, proposed standard and so on; standards track if the form does not tell the level; empty if the index has none" rfc:"2026,6410"`
	Standing          string    `col:"standing" doc:"current or obsoleted, as rfcs.json says; empty in other forms, whose relations say it"`
	PublicationStatus string    `col:"publication_status" doc:"status at publication; empty if the form of the snapshot does not say" rfc:"2026"`
	Stream            string    `col:"stream" doc:"IETF, IAB, IRTF, Independent, Editorial, Legacy; empty if the form does not say" rfc:"8729,9280,9920"`
	Area              string    `col:"area" doc:"IETF area; empty if the form does not say"`
	WG                string    `col:"wg" doc:"working group acronym; empty if the form does not say"`
	Draft             string    `col:"draft" doc:"Internet-Draft from which it was published; empty if the form does not say"`
	DOI               string    `col:"doi" doc:"DOI; empty if the index has none"`
	Formats           []string  `col:"formats" doc:"file formats in the index's spelling"`
	Keywords          []string  `col:"keywords" doc:"keywords"`
	Abstract          string    `col:"abstract" doc:"abstract as text; empty if the form does not say"`
	ErrataURL         string    `col:"errata_url" doc:"address of the errata; empty: none, or the form does not say"`
}

// RFCs has one row for each RFC of each snapshot.
var RFCs = table.New[RFC](table.Doc{
	Name: "rfcs", Version: 3, Partition: "an index snapshot",
	Row: "An RFC in the index of a day.",
})

// RFCRelation is one relation that the index states.
type RFCRelation struct {
	SnapshotDate time.Time `col:"snapshot_date,date" doc:"day of the index"`
	Source       string    `col:"source" doc:"form of the snapshot: rfc-index.xml, rfc-index.txt, rfcs.json (distilled, without dates) or rfcN.json (one document)"`
	Number       uint32    `col:"number" doc:"RFC that has the relation"`
	Relation     string    `col:"relation" doc:"obsoletes, obsoleted-by, updates, updated-by, is-also or see-also" rfc:"2223,7322"`
	Target       string    `col:"target" doc:"the other document: RFC1234 without leading zeros, BCP14, STD66, FYI9 or IEN48"`
	TargetNumber uint32    `col:"target_number" doc:"RFC number of the target; 0 if the target is not an RFC"`
}

// RFCRelations has one row for each relation of each snapshot.
var RFCRelations = table.New[RFCRelation](table.Doc{
	Name: "rfc_relations", Version: 1, Partition: "an index snapshot",
	Row: "A relation between two documents that the index of a day states.",
})

// RFCEvent is something that happened to a document between two successive snapshots.
type RFCEvent struct {
	After    time.Time  `col:"after,date" doc:"last day on which it is known not to have happened yet"`
	Until    time.Time  `col:"until,date" doc:"day of the first snapshot that has it"`
	Date     *time.Time `col:"date,date" doc:"the day on which it happened, if the document itself says so (the first of the month, if only the month is known); null otherwise"`
	Document string     `col:"document" doc:"what it happened to: RFC6052, a draft's name, an area of the IETF such as area tsv, or an entry of a registry of IANA such as bgp-parameters/bgp-parameters-2 35"`
	Number   uint32     `col:"number" doc:"RFC number of the document; 0 for a draft, an area or an entry of a registry"`
	Kind     string     `col:"kind" doc:"published, not-issued, removed, status, title, stream, area, wg, relation-added, relation-withdrawn, sources-disagree; area-reorganised (many documents of one area moved to another); erratum-reported, erratum-verified, erratum-held, erratum-rejected, erratum-removed (from the list); draft-adopted, draft-new, draft-revised, draft-expired, draft-in-queue, draft-published, draft-state; draft-intends and draft-no-longer-intends (to update or obsolete an RFC); registration-added, registration-changed and registration-removed (an entry of a registry of IANA that refers to an RFC; assignment_events has the others)"`
	Relation string     `col:"relation" doc:"of a relation, its name as seen from the document that it changes (obsoleted-by, updated-by), whichever of the two entries states it; if sources disagree, about what; of an erratum, its number; of a draft that would change an RFC, updates or obsoletes; of a changed entry of a registry, the field; empty otherwise"`
	Before   string     `col:"before" doc:"value before the change; empty for something new"`
	Now      string     `col:"now" doc:"value after the change; empty for something withdrawn"`
	Title    string     `col:"title" doc:"title of the document in the later snapshot; of an entry of a registry, that of its list, or the list's identifier"`
	Concerns []uint32   `col:"concerns" doc:"RFCs that it concerns: the document itself, the other document of a relation, those that a draft would update or obsolete, those that a reorganisation moved, those that an entry of a registry refers to"`
}

// RFCEvents has one row for each change between two successive snapshots.
var RFCEvents = table.New[RFCEvent](table.Doc{
	Name: "rfc_events", Version: 3, Derived: true, Joined: true, Partition: "a pair of successive snapshots",
	Row: "What happened to a document between two snapshots, with the interval in which it happened.",
})

// RFCValidity is a fact of the index with the days between which it was true.
type RFCValidity struct {
	Number    uint32     `col:"number" doc:"RFC number"`
	Field     string     `col:"field" doc:"status, title, stream, area, wg, not-issued, or a relation: obsoletes, obsoleted-by, updates, updated-by, is-also, see-also" rfc:"2026,7322"`
	Value     string     `col:"value" doc:"what the index said; of a relation, the other document"`
	ValidFrom time.Time  `col:"valid_from,date" doc:"day of the first snapshot that says so"`
	After     *time.Time `col:"after,date" doc:"day of the last snapshot before that says otherwise; null if the first snapshot with the field says so"`
	LastSeen  time.Time  `col:"last_seen,date" doc:"day of the last snapshot that says so"`
	ValidTo   *time.Time `col:"valid_to,date" doc:"day of the first snapshot that says otherwise, from which it is no longer true; null if it still is"`
}

// RFCHistory has one row for each fact of the index and each period in which it was true. The facts of a day are those with
// valid_from <= day AND (valid_to IS NULL OR valid_to > day).
var RFCHistory = table.New[RFCValidity](table.Doc{
	Name: "rfc_history", Version: 2, Derived: true, Joined: true, Partition: "all snapshots together",
	Row: "A fact of the RFC index with the days between which it was true.",
})
