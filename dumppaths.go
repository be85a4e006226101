package main

import (
	"context"
	"io/fs"
	"net/netip"
	"slices"
	"strings"

	"tidemark/analysis/derive"
	"tidemark/collectors"
	"tidemark/collectors/mrt"
	"tidemark/collectors/routes"
)

// dumpPaths reads a dump of the archive once more, for the routes whose witnesses are wanted.
func (env *environment) dumpPaths(ctx context.Context, name string, wanted func(netip.Prefix) bool, each func(derive.PathEntry)) error {
	kind, _, _ := strings.Cut(name, "/")
	files, err := env.archive.List(kind)
	if err != nil {
		return err
	}
	at := slices.IndexFunc(files, func(r collectors.Raw) bool { return r.ID() == name })
	if at < 0 {
		return fs.ErrNotExist
	}
	return routes.Paths(ctx, files[at], wanted, func(prefix netip.Prefix, asn uint32, set string, peer mrt.Peer, path string) {
		each(derive.PathEntry{Prefix: prefix, OriginASN: asn, OriginSet: set, PeerAddress: peer.Address.String(), PeerASN: peer.ASN, Path: path})
	})
}
