package mrt

import (
	"errors"

	"tidemark/collectors/bgp"
)

// whole reports whether a record can be decoded without an error, down to its last prefix, and whether records of its kind
// are decoded at all. Peers are not looked up.
func (r *Record) whole() (whole, decoded bool) {
	if r.IsRIB() {
		rib, well := NewRIB(), true
		rib.count = 1 << 16
		_, err := rib.Entries(r, func(e *Entry) {
			var f bgp.Frame
			f.Parse(e.Attributes, e.Form)
			well = well && !f.Short
		})
		return err == nil && well, !errors.Is(err, ErrNotDecoded)
	}
	m, err := r.ParseMessage()
	if errors.Is(err, ErrNotDecoded) {
		return false, false
	}
	if err != nil || m.StateChange || m.Kind != bgp.MessageUpdate {
		return err == nil && (m.StateChange || m.Kind != 0), true
	}
	u, err := bgp.ParseUpdate(m.Body)
	if err != nil {
		return false, true
	}
	var a bgp.Attributes
	if a.Decode(u.Attributes, m.Form) != nil {
		return false, true
	}
	v4 := bgp.Family{AFI: bgp.IPv4, SAFI: bgp.Unicast}
	return readable(u.Withdrawn, v4, m.Form) && readable(u.NLRI, v4, m.Form) &&
		readable(a.Reach.NLRI, a.Reach.Family, m.Form) && readable(a.Unreach.NLRI, a.Unreach.Family, m.Form), true
}

// readable reports whether a field of NLRI can be read to its end.
func readable(b []byte, f bgp.Family, form bgp.Form) bool {
	if !f.Native() {
		for _, err := range f.Split(b, form.AddPath) {
			if err != nil {
				return false
			}
		}
		return true
	}
	for all := bgp.Prefixes(b, f, bgp.PathIDs(b, f, form.AddPath)); all.More(); {
		if _, _, err := all.Next(); err != nil {
			return false
		}
	}
	return true
}
