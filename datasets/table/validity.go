package table

import (
	"fmt"
	"strings"
	"time"
)

// Validity says for how many days some lines of a file prove something.
type Validity struct {
	Lines string // which ones, in a word or two; empty: all
	Days  int    // after the file's own day, which always counts
	Why   string // the reason, as a clause
}

// maxValidity is the longest span that can be declared, in days: a line that holds longer needs no limit.
const maxValidity = 3660

func checkValidity(all []Validity) error {
	named := map[string]bool{}
	for _, v := range all {
		switch {
		case v.Days < 0 || v.Days > maxValidity:
			return fmt.Errorf("lines %q are valid for %d days (want 0 to %d)", v.Lines, v.Days, maxValidity)
		case v.Why == "":
			return fmt.Errorf("the validity of lines %q has no reason", v.Lines)
		case named[v.Lines] || v.Lines == "" && len(all) > 1:
			return fmt.Errorf("the validity of lines %q is declared twice", v.Lines)
		}
		named[v.Lines] = true
	}
	return nil
}

// DaysValid returns for how many days the lines of that name prove something. It panics if the dataset does not declare it.
func (s *Schema) DaysValid(lines string) int {
	for _, v := range s.ValidFor {
		if v.Lines == lines {
			return v.Days
		}
	}
	panic(fmt.Sprintf("table: dataset %s does not declare how long lines %q are valid", s.Name, lines))
}

// Holds reports whether the lines of that name in a file of one day prove something about another day, the file's own or a
// later one.
func (s *Schema) Holds(lines string, file, day time.Time) bool {
	age := DaysBetween(file, day)
	return age >= 0 && age <= s.DaysValid(lines)
}

// DaysBetween returns how many days of the calendar lie from one time to a later one, in UTC.
func DaysBetween(from, to time.Time) int {
	return int(to.UTC().Truncate(24*time.Hour).Sub(from.UTC().Truncate(24*time.Hour)) / (24 * time.Hour))
}

// String returns the declaration as a sentence.
func (v Validity) String() string {
	lines := "A file"
	if v.Lines != "" {
		lines = "What a file has as " + v.Lines
	}
	span := fmt.Sprintf("its own day and the %d days after", v.Days)
	switch v.Days {
	case 0:
		span = "its own day"
	case 1:
		span = "its own day and the day after"
	}
	return fmt.Sprintf("%s proves something about %s: %s.", lines, span, v.Why)
}

// Description returns what a row is, and how long a file is valid.
func (d Doc) Description() string {
	all := []string{d.Row}
	for _, v := range d.ValidFor {
		all = append(all, v.String())
	}
	return strings.Join(all, " ")
}
