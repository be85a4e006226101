package sample

import (
	"bytes"
	"fmt"
	"math"
	"time"
)

// externalFiles are the series of others in the formats in which they are published. The figures are the model's.
func externalFiles() map[string][]byte {
	files := map[string][]byte{"google-ipv6.csv": users(), "worldmap.js": usersByCountry(), "XA.json": economy("XA", 0, 1_000_000)}
	for i, country := range userCountries {
		files[country+".json"] = economy(country, float64(8*i-8), 1000*(i+1))
	}
	for year := firstProbe; year <= lastYear; year++ {
		for _, month := range []time.Month{time.January, time.July} {
			at := time.Date(year, month, 1, 0, 0, 0, 0, time.UTC)
			if at.After(dayAfter) {
				continue // all of the sample ends on one day
			}
			files["sites/"+at.Format("2006-01")+".csv"] = sites(at)
		}
	}
	return files
}

// userCountries are those whose users are counted.
var userCountries = []string{"BR", "DE", "JP"}

// userDays are the four days of each month on which users are counted.
func userDays() (days []time.Time) {
	for at := time.Date(firstYear, 1, 2, 0, 0, 0, 0, time.UTC); !at.After(dayAfter); at = at.AddDate(0, 0, 1) {
		if at.Day()%8 == 2 {
			days = append(days, at)
		}
	}
	return days
}

// userYears returns the years since the beginning of 2019.
func userYears(at time.Time) float64 {
	return at.Sub(time.Date(2019, 1, 1, 0, 0, 0, 0, time.UTC)).Hours() / 24 / 365.25
}

// userShare returns the percentage of users with IPv6 on a day.
func userShare(at time.Time) float64 {
	share := 50/(1+math.Exp(-userYears(at)/2.5)) + 2
	if weekday := at.Weekday(); weekday == time.Saturday || weekday == time.Sunday {
		share += 2
	}
	return share
}

// users returns the share of users with IPv6 by day; months count from 0, as in the real file.
func users() []byte {
	var b bytes.Buffer
	for _, at := range userDays() {
		share := userShare(at)
		fmt.Fprintf(&b, "%d,%d,%d,%.6f,%.6f,\n", at.Year(), at.Month()-1, at.Day(), share, share-0.02/math.Max(1, userYears(at)+4))
	}
	return b.Bytes()
}

// usersByCountry returns the shares by country on the last of the days.
func usersByCountry() []byte {
	days := userDays()
	last := days[len(days)-1]
	b := bytes.NewBufferString("// Per country IPv6 data, as of " + last.Format(time.DateOnly) + ".\nvar countries = {data: [\n")
	for i, country := range userCountries {
		fmt.Fprintf(b, "[%q, %q, %.2f, 0, 0, \"#0f0\"],\n", country, country, userShare(last)+float64(10*i-10))
	}
	b.WriteString("]};\n")
	return b.Bytes()
}

// economy returns what APNIC Labs counts, so many points above Google's share of the world.
func economy(code string, points float64, seen int) []byte {
	b := bytes.NewBufferString(`{"copyright":"none: a model","data":[`)
	for i, at := range userDays() {
		if i > 0 {
			b.WriteString(",")
		}
		capable := userShare(at) - 1.5 + points
		fmt.Fprintf(b, "\n"+`{"date":%q,"cc":%q,"raw":{"seen":%d,"capable_pc":%.3f,"preferred_pc":%.3f}}`, at.Format(time.DateOnly), code, seen+i, max(capable, 1), max(capable-2, 0.5))
	}
	b.WriteString("\n]}\n")
	return b.Bytes()
}

// sites returns a survey of 120 sites in a month.
func sites(at time.Time) []byte {
	b := bytes.NewBufferString("# n; site name; has IPv6 address; IPv6 download works; all nameservers; IPv6 nameservers\n")
	months := 12*(at.Year()-firstProbe) + int(at.Month()) - 1
	for i := range 120 {
		aaaa, loads := "no", "N/A"
		if lot(i, 20) < 0.2+float64(months)*0.004 {
			aaaa, loads = "yes", "yes"
			if lot(i, 21) < 0.05 {
				loads = "no"
			}
		}
		servers := 2 + i%3
		with := 0
		if lot(i, 22) < 0.5+float64(months)*0.003 {
			with = servers - i%2
		}
		fmt.Fprintf(b, "%d;survey%03d.example;%s;%s;%d;%d\n", i+1, i+1, aaaa, loads, servers, with)
	}
	return b.Bytes()
}
