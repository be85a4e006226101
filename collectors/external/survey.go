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

// Survey reads monthly surveys of the sites of a list. Fields are separated by semicolons: rank, site, has an IPv6
// address, loads over IPv6, name servers, name servers with IPv6; the oldest files end after the fourth. A file whose
// first comment names year and month is the survey's own summary: year, month, and for each head of the list (its first
// 20, 100 or 500 sites) the size and three counts. The collector of the source is the name of the survey.
type Survey struct{ collectors.URLs }

// Name returns ipv6-site-survey.
func (Survey) Name() string { return "ipv6-site-survey" }

// Form is lines of fields.
func (Survey) Form() collectors.Form {
	return collectors.Form{Bytes: 64 << 20, Inflated: 64 << 20, Filled: true, Like: "a line with fields between ;",
		Begins: collectors.InFirstLine("#", func(line string) bool { return strings.Contains(line, ";") })}
}

const (
	surveyPublisher  = "a monthly survey of the most visited sites: AAAA of the site, a download over IPv6, and name servers with an AAAA"
	summaryPublisher = "the same survey’s own summary"
)

// maxSites is the longest list accepted; the real ones have 500 sites.
const maxSites = 100_000

// heads are the numbers of sites at the top of the list that are counted.
var heads = []int{20, 100, 500}

// Decode reads the sites of a month, or the summary.
func (Survey) Decode(_ context.Context, raw archive.Raw, into *table.Commit) error {
	all, comment, err := readLines(raw, maxSites)
	if err != nil {
		return err
	}
	if header := strings.ToLower(comment); strings.Contains(header, "year") && strings.Contains(header, "month") {
		return decodeSummary(raw, into, all)
	}
	return decodeMonth(raw, into, all)
}

var monthName = regexp.MustCompile(`(?:^|\D)((?:19|20)\d\d)-(0[1-9]|1[0-2])(?:\D|$)`)

// monthOf returns the first day of the month that a file describes: the month of its day if it was given one, else the
// month in its name.
func monthOf(raw archive.Raw) (time.Time, error) {
	if !raw.Day.IsZero() {
		return time.Date(raw.Day.Year(), raw.Day.Month(), 1, 0, 0, 0, 0, time.UTC), nil
	}
	if m := monthName.FindStringSubmatch(raw.Name); m != nil {
		return time.Parse("2006-01", m[1]+"-"+m[2])
	}
	return time.Time{}, fmt.Errorf("%s: the file name holds no month as YYYY-MM; give --date DAY on import or date = \"DAY\" in the configuration", raw.ID())
}

// site is a line of a monthly list.
type site struct {
	rank        int
	aaaa, loads bool
	servers     bool // at least one of the name servers has IPv6
	hasServers  bool // the line has the fields about name servers
}

// decodeMonth reads the sites of a month and commits what they add up to.
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
		s, name, reason := parseSite(l.text)
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
		if !s.hasServers {
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
	template := datasets.ExternalValue{Series: cmp.Or(raw.Collector, "site-survey"), Publisher: surveyPublisher, Source: raw.Name, Time: month, Unit: "sites", Note: note}
	return write(raw, into, month, len(all), len(sites), countSites(sites, template, withoutServers == 0), bad)
}

// countSites returns the rows of each head that the list is long enough for.
func countSites(sites []site, template datasets.ExternalValue, withServers bool) (rows []datasets.ExternalValue) {
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
			continue
		}
		row := template
		row.Subset, row.N = fmt.Sprintf("top %d", head), &n
		rows = append(rows, countRows(row, aaaa, loads, servers, withServers)...)
	}
	return rows
}

// countRows returns a row for each count, with the other columns of the given row.
func countRows(row datasets.ExternalValue, aaaa, loads, servers int64, withServers bool) (rows []datasets.ExternalValue) {
	row.Category, row.Value = "has AAAA", float64(aaaa)
	rows = append(rows, row)
	row.Category, row.Value = "loads over IPv6", float64(loads)
	rows = append(rows, row)
	if withServers {
		row.Category, row.Value = "IPv6 name server", float64(servers)
		rows = append(rows, row)
	}
	return rows
}

// one returns 1 for true and 0 for false, to add up.
func one(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

// parseSite parses a line of a monthly list; reason says why it is rejected, and is empty if it is not.
func parseSite(text string) (s site, name, reason string) {
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
		s.hasServers, s.servers = true, with > 0
	}
	return s, strings.ToLower(f[1]), ""
}

// decodeSummary reads the survey's own summary, with which the counts of its lists can be compared.
func decodeSummary(raw archive.Raw, into *table.Commit, all []line) error {
	bad := refused{raw: raw}
	var rows []datasets.ExternalValue
	seen := map[time.Time]bool{}
	kept, last := 0, raw.Day
	for _, l := range all {
		month, counts, reason := parseSummary(l.text)
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
			rows = append(rows, countRows(row, counts[1], counts[2], counts[3], true)...)
		}
	}
	return write(raw, into, last, len(all), kept, rows, bad)
}

// parseSummary parses a line of the summary into its month and, for each head, the size and three counts; reason says
// why it is rejected, and is empty if it is not.
func parseSummary(text string) (month time.Time, counts []int64, reason string) {
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
			return month, nil, "a count that is not a number or over its denominator"
		}
		counts = append(counts, n)
	}
	return month, counts, ""
}
