package external

import (
	"context"
	"encoding/csv"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"tidemark/collectors"
	"tidemark/collectors/archive"
	"tidemark/datasets"
	"tidemark/datasets/table"
	"tidemark/internal/legible"
)

// Users reads shares of users or requests with IPv6 of any publisher, which whoever runs Tidemark wrote down: of Cloudflare Radar, whose
// interface wants a token, of Facebook or of Akamai. The first line is usersHeader; country is a code of two letters or empty (the world),
// day is YYYY-MM-DD, unit is "percent of users" or "percent of requests".
type Users struct{ collectors.URLs }

// Name returns ipv6-users.
func (Users) Name() string { return "ipv6-users" }

// usersHeader names the fields.
const usersHeader = "publisher,country,day,measure,value,unit"

// Form is CSV with a header.
func (Users) Form() collectors.Form {
	return collectors.Form{Bytes: 64 << 20, Inflated: 64 << 20, Filled: true, Like: usersHeader,
		Begins: collectors.InFirstLine("#", func(line string) bool { return strings.HasPrefix(line, "publisher,") })}
}

// maxFigures is the largest number of figures accepted: ten years of 250 countries.
const maxFigures = 1_000_000

// Decode reads the figures.
func (Users) Decode(_ context.Context, raw archive.Raw, into *table.Commit) error {
	all, _, err := readLines(raw, maxFigures)
	if err != nil {
		return err
	}
	if all[0].text != usersHeader {
		return fmt.Errorf("%s: line %d: %.60q (want %s)", raw.ID(), all[0].n, all[0].text, usersHeader)
	}
	if all = all[1:]; len(all) == 0 {
		return fmt.Errorf("%s: the file holds no figures", raw.ID())
	}
	bad := refused{raw: raw}
	var rows []datasets.ExternalValue
	seen := map[[5]string]bool{}
	for _, l := range all {
		row, reason := parseUsersLine(l.text)
		key := [5]string{row.Publisher, row.Country, row.Time.Format(time.DateOnly), row.Category, row.Unit}
		if reason == "" && seen[key] {
			reason = "a figure that was there before"
		}
		if reason != "" {
			bad.add(l, reason)
			continue
		}
		seen[key] = true
		row.Source = raw.Name
		rows = append(rows, row)
	}
	slices.SortStableFunc(rows, func(a, b datasets.ExternalValue) int { return a.Time.Compare(b.Time) })
	last := raw.Day
	if len(rows) > 0 {
		last = rows[len(rows)-1].Time
	}
	return write(raw, into, last, len(all), len(rows), rows, bad)
}

// parseUsersLine parses a figure; reason says why it is rejected, and is empty if it is not.
func parseUsersLine(text string) (row datasets.ExternalValue, reason string) {
	f, err := csv.NewReader(strings.NewReader(text)).Read()
	if err != nil || len(f) != 6 {
		return row, "not six fields"
	}
	for i := range f {
		f[i] = strings.TrimSpace(f[i])
	}
	day, dayErr := time.Parse(time.DateOnly, f[2])
	value, valueErr := strconv.ParseFloat(f[4], 64)
	switch {
	case !named(f[0]) || !named(f[3]):
		return row, "no publisher or measure, or one of more than 60 characters"
	case f[1] != "" && !countryCode.MatchString(f[1]):
		return row, "a country that is not a code of two letters"
	case dayErr != nil || !plausible(day):
		return row, "a date that is no YYYY-MM-DD, or a year that cannot be"
	case valueErr != nil || !(value >= 0 && value <= 100): // NaN is neither
		return row, "a share outside 0 to 100 %"
	case f[5] != percentOfUsers && f[5] != percentOfRequests:
		return row, "a unit that is neither percent of users nor percent of requests"
	}
	row = datasets.ExternalValue{Series: "ipv6-users", Publisher: f[0], Time: day, Country: f[1], Subset: allUsers, Category: f[3], Value: value, Unit: f[5]}
	if row.Country != "" {
		row.Subset = "users in " + row.Country
	}
	return row, ""
}

// named reports whether a text can be shown as a name.
func named(text string) bool {
	return text != "" && len([]rune(text)) <= 60 && legible.Text(text) == text
}
