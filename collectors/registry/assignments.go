package registry

import (
	"context"
	"errors"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"tidemark/collectors"
	"tidemark/collectors/archive"
	"tidemark/datasets"
	"tidemark/datasets/table"
)

// Assignments reads IANA's registries of code points, as XML or CSV: BGP path attributes, address families, protocol numbers, types of
// DNS records and the like. Which of them are read, the URLs of a source say.
type Assignments struct{ collectors.URLs }

// Name returns iana-registry.
func (Assignments) Name() string { return "iana-registry" }

// Form is that of any registry. The largest, of ports, has 4 MB; most have less than 0.2 MB.
func (Assignments) Form() collectors.Form {
	return collectors.Form{Bytes: 32 << 20, Inflated: 32 << 20, Filled: true}
}

// Decode reads a registry. The XML form states its day; the CSV form, which has one list only, needs a day from the source or in its name.
func (Assignments) Decode(_ context.Context, raw archive.Raw, into *table.Commit) error {
	file, _, _ := strings.Cut(path.Base(raw.Name), ".")
	parse := func(r record) (datasets.Assignment, error) { return assignment(r, file) }
	return decodeIANA(raw, into, datasets.Assignments, "", "entry", parse, func(row *datasets.Assignment, day time.Time) { row.RegistryDate = day })
}

// valueFields are the names of the field with the code point, where it is not the first.
var valueFields = []string{"value", "decimal", "number"}

// otherFields are fields of an entry that say nothing of what it means.
var otherFields = []string{"date", "registration date", "updated", "last updated", "reference", "template", "file", "controller", "change controller", "contact"}

var (
	csvList  = regexp.MustCompile(`-[0-9]+$`)
	rfcNamed = regexp.MustCompile(`(?i)^RFC[ -]?0*([0-9]{1,7})\b`)
)

// assignment returns the row of a record; file is the name of the file without its ending.
func assignment(r record, file string) (row datasets.Assignment, err error) {
	row = datasets.Assignment{Registry: file, List: r.list.id, Title: r.list.title, Registered: r.get("date", "registration date")}
	if row.List == "" { // the CSV form: the file is named after the list
		row.Registry, row.List = csvList.ReplaceAllString(file, ""), file
	}
	fields := slices.DeleteFunc(slices.Clone(r.names), func(name string) bool { return r.fields[name] == "" || slices.Contains(otherFields, name) })
	if len(fields) == 0 {
		return row, errors.New("the entry has no field")
	}
	key := 0
	if at := slices.IndexFunc(fields, func(name string) bool { return slices.Contains(valueFields, name) }); at >= 0 {
		key = at
	}
	row.Value = r.fields[fields[key]]
	fields = slices.Delete(fields, key, key+1)
	if len(fields) > 0 {
		row.Name = r.fields[fields[0]]
		var rest []string
		for _, name := range fields[1:] {
			rest = append(rest, name+": "+r.fields[name])
		}
		row.Description = strings.Join(rest, "; ")
	}
	row.State = stateOf(row.Name)
	for _, reference := range r.references {
		row.Reference += "[" + reference + "]"
		if m := rfcNamed.FindStringSubmatch(reference); m != nil {
			n, _ := strconv.ParseUint(m[1], 10, 32) // seven digits at most
			row.RFCs = append(row.RFCs, uint32(n))
		}
	}
	slices.Sort(row.RFCs)
	row.RFCs = slices.Compact(row.RFCs)
	return row, nil
}

// stateOf returns the state of a value by the name of its entry (RFC 8126 section 6).
func stateOf(name string) string {
	switch name = strings.ToLower(name); {
	case strings.HasPrefix(name, "unassigned"), strings.HasPrefix(name, "unallocated"), strings.HasPrefix(name, "available"):
		return "unassigned"
	case strings.HasPrefix(name, "reserved"):
		return "reserved"
	case strings.Contains(name, "deprecated"), strings.Contains(name, "obsolete"):
		return "deprecated"
	}
	return "assigned"
}
