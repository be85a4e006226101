package analysis

import (
	"slices"
	"strings"
	"time"

	"tidemark/datasets"
	"tidemark/datasets/table"
	"tidemark/internal/quantity"
)

// Standing is what the newest numbers of an answer rest on.
type Standing struct {
	AsOf     string        `json:"as_of"`           // day or year of the newest row, without rows the newest day of the data; empty: no row has one
	Datasets []DatasetDays `json:"datasets"`        // that the query could read
	Inputs   []Input       `json:"inputs"`          // files behind the newest numbers
	Known    *int64        `json:"known"`           // things that the newest numbers know; null: the question has no unknown
	Of       *int64        `json:"of"`              // things that they are about
	Things   string        `json:"things,omitzero"` // what Known and Of count
	Feeds    *int64        `json:"feeds"`           // ASes with full feeds behind the newest numbers; null: not a matter of feeds, or unknown
	FeedsOf  *int64        `json:"feeds_of"`        // ASes with full feeds in all tables of that instant
	Reject   int64         `json:"rejected"`        // rows of the newest partitions' sources that were rejected
}

// DatasetDays are the days of the partitions of a dataset.
type DatasetDays struct {
	Dataset    string `json:"dataset"`
	Oldest     string `json:"oldest,omitzero"` // YYYY-MM-DD; empty: its partitions speak of no day
	Newest     string `json:"newest,omitzero"`
	Partitions int    `json:"partitions"`
}

// Day returns the day of which the answer speaks as YYYY-MM-DD: the newest day of its datasets if its rows have only
// years. It is empty if there are no data.
func (s Standing) Day() (day string) {
	if len(s.AsOf) == len(time.DateOnly) {
		return s.AsOf
	}
	for _, d := range s.Datasets {
		day = max(day, d.Newest)
	}
	return day
}

// standingOf returns what the newest rows of an answer rest on.
func standingOf(q *Question, result *table.Result, from []*table.Manifest, l *lineage) (Standing, error) {
	s := Standing{Things: q.Basis.Things}
	for _, d := range q.Datasets {
		if days := datasetDays(d.Name, from); days.Partitions > 0 {
			s.Datasets = append(s.Datasets, days)
			s.Reject += rejectedBy(partitionsOf(d.Name, days.Newest, from))
		}
	}
	if newest := q.Basis.newestRows(rowsOf(result)); len(newest) > 0 {
		s.AsOf = q.Basis.instant(newest[0]).day()
		s.Known, s.Of = q.Basis.coverage(newest)
		s.Feeds, s.FeedsOf = q.Basis.feeds(newest)
	} else if len(result.Rows) == 0 { // that there is nothing is true of the day of the data
		s.AsOf = s.Day()
	}
	err := s.setInputs(from, l)
	return s, err
}

// StandingOf returns what numbers rest on that were read from partitions of one day.
func StandingOf(manifest func(file string) (*table.Manifest, error), day time.Time, from []*table.Manifest) (Standing, error) {
	s := Standing{AsOf: day.Format(time.DateOnly)}
	for _, m := range from {
		if !slices.ContainsFunc(s.Datasets, func(d DatasetDays) bool { return d.Dataset == m.Dataset }) {
			s.Datasets = append(s.Datasets, datasetDays(m.Dataset, from))
		}
	}
	err := s.setInputs(from, newLineage(manifest))
	return s, err
}

// setInputs follows the newest numbers to their inputs. They were read from each dataset's partitions of the day of the
// answer, or of its newest day where it has none of that day: names of ASes, for example.
func (s *Standing) setInputs(from []*table.Manifest, l *lineage) error {
	day := s.Day()
	if day == "" {
		return nil
	}
	at, err := time.Parse(time.DateOnly, day)
	if err != nil {
		return err
	}
	var read []*table.Manifest
	for _, d := range s.Datasets {
		newest := partitionsOf(d.Dataset, day, from)
		if len(newest) == 0 {
			newest = partitionsOf(d.Dataset, d.Newest, from)
		}
		read = append(read, newest...)
	}
	s.Inputs, err = l.inputs(read, at)
	return err
}

// dayOf returns the day of a partition; empty if it speaks of none.
func dayOf(m *table.Manifest) string {
	if m.Day().Equal(datasets.Timeless) {
		return ""
	}
	return m.Day().Format(time.DateOnly)
}

func datasetDays(name string, from []*table.Manifest) DatasetDays {
	d := DatasetDays{Dataset: name}
	for _, m := range from {
		if m.Dataset != name {
			continue
		}
		day := dayOf(m)
		if d.Partitions++; d.Partitions == 1 {
			d.Oldest = day
		}
		d.Oldest, d.Newest = min(d.Oldest, day), max(d.Newest, day)
	}
	return d
}

// partitionsOf returns a dataset's partitions of a day.
func partitionsOf(name, day string, from []*table.Manifest) (all []*table.Manifest) {
	for _, m := range from {
		if m.Dataset == name && dayOf(m) == day {
			all = append(all, m)
		}
	}
	return all
}

func rejectedBy(partitions []*table.Manifest) (n int64) {
	for _, m := range partitions {
		for _, rejected := range m.Rejected {
			n += rejected
		}
	}
	return n
}

