package watch

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"tidemark/datasets"
)

// payloads finds what changed about the ROA payloads of watched prefixes and ASes.
func (f *finder) payloads(ctx context.Context, r *Rule) error {
	if !r.looksFor("roa-created") && !r.looksFor("roa-changed") && !r.looksFor("roa-gone") {
		return nil
	}
	condition, args := about(r, "asn = ? OR other_asn = ?", func(asn uint32) []any { return []any{int64(asn), int64(asn)} })
	result, err := f.engine.Query(ctx, `SELECT file_date, previous_date, source, event, change, prefix, max_length, CAST(asn AS BIGINT), other_max_length, other_asn
    FROM (SELECT *, CAST(split_part(prefix, '/', 2) AS BIGINT) AS prefix_length FROM roa_changes WHERE event <> 'first' AND previous_date IS NOT NULL) WHERE `+condition+`
    ORDER BY file_date, prefix, asn, max_length, event, source`, args...)
	if err != nil {
		return err
	}
	told := map[string]time.Time{} // day of the newest change by kind and payload: each validator has the same ones, days apart
	for _, row := range result.Rows {
		event, change, prefix, asn := row[3].(string), row[4].(string), row[5].(string), uint32(row[7].(int64))
		kind := "roa-" + event
		if change == "max-length" || change == "asn" {
			if event == "gone" { // its counterpart says the same
				continue
			}
			kind = "roa-changed"
		}
		if !r.looksFor(kind) || !r.holds(prefix, asn, row[9]) {
			continue
		}
		day, before := row[0].(time.Time), row[1].(time.Time)
		if f.isDamaged(datasets.ROAs.Schema, day) || f.isDamaged(datasets.ROAs.Schema, before) {
			continue
		}
		subject := fmt.Sprintf("ROA %s-%v AS%d", prefix, row[6], asn)
		newest, known := told[kind+subject]
		told[kind+subject] = day
		if known && day.Sub(newest) <= time.Duration(datasets.ROAs.Schema.ValidFor[0].Days)*24*time.Hour {
			continue
		}
		what := map[string]string{"roa-created": "came", "roa-gone": "went", "roa-changed": "took the place of another"}[kind]
		if kind == "roa-changed" {
			what += fmt.Sprintf(" (%s before: %s)", change, otherOf(row[8], row[9], change))
		}
		f.add(r, kind, Alert{Subject: subject, NotBefore: &before, SeenFrom: day, LastSeen: day, GoneBy: &day,
			Text:     fmt.Sprintf("The ROA payload %s, maxLength %v, AS%d %s between %s and %s.", prefix, row[6], asn, what, before.Format(time.DateOnly), day.Format(time.DateOnly)),
			Evidence: f.ofDay(datasets.ROAChanges.Schema, day, strings.TrimSuffix("by "+row[2].(string), "by ")), Page: page(r, prefix, asn)})
	}
	return nil
}

// holds reports whether a payload is of a watched prefix or AS, or was.
func (r *Rule) holds(prefix string, asn uint32, other any) bool {
	if page(r, prefix, asn) != "" {
		return true
	}
	before := known(other)
	return before != nil && page(r, prefix, uint32(*before)) != ""
}

// otherOf returns what a payload that was replaced had, as an AS or a length.
func otherOf(maxLength, asn any, change string) string {
	if n := known(asn); n != nil && change == "asn" {
		return fmt.Sprintf("AS%d", *n)
	}
	if n := known(maxLength); n != nil {
		return strconv.FormatInt(*n, 10)
	}
	return "unknown"
}
