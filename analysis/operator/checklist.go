package operator

import (
	"fmt"
	"net/netip"
	"slices"
	"strconv"
)

// Check is one condition for a prefix to be routed as its holder wants.
type Check struct {
	Item  string `json:"item"`
	State string `json:"state"` // ok, to do, or unknown if the data at hand do not answer it
	Text  string `json:"text"`  // what was found, and what to do
}

// Items of the checklist, in its order.
const (
	itemAnnouncement = "announcement"
	itemLength       = "length"
	itemBogon        = "bogon"
	itemDelegation   = "delegation"
	itemROA          = "ROA"
	itemMaxLength    = "maxLength"
	itemVisibility   = "visibility"
	itemOrigins      = "competing origin"
)

// States of a check.
const (
	stateOK      = "ok"
	stateToDo    = "to do"
	stateUnknown = "unknown"
)

// checks collects the checklist of a prefix.
type checks struct {
	prefix *Prefix
	mine   []Route // the routes of the wanted origin; all routes if any origin is wanted
	all    []Check
}

func (c *checks) add(item, state, format string, args ...any) {
	c.all = append(c.all, Check{item, state, fmt.Sprintf(format, args...)})
}

// has reports whether the list has a check of the item.
func (c *checks) has(item string) bool {
	return slices.ContainsFunc(c.all, func(check Check) bool { return check.Item == item })
}

// checklist returns the checks of a prefix. origin is the AS that should announce it; 0 means any.
func checklist(p netip.Prefix, s *Prefix, origin uint32) []Check {
	c := &checks{prefix: s, mine: slices.Clone(s.Routes)}
	wanted := strconv.FormatUint(uint64(origin), 10)
	if origin != 0 {
		c.mine = slices.DeleteFunc(c.mine, func(r Route) bool { return r.Origin != wanted })
	}
	c.checkAnnouncement(origin)
	c.checkLength(p)
	for i := range c.mine {
		r := &c.mine[i]
		c.checkBogon(r)
		if !r.isBogon() {
			c.checkDelegation(r)
			c.checkROA(r, p.Bits())
		}
		c.checkVisibility(r)
	}
	if !c.has(itemMaxLength) && c.has(itemROA) && slices.ContainsFunc(c.mine, func(r Route) bool { return r.ROV == "valid" }) {
		c.add(itemMaxLength, stateOK, "The ROA allows this length.")
	}
	c.checkOrigins(wanted)
	return c.all
}

func (c *checks) checkAnnouncement(origin uint32) {
	s := c.prefix
	switch {
	case len(c.mine) > 0:
		c.add(itemAnnouncement, stateOK, "Announced by AS%s.", c.mine[0].Origin)
	case origin != 0 && s.Announced:
		c.add(itemAnnouncement, stateToDo, "AS%d does not originate it: the announcement is missing.", origin)
	case len(s.Covering) > 0:
		c.add(itemAnnouncement, stateUnknown, "No peer carries it itself; %s of AS%s covers it. Nothing is missing unless it should be routed separately.", s.Covering[0].Prefix, s.Covering[0].Origin)
	default:
		c.add(itemAnnouncement, stateToDo, "No peer carries it or a prefix that covers it: either it is not announced, or every peer filters it.")
	}
}

// maxLengthIPv4 and maxLengthIPv6 are the longest prefixes that most networks accept.
const (
	maxLengthIPv4 = 24
	maxLengthIPv6 = 48
)

func (c *checks) checkLength(p netip.Prefix) {
	longest := maxLengthIPv4
	if p.Addr().Is6() {
		longest = maxLengthIPv6
	}
	onlyAsked := p.IsSingleIP() && !c.prefix.Announced // the question was about an address, which nobody meant to announce
	if p.Bits() > longest && !onlyAsked {
		c.add(itemLength, stateToDo, "It is longer than /%d, and most networks filter it. Announce a covering prefix of at most /%d.", longest, longest)
		return
	}
	c.add(itemLength, stateOK, "Networks accept prefixes of this length.")
}

