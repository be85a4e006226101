package site

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"tidemark/analysis/operator"
	"tidemark/internal/quantity"
	"tidemark/site/chart"
)

// checkRow is a check with its sign, and the section of the page that has the evidence.
type checkRow struct {
	operator.Check
	Sign    string
	Class   string
	Section string // id of its heading; empty: the page has none
}

// evidence are the ids of the sections that have the evidence of checks, by item, the first that a page has.
var evidence = map[string][]string{
	"announcement": {"routes", "covering"}, "length": {"routes"}, "bogon": {"routes"}, "delegation": {"routes"}, "ROA": {"roas", "routes"}, "maxLength": {"roas", "routes"},
	"visibility": {"routes"}, "competing origin": {"witnesses", "routes"}, "route objects": {"objects", "routes"}, "ASPA": {"aspa"}, "events": {"events"},
}

// checkRows returns checks as a page with some sections shows them.
func checkRows(checks []operator.Check, has map[string]bool) []checkRow {
	var all []checkRow
	for _, c := range checks {
		row := checkRow{Check: c, Sign: "✓", Class: "ok"}
		switch c.State {
		case "to do":
			row.Sign, row.Class = "!", "todo"
		case "unknown":
			row.Sign, row.Class = "?", "open"
		}
		for _, id := range evidence[c.Item] {
			if has[id] && row.Section == "" {
				row.Section = id
			}
		}
		all = append(all, row)
	}
	return all
}

// familyTotal is a figure of both families.
type familyTotal struct{ Name, IPv4, IPv6 string }

// asView is the page of an AS.
type asView struct {
	*operator.AS
	Checks            []checkRow
	Totals, Near      []familyTotal
	Chart             *chart.Chart // nil: nothing to draw
	Routes            *routeTable  // nil: it originates none
	Neighbours        *tableView   // nil: no path shows one
	Payloads          *tableView   // nil: none
	Objects, Happened *tableView
	Changes, Past     *tableView // of payloads, of numbers of prefixes
	Listed            *tableView // by its ASPA, over time
}

// MoreROAs reports whether there are more payloads than the page shows.
func (v *asView) MoreROAs() bool { return v.ROATotal > int64(len(v.ROAs)) }

// MoreObjects reports whether there are more route objects than the page shows.
func (v *asView) MoreObjects() bool { return v.IRRTotal > int64(len(v.IRRObjects)) }

// prefixView is the page of a prefix.
type prefixView struct {
	*operator.Prefix
	Checks                      []checkRow
	Chart                       *chart.Chart
	Routes, Covering, Specifics *routeTable
	Witnesses, Payloads         *tableView
	Objects, Happened           *tableView
	Changes, Past               *tableView
	Incidents                   *tableView
}

func (f *facts) asView(a *operator.AS) *asView {
	v := &asView{AS: a, Chart: f.plots[asSlug(a.ASN)]}
	v.Routes = f.routesOf("routes", "Routes that it originates", a.Routes, false)
	v.Neighbours = f.neighboursOf(a.Topology)
	v.Payloads = f.payloadsOf(a.ROAs, "ROA payloads (VRPs) with its number of "+commas(a.ROADate), false)
	v.Objects = f.objectsOf(a.IRRObjects, "Objects of registries of routes (IRR) that name it as the origin", false)
	v.Happened = f.eventsOf(a.Events)
	v.Changes = f.sightingsOf("changes", "What changed about payloads with its number", a.Payloads, false)
	var past []operator.Sighting
	for _, c := range a.History {
		past = append(past, operator.Sighting{Time: c.Time, What: c.What(), Collectors: c.Collectors()})
	}
	v.Past = f.sightingsOf("history", "Prefixes in the dumps of each time", past, false)
	if a.ASPA != nil {
		v.Listed = f.sightingsOf("aspas", "What its ASPA listed, on the first day of ASPAs and on each day on which that had changed", a.ASPA.History, false)
	}
	v.Totals, v.Near = totalsOf(a), nearOf(a.Topology)
	v.Checks = checkRows(a.Checks, map[string]bool{"routes": v.Routes != nil, "roas": v.Payloads != nil, "objects": v.Objects != nil, "aspa": a.ASPA != nil, "events": v.Happened != nil})
	return v
}

