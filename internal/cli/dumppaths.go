package cli

import (
	"context"
	"io/fs"
	"net/netip"

	"tidemark/analysis/derive"
	"tidemark/collectors/mrt"
	"tidemark/collectors/routes"
)

// dumpPaths reads a dump of the archive once more, for the routes whose witnesses are wanted.
func (env *environment) dumpPaths(ctx context.Context, name string, wanted func(netip.Prefix) bool, each func(derive.PathEntry)) error {
	raw, err := env.archive.ByID(name)
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
