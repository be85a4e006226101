package cli

import (
	"path/filepath"

	"tidemark/internal/lab/sample"
)

type sampleVerb struct {
	Dir string `arg:"" help:"Folder to write to."`
}

// Run writes the sample.
func (v *sampleVerb) Run(env *environment) error {
	if err := sample.Write(v.Dir); err != nil {
		return err
	}
	printf(env.out, "The sample is in %s; run it with: tidemark run --config %s\n", v.Dir, filepath.Join(v.Dir, defaultConfig))
	return nil
}
