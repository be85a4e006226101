package cli

import (
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/alecthomas/kong"

	"tidemark/internal/atomicfile"
	"tidemark/internal/cli/man"
)

type manVerb struct {
	Dir string `arg:"" type:"path" help:"Folder to write the pages into."`
}

// Run writes tidemark.1 and a page for each verb.
func (v *manVerb) Run(env *environment, parsed *kong.Context) error {
	if err := os.MkdirAll(v.Dir, 0o755); err != nil {
		return err
	}
	day := ""
	if seconds, err := strconv.ParseInt(env.released, 10, 64); err == nil {
		day = time.Unix(seconds, 0).UTC().Format(time.DateOnly)
	}
	pages := man.Pages(parsed.Model, day)
	for name, text := range pages {
		if err := atomicfile.Write(filepath.Join(v.Dir, name), []byte(text)); err != nil {
			return err
		}
	}
	printf(env.out, "%d pages are in %s\n", len(pages), v.Dir)
	return nil
}
