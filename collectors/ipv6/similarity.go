package ipv6

import (
	"hash/fnv"
	"slices"
)

// words returns the sorted hashes of a body's words, which are runs of letters, digits and bytes above ASCII. They suffice to
// compare two bodies and need less memory.
func words(body []byte) []uint32 {
	var all []uint32
	for i := 0; i < len(body); {
		start := i
		for i < len(body) && inWord(body[i]) {
			i++
		}
		if i > start {
			h := fnv.New32a()
			h.Write(body[start:i])
			all = append(all, h.Sum32())
			continue
		}
		i++
	}
	slices.Sort(all)
	return all
}

func inWord(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c >= 0x80
}

// similarity returns the Dice coefficient of the words of two bodies, from 0 to 1: twice the number of common words over the
// sum of both numbers, each word counted as often as it occurs. It is 1 for bodies that are equal or both without words.
func similarity(a, b *page) float64 {
	if a.SHA256 == b.SHA256 || len(a.words)+len(b.words) == 0 {
		return 1
	}
	common, i, j := 0, 0, 0
	for i < len(a.words) && j < len(b.words) {
		switch {
		case a.words[i] == b.words[j]:
			common++
			i++
			j++
		case a.words[i] < b.words[j]:
			i++
		default:
			j++
		}
	}
	return float64(2*common) / float64(len(a.words)+len(b.words))
}
