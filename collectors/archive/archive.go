// Package archive keeps raw bytes as they were received, each with a note of where they came from.
package archive

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"tidemark/internal/atomicfile"
	"tidemark/internal/compression"
	"tidemark/internal/redact"
	"tidemark/internal/tree"

	"tidemark/datasets/table"
	"tidemark/internal/fetch"
)

// Archive keeps raw bytes as they were received, each with a note of where they came from. Text lies compressed on the disk; its
// note is about the bytes that were received:
//
//	<kind>/<collector>/<day or undated>/<name>
//	<kind>/<collector>/<day or undated>/<name>.meta.json
//
// The note is written last: a file without one does not count.
//
// Three folders beside the kinds hold what does not count: .parts what is there of transfers that broke off, quarantine
// other bytes that came under a name that is known, and .damaged what is no longer as it was received.
type Archive struct {
	Dir    string
	Client *fetch.Client    // that files are fetched with; nil: nothing can be fetched, and no space is kept free
	Clock  func() time.Time // when files are fetched; nil: time.Now
	// Catalogue spares List the reading of notes that have not changed; nil: they are all read.
	Catalogue *Catalogue
	// Bring is asked for the bytes of a file that has only its note here, and puts them into their place; nil where there
	// is nowhere to ask.
	Bring func(Raw) error
	// Stored reports whether Bring can bring the bytes of a file; nil where that is known only when it is tried.
	Stored func(Raw) bool
	// OnDamage is told of a note that cannot be read. If it returns nil, the file counts as absent; nil: the note's error is returned.
	OnDamage func(id string, err error) error
}

// Now returns the time of the archive's clock, in UTC.
func (a *Archive) Now() time.Time {
	if a.Clock != nil {
		return a.Clock().UTC()
	}
	return time.Now().UTC()
}

const (
	partsDir      = ".parts"
	quarantineDir = "quarantine"
)

const metaSuffix = ".meta.json"

// NoteOf returns the path in the archive of the note of a raw file.
func NoteOf(id string) string { return id + metaSuffix }

// undated is the folder of files that have no assigned day.
const undated = "undated"

// FileOfNote returns the file that the note of that name describes; empty for what is not a note.
func FileOfNote(name string) string {
	file, is := strings.CutSuffix(name, metaSuffix)
	if !is {
		return ""
	}
	return file
}

// ErrChanged says that the archive holds other bytes under the same name.
var ErrChanged = errors.New("the archive holds other bytes under this name")

// Raw is one file of the archive.
type Raw struct {
	Source    string    `json:"source,omitempty"` // of the configuration that it was fetched by
	Kind      string    `json:"kind"`
	Collector string    `json:"collector"` // route collector or registry; may be empty
	Name      string    `json:"name"`      // file name at the source
	URL       string    `json:"url"`
	Day       time.Time `json:"day"` // given for the bytes; zero where they tell it themselves
	SHA256    string    `json:"sha256"`
	Bytes     int64     `json:"bytes"`
	Fetched   time.Time `json:"fetched"`        // never reaches a dataset
	ETag      string    `json:"etag,omitempty"` // validators for the next conditional request
	Modified  string    `json:"modified,omitempty"`
	Cleared   bool      `json:"cleared,omitempty"` // the bytes are gone, by the rules of retention
	Listed    string    `json:"listed,omitempty"`  // how the archive's listing showed it
	Entries   bool      `json:"entries,omitempty"` // of an MRT file: rib_entries is wanted too
	Refused   string    `json:"refused,omitempty"` // in quarantine: why nothing of it can be used
	Packed    *Packed   `json:"packed,omitempty"`  // how the bytes lie on the disk; nil: as they were received

	Limit compression.Limit `json:"-"` // of Open; the zero value means compression.DefaultLimit
	Stop  <-chan struct{}   `json:"-"` // once it is closed, reading what Open returned fails, and so does adding the file; nil: they do not

	path string   // in the file system
	id   string   // path in the archive, with slashes
	in   *Archive // that may bring the bytes where path has no file; nil of a file outside

	check *Check // of what is read; nil: only what is read to its end is checked
}

// RawFile is a local file as if it lay in an archive: for reading without keeping.
func RawFile(kind, collector, file string, day time.Time) (Raw, error) {
	f, err := os.Open(file)
	if err != nil {
		return Raw{}, err
	}
	defer f.Close()
	h := sha256.New()
	n, err := io.Copy(h, f)
	r := Raw{
		Kind: kind, Collector: collector, Name: filepath.Base(file), URL: "file:" + filepath.ToSlash(file), Day: day,
		SHA256: hex.EncodeToString(h.Sum(nil)), Bytes: n, path: file,
	}
	r.id = r.Place()
	return r, err
}

