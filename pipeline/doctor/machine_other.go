//go:build !linux

package doctor

import "tidemark/pipeline/journal"

func diskOf(string) (journal.Disk, error) { return journal.Disk{}, ErrUnsupported }

func memory() int64 { return 0 }
