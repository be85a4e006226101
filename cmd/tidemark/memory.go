package main

const (
	// leastHeapGoal is where the garbage collector begins to work harder instead of letting the heap grow: a table dump of any size then
	// needs less than 500 MB. It is a goal, not a bound. GOMEMLIMIT sets another.
	leastHeapGoal = 400 << 20
	heapOfCore    = 200 << 20 // that the goal has for each core, as more files are decoded at once
)

// heapGoal returns the goal on a machine with so many cores that leaves so many bytes to this process; 0: nobody knows how many. It is at
// most half of them: DuckDB, the stacks and what is read of files need the other half.
func heapGoal(cores int, memory int64) int64 {
	goal := max(leastHeapGoal, int64(cores)*heapOfCore)
	switch {
	case memory == 0:
		return leastHeapGoal
	case goal > memory/2:
		return memory / 2
	}
	return goal
}
