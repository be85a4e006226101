// Package terms knows under which terms the publishers of raw data give it away.
package terms

import (
	"net/url"
	"path"
	"slices"
	"strings"

	"tidemark/datasets/table"
)

// Terms are those of a publisher's data.
type Terms struct {
	Publisher   string `json:"title"`
	License     string `json:"license,omitempty"`     // SPDX identifier; empty: no standard licence is stated
	Conditions  string `json:"conditions,omitempty"`  // in short, where no licence says it
	Attribution string `json:"attribution,omitempty"` // sentence that names the source; empty: none is asked for
	Link        string `json:"path,omitempty"`        // where the publisher says it; empty: nowhere that is known
}

// rule says which raw files a publisher's terms hold for. A host stands for those below it too; a file that came from no
// known host is told by its kind, and of several publishers of a kind by the source's collector.
type rule struct {
	Terms
	hosts      []string
	kinds      []string
	collectors []string // patterns of path.Match; nil: any
}

var rules = []rule{
	{Terms{"University of Oregon RouteViews", "CC-BY-4.0", "", "Routing data of the RouteViews project of the University of Oregon, CC BY 4.0.", "https://www.routeviews.org/"},
		[]string{"routeviews.org"}, []string{"mrt"}, []string{"route-views*"}},
	{Terms{"RIPE NCC, Routing Information Service (RIS)", "", "free use if RIS is named; more is asked of products that are sold", "The RIPE Routing Information Service (RIS) is a RIPE NCC service.",
		"https://www.ripe.net/analyse/internet-measurements/routing-information-service-ris/commercial-use/"},
		[]string{"data.ris.ripe.net", "www.ris.ripe.net"}, []string{"mrt", "prefix-origins"}, []string{"rrc*", "riswhois*"}},
	{Terms{"CAIDA, RouteViews prefix to AS mappings", "", "CAIDA’s Acceptable Use Agreement: the data set is cited, and publications are reported to CAIDA", "Contains data of the CAIDA RouteViews Prefix to AS mappings Dataset.",
		"https://www.caida.org/about/legal/aua/"}, []string{"caida.org"}, []string{"prefix-origins"}, []string{"*pfx2as*", "caida*"}},
	{Terms{"RIPE NCC", "", "terms of service of the RIPE NCC’s public services", "Source: RIPE NCC.", "https://www.ripe.net/about-us/legal/"},
		[]string{"ripe.net"}, []string{"as-names"}, []string{"ripe*"}},
	{Terms{"APNIC", "", "free to download and use, on the condition that APNIC is not responsible for loss or damage from using it", "", "https://ftp.apnic.net/pub/apnic/stats/apnic/README.TXT"},
		[]string{"apnic.net"}, nil, nil},
	{Terms{"ARIN", "", "terms of use of ARIN’s services", "", "https://www.arin.net/about/corporate/agreements/"}, []string{"arin.net"}, nil, nil},
	{Terms{"LACNIC", "", "", "", "https://www.lacnic.net/"}, []string{"lacnic.net"}, nil, nil},
	{Terms{"AFRINIC", "", "", "", "https://afrinic.net/"}, []string{"afrinic.net"}, nil, nil},
	{Terms{"IANA", "CC0-1.0", "", "", "https://www.iana.org/help/licensing-terms"}, []string{"iana.org"}, []string{"special-prefixes", "address-space", "as-numbers"}, nil},
	{Terms{"RFC Editor and IETF Trust", "", "the IETF Trust’s Legal Provisions: documents are copied whole, and quoted with their source", "", "https://trustee.ietf.org/documents/trust-legal-provisions/"},
		[]string{"rfc-editor.org", "ietf.org"}, []string{"rfc-index", "rfc-errata", "rfc-texts", "datatracker"}, nil},
	{Terms{"Team Cymru", "", "no licence is stated; the lists are given freely, to be asked for at most once in their period", "Bogon lists of Team Cymru.", "https://www.team-cymru.com/bogon-networks"},
		[]string{"team-cymru.org", "team-cymru.com"}, []string{"bogon-list"}, []string{"*cymru*"}},
	{Terms{"Google, IPv6 statistics", "", "Google’s terms of service", "Source: Google, IPv6 statistics.", "https://www.google.com/intl/en/ipv6/statistics.html"}, []string{"google.com"}, []string{"google-ipv6"}, nil},
	{Terms{"rpki-client’s console", "", "no terms are stated; the objects are those that the holders of the resources publish", "", "https://console.rpki-client.org/"},
		[]string{"rpki-client.org"}, []string{"roas"}, []string{"rpki-client*"}},
	{Terms{"the regional registries", "", "each registry’s own terms", "", "https://www.nro.net/about/rirs/statistics/"}, []string{"nro.net"}, []string{"delegations"}, nil},
	{Terms{"the operator of this site", "", "own measurements; the domains are those of the list that each run names, under that list’s terms", "", ""}, nil, []string{"ipv6-probes", "ipv6-vantage", "slurm"}, nil},
}

// Unknown are the terms of a file whose publisher is not in the table.
var Unknown = Terms{Publisher: "other publishers", Conditions: "terms are not known to Tidemark: ask the publisher of the file before you pass it on"}

// Of returns the terms of a raw file: by the host of its URL, else by its kind and collector, which its name begins with.
func Of(in table.Input) Terms {
	if u, err := url.Parse(in.URL); err == nil && u.Hostname() != "" {
		for _, r := range rules {
			if slices.ContainsFunc(r.hosts, func(host string) bool { return u.Hostname() == host || strings.HasSuffix(u.Hostname(), "."+host) }) {
				return r.Terms
			}
		}
	}
	parts := strings.Split(in.Name, "/") // kind, collector where there is one, day, name
	collector := ""
	if len(parts) > 3 {
		collector = parts[1]
	}
	for _, r := range rules {
		if slices.Contains(r.kinds, parts[0]) && (r.collectors == nil || slices.ContainsFunc(r.collectors, func(pattern string) bool {
			matched, _ := path.Match(pattern, collector)
			return matched
		})) {
			return r.Terms
		}
	}
	return Unknown
}

// Union returns the terms of files, each once, in the order of the table.
func Union(files func(yield func(table.Input) bool)) []Terms {
	met := map[Terms]bool{}
	for in := range files {
		met[Of(in)] = true
	}
	var all []Terms
	for _, r := range rules {
		if met[r.Terms] {
			all = append(all, r.Terms)
		}
	}
	if met[Unknown] {
		all = append(all, Unknown)
	}
	return all
}
