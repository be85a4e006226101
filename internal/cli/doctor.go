package cli

import (
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"text/tabwriter"

	"github.com/gofrs/flock"

	"tidemark/collectors/routes"
	"tidemark/pipeline/doctor"
)

type doctorVerb struct {
	Online bool `help:"Look the configured hosts up as well, and ask each for a header (HEAD)."`
	JSON   bool `name:"json" help:"As JSON."`
}

// Help shows examples.
func (doctorVerb) Help() string {
	return examples("tidemark doctor", "tidemark doctor --online --config /etc/tidemark/tidemark.toml", "tidemark doctor --json") +
		"\n\nExit code 0: fit; 3: works, with warnings; 1: something does not work."
}

// Run looks at the machine.
func (v *doctorVerb) Run(env *environment) error {
	p := doctor.Patient{Data: env.data, Hosts: env.hosts(), Client: env.archive.Client, Now: env.now(), Budget: env.config.Run.Budget.Bytes}
	if program, err := os.Executable(); err == nil {
		if info, err := os.Stat(program); err == nil {
			p.Built = info.ModTime()
		}
	}
	if last, err := env.journal().Last(); err == nil && last != nil {
		p.Newest = last.Start
	}
	found := append([]doctor.Finding{env.configured(), env.lock()}, doctor.Local(p)...)
	if v.Online {
		found = append(found, doctor.Online(env.ctx, p)...)
	}
	var err error
	for _, f := range found {
		switch {
		case f.State == doctor.Bad:
			err = errors.New("the machine is not fit: see above")
		case f.State == doctor.Warning && err == nil:
			err = errUnwell
		}
	}
	if v.JSON {
		if e := writeJSON(env.stdout, found); e != nil {
			return e
		}
		return err
	}
	w := tabwriter.NewWriter(env.stdout, 0, 0, 2, ' ', 0)
	for _, f := range found {
		text := f.Text
		if f.Remedy != "" {
			text += ": " + f.Remedy
		}
		fmt.Fprintf(w, "%s\t%s\t%s\n", f.State, f.Item, text)
	}
	if e := w.Flush(); e != nil {
		return e
	}
	return err
}

// hosts are the hosts of the sources, one URL each.
func (env *environment) hosts() (hosts []string) {
	for _, s := range env.sources {
		addresses := slices.Clone(s.URLs)
		if mrt, is := s.Settings.(*routes.Settings); is {
			addresses = append(addresses, mrt.Listings()...)
		}
		for _, address := range addresses {
			u, err := url.Parse(address)
			if err != nil || u.Scheme != "http" && u.Scheme != "https" {
				continue
			}
			if root := u.Scheme + "://" + u.Host + "/"; !slices.Contains(hosts, root) {
				hosts = append(hosts, root)
			}
		}
	}
	return hosts
}

// configured says which configuration is used; one that cannot be read ends the program before.
func (env *environment) configured() doctor.Finding {
	f := doctor.Finding{Item: "configuration", State: doctor.OK, Text: fmt.Sprintf("%s, %d sources", env.configFile, len(env.sources))}
	switch {
	case env.configFile == "":
		f.State, f.Text, f.Remedy = doctor.Warning, "there is none", "copy examples/live.toml to "+defaultConfig
	case len(env.hosts()) > 0 && env.config.Contact == "":
		f.State, f.Text, f.Remedy = doctor.Warning, "no contact is set", `write contact = "mailto:you@example.net", so that servers see whom to ask`
	}
	return f
}

// lock tells whether another run is at work.
func (env *environment) lock() doctor.Finding {
	running, err := env.running()
	switch {
	case err != nil:
		return doctor.Finding{Item: "lock", State: doctor.Bad, Text: err.Error()}
	case running:
		return doctor.Finding{Item: "lock", State: doctor.OK, Text: "a run is at work"}
	}
	return doctor.Finding{Item: "lock", State: doctor.OK, Text: "free"}
}

// running tells whether another run holds the lock.
func (env *environment) running() (bool, error) {
	path := filepath.Join(env.stateDir(), "lock")
	if !exists(path) {
		return false, nil
	}
	lock := flock.New(path, flock.SetFlag(os.O_RDONLY))
	free, err := lock.TryRLock()
	if free {
		lock.Unlock()
	}
	return !free, err
}
