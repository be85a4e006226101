package operator

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Event is something that happened to a route or an AS, with the dumps between which it began and ended.
type Event struct {
	Kind      string   `json:"kind"`
	Prefix    string   `json:"prefix,omitempty"`
	Origin    string   `json:"origin,omitempty"`
	Others    string   `json:"others,omitempty"` // the origins before
	NotBefore string   `json:"not_before,omitempty"`
	SeenFrom  string   `json:"seen_from"`
	LastSeen  string   `json:"last_seen"`
	GoneBy    string   `json:"gone_by,omitempty"`
	Status    string   `json:"status"`   // still, ended, unknown
	Unjudged  []string `json:"unjudged"` // times for which nothing says whether it went on, as from/to
	Feeds     *int64   `json:"peak_full_feed_peers"`
	FeedsOf   *int64   `json:"peak_full_feed_total"`
	Detail    string   `json:"detail,omitempty"`
	SeenBy    string   `json:"seen_by,omitempty"`
	Innocent  []string `json:"innocent"`
}

// maxEvents is how many events are shown, the newest ones.
const maxEvents = 50

// events returns the newest events that meet a condition, oldest first: those that had begun by the time of the view, as they are known
// now.
func (v *View) events(ctx context.Context, where string, args ...any) ([]Event, error) {
	found, err := v.engine.Query(ctx, `SELECT kind, prefix, CASE WHEN origin_set <> '' THEN origin_set WHEN origin_asn > 0 THEN CAST(origin_asn AS VARCHAR) ELSE '' END AS origin,
    others, not_before, seen_from, last_seen, gone_by, status, peak_full_feed_peers, peak_full_feed_total, detail, seen_by, array_to_string(innocent, ';'), array_to_string(unjudged, ';')
    FROM route_events WHERE seen_from <= ? AND (`+where+`) ORDER BY seen_from DESC, kind, family, prefix, origin LIMIT ?`, slices.Concat([]any{v.Time}, args, []any{int64(maxEvents)})...)
	if err != nil {
		return nil, err
	}
	all := make([]Event, 0, len(found.Rows))
	for _, r := range slices.Backward(found.Rows) {
		e := Event{Kind: r[0].(string), Prefix: r[1].(string), Origin: r[2].(string), Others: r[3].(string), NotBefore: hourText(r[4]), SeenFrom: hourText(r[5]), LastSeen: hourText(r[6]),
			GoneBy: hourText(r[7]), Status: r[8].(string), Feeds: known[int64](r[9]), FeedsOf: known[int64](r[10]), Detail: r[11].(string), SeenBy: r[12].(string), Innocent: []string{}, Unjudged: []string{}}
		if text, _ := r[13].(string); text != "" {
			e.Innocent = strings.Split(text, ";")
		}
		if text, _ := r[14].(string); text != "" {
			e.Unjudged = strings.Split(text, ";")
		}
		all = append(all, e)
	}
	return all, nil
}

// hourText returns a time as text, or "" for null.
func hourText(value any) string {
	if t, ok := value.(time.Time); ok {
		return t.Format(time.RFC3339)
	}
	return ""
}

// Began says between which dumps the event began.
func (e *Event) Began() string {
	if e.NotBefore == "" {
		return "by " + e.SeenFrom
	}
	return "between " + e.NotBefore + " and " + e.SeenFrom
}

// Over says between which dumps the event ended, or until when it is known to have gone on, and where between that is unknown.
func (e *Event) Over() string {
	text := "unknown after " + e.LastSeen
	switch e.Status {
	case "ended":
		text = "ended between " + e.LastSeen + " and " + e.GoneBy
	case "still":
		text = "still there at " + e.LastSeen + ", the newest dumps of its collectors"
	}
	for _, u := range e.Unjudged {
		text += ", unknown from " + strings.Replace(u, "/", " to ", 1)
	}
	return text
}

// What says what happened, how far it was seen, and what speaks for an innocent reading.
func (e *Event) What() string {
	text := e.Kind
	if e.Prefix != "" {
		text += " of " + e.Prefix
	}
	if e.Others != "" {
		text += ", before AS" + strings.ReplaceAll(e.Others, ",", ", AS")
	}
	if e.Feeds != nil && e.FeedsOf != nil {
		text += fmt.Sprintf(", at most %d of %d full feeds", *e.Feeds, *e.FeedsOf)
	}
	if e.Detail != "" {
		text += ", " + e.Detail
	}
	if len(e.Innocent) > 0 {
		text += "; for an innocent reading: " + strings.Join(e.Innocent, ", ")
	}
	return text
}
