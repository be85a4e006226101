package operator

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"tidemark/datasets"
)

// Items of the checklist of an AS, besides those of a prefix.
const (
	itemObjects = "route objects"
	itemASPA    = "ASPA"
	itemEvents  = "events"
)

// maxExamples is how many prefixes a check names.
const maxExamples = 3

// asChecks collects the checklist of an AS.
type asChecks struct {
	as  *AS
	all []Check
}

func (c *asChecks) add(item, state, format string, args ...any) {
	c.all = append(c.all, Check{item, state, fmt.Sprintf(format, args...)})
}

// asChecklist returns the checks of an AS, what is to be done first.
func asChecklist(s *AS) []Check {
	c := &asChecks{as: s}
	if len(s.Routes) == 0 {
		c.add(itemAnnouncement, stateUnknown, "It originates no prefix in these dumps. Nothing is missing if it only passes on the routes of others.")
	} else {
		c.add(itemAnnouncement, stateOK, "It originates %s.", s.Prefixes())
		c.checkBogons()
		c.checkROAs()
		c.checkVisibility()
		c.checkOrigins()
		c.checkObjects()
	}
	c.checkASPA()
	c.checkEvents()
	if s.Delegation == "" {
		c.add(itemDelegation, stateUnknown, "No delegation file at hand has its number: collect the file of its registry.")
	} else {
		c.add(itemDelegation, stateOK, "Delegated: %s.", s.Delegation)
	}
	slices.SortStableFunc(c.all, func(a, b Check) int { return cmp.Compare(stateRank(a), stateRank(b)) })
	return c.all
}

// stateRank returns the place of a check in a list.
func stateRank(c Check) int { return slices.Index([]string{stateToDo, stateUnknown, stateOK}, c.State) }

// those returns how many routes have a property, and the first of them.
func (c *asChecks) those(has func(r *Route) bool) (n int, examples string, first *Route) {
	var prefixes []string
	for i := range c.as.Routes {
		r := &c.as.Routes[i]
		if !has(r) {
			continue
		}
		if n++; n == 1 {
			first = r
		}
		if n <= maxExamples {
			prefixes = append(prefixes, r.Prefix)
		}
	}
	examples = strings.Join(prefixes, ", ")
	if more := n - len(prefixes); more > 0 {
		examples += fmt.Sprintf(" and %d more", more)
	}
	return n, examples, first
}

// of says how many of the routes.
func (c *asChecks) of(n int) string {
	if n == len(c.as.Routes) {
		if n == 1 {
			return "The only route"
		}
		return fmt.Sprintf("All %d routes", n)
	}
	return fmt.Sprintf("%d of %d routes", n, len(c.as.Routes))
}

func (c *asChecks) checkBogons() {
	bogons, examples, first := c.those((*Route).isBogon)
	if bogons > 0 {
		c.add(itemBogon, stateToDo, "Bogons, which networks drop: %s (%s). Withdraw them.", examples, first.Reason)
	}
	if n, _, first := c.those(func(r *Route) bool { return r.Bogon == "unknown" }); n > 0 {
		c.add(itemBogon, stateUnknown, "Not known whether a bogon: %s (%s).", lower(c.of(n)), first.Reason)
	} else if bogons == 0 {
		c.add(itemBogon, stateOK, "No route is a bogon.")
	}
}

func (c *asChecks) checkROAs() {
	invalid, examples, first := c.those((*Route).isInvalid)
	if invalid > 0 {
		c.add(itemROA, stateToDo, "Against the ROAs, so that networks drop them: %s (%s). Correct the ROAs, or stop the announcements.", examples, first.ROVReason)
	}
	missing, examples, _ := c.those(func(r *Route) bool { return r.ROV == "not-found" })
	if missing > 0 {
		c.add(itemROA, stateToDo, "Without a ROA: %s. Create one for each, with its own length as maxLength.", examples)
	}
	if n, _, first := c.those(func(r *Route) bool { return r.ROV == "unknown" }); n > 0 {
		c.add(itemROA, stateUnknown, "Not known whether valid: %s (%s).", lower(c.of(n)), first.Validation())
	} else if invalid+missing == 0 {
		c.add(itemROA, stateOK, "A ROA authorises each route.")
	}
}

