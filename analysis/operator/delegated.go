package operator

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strconv"

	"tidemark/internal/quantity"
)

// RegionYear is what was delegated in a year, of what is still delegated by the newest files.
type RegionYear struct {
	Year       int64            `json:"year"`
	Registries int64            `json:"registries"` // whose files cover the year, of five; of a registry its own file
	IPv4       *RegionDelegated `json:"ipv4"`       // sizes in addresses; null: nothing is known, as files are missing
	IPv6       *RegionDelegated `json:"ipv6"`       // in /32s
	ASNs       *RegionDelegated `json:"asns"`       // in AS numbers
}

// RegionDelegated are delegations of a year.
type RegionDelegated struct {
	Delegations int64   `json:"delegations"`
	Size        float64 `json:"size"`
}

// maxYears is how many years of delegations a region has.
const maxYears = 10

// newestDelegations are the newest file of each registry until a day, and the years that it covers. It counts as the question
// delegations-by-country does.
const newestDelegations = `WITH newest AS (SELECT registry, max(file_date) AS file_date FROM delegations
        WHERE registry IN ('afrinic', 'apnic', 'arin', 'lacnic', 'ripencc') AND file_date <= ? GROUP BY registry),
    years AS (SELECT registry, file_date, CAST(unnest(generate_series(year(file_date) - 10, year(file_date))) AS BIGINT) AS year FROM newest)
`

// delegated sets what was delegated to the regions by year.
func (v *View) delegated(ctx context.Context, by Axis, regions map[string]*Region) error {
	covered, err := v.engine.Query(ctx, newestDelegations+`SELECT year, registry FROM years WHERE file_date >= make_date(year, 12, 31) ORDER BY ALL`, v.Time)
	if err != nil {
		return err
	}
	registries := map[int64][]string{}
	var years []int64 // the newest first
	for _, row := range slices.Backward(covered.Rows) {
		year := row[0].(int64)
		if registries[year] == nil {
			years = append(years, year)
		}
		registries[year] = append(registries[year], row[1].(string))
	}
	years = years[:min(len(years), maxYears)]
	given, err := v.engine.Query(ctx, fmt.Sprintf(newestDelegations+`, given AS (
        SELECT DISTINCT registry, CASE country WHEN '' THEN 'unknown' ELSE country END AS country, type, start, value, CAST(year(date) AS BIGINT) AS year
        FROM delegations JOIN newest USING (registry, file_date)
        WHERE status IN ('allocated', 'assigned') AND type IN ('ipv4', 'ipv6', 'asn') AND start <> '*' AND date IS NOT NULL)
    SELECT %[1]s, year, type, count(*), CAST(sum(CASE type WHEN 'ipv6' THEN pow(2, 32 - value) ELSE value END) AS DOUBLE)
    FROM given JOIN years USING (registry, year) WHERE file_date >= make_date(year, 12, 31) GROUP BY %[1]s, year, type ORDER BY ALL`, by), v.Time)
	if err != nil {
		return err
	}
	type key struct {
		code string
		year int64
		kind string
	}
	found := map[key]RegionDelegated{}
	for _, row := range given.Rows {
		found[key{row[0].(string), row[1].(int64), row[2].(string)}] = RegionDelegated{row[3].(int64), row[4].(float64)}
	}
	for code, r := range regions {
		for _, year := range years {
			from := registries[year]
			y := RegionYear{Year: year, Registries: int64(len(from))}
			whole := len(from) == 5
			if by == ByRegistry {
				if whole = slices.Contains(from, code); !whole {
					continue
				}
				y.Registries = 1
			}
			for kind, into := range map[string]**RegionDelegated{"ipv4": &y.IPv4, "ipv6": &y.IPv6, "asn": &y.ASNs} {
				if d, some := found[key{code, year, kind}]; some || whole {
					*into = &d
				}
			}
			r.Years = append(r.Years, y)
		}
	}
	return nil
}

// Count returns how many delegations there are; unknown of nil.
func (d *RegionDelegated) Count() string {
	if d == nil {
		return "unknown"
	}
	return quantity.Count(d.Delegations)
}

// Amount returns their size, a part of a /32 with two digits; unknown of nil.
func (d *RegionDelegated) Amount() string {
	switch {
	case d == nil:
		return "unknown"
	case d.Size == math.Trunc(d.Size):
		return quantity.Group(strconv.FormatFloat(d.Size, 'f', 0, 64))
	}
	return quantity.Fixed(d.Size, 2)
}
