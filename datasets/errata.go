package datasets

import (
	"time"

	"tidemark/datasets/table"
)

// RFCErratum is an erratum in one snapshot.
type RFCErratum struct {
	SnapshotDate time.Time  `col:"snapshot_date,date" doc:"day of the list of errata"`
	ID           uint32     `col:"erratum" doc:"number of the erratum"`
	Number       uint32     `col:"number" doc:"RFC that it is about"`
	Status       string     `col:"status" doc:"reported, verified, held (for document update) or rejected"`
	Type         string     `col:"type" doc:"technical or editorial"`
	Section      string     `col:"section" doc:"section of the document, as the reporter wrote it"`
	Original     string     `col:"original_text" doc:"text that is wrong"`
	Corrected    string     `col:"corrected_text" doc:"text that should replace it"`
	Notes        string     `col:"notes" doc:"reasons of the reporter and the verifier"`
	Submitted    *time.Time `col:"submitted,date" doc:"day on which it was reported; null if the record has none"`
	Submitter    string     `col:"submitter" doc:"who reported it"`
	Verifier     string     `col:"verifier" doc:"who judged it; empty if nobody has"`
	Updated      *time.Time `col:"updated" doc:"last change of the record, UTC, which need not be the verdict; null if the record has none"`
}

// RFCErrata has one row for each erratum of each snapshot.
var RFCErrata = table.New[RFCErratum](table.Doc{
	Name: "rfc_errata", Version: 1, Partition: "a snapshot of the errata",
	Row: "An erratum in the RFC Editor's list of a day.",
})