// ID is the path in the archive, with slashes: what manifests call the file.
func (r Raw) ID() string { return r.id }

// Input names the file in manifests.
func (r Raw) Input() table.Input {
	in := table.Input{Name: r.id, URL: redact.URL(r.URL), SHA256: r.SHA256, Bytes: r.Bytes}
	if r.Entries {
		in.With = "entries"
	}
	return in
}

// Place returns where an archive has the file, or would have it: its ID.
func (r Raw) Place() string {
	day := undated
	if !r.Day.IsZero() {
		day = r.Day.Format(time.DateOnly)
	}
	parts := []string{pathName(r.Kind)}
	if r.Collector != "" {
		parts = append(parts, pathName(r.Collector))
	}
	return path.Join(append(parts, day, pathName(r.Name))...)
}

// pathName makes one path element of a foreign name: it can neither leave its folder nor be hidden, nor be taken for
// a note.
func pathName(name string) string {
	name = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || strings.ContainsRune(`/\:*?"<>|`, r) {
			return '_'
		}
		return r
	}, name)
	if name == "" || name[0] == '.' {
		name = "_" + name
	}
	if strings.HasSuffix(name, metaSuffix) {
		name += "_"
	}
	if len(name) > 200 {
		sum := sha256.Sum256([]byte(name))
		ending := path.Ext(name)
		if len(ending) > 16 {
			ending = ""
		}
		name = strings.ToValidUTF8(name[:150], "") + "-" + hex.EncodeToString(sum[:8]) + strings.ToValidUTF8(ending, "")
	}
	return name
}

// Add keeps the content under the place that r names; r's hash and size are filled in. Content that is there already
// changes nothing and gives added = false; other content under the same name goes into quarantine and gives ErrChanged.
func (a *Archive) Add(r Raw, content io.Reader) (kept Raw, added bool, err error) {
	r, temp, err := a.receive(r, content)
	if err != nil {
		return r, false, err
	}
	defer os.Remove(temp)
	return a.Keep(r, temp)
}

// AddNewer is Add for what may not have changed since an earlier day: it adds nothing if the newest file of that name has the same bytes.
func (a *Archive) AddNewer(r Raw, content io.Reader) (added bool, err error) {
	r, temp, err := a.receive(r, content)
	if err != nil {
		return false, err
	}
	defer os.Remove(temp)
	if old, err := a.Newest(r); err != nil || old != nil && old.SHA256 == r.SHA256 {
		return false, err
	}
	_, added, err = a.Keep(r, temp)
	return added, err
}

// receive writes the content to a temporary file beside its place.
func (a *Archive) receive(r Raw, content io.Reader) (received Raw, temp string, err error) {
	r = a.placed(r)
	if err := tree.MakeFolder(a.Dir, path.Dir(r.id)); err != nil {
		return r, "", err
	}
	file, err := atomicfile.Create(filepath.Dir(r.path), "receiving")
	if err != nil {
		return r, "", err
	}
	h := sha256.New()
	r.Bytes, err = io.Copy(io.MultiWriter(file, h), stoppable{content, r.Stop})
	if err == nil {
		err = file.Sync()
	}
	if e := file.Close(); err == nil {
		err = e
	}
	if err != nil {
		os.Remove(file.Name())
		return r, "", fmt.Errorf("%s: %w", r.URL, err)
	}
	r.SHA256 = hex.EncodeToString(h.Sum(nil))
	return r, file.Name(), nil
}

func (a *Archive) placed(r Raw) Raw {
	r.id, r.in = r.Place(), a
	r.path = filepath.Join(a.Dir, filepath.FromSlash(r.id))
	return r
}

// Keep moves a file, whose hash and size r has, to its place.
func (a *Archive) Keep(r Raw, file string) (kept Raw, added bool, err error) {
	r = a.placed(r)
	old, err := a.Get(r)
	switch {
	case err != nil:
		return r, false, err
	case old != nil && old.SHA256 == r.SHA256 && old.Cleared: // the bytes are back
		r.Entries = r.Entries || old.Entries
	case old != nil && old.SHA256 == r.SHA256:
		was := *old
		old.ETag, old.Modified, old.Listed = r.ETag, r.Modified, r.Listed // the same bytes as of now
		old.Entries = old.Entries || r.Entries                            // wanted from now on
		if *old != was {
			err = a.Annotate(*old)
		}
		return *old, old.Entries && !was.Entries, errors.Join(err, os.Remove(file))
	case old != nil:
		return r, false, a.quarantine(r, *old, file)
	}
	if err := tree.MakeFolder(a.Dir, path.Dir(r.id)); err != nil {
		return r, false, err
	}
	packed, err := r.pack(file)
	if err != nil {
		return r, false, err
	}
	if packed != "" {
		if err := errors.Join(os.Rename(packed, r.path), a.Annotate(r)); err != nil {
			return r, false, err // what came stays for the next run
		}
		return r, true, os.Remove(file)
	}
	if err := errors.Join(os.Chmod(file, 0o644), os.Rename(file, r.path)); err != nil {
		return r, false, err
	}
	if err := a.Annotate(r); err != nil {
		return r, false, errors.Join(err, os.Rename(r.path, file)) // likewise
	}
	return r, true, nil
}

