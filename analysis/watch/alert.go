// Package watch finds in the datasets what the rules of a watch list ask for: alerts with their beginning, their end and their evidence.
package watch

import "time"

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
	Page      string     `json:"page,omitempty"` // of the site, relative to its root
}

// Evidence is a row of a dataset, or a source file, on which an alert rests.
type Evidence struct {
	Dataset   string `json:"dataset"`
	Partition string `json:"partition"`
	SHA256    string `json:"sha256"`
	Text      string `json:"text"` // the witnesses, the path, the payload: what the row says
}
