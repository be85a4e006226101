package sink

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"tidemark/internal/atomicfile"
	"tidemark/pipeline/alert"
)

// feedSink keeps the newest messages of each rule for the site, which publishes them as Atom and JSON.
type feedSink struct{ dir string }

// Entry is an entry of a feed.
type Entry struct {
	ID      string    `json:"id"`
	Title   string    `json:"title"`
	Summary string    `json:"summary"`
	Page    string    `json:"page,omitempty"` // of the site
	Updated time.Time `json:"updated"`
}

// Feed has the newest messages of a rule, the newest first.
type Feed struct {
	Slug    string  `json:"slug"` // its name in addresses
	Watch   string  `json:"watch"`
	Entries []Entry `json:"entries"`
}

// maxEntries is how many entries a feed has.
const maxEntries = 200

func openFeed(_ Settings, at Place) (alert.Sink, error) {
	return &feedSink{filepath.Join(at.Dir, "feeds")}, nil
}

// slug returns a name for files and addresses. One that differs from the rule's name has a hash of that.
func slug(watch string) string {
	plain := strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9':
			return r
		case r >= 'A' && r <= 'Z':
			return r + 'a' - 'A'
		}
		return '-'
	}, watch[:min(len(watch), 60)])
	if plain = strings.Trim(plain, "-"); plain == watch {
		return plain
	}
	sum := sha256.Sum256([]byte(watch))
	return strings.TrimPrefix(plain+"-"+hex.EncodeToString(sum[:4]), "-")
}

func (f *feedSink) Send(_ context.Context, m alert.Message) error {
	name := slug(m.Alert.Watch)
	path := filepath.Join(f.dir, name+".json")
	feed, err := readFeed(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%w; remove it, and the feed begins anew", err)
	}
	if slices.ContainsFunc(feed.Entries, func(e Entry) bool { return e.ID == m.ID }) {
		return nil // it was killed before its answer was recorded
	}
	feed.Slug, feed.Watch = name, m.Alert.Watch
	feed.Entries = slices.Insert(feed.Entries, 0, Entry{m.ID, m.Title(), strings.Join(m.Lines(), "\n"), m.Alert.Page, occurred(m)})
	slices.SortStableFunc(feed.Entries, func(x, y Entry) int { return y.Updated.Compare(x.Updated) })
	feed.Entries = feed.Entries[:min(len(feed.Entries), maxEntries)]
	text, err := json.Marshal(feed)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(f.dir, 0o755); err != nil {
		return err
	}
	return atomicfile.Write(path, text)
}

func readFeed(path string) (feed Feed, err error) {
	text, err := atomicfile.Read(path)
	if err != nil {
		return feed, err
	}
	if err := json.Unmarshal(text, &feed); err != nil {
		return Feed{}, fmt.Errorf("%s: %w", path, err)
	}
	return feed, nil
}

// Feeds returns the feeds that lie in data/state, by their names. One that is damaged is left out and reported.
func Feeds(dir string) (feeds []Feed, err error) {
	files, err := filepath.Glob(filepath.Join(dir, "feeds", "*.json"))
	slices.Sort(files)
	for _, path := range files {
		feed, readErr := readFeed(path)
		if readErr == nil && feed.Slug+".json" != filepath.Base(path) {
			readErr = fmt.Errorf("%s: it holds the feed %q", path, feed.Slug)
		}
		if readErr != nil {
			err = errors.Join(err, readErr)
			continue
		}
		feeds = append(feeds, feed)
	}
	return feeds, err
}
