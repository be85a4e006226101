package collectors

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Cadence is how often a source is expected to have something new: at the start of each hour or few, day, week (Monday),
// month or year, in UTC. The zero cadence expects nothing: the source is asked at every run.
type Cadence struct {
	hours  int // of a part of the day; 24: the day
	weeks  bool
	months int
}

var cadences = map[string]Cadence{
	"hourly": {hours: 1}, "daily": {hours: 24}, "weekly": {weeks: true}, "monthly": {months: 1}, "yearly": {months: 12},
}

// ParseCadence reads hourly, daily, weekly, monthly, yearly, or hours that divide the day, such as 2h.
func ParseCadence(text string) (Cadence, error) {
	if c, known := cadences[text]; known {
		return c, nil
	}
	if number, is := strings.CutSuffix(text, "h"); is {
		if hours, err := strconv.Atoi(number); err == nil && hours > 0 && 24%hours == 0 {
			return Cadence{hours: hours}, nil
		}
	}
	return Cadence{}, fmt.Errorf("%q is no cadence; known are hourly, daily, weekly, monthly, yearly, and hours that divide the day: 2h, 4h, 6h, 8h, 12h", text)
}

// IsZero tells whether nothing is expected.
func (c Cadence) IsZero() bool { return c == Cadence{} }

// Start is the start of the period that holds t; t itself for the zero cadence.
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

// Next is the start of the period after the one that holds t; t itself for the zero cadence.
func (c Cadence) Next(t time.Time) time.Time { return c.Add(c.Start(t), 1) }

// Add moves the start of a period by so many periods.
func (c Cadence) Add(start time.Time, periods int) time.Time {
	switch {
	case c.hours > 0:
		return start.Add(time.Duration(periods*c.hours) * time.Hour)
	case c.weeks:
		return start.AddDate(0, 0, 7*periods)
	}
	return start.AddDate(0, periods*c.months, 0)
}

// String is the cadence as ParseCadence reads it; the zero cadence is empty.
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
