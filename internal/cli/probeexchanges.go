package cli

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"tidemark/collectors/archive"
	"tidemark/collectors/ipv6"
)

type probeExchangesVerb struct {
	Domain string `arg:"" help:"Domain that was probed, as example.net; a dot is the root."`
	Source string `placeholder:"NAME" help:"Only runs of this source, or of this place whose transcripts were imported (default: all)."`
	Date   string `placeholder:"DAY" help:"Only runs of this day, YYYY-MM-DD (default: the newest run that has the domain)."`
	JSON   bool   `help:"As JSON."`
}

// Run shows the exchanges of the newest transcript that has the domain.
func (v *probeExchangesVerb) Run(ctx context.Context, env *environment) error {
	if _, err := time.Parse(time.DateOnly, v.Date); v.Date != "" && err != nil {
		return usageError{fmt.Errorf("--date: invalid day %q (want YYYY-MM-DD)", v.Date)}
	}
	raws, err := env.Files(ipv6.Probes{}.Name())
	if err != nil {
		return err
	}
	raws = slices.DeleteFunc(raws, func(r archive.Raw) bool {
		return v.Source != "" && r.Collector != v.Source || v.Date != "" && r.Day.Format(time.DateOnly) != v.Date
	})
	slices.SortFunc(raws, func(a, b archive.Raw) int { return cmp.Or(b.Day.Compare(a.Day), cmp.Compare(a.ID(), b.ID())) })
	for _, raw := range raws {
		found, err := ipv6.ReadWalked(ctx, raw, v.Domain)
		if err != nil {
			return err
		}
		if found != nil {
			return env.show(v.JSON, found, func(w io.Writer) { writeWalked(w, found) })
		}
	}
	return fmt.Errorf("none of %d transcripts here has %q; `tidemark probe %[2]s` tests it now", len(raws), v.Domain)
}

// writeWalked writes exchanges as dig does, after the command that asks the same.
func writeWalked(w io.Writer, found *ipv6.Walked) {
	printf(w, "; %s in the run %s: %d questions to name servers\n", found.Domain, found.Run, len(found.Exchanges))
	for _, x := range found.Exchanges {
		over, host := "", cmp.Or(x.Host, "a root server")
		if x.TCP {
			over = " +tcp"
		}
		printf(w, "\n; dig +norecurse%s @%s %s %s\n;; %s, at %s\n", over, x.Server.String(), x.Name, x.QType, host, x.At.UTC().Format(time.RFC3339))
		switch {
		case x.Error != "":
			printf(w, ";; %s\n", x.Error)
		case !x.Whole:
			printf(w, ";; an answer of %d bytes, which is too long to be kept\n", x.Bytes)
		}
		if x.Status != "" {
			printf(w, ";; status: %s, flags: %s, %d bytes\n", x.Status, strings.Join(x.Flags, " "), x.Bytes)
		}
		for _, section := range []struct {
			name    string
			records []string
		}{{"ANSWER", x.Answer}, {"AUTHORITY", x.Authority}, {"ADDITIONAL", x.Additional}} {
			if len(section.records) > 0 {
				printf(w, ";; %s\n", section.name)
			}
			for _, record := range section.records {
				printf(w, "%s\n", record)
			}
		}
	}
}
