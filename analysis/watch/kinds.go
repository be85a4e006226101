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

	upstreamViolates = "upstream-violates-rule"

	roaViolates       = "roa-violates-rule"
	maxLengthViolates = "max-length-violates-rule"
	roaExpiring       = "roa-expiring"
	anchorMissing     = "trust-anchor-missing"
	aspaViolates      = "aspa-violates-rule"
	oneFamily         = "certificate-one-family"
	countryLost       = "country-lost-routes"
	countryInvalid    = "country-rov-invalid"
)

var (
	ofRoutes = []*table.Schema{datasets.RouteStates.Schema}
	ofEvents = []*table.Schema{datasets.RouteStates.Schema, datasets.RouteEvents.Schema}
	ofROAs   = []*table.Schema{datasets.ROAs.Schema}
	ofASPAs  = []*table.Schema{datasets.ASPAs.Schema}
	changed  = []*table.Schema{datasets.ROAChanges.Schema}
	ofRFCs   = []*table.Schema{datasets.RFCEvents.Schema}
	national = []*table.Schema{datasets.RouteStates.Schema, datasets.CountryStats.Schema}
)

// Kinds are all kinds of alerts, in the order in which they are shown.
var Kinds = []Kind{
	{newOrigin, "critical", "another AS originates a watched prefix, or one that a watched AS originated (while another one did, or instead)",
		"If nobody of yours announces it, call the new origin and its upstreams, and check your ROA.", ofEvents, neverNewOrigin},
	{moreSpecific, "critical", "a route inside a watched prefix that more_specifics and allowed do not expect, or inside one of a watched AS by another origin",
		"If nobody of yours announces it, announce prefixes of the same length yourself and call the origin's upstreams.", ofEvents, neverRoutes},
	{originViolates, "critical", "a watched prefix, or an expected one inside it, is announced by an AS that is not among origins",
		"If nobody of yours announces it, call the origin and its upstreams, and check your ROA.", ofRoutes, neverOrigins},
	{upstreamViolates, "warning", "an AS is beside the origin on paths, is not known to be its customer, and is not among upstreams: a forged first AS looks like this",
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
	{"roa-created", "info", "a ROA payload of a watched prefix or AS, or inside the prefix, came", "", changed, neverRoutes},
	{"roa-changed", "warning", "a ROA payload took the place of one with another AS or maxLength", "See that the routes are still valid.", changed, neverRoutes},
	{"roa-gone", "warning", "a ROA payload of a watched prefix or AS, or inside the prefix, went", "If it was not withdrawn on purpose, see whether it expired, and have it issued again.", changed, neverRoutes},
	{roaViolates, "warning", "a route of a watched prefix, or inside one, is covered by no ROA, and roa expects one", "Issue a ROA for the route's prefix and origin.", ofRoutes, neverROA},
	{maxLengthViolates, "warning", "a ROA payload of a watched prefix, or inside one, authorises longer prefixes than max_length expects",
		"Issue the ROA with a shorter maxLength (RFC 9319): whoever forges the origin can announce the longer prefixes.", ofROAs, neverMaxLength},
	{roaExpiring, "warning", "a ROA payload of a watched prefix or AS, or inside the prefix, is valid for less than two days more, and no longer than it was in the files of the day before",
		"See why it is not renewed: its certificate, its manifest or its revocation list runs out.", ofROAs, neverRoutes},
	{anchorMissing, "warning", "a trust anchor of the payloads of a watched prefix or AS is missing from a source that had it",
		"Until it is there again validators do not know of those ROAs: see whether the registry's repository or the source is at fault.", ofROAs, neverRoutes},
	{"aspa-created", "info", "an AS of the rule has an ASPA, and had none", "", ofASPAs, neverASPA},
	{"aspa-changed", "warning", "the ASPA of an AS of the rule lists other providers than before", "See that it lists all providers: paths over any other become invalid.", ofASPAs, neverASPA},
	{"aspa-gone", "warning", "an AS of the rule no longer has an ASPA", "If it was not withdrawn on purpose, see whether it expired, and have it issued again.", ofASPAs, neverASPA},
	{aspaViolates, "warning", "the ASPA of an AS of the rule does not list just the providers that aspa expects, or there is none", "Issue the ASPA with those providers, or put the rule right.", ofASPAs, neverProviders},
	{"domain-lost-ipv6", "critical", "a client with IPv6 only no longer gets a domain's services, of which it got some or all before", "The domain's page names the cause and the remedy.", []*table.Schema{datasets.DomainReadinesses.Schema}, neverDomains},
	{oneFamily, "critical", "the certificate of a host of a watched domain is not valid over one address family, and valid over the other",
		"Compare what the servers behind the A and the AAAA records show: one of them has another certificate.", []*table.Schema{datasets.IPv6Probes.Schema}, neverDomains},
	{countryLost, "critical", "the ASes registered in a watched country originate less than nine tenths of the prefixes of before", "See whether all operators of the country are concerned, or one: the country's page names the largest.", national, neverCountries},
	{countryInvalid, "warning", "routes that are invalid by ROAs are twice as many as before among those that the ASes registered in a watched country originate, and at least a hundredth of them more",
		"See which ASes they are of, and whether a ROA of their space is mistaken.", national, neverCountries},
	{"rfc-changed", "info", "a watched RFC's status, relations or entry in the index changed", "", ofRFCs, neverRFCs},
	{"draft-changed", "info", "a watched draft, or one of a watched group, appeared, was revised or changed its state; or a draft is to change a watched RFC", "", ofRFCs, neverDrafts},
	{"erratum-changed", "info", "an erratum of a watched RFC was reported, verified, held or rejected", "", ofRFCs, neverRFCs},
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

func neverROA(r *Rule) string {
	if !r.ROA {
		return "it needs roa = true"
	}
	return ""
}

func neverMaxLength(r *Rule) string {
	if r.MaxLength == (Lengths{}) {
		return "it needs max_length"
	}
	return ""
}

func neverASPA(r *Rule) string {
	if len(r.ASes)+len(r.Origins) == 0 {
		return "it needs ases or origins"
	}
	return ""
}

func neverProviders(r *Rule) string {
	if len(r.ASPA) == 0 {
		return "it needs aspa"
	}
	return ""
}

func neverCountries(r *Rule) string {
	if len(r.Countries) == 0 {
		return "it needs countries"
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
