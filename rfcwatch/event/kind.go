// Package event defines what can happen to a document of the RFC series, and describes events in words.
package event

import (
	"slices"
	"strings"

	"tidemark/datasets"
)

// Kind is what happened: a value of the column kind of rfc_events.
type Kind string

// Events of RFCs, found by comparing snapshots of the index.
const (
	Published         Kind = "published"
	NotIssued         Kind = "not-issued" // the number will never be used
	Removed           Kind = "removed"    // the document is missing from a later index
	Status            Kind = "status"
	Title             Kind = "title"
	Stream            Kind = "stream"
	Area              Kind = "area"
	AreaReorganised   Kind = "area-reorganised" // many documents of one area moved to another
	WorkingGroup      Kind = "wg"
	RelationAdded     Kind = "relation-added"
	RelationWithdrawn Kind = "relation-withdrawn"
	SourcesDisagree   Kind = "sources-disagree" // two sources of one day contradict each other
)

// Events of errata. The column relation holds the number of the erratum.
const (
	ErratumReported Kind = "erratum-reported"
	ErratumVerified Kind = "erratum-verified"
	ErratumHeld     Kind = "erratum-held" // held for document update
	ErratumRejected Kind = "erratum-rejected"
	ErratumRemoved  Kind = "erratum-removed" // from the list, as spam is
)

// Events of Internet-Drafts.
const (
	DraftNew       Kind = "draft-new"
	DraftAdopted   Kind = "draft-adopted" // first seen under the name of a working group, the IRTF or the IAB
	DraftRevised   Kind = "draft-revised"
	DraftExpired   Kind = "draft-expired"
	DraftInQueue   Kind = "draft-in-queue" // of the RFC Editor
	DraftPublished Kind = "draft-published"
	DraftState     Kind = "draft-state" // any other change of state

	DraftIntends         Kind = "draft-intends"           // to update or obsolete an RFC
	DraftNoLongerIntends Kind = "draft-no-longer-intends" // its header says so no longer
)

// Events of entries of IANA's registries that refer to an RFC. The document is the entry, the title that of its list.
const (
	RegistrationAdded   Kind = "registration-added"
	RegistrationChanged Kind = "registration-changed" // the column relation holds the name of the field
	RegistrationRemoved Kind = "registration-removed"
)

const (
	erratumPrefix      = "erratum-"
	registrationPrefix = "registration-"
)

// Registration returns the kind of what happened to an entry: added, changed or removed.
func Registration(happened string) Kind { return Kind(registrationPrefix + happened) }

// IsRegistration reports whether the event is one of an entry of a registry.
func (k Kind) IsRegistration() bool { return strings.HasPrefix(string(k), registrationPrefix) }

// EntryName returns the name of an entry as the document of an event.
func EntryName(registry, list, value string) string { return registry + "/" + list + " " + value }

// Entry returns registry, list and value of the entry that a document of an event names.
func Entry(document string) (registry, list, value string) {
	registry, rest, _ := strings.Cut(document, "/")
	list, value, _ = strings.Cut(rest, " ")
	return registry, list, value
}

// Erratum returns the kind of an erratum that now has the status: reported, verified, held or rejected.
func Erratum(status string) Kind { return Kind(erratumPrefix + status) }

// IsErratum reports whether the event is one of an erratum.
func (k Kind) IsErratum() bool { return strings.HasPrefix(string(k), erratumPrefix) }

// IsDraft reports whether the event is one of an Internet-Draft.
func (k Kind) IsDraft() bool { return strings.HasPrefix(string(k), "draft-") }

// invalidating are the kinds of events after which a definition that rests on the document may be wrong.
var invalidating = []Kind{
	Status, RelationAdded, RelationWithdrawn, ErratumVerified, ErratumHeld,
	DraftAdopted, DraftNew, DraftRevised, DraftPublished, DraftInQueue, DraftIntends,
	RegistrationChanged, RegistrationRemoved,
}

// harmless are the relations that change nothing about the document that states them.
var harmless = []string{"is-also", "see-also", "obsoletes", "updates"}

// MayInvalidate reports whether a definition that rests on the event's document may no longer hold after it.
func MayInvalidate(e *datasets.RFCEvent) bool {
	return slices.Contains(invalidating, Kind(e.Kind)) && (Kind(e.Kind) == DraftIntends || !slices.Contains(harmless, e.Relation))
}
