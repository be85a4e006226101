package routes

import (
	"context"
	"io"
	"net/netip"

	"tidemark/collectors/archive"
	"tidemark/collectors/bgp"
	"tidemark/collectors/mrt"
	"tidemark/datasets/table"
)

// Paths calls each for the entries of some prefixes of a dump, with the origin as in the dataset routes, the peer, and the path
// without prepending, and the AS of Only to Customer or 0. It skips entries that Decode rejects, and damage, which Decode has reported.
func Paths(ctx context.Context, raw archive.Raw, wanted func(netip.Prefix) bool, each func(prefix netip.Prefix, asn uint32, set string, peer mrt.Peer, path string, otc uint32)) error {
	content, err := raw.Open()
	if err != nil {
		return err
	}
	defer content.Close()
	translated, err := asMRT(raw, content, func(error) {})
	if err != nil {
		return err
	}
	s := &stream{Reader: mrt.NewReader(translated, raw.ID()), into: new(table.Commit), first: -1}
	r, tables := newRIB(), mrt.NewRIB()
	var last netip.Prefix
	var want bool
	var path bgp.Path
	var text []byte
	for {
		rec, err := s.next()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		if rec.Number%4096 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		tables.Entries(rec, func(e *mrt.Entry) {
			if e.Family.SAFI != bgp.Unicast || !e.Prefix.IsValid() {
				return
			}
			if e.Prefix != last {
				last, want = e.Prefix, wanted(e.Prefix)
			}
			if !want {
				return
			}
			f := &r.frame
			f.Parse(e.Attributes, e.Form)
			if f.Short {
				return
			}
			var l latestPath
			if r.readPath(&l, e.Form); !l.ok {
				return
			}
			text = text[:0]
			if f.DecodePath(&path, e.Form) {
				path.Strip()
				text = path.Append(text)
			}
			each(e.Prefix, l.origin.asn(), r.setText(l.origin), tables.Peers[e.Peer], string(text), f.OTC)
		})
	}
}
