package archive

import (
	"crypto/sha256"
	"encoding/hex"
	"regexp"
	"time"

	"tidemark/datasets/table"
)

// Key returns the partition of this file for the day that its rows describe. Two files never have the same: the name is
// collector, assigned day and file name, and where other files could be called the same, a hash of the ID after a tilde, which
// no plain name has.
func (r Raw) Key(day time.Time) table.Key {
	name, plain := r.partition()
	if !plain {
		name = r.distinct(name)
	}
	return table.Key{Day: day, Name: name}
}

// SharedKey returns the partition of this file in a dataset that files of several kinds go into.
func (r Raw) SharedKey(day time.Time) table.Key {
	name, _ := r.partition()
	return table.Key{Day: day, Name: r.distinct(name)}
}

// maxPartition is the longest name of a partition before its hash, in bytes.
const maxPartition = 150

func (r Raw) distinct(name string) string {
	sum := sha256.Sum256([]byte(r.id))
	return name[:min(len(name), maxPartition)] + "~" + hex.EncodeToString(sum[:6])
}

// partition returns collector, day and name in one, with underscores for what is not safe in a file name. plain reports whether they can be
// told from it.
func (r Raw) partition() (name string, plain bool) {
	day := ""
	whole := r.Name
	if !r.Day.IsZero() {
		day = r.Day.Format(time.DateOnly)
		whole = day + "." + whole
	}
	if r.Collector != "" {
		whole = r.Collector + "." + whole
	}
	name = unsafe.ReplaceAllString(whole, "_")
	collector, assigned, file := parts(name)
	return name, name == whole && len(name) <= maxPartition && collector == r.Collector && assigned == day && file == r.Name
}

var (
	unsafe    = regexp.MustCompile(`[^A-Za-z0-9._-]|^[._]`)
	datedName = regexp.MustCompile(`^(?:(.+?)\.)?(\d{4}-\d\d-\d\d)\.(.+)$`)
	dumpName  = regexp.MustCompile(`^(.+)\.((?:rib|bview|updates)\.\d{8}\.\d{4}(?:\.(?:gz|bz2))?)$`)
)

// parts splits a plain name: at the first day in it, before the name of a dump, or else not at all.
func parts(name string) (collector, day, file string) {
	if m := datedName.FindStringSubmatch(name); m != nil {
		return m[1], m[2], m[3]
	}
	if m := dumpName.FindStringSubmatch(name); m != nil {
		return m[1], "", m[2]
	}
	return "", "", name
}
