package table

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"os"
)

// Elsewhere has partitions that are not in the folder of a store.
type Elsewhere interface {
	// Index returns the segments of the index of what is elsewhere.
	Index() ([]Segment, error)
	// Segment returns the bytes of a segment of the index.
	Segment(Segment) ([]byte, error)
	// Bring returns files with the bytes of partitions. They stay until release is called, and are not to be changed. The error names the
	// partition of which no such bytes can be had.
	Bring(partitions ...*Manifest) (files []string, release func(), err error)
	// Room returns how many bytes of partitions there is room for at a time.
	Room() int64
}

// Path is where the file of a partition is. One that is elsewhere is brought when it is opened.
type Path struct {
	here      string
	of        *Manifest // of a partition that may be elsewhere; nil: it is here
	elsewhere Elsewhere
}

// PathOf returns the path of a file that is not a store's.
func PathOf(file string) Path { return Path{here: file} }

// String returns the path of the file in the folder of the store, where it need not be.
func (p Path) String() string { return p.here }

// Open opens the file.
func (p Path) Open() (*os.File, error) {
	f, err := os.Open(p.here)
	if p.of == nil || !errors.Is(err, fs.ErrNotExist) {
		return f, err
	}
	files, release, err := p.elsewhere.Bring(p.of)
	if err != nil {
		return nil, err
	}
	defer release() // what is open stays readable
	return os.Open(files[0])
}

// hash returns SHA-256 and size of the file.
func (p Path) hash() (sum string, size int64, err error) {
	f, err := p.Open()
	if err != nil {
		return "", 0, err
	}
	defer f.Close()
	return hashOf(f)
}

// Path returns where the file of a partition is.
func (s *Store) Path(m *Manifest) Path {
	p := Path{here: s.path(m.File)}
	if s.Elsewhere != nil {
		p.of, p.elsewhere = m, s.Elsewhere
	}
	return p
}

// Hold returns files with the bytes of partitions, in their order, all at hand until release is called.
func (s *Store) Hold(partitions []*Manifest) (files []string, release func(), err error) {
	files = make([]string, len(partitions))
	var away []*Manifest
	var places []int
	for i, m := range partitions {
		if files[i] = s.path(m.File); s.Elsewhere == nil || s.here(m) {
			continue
		}
		away, places = append(away, m), append(places, i)
	}
	if len(away) == 0 {
		return files, func() {}, nil
	}
	brought, release, err := s.Elsewhere.Bring(away...)
	if err != nil {
		return nil, nil, err
	}
	for i, file := range brought {
		files[places[i]] = file
	}
	return files, release, nil
}

// Portions splits partitions, in the order of their files, into portions of whole days that Hold has room for one after the other: half of
// the room, as others hold some too, or a day that is larger. If all are here, they are one portion.
func (s *Store) Portions(partitions []*Manifest) (portions [][]*Manifest) {
	var away int64 // bytes of the portion
	for from, i := 0, 0; from < len(partitions); from = i {
		var more int64
		for i = from; i < len(partitions) && partitions[i].Day().Equal(partitions[from].Day()); i++ {
			if !s.Here(partitions[i]) {
				more += partitions[i].Bytes
			}
		}
		if len(portions) == 0 || away > 0 && more > 0 && away+more > s.Elsewhere.Room()/2 {
			portions, away = append(portions, nil), 0
		}
		last := len(portions) - 1
		portions[last], away = append(portions[last], partitions[from:i]...), away+more
	}
	return portions
}

// Here reports whether the file of a partition is in the folder of the store. As long as the store has no Elsewhere, all are.
func (s *Store) Here(m *Manifest) bool { return s.Elsewhere == nil || s.here(m) }

func (s *Store) here(m *Manifest) bool {
	if away, known := s.catalogue.away(m.File); known {
		return !away
	}
	_, err := os.Lstat(s.path(m.File))
	return err == nil
}

// hashOf returns SHA-256 and length of what is read.
func hashOf(r io.Reader) (sum string, size int64, err error) {
	h := sha256.New()
	size, err = io.Copy(h, r)
	return hex.EncodeToString(h.Sum(nil)), size, err
}
