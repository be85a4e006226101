package external

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"tidemark/collectors"
	"tidemark/collectors/archive"
	"tidemark/datasets"
	"tidemark/datasets/table"
)

// Google reads the daily share of Google's users that have IPv6: Google's adoption.js, or its rows as CSV. A row holds year,
// month, day, percent with any IPv6, percent with native IPv6 and an unused field. Months count from 0, as in JavaScript. It reads
// worldmap.js as well, the share by country on one day.
type Google struct{ collectors.URLs }

// Name returns google-ipv6.
func (Google) Name() string { return "google-ipv6" }

// Form leaves the beginning open: a script or CSV.
func (Google) Form() collectors.Form {
	return collectors.Form{Bytes: 16 << 20, Inflated: 16 << 20, Filled: true}
}

const googlePublisher = "Google: share of users that reach Google over IPv6, by a script that a sample of them is given"

// maxDays is the longest series accepted: more than a century.
const maxDays = 50_000

// Decode reads the series. It rejects a line without a date and two shares of which the second is part of the first.
func (Google) Decode(_ context.Context, raw archive.Raw, into *table.Commit) error {
	all, _, err := readLines(raw, maxDays)
	if err != nil {
		return err
	}
	if isWorldmap(all) {
		return decodeWorldmap(raw, into, all)
	}
	all = slices.DeleteFunc(all, func(l line) bool { return isScript(l.text) })
	if len(all) == 0 {
		return fmt.Errorf("%s: the series holds no days", raw.ID())
	}
	bad := refused{raw: raw}
	var rows []datasets.ExternalValue
	seen := map[time.Time]bool{}
	kept := 0
	for _, l := range all {
		day, total, native, reason := parseGoogleLine(l.text)
		if reason == "" && seen[day] {
			reason = "a day that was there before"
		}
		if reason != "" {
			bad.add(l, reason)
			continue
		}
		seen[day] = true
		kept++
		row := datasets.ExternalValue{Series: "google-ipv6", Publisher: googlePublisher, Source: raw.Name, Time: day, Subset: allUsers, Unit: percentOfUsers}
		for _, c := range []struct {
			category string
			value    float64
		}{{"all IPv6", total}, {"native IPv6", native}, {"6to4/Teredo", math.Round((total-native)*1e6) / 1e6}} {
			row.Category, row.Value = c.category, c.value
			rows = append(rows, row)
		}
	}
	slices.SortStableFunc(rows, func(a, b datasets.ExternalValue) int { return a.Time.Compare(b.Time) })
	last := raw.Day
	if len(rows) > 0 {
		last = rows[len(rows)-1].Time
	}
	return write(raw, into, last, len(all), kept, rows, bad)
}

// isScript reports whether a line is what adoption.js has around the rows: a comment, the variable, the end of the list.
func isScript(text string) bool {
	return strings.HasPrefix(text, "//") || strings.HasPrefix(text, "/*") || strings.HasPrefix(text, "*") ||
		strings.HasPrefix(text, "var ") && strings.HasSuffix(text, "[") || text == "]" || text == "];"
}

// parseGoogleLine parses a line; reason says why it is rejected, and is empty if it is not.
func parseGoogleLine(text string) (day time.Time, total, native float64, reason string) {
	if inner, is := strings.CutPrefix(text, "["); is { // an array of JavaScript, with a comma behind its last element
		inner, _, _ = strings.Cut(inner, "]")
		text = strings.TrimSuffix(strings.TrimSpace(inner), ",")
	}
	fields := strings.Split(text, ",")
	if len(fields) < 5 || len(fields) > 6 {
		return day, 0, 0, "not five or six fields"
	}
	var date [3]int
	for i := range date {
		n, err := strconv.Atoi(strings.TrimSpace(fields[i]))
		if err != nil {
			return day, 0, 0, "a date that is not a number"
		}
		date[i] = n
	}
	if date[1] < 0 || date[1] > 11 || date[0] < 1990 || date[0] > 2100 {
		return day, 0, 0, "a month outside 0 to 11, or a year that cannot be"
	}
	day = time.Date(date[0], time.Month(date[1]+1), date[2], 0, 0, 0, 0, time.UTC)
	if day.Day() != date[2] {
		return day, 0, 0, "a day that its month does not have"
	}
	var err1, err2 error
	total, err1 = strconv.ParseFloat(strings.TrimSpace(fields[3]), 64)
	native, err2 = strconv.ParseFloat(strings.TrimSpace(fields[4]), 64)
	switch {
	case err1 != nil || err2 != nil || math.IsNaN(total) || math.IsNaN(native):
		return day, 0, 0, "a share that is not a number"
	case total < 0 || total > 100 || native < 0:
		return day, 0, 0, "a share outside 0 to 100 %"
	case native > total:
		return day, 0, 0, "more native IPv6 than IPv6"
	}
	return day, total, native, ""
}

// write adds the partition of a file to the commit. A file without any figure is an error.
func write(raw archive.Raw, into *table.Commit, day time.Time, seen, kept int, rows []datasets.ExternalValue, bad refused) error {
	if kept == 0 {
		return fmt.Errorf("no line holds a figure; the first: %w", bad.places[0])
	}
	out, err := datasets.ExternalSeries.Create(into, raw.SharedKey(day))
	if err != nil {
		return err
	}
	out.Unit = "line"
	out.See(seen)
	out.Keep(kept)
	for reason, n := range bad.reasons {
		out.Reject(reason, n)
	}
	for _, place := range bad.places {
		into.Damage(place)
	}
	return out.Append(rows...)
}
