// Package machine says what the machine leaves to this process.
package machine

import (
	"os"
	"path"
	"strconv"
	"strings"
)

// Memory returns how many bytes of memory this process may use: those of the machine, or fewer where its control group, or one above it,
// has a limit; 0: unknown.
func Memory() int64 { return memory("/", installed()) }

// memory is Memory of a machine whose files lie below root, with so many bytes installed.
func memory(root string, installed int64) int64 {
	least := installed
	groups, err := os.ReadFile(path.Join(root, "proc/self/cgroup"))
	if err != nil {
		return least
	}
	for line := range strings.Lines(string(groups)) {
		group, is := strings.CutPrefix(strings.TrimSpace(line), "0::")
		for dir := path.Clean("/" + group); is; dir = path.Dir(dir) { // a group has no more than the groups above it
			text, err := os.ReadFile(path.Join(root, "sys/fs/cgroup", dir, "memory.max"))
			limit, bad := strconv.ParseInt(strings.TrimSpace(string(text)), 10, 64) // "max" is not a number
			if err == nil && bad == nil && limit > 0 && (least == 0 || limit < least) {
				least = limit
			}
			if dir == "/" {
				break
			}
		}
	}
	return least
}
