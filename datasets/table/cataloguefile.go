package table

import (
	"fmt"
	"iter"
	"maps"
	"reflect"
	"slices"

	"tidemark/internal/cachefile"
)

// catalogueHeader returns the header of the file. It changes with the program and with the fields of manifests.
func (s *Store) catalogueHeader() string {
	return fmt.Sprint(s.Program, reflect.VisibleFields(reflect.TypeFor[Manifest]()), reflect.VisibleFields(reflect.TypeFor[Input]()))
}

// SaveCatalogue writes the catalogue to the file that LoadCatalogue named, for the next process. It does nothing where there
// is nothing new to save. Losing the file costs the next process the time of reading the manifests.
func (s *Store) SaveCatalogue() error {
	c := &s.catalogue
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.listed || !c.changed {
		return nil
	}
	if err := cachefile.Write(c.file, s.catalogueHeader(), c.settled()); err != nil {
		return err
	}
	c.changed = false
	return nil
}

// settled yields the manifests that the next process need not read again, in the order of their files.
func (c *catalogue) settled() iter.Seq[*catalogued] {
	return func(yield func(*catalogued) bool) {
		for _, folder := range slices.Sorted(maps.Keys(c.found)) {
			for _, e := range c.inOrder(folder) {
				if e.Settled && !yield(e) {
					return
				}
			}
		}
	}
}

// loadCatalogue reads a saved catalogue. It is empty if the file is missing, damaged or has another header.
func (s *Store) loadCatalogue(file string) partitions {
	loaded := partitions{}
	all, err := cachefile.Read[*catalogued](file, s.catalogueHeader())
	if err != nil {
		if s.Log != nil {
			s.Log.Debug("the catalogue of manifests cannot be used; they are read instead", "error", err)
		}
		return nil
	}
	for _, e := range all {
		if e.Manifest != nil {
			loaded.set(e.Manifest.File, e)
		}
	}
	return loaded
}
