package cli

import (
	"context"
	"errors"
	"io"
	"os"

	"tidemark/datasets/seed"
	"tidemark/internal/assistant"
	"tidemark/internal/confine"
	"tidemark/internal/fetch"
)

type mcpVerb struct {
	Site string `placeholder:"URL" help:"Answer from the data that a published site offers for download, in place of the data folder."`
}

// maxSiteBytes is how much is fetched from a site as long as the program runs, in bytes.
const maxSiteBytes = 8 << 30

// Run answers requests on standard input until it ends.
func (v *mcpVerb) Run(ctx context.Context, env *environment) error {
	source, closeSource, err := v.source(env)
	if err != nil {
		return err
	}
	defer closeSource()
	err = assistant.Serve(ctx, source, env.Questions, io.NopCloser(env.stdin), nopCloser{env.stdout})
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}

// source returns where the datasets are read from, and a function that removes what it made. The process is left with no access but to that.
func (v *mcpVerb) source(env *environment) (assistant.Source, func(), error) {
	if v.Site == "" {
		allowed := confine.Access{Read: append([]string{env.Dir}, env.Uses...), Listen: []uint16{0}}
		if folders, err := env.LakeFolders(); err != nil {
			return nil, nil, err
		} else if folders != nil { // what is asked for is fetched into them
			allowed = confine.Access{Read: append(allowed.Read, credentialFiles()...), Write: folders}
		}
		return assistant.Folder{Store: env.Store()}, func() {}, env.confine(allowed)
	}
	if _, err := seed.Address(v.Site); err != nil {
		return nil, nil, usageError{err}
	}
	if err := env.confine(confine.Access{Read: env.Uses, Write: []string{os.TempDir()}}); err != nil {
		return nil, nil, err
	}
	dir, err := os.MkdirTemp("", "tidemark-mcp-")
	if err != nil {
		return nil, nil, err
	}
	options := env.Fetch
	options.Budget, options.Log = maxSiteBytes, env.log
	client := fetch.New(options)
	remove := func() {
		client.Close()
		os.RemoveAll(dir)
	}
	site, err := seed.NewRemote(client, v.Site, dir)
	if err != nil {
		remove()
		return nil, nil, err
	}
	return site, remove, nil
}

// nopCloser is a writer that others close.
type nopCloser struct{ io.Writer }

func (nopCloser) Close() error { return nil }
