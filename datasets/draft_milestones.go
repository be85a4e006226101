package datasets

import (
	"time"

	"tidemark/datasets/table"
)

// The milestones of a document, in their usual order.
const (
	FirstRevision = "first-revision"
	Adoption      = "adoption"
	IESG          = "iesg"
	Queue         = "queue"
	Publication   = "publication"
)

// DraftMilestone is a day in the making of an RFC.
type DraftMilestone struct {
	SnapshotDate time.Time `col:"snapshot_date,date" doc:"day on which the Datatracker said so"`
	RFC          uint32    `col:"rfc" doc:"number of the RFC"`
	Milestone    string    `col:"milestone" doc:"first-revision: revision 00 of the draft, or of one that it replaces; adoption: revision 00 under a name that a working group, a research group or the IAB gives (draft-ietf-…, draft-irtf-…, draft-iab-…); iesg: the IESG began to process it; queue: it came into the RFC Editor's queue; publication" rfc:"2026,8729"`
	Document     string    `col:"document" doc:"name of the draft that reached it, without the revision; of a publication RFC6052"`
	Reached      time.Time `col:"reached,date" doc:"day on which it was first reached, UTC; in old records the first day of the month"`
}

// DraftMilestones has one row for each milestone of an RFC of which the Datatracker has an event. What has none has no row.
var DraftMilestones = table.New[DraftMilestone](table.Doc{
	Name: "draft_milestones", Version: 1, Partition: "answers of the Datatracker about the RFCs of a year",
	Row: "A day in the making of an RFC: first draft, adoption, IESG, RFC Editor's queue, publication.",
})
