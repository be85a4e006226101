package collectors

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Cadence is how often a source is expected to have something new: at the start of every hour or every few hours, of every
// day, week (Monday), month or year, in UTC. The zero cadence expects nothing: the source is asked at every run.
type Cadence struct {
	hours  int // that divide the day; 24: a day
	weeks  bool
	months int
}

// Daily returns the cadence of a day.
func Daily() Cadence { return Cadence{hours: 24} }

// Monthly returns the cadence of a month.
func Monthly() Cadence { return Cadence{months: 1} }

var cadences = map[string]Cadence{
	"hourly": {hours: 1}, "daily": Daily(), "weekly": {weeks: true}, "monthly": Monthly(), "yearly": {months: 12},
}

// ParseCadence parses hourly, daily, weekly, monthly, yearly, or a number of hours that divides the day, for example 2h.
func ParseCadence(text string) (Cadence, error) {
	if c, known := cadences[text]; known {
		return c, nil
	}
	if number, is := strings.CutSuffix(text, "h"); is {
		if hours, err := strconv.Atoi(number); err == nil && hours > 0 && 24%hours == 0 {
			return Cadence{hours: hours}, nil
		}
	}
	return Cadence{}, fmt.Errorf("invalid cadence %q; known are hourly, daily, weekly, monthly, yearly, and hours that divide the day: 2h, 4h, 6h, 8h, 12h", text)
}

// IsZero reports whether nothing is expected.
func (c Cadence) IsZero() bool { return c == Cadence{} }

// Start returns the start of the period that contains t; t itself for the zero cadence.
func (c Cadence) Start(t time.Time) time.Time {
	t = t.UTC()
	day := time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, time.UTC)
	switch {
	case c.hours > 0:
		return day.Add(time.Duration(t.Hour()/c.hours*c.hours) * time.Hour)
	case c.weeks:
		return day.AddDate(0, 0, -(int(day.Weekday())+6)%7)
	case c.months > 0:
		month := (int(t.Month()) - 1) / c.months * c.months
		return time.Date(t.Year(), time.Month(month+1), 1, 0, 0, 0, 0, time.UTC)
	}
	return t
}

// Next returns the start of the period after the one that contains t; t itself for the zero cadence.
func (c Cadence) Next(t time.Time) time.Time { return c.Add(c.Start(t), 1) }

// Add moves the start of a period by a number of periods.
func (c Cadence) Add(start time.Time, periods int) time.Time {
	switch {
	case c.hours > 0:
		return start.Add(time.Duration(periods*c.hours) * time.Hour)
	case c.weeks:
		return start.AddDate(0, 0, 7*periods)
	}
	return start.AddDate(0, periods*c.months, 0)
}

// String returns the cadence in the form that ParseCadence accepts; the zero cadence is empty.
func (c Cadence) String() string {
	for name, known := range cadences {
		if c == known {
			return name
		}
	}
	if c.hours > 0 {
		return strconv.Itoa(c.hours) + "h"
	}
	return ""
}
