package table

import "fmt"

// Of partitions that are elsewhere the catalogue has what their index says. What is on the disk under the same path comes before it.

// addAway adds the partitions that are elsewhere and not on the disk.
func (c *catalogue) addAway(s *Store, sorted map[string][]*catalogued) error {
	if s.Elsewhere == nil {
		return nil
	}
	index, err := s.Elsewhere.Index()
	if err != nil {
		return fmt.Errorf("what is in storage is not known: %w", err)
	}
	for _, one := range index {
		in, err := c.segmentElsewhere(s, one)
		if err != nil {
			return err
		}
		if err := c.addSegment(in, sorted); err != nil {
			return fmt.Errorf("the index of what is elsewhere: %s: %w", one.Name, err)
		}
	}
	return nil
}

// segmentElsewhere returns a segment of the index of what is elsewhere; mostly it is one of the own index.
func (c *catalogue) segmentElsewhere(s *Store, one Segment) (*packedSegment, error) {
	if in := c.packed[one.Name]; in != nil && in.Segment == one {
		return in, nil
	}
	b, err := s.Elsewhere.Segment(one)
	if err != nil {
		return nil, err
	}
	return &packedSegment{Segment: one, file: b}, one.check(b)
}

// addSegment adds the rows of a segment that are not on the disk and were not removed.
func (c *catalogue) addSegment(in *packedSegment, sorted map[string][]*catalogued) error {
	removed := false
	for file := range c.removed {
		removed = removed || segmentOf(file) == in.Name
	}
	row, stray := int32(-1), ""
	rows, err := in.list(func(file string, bytes int64) {
		row++
		if !isPartitionPath(file) || segmentOf(file) != in.Name {
			stray = file
			return
		}
		known := c.found.find(file)
		if known != nil && known.listing == c.listings {
			return
		}
		if known == nil || known.segment != in {
			known = &catalogued{File: file, Bytes: bytes, segment: in, row: row}
			if removed && c.isRemoved(known) {
				return
			}
			c.set(file, known)
		}
		known.stamp, known.away, known.listing = stamp{Labels: known.Labels}, true, c.listings
		folder := folderOf(file)
		sorted[folder] = append(sorted[folder], known)
	})
	switch {
	case err != nil:
		return err
	case stray != "":
		return fmt.Errorf("it has %q, which is not a partition of it", stray)
	case rows != in.Partitions:
		return fmt.Errorf("it has %d rows (want %d)", rows, in.Partitions)
	}
	return nil
}

// isRemoved reports whether these very bytes were removed here.
func (c *catalogue) isRemoved(e *catalogued) bool {
	sum, is := c.removed[e.File]
	if !is {
		return false
	}
	m, err := c.manifest(e)
	return err == nil && m.SHA256 == sum
}

// away reports whether a partition is known to be elsewhere alone; known is false where nobody looked.
func (c *catalogue) away(file string) (away, known bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	e := c.found.find(file)
	if !c.listed || e == nil {
		return false, false
	}
	return e.away, true
}

// isAway reports whether a partition is elsewhere alone.
func (s *Store) isAway(file string) bool {
	if s.Elsewhere == nil {
		return false
	}
	c := &s.catalogue
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.list(s) != nil {
		return false
	}
	e := c.found.find(file)
	return e != nil && e.away
}

// removeAway removes a partition that is elsewhere alone, if it has that SHA-256.
func (s *Store) removeAway(file, sum string) {
	if !s.isAway(file) {
		return
	}
	if m, ok, err := s.catalogue.at(s, file); err == nil && ok && m != nil && m.SHA256 == sum {
		s.catalogue.remove(file)
	}
}

// Leave removes the file of a partition and its manifest from the folder: it is elsewhere from now on.
func (s *Store) Leave(m *Manifest) error {
	c := &s.catalogue
	c.mu.Lock()
	if e := c.found.find(m.File); e != nil {
		e.away, e.stamp = true, stamp{Labels: e.Labels}
	}
	c.mu.Unlock()
	return s.removeFiles(m.File)
}
