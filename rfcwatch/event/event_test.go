package event_test

import (
	"testing"
	"time"

	"tidemark/datasets"
	"tidemark/rfcwatch/event"
)

// TestHeadline has an event of each kind.
func TestHeadline(t *testing.T) {
	for _, c := range []struct {
		event datasets.RFCEvent
		want  string
	}{
		{datasets.RFCEvent{Kind: "published", Title: "A Title"}, "RFC 8200 was published: A Title"},
		{datasets.RFCEvent{Kind: "not-issued"}, "RFC 8200 will not be issued"},
		{datasets.RFCEvent{Kind: "removed"}, "RFC 8200 was removed from the index"},
		{datasets.RFCEvent{Kind: "status", Before: "draft standard", Now: "internet standard"}, "RFC 8200: status changed from draft standard to internet standard"},
		{datasets.RFCEvent{Kind: "wg", Before: "6man", Now: "none"}, "RFC 8200: working group changed from 6man to none"},
		{datasets.RFCEvent{Kind: "relation-added", Relation: "updated-by", Now: "RFC9673"}, "RFC 8200 is updated by RFC 9673"},
		{datasets.RFCEvent{Kind: "relation-added", Relation: "is-also", Now: "STD0086"}, "RFC 8200 is also STD 86"},
		{datasets.RFCEvent{Kind: "relation-withdrawn", Relation: "obsoletes", Before: "RFC2460"}, "RFC 8200 no longer obsoletes RFC 2460"},
		{datasets.RFCEvent{Kind: "sources-disagree", Relation: "status", Before: "xml: a", Now: "txt: b"}, "RFC 8200: sources disagree about status: xml: a, txt: b"},
		{datasets.RFCEvent{Kind: "erratum-held", Relation: "5933"}, "RFC 8200: erratum 5933 held"},
		{datasets.RFCEvent{Kind: "erratum-removed", Relation: "5933", Before: "reported"}, "RFC 8200: erratum 5933 was removed from the list"},
		{datasets.RFCEvent{Document: "area tsv", Kind: "area-reorganised", Before: "tsv", Now: "wit", Title: "196 RFCs"}, "Areas were reorganised: 196 RFCs moved from tsv to wit"},
		{datasets.RFCEvent{Document: "draft-x", Kind: "draft-new", Now: "00", Title: "A Draft"}, "draft-x-00: A Draft"},
		{datasets.RFCEvent{Document: "draft-x", Kind: "draft-revised", Before: "00", Now: "01"}, "draft-x: revision 01 (previously 00)"},
		{datasets.RFCEvent{Document: "draft-x", Kind: "draft-intends", Relation: "obsoletes", Now: "RFC6146"}, "draft-x intends to obsolete RFC 6146"},
		{datasets.RFCEvent{Document: "draft-x", Kind: "draft-no-longer-intends", Relation: "updates", Before: "RFC6052"}, "draft-x no longer intends to update RFC 6052"},
		{datasets.RFCEvent{Document: "draft-x", Kind: "draft-published", Now: "RFC9999"}, "draft-x was published as RFC 9999"},
		{datasets.RFCEvent{Document: "draft-x", Kind: "draft-in-queue", Now: "edit"}, "draft-x is in the RFC Editor's queue"},
		{datasets.RFCEvent{Document: "draft-x", Kind: "draft-expired"}, "draft-x expired"},
		{datasets.RFCEvent{Document: "draft-x", Kind: "draft-state", Before: "expired", Now: "active"}, "draft-x: state changed from expired to active"},
		{datasets.RFCEvent{Document: "bgp-parameters/bgp-parameters-2 35", Kind: "registration-added", Now: "OTC", Title: "BGP Path Attributes", Concerns: []uint32{9234}}, "IANA registered 35 in “BGP Path Attributes”: OTC (RFC 9234)"},
		{datasets.RFCEvent{Document: "x/x-1 10.0.0.0/8 and more", Kind: "registration-changed", Relation: "name", Before: "", Now: "Y", Title: "X", Concerns: []uint32{1, 2}}, "IANA changed the name of 10.0.0.0/8 and more in “X” from nothing to “Y” (RFC 1, RFC 2)"},
		{datasets.RFCEvent{Document: "x/x-1 7", Kind: "registration-removed", Title: "X", Concerns: []uint32{1}}, "IANA removed 7 from “X” (RFC 1)"},
		{datasets.RFCEvent{Kind: "another"}, "RFC 8200: another"},
	} {
		if c.event.Document == "" {
			c.event.Document = "RFC8200"
		}
		if got := event.Headline(&c.event); got != c.want {
			t.Errorf("%s: %q, want %q", c.event.Kind, got, c.want)
		}
	}
}

