package watch

import (
	"tidemark/datasets"
	"tidemark/datasets/table"
)

// Kind is a kind of alert.
type Kind struct {
	Name     string
	Severity string          // unless the rule has another
	Finds    string          // what it is raised for
	Advice   string          // what to do first
	Needs    []*table.Schema // datasets without which it cannot be judged

	never func(*Rule) string // why a rule could never raise it; empty: it could
}

// Names of kinds that more than one place looks at.
const (
	newOrigin      = "new-origin"
	moreSpecific   = "more-specific"
	originViolates = "origin-violates-rule"
	lostVisibility = "lost-visibility"
	routeLeak      = "route-leak"
)

var (
	ofRoutes = []*table.Schema{datasets.RouteStates.Schema}
	ofEvents = []*table.Schema{datasets.RouteStates.Schema, datasets.RouteEvents.Schema}
)

// Kinds are all kinds of alerts, in the order in which they are shown.
var Kinds = []Kind{
	{newOrigin, "critical", "another AS originates a watched prefix, or one that a watched AS originated (while another one did, or instead)",
		"If nobody of yours announces it, call the new origin and its upstreams, and check your ROA.", ofEvents, neverNewOrigin},
	{moreSpecific, "critical", "a route inside a watched prefix that more_specifics and allowed do not expect, or inside one of a watched AS by another origin",
		"If nobody of yours announces it, announce prefixes of the same length yourself and call the origin's upstreams.", ofEvents, neverRoutes},
	{originViolates, "critical", "a watched prefix, or an expected one inside it, is announced by an AS that is not among origins",
		"If nobody of yours announces it, call the origin and its upstreams, and check your ROA.", ofRoutes, neverOrigins},
	{"upstream-violates-rule", "warning", "an AS is beside the origin on paths, is not known to be its customer, and is not among upstreams: a forged first AS looks like this",
		"If you have no such neighbour, its paths are forged or leaked: call it and the ASes before it.", []*table.Schema{datasets.RouteStates.Schema, datasets.ASLinks.Schema}, neverUpstreams},
	{"rov-invalid", "critical", "a route of a watched prefix or AS is invalid by the ROAs of its day",
		"Compare the ROA's origin and maxLength with the route: networks that validate drop it.", ofEvents, neverRoutes},
	{"aspa-invalid", "warning", "a path of a route of a watched prefix or AS is invalid by the ASPAs of its day",
		"See whether the ASPA lacks a provider, or the path is leaked or forged.", ofEvents, neverRoutes},
	{routeLeak, "warning", "an AS passes a route of a watched prefix or AS on against the relations of its neighbours, or against Only to Customer",
		"Ask the AS that leaks, and the neighbour that accepted it, to filter.", ofEvents, neverRoutes},
	{"new-bogon", "warning", "a route of a watched prefix or AS is a bogon by the registries of its day",
		"Withdraw it, or have the registration put right: networks drop it.", ofEvents, neverRoutes},
	{lostVisibility, "critical", "fewer full feeds carry a watched prefix than visibility expects; where it expects nothing, less than a tenth carry a prefix that most carried, or an AS originates none any longer. It ends when it is visible again",
		"See whether it is still announced, and which upstream stopped passing it on.", ofEvents, neverRoutes},
	{"roa-created", "info", "a ROA payload of a watched prefix or AS, or inside the prefix, came", "", []*table.Schema{datasets.ROAChanges.Schema}, neverRoutes},
	{"roa-changed", "warning", "a ROA payload took the place of one with another AS or maxLength", "See that the routes are still valid.", []*table.Schema{datasets.ROAChanges.Schema}, neverRoutes},
	{"roa-gone", "warning", "a ROA payload of a watched prefix or AS, or inside the prefix, went", "If it was not withdrawn on purpose, see whether it expired, and have it issued again.", []*table.Schema{datasets.ROAChanges.Schema}, neverRoutes},
	{"domain-lost-ipv6", "critical", "a client with IPv6 only no longer gets a domain's services, of which it got some or all before", "The domain's page names the cause and the remedy.", []*table.Schema{datasets.DomainReadinesses.Schema}, neverDomains},
	{"rfc-changed", "info", "a watched RFC's status, relations or entry in the index changed", "", []*table.Schema{datasets.RFCEvents.Schema}, neverRFCs},
	{"draft-changed", "info", "a watched draft, or one of a watched group, appeared, was revised or changed its state; or a draft is to change a watched RFC", "", []*table.Schema{datasets.RFCEvents.Schema}, neverDrafts},
	{"erratum-changed", "info", "an erratum of a watched RFC was reported, verified, held or rejected", "", []*table.Schema{datasets.RFCEvents.Schema}, neverRFCs},
	{"registry-changed", "info", "an entry of a watched registry of IANA, or one that refers to a watched RFC, was added, changed or removed", "", []*table.Schema{datasets.AssignmentEvents.Schema}, neverRegistries},
}

func kindOf(name string) *Kind {
	for i := range Kinds {
		if Kinds[i].Name == name {
			return &Kinds[i]
		}
	}
	return nil
}

// KindNames returns the names of all kinds.
func KindNames() (all []string) {
	for i := range Kinds {
		all = append(all, Kinds[i].Name)
	}
	return all
}

func names(kinds []*Kind) (all []string) {
	for _, k := range kinds {
		all = append(all, k.Name)
	}
	return all
}

func neverRoutes(r *Rule) string {
	if len(r.Prefixes)+len(r.ASes) == 0 {
		return "it needs prefixes or ases"
	}
	return ""
}

func neverNewOrigin(r *Rule) string {
	if len(r.ASes) == 0 && len(r.Origins) > 0 {
		return "the rule names the origins, so that any other is " + originViolates
	}
	return neverRoutes(r)
}

func neverOrigins(r *Rule) string {
	if len(r.Prefixes) == 0 || len(r.Origins) == 0 {
		return "it needs prefixes and origins"
	}
	return ""
}

func neverUpstreams(r *Rule) string {
	if len(r.Upstreams) == 0 {
		return "it needs upstreams"
	}
	return ""
}

func neverDomains(r *Rule) string {
	if len(r.Domains) == 0 {
		return "it needs domains"
	}
	return ""
}

func neverRFCs(r *Rule) string {
	if len(r.RFCs) == 0 {
		return "it needs rfcs"
	}
	return ""
}

func neverDrafts(r *Rule) string {
	if len(r.Drafts)+len(r.Groups)+len(r.RFCs) == 0 {
		return "it needs drafts, groups or rfcs"
	}
	return ""
}

func neverRegistries(r *Rule) string {
	if len(r.Registries)+len(r.RFCs) == 0 {
		return "it needs registries or rfcs"
	}
	return ""
}
