package bgp

import "fmt"

// Handling is what RFC 7606 section 2 prescribes for an error in an UPDATE, in ascending order of severity.
type Handling uint8

// The ways to handle an error.
const (
	Accept           Handling = iota // there is no error
	AttributeDiscard                 // the route counts without the attribute
	TreatAsWithdraw                  // the routes of the message are withdrawn
	DisableFamily                    // the session goes on without the family
	SessionReset
)

// String returns RFC 7606's name of the handling, for example "treat-as-withdraw"; "" if there is no error.
func (h Handling) String() string {
	return [...]string{"", "attribute discard", "treat-as-withdraw", "AFI/SAFI disable", "session reset"}[h]
}

// Fault is what can be wrong with a path attribute.
type Fault uint8

// The faults.
const (
	Malformed  Fault = iota // its value has a length or contents that it cannot have
	Repeated                // it appears more than once
	Missing                 // it is mandatory and absent
	WrongFlags              // it says that it is optional, or transitive, and is not, or the reverse
	ASZero                  // it contains AS 0
	Overrun                 // it ends behind the block of attributes
)

// String returns a name of the fault, for example "wrong flags".
func (f Fault) String() string {
	return [...]string{"malformed", "repeated", "missing", "wrong flags", "AS 0", "overrun"}[f]
}

// Problem is an error in a path attribute.
type Problem struct {
	Attribute AttributeType
	Fault     Fault
}

// String returns the fault and the attribute's name, for example "malformed COMMUNITIES".
func (p Problem) String() string { return problemTexts[p.Fault][p.Attribute] }

// MarshalText returns the text of String.
func (p Problem) MarshalText() ([]byte, error) { return []byte(p.String()), nil }

// problemTexts are made once: they are counted by the million.
var problemTexts = func() (texts [Overrun + 1][256]string) {
	for kind, name := range names {
		for fault, format := range [...]string{
			Malformed: "malformed %s", Repeated: "repeated %s", Missing: "missing %s", WrongFlags: "wrong flags of %s", ASZero: "AS 0 in %s", Overrun: "%s beyond the path attributes",
		} {
			texts[fault][kind] = fmt.Sprintf(format, name)
		}
	}
	return texts
}()

// prescription is how errors of an attribute are handled on sessions with other ASes and inside an AS.
type prescription struct {
	external, internal Handling
	document           string
}

// malformedHandling has the attributes whose documents say what a malformed value means. For all others it is
// treat-as-withdraw, since ignoring an attribute may change which routes are chosen (RFC 7606 section 2).
var malformedHandling = map[AttributeType]prescription{
	TypeOrigin:          {TreatAsWithdraw, TreatAsWithdraw, "RFC 7606 section 7.1"},
	TypeASPath:          {TreatAsWithdraw, TreatAsWithdraw, "RFC 7606 section 7.2"},
	TypeNextHop:         {TreatAsWithdraw, TreatAsWithdraw, "RFC 7606 section 7.3"},
	TypeMED:             {TreatAsWithdraw, TreatAsWithdraw, "RFC 7606 section 7.4"},
	TypeLocalPref:       {AttributeDiscard, TreatAsWithdraw, "RFC 7606 section 7.5"},
	TypeAtomicAggregate: {AttributeDiscard, AttributeDiscard, "RFC 7606 section 7.6"},
	TypeAggregator:      {AttributeDiscard, AttributeDiscard, "RFC 7606 section 7.7"},
	TypeCommunities:     {TreatAsWithdraw, TreatAsWithdraw, "RFC 7606 section 7.8"},
	TypeOriginatorID:    {AttributeDiscard, TreatAsWithdraw, "RFC 7606 section 7.9"},
	TypeClusterList:     {AttributeDiscard, TreatAsWithdraw, "RFC 7606 section 7.10"},
	TypeReach:           {SessionReset, SessionReset, "RFC 7606 section 7.11"},
	TypeUnreach:         {SessionReset, SessionReset, "RFC 7606 section 7.12"},
	TypeExtCommunities:  {TreatAsWithdraw, TreatAsWithdraw, "RFC 7606 section 7.14"},
	TypeAS4Path:         {AttributeDiscard, AttributeDiscard, "RFC 6793 section 6"},
	TypeAS4Aggregator:   {AttributeDiscard, AttributeDiscard, "RFC 6793 section 6"},
	TypeLargeCommunity:  {TreatAsWithdraw, TreatAsWithdraw, "RFC 8092 section 6"},
	TypeOTC:             {TreatAsWithdraw, TreatAsWithdraw, "RFC 9234 section 5"},
}

// Handling returns what is prescribed for the problem on a session with the collector, internal if both have one AS.
func (p Problem) Handling(internal bool) Handling {
	switch p.Fault {
	case Malformed:
		if of, ok := malformedHandling[p.Attribute]; !ok {
			return TreatAsWithdraw
		} else if internal {
			return of.internal
		} else {
			return of.external
		}
	case Repeated: // RFC 7606 section 3 (g)
		if p.Attribute == TypeReach || p.Attribute == TypeUnreach {
			return SessionReset
		}
		return AttributeDiscard
	case ASZero: // RFC 7607 section 2, RFC 6793 section 6, RFC 7606 section 7.7
		if p.Attribute != TypeASPath {
			return AttributeDiscard
		}
	}
	return TreatAsWithdraw // RFC 7606 sections 3 (c), 3 (d) and 4
}

// Handling returns the severest of what is prescribed for the problems of the attributes (RFC 7606 section 3 (h)).
func (a *Attributes) Handling(internal bool) (most Handling) {
	for _, p := range a.problems {
		most = max(most, p.Handling(internal))
	}
	return most
}

// flagsOf has the Optional and Transitive bits that an attribute must have; unchecked for those of other documents.
var flagsOf = func() (flags [256]uint8) {
	for kind := range flags {
		flags[kind] = unchecked
	}
	const optional, transitive = 0x80, 0x40
	for _, kind := range []AttributeType{TypeOrigin, TypeASPath, TypeNextHop, TypeLocalPref, TypeAtomicAggregate} {
		flags[kind] = transitive
	}
	for _, kind := range []AttributeType{TypeMED, TypeOriginatorID, TypeClusterList, TypeReach, TypeUnreach} {
		flags[kind] = optional
	}
	for _, kind := range []AttributeType{TypeAggregator, TypeCommunities, TypeExtCommunities, TypeAS4Path, TypeAS4Aggregator, TypeLargeCommunity, TypeOTC} {
		flags[kind] = optional | transitive
	}
	return flags
}()

const unchecked = 0xff

// wrongFlags reports whether the flags conflict with the type (RFC 7606 section 3 (c)). Tables are not asked: what a
// collector wrote there was not sent by a peer.
func wrongFlags(kind AttributeType, flags uint8, form Form) bool {
	return !form.RIB && flagsOf[kind] != flags&0xc0 && flagsOf[kind] != unchecked
}