func (c *checks) checkBogon(r *Route) {
	switch {
	case r.isBogon():
		c.add(itemBogon, stateToDo, "It is a bogon (%s): %s. Networks drop it.", r.Bogon, r.Reason)
	case r.Bogon == "unknown":
		c.add(itemBogon, stateUnknown, "No registry of that day is available to judge whether it is a bogon.")
	default:
		c.add(itemBogon, stateOK, "Not a bogon according to the registries of that day.")
	}
}

func (c *checks) checkDelegation(r *Route) {
	if r.Delegation != "" {
		c.add(itemDelegation, stateOK, "Delegated: %s.", r.Delegation)
		return
	}
	c.add(itemDelegation, stateUnknown, "No available delegation file covers it: collect the file of its registry.")
}

func (c *checks) checkROA(r *Route, bits int) {
	prefix := c.prefix.Prefix
	switch r.ROV {
	case "valid":
		c.add(itemROA, stateOK, "Valid according to %s.", r.ROVReason)
	case "not-found":
		c.add(itemROA, stateToDo, "No ROA covers it: create one for %s, AS%s, maxLength %d.", prefix, r.Origin, bits)
	case "invalid-length":
		c.add(itemMaxLength, stateToDo, "A ROA for AS%s does not allow this length (%s): raise its maxLength to %d, or create one for %s itself.", r.Origin, r.ROVReason, bits, prefix)
	case "invalid-origin":
		if slices.ContainsFunc(c.prefix.Routes, func(other Route) bool { return other.ROV == "valid" }) {
			c.add(itemROA, stateToDo, "AS%s announces it in conflict with the ROAs (%s): ask its holder to stop, or create a ROA for it if the announcement is intended.", r.Origin, r.ROVReason)
		} else {
			c.add(itemROA, stateToDo, "The ROAs are for other ASes (%s): create one for AS%s, or stop its announcement.", r.ROVReason, r.Origin)
		}
	default:
		c.add(itemROA, stateUnknown, "No validated payloads of that day are available.")
	}
}

func (c *checks) checkVisibility(r *Route) {
	switch r.Verdict {
	case "self-feed-only":
		c.add(itemVisibility, stateToDo, "Only sessions of AS%s itself carry it (%s): either it leaks to the collector, or nobody propagates it.", r.Origin, r.SeenBy)
	case "single-feeder":
		c.add(itemVisibility, stateToDo, "Only one AS propagates it (%s).", r.SeenBy)
	case "low", "partial":
		c.add(itemVisibility, stateToDo, "%.0f %% of the full-feed peers carry it from AS%s: look for filters along the way.", 100*r.Visibility, r.Origin)
	case "global":
		c.add(itemVisibility, stateOK, "%.0f %% of the full-feed peers carry it.", 100*r.Visibility)
	default:
		c.add(itemVisibility, stateUnknown, "The table does not name its peers.")
	}
}

// checkOrigins looks for origins beside the wanted one.
func (c *checks) checkOrigins(wanted string) {
	switch {
	case len(c.prefix.Routes) > len(c.mine):
		for _, r := range c.prefix.Routes {
			if r.Origin != wanted {
				c.add(itemOrigins, stateToDo, "AS%s originates it as well: ask its holder to stop, or create a ROA that only AS%s matches.", r.Origin, wanted)
			}
		}
	case len(c.mine) > 1:
		c.add(itemOrigins, stateToDo, "%d origins announce it: if only one of them should, a ROA for that one makes the others invalid.", len(c.mine))
	case len(c.mine) == 1:
		c.add(itemOrigins, stateOK, "No other AS originates it.")
	}
}

// ToDo returns the checks that ask for an action. The site's templates call it.
func (s *Prefix) ToDo() (open []Check) {
	for _, c := range s.Checks {
		if c.State == stateToDo {
			open = append(open, c)
		}
	}
	return open
}
