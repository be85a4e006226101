package site

import (
	"cmp"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"tidemark/analysis/operator"
)

// routeTable is a table of routes, with what holds for all rows unless they say otherwise.
type routeTable struct {
	View     tableView
	Usual    []string // said once
	Sessions []string // that carry the rows which name no others
}

// prefixLink returns the path of the page of a prefix; "" if it has none.
func (f *facts) prefixLink(prefix string) string {
	switch {
	case f.watchedPrefix(prefix):
		return operator.PrefixPage(prefix)
	case f.Lookup != nil:
		return anyPrefixPath + "?p=" + url.QueryEscape(prefix)
	}
	return ""
}

func (f *facts) watchedPrefix(prefix string) bool {
	return slices.ContainsFunc(f.Networks.Prefixes, func(p *operator.Prefix) bool { return p.Prefix == prefix })
}

// usual returns the most frequent of texts, of several the first by the alphabet.
func usual(texts []string) string {
	counts := map[string]int{}
	for _, t := range texts {
		counts[t]++
	}
	all := slices.SortedFunc(maps.Keys(counts), func(a, b string) int {
		return cmp.Or(cmp.Compare(counts[b], counts[a]), strings.Compare(a, b))
	})
	if len(all) == 0 {
		return ""
	}
	return all[0]
}

// routesOf returns a table of routes; nil where there are none. origins adds the column of their origins.
func (f *facts) routesOf(name, caption string, routes []operator.Route, origins bool) *routeTable {
	if len(routes) == 0 {
		return nil
	}
	t := &routeTable{}
	seenBy := t.usualSessions(routes)
	registered := t.usualDelegation(routes)
	remarkOf := func(r *operator.Route) string { return strings.Join(remarks(r, registered), "; ") }
	columns := []tableColumn{{Name: "Prefix", Kind: ofAddress, Head: true}, {Name: "Full feeds that carry it", Kind: ofNumber}, {Name: "Verdict", Facet: choosable}, {Name: "ROV", Facet: choosable},
		{Name: "ROA that covers it"}, {Name: "IRR", Facet: choosable}, {Name: "Remarks"}}
	rows := make([][]tableCell, len(routes))
	for i := range routes {
		r := &routes[i]
		rows[i] = []tableCell{{Text: r.Prefix, Link: f.prefixLink(r.Prefix)}, reachCell(r, seenBy[r.Family()]), {Text: r.Verdict}, {Text: r.ROV},
			{Text: strings.TrimSuffix(r.ROVReason, " AS"+r.Origin)}, {Text: r.IRR}, {Text: remarkOf(r)}}
	}
	with := func(at int, c tableColumn, cell func(r *operator.Route) tableCell) {
		columns = slices.Insert(columns, at, c)
		for i := range rows {
			rows[i] = slices.Insert(rows[i], at, cell(&routes[i]))
		}
	}
	switch {
	case origins:
		with(1, tableColumn{Name: "Origin", Kind: ofAS, Named: true}, func(r *operator.Route) tableCell { return f.originCell(r.Origin, r.Name) })
	case slices.ContainsFunc(routes, func(r operator.Route) bool { return r.MOAS }):
		with(len(columns)-1, tableColumn{Name: "Other origins"}, otherOrigins)
	}
	t.View = *tableOfCells(name, caption, columns, rows)
	return t
}

// usualSessions returns the peers that carry most routes, by family, and says them once.
func (t *routeTable) usualSessions(routes []operator.Route) map[string]string {
	all := map[string]string{}
	for _, family := range []string{"IPv4", "IPv6"} {
		var seenBy []string
		for i := range routes {
			if r := &routes[i]; r.Family() == family && r.SeenBy != "" {
				seenBy = append(seenBy, r.SeenBy)
			}
		}
		if all[family] = usual(seenBy); all[family] != "" {
			peers := sessions(all[family])
			t.Usual = append(t.Usual, fmt.Sprintf("%s carried by %s", family, plural(len(peers), "session", "sessions")))
			t.Sessions = append(t.Sessions, peers...)
		}
	}
	return all
}

// usualDelegation returns as what most prefixes are delegated, and says it once.
func (t *routeTable) usualDelegation(routes []operator.Route) string {
	var delegations []string
	for i := range routes {
		delegations = append(delegations, routes[i].Delegation)
	}
	text := usual(delegations)
	if text != "" {
		t.Usual = append(t.Usual, "delegated: "+text)
	}
	return text
}

// reachCell says how many full feeds carry a route, and which peers if they are not the usual ones.
func reachCell(r *operator.Route, usual string) tableCell {
	if r.FullFeedPeers == nil || r.FullFeedTotal == nil {
		return tableCell{Text: "unknown"}
	}
	cell := tableCell{Text: fmt.Sprintf("%d of %d", *r.FullFeedPeers, *r.FullFeedTotal), Value: strconv.FormatInt(*r.FullFeedPeers, 10)}
	if r.SeenBy != usual {
		cell.Folded = sessions(r.SeenBy)
	}
	return cell
}

// originCell returns an origin with its name: an AS, or a set of them.
func (f *facts) originCell(origin, name string) tableCell {
	n, err := strconv.ParseUint(origin, 10, 32)
	if err != nil {
		return tableCell{Text: origin}
	}
	return tableCell{Text: "AS" + origin, Link: f.asLink(uint32(n)), Note: name}
}

func otherOrigins(r *operator.Route) tableCell {
	switch {
	case r.Others != "":
		return tableCell{Text: "AS" + strings.ReplaceAll(r.Others, ",", ", AS")}
	case r.MOAS:
		return tableCell{Text: "yes"}
	}
	return tableCell{Text: "none"}
}

// remarks returns what is remarkable about a route beside the usual delegation.
func remarks(r *operator.Route, delegation string) (all []string) {
	switch r.Bogon {
	case "none":
	case "unknown":
		all = append(all, "bogon: unknown ("+r.Reason+")")
	default:
		all = append(all, "bogon: "+r.Bogon+" ("+r.Reason+")")
	}
	if r.New == "yes" {
		text := "new"
		if r.Before != "" {
			text += ", before AS" + strings.ReplaceAll(r.Before, ",", ", AS")
		}
		all = append(all, text)
	}
	if r.LeftOut != "" {
		all = append(all, "left out of metrics: "+r.LeftOut)
	}
	if r.Delegation != delegation {
		all = append(all, "delegated: "+cmp.Or(r.Delegation, "unknown"))
	}
	return all
}
