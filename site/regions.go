package site

import (
	"fmt"
	"html/template"
	"strconv"
	"strings"

	"tidemark/analysis/operator"
	"tidemark/datasets/table"
	"tidemark/internal/quantity"
	"tidemark/site/publish"
)

// Regions are what is announced by country and by registry, as the newest dumps show it.
type Regions struct {
	Countries  []*operator.Region
	Registries []*operator.Region
	From       []*table.Manifest // partitions of those dumps
}

// regionsPath is the page with the map and the tables.
const regionsPath = "countries/index.html"

// rirPath returns the path of a regional registry's page; "" if it has none.
func rirPath(key string) string {
	switch key {
	case "afrinic", "apnic", "arin", "lacnic", "ripencc":
		return "rirs/" + key + ".html"
	}
	return ""
}

// regionsView is the page with the map and the tables.
type regionsView struct {
	Countries, Registries tableView
	Map                   template.HTML
	Classes               []string // of the legend, in the order of the colours
	First                 *operator.Region
	Provenance            *provenance
}

// regionRow is a region in a table.
type regionRow struct {
	*operator.Region
	Path string // "": it has no page
}

// regionView is the page of a region.
type regionView struct {
	regionRow
	IsCountry  bool
	Families   []regionFamily
	Provenance *provenance
}

// regionFamily is a family of a region with its name and the unit of its space.
type regionFamily struct {
	Name, Unit string
	operator.RegionFamily
}

// share returns a share in percent with one decimal; "unknown" of nothing.
func share(part, whole float64) string {
	if whole <= 0 {
		return "unknown"
	}
	return quantity.Percent(part / whole)
}

// Advertised returns how much of the space that is registered here is announced.
func (f regionFamily) Advertised() string {
	if f.Delegated == nil {
		return "unknown"
	}
	return share(f.Announced, *f.Delegated)
}

// Addresses returns the space as a whole number.
func (f regionFamily) Addresses() int64 { return int64(f.Span) }

// change returns how a number differs from that of the table before; "" if there is none.
func (f regionFamily) change(of func(operator.RegionCount) float64) string {
	if f.Earlier == nil {
		return ""
	}
	sign, by := "+", of(f.RegionCount)-of(*f.Earlier)
	if by < 0 {
		sign, by = "−", -by
	}
	return sign + quantity.Group(strconv.FormatFloat(by, 'f', 0, 64))
}

// ASChange returns the difference of the ASes.
func (f regionFamily) ASChange() string {
	return f.change(func(c operator.RegionCount) float64 { return float64(c.ASes) })
}

// PrefixChange is that of the prefixes.
func (f regionFamily) PrefixChange() string {
	return f.change(func(c operator.RegionCount) float64 { return float64(c.Prefixes) })
}

// SpanChange is that of the space.
func (f regionFamily) SpanChange() string {
	return f.change(func(c operator.RegionCount) float64 { return c.Span })
}

// familiesOf returns both families of a region.
func familiesOf(r *operator.Region) []regionFamily {
	return []regionFamily{{"IPv4", "addresses", r.IPv4}, {"IPv6", "/64s", r.IPv6}}
}

// Compared reports whether there are figures of a year before.
func (r regionRow) Compared() bool { return r.IPv4.Earlier != nil && r.IPv6.Earlier != nil }

// AllASes returns how many ASes of the region originate prefixes.
func (r regionRow) AllASes() int64 {
	all, _ := r.ASes()
	return all
}

// WithIPv6 returns the share of the region's ASes that originate IPv6 prefixes.
func (r regionRow) WithIPv6() string {
	all, ipv6 := r.ASes()
	return share(float64(ipv6), float64(all))
}

