package cli

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"tidemark/collectors/archive"
	"tidemark/internal/atomicfile"

	"tidemark/analysis"
	"tidemark/datasets"
	"tidemark/pipeline/doctor"
	"tidemark/pipeline/journal"
	"tidemark/pipeline/schedule"
	"tidemark/rfcwatch/history"
)

// dataAlerts are the kinds of alerts that only other datasets and answers can change.
var dataAlerts = []string{"damaged", "quarantined", "jump"}

// raise finds what a person should look at, and returns what is new. Where the data did not change, what they showed
// before stands.
func (env *environment) raise(unchanged bool) ([]journal.Alert, error) {
	now := env.now().UTC().Truncate(time.Second)
	var found []journal.Alert
	say := func(kind, about, format string, args ...any) {
		found = append(found, journal.Alert{ID: kind + ":" + about, Kind: kind, Text: fmt.Sprintf(format, args...), At: now})
	}
	state, err := schedule.Load(env.sourcesFile())
	if err != nil {
		slog.Warn(err.Error())
	}
	for _, s := range env.sources {
		known := state.Of(s.Name)
		if since, silent := known.Silent(s.Every, now); silent {
			say("silent", s.Name, "source %s is silent: it is expected %s and brought nothing since %s", s.Name, s.Every, since.Format("2006-01-02 15:04"))
		}
	}
	unread, err := env.unreadable()
	if err != nil {
		return nil, err
	}
	for id, u := range unread {
		say("unreadable", id, "nothing of %s can be read: %s", id, u.Error)
	}
	changed, err := env.archive.Quarantined()
	if err != nil {
		return nil, err
	}
	for _, raw := range changed {
		say("changed", raw.ID(), "%s came with other bytes than those that are kept under its name; they lie in %s", raw.URL, raw.ID())
	}
	if unchanged {
		standing, err := env.journal().Standing()
		if err != nil {
			return nil, err
		}
		for _, a := range standing {
			if slices.Contains(dataAlerts, a.Kind) {
				found = append(found, a)
			}
		}
		return env.journal().Raise(found)
	}
	for _, schema := range datasets.All() {
		if schema.Derived {
			continue
		}
		manifests, err := env.store.Manifests(schema)
		if err != nil {
			return nil, err
		}
		for _, m := range manifests {
			if len(m.Damage) > 0 && len(m.Inputs) > 0 {
				say("damaged", m.Inputs[0].Name, "%s is damaged: %s", m.Inputs[0].Name, m.Damage[0])
			}
		}
	}
	_, quarantined, err := history.ReadChain(env.store)
	if err != nil {
		return nil, err
	}
	for _, q := range quarantined {
		say("quarantined", q.Name, "snapshot %s of the RFC index is quarantined: it has %d documents, the one before has %d", q.Name, q.Documents, q.Than)
	}
	jumps, err := env.jumps(now)
	if err != nil {
		return nil, err
	}
	return env.journal().Raise(append(found, jumps...))
}

// jumpsNews is for how long a jump is news: older ones come with a backlog.
const jumpsNews = 7 * 24 * time.Hour

// jumps returns the recent alerts that the questions raise.
func (env *environment) jumps(now time.Time) (found []journal.Alert, err error) {
	alerts, err := analysis.Alerts(env.answersDir(), allQuestions)
	for _, a := range alerts {
		if now.Sub(a.Time) <= jumpsNews {
			found = append(found, journal.Alert{ID: a.ID, Kind: a.Kind, At: now, Text: a.Text})
		}
	}
	return found, err
}

// clear takes away the raw bytes that retention does not keep, of files that are wholly decoded and, where the archive has a
// copy, lie in it.
func (env *environment) clear() (cleared int, err error) {
	rules := env.config.Archive.Retention
	if rules.Age == 0 && rules.Bytes == 0 {
		return 0, nil
	}
	done, err := env.decodedInputs()
	if err != nil {
		return 0, err
	}
	expired, err := env.archive.Expired(rules, env.now(), func(raw archive.Raw) bool {
		return !upToDate(raw, done[raw.ID()]) || env.config.Storage.Archive != "" && !env.stored(raw)
	})
	if err != nil {
		return 0, err
	}
	for _, raw := range expired {
		if err := env.archive.Clear(raw); err != nil {
			return cleared, err
		}
		cleared++
	}
	if cleared > 0 {
		slog.Info("raw files were cleared away; their notes stay", "files", cleared)
	}
	return cleared, nil
}

func (env *environment) completeFile() string { return filepath.Join(env.stateDir(), "published.json") }

// completion is what is kept of the last run that published.
type completion struct {
	At          time.Time `json:"at"`
	Fingerprint string    `json:"fingerprint"`
}

func (env *environment) completion() (c completion) {
	if b, err := os.ReadFile(env.completeFile()); err == nil {
		_ = json.Unmarshal(b, &c) // a file that cannot be read is as none: all is looked at
	}
	return c
}

// complete tells whether a run published and nothing changed since: neither program nor configuration, nor a file of
// datasets, answers and site. Then there is nothing to analyse and to render.
func (env *environment) complete() bool {
	kept := env.completion().Fingerprint
	now, err := env.fingerprint()
	return err == nil && kept == now
}

func (env *environment) setComplete() error {
	now, err := env.fingerprint()
	if err != nil {
		return err
	}
	b, err := json.Marshal(completion{env.now().UTC(), now})
	if err != nil {
		return err
	}
	return atomicfile.Write(env.completeFile(), append(b, '\n'))
}

// publishes is when the next run publishes.
func (env *environment) publishes() time.Time {
	last, every := env.completion().At, env.config.Run.PublishEvery
	if last.IsZero() || every.IsZero() {
		return time.Time{}
	}
	return every.Next(last)
}

// fingerprint is a hash of names, sizes and times.
func (env *environment) fingerprint() (string, error) {
	h := sha256.New()
	program, err := os.Executable()
	if err != nil {
		return "", err
	}
	site, err := filepath.EvalSymlinks(env.siteDir())
	if err != nil {
		return "", err
	}
	for _, root := range []string{program, env.configFile, env.store.Dir, env.answersDir(), site} {
		err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			return stat(h, path, d)
		})
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return "", err
		}
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

func stat(into io.Writer, path string, d fs.DirEntry) error {
	info, err := d.Info()
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(into, strings.ReplaceAll(path, "\n", " "), info.Size(), info.ModTime().UnixNano())
	return err
}

// metrics writes the metrics file, where one is configured.
func (env *environment) metrics(last *journal.Run) error {
	path := env.config.Run.Metrics
	if path == "" {
		return nil
	}
	state, err := schedule.Load(env.sourcesFile())
	if err != nil {
		slog.Warn(err.Error())
	}
	standing, err := env.journal().Standing()
	if err != nil {
		return err
	}
	disk, err := doctor.DiskOf(env.data)
	if err != nil {
		slog.Debug("disk", "error", err)
	}
	return journal.Metrics{Last: last, Sources: env.sources, State: state, Standing: standing, Disk: disk, Now: env.now()}.Write(path)
}
