package operator

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
)

// Check is one condition for a prefix to be routed as its holder wants.
type Check struct {
	Item  string `json:"item"`
	State string `json:"state"` // to do, unknown if the data at hand do not answer it, or ok
	Text  string `json:"text"`  // what was found, by which files, and what to do
}

// Items of the checklist.
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

// States of a check, in the order of the list.
const (
	stateToDo    = "to do"
	stateUnknown = "unknown"
	stateOK      = "ok"
)

// checks collects the checklist of a prefix.
type checks struct {
	prefix  *Prefix
	special special
	mine    []Route // the routes of the wanted origin; all routes if any origin is wanted
	all     []Check
}

func (c *checks) add(item, state, format string, args ...any) {
	c.all = append(c.all, Check{item, state, fmt.Sprintf(format, args...)})
}

// checklist returns the checks of a prefix, what is to be done first. origin is the AS that should announce it; 0 means any.
func checklist(p netip.Prefix, s *Prefix, notPublic special, origin uint32) []Check {
	c := &checks{prefix: s, special: notPublic, mine: slices.Clone(s.Routes)}
	wanted := strconv.FormatUint(uint64(origin), 10)
	if origin != 0 {
		c.mine = slices.DeleteFunc(c.mine, func(r Route) bool { return r.Origin != wanted })
	}
	c.checkAnnouncement(p, origin)
	c.checkLength(p)
	for i := range c.mine {
		r := &c.mine[i]
		c.checkBogon(r)
		if !r.isBogon() {
			c.checkROA(r, p.Bits(), origin != 0)
		}
		c.checkVisibility(r)
	}
	c.checkDelegation()
	c.checkOrigins(wanted)
	slices.SortStableFunc(c.all, func(a, b Check) int { return cmp.Compare(stateRank(a), stateRank(b)) })
	return c.all
}

func (c *checks) checkAnnouncement(p netip.Prefix, origin uint32) {
	s := c.prefix
	switch {
	case s.Collectors == "":
		c.add(itemAnnouncement, stateUnknown, "The dumps of the hour have no %s routes, so that it is not known whether it is announced.", familyOf(p.Addr()))
	case c.special.line != "" && s.Announced:
		c.add(itemAnnouncement, stateToDo, "%s is not for the public Internet: AS%s should withdraw it.", c.special.line, s.Routes[0].Origin)
	case c.special.line != "":
		c.add(itemAnnouncement, stateOK, "No peer carries it, as it should be: %s is not for the public Internet.", c.special.line)
	case len(c.mine) > 0:
		c.add(itemAnnouncement, stateOK, "Announced by AS%s.", joinOrigins(c.mine))
	case origin != 0 && s.Announced:
		c.add(itemAnnouncement, stateToDo, "AS%d does not originate it, AS%s does: the announcement is missing.", origin, joinOrigins(s.Routes))
	case len(s.Covering) > 0 && s.Covering[0].LeftOut == "":
		c.add(itemAnnouncement, stateUnknown, "No peer carries it itself; %s of AS%s covers it. Nothing is missing unless it should be routed separately.", s.Covering[0].Prefix, s.Covering[0].Origin)
	case !c.special.known:
		c.add(itemAnnouncement, stateUnknown, "No peer carries it or a prefix that covers it. Whether it is for the public Internet is not known: collect IANA's special-purpose registries.")
	case p.IsSingleIP():
		c.add(itemAnnouncement, stateUnknown, "No peer carries a prefix that covers the address.")
	default:
		c.add(itemAnnouncement, stateToDo, "No peer carries it or a prefix that covers it: either it is not announced, or every peer filters it.")
	}
}

func joinOrigins(routes []Route) string {
	var all []string
	for _, r := range routes {
		all = append(all, r.Origin)
	}
	return strings.Join(all, ", AS")
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
	switch onlyAsked := p.IsSingleIP() && !c.prefix.Announced; {
	case c.special.line != "" || onlyAsked: // nobody should, or meant to, announce it
	case p.Bits() > longest:
		c.add(itemLength, stateToDo, "/%d is longer than /%d, and most networks filter it. Announce a covering prefix of at most /%d.", p.Bits(), longest, longest)
	case p.Bits() == 0:
		c.add(itemLength, stateToDo, "It is a default route, which belongs in no public table.")
	default:
		c.add(itemLength, stateOK, "Networks accept a prefix of /%d.", p.Bits())
	}
}

func (c *checks) checkBogon(r *Route) {
	switch {
	case r.isBogon():
		c.add(itemBogon, stateToDo, "From AS%s it is a bogon (%s): %s. Networks drop it.", r.Origin, r.Bogon, r.Reason)
	case r.Bogon == "unknown":
		c.add(itemBogon, stateUnknown, "From AS%s it is not known whether it is a bogon: %s.", r.Origin, r.Reason)
	default:
		c.add(itemBogon, stateOK, "From AS%s it is not a bogon (%s).", r.Origin, r.Registries())
	}
}

// checkDelegation looks at the delegation, which is the same for all origins.
func (c *checks) checkDelegation() {
	switch {
	case len(c.mine) == 0 || c.mine[0].isBogon():
	case c.mine[0].Delegation != "":
		c.add(itemDelegation, stateOK, "Delegated: %s (%s).", c.mine[0].Delegation, c.mine[0].addressRegistries())
	default:
		c.add(itemDelegation, stateUnknown, "No available delegation file covers it: collect the file of its registry.")
	}
}

