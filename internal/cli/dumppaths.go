package cli

import (
	"context"
	"io/fs"
	"net/netip"

	"tidemark/analysis/derive"
	"tidemark/collectors/archive"
	"tidemark/collectors/mrt"
	"tidemark/collectors/routes"
	"tidemark/datasets/table"
)

// dumps are the MRT dumps in the archive, in which derivations look up paths.
type dumps struct{ files *archive.Archive }

// Holds reports whether the bytes of a dump can be read.
func (d dumps) Holds(in table.Input) (bool, error) { return d.files.Readable(in.Name, in.SHA256) }

// Paths calls each with the entries of the wanted prefixes in the dump called id.
func (d dumps) Paths(ctx context.Context, id string, wanted func(netip.Prefix) bool, each func(derive.PathEntry)) error {
	raw, err := d.files.ByID(id)
	if err != nil {
		return err
	}
	if raw == nil {
		return fs.ErrNotExist
	}
	return routes.Paths(ctx, *raw, wanted, func(prefix netip.Prefix, asn uint32, set string, peer mrt.Peer, path string, otc uint32) {
		each(derive.PathEntry{Prefix: prefix, OriginASN: asn, OriginSet: set, PeerAddress: peer.Address.String(), PeerASN: peer.ASN, Path: path, OTC: otc})
	})
}
