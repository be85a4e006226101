package cli

import (
	"io"
	"runtime"
	"runtime/debug"

	"tidemark"
)

// commit is the source that the program was built from; make dist sets it.
var commit string

type versionVerb struct {
	JSON bool `help:"As JSON."`
}

// buildInformation says what the program was made from. It has no time and no path, so that the same source gives the same
// bytes.
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
	return env.show(v.JSON, b, func(w io.Writer) {
		printf(w, "tidemark %s\n", b.Version)
		if b.Commit != "" {
			modified := ""
			if b.Modified {
				modified = ", modified"
			}
			printf(w, "commit %s%s\n", b.Commit, modified)
		}
		printf(w, "%s %s\n", b.Go, b.Platform)
	})
}
