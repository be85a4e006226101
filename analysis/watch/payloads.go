package watch

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"tidemark/datasets"
	"tidemark/datasets/table"
)

// vrp is a validated ROA payload of some days.
type vrp struct {
	prefix    string
	maxLength int64
	asn       uint32
}

func (p vrp) subject() string { return fmt.Sprintf("ROA %s-%d AS%d", p.prefix, p.maxLength, p.asn) }

func (p vrp) String() string {
	return fmt.Sprintf("The ROA payload %s, maxLength %d, AS%d", p.prefix, p.maxLength, p.asn)
}

// repeats has the day of the newest change by what changed: each validator has the same changes, days apart.
type repeats map[string]time.Time

// again notes a change on a day, and reports whether it was told no longer before than files of the dataset are valid.
func (t repeats) again(what string, day time.Time, s *table.Schema) bool {
	newest, known := t[what]
	t[what] = day
	return known && day.Sub(newest) <= time.Duration(s.ValidFor[0].Days)*24*time.Hour
}

// payloads finds what changed about the ROA payloads of watched prefixes and ASes.
func (f *finder) payloads(ctx context.Context, r *Rule) error {
	if !r.looksFor("roa-created") && !r.looksFor("roa-changed") && !r.looksFor("roa-gone") {
		return nil
	}
	condition, args := about(r, "asn = ? OR other_asn = ?", func(asn uint32) []any { return []any{int64(asn), int64(asn)} })
	result, err := f.engine.Query(ctx, `SELECT file_date, previous_date, source, event, change, prefix, CAST(max_length AS BIGINT), CAST(asn AS BIGINT), other_max_length, other_asn
    FROM (SELECT *, CAST(split_part(prefix, '/', 2) AS BIGINT) AS prefix_length FROM roa_changes WHERE event <> 'first' AND previous_date IS NOT NULL) WHERE `+condition+`
    ORDER BY file_date, prefix, asn, max_length, event, source`, args...)
	if err != nil {
		return err
	}
	told := repeats{}
	for _, row := range result.Rows {
		event, change, p := row[3].(string), row[4].(string), vrp{row[5].(string), row[6].(int64), uint32(row[7].(int64))}
		kind := "roa-" + event
		if change == "max-length" || change == "asn" {
			if event == "gone" { // its counterpart says the same
				continue
			}
			kind = "roa-changed"
		}
		if !r.looksFor(kind) || !r.holds(p.prefix, p.asn, row[9]) {
			continue
		}
		day, before := row[0].(time.Time), row[1].(time.Time)
		if f.isDamaged(datasets.ROAs.Schema, day) || f.isDamaged(datasets.ROAs.Schema, before) {
			continue
		}
		if told.again(kind+p.subject(), day, datasets.ROAs.Schema) {
			continue
		}
		what := map[string]string{"roa-created": "came", "roa-gone": "went", "roa-changed": "took the place of another"}[kind]
		if kind == "roa-changed" {
			what += fmt.Sprintf(" (%s before: %s)", change, otherOf(row[8], row[9], change))
		}
		f.add(r, kind, Alert{Subject: p.subject(), NotBefore: &before, SeenFrom: day, LastSeen: day, GoneBy: &day,
			Text:     fmt.Sprintf("%s %s between %s and %s.", p, what, before.Format(time.DateOnly), day.Format(time.DateOnly)),
			Evidence: f.ofDay(datasets.ROAChanges.Schema, day, strings.TrimSuffix("by "+row[2].(string), "by ")), Page: page(r, p.prefix, p.asn)})
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