func (f *facts) prefixView(p *operator.Prefix) *prefixView {
	v := &prefixView{Prefix: p, Chart: f.plots[prefixSlug(p.Prefix)]}
	v.Routes = f.routesOf("routes", "Routes of the prefix itself", p.Routes, true)
	v.Covering = f.routesOf("covering", "Routes that cover it, the most specific first", p.Covering, true)
	v.Specifics = f.routesOf("specifics", fmt.Sprint("More specific routes, ", p.Specifics, " in all"), p.MoreSpecific, true)
	v.Witnesses = f.witnessesOf(p.Witnesses)
	v.Payloads = f.payloadsOf(p.ROAs, "ROA payloads (VRPs) that cover it of "+commas(p.ROADate), true)
	v.Objects = f.objectsOf(p.IRRObjects, "Objects of registries of routes (IRR) for it and for what covers it, "+plural(p.IRRTotal, "object", "objects")+" in all", true)
	v.Happened = f.eventsOf(p.Events)
	v.Changes = f.sightingsOf("changes", "What changed about payloads that cover it", p.Payloads, true)
	v.Past = f.sightingsOf("history", "What the dumps showed at each time", p.History, true)
	v.Incidents = f.incidentsOf(p.Prefix)
	v.Checks = checkRows(p.Checks, map[string]bool{"routes": v.Routes != nil, "covering": v.Covering != nil, "roas": v.Payloads != nil, "witnesses": v.Witnesses != nil})
	return v
}

// commas returns days, comma-separated, as a sentence has them.
func commas(days string) string { return strings.ReplaceAll(days, ",", ", ") }

// tableOfCells returns a table; nil where there are no rows. Columns without a value are left out, and those without a key have their name as such.
func tableOfCells(name, caption string, columns []tableColumn, rows [][]tableCell) *tableView {
	if len(rows) == 0 {
		return nil
	}
	for i := len(columns) - 1; i >= 0; i-- {
		if slices.ContainsFunc(rows, func(row []tableCell) bool { return row[i].Text != "" }) {
			continue
		}
		columns = slices.Delete(columns, i, i+1)
		for n := range rows {
			rows[n] = slices.Delete(rows[n], i, i+1)
		}
	}
	v := tableView{Name: name, Caption: caption, Columns: columns, Total: len(rows)}
	for i := range v.Columns {
		c := &v.Columns[i]
		c.Key, c.Kind = cmp.Or(c.Key, c.Name), cmp.Or(c.Kind, ofText)
		if c.Facet == choosable {
			c.Facet = facetOf(len(rows), func(row int) string { return rows[row][i].Text })
		}
	}
	v = v.withRows(len(rows), func(row int) []tableCell { return rows[row] })
	return &v
}

// choosable marks a column by which readers choose, if its values are few.
const choosable = "choosable"

// totalsOf returns how the routes of an AS are judged, by family.
func totalsOf(a *operator.AS) (all []familyTotal) {
	var v4, v6 *operator.ASFamily
	for i := range a.Families {
		if f := &a.Families[i]; f.Family == "IPv4" {
			v4 = f
		} else {
			v6 = f
		}
	}
	if v4 == nil && v6 == nil {
		return nil
	}
	add := func(name string, of func(t *operator.ASFamily) int64) {
		all = append(all, familyTotal{name, totalOf(v4, of), totalOf(v6, of)})
	}
	add("Prefixes", func(t *operator.ASFamily) int64 { return t.Prefixes })
	for _, part := range []struct {
		name string
		of   func(t *operator.ASFamily) map[string]int64
	}{
		{"Verdict ", func(t *operator.ASFamily) map[string]int64 { return t.Verdicts }},
		{"ROV ", func(t *operator.ASFamily) map[string]int64 { return t.ROV }},
		{"IRR ", func(t *operator.ASFamily) map[string]int64 { return t.IRR }},
	} {
		states := map[string]int64{}
		for i := range a.Families {
			maps.Copy(states, part.of(&a.Families[i]))
		}
		for _, state := range slices.Sorted(maps.Keys(states)) {
			add(part.name+state, func(t *operator.ASFamily) int64 { return part.of(t)[state] })
		}
	}
	add("Bogons", func(t *operator.ASFamily) int64 { return t.Bogons })
	if a.Unjudged > 0 {
		add("Not known whether bogons", func(t *operator.ASFamily) int64 { return t.Unjudged })
	}
	add("With other origins", func(t *operator.ASFamily) int64 { return t.Shared })
	return all
}

