package cli

import (
	"fmt"
	"os"

	"tidemark/site/selftest"
)

type probePageVerb struct {
	Dir  string `arg:"" help:"Folder to write to; it is made if it does not exist."`
	V4   string `name:"v4-only" required:"" placeholder:"URL" help:"Origin of the host whose name has A records alone, for example https://ipv4.test.example.net."`
	V6   string `name:"v6-only" required:"" placeholder:"URL" help:"Origin of the host whose name has AAAA records alone."`
	Dual string `name:"dual-stack" required:"" placeholder:"URL" help:"Origin of the host whose name has both."`
}

// Run writes the page.
func (v *probePageVerb) Run(env *environment) error {
	hosts := selftest.Hosts{V4: v.V4, V6: v.V6, Dual: v.Dual}
	if err := hosts.Check(); err != nil {
		return usageError{err}
	}
	if err := os.MkdirAll(v.Dir, 0o755); err != nil {
		return err
	}
	if err := hosts.Write(v.Dir); err != nil {
		return fmt.Errorf("writing the page: %w", err)
	}
	printf(env.out, "Serve %s as a site, and tidemark-*.txt at each of the three hosts; nginx.conf there says how.\n", v.Dir)
	return nil
}
