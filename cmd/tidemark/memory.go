package main

import (
	"os"
	"path"
	"strconv"
	"strings"
)

// maxHeapGoal is where the garbage collector begins to work harder instead of letting the heap grow: a table dump of any
// size then needs less than 500 MB. It is a goal, not a bound. GOMEMLIMIT sets another.
const maxHeapGoal = 400 << 20

// heapGoal returns maxHeapGoal, or half of what the control group leaves to this process if that is less: DuckDB, the stacks and what is
// read of files need the other half.
func heapGoal(root string) int64 {
	goal := int64(maxHeapGoal)
	groups, err := os.ReadFile(path.Join(root, "proc/self/cgroup"))
	if err != nil {
		return goal
	}
	for line := range strings.Lines(string(groups)) {
		group, is := strings.CutPrefix(strings.TrimSpace(line), "0::")
		for dir := path.Clean("/" + group); is; dir = path.Dir(dir) { // a group has no more than the groups above it
			text, err := os.ReadFile(path.Join(root, "sys/fs/cgroup", dir, "memory.max"))
			if limit, bad := strconv.ParseInt(strings.TrimSpace(string(text)), 10, 64); err == nil && bad == nil && limit > 0 { // "max" is no number
				goal = min(goal, limit/2)
			}
			if dir == "/" {
				break
			}
		}
	}
	return goal
}
