package campaign

import (
	"fmt"
	"testing"
	"time"

	"tidemark/datasets"
	"tidemark/datasets/table"
	"tidemark/internal/testkit/tables"
)

// TestRead: two places that probe one list are two campaigns; a domain has its changes as history; an unknown state is not a loss.
func TestRead(t *testing.T) {
	store := tables.Store(t)
	day := time.Date(2024, 5, 1, 0, 0, 0, 0, time.UTC)
	var rows []datasets.DomainReadiness
	for i, run := range []struct{ place, web string }{{"home", "ready"}, {"home", "ready"}, {"away", "none"}, {"home", "unknown"}, {"home", "broken"}} {
		at := day.AddDate(0, 0, i)
		for _, service := range []string{"domain", "web"} {
			rows = append(rows, datasets.DomainReadiness{RunID: run.place + "/" + at.Format("20060102"), RunTime: at, ListID: "top", Domain: "a.example", Service: service,
				Class: map[string]string{"web": run.web, "domain": "some"}[service], Refreshed: true})
		}
	}
	tables.Commit(t, store, datasets.DomainReadinesses, table.Key{Day: day, Name: "a"}, rows...)
	all, err := Read(t.Context(), store, "")
	if err != nil {
		t.Fatal(err)
	}
	got := ""
	for _, c := range all {
		got += fmt.Sprintf("%s from %s: %d runs, %d lost\n", c.Title, c.Vantage, len(c.Runs), len(c.Lost))
		for _, d := range c.Domains {
			for _, s := range d.History {
				got += fmt.Sprintf("  %s %s %s\n", d.Name, s.Since.Format(time.DateOnly), s.Web)
			}
		}
	}
	want := `top from away: 1 runs, 0 lost
  a.example 2024-05-03 none
top from home: 4 runs, 1 lost
  a.example 2024-05-05 broken
  a.example 2024-05-04 unknown
  a.example 2024-05-01 ready
`
	if got != want {
		t.Errorf("%s\nwant\n%s", got, want)
	}
}