// Words returns the standing in sentences: of which day the answer speaks, which data it could read, which inputs are of
// another day or past their age limit, and what is known. It is empty if there are no data.
func (s Standing) Words() string {
	if len(s.Datasets) == 0 {
		return ""
	}
	var all []string
	if s.AsOf != "" {
		all = append(all, "As of "+s.AsOf)
	}
	var read []string
	for _, d := range s.Datasets {
		if d.Newest == "" {
			read = append(read, d.Dataset)
			continue
		}
		read = append(read, d.Dataset+" of "+span(d.Oldest, d.Newest))
	}
	all = append(all, "From "+strings.Join(read, "; "))
	all = append(all, s.inputWords()...)
	all = append(all, backing(s.Feeds, s.FeedsOf, s.Known, s.Of, s.Things)...)
	if s.Reject > 0 {
		all = append(all, plural(s.Reject, "record", "records")+" of the newest day rejected")
	}
	return strings.Join(all, ". ") + "."
}

// Brief returns of which day the answer speaks and what is known, for a chart: "As of 2020-02-01; 12 of 30 ASes with full feeds". It is
// empty if the answer speaks of no day.
func (s Standing) Brief() string {
	if s.AsOf == "" {
		return ""
	}
	return strings.Join(append([]string{"As of " + s.AsOf}, backing(s.Feeds, s.FeedsOf, s.Known, s.Of, s.Things)...), "; ")
}

// backing returns how many full feeds are behind numbers, and how much they know; each only where it matters.
func backing(feeds, feedsOf, known, of *int64, things string) (all []string) {
	if feeds != nil && *feeds > 0 {
		all = append(all, feedWords(feeds, feedsOf))
	}
	if of != nil {
		all = append(all, coverageWords(known, of, things))
	}
	return all
}

// inputWords names the inputs that are of another day than the numbers, beside the datasets that were read themselves, and
// those that are past their limit.
func (s Standing) inputWords() (all []string) {
	var others, old []Input
	for _, in := range s.Inputs {
		switch {
		case !in.Within:
			old = append(old, in)
		case in.Day != s.Day() && !slices.ContainsFunc(s.Datasets, func(d DatasetDays) bool { return d.Dataset == in.Dataset }):
			others = append(others, in)
		}
	}
	if len(others) > 0 {
		all = append(all, "Also based on "+strings.Join(daysByDataset(others), "; "))
	}
	if len(old) > 0 {
		all = append(all, "Past their age limit: "+strings.Join(daysByDataset(old), "; "))
	}
	return all
}

// daysByDataset names the days of inputs, which are in the order of their datasets; those of datasets with the same days
// together.
func daysByDataset(inputs []Input) (all []string) {
	type group struct{ names, days string }
	var groups []group
	for len(inputs) > 0 {
		in, n := inputs[0], 1
		for n < len(inputs) && inputs[n].Dataset == in.Dataset {
			n++
		}
		days := span(in.Day, inputs[n-1].Day)
		inputs = inputs[n:]
		if !in.Within {
			days += " (" + limitWords(in) + ")"
		}
		if i := slices.IndexFunc(groups, func(g group) bool { return g.days == days }); i >= 0 {
			groups[i].names += ", " + in.Dataset
		} else {
			groups = append(groups, group{in.Dataset, days})
		}
	}
	for _, g := range groups {
		all = append(all, g.names+" of "+g.days)
	}
	return all
}

// limitWords returns the age limit of an input: "3 days", "31 days for what is available".
func limitWords(in Input) string {
	text := plural(int64(*in.Limit), "day", "days")
	if in.Lines != "" {
		text += " for what is " + in.Lines
	}
	return text
}

// span returns two days, or the one that they are.
func span(oldest, newest string) string {
	if oldest == newest {
		return oldest
	}
	return oldest + " to " + newest
}

// feedWords returns how many ASes sent the full feeds behind a number, and of how many that sent one at all. A full feed is that of
// a session, of which an AS may have several.
func feedWords(feeds, of *int64) string {
	if of == nil || *of == *feeds {
		return plural(*feeds, "AS with a full feed", "ASes with full feeds")
	}
	return quantity.Count(*feeds) + " of " + plural(*of, "AS with a full feed", "ASes with full feeds")
}

// coverageWords returns the share of things that are known. It is rounded down, so that 100 % means all.
func coverageWords(known, of *int64, things string) string {
	share := "an unknown share"
	if *of > 0 {
		part := float64(*known) / float64(*of)
		if down := float64(1000*(*known)/(*of)) / 1000; down > 0 {
			part = down
		}
		share = quantity.Percent(part)
	}
	return share + " of " + plural(*of, singular[things], things) + " known"
}

// singular has one of each kind of things that a Basis counts.
var singular = map[string]string{
	"AAAA records":               "AAAA record",
	"front pages":                "front page",
	"web hosts":                  "web host",
	"ASes":                       "AS",
	"RFCs":                       "RFC",
	"addresses":                  "address",
	"announcements":              "announcement",
	"checks":                     "check",
	"days":                       "day",
	"domains":                    "domain",
	"things":                     "thing",
	"headers of active drafts":   "header of an active draft",
	"links":                      "link",
	"hours":                      "hour",
	"minutes of the day":         "minute of the day",
	"pairs of prefix and origin": "pair of prefix and origin",
	"paths":                      "path",
	"payloads":                   "payload",
	"registries":                 "registry",
	"routes":                     "route",
	"texts of RFCs":              "text of an RFC",
}

func plural(n int64, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return quantity.Count(n) + " " + many
}
