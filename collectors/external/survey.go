package external

import (
	"cmp"
	"context"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"tidemark/collectors"
	"tidemark/collectors/archive"
	"tidemark/datasets"
	"tidemark/datasets/table"
)

// Survey reads monthly surveys of the sites of a list, parted by semicolons: rank, site, has an IPv6 address, loads over
// IPv6, name servers, name servers with IPv6; the oldest files end after the fourth field. A file whose comment names year
// and month is the survey's own summary: year, month, and for each head of the list its size and three counts. The source's
// collector names the survey.
type Survey struct{ collectors.URLs }

// Name returns ipv6-site-survey.
func (Survey) Name() string { return "ipv6-site-survey" }

const (
	surveyPublisher  = "a monthly survey of the most visited sites: AAAA of the site, a download over IPv6, and name servers with an AAAA"
	summaryPublisher = "the same survey’s own summary"
)

// maxSites is more than such a list has.
const maxSites = 100_000

// heads are the sizes that are counted apart.
var heads = []int{20, 100, 500}

// Decode reads the sites of a month, or the summary.
func (Survey) Decode(_ context.Context, raw archive.Raw, into *table.Commit) error {
	all, comment, err := lines(raw, maxSites)
	if err != nil {
		return err
	}
	if header := strings.ToLower(comment); strings.Contains(header, "year") && strings.Contains(header, "month") {
		return decodeSummary(raw, into, all)
	}
	return decodeMonth(raw, into, all)
}

var monthName = regexp.MustCompile(`(?:^|\D)((?:19|20)\d\d)-(0[1-9]|1[0-2])(?:\D|$)`)

// monthOf is the month that a file is of: the one given for it, else the one in its name.
func monthOf(raw archive.Raw) (time.Time, error) {
	if !raw.Day.IsZero() {
		return time.Date(raw.Day.Year(), raw.Day.Month(), 1, 0, 0, 0, 0, time.UTC), nil
	}
	if m := monthName.FindStringSubmatch(raw.Name); m != nil {
		return time.Parse("2006-01", m[1]+"-"+m[2])
	}
	return time.Time{}, fmt.Errorf("%s: the name does not tell the month as YYYY-MM; give --date DAY on import or date = \"DAY\" in the configuration", raw.ID())
}

// site is a line of a month.
type site struct {
	rank        int
	aaaa, loads bool
	servers     bool // one of the name servers at least has IPv6
	told        bool // the line tells of name servers
}

func decodeMonth(raw archive.Raw, into *table.Commit, all []line) error {
	month, err := monthOf(raw)
	if err != nil {
		return err
	}
	bad := refused{raw: raw}
	var sites []site
	ranks, names := map[int]bool{}, map[string]bool{}
	withoutServers := 0
	for _, l := range all {
		s, name, reason := siteLine(l.text)
		switch {
		case reason != "":
		case ranks[s.rank]:
			reason = "a rank that was there before"
		case names[name]:
			reason = "a site that was there before"
		}
		if reason != "" {
			bad.add(l, reason)
			continue
		}
		ranks[s.rank], names[name] = true, true
		if !s.told {
			withoutServers++
		}
		sites = append(sites, s)
	}
	note := ""
	if len(bad.places) > 0 {
		note = fmt.Sprintf("%d lines could not be read and are left out", len(bad.places))
	}
	if withoutServers > 0 {
		note = strings.TrimPrefix(note+"; ", "; ") + "this file tells nothing of name servers"
	}
	var rows []datasets.ExternalValue
	for _, head := range heads {
		var n, aaaa, loads, servers int64
		last := 0
		for _, s := range sites {
			if last = max(last, s.rank); s.rank > head {
				continue
			}
			n++
			aaaa += one(s.aaaa)
			loads += one(s.loads)
			servers += one(s.servers)
		}
		if last < head || n == 0 {
			continue // the list is shorter: what is counted in it is no head of that size
		}
		row := datasets.ExternalValue{Series: cmp.Or(raw.Collector, "site-survey"), Publisher: surveyPublisher, Source: raw.Name, Time: month,
			Subset: fmt.Sprintf("top %d", head), Unit: "sites", N: &n, Note: note}
		rows = append(rows, counted(row, aaaa, loads, servers, withoutServers == 0)...)
	}
	return commit(raw, into, month, len(all), len(sites), rows, bad)
}

