package bounded

// Cache remembers values of so many bytes at most, in two halves: when the newer one is full, the older one is forgotten. A value that is
// asked for moves to the newer half, so that what is in use stays. It is not safe for concurrent use.
type Cache[K comparable, V any] struct {
	half         int64 // in bytes
	newer, older map[K]cached[V]
	bytes        int64 // of the newer half
}

type cached[V any] struct {
	value V
	bytes int64
}

// NewCache returns a cache of max bytes, as its callers count them.
func NewCache[K comparable, V any](max int64) *Cache[K, V] { return &Cache[K, V]{half: max / 2} }

// Get returns a value, if it is remembered.
func (c *Cache[K, V]) Get(key K) (value V, ok bool) {
	if found, ok := c.newer[key]; ok {
		return found.value, true
	}
	found, ok := c.older[key]
	if ok {
		c.Set(key, found.value, found.bytes)
	}
	return found.value, ok
}

// Set remembers a value in the place of another of its key. One that takes more than half of the cache is not remembered.
func (c *Cache[K, V]) Set(key K, value V, bytes int64) {
	c.bytes -= c.newer[key].bytes
	delete(c.newer, key)
	delete(c.older, key)
	if bytes > c.half {
		return
	}
	if c.newer == nil || c.bytes+bytes > c.half {
		c.newer, c.older, c.bytes = map[K]cached[V]{}, c.newer, 0
	}
	c.newer[key] = cached[V]{value, bytes}
	c.bytes += bytes
}

// Clear forgets everything.
func (c *Cache[K, V]) Clear() { c.newer, c.older, c.bytes = nil, nil, 0 }
