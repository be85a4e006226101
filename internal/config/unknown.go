package config

import (
	"cmp"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/pelletier/go-toml/v2"

	"tidemark/collectors"
	"tidemark/internal/suggest"
)

// keysOf returns the keys of a struct or a pointer to one: the toml tags of its fields.
func keysOf(t reflect.Type) (keys []string) {
	if t == nil {
		return nil
	}
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	for _, f := range reflect.VisibleFields(t) {
		if key := f.Tag.Get("toml"); key != "" && key != "-" {
			keys = append(keys, key)
		}
	}
	return keys
}

// structOf returns the struct that the keys of a TOML table are decoded into; nil if a key is unknown or no table.
func structOf(root reflect.Type, path []string) reflect.Type {
	for named := false; len(path) > 0; path = path[1:] {
		if named { // the key is a name, as in sink.NAME
			named = false
			continue
		}
		key := path[0]
		i := slices.IndexFunc(reflect.VisibleFields(root), func(f reflect.StructField) bool { return f.Tag.Get("toml") == key })
		if i < 0 {
			return nil
		}
		root = reflect.VisibleFields(root)[i].Type
		named = root.Kind() == reflect.Map
		if named || root.Kind() == reflect.Slice || root.Kind() == reflect.Pointer {
			root = root.Elem()
		}
		if root.Kind() != reflect.Struct {
			return nil
		}
	}
	return root
}

// place is a key of the file that the common structs do not have.
type place struct {
	key  []string
	line int
}

// unknownKeys returns the keys that a strict decoder did not know, in the order of the file. Another error is returned with
// its place.
func unknownKeys(err error) ([]place, error) {
	var strict *toml.StrictMissingError
	var bad *toml.DecodeError
	switch {
	case errors.As(err, &strict):
		var all []place
		for _, missing := range strict.Errors {
			line, _ := missing.Position()
			all = append(all, place{missing.Key(), line})
		}
		return all, nil
	case errors.As(err, &bad):
		line, column := bad.Position()
		return nil, fmt.Errorf("line %d, column %d: %s", line, column, strings.TrimPrefix(bad.Error(), "toml: "))
	}
	return nil, err
}

func (p place) unknown(known []string) error {
	return fmt.Errorf("line %d: unknown key %q%s", p.line, strings.Join(p.key, "."), suggest.Near(p.key[len(p.key)-1], known))
}

// checkKeys refuses keys that nothing reads. Those of a source may belong to its kind: sources are the tables as they are
// in the file, in the same order as unknown.
func checkKeys(unknown []place, sources []map[string]any, kinds []collectors.Kind) error {
	ofSources := map[string][]place{}
	for _, p := range unknown {
		if p.key[0] != "source" || len(p.key) == 1 {
			var known []string
			if t := structOf(reflect.TypeFor[file](), p.key[:len(p.key)-1]); t != nil {
				known = keysOf(t)
			}
			return p.unknown(known)
		}
		ofSources[p.key[1]] = append(ofSources[p.key[1]], p)
	}
	var foreign []foreignKey
	for _, source := range sources {
		name, _ := source["kind"].(string)
		for key := range source {
			if places := ofSources[key]; len(places) > 0 {
				foreign = append(foreign, foreignKey{places[0], name})
				ofSources[key] = places[1:]
			}
		}
	}
	slices.SortFunc(foreign, func(a, b foreignKey) int { return cmp.Compare(a.line, b.line) })
	for _, f := range foreign {
		if err := f.check(kinds); err != nil {
			return err
		}
	}
	return nil
}

// foreignKey is a key of a source that only sources of some kinds have, if any.
type foreignKey struct {
	place
	kind string // of the source
}

func (f foreignKey) check(kinds []collectors.Kind) error {
	key := f.key[1]
	var owners, all []string
	own := keysOf(reflect.TypeFor[sourceTable]())
	all = slices.Clone(own)
	for _, k := range kinds {
		keys := keysOf(reflect.TypeOf(k.Settings()))
		all = append(all, keys...)
		if k.Name() == f.kind {
			own = append(own, keys...)
		}
		if slices.Contains(keys, key) {
			owners = append(owners, k.Name())
		}
	}
	switch {
	case slices.Contains(owners, f.kind):
		return nil
	case len(owners) > 0 && slices.Contains(namesOf(kinds), f.kind):
		return fmt.Errorf("line %d: %s is for sources of kind %s, not %s", f.line, key, strings.Join(owners, " or "), f.kind)
	case len(owners) > 0: // the kind itself is wrong, and is reported
		return nil
	case slices.Contains(namesOf(kinds), f.kind):
		return f.unknown(own)
	}
	return f.unknown(all)
}

func namesOf(kinds []collectors.Kind) (names []string) {
	for _, k := range kinds {
		names = append(names, k.Name())
	}
	return names
}
