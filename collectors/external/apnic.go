package external

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"path"
	"slices"
	"strings"
	"time"

	"tidemark/collectors"
	"tidemark/collectors/archive"
	"tidemark/datasets"
	"tidemark/datasets/table"
	"tidemark/internal/bounded"
)

// APNIC reads the daily series of an economy or a region that APNIC Labs publishes as JSON (v6stats/v6economy/CC.json,
// v6stats/v6region/XA.json): how many of the users that an advertisement reached could fetch an object over IPv6, and how many chose
// IPv6 for an object of both families. Only the figures of the day are read, not the means over 10 to 90 days beside them.
type APNIC struct{ collectors.URLs }

// Name returns apnic-ipv6.
func (APNIC) Name() string { return "apnic-ipv6" }

// Form is JSON.
func (APNIC) Form() collectors.Form {
	return collectors.Form{Bytes: 64 << 20, Inflated: 64 << 20, Filled: true, Like: "{", Begins: collectors.Starting("{")}
}

const apnicPublisher = "APNIC Labs: users reached by an advertisement that fetch an object over IPv6 (capable), or over IPv6 where both families are offered (preferred)"

// maxRecord is the longest record accepted, in bytes; real ones have 1,000.
const maxRecord = 64 << 10

// apnicRecord is a day of the file. Pointers tell what is missing from what is 0.
type apnicRecord struct {
	Date    string `json:"date"`
	Economy string `json:"cc"`
	Raw     struct {
		Seen      *float64 `json:"seen"`
		Capable   *float64 `json:"capable_pc"`
		Preferred *float64 `json:"preferred_pc"`
	} `json:"raw"`
}

// Decode reads the series. What is not an object with an array called data is refused.
func (APNIC) Decode(_ context.Context, raw archive.Raw, into *table.Commit) error {
	content, err := raw.Open()
	if err != nil {
		return err
	}
	defer content.Close()
	window := bounded.NewWindow(content, maxRecord)
	in := json.NewDecoder(window)
	if err := findData(in, window); err != nil {
		return fmt.Errorf("%s: %w (want the JSON of an economy, {\"data\": [{\"date\": …}]})", raw.ID(), err)
	}
	bad := refused{raw: raw}
	var rows []datasets.ExternalValue
	seen := map[time.Time]bool{}
	records, kept := 0, 0
	for ; in.More(); records++ {
		window.Slide(in.InputOffset())
		if records == maxDays {
			return fmt.Errorf("%s: too many records (at most %d are read)", raw.ID(), maxDays)
		}
		var r apnicRecord
		if err := in.Decode(&r); err != nil {
			if _, is := err.(*json.UnmarshalTypeError); !is {
				into.Damage(fmt.Errorf("%s: record %d: %w", raw.ID(), records+1, err))
				break
			}
			bad.add(line{records + 1, r.Date}, "a record of another form")
			continue
		}
		day, of, reason := r.check(raw.Name)
		if reason == "" && seen[day] {
			reason = "a day that was there before"
		}
		if reason != "" {
			bad.add(line{records + 1, r.Date}, reason)
			continue
		}
		seen[day] = true
		kept++
		n := int64(math.Round(*r.Raw.Seen))
		row := datasets.ExternalValue{Series: "apnic-ipv6", Publisher: apnicPublisher, Source: raw.Name, Time: day, Country: of.country, Subset: of.subset, Unit: percentOfUsers, N: &n}
		for _, m := range []struct {
			category string
			value    float64
		}{{"capable", *r.Raw.Capable}, {"preferred", *r.Raw.Preferred}} {
			row.Category, row.Value = m.category, m.value
			rows = append(rows, row)
		}
	}
	if records == 0 {
		return fmt.Errorf("%s: the series holds no days", raw.ID())
	}
	slices.SortStableFunc(rows, func(a, b datasets.ExternalValue) int { return a.Time.Compare(b.Time) })
	last := raw.Day
	if len(rows) > 0 {
		last = rows[len(rows)-1].Time
	}
	return write(raw, into, last, records, kept, rows, bad)
}

// findData reads up to the first element of the array called data.
func findData(in *json.Decoder, window *bounded.Window) error {
	if t, err := in.Token(); err != nil || t != json.Delim('{') {
		return fmt.Errorf("byte 0: no object")
	}
	for in.More() {
		window.Slide(in.InputOffset())
		key, err := in.Token()
		if err != nil {
			return err
		}
		if key == "data" {
			if t, err := in.Token(); err != nil || t != json.Delim('[') {
				return fmt.Errorf("byte %d: data is not an array", in.InputOffset())
			}
			return nil
		}
		var passedOver json.RawMessage
		if err := in.Decode(&passedOver); err != nil {
			return err
		}
	}
	if _, err := in.Token(); err != nil {
		return io.ErrUnexpectedEOF
	}
	return fmt.Errorf("there is no data")
}

// users are those that a series is about.
type users struct{ country, subset string }

// check returns the day of a record and whom it is about; reason says why it is rejected, and is empty if it is not.
func (r *apnicRecord) check(name string) (day time.Time, of users, reason string) {
	day, err := time.Parse(time.DateOnly, r.Date)
	raw := &r.Raw
	code := r.Economy
	if code == "" { // of a region, the name of the file says it
		code, _, _ = strings.Cut(path.Base(name), ".")
	}
	switch {
	case err != nil || !plausible(day):
		return day, of, "a date that is no YYYY-MM-DD, or a year that cannot be"
	case !countryCode.MatchString(code):
		return day, of, "an economy that is not a code of two letters"
	case raw.Seen == nil || raw.Capable == nil || raw.Preferred == nil:
		return day, of, "a day without counts"
	case *raw.Seen < 1 || *raw.Seen > 1e15:
		return day, of, "a day on which no user was seen"
	case *raw.Capable < 0 || *raw.Capable > 100 || *raw.Preferred < 0 || *raw.Preferred > 100:
		return day, of, "a share outside 0 to 100 %"
	}
	return day, usersOf(code), ""
}

// usersOf returns whom a code of APNIC's is about: X and a letter, and QM to QZ, which ISO 3166 leaves to everybody's own use, are its
// codes of regions, of which XA is the world.
func usersOf(code string) users {
	switch {
	case code == "XA":
		return users{"", allUsers}
	case code[0] == 'X' || code[0] == 'Q' && code[1] >= 'M':
		return users{"", "users in the region " + code}
	}
	return users{code, "users in " + code}
}