// quarantine keeps other bytes under a known name aside, with their note, and says so.
func (a *Archive) quarantine(r, old Raw, file string) error {
	old.Listed = r.Listed // seen: it is not fetched again
	r, err := a.inQuarantine(r)
	if err != nil {
		return err
	}
	if err := errors.Join(os.Chmod(file, 0o644), os.Rename(file, r.path), a.Annotate(r), a.Annotate(old)); err != nil {
		return err
	}
	return fmt.Errorf("%s: %w: %s has SHA-256 %s, these have %s and lie in %s; compare them, and move the old file and its note away to take the new",
		r.URL, ErrChanged, old.path, old.SHA256, r.SHA256, r.path)
}

// inQuarantine returns the file with its place in quarantine, whose folder is there.
func (a *Archive) inQuarantine(r Raw) (Raw, error) {
	r.id = path.Join(quarantineDir, r.Place()+"."+r.SHA256[:12])
	r.path = filepath.Join(a.Dir, filepath.FromSlash(r.id))
	return r, tree.MakeFolder(a.Dir, path.Dir(r.id))
}

// Refuse moves a file of which nothing can be used into quarantine, so that it is due again. Of several that came under one name, the
// last stays.
func (a *Archive) Refuse(r Raw, why string) error {
	earlier, err := a.Quarantined()
	if err != nil {
		return err
	}
	for _, old := range earlier {
		if old.Refused != "" && old.Place() == r.Place() {
			if err := errors.Join(os.Remove(old.path), os.Remove(old.path+metaSuffix)); err != nil {
				return err
			}
		}
	}
	at := r.path
	if r, err = a.inQuarantine(r); err != nil {
		return err
	}
	r.Refused = why
	// The note that counts goes first: bytes without one are swept.
	return errors.Join(a.Annotate(r), os.Remove(at+metaSuffix), os.Rename(at, r.path))
}

// Quarantined gives the notes of the files that came with other bytes than those that are kept under their names.
func (a *Archive) Quarantined() (all []Raw, err error) {
	for raw, err := range a.all(quarantineDir) {
		if err != nil {
			return nil, err
		}
		all = append(all, raw)
	}
	return all, nil
}

// Part is where the bytes of a file go while it comes.
func (a *Archive) Part(r Raw) string {
	sum := sha256.Sum256([]byte(r.Kind + "\x00" + r.Collector + "\x00" + r.URL)) // not by day: a document that has only a newest state goes on too
	return filepath.Join(a.Dir, partsDir, hex.EncodeToString(sum[:12]))
}

// unfinishedDir holds files that take long to come.
const unfinishedDir = "unfinished"

// Unfinished is where a file that takes long to come grows until it is added. Sweep leaves it alone.
func (a *Archive) Unfinished(r Raw) string {
	day := ""
	if !r.Day.IsZero() {
		day = r.Day.Format(time.DateOnly) + "."
	}
	return filepath.Join(a.Dir, pathName(r.Kind), pathName(r.Collector), unfinishedDir, pathName(day+r.Name))
}

// Annotate writes the note of a file.
func (a *Archive) Annotate(r Raw) error {
	r.URL = redact.URL(r.URL)
	b, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return err
	}
	return atomicfile.Write(r.path+metaSuffix, append(b, '\n'))
}

// Get is the file that the archive has at the place that r names; nil where it has none.
func (a *Archive) Get(r Raw) (*Raw, error) { return a.ByID(r.Place()) }

// Has reports whether the archive has, or had, a file at the place that r names.
func (a *Archive) Has(r Raw) (bool, error) {
	_, err := os.Stat(filepath.Join(a.Dir, filepath.FromSlash(r.Place())) + metaSuffix)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return err == nil, err
}

// ByID is the file of an ID; nil where the archive has none.
func (a *Archive) ByID(id string) (*Raw, error) {
	kept, err := a.read(filepath.Join(a.Dir, filepath.FromSlash(id)) + metaSuffix)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if errors.Is(err, errNote) && a.OnDamage != nil {
		return nil, a.OnDamage(id, err)
	}
	return kept, err
}

// errNote says that a note cannot be read.
var errNote = errors.New("the note is damaged")

