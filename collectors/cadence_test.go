package collectors_test

import (
	"testing"
	"time"

	"tidemark/collectors"
)

func TestCadence(t *testing.T) {
	for _, test := range []struct{ text, at, start, next string }{
		{"hourly", "2024-02-29T13:59:59Z", "2024-02-29T13:00:00Z", "2024-02-29T14:00:00Z"},
		{"2h", "2024-02-29T13:59:59Z", "2024-02-29T12:00:00Z", "2024-02-29T14:00:00Z"},
		{"8h", "2024-12-31T23:00:00Z", "2024-12-31T16:00:00Z", "2025-01-01T00:00:00Z"},
		{"24h", "2024-02-29T13:00:00Z", "2024-02-29T00:00:00Z", "2024-03-01T00:00:00Z"},
		{"daily", "2024-02-29T01:00:00+02:00", "2024-02-28T00:00:00Z", "2024-02-29T00:00:00Z"},
		{"weekly", "2024-03-03T23:00:00Z", "2024-02-26T00:00:00Z", "2024-03-04T00:00:00Z"},
		{"weekly", "2024-03-04T00:00:00Z", "2024-03-04T00:00:00Z", "2024-03-11T00:00:00Z"},
		{"monthly", "2024-01-31T10:00:00Z", "2024-01-01T00:00:00Z", "2024-02-01T00:00:00Z"},
		{"yearly", "2024-12-31T10:00:00Z", "2024-01-01T00:00:00Z", "2025-01-01T00:00:00Z"},
	} {
		c, err := collectors.ParseCadence(test.text)
		if err != nil {
			t.Errorf("%s: %v", test.text, err)
			continue
		}
		at, _ := time.Parse(time.RFC3339, test.at)
		if start, next := c.Start(at).Format(time.RFC3339), c.Next(at).Format(time.RFC3339); start != test.start || next != test.next {
			t.Errorf("%s at %s: %s to %s, want %s to %s", test.text, test.at, start, next, test.start, test.next)
		}
		if again, err := collectors.ParseCadence(c.String()); err != nil || again != c {
			t.Errorf("%s is written as %q", test.text, c)
		}
	}
	for _, text := range []string{"", "0h", "5h", "-1h", "48h", "1.5h", "often", "h"} {
		if c, err := collectors.ParseCadence(text); err == nil {
			t.Errorf("%q is read as %q", text, c)
		}
	}
}
