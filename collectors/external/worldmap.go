package external

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"time"

	"tidemark/collectors/archive"
	"tidemark/datasets"
	"tidemark/datasets/table"
)

// Google's worldmap.js holds the share of users with IPv6 by country on one day. A line is an array: country code, name, percent,
// how much slower IPv6 is in milliseconds, share of failed connections, and the colour on the map. A comment names the day.

// worldmapDay is how the comment names the day.
var worldmapDay = regexp.MustCompile(`(?i)per country ipv6 data, as of ([^.]{6,40})\.`)

// worldmapDays are the ways in which a day may be written.
var worldmapDays = []string{"2006-01-02", "2006/01/02", "January 2, 2006", "Jan 2, 2006", "2 January 2006", "2 Jan 2006", "Mon Jan _2 2006", "Mon Jan _2 15:04:05 2006"}

// worldmapRow is how a line with a country begins.
var worldmapRow = regexp.MustCompile(`^\[\s*["'][A-Z]{2}["']\s*,`)

// isWorldmap reports whether the lines are those of worldmap.js.
func isWorldmap(all []line) bool {
	for _, l := range all {
		if worldmapRow.MatchString(l.text) {
			return true
		}
	}
	return false
}

// decodeWorldmap reads the countries of a day. Lines that are not arrays are the script around them.
func decodeWorldmap(raw archive.Raw, into *table.Commit, all []line) error {
	day, err := worldmapDayOf(raw, all)
	if err != nil {
		return err
	}
	bad := refused{raw: raw}
	var rows []datasets.ExternalValue
	seen := map[string]bool{}
	lines := 0
	for _, l := range all {
		if !strings.HasPrefix(l.text, "[") || l.text == "[" {
			continue
		}
		lines++
		country, share, reason := parseWorldmapLine(l.text)
		if reason == "" && seen[country] {
			reason = "a country that was there before"
		}
		if reason != "" {
			bad.add(l, reason)
			continue
		}
		seen[country] = true
		rows = append(rows, datasets.ExternalValue{Series: "google-ipv6", Publisher: googlePublisher, Source: raw.Name, Time: day, Country: country,
			Subset: "users in " + country, Category: "all IPv6", Value: share, Unit: percentOfUsers})
	}
	return write(raw, into, day, lines, len(rows), rows, bad)
}

// worldmapDayOf returns the day of the file: that in its comment, else the one that it was given.
func worldmapDayOf(raw archive.Raw, all []line) (time.Time, error) {
	for _, l := range all {
		found := worldmapDay.FindStringSubmatch(l.text)
		if found == nil {
			continue
		}
		for _, layout := range worldmapDays {
			if day, err := time.Parse(layout, strings.TrimSpace(found[1])); err == nil && plausible(day) {
				return day.Truncate(24 * time.Hour), nil
			}
		}
	}
	if raw.Day.IsZero() {
		return time.Time{}, fmt.Errorf("%s: no comment names the day of the figures; give --date DAY on import or date = \"DAY\" in the configuration", raw.ID())
	}
	return raw.Day, nil
}

// parseWorldmapLine parses an array; reason says why it is rejected, and is empty if it is not.
func parseWorldmapLine(text string) (country string, share float64, reason string) {
	end := strings.LastIndexByte(text, ']')
	if end < 0 {
		return "", 0, "an array without an end"
	}
	var fields []any
	if err := json.Unmarshal([]byte(text[:end+1]), &fields); err != nil || len(fields) < 3 {
		return "", 0, "not an array of country, name and share"
	}
	country, _ = fields[0].(string)
	share, is := fields[2].(float64)
	switch {
	case !countryCode.MatchString(country):
		return "", 0, "a country that is not a code of two letters"
	case !is || share < 0 || share > 100:
		return "", 0, "a share outside 0 to 100 %"
	}
	return country, share, ""
}
