package datasets

import (
	"time"

	"tidemark/datasets/table"
)

// Draft is an Internet-Draft as the Datatracker showed it on a day.
type Draft struct {
	SnapshotDate   time.Time  `col:"snapshot_date,date" doc:"day on which the Datatracker said so"`
	Name           string     `col:"name" doc:"name without the revision, for example draft-ietf-v6ops-nat64-wkp-1918"`
	Revision       string     `col:"revision" doc:"newest revision, two digits"`
	Title          string     `col:"title" doc:"title, white space folded"`
	State          string     `col:"state" doc:"active, expired, rfc, repl (replaced) or another state of the Datatracker; state- and a number if the answer does not name it"`
	IESGState      string     `col:"iesg_state" doc:"state in the IESG's process, by its slug; empty if there is none"`
	RFCEditorState string     `col:"rfc_editor_state" doc:"state in the RFC Editor's queue, by its slug; empty if it is not in the queue"`
	Stream         string     `col:"stream" doc:"ietf, iab, irtf, ise or editorial; empty: none yet"`
	IntendedStatus string     `col:"intended_status" doc:"intended status, by the Datatracker's slug: ps, std, bcp, inf, exp, hist; empty if not stated"`
	Pages          *int64     `col:"pages" unit:"pages" doc:"page count; null if not stated"`
	Expires        *time.Time `col:"expires" doc:"when it expires or expired, UTC; null if it does not"`
	Changed        *time.Time `col:"changed" doc:"last change of the record, UTC; null if not stated"`
	PublishedAs    uint32     `col:"published_as" doc:"RFC that it became; 0: none"`
}

// Drafts has one row for each draft of each snapshot: those that would change a watched document, or are watched.
var Drafts = table.New[Draft](table.Doc{
	Name: "drafts", Version: 1, Partition: "a day's answers of the Datatracker",
	Row: "An Internet-Draft as the Datatracker showed it on a day.",
})

// DraftRelation is one relation between documents as the Datatracker states it.
type DraftRelation struct {
	SnapshotDate time.Time `col:"snapshot_date,date" doc:"day on which the Datatracker stated it"`
	Source       string    `col:"source" doc:"document that has the relation: a draft's name, or RFC6052"`
	Relation     string    `col:"relation" doc:"obsoletes, updates, normative, informative, unknown-reference, downref, replaces, became-rfc, and others by the Datatracker's slug" rfc:"3967"`
	Target       string    `col:"target" doc:"the other document, named in the same way"`
	TargetNumber uint32    `col:"target_number" doc:"RFC number of the target; 0 if the target is not an RFC"`
}

// DraftRelations has one row for each relation of each snapshot.
var DraftRelations = table.New[DraftRelation](table.Doc{
	Name: "draft_relations", Version: 1, Partition: "a day's answers of the Datatracker",
	Row: "A relation between two documents as the Datatracker stated it on a day.",
})
