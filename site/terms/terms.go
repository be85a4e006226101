// Package terms knows under which terms the publishers of raw data give it away.
package terms

import (
	"cmp"
	"iter"
	"net/url"
	"path"
	"slices"
	"strings"

	"tidemark/datasets/table"
)

// Terms are those of a publisher's data, in our words; the sentences of RouteViews and RIS are prescribed by them.
type Terms struct {
	Publisher   string `json:"title"`
	License     string `json:"license,omitempty"`     // SPDX identifier; empty: no standard licence is stated
	Conditions  string `json:"conditions,omitempty"`  // in short, where no licence says it
	Attribution string `json:"attribution,omitempty"` // sentence that names the source; empty: none is asked for
	Link        string `json:"path,omitempty"`        // where the publisher says it; empty: nowhere that is known
}

// rule says which raw files a publisher's terms hold for. A host stands for those below it too, and one with a path for what is below
// that. A file that came from no known host is told by its kind, and of several publishers of a kind by the source's collector.
type rule struct {
	Terms
	hosts      []string
	kinds      []string
	collectors []string // patterns of path.Match; nil: any
}

var rules = []rule{
	{Terms{"University of Oregon RouteViews", "CC-BY-4.0", "", "This report utilizes data provided by RouteViews (www.routeviews.org). Use of this data is subject to the CC BY 4.0 license. DOI 10.7264/1y7v-2d90.", "https://www.routeviews.org/routeviews/licenses/"},
		[]string{"routeviews.org"}, []string{"mrt"}, []string{"route-views*", "routeviews-live"}},
	{Terms{"RIPE NCC, Routing Information Service (RIS)", "", "free use if RIS is named; more is asked of products that are sold", "The RIPE Routing Information Service (RIS) is a RIPE NCC service.",
		"https://www.ripe.net/analyse/internet-measurements/routing-information-service-ris/commercial-use/"},
		[]string{"data.ris.ripe.net", "www.ris.ripe.net", "ris-live.ripe.net"}, []string{"mrt", "prefix-origins"}, []string{"rrc*", "riswhois*", "ris-live"}},
	{Terms{"CAIDA, AS to Organization Mapping", "", "CAIDA’s Acceptable Use Agreement: the data set is cited, and publications are reported to CAIDA", "Contains data of the CAIDA UCSD AS to Organization Mapping Dataset.",
		"https://www.caida.org/about/legal/aua/"}, []string{"publicdata.caida.org/datasets/as-organizations/", "data.caida.org/datasets/as-organizations/"}, []string{"as-orgs"}, nil},
	{Terms{"CAIDA, RouteViews prefix to AS mappings", "", "CAIDA’s Acceptable Use Agreement: the data set is cited, and publications are reported to CAIDA", "Contains data of the CAIDA RouteViews Prefix to AS mappings Dataset.",
		"https://www.caida.org/about/legal/aua/"}, []string{"caida.org"}, []string{"prefix-origins"}, []string{"*pfx2as*", "caida*"}},
	{Terms{"RIPE NCC, RIPE Database", "", "RIPE Database Terms and Conditions: for agreed purposes, not for advertising or other contact", "Source: RIPE Database.", "https://docs.db.ripe.net/terms-conditions.html"},
		[]string{"ftp.ripe.net/ripe/dbase/"}, []string{"irr-routes"}, []string{"ripe*"}},
	{Terms{"RIPE NCC", "", "terms of service of the RIPE NCC’s public services", "Source: RIPE NCC.", "https://www.ripe.net/about-us/legal/"},
		[]string{"ripe.net"}, []string{"as-names"}, []string{"ripe*"}},
	{Terms{"APNIC Labs, IPv6 measurements", "", "re-use with attribution", "Source: APNIC Labs, IPv6 measurements.", "https://stats.labs.apnic.net/ipv6"}, []string{"labs.apnic.net"}, []string{"apnic-ipv6"}, nil},
	{Terms{"APNIC", "", "free to download and use, on the condition that APNIC is not responsible for loss or damage from using it", "", "https://ftp.apnic.net/pub/apnic/stats/apnic/README.TXT"},
		[]string{"apnic.net"}, nil, nil},
	{Terms{"ARIN", "", "terms of use of ARIN’s services", "", "https://www.arin.net/about/corporate/agreements/"}, []string{"arin.net"}, nil, nil},
	{Terms{"LACNIC", "", "", "", "https://www.lacnic.net/"}, []string{"lacnic.net"}, nil, nil},
	{Terms{"AFRINIC", "", "", "", "https://afrinic.net/"}, []string{"afrinic.net"}, nil, nil},
	{Terms{"IANA", "CC0-1.0", "", "", "https://www.iana.org/help/licensing-terms"}, []string{"iana.org"}, []string{"special-prefixes", "address-space", "as-numbers", "iana-registry"}, nil},
	{Terms{"RFC Editor and IETF Trust", "", "the IETF Trust’s Legal Provisions: documents are copied whole, and quoted with their source", "", "https://trustee.ietf.org/documents/trust-legal-provisions/"},
		[]string{"rfc-editor.org", "ietf.org"}, []string{"rfc-index", "rfc-errata", "rfc-texts", "datatracker", "draft-milestones"}, nil},
	{Terms{"Team Cymru", "", "no licence is stated; the lists are given freely, to be asked for at most once in their period", "Bogon lists of Team Cymru.", "https://www.team-cymru.com/bogon-networks"},
		[]string{"team-cymru.org", "team-cymru.com"}, []string{"bogon-list"}, []string{"*cymru*"}},
	{Terms{"Google, IPv6 statistics", "", "Google’s terms of service", "Source: Google, IPv6 statistics.", "https://www.google.com/intl/en/ipv6/statistics.html"}, []string{"google.com"}, []string{"google-ipv6"}, nil},
	{Terms{"bgproutes.io", "", "terms are not known to Tidemark: ask contact@bgproutes.io before you pass it on", "", "https://bgproutes.io/"}, []string{"bgproutes.io"}, nil, nil},
	{Terms{"the publishers of figures about users", "", "each publisher’s own terms: ask it before you pass them on", "", ""}, nil, []string{"ipv6-users"}, nil},
	{Terms{"the authors of the survey", "", "terms are not stated: ask them before you pass it on", "", ""}, nil, []string{"ipv6-site-survey"}, nil},
	{Terms{"rpki-client’s console", "", "no terms are stated; the objects are those that the holders of the resources publish", "", "https://console.rpki-client.org/"},
		[]string{"rpki-client.org"}, []string{"roas"}, []string{"rpki-client*"}},
	{Terms{"RPKIviews", "", "terms are not known to Tidemark; the objects are those that the holders of the resources publish", "", "https://www.rpkiviews.org/"},
		[]string{"sobornost.net", "rpkiviews.org"}, []string{"roas"}, []string{"rpkiviews*"}},
	{Terms{"NRO and the regional registries", "", "each registry’s own terms", "", "https://www.nro.net/about/rirs/statistics/"}, []string{"nro.net"}, []string{"delegations", "transfers"}, nil},
	{Terms{"the operator of this site", "", "own measurements; the domains are those of the list that each run names, under that list’s terms", "", ""}, nil, []string{probes, "ipv6-vantage", "slurm"}, nil},
}

