package table

// Cells gives the values of nullable columns a place to point to, many with one allocation. A place stays valid for as long
// as something points to it. The zero Cells is ready.
type Cells[T int64 | float64] struct{ free []T }

// cellsAtOnce is how many values share an allocation.
const cellsAtOnce = 4096

// Of returns a pointer to a copy of the value.
func (c *Cells[T]) Of(v T) *T {
	if len(c.free) == cap(c.free) {
		c.free = make([]T, 0, cellsAtOnce)
	}
	c.free = append(c.free, v)
	return &c.free[len(c.free)-1]
}
