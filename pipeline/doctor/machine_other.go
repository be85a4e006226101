//go:build !linux

package doctor

import "tidemark/pipeline/journal"

func diskOf(string) (journal.Disk, error) { return journal.Disk{}, ErrUnsupported }
