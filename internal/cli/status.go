package cli

import (
	"context"
	"fmt"
	"io"
	"time"

	"tidemark/collectors/record"
	"tidemark/internal/quantity"
	"tidemark/pipeline"
)

type statusVerb struct {
	JSON bool `name:"json" help:"As JSON."`
}

// Run shows what is there, how fresh it is, and what failed.
func (v *statusVerb) Run(ctx context.Context, env *environment) error {
	s, err := env.Status(ctx)
	if err != nil {
		return err
	}
	if err := env.show(v.JSON, s, func(w io.Writer) { writeStatus(w, s) }); err != nil {
		return err
	}
	if !s.Well {
		return errUnwell
	}
	return nil
}

func writeStatus(w io.Writer, s *pipeline.Status) {
	writeLastRun(w, s)
	if len(s.Sources) == 0 {
		writeNothingConfigured(w, s.Archive.Files)
	} else {
		printf(w, "source\tstate\tevery\tnewest\tage\tfiles\tbytes\tleft\tmissing\t\n")
	}
	for _, l := range s.Sources {
		newest, age := "", ""
		if l.Newest != nil {
			newest, age = l.Newest.Format("2006-01-02 15:04"), ageOf(s.At.Sub(*l.Newest))
		}
		printf(w, "%s\t%s\t%s\t%s\t%s\t%d\t%s\t%d\t%d\t\n", l.Source, l.State, l.Every, newest, age, l.Files, quantity.ShortBytes(l.Bytes), l.Left, len(l.Missing))
	}
	for _, l := range s.Sources {
		if l.Error != "" {
			printf(w, "%s: %s\n", l.Source, l.Error)
		}
	}
	for _, a := range s.Alerts {
		printf(w, "alert of %s: %s\n", a.At.Format("2006-01-02"), a.Text)
	}
	printf(w, "The archive has %d files of %s", s.Archive.Files, quantity.ShortBytes(s.Archive.Bytes))
	if s.Archive.Cleared > 0 {
		printf(w, ", and of %d of them only the note", s.Archive.Cleared)
	}
	if s.Disk != nil {
		printf(w, "; %s of the disk are free", quantity.ShortBytes(s.Disk.FreeBytes))
	}
	printf(w, ".\n")
	if l := s.Lake; l != nil {
		printf(w, "Of the datasets %s partitions of %s are here, and %s of %s only in storage; the cache has %s.\n", quantity.Count(l.Here.Partitions), quantity.ShortBytes(l.Here.Bytes),
			quantity.Count(l.Away.Partitions), quantity.ShortBytes(l.Away.Bytes), quantity.ShortBytes(l.Cache))
	}
	for _, by := range s.Seeded {
		printf(w, "%d partitions were measured by %s, %s; its vantages are known as …@%s\n", by.Partitions, by.Name, by.URL, by.Known)
	}
	for i := range s.Recording {
		writeRecording(w, s.At, &s.Recording[i])
	}
	writeNeed(w, s.Need)
}

// writeRecording says what a recorder did by a time.
func writeRecording(w io.Writer, now time.Time, r *record.Status) {
	if r.Stopped || now.Sub(r.At) > record.Silent {
		printf(w, "\ntidemark record, collector %s, is not at work; it was last at %s.\n", r.Collector, r.At.Format(time.DateTime))
	} else {
		printf(w, "\ntidemark record, collector %s, is at work since %s.\n", r.Collector, r.Since.Format(time.DateTime))
		if r.Paused != "" {
			printf(w, "Now %s.\n", r.Paused)
		}
	}
	if l := r.RISLive; l != nil {
		printf(w, "RIS Live sent %s on %s, of which %d could not be read, %d were beyond the rate, %d repeated and %d left out", count(l.Messages, "message", "messages"),
			count(l.Connections, "connection", "connections"), l.Rejected, l.Dropped, l.Repeated, l.LeftOut)
		if !l.Newest.IsZero() {
			printf(w, "; the newest is of %s", l.Newest.Format(time.DateTime))
		}
		printf(w, ".\n")
	}
	if v := r.RouteViews; v != nil {
		printf(w, "RouteViews sent %s of %s, of which %d could not be read, %d say nothing of what is watched and %d were left out", count(v.Messages, "message", "messages"),
			count(int64(v.Partitions), "partition", "partitions"), v.Rejected, v.Unwatched, v.LeftOut)
		if v.Missing > 0 {
			printf(w, "; %d were gone before they were read", v.Missing)
		}
		if !v.Newest.IsZero() {
			printf(w, "; the newest is of %s", v.Newest.Format(time.DateTime))
		}
		printf(w, ".\n")
	}
	writeSessions(w, r)
	if len(r.Waiting) > 0 {
		printf(w, "%s for the archive\n", count(int64(len(r.Waiting)), "finished file waits", "finished files wait"))
	}
}

func writeSessions(w io.Writer, r *record.Status) {
	up := 0
	for _, p := range r.Peers {
		if p.Up {
			up++
		}
	}
	if len(r.Peers) > 0 {
		printf(w, "%d of %d sessions are up.\n", up, len(r.Peers))
		printf(w, "peer\tAS\tby\tstate\tlast message\tmessages\tupdates\tmalformed\t\n")
	}
	for _, p := range r.Peers {
		state, last := "down", ""
		if p.Up {
			state = "up"
		}
		if p.Last != nil {
			last = p.Last.Format(time.DateTime)
		}
		printf(w, "%s\t%d\t%s\t%s\t%s\t%d\t%d\t%d\t\n", p.Address, p.ASN, p.Source, state, last, p.Messages, p.Updates, p.Malformed)
	}
}

// writeNothingConfigured says what to do first, and more of it where the archive is empty.
func writeNothingConfigured(w io.Writer, files int) {
	if files > 0 {
		printf(w, "No source is configured (--config names the file that has them). What the datasets have, and of which days: tidemark datasets ls\n")
	} else {
		printf(w, "No source is configured.\n\nWhat to do first\n")
		printf(w, "collect\tcopy examples/live.toml to %s, choose in it, then: tidemark doctor --online; tidemark run\n", defaultConfig)
		printf(w, "start from others\ttidemark seed URL, with the address of a site that Tidemark made\n")
		printf(w, "local files\ttidemark import mrt --collector rrc00 FILE; tidemark import --help names the kinds\n")
		printf(w, "look around\ttidemark sample sample; tidemark run -c sample/tidemark.toml -d sample-data\n\n")
	}
}

func writeLastRun(w io.Writer, s *pipeline.Status) {
	if s.LastRun == nil {
		printf(w, "No run has ended yet.\n")
	} else {
		printf(w, "The last run began at %s: %s.", s.LastRun.Start.Format("2006-01-02 15:04:05"), s.LastRun.Outcome)
		if s.LastRun.Error != "" {
			printf(w, " %s", s.LastRun.Error)
		}
		printf(w, "\n")
	}
	if s.Running {
		printf(w, "A run is under way.\n")
	}
}

// ageOf returns a time span in days or hours.
func ageOf(d time.Duration) string {
	if d >= 48*time.Hour {
		return fmt.Sprintf("%d d", int(d.Hours()/24))
	}
	return fmt.Sprintf("%d h", int(d.Hours()))
}
