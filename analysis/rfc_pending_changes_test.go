package analysis

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"tidemark/datasets"
	"tidemark/internal/testkit/tables"
)

// TestPendingChanges: what a draft's header does not say is unknown, and a watched RFC of which nothing is known has its row.
func TestPendingChanges(t *testing.T) {
	day := func(n int) time.Time { return time.Date(2026, 9, n, 0, 0, 0, 0, time.UTC) }
	draft := func(at int, name, state string) datasets.Draft {
		return datasets.Draft{SnapshotDate: day(at), Name: name, Revision: "03", State: state}
	}
	change := func(name, relation, by string, rfc uint32, last int) datasets.IntendedRelation {
		return datasets.IntendedRelation{Draft: name, Revision: "03", RFC: rfc, Relation: relation, KnownBy: by, FirstSeen: day(1), LastSeen: day(last)}
	}
	for _, c := range []struct {
		name    string
		headers []datasets.DraftHeader
		changes []datasets.IntendedRelation
		lead    string
		text    string
		rows    string // of the RFCs with a draft
		known   int64
	}{
		{"headers of all", []datasets.DraftHeader{{Name: "a", Revision: "03", HasHeader: true}, {Name: "b", Revision: "02", HasHeader: true}, {Name: "b", Revision: "04"}},
			[]datasets.IntendedRelation{change("a", "updates", "header", 6052, 2), change("a", "obsoletes", "header", 6146, 2), change("b", "updates", "header", 8200, 1), change("a", "updates", "header", 1, 2)},
			"On 2 September 2026, 1 active draft would obsolete or update a watched RFC.", "On 2 September 2026, a-03 would update RFC 6052; the table below has the others.",
			"RFC 6052 stated updates a-03, RFC 6146 stated obsoletes a-03", 2},
		{"one without a header", []datasets.DraftHeader{{Name: "a", Revision: "03", HasHeader: true}, {Name: "b", Revision: "03"}},
			[]datasets.IntendedRelation{change("a", "updates", "header", 6052, 2), change("b", "unknown", "citation", 6052, 2)},
			"On 2 September 2026, at least 1 active draft would obsolete or update a watched RFC.",
			"On 2 September 2026, a-03 would update RFC 6052. Whether 1 further draft would change one was unknown. The headers of 1 of 2 active drafts could not be read.",
			"RFC 6052 stated updates a-03, RFC 6052 possible unknown b-03", 1},
		{"no header", nil, []datasets.IntendedRelation{change("b", "unknown", "name", 6146, 2)},
			"Which drafts would change a watched RFC was unknown on 2 September 2026, because no header of a draft could be read.",
			"Whether 1 further draft would change one was unknown on 2 September 2026. The headers of 2 of 2 active drafts could not be read.",
			"RFC 6146 possible unknown b-03", 0},
		{"no change", []datasets.DraftHeader{{Name: "a", Revision: "01", HasHeader: true}, {Name: "b", Revision: "03", HasHeader: true}}, nil,
			"On 2 September 2026, 0 active drafts would obsolete or update a watched RFC.", "", "", 2},
	} {
		t.Run(c.name, func(t *testing.T) {
			store := tables.Store(t)
			write(t, store, datasets.Drafts, "a", draft(1, "a", "active"), draft(1, "b", "active"), draft(1, "c", "active"), draft(2, "a", "active"), draft(2, "b", "active"), draft(2, "c", "expired"))
			write(t, store, datasets.DraftHeaders, "a", c.headers...)
			write(t, store, datasets.IntendedRelations, "a", c.changes...)
			a := answered(t, store, rfcPendingChanges)
			if a.Lead != c.lead || a.Text != c.text {
				t.Errorf("%q, then %q, want\n%q, then %q", a.Lead, a.Text, c.lead, c.text)
			}
			var rows []string
			rfcs := map[any]bool{}
			for _, row := range a.Result.Rows {
				rfcs[row[0]] = true
				if row[1] != "none known" {
					rows = append(rows, fmt.Sprint(row[0], " ", row[1], " ", row[2], " ", row[3]))
				}
			}
			if got := strings.Join(rows, ", "); got != c.rows || len(rfcs) != 20 {
				t.Errorf("%d RFCs with %s, want 20 with %s", len(rfcs), got, c.rows)
			}
			if s := a.Standing; s.AsOf != "2026-09-02" || s.Known == nil || *s.Known != c.known || *s.Of != 2 {
				t.Errorf("the answer rests on %+v", s)
			}
		})
	}
}
