package event

import (
	"fmt"
	"regexp"
	"strings"

	"tidemark/datasets"
)

// Headline describes the event in one line.
func Headline(e *datasets.RFCEvent) string {
	document := Spaced(e.Document)
	switch kind := Kind(e.Kind); kind {
	case Published:
		return fmt.Sprintf("%s was published: %s", document, e.Title)
	case NotIssued:
		return document + " will not be issued"
	case Removed:
		return document + " was removed from the index"
	case Status, Stream, Area, Title:
		return fmt.Sprintf("%s: %s changed from %s to %s", document, kind, e.Before, e.Now)
	case AreaReorganised:
		return fmt.Sprintf("Areas were reorganised: %s moved from %s to %s", e.Title, e.Before, e.Now)
	case ErratumRemoved:
		return fmt.Sprintf("%s: erratum %s was removed from the list", document, e.Relation)
	case WorkingGroup:
		return fmt.Sprintf("%s: working group changed from %s to %s", document, e.Before, e.Now)
	case RelationAdded:
		return fmt.Sprintf("%s %s %s", document, verb(e.Relation), Spaced(e.Now))
	case RelationWithdrawn:
		return fmt.Sprintf("%s no longer %s %s", document, verb(e.Relation), Spaced(e.Before))
	case SourcesDisagree:
		return fmt.Sprintf("%s: sources disagree about %s: %s, %s", document, e.Relation, e.Before, e.Now)
	case DraftAdopted, DraftNew:
		return fmt.Sprintf("%s-%s: %s", document, e.Now, e.Title)
	case DraftRevised:
		return fmt.Sprintf("%s: revision %s (previously %s)", document, e.Now, e.Before)
	case DraftPublished:
		return fmt.Sprintf("%s was published as %s", document, Spaced(e.Now))
	case DraftInQueue:
		return document + " is in the RFC Editor's queue"
	case DraftIntends:
		return fmt.Sprintf("%s intends to %s %s", document, infinitive(e.Relation), Spaced(e.Now))
	case DraftNoLongerIntends:
		return fmt.Sprintf("%s no longer intends to %s %s", document, infinitive(e.Relation), Spaced(e.Before))
	case DraftExpired:
		return document + " expired"
	case RegistrationAdded, RegistrationChanged, RegistrationRemoved:
		return registered(e)
	case DraftState:
		return fmt.Sprintf("%s: state changed from %s to %s", document, e.Before, e.Now)
	}
	if status, ok := strings.CutPrefix(e.Kind, erratumPrefix); ok {
		return fmt.Sprintf("%s: erratum %s %s", document, e.Relation, status)
	}
	return document + ": " + e.Kind
}

// registered describes what happened to an entry of a registry, with the RFCs that it refers to.
func registered(e *datasets.RFCEvent) string {
	_, _, value := Entry(e.Document)
	var by []string
	for _, n := range e.Concerns {
		by = append(by, fmt.Sprint("RFC ", n))
	}
	refers := " (" + strings.Join(by, ", ") + ")"
	switch Kind(e.Kind) {
	case RegistrationAdded:
		return fmt.Sprintf("IANA registered %s in “%s”%s%s", value, e.Title, named(e.Now), refers)
	case RegistrationRemoved:
		return fmt.Sprintf("IANA removed %s from “%s”%s%s", value, e.Title, named(e.Before), refers)
	}
	return fmt.Sprintf("IANA changed the %s of %s in “%s” from %s to %s%s", e.Relation, value, e.Title, orNothing(e.Before), orNothing(e.Now), refers)
}

func named(name string) string {
	if name == "" {
		return ""
	}
	return ": " + name
}

func orNothing(value string) string {
	if value == "" {
		return "nothing"
	}
	return "“" + value + "”"
}

// verb returns the relation as a verb in the third person.
func verb(relation string) string {
	switch relation {
	case "obsoleted-by":
		return "is obsoleted by"
	case "updated-by":
		return "is updated by"
	case "is-also":
		return "is also"
	case "see-also":
		return "refers to"
	}
	return relation
}

// infinitive returns updates or obsoletes as the verb behind "to".
func infinitive(relation string) string { return strings.TrimSuffix(relation, "s") }

var documentName = regexp.MustCompile(`^([A-Z]+)0*([0-9]+)$`)

// Spaced returns the name of a document as prose writes it: RFC 7915 for RFC7915. Other names are returned unchanged.
func Spaced(name string) string { return documentName.ReplaceAllString(name, "$1 $2") }