// maxNote is the longest note that is read, in bytes.
const maxNote = 1 << 20

func (a *Archive) read(note string) (*Raw, error) {
	r, err := a.placedAt(note)
	if err != nil {
		return nil, err
	}
	f, err := a.open(r.id + metaSuffix)
	if tree.Foreign(err) {
		return nil, fmt.Errorf("%s: %w: %w", r.id+metaSuffix, errNote, err)
	} else if err != nil {
		return nil, err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, maxNote))
	if err != nil {
		return nil, err
	}
	placed := r
	if err := json.Unmarshal(b, &r); err != nil {
		return nil, fmt.Errorf("%s: %w: %w", placed.id+metaSuffix, errNote, err)
	}
	if r.Bytes < 0 || len(r.SHA256) != hex.EncodedLen(sha256.Size) {
		return nil, fmt.Errorf("%s: %w: it lacks size or SHA-256", placed.id+metaSuffix, errNote)
	}
	return &r, nil
}

func (a *Archive) readRaw(note string) (Raw, error) {
	r, err := a.read(note)
	if err != nil {
		return Raw{}, err
	}
	return *r, nil
}

// placedAt returns a file that knows only the place which its note has.
func (a *Archive) placedAt(note string) (Raw, error) {
	path := strings.TrimSuffix(note, metaSuffix)
	rel, err := filepath.Rel(a.Dir, path)
	return Raw{path: path, id: filepath.ToSlash(rel), in: a}, err
}

// Newest returns the file of the latest day that has the name and the collector of raw; nil where there is none.
func (a *Archive) Newest(raw Raw) (*Raw, error) {
	dir := filepath.Join(a.Dir, pathName(raw.Kind))
	if raw.Collector != "" {
		dir = filepath.Join(dir, pathName(raw.Collector))
	}
	days, err := os.ReadDir(dir) // in the order of their names
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	for _, day := range slices.Backward(days) {
		var notDay error
		if raw.Day, notDay = time.Parse(time.DateOnly, day.Name()); notDay != nil && day.Name() != undated {
			continue
		}
		if old, err := a.Get(raw); err != nil || old != nil {
			return old, err
		}
	}
	return nil, nil
}

// Confirm notes that a file which was received again, at the path file, has the bytes of one that the archive has: the validators
// of the new answer are those of the old bytes.
func (a *Archive) Confirm(old, again Raw, file string) error {
	was := old
	old.URL, old.ETag, old.Modified, old.Listed = again.URL, again.ETag, again.Modified, again.Listed
	if old == was {
		return os.Remove(file)
	}
	return errors.Join(a.Annotate(old), os.Remove(file))
}

// aside reports whether a folder holds what does not count. A collector may be called like the folder of unfinished files beside the days
// of its own.
func (a *Archive) aside(dir string) bool {
	if dir == filepath.Join(a.Dir, partsDir) || dir == filepath.Join(a.Dir, quarantineDir) || dir == filepath.Join(a.Dir, tree.DamagedDir) {
		return true
	}
	return filepath.Base(dir) == unfinishedDir && filepath.Dir(filepath.Dir(filepath.Dir(dir))) == filepath.Clean(a.Dir)
}

// oldestPart is how long what is there of a transfer is kept for the next attempt.
const oldestPart = 30 * 24 * time.Hour

// SweepParts removes the parts of transfers that nobody came back for within a month. Others are gone on with.
func (a *Archive) SweepParts() error {
	dir := filepath.Join(a.Dir, partsDir)
	if stat, err := os.Lstat(dir); err == nil && !stat.IsDir() { // a link would lead all transfers to another place
		return os.Remove(dir)
	}
	parts, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	errs := []error{err}
	for _, part := range parts {
		if stat, err := part.Info(); err == nil && time.Since(stat.ModTime()) > oldestPart {
			errs = append(errs, os.Remove(filepath.Join(dir, part.Name())))
		}
	}
	return errors.Join(errs...)
}

// Sweep removes what a killed run left half-made: temporary files, and bytes without a note.
func (a *Archive) Sweep() error {
	err := filepath.WalkDir(a.Dir, func(p string, d fs.DirEntry, err error) error {
		if err == nil && d.IsDir() && a.aside(p) {
			return filepath.SkipDir
		}
		if err != nil || d.IsDir() || strings.HasSuffix(p, metaSuffix) && !strings.HasPrefix(d.Name(), atomicfile.TempPrefix) {
			return err
		}
		_, noted := os.Lstat(p + metaSuffix) // a link to nothing is set aside, with the bytes
		if strings.HasPrefix(d.Name(), atomicfile.TempPrefix) || errors.Is(noted, fs.ErrNotExist) {
			return os.Remove(p)
		}
		return nil
	})
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}
