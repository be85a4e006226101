package event

import (
	"fmt"
	"strings"
	"time"

	"tidemark/datasets"
)

// Sentence describes the event in a sentence that says when it happened, as far as that is known, and on which day it was first seen.
func Sentence(e *datasets.RFCEvent) string { return clause(e) + when(e) + "." }

// clause is the sentence without its days.
func clause(e *datasets.RFCEvent) string {
	document := Spaced(e.Document)
	switch kind := Kind(e.Kind); kind {
	case Published:
		return document + quoted(e.Title) + " was published"
	case NotIssued:
		return document + " was listed as never to be issued"
	case Removed:
		return document + " was removed from the index"
	case Status, Stream, Area, Title:
		return fmt.Sprintf("The %s of %s changed from %s to %s", kind, document, orNone(e.Before), orNone(e.Now))
	case WorkingGroup:
		return fmt.Sprintf("The working group of %s changed from %s to %s", document, orNone(e.Before), orNone(e.Now))
	case AreaReorganised:
		return fmt.Sprintf("%s moved from the area %s to %s", e.Title, e.Before, e.Now)
	case RelationAdded:
		return fmt.Sprintf("The index began to say that %s %s %s", document, verb(e.Relation), Spaced(e.Now))
	case RelationWithdrawn:
		return fmt.Sprintf("The index ceased to say that %s %s %s", document, verb(e.Relation), Spaced(e.Before))
	case SourcesDisagree:
		return fmt.Sprintf("Sources disagreed about “%s” of %s (%s; %s)", strings.ReplaceAll(e.Relation, "-", " "), document, e.Before, e.Now)
	case DraftAdopted:
		return fmt.Sprintf("%s%s was first seen under the name of a group, as revision %s,", document, quoted(e.Title), e.Now)
	case DraftNew:
		return fmt.Sprintf("%s%s was first seen, as revision %s,", document, quoted(e.Title), e.Now)
	case DraftRevised:
		return fmt.Sprintf("%s was revised from %s to %s", document, e.Before, e.Now)
	case DraftExpired:
		return document + " expired"
	case DraftInQueue:
		return document + " entered the RFC Editor’s queue"
	case DraftPublished:
		return fmt.Sprintf("%s was published as %s", document, Spaced(e.Now))
	case DraftState:
		if e.Now == "repl" {
			return document + " was replaced by another draft"
		}
		return fmt.Sprintf("The state of %s changed from %s to %s", document, e.Before, e.Now)
	case DraftIntends:
		return fmt.Sprintf("%s began to say that it would %s %s", document, infinitive(e.Relation), Spaced(e.Now))
	case DraftNoLongerIntends:
		return fmt.Sprintf("%s ceased to say that it would %s %s", document, infinitive(e.Relation), Spaced(e.Before))
	case RegistrationAdded, RegistrationChanged, RegistrationRemoved:
		return registered(e)
	case ErratumRemoved:
		return fmt.Sprintf("Erratum %s of %s was removed from the list", e.Relation, document)
	case ErratumHeld:
		return fmt.Sprintf("Erratum %s of %s was held for an update of the document", e.Relation, document)
	}
	if status, ok := strings.CutPrefix(e.Kind, erratumPrefix); ok {
		return fmt.Sprintf("Erratum %s of %s was %s", e.Relation, document, status)
	}
	return fmt.Sprintf("%s: %s", document, e.Kind)
}

func quoted(title string) string {
	if title == "" {
		return ""
	}
	return " (“" + title + "”)"
}

func orNone(value string) string {
	if value == "" {
		return "none"
	}
	return value
}

// when returns the end of a sentence: the days of the event.
func when(e *datasets.RFCEvent) string {
	seen := e.Until.Format(time.DateOnly)
	switch {
	case e.Date != nil && e.Date.Day() == 1 && (Kind(e.Kind) == Published || Kind(e.Kind) == RegistrationAdded): // the first of a month means that only the month is known
		return " in " + e.Date.Format("2006-01") + " (seen on " + seen + ")"
	case e.Date != nil:
		return " on " + e.Date.Format(time.DateOnly) + " (seen on " + seen + ")"
	case e.After.Before(e.Until) && !e.After.IsZero():
		return " between " + e.After.Format(time.DateOnly) + " and " + seen
	}
	return " (seen on " + seen + ")"
}
