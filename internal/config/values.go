package config

import (
	"fmt"
	"math"
	"net/url"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/dustin/go-humanize"

	"tidemark/collectors"
)

// parseSize parses a number of bytes; an empty text is 0.
func parseSize(key, text string) (int64, error) {
	if text == "" {
		return 0, nil
	}
	n, err := humanize.ParseBytes(text)
	if err != nil || n == 0 || n > math.MaxInt64 {
		return 0, fmt.Errorf("%s: invalid size %q (want for example 20GB or 500MiB)", key, text)
	}
	return int64(n), nil
}

// parseDuration parses a positive duration; an empty text is 0.
func parseDuration(key, text, example string) (time.Duration, error) {
	if text == "" {
		return 0, nil
	}
	d, err := time.ParseDuration(text)
	if err != nil || d <= 0 {
		return 0, fmt.Errorf("%s: invalid duration %q (want for example %s)", key, text, example)
	}
	return d, nil
}

// maxDays is a century, and fits a time.Duration.
const maxDays = 36500

// parseDays parses a number of days; an empty text is 0.
func parseDays(key, text string) (time.Duration, error) {
	if text == "" {
		return 0, nil
	}
	days, err := strconv.Atoi(strings.TrimSuffix(text, "d"))
	if err != nil || days < 1 || days > maxDays || !strings.HasSuffix(text, "d") {
		return 0, fmt.Errorf("%s: invalid number of days %q (want for example 90d)", key, text)
	}
	return time.Duration(days) * 24 * time.Hour, nil
}

// parseDay parses YYYY-MM-DD; an empty text is the zero time.
func parseDay(key, text string) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	day, err := time.Parse(time.DateOnly, text)
	if err != nil {
		return day, fmt.Errorf("%s: invalid day %q (want YYYY-MM-DD)", key, text)
	}
	return day, nil
}

// parseCadence parses a cadence; an empty text is the zero cadence.
func parseCadence(key, text string) (collectors.Cadence, error) {
	if text == "" {
		return collectors.Cadence{}, nil
	}
	c, err := collectors.ParseCadence(text)
	if err != nil {
		return c, fmt.Errorf("%s: %w", key, err)
	}
	return c, nil
}

func isHTTP(address string) bool {
	u, err := url.Parse(address)
	return err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != ""
}

// absolute makes a relative path start from base; an empty path stays empty.
func absolute(base, path string) string {
	if path == "" || filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(base, path)
}
