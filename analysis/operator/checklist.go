package operator

import (
	"fmt"
	"net/netip"
	"slices"
	"strconv"
)

// Check is one item of what it takes for a prefix to be routed as its holder wants it.
type Check struct {
	Item  string `json:"item"`
	State string `json:"state"` // ok, to do, or unknown where the data at hand do not tell
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

// checklist goes through the items. origin is the AS that should announce; 0: any.
func checklist(p netip.Prefix, s *Prefix, origin uint32) (all []Check) {
	found := map[string]bool{}
	say := func(item, state, format string, args ...any) {
		all = append(all, Check{item, state, fmt.Sprintf(format, args...)})
		found[item] = true
	}
	const ok, toDo, unknown = "ok", "to do", "unknown"
	longest := 24
	if p.Addr().Is6() {
		longest = 48
	}
	wanted := strconv.FormatUint(uint64(origin), 10)
	mine := slices.Clone(s.Routes)
	if origin != 0 {
		mine = slices.DeleteFunc(mine, func(r Route) bool { return r.Origin != wanted })
	}
	switch {
	case len(mine) > 0:
		say(itemAnnouncement, ok, "Announced by AS%s.", mine[0].Origin)
	case origin != 0 && s.Announced:
		say(itemAnnouncement, toDo, "AS%d does not originate it: the announcement is missing.", origin)
	case len(s.Covering) > 0:
		say(itemAnnouncement, unknown, "No peer carries it itself; %s of AS%s covers it. Nothing is missing unless it should be routed apart.", s.Covering[0].Prefix, s.Covering[0].Origin)
	default:
		say(itemAnnouncement, toDo, "No peer carries it or a prefix that covers it: it is not announced, or every peer filters it.")
	}
	if p.Bits() > longest && (s.Announced || !p.IsSingleIP()) { // an address that is asked for is no announcement
		say(itemLength, toDo, "It is longer than /%d: most networks filter it. Announce a covering prefix of at most /%d.", longest, longest)
	} else {
		say(itemLength, ok, "Networks take prefixes of this length.")
	}
	for _, r := range mine {
		isBogon := r.Bogon != "none" && r.Bogon != "unknown"
		switch {
		case isBogon:
			say(itemBogon, toDo, "It is a bogon (%s): %s. Networks drop it.", r.Bogon, r.Reason)
		case r.Bogon == "unknown":
			say(itemBogon, unknown, "No registry of the day is at hand that would tell whether it is a bogon.")
		default:
			say(itemBogon, ok, "No bogon by the registries of the day.")
		}
		switch {
		case isBogon:
		case r.Delegation != "":
			say(itemDelegation, ok, "Delegated: %s.", r.Delegation)
		default:
			say(itemDelegation, unknown, "No delegation file at hand covers it: collect that of its registry.")
		}
		switch {
		case isBogon: // a ROA would not help
		case r.ROV == "valid":
			say(itemROA, ok, "Valid by %s.", r.ROVReason)
		case r.ROV == "not-found":
			say(itemROA, toDo, "No ROA covers it: make one for %s, AS%s, maxLength %d.", s.Prefix, r.Origin, p.Bits())
		case r.ROV == "invalid-length":
			say(itemMaxLength, toDo, "A ROA for AS%s does not reach so far (%s): raise its maxLength to %d, or make one for %s itself.", r.Origin, r.ROVReason, p.Bits(), s.Prefix)
		case r.ROV == "invalid-origin":
			if slices.ContainsFunc(s.Routes, func(o Route) bool { return o.ROV == "valid" }) {
				say(itemROA, toDo, "AS%s announces it against the ROAs (%s): ask its holder to stop, or make a ROA for it if it may.", r.Origin, r.ROVReason)
			} else {
				say(itemROA, toDo, "The ROAs are for other ASes (%s): make one for AS%s, or stop its announcement.", r.ROVReason, r.Origin)
			}
		default:
			say(itemROA, unknown, "No validated payloads of the day are at hand.")
		}
		switch r.Verdict {
		case "self-feed-only":
			say(itemVisibility, toDo, "Only sessions of AS%s itself show it (%s): a leak to the collector, or nobody takes it further.", r.Origin, r.SeenBy)
		case "single-feeder":
			say(itemVisibility, toDo, "One AS alone passes it on (%s).", r.SeenBy)
		case "low", "partial":
			say(itemVisibility, toDo, "%.0f %% of the full-feed peers carry it from AS%s: look for filters on the way.", 100*r.Visibility, r.Origin)
		case "global":
			say(itemVisibility, ok, "%.0f %% of the full-feed peers carry it.", 100*r.Visibility)
		default:
			say(itemVisibility, unknown, "The table at hand names no peers.")
		}
	}
	if !found[itemMaxLength] && found[itemROA] && slices.ContainsFunc(mine, func(r Route) bool { return r.ROV == "valid" }) {
		say(itemMaxLength, ok, "The ROA allows this length.")
	}
	switch others := len(s.Routes) - len(mine); {
	case others > 0:
		for _, r := range s.Routes {
			if r.Origin != wanted {
				say(itemOrigins, toDo, "AS%s originates it as well: ask its holder to stop, or make a ROA that only AS%d meets.", r.Origin, origin)
			}
		}
	case len(mine) > 1:
		say(itemOrigins, toDo, "%d origins announce it: if only one is meant to, a ROA for that one makes the others invalid.", len(mine))
	case len(mine) == 1:
		say(itemOrigins, ok, "No other AS originates it.")
	}
	return all
}

// ToDo are the checks that ask for something.
func (s *Prefix) ToDo() (open []Check) {
	for _, c := range s.Checks {
		if c.State == "to do" {
			open = append(open, c)
		}
	}
	return open
}
