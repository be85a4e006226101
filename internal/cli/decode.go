package cli

import (
	"encoding/json"
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"

	"tidemark/collectors/archive"
	"tidemark/internal/atomicfile"

	"golang.org/x/sync/errgroup"

	"tidemark/datasets"
	"tidemark/datasets/table"
)

// decodeWorkers decode files side by side; each holds one dump's routes in memory.
const decodeWorkers = 2

// decode turns every file of the archive that has no partitions yet into partitions. Files are independent: one that
// cannot be read is reported and the others go on. It is not tried again before it or the program changes.
func (env *environment) decode() (decoded int, err error) {
	files, err := env.archive.List("")
	if err != nil {
		return 0, err
	}
	done, err := env.decodedInputs()
	if err != nil {
		return 0, err
	}
	rejected, err := env.unreadable()
	if err != nil {
		return 0, err
	}
	var due []archive.Raw
	var bytes int64
	present := map[string]unreadable{}
	for _, raw := range files {
		known := done[raw.ID()]
		if is, was := rejected[raw.ID()]; was && is.SHA256 == raw.SHA256 && is.Program == env.store.Program {
			present[raw.ID()] = is
			continue
		}
		if upToDate(raw, known) || raw.Cleared && !env.stored(raw) { // what was decoded of cleared bytes stands as it is
			continue
		}
		// Other bytes in the archive, more that is wanted, or a dataset with a newer schema: what there was must go.
		for _, m := range known {
			if err := env.store.Remove(m); err != nil {
				return 0, err
			}
		}
		due = append(due, raw)
		bytes += raw.Bytes
	}
	if len(due) == 0 {
		return 0, nil
	}
	bar := env.progress("decoding", bytes)
	defer bar.done()
	var mu sync.Mutex
	damaged := false
	group, ctx := errgroup.WithContext(env.ctx)
	group.SetLimit(decodeWorkers)
	for _, raw := range due {
		group.Go(func() error {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			hurt, err := env.decodeOne(raw)
			if ctx.Err() != nil {
				return ctx.Err()
			}
			bar.add(raw.Bytes)
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				report("cannot read "+raw.ID(), err)
				damaged = true
				if !ofMachine(err) {
					present[raw.ID()] = unreadable{raw.SHA256, env.store.Program, err.Error()}
				}
				return nil
			}
			decoded++
			damaged = damaged || hurt
			return nil
		})
	}
	err = group.Wait()
	if e := env.keepUnreadable(present); err == nil {
		err = e
	}
	if err == nil && damaged {
		err = errPartly
	}
	return decoded, err
}

// upToDate tells whether these partitions are what the file gives now.
func upToDate(raw archive.Raw, known []*table.Manifest) bool {
	return len(known) > 0 && known[0].Inputs[0].SHA256 == raw.SHA256 && known[0].Inputs[0].With == raw.Input().With && len(known) == 1+len(known[0].Together)
}

// decodeOne commits the partitions of one file and tells whether the file is damaged.
func (env *environment) decodeOne(raw archive.Raw) (hurt bool, err error) {
	c, err := collectorOf(raw.Kind)
	if err != nil {
		return false, err
	}
	into := env.store.Begin(raw.Input())
	defer into.Abort()
	if err := c.Decode(env.ctx, raw, into); err != nil {
		return false, err
	}
	manifests, err := into.Commit()
	if err != nil {
		return false, err
	}
	var rows, rejected int64
	for _, m := range manifests {
		rows += m.Rows
		for _, n := range m.Rejected {
			rejected += n
		}
	}
	level := slog.LevelInfo
	if env.showsProgress() { // the bar tells; lines between would tear it
		level = slog.LevelDebug
	}
	slog.Log(env.ctx, level, "decoded", "file", raw.ID(), "rows", rows, "rejected", rejected)
	places, n := into.Damaged()
	for _, place := range places {
		slog.Error("damaged", "file", raw.ID(), "place", place)
	}
	if more := n - int64(len(places)); more > 0 {
		slog.Error("damaged", "file", raw.ID(), "further places", more)
	}
	return n > 0, nil
}

// decodedInputs finds the partitions of each file of the archive.
func (env *environment) decodedInputs() (map[string][]*table.Manifest, error) {
	done := map[string][]*table.Manifest{}
	for _, schema := range datasets.All() {
		if schema.Derived {
			continue
		}
		manifests, err := env.store.Manifests(schema)
		if err != nil {
			return nil, err
		}
		for _, m := range manifests {
			if len(m.Inputs) == 1 {
				done[m.Inputs[0].Name] = append(done[m.Inputs[0].Name], m)
			}
		}
	}
	return done, nil
}

// unreadable is a file of the archive of which nothing could be decoded.
type unreadable struct {
	SHA256  string `json:"sha256"`
	Program string `json:"program"`
	Error   string `json:"error"`
}

func (env *environment) unreadableFile() string {
	return filepath.Join(env.stateDir(), "unreadable.json")
}

// unreadable are the files that could not be decoded, by ID.
func (env *environment) unreadable() (map[string]unreadable, error) {
	all := map[string]unreadable{}
	b, err := os.ReadFile(env.unreadableFile())
	if errors.Is(err, fs.ErrNotExist) {
		return all, nil
	}
	if err == nil && json.Unmarshal(b, &all) != nil {
		all = map[string]unreadable{} // they are tried once more
	}
	return all, err
}

func (env *environment) keepUnreadable(all map[string]unreadable) error {
	if len(all) == 0 {
		if err := os.Remove(env.unreadableFile()); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		return nil
	}
	b, err := json.MarshalIndent(all, "", " ")
	if err != nil {
		return err
	}
	return atomicfile.Write(env.unreadableFile(), append(b, '\n'))
}

// ofMachine tells whether an error is the machine's, such as a full disk, and not the file's.
func ofMachine(err error) bool {
	var number syscall.Errno
	// Arrow's writers hand on the text only.
	return errors.As(err, &number) || strings.Contains(err.Error(), syscall.ENOSPC.Error())
}

// removeOlder removes the partitions of earlier schemas that were made again in the newest one. Those of cleared files stay:
// they can be read, though no question reads them.
func (env *environment) removeOlder() error {
	var gone []*table.Manifest
	kept := 0
	for _, schema := range datasets.All() {
		versions, err := env.store.Versions(schema)
		if err != nil {
			return err
		}
		for _, version := range versions {
			if version > schema.Version {
				slog.Warn("a newer program wrote partitions that this one does not read", "dataset", schema.Name, "version", version)
				continue
			}
			newest, err := env.store.Manifests(schema)
			if err != nil {
				return err
			}
			again := map[string]bool{}
			for _, m := range newest {
				for _, in := range m.Inputs {
					again[in.Name] = true
				}
			}
			older := *schema
			older.Version = version
			manifests, err := env.store.Manifests(&older)
			if err != nil {
				return err
			}
			for _, m := range manifests {
				if schema.Derived || len(m.Inputs) == 1 && again[m.Inputs[0].Name] {
					gone = append(gone, m)
				} else {
					kept++
				}
			}
		}
	}
	if len(gone) == 0 {
		return nil
	}
	for _, m := range gone {
		if err := env.store.Remove(m); err != nil {
			return err
		}
	}
	slog.Info("partitions of earlier schemas were replaced", "removed", len(gone), "kept", kept)
	return env.store.Prune()
}
