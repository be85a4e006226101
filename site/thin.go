package site

// thin keeps at most limit points: of each stretch of the series the lowest, the highest, and every gap's start, in
// their order, besides the first and the last point. Peaks and gaps survive, which a mean would blur.
func thin(points []point, limit int) []point {
	if len(points) <= limit || limit < 8 {
		return points
	}
	stretches := (limit - 2) / 3
	kept := []point{points[0]}
	inner := points[1 : len(points)-1]
	for i := range stretches {
		stretch := inner[i*len(inner)/stretches : (i+1)*len(inner)/stretches]
		lowest, highest, gap := -1, -1, -1
		for n, at := range stretch {
			switch {
			case at.y == nil:
				if gap < 0 {
					gap = n
				}
			case lowest < 0:
				lowest, highest = n, n
			case *at.y < *stretch[lowest].y:
				lowest = n
			case *at.y > *stretch[highest].y:
				highest = n
			}
		}
		for n, at := range stretch {
			if n == lowest || n == highest || n == gap {
				kept = append(kept, at)
			}
		}
	}
	return append(kept, points[len(points)-1])
}
