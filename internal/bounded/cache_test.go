package bounded

import (
	"math/rand/v2"
	"testing"
)

// TestCache: a cache gives what was set last or nothing, holds no more than its bytes, and does not forget what is in use.
func TestCache(t *testing.T) {
	const max = 1000
	random := rand.New(rand.NewPCG(1, 2))
	c := NewCache[int, int](max)
	last := map[int]int{}
	found := 0
	c.Set(-1, 7, 10)
	for i := range 100_000 {
		key := random.IntN(200)
		if got, ok := c.Get(key); ok {
			if found++; got != last[key] {
				t.Fatalf("step %d: key %d is %d, want %d", i, key, got, last[key])
			}
		}
		last[key] = i
		c.Set(key, i, int64(1+random.IntN(30)))
		if got, ok := c.Get(-1); !ok || got != 7 {
			t.Fatalf("step %d: a value that is asked for all the time was forgotten", i)
		}
		held := int64(0)
		for _, half := range []map[int]cached[int]{c.newer, c.older} {
			for _, one := range half {
				held += one.bytes
			}
		}
		if held > max {
			t.Fatalf("step %d: the cache holds %d bytes, want at most %d", i, held, max)
		}
	}
	if found < 10_000 {
		t.Errorf("only %d of 100,000 values were found", found)
	}
	c.Set(3, 1, max/2+1)
	if _, ok := c.Get(3); ok {
		t.Error("a value larger than half of the cache is remembered")
	}
	c.Clear()
	if _, ok := c.Get(-1); ok || c.bytes != 0 {
		t.Error("a cleared cache remembers something")
	}
}
