// Package aspa verifies AS paths by the ASPAs of the ASes in them, as draft-ietf-sidrops-aspa-verification-28 section 5 defines.
package aspa

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// State is the outcome of a verification.
type State uint8

// The outcomes (section 5.5).
const (
	Unknown State = iota
	Valid
	Invalid
)

// States are all outcomes.
var States = []State{Unknown, Valid, Invalid}

// String returns the outcome as the datasets name it.
func (s State) String() string { return [...]string{"unknown", "valid", "invalid"}[s] }

// Attestation is what the ASPAs say of a hop (section 5.3).
type Attestation uint8

// What ASPAs can say of a hop.
const (
	NoAttestation Attestation = iota // the customer has no ASPA
	Provider                         // it lists the AS
	NotProvider                      // it does not
)

// String returns what is attested as the datasets name it.
func (a Attestation) String() string { return [...]string{"none", "provider", "not-provider"}[a] }

// Providers holds the ASes that each customer lists, the union of its ASPAs.
type Providers map[uint32][]uint32

// Add adds a provider of a customer. Provider 0 is how a customer states that it has none.
func (p Providers) Add(customer, provider uint32) {
	have := p[customer]
	if i, found := slices.BinarySearch(have, provider); !found {
		p[customer] = slices.Insert(have, i, provider)
	}
}

// Attest returns what the customer's ASPAs say of a provider.
func (p Providers) Attest(customer, provider uint32) Attestation {
	listed, has := p[customer]
	if !has {
		return NoAttestation
	}
	if _, found := slices.BinarySearch(listed, provider); found && provider != 0 {
		return Provider
	}
	return NotProvider
}

// Path is an AS path to verify.
type Path struct {
	ASes      []uint32 // the neighbour first; neighbours in the list differ: prepending is removed
	HasSet    bool     // the path also has an AS_SET
	Neighbour uint32   // AS that sent the route; 0: not compared with the path, as at a client of a route server
}

// Hop is a pair of neighbours in a path.
type Hop struct{ Customer, Provider uint32 }

// Result is the outcome of a verification, and for an invalid path why.
type Result struct {
	State State
	Up    Hop    // the hop that ends the climb from the origin; zero if none does
	Down  Hop    // the hop that ends the climb from the neighbour; zero if none does, or that climb does not count
	Fault string // what makes the path invalid without a look at its hops; empty: the hops do
}

// Reason returns what makes a path invalid: the hops as customer>provider, the origin's first, or the fault; empty if it is not
// invalid.
func (r *Result) Reason() string {
	if r.State != Invalid || r.Fault != "" {
		return r.Fault
	}
	text := fmt.Sprintf("%d>%d", r.Up.Customer, r.Up.Provider)
	if r.Down != (Hop{}) {
		text += fmt.Sprintf(" %d>%d", r.Down.Customer, r.Down.Provider)
	}
	return text
}

// fault returns what makes a path invalid without a look at its hops (steps 1 to 3 of both procedures); empty: nothing.
func (p *Path) fault() string {
	switch {
	case p.HasSet:
		return "AS_SET"
	case len(p.ASes) == 0:
		return "empty path"
	case p.Neighbour != 0 && p.ASes[0] != p.Neighbour:
		return "first AS is not the neighbour"
	}
	return ""
}

// Upstream verifies a path that was received from a customer, a lateral peer or a route server (section 5.5): every hop must climb.
func (p Providers) Upstream(path Path) Result {
	if fault := path.fault(); fault != "" {
		return Result{State: Invalid, Fault: fault}
	}
	most, least := p.climb(len(path.ASes), func(i int) uint32 { return path.ASes[len(path.ASes)-1-i] })
	switch {
	case most < len(path.ASes):
		return Result{State: Invalid, Up: upHop(path.ASes, most)}
	case least < len(path.ASes):
		return Result{State: Unknown}
	}
	return Result{State: Valid}
}

// Downstream verifies a path that was received from a provider (section 5.6): it may climb from the origin, and then descend.
func (p Providers) Downstream(path Path) Result {
	if fault := path.fault(); fault != "" {
		return Result{State: Invalid, Fault: fault}
	}
	n := len(path.ASes)
	mostUp, leastUp := p.climb(n, func(i int) uint32 { return path.ASes[n-1-i] })
	mostDown, leastDown := p.climb(n, func(i int) uint32 { return path.ASes[i] })
	switch {
	case mostUp+mostDown < n:
		return Result{State: Invalid, Up: upHop(path.ASes, mostUp), Down: Hop{path.ASes[mostDown-1], path.ASes[mostDown]}}
	case leastUp+leastDown < n:
		return Result{State: Unknown}
	}
	return Result{State: Valid}
}

// climb returns how many ASes, from the first of n, are at most and at least a way from customers to providers: the ramps of section
// 5.4. The most ends before the first provider that is not listed, the least also before the first that is not attested.
func (p Providers) climb(n int, as func(int) uint32) (most, least int) {
	for i := 0; i+1 < n; i++ {
		a := p.Attest(as(i), as(i+1))
		if a == NotProvider {
			if least == 0 {
				least = i + 1
			}
			return i + 1, least
		}
		if a == NoAttestation && least == 0 {
			least = i + 1
		}
	}
	if least == 0 {
		least = n
	}
	return n, least
}

// upHop returns the hop after the first most ASes from the origin.
func upHop(ases []uint32, most int) Hop {
	return Hop{ases[len(ases)-most], ases[len(ases)-most-1]}
}

// Parse sets the path to a text as the datasets write paths: numbers separated by spaces, the neighbour first, an AS_SET in braces.
// Prepending is removed. Segments of a confederation, in other brackets, are not part of the path that is verified.
func (p *Path) Parse(text string) error {
	p.ASes, p.HasSet = p.ASes[:0], false
	for text = strings.TrimLeft(text, " "); text != ""; text = strings.TrimLeft(text, " ") {
		if end := strings.IndexByte("{([", text[0]); end >= 0 {
			at := strings.IndexByte(text, "})]"[end])
			if at < 0 {
				return fmt.Errorf("AS path with a segment that does not end: %.60q", text)
			}
			p.HasSet = p.HasSet || text[0] == '{'
			text = text[at+1:]
			continue
		}
		number, rest, _ := strings.Cut(text, " ")
		n, err := strconv.ParseUint(number, 10, 32)
		if err != nil {
			return fmt.Errorf("AS path with %.60q where an AS number should be", number)
		}
		if last := len(p.ASes) - 1; last < 0 || p.ASes[last] != uint32(n) {
			p.ASes = append(p.ASes, uint32(n))
		}
		text = rest
	}
	return nil
}