// recorded are the terms of what a collector of the site's own recorded. The URL of the file says so: its kind, and its collector's name, may be those of a
// file of others.
var recorded = Terms{"the operator of this site", "", "own measurements; the routes are those that the peers of the collector announced to it", "", ""}

// lists are the publishers of lists of domains, by their hosts and the IDs of their lists. Which list a probe's file is about its rows say.
var lists = []rule{
	{Terms{"Tranco", "", "free for research, which cites the paper (Le Pochat et al., NDSS 2019) and the list by its ID; the lists that it combines have terms of their own",
		"Domains of the Tranco list, https://tranco-list.eu.", "https://tranco-list.eu/"}, []string{"tranco-list.eu"}, nil, []string{"tranco*"}},
	{Terms{"Cisco Umbrella popularity list", "", "given away freely; no licence is stated", "Domains of the Cisco Umbrella popularity list.", "https://s3-us-west-1.amazonaws.com/umbrella-static/index.html"},
		[]string{"umbrella-static.s3-us-west-1.amazonaws.com"}, nil, []string{"*umbrella*"}},
	{Terms{"Majestic Million", "CC-BY-3.0", "", "Domains of the Majestic Million, CC BY 3.0.", "https://majestic.com/reports/majestic-million"}, []string{"majestic.com"}, nil, []string{"majestic*"}},
	{Terms{"Chrome User Experience Report (CrUX)", "", "Google’s terms; the monthly lists are copies of its public tables", "Origins of the Chrome User Experience Report.", "https://developer.chrome.com/docs/crux/"},
		[]string{"raw.githubusercontent.com/zakird/crux-top-lists/"}, nil, []string{"crux*"}},
	{Terms{"Cloudflare Radar", "CC-BY-NC-4.0", "", "Domains of Cloudflare Radar, CC BY-NC 4.0.", "https://radar.cloudflare.com/about"}, []string{"radar.cloudflare.com", "api.cloudflare.com"}, nil, []string{"*radar*"}},
}

