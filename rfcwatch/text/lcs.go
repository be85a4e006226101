package text

import "slices"

// maxCells bounds the work of a comparison, as the product of the lengths of two sequences. The longest RFCs have 10,000 paragraphs.
const maxCells = 400e6

// match is a pair of indexes of equal elements of two sequences.
type match struct{ a, b int }

// common returns a longest common subsequence of two lists of paragraphs or words. Beyond the limit, in cells, it finds equal beginnings
// and ends only.
func common(a, b []string, limit float64) []match {
	numbers := map[string]int32{}
	number := func(all []string) []int32 {
		ids := make([]int32, len(all))
		for i, s := range all {
			id, known := numbers[s]
			if !known {
				id = int32(len(numbers))
				numbers[s] = id
			}
			ids[i] = id
		}
		return ids
	}
	return commonNumbers(number(a), number(b), limit)
}

// commonNumbers is common of lists of numbers.
func commonNumbers(a, b []int32, limit float64) []match {
	l := lcs{limit: limit}
	l.find(a, b, 0, 0)
	return l.matches
}

// lcs is Hirschberg's algorithm (Communications of the ACM 18, 6, 1975): it halves one sequence and finds where the other is to
// be parted, from the lengths of the common subsequences of all beginnings and of all ends.
type lcs struct {
	matches []match
	limit   float64
}

// find appends the matches of a and b, which begin at the given offsets.
func (l *lcs) find(a, b []int32, atA, atB int) {
	for len(a) > 0 && len(b) > 0 && a[0] == b[0] {
		l.matches = append(l.matches, match{atA, atB})
		a, b, atA, atB = a[1:], b[1:], atA+1, atB+1
	}
	end := 0
	for end < min(len(a), len(b)) && a[len(a)-1-end] == b[len(b)-1-end] {
		end++
	}
	l.findBetween(a[:len(a)-end], b[:len(b)-end], atA, atB)
	for i := range end {
		l.matches = append(l.matches, match{atA + len(a) - end + i, atB + len(b) - end + i})
	}
}

// findBetween appends the matches of sequences without a common beginning or end.
func (l *lcs) findBetween(a, b []int32, atA, atB int) {
	switch {
	case len(a) == 0 || len(b) == 0 || float64(len(a))*float64(len(b)) > l.limit:
		return
	case len(a) == 1:
		if i := slices.Index(b, a[0]); i >= 0 {
			l.matches = append(l.matches, match{atA, atB + i})
		}
		return
	}
	half := len(a) / 2
	left, right := lengths(a[:half], b, false), lengths(a[half:], b, true)
	part, best := 0, int32(-1)
	for i := range left {
		if n := left[i] + right[len(b)-i]; n > best {
			part, best = i, n
		}
	}
	l.find(a[:half], b[:part], atA, atB)
	l.find(a[half:], b[part:], atA+half, atB+part)
}

// lengths returns, for each n, the length of the longest common subsequence of a and the first n elements of b, or of the last
// n if the sequences are read from their ends.
func lengths(a, b []int32, fromEnd bool) []int32 {
	before, now := make([]int32, len(b)+1), make([]int32, len(b)+1)
	for i := range a {
		x := a[i]
		if fromEnd {
			x = a[len(a)-1-i]
		}
		for j := range b {
			y := b[j]
			if fromEnd {
				y = b[len(b)-1-j]
			}
			if x == y {
				now[j+1] = before[j] + 1
			} else {
				now[j+1] = max(now[j], before[j+1])
			}
		}
		before, now = now, before
	}
	return before
}
