package analysis

import (
	"time"

	"tidemark/datasets/table"
)

// changes finds what changed between lists of partitions.
type changes struct {
	lists *table.Lists
	known map[[2]string]time.Time // by the SHA-256 of two segments
}

// since returns the first day on which partitions of two lists have other bytes, or are in one of them only; ok is false where there is none.
func (c *changes) since(before, now []table.Segment) (first time.Time, ok bool, err error) {
	pairs := map[string][2]table.Segment{}
	for i, segments := range [][]table.Segment{before, now} {
		for _, s := range segments {
			pair := pairs[s.Name]
			pair[i] = s
			pairs[s.Name] = pair
		}
	}
	for _, pair := range pairs {
		if pair[0].SHA256 == pair[1].SHA256 {
			continue
		}
		day, err := c.between(pair)
		if err != nil {
			return first, false, err
		}
		if !day.IsZero() && (!ok || day.Before(first)) {
			first, ok = day, true
		}
	}
	return first, ok, nil
}

// between returns the first day that differs between two segments; zero if only what was noted of the partitions does.
func (c *changes) between(pair [2]table.Segment) (first time.Time, err error) {
	key := [2]string{pair[0].SHA256, pair[1].SHA256}
	if day, known := c.known[key]; known {
		return day, nil
	}
	sums := map[string]string{}
	for _, s := range pair {
		if s.Name == "" {
			continue
		}
		manifests, err := c.lists.Manifests([]table.Segment{s})
		if err != nil {
			return first, err
		}
		for _, m := range manifests {
			if sum, met := sums[m.File]; met && sum == m.SHA256 {
				delete(sums, m.File)
			} else {
				sums[m.File] = m.SHA256
			}
		}
	}
	for file := range sums {
		if day := (&table.Manifest{File: file}).Day(); first.IsZero() || day.Before(first) {
			first = day
		}
	}
	c.known[key] = first
	return first, nil
}
