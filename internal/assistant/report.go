package assistant

import (
	"context"
	"fmt"
	"strings"
	"time"

	"tidemark/analysis/report"
	"tidemark/datasets/table"
)

type reportIn struct {
	Year    int    `json:"year" jsonschema:"year of the report"`
	Section string `json:"section,omitempty" jsonschema:"slug of one section; without it all are given"`
}

type reportOut struct {
	Year     int              `json:"year"`
	Sections []report.Section `json:"sections" jsonschema:"without what their charts are drawn from"`
	Basis    basis            `json:"basis"`
}

func (s *server) addReport() {
	add(s, "report", "Report of a year", "Gives the report of a year: the routing table and its updates, beside the two years before. A value that is null has what it needs beside it.", s.report)
}

func (s *server) report(ctx context.Context, in reportIn) (*reportOut, error) {
	store, err := s.source.Open(ctx, report.Reads)
	if err != nil {
		return nil, err
	}
	r, err := report.Make(ctx, store, in.Year)
	if err != nil {
		return nil, err
	}
	out := &reportOut{Year: r.Year}
	var slugs []string
	for _, section := range r.Sections {
		section.Plot = nil
		slugs = append(slugs, section.Slug)
		if in.Section == "" || in.Section == section.Slug {
			out.Sections = append(out.Sections, section)
		}
	}
	if len(out.Sections) == 0 {
		return nil, fmt.Errorf("the report has no section %q (want one of %s)", in.Section, strings.Join(slugs, ", "))
	}
	out.Basis, err = s.basisOf(ctx, newestIn(r.From, in.Year), r.From)
	return out, err
}

// newestIn returns the newest day of partitions up to the end of a year.
func newestIn(from []*table.Manifest, year int) (day time.Time) {
	for _, m := range from {
		if d := m.Day(); d.Year() <= year && d.After(day) {
			day = d
		}
	}
	return day
}
