package table

import (
	"cmp"
	"slices"
)

// Measurer is another installation, and how much of what it measured is here.
type Measurer struct {
	Name       string `json:"name"` // as it names itself
	URL        string `json:"url"`  // of its site
	Known      string `json:"known_as"`
	Partitions int    `json:"partitions"`
}

// Measurers returns the other installations that measured some of the partitions, by the addresses of their sites.
func Measurers(partitions []*Manifest) (all []Measurer) {
	for _, m := range partitions {
		by := m.MeasuredBy
		if by == nil {
			continue
		}
		i, known := slices.BinarySearchFunc(all, by.URL, func(m Measurer, url string) int { return cmp.Compare(m.URL, url) })
		if !known {
			all = slices.Insert(all, i, Measurer{Name: by.Name, URL: by.URL, Known: by.Known})
		}
		all[i].Partitions++
	}
	return all
}
