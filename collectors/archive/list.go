package archive

import (
	"cmp"
	"errors"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// List gives every file of a kind, in the order of their places; of all kinds where kind is empty.
func (a *Archive) List(kind string) (all []Raw, err error) {
	for raw, err := range a.All(kind) {
		if err != nil {
			return nil, err
		}
		all = append(all, raw)
	}
	return all, nil
}

// All yields what List gives, and holds the names of one folder at a time, as an archive of many years has hundreds of thousands of files.
// An error is the last that it yields.
func (a *Archive) All(kind string) iter.Seq2[Raw, error] {
	within := ""
	if kind != "" {
		within = pathName(kind)
	}
	return a.all(within)
}

// all yields the files below a folder of the archive.
func (a *Archive) all(within string) iter.Seq2[Raw, error] {
	return func(yield func(Raw, error) bool) {
		l := listing{archive: a, yield: yield}
		if a.Catalogue != nil {
			l.known = a.Catalogue.read(within == "")
			defer l.known.stop()
		}
		root := filepath.Join(a.Dir, within)
		if info, err := os.Lstat(root); errors.Is(err, fs.ErrNotExist) || err == nil && !info.IsDir() {
			return
		}
		prefix := ""
		if within != "" {
			prefix = within + "/"
		}
		err := l.folder(root, prefix)
		if err == nil && l.known != nil {
			l.known.end()
		}
		if err != nil && !errors.Is(err, errEnough) {
			yield(Raw{}, err)
		}
	}
}

// listing is a walk through the archive in the order of the files' IDs.
type listing struct {
	archive *Archive
	known   *reading // nil: every note is read
	yield   func(Raw, error) bool
}

// errEnough says that who listens has heard enough.
var errEnough = errors.New("enough")

// listed is a folder or a note, with the name by which it has its place in the order of IDs.
type listed struct {
	name  string // of a folder with a slash, of a note that of its file
	entry fs.DirEntry
}

// folder lists a folder. id is its path in the archive with a slash behind it, or nothing.
func (l *listing) folder(dir, id string) error {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) { // set aside since the folder around it was read
		return nil
	}
	if err != nil {
		return err
	}
	found := make([]listed, 0, len(entries))
	for _, e := range entries {
		if e.IsDir() {
			found = append(found, listed{e.Name() + "/", e})
		} else if file, is := strings.CutSuffix(e.Name(), metaSuffix); is {
			found = append(found, listed{file, e})
		}
	}
	slices.SortFunc(found, func(a, b listed) int { return cmp.Compare(a.name, b.name) })
	for _, f := range found {
		path := filepath.Join(dir, f.entry.Name())
		if f.entry.IsDir() {
			if !l.archive.aside(path) {
				err = l.folder(path, id+f.name)
			}
		} else {
			err = l.note(path, id+f.name, f.entry)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// note yields the file of a note.
func (l *listing) note(path, id string, d fs.DirEntry) error {
	raw, err := l.read(path, id, d)
	switch {
	case errors.Is(err, fs.ErrNotExist): // set aside since the folder was read
		return nil
	case errors.Is(err, errNote) && l.archive.OnDamage != nil:
		return l.archive.OnDamage(id, err)
	case err != nil:
		return err
	case !l.yield(raw, nil):
		return errEnough
	}
	return nil
}

// read returns the note at the path from the catalogue if it is still the same file, and otherwise reads it.
func (l *listing) read(path, id string, d fs.DirEntry) (Raw, error) {
	if l.known == nil {
		return l.archive.readRaw(path)
	}
	info, err := d.Info()
	if err != nil {
		return Raw{}, err
	}
	if raw, ok := l.known.find(id, info); ok {
		raw.path, raw.id, raw.in = strings.TrimSuffix(path, metaSuffix), id, l.archive
		return raw, nil
	}
	raw, err := l.archive.readRaw(path)
	if err == nil {
		l.known.c.set(raw, info)
	}
	return raw, err
}
