package table

import "time"

// Summary says how much there is of a dataset.
type Summary struct {
	Name       string `json:"name"`
	Version    int    `json:"version"`
	Derived    bool   `json:"derived"`
	Partitions int    `json:"partitions"`
	Rows       int64  `json:"rows"`
	Bytes      int64  `json:"bytes"`
	From       string `json:"from,omitempty"` // first and last day
	To         string `json:"to,omitempty"`
	Damaged    int    `json:"damaged"` // partitions whose source is damaged

	MeasuredBy []Measurer `json:"measured_by,omitempty"` // other installations
}

// SummaryColumns are the columns of the index that Summary needs.
var SummaryColumns = []string{"rows", "bytes", "damage", "measured_by"}

// Summary returns how much there is in partitions of the dataset, which are ordered by day.
func (s *Schema) Summary(partitions []*Manifest) Summary {
	all := Summary{Name: s.Name, Version: s.Version, Derived: s.Derived, Partitions: len(partitions), MeasuredBy: Measurers(partitions)}
	for i, m := range partitions {
		if i == 0 {
			all.From = m.Day().Format(time.DateOnly)
		}
		all.To = m.Day().Format(time.DateOnly)
		all.Rows += m.Rows
		all.Bytes += m.Bytes
		if len(m.Damage) > 0 {
			all.Damaged++
		}
	}
	return all
}
