package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"tidemark/pipeline/doctor"
)

type doctorVerb struct {
	Online bool   `help:"Also look up the configured hosts, and ask each source what a run would bring: robots.txt, lists, the header of one file."`
	Record string `placeholder:"DIR" type:"path" help:"With --online: also write the answers, and the beginning of a file of each source, into this folder."`
	JSON   bool   `name:"json" help:"As JSON."`
}

var errUnfit = errors.New("the machine is not fit: see above")

// Run examines the machine.
func (v *doctorVerb) Run(ctx context.Context, env *environment) error {
	if v.Record != "" && !v.Online {
		return usageError{errors.New("--record needs --online: it writes what servers answer")}
	}
	p := env.patient()
	found := append([]doctor.Finding{env.checkConfiguration(), env.checkLock()}, doctor.Local(p)...)
	if v.Online {
		found = append(found, doctor.Online(ctx, p)...)
		examine := env.Examine
		if v.Record != "" {
			examine = func(ctx context.Context) ([]doctor.Finding, error) { return env.Record(ctx, v.Record) }
		}
		sources, err := examine(ctx)
		if err != nil {
			return err
		}
		found = append(found, sources...)
	}
	if err := env.show(v.JSON, found, func(w io.Writer) { writeFindings(w, found) }); err != nil {
		return err
	}
	return verdict(found)
}

// writeFindings writes how many findings are of each state, then the worst first.
func writeFindings(w io.Writer, found []doctor.Finding) {
	var summary []string
	order := []string{doctor.Bad, doctor.Warning, doctor.OK}
	tally := map[string]int{}
	for _, f := range found {
		tally[f.State]++
	}
	for _, state := range order {
		if n := tally[state]; n > 0 {
			summary = append(summary, fmt.Sprintf("%d %s", n, state))
		}
	}
	printf(w, "%s: %s\n\n", count(int64(len(found)), "check", "checks"), strings.Join(summary, ", "))
	found = slices.SortedStableFunc(slices.Values(found), func(a, b doctor.Finding) int {
		return slices.Index(order, a.State) - slices.Index(order, b.State)
	})
	for _, f := range found {
		text := f.Text
		if f.Remedy != "" {
			text += ": " + f.Remedy
		}
		printf(w, "%s\t%s\t%s\n", f.State, f.Item, text)
	}
}

// verdict is the error of the worst finding.
func verdict(found []doctor.Finding) (err error) {
	for _, f := range found {
		switch f.State {
		case doctor.Bad:
			return errUnfit
		case doctor.Warning:
			err = errUnwell
		}
	}
	return err
}

// patient returns the machine as the program uses it.
func (env *environment) patient() doctor.Patient {
	p := doctor.Patient{Data: env.Dir, Hosts: hosts(env.Sources), Client: env.Client(), Now: env.Clock(), Budget: env.Budget.Bytes}
	if program, err := os.Executable(); err == nil {
		if info, err := os.Stat(program); err == nil {
			p.Built = info.ModTime()
		}
	}
	if last, err := env.Journal().Last(); err == nil && last != nil {
		p.Newest = last.Start
	}
	return p
}

// checkConfiguration says which configuration is used. One that cannot be read ends the program before.
func (env *environment) checkConfiguration() doctor.Finding {
	f := doctor.Finding{Item: "configuration", State: doctor.OK, Text: fmt.Sprintf("%s, %d sources", env.file, len(env.Sources))}
	switch {
	case env.file == "":
		f.State, f.Text, f.Remedy = doctor.Warning, "there is none", "copy examples/live.toml to "+defaultConfig
	case len(hosts(env.Sources)) > 0 && env.contact == "":
		f.State, f.Text, f.Remedy = doctor.Warning, "no contact is set", `write contact = "mailto:you@example.net", so that servers see whom to ask`
	}
	return f
}

// checkLock reports whether another run is at work.
func (env *environment) checkLock() doctor.Finding {
	running, err := env.Running()
	switch {
	case err != nil:
		return doctor.Finding{Item: "lock", State: doctor.Bad, Text: err.Error()}
	case running:
		return doctor.Finding{Item: "lock", State: doctor.OK, Text: "a run is at work"}
	}
	return doctor.Finding{Item: "lock", State: doctor.OK, Text: "free"}
}
