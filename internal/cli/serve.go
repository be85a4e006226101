package cli

import (
	"context"
	"fmt"

	"tidemark/site/preview"
)

type serveVerb struct {
	Addr string   `default:"127.0.0.1:8000" placeholder:"HOST:PORT" help:"Address to listen on; port 0 chooses a free one (default: 127.0.0.1:8000)."`
	Host []string `placeholder:"NAME" help:"Further name that the site is asked for by, such as that of a proxy; localhost and the addresses of loopback need none."`
}

// Run serves the site until it is interrupted.
func (v *serveVerb) Run(ctx context.Context, env *environment) error {
	if !exists(env.SiteDir()) {
		return fmt.Errorf("there is no site at %s; tidemark run makes it", env.SiteDir())
	}
	if err := env.confineToSite(v.Addr); err != nil {
		return err
	}
	return preview.Serve(ctx, env.SiteDir(), v.Addr, v.Host, env.log)
}
