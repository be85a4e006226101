package lookup

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"tidemark/datasets"
	"tidemark/datasets/table"
	"tidemark/internal/legible"
)

// asName is the name of an AS, as a list gives it: usually a handle and its expansion.
type asName string

// Short returns the handle of the name.
func (n asName) Short() string {
	first, _, _ := strings.Cut(string(n), " ")
	return cut(strings.TrimRight(first, ","), 24)
}

// cut returns at most so many runes of a text.
func cut(text string, most int) string {
	if all := []rune(text); len(all) > most {
		return string(all[:most-1]) + "…"
	}
	return text
}

// namesIn returns the names of the newest list.
func (s *Source) namesIn(all []*table.Manifest) (map[uint32]asName, error) {
	names := map[uint32]asName{}
	for row, err := range datasets.ASNames.ScanColumns([]string{"asn", "name"}, s.paths(all)...) {
		if err != nil {
			return nil, err
		}
		names[row.ASN] = asName(cut(legible.Text(strings.Join(strings.Fields(row.Name), " ")), 80))
	}
	return names, nil
}

// Names returns the short names of ASes, by number; nil without a source.
func (s *Source) Names() (map[uint32]string, error) {
	if s == nil {
		return nil, nil
	}
	long, err := s.namesIn(s.names)
	if err != nil {
		return nil, err
	}
	short := make(map[uint32]string, len(long))
	for asn, name := range long {
		short[asn] = name.Short()
	}
	return short, nil
}

// registration is a range of AS numbers as a registry's file delegates it.
type registration struct {
	first, last uint32
	text        string // registry, country, status and day of the file
	day         time.Time
}

// registers are the registries whose files say together to whom every AS number is delegated.
var registers = []string{"afrinic", "apnic", "arin", "lacnic", "ripencc"}

// maxFiles bounds how many delegation files are read to find one of each registry.
const maxFiles = 60

// registrations returns the ranges of AS numbers in the newest file of each registry at the time, in order.
func (s *Source) registrations() (all []registration, from []*table.Manifest, err error) {
	manifests, err := s.store.Manifests(datasets.Delegations.Schema)
	if err != nil {
		return nil, nil, err
	}
	read := map[string]time.Time{} // day of the newest file, by registry
	files := 0
	for _, m := range slices.Backward(manifests) {
		if m.Day().After(s.Time) {
			continue
		}
		missing := func(registry string) bool { return read[registry].IsZero() }
		if files++; files > maxFiles || !slices.ContainsFunc(registers, missing) {
			break
		}
		used := false
		found := map[string]time.Time{}
		for row, err := range datasets.Delegations.ScanColumns([]string{"file_date", "registry", "country", "type", "start", "value", "status"}, s.store.Path(m)) {
			if err != nil {
				return nil, nil, err
			}
			if day := read[row.Registry]; row.Type != "asn" || !day.IsZero() && !day.Equal(row.FileDate) || !slices.Contains(registers, row.Registry) {
				continue
			}
			first, ok := number(row.Start)
			if !ok || row.Value < 1 || row.Value > 1<<32-int64(first) {
				continue
			}
			used = true
			found[row.Registry] = row.FileDate
			text := strings.Join(strings.Fields(strings.Join([]string{row.Registry, row.Country, row.Status}, " ")), " ")
			all = append(all, registration{first, uint32(int64(first) + row.Value - 1), legible.Text(text), row.FileDate})
		}
		for registry, day := range found {
			read[registry] = day
		}
		if used {
			from = append(from, m)
		}
	}
	slices.SortFunc(all, func(a, b registration) int {
		return cmp.Or(cmp.Compare(a.first, b.first), cmp.Compare(a.last, b.last), strings.Compare(a.text, b.text))
	})
	return all, from, nil
}

// registrationOf returns the range that contains an AS number.
func registrationOf(all []registration, asn uint32) (registration, bool) {
	at, found := slices.BinarySearchFunc(all, asn, func(r registration, asn uint32) int { return cmp.Compare(r.first, asn) })
	if !found {
		at--
	}
	if at < 0 || all[at].last < asn {
		return registration{}, false
	}
	return all[at], true
}

// providersIn returns the providers that each AS lists in its ASPA.
func (s *Source) providersIn(all []*table.Manifest) (map[uint32][]uint32, error) {
	providers := map[uint32][]uint32{}
	for row, err := range datasets.ASPAs.ScanColumns([]string{"customer_asn", "provider_asn"}, s.paths(all)...) {
		if err != nil {
			return nil, err
		}
		providers[row.Customer] = append(providers[row.Customer], row.Provider)
	}
	for asn, listed := range providers {
		slices.Sort(listed)
		providers[asn] = slices.Compact(listed)
	}
	return providers, nil
}

// block is a special-purpose block that is not for the public Internet.
type block struct {
	Prefix string `json:"prefix"`
	What   string `json:"what"` // its name and document
	Day    string `json:"day"`  // of the registry
}

// blocksIn returns the blocks of the registries.
func (s *Source) blocksIn(all []*table.Manifest) ([]block, error) {
	blocks := []block{}
	for row, err := range datasets.SpecialPrefixes.ScanColumns([]string{"registry_date", "prefix", "name", "reference", "globally_reachable"}, s.paths(all)...) {
		if err != nil {
			return nil, err
		}
		if row.GloballyReachable == "false" {
			what := strings.Trim(row.Name, `"`) + " " + row.Reference
			blocks = append(blocks, block{row.Prefix, legible.Text(strings.Join(strings.Fields(what), " ")), row.RegistryDate.Format(time.DateOnly)})
		}
	}
	return blocks, nil
}
