package simulation

import (
	"fmt"
	"syscall"
)

// mountSmall mounts a file system in memory.
func mountSmall(dir string) error {
	if err := syscall.Mount("tidemark-test", dir, "tmpfs", 0, "size=1500m"); err != nil {
		return fmt.Errorf("mounting: %w", err)
	}
	return nil
}

func unmount(dir string) error { return syscall.Unmount(dir, 0) }
