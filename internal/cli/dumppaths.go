package cli

import (
	"context"
	"errors"
	"io/fs"
	"net/netip"
	"os"
	"path/filepath"

	"tidemark/analysis/derive"
	"tidemark/collectors/mrt"
	"tidemark/collectors/routes"
	"tidemark/datasets/table"
)

// archivedDumps are the dumps of the archive, for the routes whose witnesses are wanted.
type archivedDumps struct{ *environment }

// Holds reports whether the archive, or its copy, has the bytes of a dump. Outside of a run it is not known what the copy has.
func (d archivedDumps) Holds(in table.Input) (bool, error) {
	raw, err := d.archive.ByID(in.Name)
	if err != nil || raw == nil || raw.SHA256 != in.SHA256 {
		return false, err
	}
	_, err = os.Stat(filepath.Join(d.archive.Dir, filepath.FromSlash(raw.ID())))
	if errors.Is(err, fs.ErrNotExist) {
		return d.archive.Bring != nil && (d.archiveCopy == nil || d.stored(*raw)), nil
	}
	return err == nil, err
}

func (d archivedDumps) Paths(ctx context.Context, name string, wanted func(netip.Prefix) bool, each func(derive.PathEntry)) error {
	raw, err := d.archive.ByID(name)
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
