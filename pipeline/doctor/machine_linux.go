package doctor

import (
	"golang.org/x/sys/unix"

	"tidemark/pipeline/journal"
)

func diskOf(dir string) (journal.Disk, error) {
	var s unix.Statfs_t
	if err := unix.Statfs(dir, &s); err != nil {
		return journal.Disk{}, err
	}
	return journal.Disk{Bytes: int64(s.Blocks) * s.Bsize, FreeBytes: int64(s.Bavail) * s.Bsize, Inodes: int64(s.Files), FreeInodes: int64(s.Ffree)}, nil
}
