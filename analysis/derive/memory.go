package derive

import (
	"math"
	"os"
	"runtime/debug"
	"sync"
)

const (
	typicalMemory = 512 << 20 // that a job takes, in bytes, with its registries
	unknownMemory = 1 << 30   // for all jobs where nobody knows what the machine has

	// BenchmarkRouteStatesHour: 671 MB with 16 dumps, 1,724 MB with 70.
	hourMemory   = 352 << 20 // that judging the routes of an hour takes, in bytes, besides
	streamMemory = 20 << 20  // for each dump that is read on the way
)

// heapGoal guards the garbage collector's goal, which belongs to the whole process.
var heapGoal sync.Mutex

// raiseHeapGoal adds so many bytes to the goal at which the garbage collector begins to work harder: it would do little else for a job
// whose live heap is larger. It changes nothing where there is no goal, and none that the user set.
func raiseHeapGoal(by int64) {
	heapGoal.Lock()
	defer heapGoal.Unlock()
	if now := debug.SetMemoryLimit(-1); now != math.MaxInt64 && os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(now + by)
	}
}
