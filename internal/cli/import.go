package cli

import (
	"fmt"
	"time"

	"tidemark/collectors/archive"
)

type importVerb struct {
	Kind      string   `arg:"" complete:"kinds" help:"What the files are: ${importKinds}."`
	Collector string   `placeholder:"NAME" help:"Route collector (rrc00) or registry (ripencc) that the files come from."`
	Date      string   `placeholder:"DAY" help:"Day that the files speak of, YYYY-MM-DD, where neither they nor their names tell."`
	Entries   bool     `help:"Of MRT table dumps, write every entry with all attributes too (rib_entries)."`
	File      []string `arg:"" help:"Local files."`
}

// Run takes the files into the archive and decodes them.
func (v *importVerb) Run(env *environment) error {
	if _, err := collectorOf(v.Kind); err != nil {
		return err
	}
	raw := archive.Raw{Kind: v.Kind, Collector: v.Collector, Entries: v.Entries}
	if v.Date != "" {
		day, err := time.Parse(time.DateOnly, v.Date)
		if err != nil {
			return usageError{fmt.Errorf("--date %q is not a day as YYYY-MM-DD", v.Date)}
		}
		raw.Day = day
	}
	if v.Kind == "mrt" && v.Collector == "" {
		return usageError{fmt.Errorf("an MRT file needs --collector NAME: the route collector that wrote it")}
	}
	return env.locked(func() error {
		failed, added := 0, 0
		for _, file := range v.File {
			is, err := env.archive.AddFile(file, raw)
			if err != nil {
				report("importing "+file, err)
				failed++
			} else if is {
				added++
			}
		}
		decoded, err := env.decode()
		if err != nil {
			return err
		}
		if failed > 0 {
			return errPartly
		}
		fmt.Fprintf(env.stdout, "%d of %d files were new, %d decoded; tidemark analyse and tidemark render bring them to the site\n", added, len(v.File), decoded)
		return nil
	})
}