// totalOf returns a number of routes; of a family without dumps it is not known.
func totalOf(f *operator.ASFamily, of func(t *operator.ASFamily) int64) string {
	if f == nil {
		return "no table"
	}
	return quantity.Count(of(f))
}

// nearOf returns where an AS stands among its neighbours, by family.
func nearOf(topology []operator.Topology) (all []familyTotal) {
	if len(topology) == 0 {
		return nil
	}
	for _, figure := range []struct {
		name string
		of   func(t *operator.Topology) string
	}{
		{"Providers", func(t *operator.Topology) string { return quantity.Count(t.Providers) }},
		{"Peers", func(t *operator.Topology) string { return quantity.Count(t.Peers) }},
		{"Customers", func(t *operator.Topology) string { return quantity.Count(t.Customers) }},
		{"Relation unknown", func(t *operator.Topology) string { return quantity.Count(t.Unknown) }},
		{"ASes in its customer cone", func(t *operator.Topology) string {
			if t.Clique {
				return quantity.Count(t.ConeASes) + " (at the top)"
			}
			return quantity.Count(t.ConeASes)
		}},
		{"Prefixes of the cone", func(t *operator.Topology) string { return quantity.Count(t.ConePrefixes) }},
		{"Hegemony", func(t *operator.Topology) string {
			if t.Hegemony == nil {
				return "unknown"
			}
			return quantity.Percent(*t.Hegemony)
		}},
		{"ASes with full feeds", func(t *operator.Topology) string { return quantity.Count(t.FullFeeds) }},
	} {
		row := familyTotal{figure.name, "no path", "no path"}
		for i := range topology {
			if t := &topology[i]; t.Family == "IPv6" {
				row.IPv6 = figure.of(t)
			} else {
				row.IPv4 = figure.of(t)
			}
		}
		all = append(all, row)
	}
	return all
}

// numberedAS returns an AS with its name and the link to its page, where it has one.
func (f *facts) numberedAS(n uint32, name string) tableCell {
	return f.originCell(strconv.FormatUint(uint64(n), 10), name)
}

func (f *facts) neighboursOf(topology []operator.Topology) *tableView {
	var rows [][]tableCell
	for _, t := range topology {
		for _, n := range t.Neighbours {
			rows = append(rows, []tableCell{f.numberedAS(n.ASN, n.Name), {Text: t.Family}, {Text: n.Relation}, {Text: fmt.Sprintf("%d of %d", n.Vantages, t.Vantages), Value: strconv.FormatInt(n.Vantages, 10)},
				{Text: quantity.Count(n.Paths)}, {Text: n.Since}, {Text: strings.ReplaceAll(n.Basis, "-", " ")}})
		}
	}
	return tableOfCells("neighbours", "Neighbours, inferred from paths; of each relation at most 50, those that most vantage points show", []tableColumn{{Name: "AS", Kind: ofAS, Head: true, Named: true},
		{Name: "Family", Facet: choosable}, {Name: "Relation", Facet: choosable}, {Name: "Vantage points", Kind: ofNumber}, {Name: "Paths", Kind: ofGrouped}, {Name: "Since", Kind: ofDay}, {Name: "Decided by"}}, rows)
}

func (f *facts) payloadsOf(payloads []operator.ROA, caption string, origins bool) *tableView {
	columns := []tableColumn{{Name: "Prefix", Kind: ofAddress, Head: true}, {Name: "maxLength", Kind: ofNumber}, {Name: "Trust anchor", Facet: choosable}, {Name: "Expires (UTC)", Kind: ofTime}}
	if origins {
		columns = append(columns, tableColumn{Name: "Origin", Kind: ofAS})
	}
	var rows [][]tableCell
	for _, p := range payloads {
		row := []tableCell{{Text: p.Prefix, Link: f.prefixLink(p.Prefix)}, {Text: strconv.FormatInt(p.MaxLength, 10)}, {Text: cmp.Or(p.TrustAnchor, "not named")}, {Text: instant(p.Expires, "2006-01-02 15:04")}}
		if origins {
			row = append(row, f.originCell(p.Origin, ""))
		}
		rows = append(rows, row)
	}
	return tableOfCells("roas", caption, columns, rows)
}

