package main

import "testing"

func TestHeapGoal(t *testing.T) {
	for _, c := range []struct {
		cores  int
		memory int64
		want   int64
	}{
		{1, 0, leastHeapGoal},
		{64, 0, leastHeapGoal},
		{1, 8 << 30, leastHeapGoal},
		{2, 8 << 30, leastHeapGoal},
		{2, 300 << 20, 150 << 20},
		{8, 8 << 30, 1600 << 20},
		{64, 8 << 30, 4 << 30},
	} {
		if got := heapGoal(c.cores, c.memory); got != c.want {
			t.Errorf("%d cores, %d bytes: %d, want %d", c.cores, c.memory, got, c.want)
		}
	}
}
