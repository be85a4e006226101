package cli

import (
	"fmt"
	"time"
)

// dayOf parses a day; what names it in the error.
func dayOf(what, text string) (time.Time, error) {
	day, err := time.Parse(time.DateOnly, text)
	if err != nil {
		return day, usageError{fmt.Errorf("%s %q is not a day as YYYY-MM-DD", what, text)}
	}
	return day, nil
}

// flagDay parses a flag that is a day. Without one it returns the zero time.
func flagDay(flag, text string) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	return dayOf(flag, text)
}
