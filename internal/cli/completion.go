package cli

import (
	"io"

	"tidemark/datasets"
	"tidemark/internal/cli/complete"
)

type completionVerb struct {
	Shell string `arg:"" enum:"bash,zsh,fish" help:"bash, zsh or fish."`
}

// Run prints the script of a shell.
func (v *completionVerb) Run(env *environment) error {
	_, err := io.WriteString(env.out, complete.Script(v.Shell))
	return err
}

// names returns the words of the lists that the tags "complete" name.
func names(list, configuration string) (words []complete.Word) {
	switch list {
	case "datasets":
		for _, s := range datasets.All() {
			words = append(words, complete.Word{Word: s.Name, Help: s.Row})
		}
	case "questions":
		for _, q := range questions() {
			words = append(words, complete.Word{Word: q.Slug, Help: q.Title})
		}
	case "kinds":
		for _, name := range kindNames() {
			words = append(words, complete.Word{Word: name})
		}
	case "sources":
		sources, err := configuredSources(configuration)
		if err != nil {
			return nil
		}
		for _, s := range sources {
			words = append(words, complete.Word{Word: s.Name, Help: s.Kind})
		}
	}
	return words
}
