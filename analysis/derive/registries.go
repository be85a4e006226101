package derive

import (
	"cmp"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"sort"
	"strconv"
	"strings"
	"time"

	"tidemark/datasets"
	"tidemark/datasets/table"
	"tidemark/internal/netaddr"
)

// upTo returns the files of a day or before. The files of a registry are given oldest first.
func upTo(files []*table.Manifest, day time.Time) []*table.Manifest {
	n, _ := slices.BinarySearchFunc(files, day, func(m *table.Manifest, day time.Time) int {
		if m.Day().After(day) {
			return 1
		}
		return -1
	})
	return files[:n:n]
}

// asOf returns the files of the newest day at or before the given one.
func asOf(files []*table.Manifest, day time.Time) []*table.Manifest {
	files = upTo(files, day)
	from := len(files)
	for from > 0 && files[from-1].Day().Equal(files[len(files)-1].Day()) {
		from--
	}
	return files[from:]
}

// firstAfter returns the files of the first day after the given one.
func firstAfter(files []*table.Manifest, day time.Time) (first []*table.Manifest) {
	for _, m := range files[len(upTo(files, day)):] {
		if len(first) > 0 && !first[0].Day().Equal(m.Day()) {
			break
		}
		first = append(first, m)
	}
	return first
}

// byRegistry groups partitions by the registry that their labels name: a registry of IANA, or an RIR.
func byRegistry[Row any](store *table.Store, d *table.Dataset[Row], registry func(labels Row) string) (map[string][]*table.Manifest, error) {
	files, err := store.Manifests(d.Schema)
	if err != nil {
		return nil, err
	}
	groups := map[string][]*table.Manifest{}
	for _, m := range files {
		labels, ok, err := d.Labels(store, m)
		if err != nil {
			return nil, err
		}
		if ok {
			name := registry(labels)
			groups[name] = append(groups[name], m)
		}
	}
	return groups, nil
}

// registries are the files by which the routes of a day are judged.
type registries struct {
	special     []*table.Manifest // at or before the day
	specialLate []*table.Manifest // the first after the day, of a registry that has none before
	delegations []*table.Manifest
	roas        []*table.Manifest // recent enough, oldest first: each trust anchor's payloads are read from the newest that has some
	roasOld     []*table.Manifest // where none is recent enough: those of the newest day before, which decide nothing
	exceptions  []*table.Manifest // local exceptions to the payloads (RFC 8416)
	space       []*table.Manifest // IANA's registries of addresses
	spaceLate   []*table.Manifest // the first after the day, where the one before is missing or old
	numbers     []*table.Manifest // IANA's registry of AS numbers
	listed      []*table.Manifest // lists of bogons that are recent enough
}

func (r *registries) inputs() (all []table.Input) {
	for _, group := range [][]*table.Manifest{r.special, r.specialLate, r.delegations, r.roas, r.roasOld, r.exceptions, r.space, r.spaceLate, r.numbers, r.listed} {
		for _, m := range group {
			all = append(all, m.AsInput())
		}
	}
	return all
}

// specialRegistries returns the files of IANA's special-purpose registries, by registry.
func specialRegistries(store *table.Store) (map[string][]*table.Manifest, error) {
	return byRegistry(store, datasets.SpecialPrefixes, func(r datasets.SpecialPrefix) string { return r.Registry })
}

// shelf holds the registry files of all days.
type shelf struct {
	special, delegations, space, listed map[string][]*table.Manifest
	roas, exceptions, numbers           []*table.Manifest
}

func readShelf(store *table.Store) (s shelf, err error) {
	s.special, err = specialRegistries(store)
	if err != nil {
		return s, err
	}
	s.delegations, err = byRegistry(store, datasets.Delegations, func(r datasets.Delegation) string { return r.Registry })
	if err != nil {
		return s, err
	}
	s.space, err = byRegistry(store, datasets.AddressBlocks, func(r datasets.AddressBlock) string { return r.Registry })
	if err != nil {
		return s, err
	}
	s.listed, err = byRegistry(store, datasets.BogonPrefixes, func(r datasets.BogonPrefix) string { return fmt.Sprint(r.Family) })
	if err != nil {
		return s, err
	}
	if s.numbers, err = store.Manifests(datasets.ASBlocks.Schema); err != nil {
		return s, err
	}
	if s.roas, err = store.Manifests(datasets.ROAs.Schema); err != nil {
		return s, err
	}
	s.exceptions, err = store.Manifests(datasets.LocalExceptions.Schema)
	return s, err
}

func (s *shelf) asOf(day time.Time) (r registries) {
	for _, name := range sortedKeys(s.special) {
		files := asOf(s.special[name], day)
		if len(files) == 0 {
			r.specialLate = append(r.specialLate, firstAfter(s.special[name], day)...)
		}
		r.special = append(r.special, files...)
	}
	for _, name := range sortedKeys(s.delegations) {
		r.delegations = append(r.delegations, asOf(s.delegations[name], day)...)
	}
	for _, name := range sortedKeys(s.space) {
		files := asOf(s.space[name], day)
		if len(files) == 0 || !datasets.AddressBlocks.Holds("unallocated", files[0].Day(), day) {
			r.spaceLate = append(r.spaceLate, firstAfter(s.space[name], day)...)
		}
		r.space = append(r.space, files...)
	}
	for _, name := range sortedKeys(s.listed) {
		for _, m := range asOf(s.listed[name], day) {
			if datasets.BogonPrefixes.Holds("", m.Day(), day) {
				r.listed = append(r.listed, m)
			}
		}
	}
	r.numbers = asOf(s.numbers, day)
	r.roas = upTo(s.roas, day)
	old := sort.Search(len(r.roas), func(i int) bool { return datasets.ROAs.Holds("", r.roas[i].Day(), day) }) // of ten years, at each hour
	r.roas = r.roas[old:]
	if len(r.roas) > 0 {
		r.exceptions = asOf(s.exceptions, day)
	} else {
		r.roasOld = asOf(s.roas, day)
	}
	return r
}