// checkVisibility looks for routes that do not reach far, though nothing says that networks are right to drop them.
func (c *asChecks) checkVisibility() {
	near, examples, first := c.those(func(r *Route) bool {
		return r.Verdict != "global" && r.Verdict != "unknown" && !r.isBogon() && !r.isInvalid()
	})
	if near > 0 {
		c.add(itemVisibility, stateToDo, "Not carried everywhere: %s (%s). Look for filters along the way.", examples, first.Reach())
	}
	if n, _, first := c.those(func(r *Route) bool { return r.Verdict == "unknown" }); n > 0 {
		c.add(itemVisibility, stateUnknown, "No verdict on how far they reach: %s (%s).", lower(c.of(n)), first.Reach())
	} else if near == 0 {
		if n, _, _ := c.those(func(r *Route) bool { return r.Verdict == "global" }); n > 0 {
			c.add(itemVisibility, stateOK, "%s with the verdict global.", c.of(n))
		}
	}
}

func (c *asChecks) checkOrigins() {
	n, examples, first := c.those(func(r *Route) bool { return r.MOAS })
	if n == 0 {
		c.add(itemOrigins, stateOK, "No other AS originates its prefixes.")
		return
	}
	others := "others"
	if first.Others != "" {
		others = "AS" + strings.ReplaceAll(first.Others, ",", ", AS")
	}
	c.add(itemOrigins, stateToDo, "Other ASes originate %s too (the first: %s). Ask them to stop unless the holder of the prefix intends it.", examples, others)
}

func (c *asChecks) checkObjects() {
	if len(c.as.IRRDumps) == 0 {
		c.add(itemObjects, stateUnknown, "No dump of a registry of routes (IRR) is at hand.")
		return
	}
	others, examples, _ := c.those(func(r *Route) bool { return r.IRR == datasets.IRROther })
	if others > 0 {
		c.add(itemObjects, stateToDo, "Route objects name other origins of %s: ask for their removal, or add one with this AS.", examples)
	}
	missing, examples, _ := c.those(func(r *Route) bool { return r.IRR == datasets.IRRNone })
	if missing > 0 {
		c.add(itemObjects, stateToDo, "Without a route object: %s. Networks that filter by such objects may refuse them: add one for each.", examples)
	}
	if n, _, _ := c.those(func(r *Route) bool { return r.IRR == datasets.IRRUnknown }); n > 0 {
		c.add(itemObjects, stateUnknown, "Without dumps of their family: %s.", lower(c.of(n)))
	} else if others+missing == 0 {
		c.add(itemObjects, stateOK, "Each route has an object with this AS.")
	}
}

func (c *asChecks) checkASPA() {
	a := c.as.ASPA
	if a == nil {
		c.add(itemASPA, stateUnknown, "No ASPAs of the time are at hand.")
		return
	}
	missing := asList(a.Unlisted())
	switch {
	case len(a.Invalid) > 0:
		c.add(itemASPA, stateToDo, "Its ASPA makes paths of %d routes invalid: add the missing providers, or look for a leak.", a.Routes)
	case len(a.Providers) == 0 && missing != "":
		c.add(itemASPA, stateToDo, "It has no ASPA. If it buys transit from %s, create one that lists them.", missing)
	case len(a.Providers) == 0:
		c.add(itemASPA, stateUnknown, "It has no ASPA, and the paths do not show its providers.")
	case missing != "":
		c.add(itemASPA, stateToDo, "Its ASPA does not list %s: if it buys transit there, add them.", missing)
	default:
		c.add(itemASPA, stateOK, "Its ASPA lists each AS that paths show as its provider.")
	}
}

// checkEvents looks for events that have not ended. Without any, nothing says whether there could be some.
func (c *asChecks) checkEvents() {
	if len(c.as.Events) == 0 {
		return
	}
	counts := map[string]int{}
	for _, e := range c.as.Events {
		counts[e.Status]++
	}
	switch {
	case counts["still"] > 0:
		c.add(itemEvents, stateToDo, "Still going on: %d of the %d newest. See whether each is intended.", counts["still"], len(c.as.Events))
	case counts["ended"] < len(c.as.Events):
		c.add(itemEvents, stateUnknown, "Not known whether over: %d of the %d newest.", len(c.as.Events)-counts["ended"], len(c.as.Events))
	default:
		c.add(itemEvents, stateOK, "Ended: all of the %d newest.", len(c.as.Events))
	}
}

// lower returns a text with a small first letter.
func lower(text string) string { return strings.ToLower(text[:1]) + text[1:] }