func (f *facts) objectsOf(objects []operator.IRRObject, caption string, origins bool) *tableView {
	columns := []tableColumn{{Name: "Prefix", Kind: ofAddress, Head: true}, {Name: "Registry", Facet: choosable}, {Name: "Maintainers"}, {Name: "Changed"}, {Name: "Agrees", Facet: choosable}}
	if origins {
		columns = append(columns, tableColumn{Name: "Origin", Kind: ofAS})
	}
	var rows [][]tableCell
	for _, o := range objects {
		row := []tableCell{{Text: o.Prefix, Link: f.prefixLink(o.Prefix)}, {Text: o.Source}, {Text: o.MntBy}, {Text: cmp.Or(o.Modified, "unknown")}, {Text: cmp.Or(o.Agreement, "not announced")}}
		if origins {
			row = append(row, f.originCell(o.Origin, ""))
		}
		rows = append(rows, row)
	}
	return tableOfCells("objects", caption, columns, rows)
}

// eventsOf returns events, the newest first.
func (f *facts) eventsOf(events []operator.Event) *tableView {
	minute := func(at string) string { return instant(at, "2006-01-02 15:04") }
	var rows [][]tableCell
	for _, e := range slices.Backward(events) {
		began, over := "by "+minute(e.SeenFrom), "unknown after "+minute(e.LastSeen)
		if e.NotBefore != "" {
			began = minute(e.NotBefore) + " to " + minute(e.SeenFrom)
		}
		switch e.Status {
		case "ended":
			over = minute(e.LastSeen) + " to " + minute(e.GoneBy)
		case "still":
			over = "still at " + minute(e.LastSeen)
		}
		if len(e.Unjudged) > 0 {
			over += fmt.Sprintf("; unknown for %s between", plural(len(e.Unjudged), "time", "times"))
		}
		row := []tableCell{{Text: e.Status}, {Text: began}, {Text: over}, {Text: e.What()}}
		if e.Origin != "" {
			row = append(row, f.originCell(e.Origin, ""))
		} else {
			row = append(row, tableCell{})
		}
		rows = append(rows, row)
	}
	return tableOfCells("events", "What happened, and the dumps (UTC) between which it began and ended, the newest first", []tableColumn{{Name: "State", Facet: choosable}, {Name: "Began"}, {Name: "Ended"}, {Name: "Event"}, {Name: "Origin", Kind: ofAS}}, rows)
}

// sightingsOf returns what was seen at each time, the newest first.
func (f *facts) sightingsOf(name, caption string, seen []operator.Sighting, origins bool) *tableView {
	columns := []tableColumn{{Name: "Time (UTC)", Kind: ofDay, Head: true}, {Name: "Seen"}, {Name: "By"}}
	if origins {
		columns = append(columns, tableColumn{Name: "Origin", Kind: ofAS})
	}
	var rows [][]tableCell
	for _, s := range slices.Backward(seen) {
		row := []tableCell{{Text: instant(s.Time, "2006-01-02 15:04")}, {Text: s.What}, {Text: operator.Few(s.Collectors)}}
		if origins {
			row = append(row, f.originCell(s.Origin, ""))
		}
		rows = append(rows, row)
	}
	return tableOfCells(name, caption, columns, rows)
}

func (f *facts) witnessesOf(witnesses []operator.Witness) *tableView {
	var rows [][]tableCell
	for _, w := range witnesses {
		cell := f.originCell(strconv.FormatInt(w.PeerASN, 10), w.Name)
		rows = append(rows, []tableCell{cell, {Text: w.Collector}, {Text: w.Peer}, {Text: w.Path}, {Text: w.Why}})
	}
	return tableOfCells("witnesses", "Who carries it, and over which path", []tableColumn{{Name: "Peer AS", Kind: ofAS, Head: true, Named: true}, {Name: "Collector", Facet: choosable}, {Name: "Peer", Kind: ofAddress}, {Name: "Path"}, {Name: "Notable for", Facet: choosable}}, rows)
}