// counted makes a row of each count.
func counted(row datasets.ExternalValue, aaaa, loads, servers int64, told bool) (rows []datasets.ExternalValue) {
	row.Category, row.Value = "has AAAA", float64(aaaa)
	rows = append(rows, row)
	row.Category, row.Value = "loads over IPv6", float64(loads)
	rows = append(rows, row)
	if told {
		row.Category, row.Value = "IPv6 name server", float64(servers)
		rows = append(rows, row)
	}
	return rows
}

func one(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

// siteLine reads a line of a month; reason is empty where it is good.
func siteLine(text string) (s site, name, reason string) {
	f := strings.Split(text, ";")
	for i := range f {
		f[i] = strings.TrimSpace(f[i])
	}
	if len(f) != 4 && len(f) != 6 {
		return s, "", "not four or six fields"
	}
	rank, err := strconv.Atoi(f[0])
	if err != nil || rank < 1 || rank > maxSites || f[1] == "" {
		return s, "", "no rank and site"
	}
	s.rank = rank
	switch {
	case f[2] == "yes" && (f[3] == "yes" || f[3] == "no"):
		s.aaaa, s.loads = true, f[3] == "yes"
	case f[2] == "no" && (f[3] == "N/A" || f[3] == "no"):
	default:
		return s, "", "an answer that is neither yes nor no, or loading over IPv6 without an address"
	}
	if len(f) == 6 {
		servers, err1 := strconv.Atoi(f[4])
		with, err2 := strconv.Atoi(f[5])
		if err1 != nil || err2 != nil || with < 0 || with > servers {
			return s, "", "counts of name servers that cannot be"
		}
		s.told, s.servers = true, with > 0
	}
	return s, strings.ToLower(f[1]), ""
}

// decodeSummary reads the survey's own summary, for comparison with what its lists give.
func decodeSummary(raw archive.Raw, into *table.Commit, all []line) error {
	bad := refused{raw: raw}
	var rows []datasets.ExternalValue
	seen := map[time.Time]bool{}
	kept, last := 0, raw.Day
	for _, l := range all {
		month, counts, reason := summaryLine(l.text)
		if reason == "" && seen[month] {
			reason = "a month that was there before"
		}
		if reason != "" {
			bad.add(l, reason)
			continue
		}
		seen[month] = true
		kept++
		if month.After(last) {
			last = month
		}
		for ; len(counts) >= 4; counts = counts[4:] {
			n := counts[0]
			row := datasets.ExternalValue{Series: cmp.Or(raw.Collector, "site-survey") + "-summary", Publisher: summaryPublisher, Source: raw.Name, Time: month,
				Subset: fmt.Sprintf("top %d", n), Unit: "sites", N: &n}
			rows = append(rows, counted(row, counts[1], counts[2], counts[3], true)...)
		}
	}
	return commit(raw, into, last, len(all), kept, rows, bad)
}

func summaryLine(text string) (month time.Time, counts []int64, reason string) {
	f := strings.Split(text, ";")
	if len(f) < 6 || len(f)%4 != 2 {
		return month, nil, "not year, month and four fields a head"
	}
	month, err := time.Parse("2006-01", strings.TrimSpace(f[0])+"-"+strings.TrimSpace(f[1]))
	if err != nil {
		return month, nil, "no year and month"
	}
	for i, text := range f[2:] {
		n, err := strconv.ParseInt(strings.TrimSpace(text), 10, 64)
		if err != nil || n < 0 || n > maxSites || i%4 > 0 && n > counts[i/4*4] {
			return month, nil, "a count that is no number or over its denominator"
		}
		counts = append(counts, n)
	}
	return month, counts, ""
}
