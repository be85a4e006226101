package cli

import (
	"fmt"
	"log/slog"
	"os"
	"slices"

	"tidemark/datasets"
	"tidemark/datasets/table"
)

type rebuildVerb struct{}

// Help shows examples.
func (rebuildVerb) Help() string {
	return examples("tidemark rebuild") +
		"\n\nThe archive and the journal of runs stay as they are. So do the partitions of raw files that were cleared away. The published site stays until the new one is whole."
}

// Run makes datasets, answers and site again from the archive, and says whether they are the same bytes as before.
func (rebuildVerb) Run(env *environment) error {
	return env.locked(func() error {
		before, kept, err := env.empty()
		if err != nil {
			return err
		}
		if err := env.keepUnreadable(nil); err != nil {
			return err
		}
		if err := os.RemoveAll(env.answersDir()); err != nil {
			return err
		}
		_, partly := env.decode()
		if partly != nil && partly != errPartly {
			return partly
		}
		if _, _, err := env.analyse(nil); err != nil {
			return err
		}
		changed, err := env.render()
		if err != nil {
			return err
		}
		same, other := 0, 0
		err = env.eachPartition(func(m *table.Manifest) error {
			switch sum, was := before[m.File]; {
			case was && sum == m.SHA256:
				same++
			default:
				slog.Info("not as before", "partition", m.File)
				other++
			}
			delete(before, m.File)
			return nil
		})
		if err != nil {
			return err
		}
		for file := range before {
			slog.Info("not made again", "partition", file)
			other++
		}
		fmt.Fprintf(env.stdout, "Of the partitions %d were made again with the same bytes and %d are not as before; %d stayed, as their raw files were cleared away. %d files of the site changed.\n",
			same-kept, other, kept, changed)
		return partly
	})
}

// empty removes the partitions that can be made again, and returns the hashes of all that there were, by file.
func (env *environment) empty() (before map[string]string, kept int, err error) {
	cleared := map[string]bool{}
	files, err := env.archive.List("")
	if err != nil {
		return nil, 0, err
	}
	for _, raw := range files {
		if raw.Cleared {
			cleared[raw.ID()] = true
		}
	}
	before = map[string]string{}
	var gone []*table.Manifest
	err = env.eachPartition(func(m *table.Manifest) error {
		before[m.File] = m.SHA256
		if slices.ContainsFunc(m.Inputs, func(in table.Input) bool { return cleared[in.Name] }) {
			kept++
		} else {
			gone = append(gone, m)
		}
		return nil
	})
	if err != nil {
		return nil, 0, err
	}
	for _, m := range gone { // all were read before: without one of them its siblings do not count
		if err := env.store.Remove(m); err != nil {
			return nil, 0, err
		}
	}
	return before, kept, nil
}

func (env *environment) eachPartition(f func(*table.Manifest) error) error {
	for _, schema := range datasets.All() {
		manifests, err := env.store.Manifests(schema)
		if err != nil {
			return err
		}
		for _, m := range manifests {
			if err := f(m); err != nil {
				return err
			}
		}
	}
	return nil
}
