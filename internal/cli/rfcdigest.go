package cli

import (
	"io"
	"time"

	"tidemark/rfcwatch/digest"
	"tidemark/rfcwatch/history"
)

type rfcDigestVerb struct {
	Number []rfcNumber `arg:"" optional:"" help:"RFC numbers (default: the watched ones, with the watched drafts and groups)."`
	Since  string      `placeholder:"DAY" help:"Only weeks that end on that day or later."`
	JSON   bool        `help:"As JSON."`
}

// digestWeek is a week of the digest as it is shown.
type digestWeek struct {
	Week      string   `json:"week"`
	From      string   `json:"from"`
	To        string   `json:"to"`
	Title     string   `json:"title"`
	Sentences []string `json:"sentences"`
}

// Run writes the weeks, newest first.
func (v *rfcDigestVerb) Run(env *environment) error {
	since, err := flagDay("--since", v.Since)
	if err != nil {
		return err
	}
	store := env.Store()
	events, err := history.Events(store, nil, time.Time{})
	if err != nil {
		return err
	}
	news, err := history.ReadNews(store)
	if err != nil {
		return err
	}
	lineage, err := history.ReadLineage(store)
	if err != nil {
		return err
	}
	watch := digest.NewWatch(env.Watch.RFCs, env.Watch.Drafts, env.Watch.Groups, lineage)
	if len(v.Number) > 0 {
		var numbers []int
		for _, n := range v.Number {
			numbers = append(numbers, int(n))
		}
		watch = digest.NewWatch(numbers, nil, nil, lineage)
	}
	shown := []digestWeek{}
	for _, w := range watch.Weeks(news.Of(events)) {
		if w.Sunday().Before(since) {
			break
		}
		shown = append(shown, digestWeek{w.Name(), w.Monday.Format(time.DateOnly), w.Sunday().Format(time.DateOnly), w.Title(), w.Sentences()})
	}
	if len(shown) == 0 {
		printf(env.err, "nothing is on record; events come with tidemark analyse, from two snapshots of a source on\n")
	}
	return env.show(v.JSON, shown, func(w io.Writer) {
		for _, week := range shown {
			printf(w, "%s (%s to %s)\n", week.Title, week.From, week.To)
			for _, sentence := range week.Sentences {
				printf(w, "  %s\n", sentence)
			}
		}
	})
}
