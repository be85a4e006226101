package sample

import (
	"bytes"
	"fmt"
	"math"
	"time"
)

// externalFiles are the series of others in the formats in which they are published. The figures are the model's.
func externalFiles() map[string][]byte {
	files := map[string][]byte{"google-ipv6.csv": users()}
	for year := firstProbe; year <= lastYear; year++ {
		for _, month := range []time.Month{time.January, time.July} {
			at := time.Date(year, month, 1, 0, 0, 0, 0, time.UTC)
			files["sites/"+at.Format("2006-01")+".csv"] = sites(at)
		}
	}
	return files
}

// users returns the share of users with IPv6 on four days of each month; months count from 0, as in the real file.
func users() []byte {
	var b bytes.Buffer
	for at := time.Date(firstYear, 1, 2, 0, 0, 0, 0, time.UTC); at.Year() <= lastYear; at = at.AddDate(0, 0, 1) {
		if at.Day()%8 != 2 {
			continue
		}
		years := at.Sub(time.Date(2019, 1, 1, 0, 0, 0, 0, time.UTC)).Hours() / 24 / 365.25
		share := 50/(1+math.Exp(-years/2.5)) + 2
		if weekday := at.Weekday(); weekday == time.Saturday || weekday == time.Sunday {
			share += 2
		}
		fmt.Fprintf(&b, "%d,%d,%d,%.6f,%.6f,\n", at.Year(), at.Month()-1, at.Day(), share, share-0.02/math.Max(1, years+4))
	}
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
