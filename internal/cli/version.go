package cli

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"tidemark"
)

// commit is the source that the program was built from; make dist sets it.
var commit string

type versionVerb struct {
	JSON bool `help:"As JSON."`
}

// Help shows examples.
func (versionVerb) Help() string { return examples("tidemark version", "tidemark version --json") }

// buildInformation tells what the program was made from. It has no time and no place, so that the same source gives the
// same bytes.
type buildInformation struct {
	Version  string `json:"version"`
	Commit   string `json:"commit,omitempty"`
	Modified bool   `json:"modified,omitempty"` // the source was not as committed
	Go       string `json:"go"`
	Platform string `json:"platform"`
}

// Run prints the version.
func (v *versionVerb) Run(env *environment) error {
	b := buildInformation{Version: tidemark.Version, Commit: commit, Go: runtime.Version(), Platform: runtime.GOOS + "/" + runtime.GOARCH}
	if info, ok := debug.ReadBuildInfo(); ok && commit == "" {
		for _, s := range info.Settings {
			switch s.Key {
			case "vcs.revision":
				b.Commit = s.Value
			case "vcs.modified":
				b.Modified = s.Value == "true"
			}
		}
	}
	if v.JSON {
		return writeJSON(env.stdout, b)
	}
	fmt.Fprintln(env.stdout, "tidemark", b.Version)
	if b.Commit != "" {
		fmt.Fprint(env.stdout, "commit ", b.Commit)
		if b.Modified {
			fmt.Fprint(env.stdout, ", modified")
		}
		fmt.Fprintln(env.stdout)
	}
	_, err := fmt.Fprintln(env.stdout, b.Go, b.Platform)
	return err
}
