package datasets

import (
	"time"

	"tidemark/datasets/table"
)

// draftLife is for how long the answers of a day tell something of its drafts.
var draftLife = []table.Validity{{Days: 185, Why: "an Internet-Draft that is not revised expires 185 days after its submission"}}

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

// Drafts has one row for each draft of each snapshot: active ones that cite a watched document, are of a watched group or are named
// after a watched document, and those that are watched themselves.
var Drafts = table.New[Draft](table.Doc{
	Name: "drafts", Version: 1, Partition: "a day's answers of the Datatracker",
	Row:      "An Internet-Draft as the Datatracker showed it on a day.",
	ValidFor: draftLife,
})

// DraftRelation is one relation between documents as the Datatracker states it.
type DraftRelation struct {
	SnapshotDate time.Time `col:"snapshot_date,date" doc:"day on which the Datatracker stated it"`
	Source       string    `col:"source" doc:"document that has the relation: a draft's name, or RFC6052"`
	Relation     string    `col:"relation" doc:"obsoletes, updates, normative, informative, unknown-reference, downref, replaces, became-rfc, and others by the Datatracker's slug" rfc:"3967"`
	Target       string    `col:"target" doc:"the other document, named in the same way"`
	TargetNumber uint32    `col:"target_number" doc:"RFC number of the target; 0 if the target is not an RFC"`
}

// DraftRelations has one row for each relation of each snapshot: those of RFCs and of active drafts with a watched document, and
// which drafts those and the watched ones replace. What a draft would update or obsolete is not among them: the Datatracker records that when the draft is published.
var DraftRelations = table.New[DraftRelation](table.Doc{
	Name: "draft_relations", Version: 1, Partition: "a day's answers of the Datatracker",
	Row: "A relation between two documents as the Datatracker stated it on a day.",
})

// DraftHeader is what the text of a draft's revision says before its title.
type DraftHeader struct {
	Name      string     `col:"name" doc:"name without the revision, for example draft-ietf-v6ops-nat64-wkp-1918"`
	Revision  string     `col:"revision" doc:"revision, two digits"`
	HasHeader bool       `col:"has_header" doc:"the text begins with the header of an Internet-Draft; where it does not, what it would change is unknown" rfc:"7322"`
	Group     string     `col:"group_name" doc:"first line of the header's left column: a working group, or Network Working Group; empty without a header"`
	Dated     *time.Time `col:"dated,date" doc:"day that the header states, the first of the month where it states no day; null if it states none"`
	Obsoletes []uint32   `col:"obsoletes" doc:"RFC numbers that it would obsolete if approved, in the header's order" rfc:"7322"`
	Updates   []uint32   `col:"updates" doc:"RFC numbers that it would update if approved, in the header's order" rfc:"7322"`
	Quotes    []uint32   `col:"quotes" doc:"numbers of the RFCs of which the text quotes sentences under OLD and NEW, whatever the header says"`
}

// DraftHeaders has one row for each revision whose text is at hand.
var DraftHeaders = table.New[DraftHeader](table.Doc{
	Name: "draft_headers", Version: 1, Partition: "the text of a revision",
	Row: "The header of a revision of an Internet-Draft: what it would obsolete and update if it were approved.",
})

// IntendedRelation is a change that an active draft would make to an RFC, as far as it is known.
type IntendedRelation struct {
	Draft          string     `col:"draft" doc:"name without the revision"`
	Revision       string     `col:"revision" doc:"revision, two digits"`
	RFC            uint32     `col:"rfc" doc:"number of the RFC"`
	Relation       string     `col:"relation" doc:"what the draft would do to it: obsoletes or updates; unknown where neither a header nor the Datatracker tells" rfc:"7322"`
	KnownBy        string     `col:"known_by" doc:"header: the header of the draft's text says so; datatracker: the Datatracker does; text: the header does not, but the text quotes sentences of the RFC under OLD and NEW; name: only the draft's name points to the RFC (rfc6146-bis); citation: the draft cites the RFC, and no header of it could be read"`
	HeaderRevision string     `col:"header_revision" doc:"revision whose header was read, this one or the last before it that is at hand; empty: none"`
	Dated          *time.Time `col:"dated,date" doc:"day that this header states; null if it states none, or none was read"`
	WG             string     `col:"wg" doc:"working group, by the draft's name: v6ops of draft-ietf-v6ops-…; empty for a draft that no group has adopted"`
	Title          string     `col:"title" doc:"title of the draft on the last day"`
	State          string     `col:"state" doc:"state on the last day; only active drafts have rows"`
	IESGState      string     `col:"iesg_state" doc:"state in the IESG's process on the last day, by its slug; empty if there is none"`
	RFCEditorState string     `col:"rfc_editor_state" doc:"state in the RFC Editor's queue on the last day, by its slug; empty if it is not in the queue"`
	FirstSeen      time.Time  `col:"first_seen,date" doc:"day of the first snapshot in which the Datatracker has this revision with this relation"`
	LastSeen       time.Time  `col:"last_seen,date" doc:"day of the last one"`
}

// IntendedRelations has one row for each revision of a draft and each RFC that it would change, or might.
var IntendedRelations = table.New[IntendedRelation](table.Doc{
	Name: "intended_relations", Version: 1, Derived: true, Joined: true, Partition: "all snapshots of the Datatracker",
	Row:      "A change that a revision of an active draft would make to an RFC, with the days between which the Datatracker showed that revision.",
	ValidFor: draftLife,
})