// regionTable returns a table of regions.
func regionTable(name, what, caption string, rows []regionRow) tableView {
	v := tableView{Name: name, Caption: caption, Total: len(rows), Columns: []tableColumn{{Name: what, Key: "name", Kind: ofText, Head: true}}}
	for _, heading := range []string{"Rank", "A year before", "ASes", "ASes with IPv6", "IPv4 prefixes", "IPv4 addresses", "IPv6 prefixes", "IPv4 routes ROV-valid", "IPv6 routes ROV-valid"} {
		v.Columns = append(v.Columns, tableColumn{Name: heading, Key: heading, Kind: ofNumber})
	}
	rank := func(c *operator.RegionCount) string {
		if c == nil || c.Rank == 0 {
			return "–"
		}
		return strconv.FormatInt(c.Rank, 10)
	}
	return v.withRows(len(rows), func(row int) []tableCell {
		r := rows[row]
		families := familiesOf(r.Region)
		v4, v6 := families[0], families[1]
		cells := []tableCell{{Text: r.Name, Link: r.Path}}
		for _, text := range []string{rank(&v4.RegionCount), rank(v4.Earlier), quantity.Count(r.AllASes()), r.WithIPv6(), quantity.Count(v4.Prefixes), quantity.Count(v4.Addresses()), quantity.Count(v6.Prefixes), v4.ROV(v4.Valid), v6.ROV(v6.Valid)} {
			cells = append(cells, tableCell{Text: text})
		}
		return cells
	})
}

// regionPages returns the page with the map, and one for each country and registry; none where nothing is known.
func regionPages(f *facts, stage *publish.Stage) ([]*page, error) {
	if len(f.Regions.Countries) == 0 {
		return nil, nil
	}
	from, err := f.provenanceOf(f.Regions.From, "data/countries.sources.csv", stage)
	if err != nil {
		return nil, err
	}
	first := f.Regions.Countries[0]
	index := &page{frame: f.frame, Path: regionsPath, Nav: "Routing", Body: "regions.html", AsOf: first.Time[:10],
		Scripts: []string{tableScript}, Title: "Countries and registries", Description: "What is announced by the country and by the registry in which networks are registered."}
	pages := []*page{index}
	view := regionsView{Provenance: from, First: first}
	var countries, registries []regionRow
	values := map[string]mapValue{}
	add := func(r *operator.Region, path string) regionRow {
		row := regionRow{r, path}
		if path != "" {
			pages = append(pages, &page{frame: f.frame, Path: path, Nav: "Routing", Body: "region.html", Scripts: []string{tableScript}, AsOf: r.Time[:10], Kind: kindCountry, Words: r.Code,
				Title: r.Name, Description: fmt.Sprintf("What networks registered under %s announce: prefixes, space, IPv6 and route origin validation.", r.Name),
				Data: regionView{row, operator.CountryPage(r.Code) != "", familiesOf(r), from}})
		}
		return row
	}
	for _, r := range f.Regions.Countries {
		row := add(r, operator.CountryPage(r.Code))
		countries = append(countries, row)
		if all, ipv6 := r.ASes(); row.Path != "" && all > 0 {
			values[r.Code] = mapValue{r.Name, float64(ipv6) / float64(all), fmt.Sprintf("%s of %s ASes", row.WithIPv6(), quantity.Count(all)), index.To(row.Path)}
		}
	}
	for _, r := range f.Regions.Registries {
		registries = append(registries, add(r, rirPath(r.Code)))
	}
	view.Countries = regionTable("countries", "Country", "Networks by the country code under which their AS numbers are registered, ranked by IPv4 addresses", countries)
	view.Registries = regionTable("registries", "Registry", "Networks by the regional registry that delegated their AS numbers, ranked by IPv4 addresses", registries)
	bound := 0.0
	for _, step := range append(mapSteps[:len(mapSteps):len(mapSteps)], 1) {
		view.Classes = append(view.Classes, fmt.Sprintf("%.0f–%.0f %%", 100*bound, 100*step))
		bound = step
	}
	view.Map, err = worldMap("ASes with IPv6 by country of registration, "+strings.Replace(first.Time[:16], "T", " ", 1)+" UTC",
		"Share of the ASes registered in a country that originate IPv6 prefixes. The table below has the same numbers. Hatched: no AS of the table is registered there.", values)
	index.Data = view
	return pages, err
}