// all are the rules in the order of their pages.
var all = slices.Concat(rules, []rule{{Terms: recorded}}, lists)

// Unknown are the terms of a file whose publisher is not in the table.
var Unknown = Terms{Publisher: "other publishers", Conditions: "terms are not known to Tidemark: ask the publisher of the file before you pass it on"}

// Of returns the terms of a raw file: by the scheme or the host of its URL, else by its kind and collector, which its name begins with.
func Of(in table.Input) Terms {
	if t, known := ofAddress(all, in.URL); known {
		return t
	}
	if strings.HasPrefix(in.URL, "record:") {
		return recorded
	}
	kind, _, _ := strings.Cut(in.Name, "/")
	for _, r := range rules {
		if slices.Contains(r.kinds, kind) && (r.collectors == nil || r.collects(Collector(in))) {
			return r.Terms
		}
	}
	return Unknown
}

// OfList returns the terms of a list of domains that was probed, by the address at which it is published or by its ID; known: they are. Those
// of a list that an owner or an address is known of, and no more, are left to ask for.
func OfList(id, address, owner string) (t Terms, known bool) {
	if t, known = ofAddress(lists, address); known {
		return t, true
	}
	for _, r := range lists {
		if r.collects(id) {
			return r.Terms, true
		}
	}
	if owner == "" && address == "" {
		return Terms{}, false
	}
	return Terms{Publisher: cmp.Or(owner, address) + ", list of domains", Conditions: "terms are not known to Tidemark: ask for them before you pass the list on", Link: address}, true
}

// ofAddress returns the terms of the first rule that holds for an address.
func ofAddress(rules []rule, address string) (t Terms, known bool) {
	u, err := url.Parse(address)
	if err != nil || u.Hostname() == "" {
		return Terms{}, false
	}
	for _, r := range rules {
		if slices.ContainsFunc(r.hosts, func(host string) bool {
			if strings.Contains(host, "/") {
				return strings.HasPrefix(u.Hostname()+u.Path, host)
			}
			return u.Hostname() == host || strings.HasSuffix(u.Hostname(), "."+host)
		}) {
			return r.Terms, true
		}
	}
	return Terms{}, false
}

// collects reports whether a collector, or the ID of a list, is one of the rule's.
func (r *rule) collects(name string) bool {
	return slices.ContainsFunc(r.collectors, func(pattern string) bool {
		matched, _ := path.Match(pattern, name)
		return matched
	})
}

// Collector returns the collector of a raw file, which its name has behind the kind; empty: it has none.
func Collector(in table.Input) string {
	if parts := strings.Split(in.Name, "/"); len(parts) > 3 { // kind, collector, day, name
		return parts[1]
	}
	return ""
}

// probes is the kind of the files that come with a list of domains.
const probes = "ipv6-probes"

// AllOf returns the terms of a file; with those of a probe the terms of the list of domains that it probed, by the name of its file. Where
// that is not known all publishers of lists are named.
func AllOf(in table.Input, probed map[string][]Terms) []Terms {
	all := []Terms{Of(in)}
	if kind, _, _ := strings.Cut(in.Name, "/"); kind != probes {
		return all
	}
	if own, known := probed[in.Name]; known {
		return append(all, own...)
	}
	for _, r := range lists {
		all = append(all, r.Terms)
	}
	return all
}

// Union returns the terms of lists, each once, in the order of the table.
func Union(lists iter.Seq[[]Terms]) []Terms {
	var union []Terms // few, so that a map would take longer
	for list := range lists {
		for _, t := range list {
			if !slices.Contains(union, t) {
				union = append(union, t)
			}
		}
	}
	slices.SortFunc(union, func(a, b Terms) int {
		return cmp.Or(cmp.Compare(a.rank(), b.rank()), cmp.Compare(a.Publisher, b.Publisher), cmp.Compare(a.Link, b.Link))
	})
	return union
}

// rank returns the place of terms in the table; those that are not in it follow, and Unknown is last.
func (t Terms) rank() int {
	if t == Unknown {
		return len(all) + 1
	}
	if i := slices.IndexFunc(all, func(r rule) bool { return r.Terms == t }); i >= 0 {
		return i
	}
	return len(all)
}
