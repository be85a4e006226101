package report

import (
	"context"
	_ "embed"
	"fmt"
	"strings"
	"time"
)

var (
	//go:embed pools.sql
	poolsSQL string
	//go:embed economies.sql
	economiesSQL string
	//go:embed transfers.sql
	transfersSQL string
)

// registryNames are the regional registries as they write themselves, by their name in the datasets.
var registryNames = []struct{ name, label string }{
	{"afrinic", "AFRINIC"}, {"apnic", "APNIC"}, {"arin", "ARIN"}, {"lacnic", "LACNIC"}, {"ripencc", "RIPE NCC"},
}

// resources are what registries delegate, with the unit in which the pools are printed.
var resources = []struct{ name, title, unit string }{
	{"ipv4", "IPv4", "addresses"}, {"ipv6", "IPv6", "/32s"}, {"asn", "AS numbers", "AS numbers"},
}

// poolFigures are the columns of pools.sql behind the third, in its order.
var poolFigures = []struct {
	label    string
	extended bool // only files in the extended format say it
	grows    bool
}{
	{label: "delegated", grows: true}, {label: "available", extended: true}, {label: "reserved", extended: true}, {label: "delegations of the year"}, {label: "delegated in the year"},
}

// pools returns for each resource what every registry has delegated and still holds at the end of each year.
func (m *maker) pools(ctx context.Context) (all []Years, err error) {
	for _, r := range resources {
		y := Years{Title: r.title, Years: m.years(), AsOf: make([]string, 3), Growth: true}
		for _, registry := range registryNames {
			for _, f := range poolFigures {
				unit := r.unit
				if f.label == "delegations of the year" {
					unit = "delegations"
				}
				y.Rows = append(y.Rows, Row{Label: registry.label + ": " + f.label, Unit: unit})
			}
		}
		all = append(all, y)
	}
	files := [3][]string{}
	for i, year := range m.years() {
		end := endOf(year)
		result, err := m.engine.Query(ctx, poolsSQL, end, end.Add(-maxFileAge), endOf(year-1))
		if err != nil {
			return nil, err
		}
		for _, row := range result.Rows {
			day := row[1].(time.Time).Format(time.DateOnly)
			for n, r := range resources {
				for k, registry := range registryNames {
					if row[0] != registry.name || row[2] != r.name {
						continue
					}
					for j := range poolFigures {
						all[n].Rows[k*len(poolFigures)+j].Values[i] = number(row[3+j])
					}
					all[n].AsOf[i] = max(all[n].AsOf[i], day)
					if n == 0 {
						files[i] = append(files[i], registry.label+" "+day)
					}
				}
			}
		}
	}
	for n := range all {
		y := &all[n]
		y.Basis = "No delegation files of about the ends of these years"
		if last := files[2]; len(last) > 0 {
			y.Basis = "Newest files at the end of " + fmt.Sprint(m.year) + ": " + strings.Join(last, ", ")
		}
		for j := range y.Rows {
			r, f := &y.Rows[j], poolFigures[j%len(poolFigures)]
			for i := 1; f.grows && i < 3; i++ {
				if before, now := r.Values[i-1], r.Values[i]; before != nil && now != nil && *before > 0 {
					r.Growth[i] = pointer(100 * (*now / *before - 1))
				}
			}
			switch known := y.Rows[j-j%len(poolFigures)].Values[2]; { // what is delegated
			case r.Values[2] != nil:
			case known != nil && f.extended:
				r.Need = "needs a file in the extended format"
			default:
				r.Need = fmt.Sprintf("needs the registry’s delegation file of December %d or of 1 January %d", m.year, m.year+1)
			}
		}
	}
	return all, nil
}

// maxEconomies is how many codes each list of delegations by economy has.
const maxEconomies = 10