// checkROA says how origin validation judges a route. Only the holder of the prefix knows which origin is right, so that the
// list never asks for a ROA for one of several origins, for one that took the place of another, or against the ROAs that there are.
func (c *checks) checkROA(r *Route, bits int, isWanted bool) {
	prefix := c.prefix.Prefix
	contested := len(c.prefix.Routes) > 1 || r.Before != ""
	validOther := slices.ContainsFunc(c.prefix.Routes, func(other Route) bool { return other.ROV == "valid" })
	switch {
	case r.ROV == "unknown":
		c.add(itemROA, stateUnknown, "From AS%s its validity is not known: %s.", r.Origin, r.Validation())
	case r.ROV == "valid":
		c.add(itemROA, stateOK, "From AS%s it is valid (%s).", r.Origin, r.Validation())
	case !r.hasOneOrigin():
		c.add(itemROA, stateToDo, "It is %s (%s): no ROA can match an AS_SET or a path without origin. Announce it from one AS.", r.ROV, r.Validation())
	case r.ROV == "not-found" && contested && !isWanted:
		c.add(itemROA, stateToDo, "From AS%s no ROA covers it (%s): its holder should create one for the AS that is to announce it.", r.Origin, r.Validation())
	case r.ROV == "not-found":
		c.add(itemROA, stateToDo, "From AS%s no ROA covers it (%s): create one for %s, AS%s, maxLength %d.", r.Origin, r.Validation(), prefix, r.Origin, bits)
	case r.ROV == "invalid-length":
		c.add(itemMaxLength, stateToDo, "A ROA for AS%s does not allow /%d (%s): if the announcement is intended, create one for %s itself.", r.Origin, bits, r.Validation(), prefix)
	case validOther:
		c.add(itemROA, stateToDo, "AS%s announces it in conflict with the ROAs (%s): ask it to stop.", r.Origin, r.Validation())
	default:
		c.add(itemROA, stateToDo, "The ROAs are for other ASes than AS%s (%s): if the holder of the prefix intends the announcement, a ROA for it is missing; if not, ask AS%s to stop.", r.Origin, r.Validation(), r.Origin)
	}
}

// checkVisibility says how far a route reaches. A route that networks are right to drop is not to be made more visible.
func (c *checks) checkVisibility(r *Route) {
	reach := fmt.Sprintf("From AS%s it is carried by %s", r.Origin, r.Reach())
	switch {
	case r.FullFeedPeers == nil:
		c.add(itemVisibility, stateUnknown, "The table does not name the peers that carry it from AS%s.", r.Origin)
	case r.Verdict == "unknown":
		c.add(itemVisibility, stateUnknown, "%s. Too few different ASes send a full feed for a verdict (%d).", reach, *r.FullFeedASes)
	case r.Verdict == "global":
		c.add(itemVisibility, stateOK, "%s.", reach)
	case r.isBogon():
		c.add(itemVisibility, stateOK, "%s: networks are right to drop a bogon.", reach)
	case r.isInvalid():
		c.add(itemVisibility, stateOK, "%s: networks that validate origins are right to drop it.", reach)
	case r.Verdict == "self-feed-only":
		c.add(itemVisibility, stateToDo, "%s. Only sessions of AS%s itself show it (%s): it may leak to the collector alone, or nobody propagates it, or peers filter it.", reach, r.Origin, r.SeenBy)
	case r.Verdict == "single-feeder":
		c.add(itemVisibility, stateToDo, "%s. Only one AS propagates it (%s).", reach, r.SeenBy)
	default:
		c.add(itemVisibility, stateToDo, "%s: look for filters along the way.", reach)
	}
}

// checkOrigins looks for origins beside the wanted one.
func (c *checks) checkOrigins(wanted string) {
	switch {
	case len(c.prefix.Routes) > len(c.mine):
		for _, r := range c.prefix.Routes {
			switch {
			case r.Origin == wanted:
			case r.ROV == "valid":
				c.add(itemOrigins, stateToDo, "AS%s originates it as well, and a ROA authorises it (%s): its holder decides whether AS%s should.", r.Origin, r.Validation(), wanted)
			default:
				c.add(itemOrigins, stateToDo, "AS%s originates it as well: ask it to stop unless the holder of the prefix intends it.", r.Origin)
			}
		}
	case len(c.mine) > 1 && slices.ContainsFunc(c.mine, func(r Route) bool { return r.ROV == "valid" }) && slices.ContainsFunc(c.mine, func(r Route) bool { return r.isInvalid() }):
		c.add(itemOrigins, stateToDo, "%d origins announce it, AS%s, some of them against the ROAs.", len(c.mine), joinOrigins(c.mine))
	case len(c.mine) > 1:
		c.add(itemOrigins, stateToDo, "%d origins announce it, AS%s: if only one of them should, a ROA for that one alone makes the others invalid.", len(c.mine), joinOrigins(c.mine))
	case len(c.mine) == 1 && c.mine[0].Before != "" && c.mine[0].Origin != wanted:
		r := c.mine[0]
		c.add(itemOrigins, stateToDo, "AS%s originates it in place of AS%s, which did in the dumps before: ask it to stop unless the holder of the prefix intends it.", r.Origin, strings.ReplaceAll(r.Before, ",", ", AS"))
	case len(c.mine) == 1:
		c.add(itemOrigins, stateOK, "No other AS than AS%s originates it in these dumps.", c.mine[0].Origin)
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
