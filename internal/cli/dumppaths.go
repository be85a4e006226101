package cli

import (
	"context"
	"io/fs"
	"net/netip"

	"tidemark/analysis/derive"
	"tidemark/collectors/archive"
	"tidemark/collectors/mrt"
	"tidemark/collectors/routes"
)

// dumpPaths reads the paths of some routes from a dump in the archive.
func dumpPaths(files *archive.Archive) func(context.Context, string, func(netip.Prefix) bool, func(derive.PathEntry)) error {
	return func(ctx context.Context, id string, wanted func(netip.Prefix) bool, each func(derive.PathEntry)) error {
		raw, err := files.ByID(id)
		if err != nil {
			return err
		}
		if raw == nil {
			return fs.ErrNotExist
		}
		return routes.Paths(ctx, *raw, wanted, func(prefix netip.Prefix, asn uint32, set string, peer mrt.Peer, path string) {
			each(derive.PathEntry{Prefix: prefix, OriginASN: asn, OriginSet: set, PeerAddress: peer.Address.String(), PeerASN: peer.ASN, Path: path})
		})
	}
}