// economies returns the codes under which the most of a resource was delegated within the year.
func (m *maker) economies(ctx context.Context, resource, title, unit string) (List, error) {
	l := List{Title: fmt.Sprintf("%s delegated in %d, by economy", title, m.year), Columns: []string{"Code", "Delegations", strings.ToUpper(unit[:1]) + unit[1:], "Share"},
		Basis: fmt.Sprintf("Newest delegation files in the month to 1 January %d", m.year+1)}
	end := endOf(m.year)
	result, err := m.engine.Query(ctx, economiesSQL, end, end.Add(-maxFileAge), endOf(m.year-1), resource, maxEconomies)
	if err != nil {
		return l, err
	}
	for _, r := range result.Rows {
		l.Rows = append(l.Rows, []string{r[0].(string), printed(*number(r[1]), 0), printed(*number(r[2]), sizeDigits(unit)), inPercent(r[3])})
	}
	if len(l.Rows) == 0 {
		l.Need = fmt.Sprintf("no delegation file of about 1 January %d has one that is dated %d", m.year+1, m.year)
	}
	return l, nil
}

// sizeDigits is how many digits behind the point an amount of a unit has: a delegation may be a fraction of a /32.
func sizeDigits(unit string) int {
	if unit == "/32s" {
		return 2
	}
	return 0
}

// transfers returns what was transferred of a resource within the year, from registry to registry.
func (m *maker) transfers(ctx context.Context, resource, title, unit string) (List, error) {
	l := List{Title: fmt.Sprintf("%s transferred in %d", title, m.year), Columns: []string{"From", "To", "Transfers", strings.ToUpper(unit[:1]) + unit[1:]}}
	end := endOf(m.year)
	result, err := m.engine.Query(ctx, transfersSQL, end, end.Add(maxFromEnd), endOf(m.year-1), resource)
	if err != nil {
		return l, err
	}
	for _, r := range result.Rows {
		l.Basis = fmt.Sprintf("Transfer logs of the first days of %d: %s", m.year+1, registryLabel(r[4].(string)))
		l.Rows = append(l.Rows, []string{registryLabel(r[0].(string)), registryLabel(r[1].(string)), printed(*number(r[2]), 0), printed(*number(r[3]), sizeDigits(unit))})
	}
	if len(l.Rows) == 0 {
		l.Need = fmt.Sprintf("no transfer log of the first days of %d has one of %d", m.year+1, m.year)
	}
	return l, nil
}

// registryLabel returns a text with the registries' names as they write themselves.
func registryLabel(text string) string {
	for _, r := range registryNames {
		text = strings.ReplaceAll(text, r.name, r.label)
	}
	return text
}

func fillPools(m *maker, ctx context.Context, s *Section) (err error) {
	if s.Years, err = m.pools(ctx); err != nil {
		return err
	}
	var left []string
	for n, r := range resources {
		for j, row := range s.Years[n].Rows {
			if poolFigures[j%len(poolFigures)].label != "available" {
				continue
			}
			if v := row.Values[2]; v != nil && r.name == "ipv4" {
				left = append(left, fmt.Sprintf("%s %s", registryNames[j/len(poolFigures)].label, printed(*v, 0)))
			}
			for i, v := range row.Values {
				if v == nil || r.name != "ipv4" {
					continue
				}
				if s.Plot == nil {
					s.Plot = &Plot{Bars: true, Unit: "IPv4 addresses available"}
				}
				s.Plot.Points = append(s.Plot.Points, Point{Name: registryNames[j/len(poolFigures)].label, Series: fmt.Sprintf("end of %d", s.Years[n].Years[i]), Value: *v})
			}
		}
	}
	if len(left) > 0 {
		s.Text = fmt.Sprintf("IPv4 addresses that the registries had available on %s: %s.", inWords(s.Years[0].AsOf[2]), strings.Join(left, ", "))
	}
	for _, r := range resources {
		l, err := m.economies(ctx, r.name, r.title, r.unit)
		if err != nil {
			return err
		}
		s.Lists = append(s.Lists, l)
	}
	for _, r := range resources {
		l, err := m.transfers(ctx, r.name, r.title, r.unit)
		if err != nil {
			return err
		}
		s.Lists = append(s.Lists, l)
	}
	return nil
}
