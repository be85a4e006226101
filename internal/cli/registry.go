package cli

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"tidemark/datasets"
	"tidemark/rfcwatch/history"
)

type registryVerb struct {
	Name  string    `arg:"" optional:"" help:"Registry or list, by IANA's identifier or a part of the list's title (default: list them)."`
	RFC   rfcNumber `name:"rfc" placeholder:"N" help:"Only entries that refer to an RFC."`
	Since string    `placeholder:"DAY" help:"Show what happened on that day or later instead of the entries."`
	AsOf  string    `placeholder:"DAY" help:"Use the registries of that day."`
	JSON  bool      `help:"As JSON."`
	limited
}

// registryList is a list of a registry as it is shown.
type registryList struct {
	Registry string `json:"registry"`
	List     string `json:"list"`
	Title    string `json:"title,omitempty"`
	Entries  int    `json:"entries"`
	AsOf     string `json:"as_of"`
}

// registryEntry is an entry of a list as it is shown.
type registryEntry struct {
	List        string   `json:"list"`
	Title       string   `json:"title,omitempty"`
	Value       string   `json:"value"`
	Name        string   `json:"name"`
	Description string   `json:"description,omitempty"`
	State       string   `json:"state"`
	Registered  string   `json:"registered,omitempty"`
	Reference   string   `json:"reference,omitempty"`
	RFCs        []uint32 `json:"rfcs"`
	AsOf        string   `json:"as_of"`
}

// registryEvent is what happened to an entry, as it is shown.
type registryEvent struct {
	Date      string   `json:"date,omitempty"` // of the registration, where the entry states it
	After     string   `json:"after"`
	Until     string   `json:"until"`
	List      string   `json:"list"`
	Title     string   `json:"title,omitempty"`
	Value     string   `json:"value"`
	Name      string   `json:"name"`
	Event     string   `json:"event"`
	Field     string   `json:"field,omitempty"`
	Before    string   `json:"before,omitempty"`
	Now       string   `json:"now,omitempty"`
	Reference string   `json:"reference,omitempty"`
	RFCs      []uint32 `json:"rfcs"`
}

// matches reports whether the verb asks for a list.
func (v *registryVerb) matches(registry, list, title string, rfcs []uint32) bool {
	named := v.Name == "" || strings.EqualFold(v.Name, registry) || strings.EqualFold(v.Name, list) || strings.Contains(strings.ToLower(title), strings.ToLower(v.Name))
	return named && (v.RFC == 0 || slices.Contains(rfcs, uint32(v.RFC)))
}

// Run shows lists, entries or events.
func (v *registryVerb) Run(env *environment) error {
	since, err := flagDay("--since", v.Since)
	if err != nil {
		return err
	}
	day, err := flagDay("--as-of", v.AsOf)
	if err != nil {
		return err
	}
	if v.Since != "" && v.AsOf != "" {
		return usageError{errors.New("--since and --as-of exclude each other")}
	}
	entries, _, err := history.Assignments(env.Store(), day)
	if err != nil {
		return err
	}
	if len(entries) == 0 {
		return errors.New("no registry of that day or before is at hand; import one: tidemark import iana-registry FILE")
	}
	if !slices.ContainsFunc(entries, func(e datasets.Assignment) bool {
		return v.Name == "" || (&registryVerb{Name: v.Name}).matches(e.Registry, e.List, e.Title, nil)
	}) {
		return usageError{fmt.Errorf("no registry or list is called %q; tidemark registry lists them", v.Name)}
	}
	if v.Since != "" {
		return v.showEvents(env, since)
	}
	if v.Name == "" && v.RFC == 0 {
		lists := listsOf(entries)
		return env.show(v.JSON, lists, func(w io.Writer) {
			printf(w, "list\ttitle\tentries\tas of\t\n")
			for _, l := range lists {
				printf(w, "%s\t%s\t%d\t%s\t\n", l.List, l.Title, l.Entries, l.AsOf)
			}
		})
	}
	shown := []registryEntry{}
	for _, e := range entries {
		if v.matches(e.Registry, e.List, e.Title, e.RFCs) {
			shown = append(shown, registryEntry{e.List, e.Title, e.Value, e.Name, e.Description, e.State, e.Registered, e.Reference, append([]uint32{}, e.RFCs...), e.RegistryDate.Format(time.DateOnly)})
		}
	}
	total := len(shown)
	shown = shown[:v.rows(env.terminal && !v.JSON, total)]
	return env.show(v.JSON, shown, func(w io.Writer) {
		if len(shown) < total {
			printf(w, "%s\n\n", howMany("first", len(shown), total, "entry", "entries"))
		}
		for i, e := range shown {
			if i == 0 || shown[i-1].List != e.List {
				if i > 0 {
					printf(w, "\n")
				}
				printf(w, "%s %s, as of %s\nvalue\tname\tstate\tregistered\treference\t\n", e.List, e.Title, e.AsOf)
			}
			printf(w, "%s\t%s\t%s\t%s\t%s\t\n", e.Value, e.Name, e.State, e.Registered, e.Reference)
		}
	})
}

// listsOf returns the lists of entries, in their order.
func listsOf(entries []datasets.Assignment) (lists []registryList) {
	for _, e := range entries {
		if n := len(lists); n == 0 || lists[n-1].List != e.List || lists[n-1].Registry != e.Registry {
			lists = append(lists, registryList{e.Registry, e.List, e.Title, 0, e.RegistryDate.Format(time.DateOnly)})
		}
		lists[len(lists)-1].Entries++
	}
	return lists
}

func (v *registryVerb) showEvents(env *environment, since time.Time) error {
	events, err := history.AssignmentEvents(env.Store(), since)
	if err != nil {
		return err
	}
	shown := []registryEvent{}
	for _, e := range events {
		if !v.matches(e.Registry, e.List, e.Title, e.RFCs) {
			continue
		}
		s := registryEvent{After: e.After.Format(time.DateOnly), Until: e.Until.Format(time.DateOnly), List: e.List, Title: e.Title, Value: e.Value, Name: e.Name,
			Event: e.Event, Field: e.Field, Before: e.Before, Now: e.Now, Reference: e.Reference, RFCs: append([]uint32{}, e.RFCs...)}
		if e.Date != nil {
			s.Date = e.Date.Format(time.DateOnly)
		}
		shown = append(shown, s)
	}
	if len(shown) == 0 {
		printf(env.err, "nothing is on record; events come with tidemark analyse, from two snapshots of a registry on\n")
	}
	total := len(shown)
	shown = shown[total-v.rows(env.terminal && !v.JSON, total):]
	return env.show(v.JSON, shown, func(w io.Writer) {
		if total == 0 {
			return
		}
		printf(w, "%s since %s\n\nwhen\tlist\tvalue\tevent\twhat\treference\t\n", howMany("newest", len(shown), total, "event", "events"), since.Format(time.DateOnly))
		for _, e := range shown {
			when := strings.TrimSuffix(e.Date, "-01") // the first is written where only the month is known
			if when == "" {
				when = e.After + ".." + e.Until
			}
			what := e.Name
			if e.Field != "" {
				what = e.Field + ": " + e.Before + " → " + e.Now
			}
			printf(w, "%s\t%s\t%s\t%s\t%s\t%s\t\n", when, e.List, e.Value, e.Event, what, e.Reference)
		}
	})
}
