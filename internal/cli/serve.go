package cli

import (
	"fmt"

	"tidemark/site/preview"
)

type serveVerb struct {
	Addr string `default:"127.0.0.1:8000" placeholder:"HOST:PORT" help:"Address to listen on; port 0 takes a free one (default: 127.0.0.1:8000)."`
}

// Run serves the site until it is interrupted.
func (v *serveVerb) Run(env *environment) error {
	if !exists(env.siteDir()) {
		return fmt.Errorf("%s is not there; tidemark run makes it", env.siteDir())
	}
	return preview.Serve(env.ctx, env.siteDir(), v.Addr)
}