func sortedKeys[K cmp.Ordered, V any](m map[K]V) []K { return slices.Sorted(maps.Keys(m)) }

func paths(store *table.Store, files []*table.Manifest) (all []table.Path) {
	for _, m := range files {
		all = append(all, store.Path(m))
	}
	return all
}

// days returns the distinct days of files, comma-separated.
func days(files []*table.Manifest) string {
	var all []string
	for _, m := range files {
		all = append(all, m.Day().Format(time.DateOnly))
	}
	slices.Sort(all)
	return strings.Join(slices.Compact(all), ",")
}

// delegated finds the delegation of an address or an AS number. The ranges of the registries do not overlap.
type delegated struct {
	ranges  []delegatedRange
	numbers []delegatedNumbers // AS numbers
	have    map[uint32]bool    // families with delegations

	extended map[string]bool // registries whose file is in the extended format, which tells what they still hold
}

type delegatedNumbers struct {
	first, last uint32
	row         datasets.Delegation
}

type delegatedRange struct {
	first, last netip.Addr
	row         datasets.Delegation
	holder      string
}

func readDelegated(store *table.Store, files []*table.Manifest) (*delegated, error) {
	d := &delegated{have: map[uint32]bool{}, extended: map[string]bool{}}
	for row, err := range datasets.Delegations.Scan(paths(store, files)...) {
		if err != nil {
			return nil, err
		}
		if row.NamesRegistry() {
			continue
		}
		if row.OpaqueID != "" || row.Status == "available" || row.Status == "reserved" {
			d.extended[row.Registry] = true
		}
		if row.Type == "asn" {
			if n, err := strconv.ParseUint(row.Start, 10, 32); err == nil && row.Value > 0 {
				d.numbers = append(d.numbers, delegatedNumbers{uint32(n), uint32(min(n+uint64(row.Value)-1, 1<<32-1)), row})
			}
			continue
		}
		start, err := netip.ParseAddr(row.Start)
		if err != nil || row.Value <= 0 {
			continue
		}
		d.have[netaddr.Family(start)] = true
		d.ranges = append(d.ranges, delegatedRange{start, lastAddress(start, row), row, strings.Join(strings.Fields(row.Registry+" "+row.Country+" "+row.Status+" "+row.OpaqueID), " ")})
	}
	slices.SortStableFunc(d.ranges, func(a, b delegatedRange) int { return cmp.Or(a.first.Compare(b.first), a.last.Compare(b.last)) })
	slices.SortStableFunc(d.numbers, func(a, b delegatedNumbers) int { return cmp.Compare(a.first, b.first) })
	return d, nil
}

// findNumber returns the delegation of an AS number.
func (d *delegated) findNumber(asn uint32) (datasets.Delegation, bool) {
	i, found := slices.BinarySearchFunc(d.numbers, asn, func(r delegatedNumbers, n uint32) int { return cmp.Compare(r.first, n) })
	if !found {
		i--
	}
	if i < 0 || d.numbers[i].last < asn {
		return datasets.Delegation{}, false
	}
	return d.numbers[i].row, true
}

// holder returns the delegation of an AS number, if it has the opaque identifier of its holder, which only extended files do.
func (d *delegated) holder(asn uint32) (datasets.Delegation, bool) {
	row, known := d.findNumber(asn)
	return row, known && asn != 0 && row.OpaqueID != ""
}

// sameHolder reports whether one registry has delegated both AS numbers to one holder.
func (d *delegated) sameHolder(a, b uint32) bool {
	x, known := d.holder(a)
	y, also := d.holder(b)
	return known && also && x.Registry == y.Registry && x.OpaqueID == y.OpaqueID
}

// lastAddress returns the last address of a delegation. Its value is a number of addresses for IPv4, a prefix length for
// IPv6.
func lastAddress(start netip.Addr, row datasets.Delegation) netip.Addr {
	if start.Is4() {
		b := start.As4()
		n := uint64(b[0])<<24 | uint64(b[1])<<16 | uint64(b[2])<<8 | uint64(b[3])
		n = min(n+uint64(row.Value)-1, 1<<32-1)
		return netip.AddrFrom4([4]byte{byte(n >> 24), byte(n >> 16), byte(n >> 8), byte(n)})
	}
	b := start.As16()
	for bit := int(row.Value); bit < 128; bit++ {
		b[bit/8] |= 0x80 >> (bit % 8)
	}
	return netip.AddrFrom16(b)
}

// find returns the delegation that contains the whole prefix, or nil.
func (d *delegated) find(p netip.Prefix) *delegatedRange {
	i, found := slices.BinarySearchFunc(d.ranges, p.Addr(), func(r delegatedRange, a netip.Addr) int { return r.first.Compare(a) })
	if !found {
		i--
	}
	if i < 0 || d.ranges[i].last.Less(p.Addr()) {
		return nil
	}
	if d.ranges[i].last.Less(lastOfPrefix(p)) {
		return nil
	}
	return &d.ranges[i]
}
