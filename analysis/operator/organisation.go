package operator

import (
	"context"
	"fmt"
	"strings"
	"time"

	"tidemark/datasets"
)

// Organisation is what CAIDA infers of who operates an AS.
type Organisation struct {
	Date    string    `json:"file_date"`          // of the as2org file
	ID      string    `json:"org_id,omitempty"`   // empty: the file does not have the AS
	Name    string    `json:"org_name,omitempty"` // as the file has it
	Country string    `json:"country,omitempty"`  // of the organisation
	Source  string    `json:"source,omitempty"`   // registry of the AS
	Others  []Sibling `json:"other_ases"`         // of the organisation, by number; the first ones
	Total   int64     `json:"other_ases_count"`   // all of them
}

// Sibling is another AS of an organisation.
type Sibling struct {
	ASN  uint32 `json:"asn"`
	Name string `json:"name,omitempty"`
}

// maxSiblings is how many other ASes of an organisation are shown.
const maxSiblings = 50

// organisation returns the organisation of an AS; nil if no as2org file of the time is at hand.
func (v *View) organisation(ctx context.Context, n uint32) (*Organisation, error) {
	day, err := v.engine.Query(ctx, "SELECT max(file_date) FROM as_orgs WHERE file_date <= ? AND file_date >= ?", v.Time, v.oldest(datasets.ASOrgs.DaysValid("")))
	if err != nil || len(day.Rows) == 0 || day.Rows[0][0] == nil {
		return nil, err
	}
	at := day.Rows[0][0].(time.Time)
	s := &Organisation{Date: at.Format(time.DateOnly)}
	found, err := v.engine.Query(ctx, "SELECT org_id, org_name, country, source FROM as_orgs WHERE file_date = ? AND asn = ? ORDER BY ALL LIMIT 1", at, int64(n))
	if err != nil || len(found.Rows) == 0 {
		return s, err
	}
	r := found.Rows[0]
	s.ID, s.Name, s.Country, s.Source = r[0].(string), r[1].(string), r[2].(string), r[3].(string)
	others, err := v.engine.Query(ctx, `SELECT CAST(asn AS BIGINT) AS other, coalesce((SELECT arg_max(name, (file_date, name)) FROM as_names WHERE as_names.asn = o.asn), ''), count(*) OVER () AS total
    FROM (SELECT DISTINCT asn FROM as_orgs WHERE file_date = ? AND org_id = ? AND asn <> ?) AS o ORDER BY other LIMIT ?`, at, s.ID, int64(n), int64(maxSiblings))
	if err != nil {
		return nil, err
	}
	for _, r := range others.Rows {
		s.Others = append(s.Others, Sibling{uint32(r[0].(int64)), r[1].(string)})
		s.Total = r[2].(int64)
	}
	return s, nil
}

// Lines says who operates an AS, and which other ASes the same organisation has.
func (o *Organisation) Lines() []string {
	if o.ID == "" {
		return []string{"CAIDA's as2org of " + o.Date + " does not have the AS."}
	}
	name := o.ID
	if o.Name != "" {
		name = o.Name + " (" + o.ID + ")"
	}
	if o.Country != "" {
		name += ", " + o.Country
	}
	if o.Total == 0 {
		return []string{name + ", without another AS by CAIDA's as2org of " + o.Date + "."}
	}
	var others []string
	for _, other := range o.Others {
		others = append(others, fmt.Sprintf("AS%d%s", other.ASN, nameAfter(other.Name)))
	}
	if more := o.Total - int64(len(o.Others)); more > 0 {
		others = append(others, fmt.Sprintf("and %d more", more))
	}
	return []string{name + ".", "Same organisation by CAIDA's as2org of " + o.Date + ": " + strings.Join(others, ", ") + "."}
}
