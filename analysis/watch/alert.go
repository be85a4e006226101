// Package watch finds in the datasets what the rules of a watch list ask for: alerts with their beginning, their end and their evidence.
package watch

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
	"time"
)

// Alert is something that a rule has found in the data: it has a beginning, and an end once the data show one.
type Alert struct {
	ID        string     `json:"id"`                   // of rule, kind, subject and beginning: the same in every run that finds it
	Watch     string     `json:"watch"`                // name of the rule
	Kind      string     `json:"kind"`                 // as in Kinds
	Severity  string     `json:"severity"`             // info, warning or critical
	Subject   string     `json:"subject"`              // what it is about: 192.0.2.0/24 AS64500, example.net, RFC 6052
	Text      string     `json:"text"`                 // a sentence, with its day
	Advice    string     `json:"advice,omitempty"`     // what to do first
	NotBefore *time.Time `json:"not_before,omitempty"` // it began after this; nil: not known
	SeenFrom  time.Time  `json:"seen_from"`            // and not later than this
	LastSeen  time.Time  `json:"last_seen"`
	GoneBy    *time.Time `json:"gone_by,omitempty"` // first time at which it was over; nil: it is not, or nothing is known since
	Evidence  []Evidence `json:"evidence,omitempty"`
	Prefix    string     `json:"prefix,omitempty"` // whose time line shows it: the watched prefix that the route is in, or that of the route
	Page      string     `json:"page,omitempty"`   // of the site, relative to its root
}

// MaxIncidents is how many alerts of a rule that have a time line have a page of their own: the newest.
const MaxIncidents = 32

const incidentFolder = "incidents/"

// IsIncident reports whether the alert has a page of its own, which shows its time line.
func (a *Alert) IsIncident() bool { return strings.HasPrefix(a.Page, incidentFolder) }

// addIncidents gives the newest alerts of each rule that have a time line a page. The alerts are sorted by their beginning. What messages
// lead to must stay when older data show an earlier beginning, which the ID is made of; so the newest time of a kind and subject has an
// address without one.
func addIncidents(alerts []Alert) {
	pages, taken := map[string]int{}, map[string]bool{}
	for i := range slices.Backward(alerts) {
		a := &alerts[i]
		if a.Prefix == "" || pages[a.Watch] == MaxIncidents {
			continue
		}
		pages[a.Watch]++
		base := incidentFolder + identity(a.Watch, a.Kind, a.Subject)
		a.Page = base + ".html"
		if taken[base] {
			a.Page = base + a.SeenFrom.UTC().Format("-20060102T150405Z") + ".html"
		}
		taken[base] = true
	}
}

// identity returns a name made of parts.
func identity(parts ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	return hex.EncodeToString(sum[:12])
}

const (
	aroundIncident = 24 * time.Hour
	maxIncident    = 30 * 24 * time.Hour
)

// Window returns the time that the alert's time line shows: from a day before the time by which it began to a day after its end, at most
// 30 days after its beginning.
func (a *Alert) Window() (since, until time.Time) {
	begin, end := a.SeenFrom, a.LastSeen
	if a.NotBefore != nil && a.SeenFrom.Sub(*a.NotBefore) < maxIncident {
		begin = *a.NotBefore
	}
	if a.GoneBy != nil {
		end = *a.GoneBy
	}
	if end.Sub(a.SeenFrom) > maxIncident {
		end = a.SeenFrom.Add(maxIncident)
	}
	return begin.Add(-aroundIncident).UTC(), end.Add(aroundIncident).UTC()
}

// Evidence is a row of a dataset, or a source file, on which an alert rests.
type Evidence struct {
	Dataset   string `json:"dataset"`
	Partition string `json:"partition"`
	SHA256    string `json:"sha256"`
	Text      string `json:"text"` // the witnesses, the path, the payload: what the row says
}
