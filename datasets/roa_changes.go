package datasets

import (
	"time"

	"tidemark/datasets/table"
)

// ROAChange is a validated ROA payload that came or went between two days.
type ROAChange struct {
	FileDate       time.Time  `col:"file_date,date" doc:"day of the payloads in which the change shows; it happened between previous_date and that day"`
	PreviousDate   *time.Time `col:"previous_date" doc:"day of the payloads of the same source and trust anchor with which they were compared; null: the source has none within 31 days, nor on its last day before that"`
	Source         string     `col:"source" doc:"collector of the source whose payloads were compared, for example rpki-client or ripencc.tal; empty: it has none. Two validators never agree on every payload, so each has its own changes"`
	TrustAnchor    string     `col:"trust_anchor" doc:"registry of the trust anchor, or the anchor as the file names it; empty: the file does not say" rfc:"8630"`
	Event          string     `col:"event" doc:"first: the payload is among the first of its source and trust anchor, so that its age is not known; created: it was not there on previous_date; gone: it was there, and no longer is"`
	Change         string     `col:"change" doc:"created, gone or first, as event; max-length or asn: the payload took the place of one with that difference, or gave its place to one (its counterpart has the other event)" rfc:"6811"`
	Family         uint32     `col:"family" doc:"4 or 6"`
	Prefix         string     `col:"prefix" doc:"address block in CIDR notation"`
	MaxLength      uint32     `col:"max_length" unit:"bits" doc:"longest more specific prefix that the payload authorises" rfc:"9582"`
	ASN            uint32     `col:"asn" doc:"AS that may originate the prefix; 0: no AS may" rfc:"6811,6483"`
	OtherMaxLength *int64     `col:"other_max_length" unit:"bits" doc:"maximum length of the counterpart; null: there is none"`
	OtherASN       *int64     `col:"other_asn" doc:"AS of the counterpart; null: there is none"`
}

// ROAChanges has one row for each payload that came or went, for each day with payloads. A day without payloads of a source and trust
// anchor ends nothing.
var ROAChanges = table.New[ROAChange](table.Doc{
	Name: "roa_changes", Version: 2, Derived: true, Partition: "a day with payloads",
	Row: "A validated ROA payload that came or went between two days with payloads of its source and trust anchor.",
})