// TestSentence has the kinds of events that read unlike their headline, and each way in which the day is known.
func TestSentence(t *testing.T) {
	after, until, month, on := day(2026, 1, 5), day(2026, 2, 2), day(2026, 1, 1), day(2026, 1, 20)
	for _, c := range []struct {
		event datasets.RFCEvent
		want  string
	}{
		{datasets.RFCEvent{Kind: "published", Title: "A Title", Date: &month}, "RFC 8200 (“A Title”) was published in 2026-01 (seen on 2026-02-02)."},
		{datasets.RFCEvent{Kind: "erratum-reported", Relation: "5933", Date: &on}, "Erratum 5933 of RFC 8200 was reported on 2026-01-20 (seen on 2026-02-02)."},
		{datasets.RFCEvent{Kind: "erratum-reported", Relation: "5933", Date: &month}, "Erratum 5933 of RFC 8200 was reported on 2026-01-01 (seen on 2026-02-02)."},
		{datasets.RFCEvent{Kind: "wg", Before: "6man", After: after}, "The working group of RFC 8200 changed from 6man to none between 2026-01-05 and 2026-02-02."},
		{datasets.RFCEvent{Kind: "relation-withdrawn", Relation: "obsoletes", Before: "RFC2460", After: after}, "The index ceased to say that RFC 8200 obsoletes RFC 2460 between 2026-01-05 and 2026-02-02."},
		{datasets.RFCEvent{Kind: "sources-disagree", Relation: "updated-by", Before: "index: RFC1", Now: "datatracker: nothing", After: until}, "Sources disagreed about “updated by” of RFC 8200 (index: RFC1; datatracker: nothing) (seen on 2026-02-02)."},
		{datasets.RFCEvent{Document: "draft-x", Kind: "draft-intends", Relation: "obsoletes", Now: "RFC6146"}, "draft-x began to say that it would obsolete RFC 6146 (seen on 2026-02-02)."},
		{datasets.RFCEvent{Document: "draft-x", Kind: "draft-state", Before: "active", Now: "repl"}, "draft-x was replaced by another draft (seen on 2026-02-02)."},
		{datasets.RFCEvent{Kind: "removed"}, "RFC 8200 was removed from the index (seen on 2026-02-02)."},
	} {
		c.event.Until = until
		if c.event.Document == "" {
			c.event.Document = "RFC8200"
		}
		if got := event.Sentence(&c.event); got != c.want {
			t.Errorf("%s: %q, want %q", c.event.Kind, got, c.want)
		}
	}
}

func day(year, month, day int) time.Time {
	return time.Date(year, time.Month(month), day, 0, 0, 0, 0, time.UTC)
}

func TestMayInvalidate(t *testing.T) {
	for _, c := range []struct {
		kind     event.Kind
		relation string
		want     bool
	}{
		{event.Status, "", true},
		{event.Title, "", false},
		{event.RelationAdded, "updated-by", true},
		{event.RelationAdded, "updates", false}, // which changes the other document
		{event.RelationAdded, "is-also", false},
		{event.Erratum("verified"), "5933", true},
		{event.Erratum("rejected"), "5933", false},
		{event.DraftRevised, "", true},
		{event.DraftExpired, "", false},
		{event.RegistrationChanged, "name", true},
		{event.RegistrationAdded, "", false},
	} {
		if got := event.MayInvalidate(&datasets.RFCEvent{Kind: string(c.kind), Relation: c.relation}); got != c.want {
			t.Errorf("%s %s: %v, want %v", c.kind, c.relation, got, c.want)
		}
	}
}

func TestIsErratum(t *testing.T) {
	for kind, want := range map[event.Kind]bool{event.ErratumHeld: true, event.Erratum("reported"): true, event.DraftNew: false} {
		if got := kind.IsErratum(); got != want {
			t.Errorf("%s: %v, want %v", kind, got, want)
		}
	}
}
